/* SPDX-License-Identifier: MIT */
/*
 * See append.h.
 */
#include "record/append.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "attributes.h"
#include "host/quiet.h"
#include "host/scratch.h"
#include "host/sys.h"

/* RLIMIT_FSIZE; LIMIT_UNKNOWN: ask the kernel. */
#define LIMIT_UNKNOWN 0
static uint64_t size_limit = LIMIT_UNKNOWN;

void append_limit_changed(void)
{
	__atomic_store_n(&size_limit, LIMIT_UNKNOWN, __ATOMIC_RELAXED);
}

uint64_t append_size_limit(void)
{
	uint64_t known = __atomic_load_n(&size_limit, __ATOMIC_RELAXED);
	struct rlimit most = {RLIM_INFINITY, RLIM_INFINITY};

	if (known != LIMIT_UNKNOWN)
		return known;
	SYS2(getrlimit, RLIMIT_FSIZE, &most);
	__atomic_store_n(&size_limit, most.rlim_cur, __ATOMIC_RELAXED);
	return most.rlim_cur;
}

/*
 * How large the file may get.  Keep away from the process's limit: other processes append
 * between our fstat and our write.
 */
static uint64_t append_room(uint64_t limit, uint64_t process_limit)
{
	if (process_limit == RLIM_INFINITY)
		return limit;
	process_limit -= process_limit / 4 < 1u << 20 ? process_limit / 4 : 1u << 20;
	return limit < process_limit ? limit : process_limit;
}

/*
 * The size of the filler that makes records begin on the next page.  0 if they fit on
 * this page, or if no filler can help.  They fit only if they leave nothing of the page,
 * or enough for another filler.
 */
static size_t filler_bytes(size_t bytes, int64_t size)
{
	size_t left = RECORD_PAGE - (size_t)(size % RECORD_PAGE);

	if (bytes == left || bytes + sizeof(struct record) <= left)
		return 0;
	return bytes <= RECORD_PAGE && left >= sizeof(struct record) && left % 8 == 0
		       ? left
		       : 0;
}

/* The header of a filler; `zeros` is what follows the header. */
static struct record make_filler(size_t bytes, const char *zeros)
{
	struct record filler = {
		.magic = RECORD_MAGIC, .size = (uint16_t)bytes, .type = RECORD_FILLER};

	filler.check = (uint32_t)record_mix(
		record_mix(RECORD_MAGIC, &filler, sizeof(filler)), zeros,
		bytes - sizeof(filler));
	return filler;
}

/*
 * Write filler and records in one write.  Not by writev(2): a seccomp filter that the host
 * has set up for itself allows only what a Python calls, which writev is not.
 */
static long write_behind_filler(int fd, const void *records, size_t bytes, size_t behind)
{
	SCRATCH(char, both, behind + bytes);
	struct record filler;
	long written;

	memset(both, 0, behind);
	filler = make_filler(behind, both);
	memcpy(both, &filler, sizeof(filler));
	memcpy(both + behind, records, bytes);
	written = quiet_write(fd, both, behind + bytes, SIGXFSZ);
	if (written < 0)
		return written;
	return written == (long)(behind + bytes) ? (long)bytes : 0;
}

int append_records(const int *own_fd, const void *records, size_t bytes, int64_t size,
		   uint64_t limit)
{
	uint64_t process_limit = append_size_limit();
	bool limited = process_limit != RLIM_INFINITY;
	size_t filler = limited ? 0 : filler_bytes(bytes, size);
	long written;
	int fd;

	if ((uint64_t)size + filler + bytes > append_room(limit, process_limit))
		return -EFBIG;
	fd = __atomic_load_n(own_fd, __ATOMIC_ACQUIRE);
	if (unlikely(limited))
		written = quiet_write(fd, records, bytes, SIGXFSZ);
	else if (unlikely(filler))
		written = write_behind_filler(fd, records, bytes, filler);
	else
		written = sys_write(fd, records, bytes);
	if (written == (long)bytes)
		return 0;
	return written < 0 ? (int)written : -ENOSPC;
}
