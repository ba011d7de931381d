/*
 * See append.h.
 */
#include "append.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

#include "attributes.h"
#include "quiet.h"
#include "scratch.h"
#include "sys.h"

/* As it was last asked for; LIMIT_UNKNOWN: it may be another one by now. */
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
 * How large the file may get.  Below a limit of the process there must be room for what
 * others append between our look and our write.
 */
static uint64_t room(uint64_t limit, uint64_t process_limit)
{
	if (process_limit == RLIM_INFINITY)
		return limit;
	process_limit -= process_limit / 4 < 1u << 20 ? process_limit / 4 : 1u << 20;
	return limit < process_limit ? limit : process_limit;
}

/*
 * The bytes of a filler that lets a record begin on the next page; 0: it stays on this one,
 * or there is no help.  What it leaves of a page has room for another filler, or is nothing.
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
 * Both in one write.  Not writev(2): a sandbox that the host has made for itself allows what
 * a Python calls, and that is none of it.
 */
static long write_behind_filler(int fd, const struct record *record, size_t bytes)
{
	SCRATCH(char, both, bytes + record->size);
	struct record filler;
	long written;

	memset(both, 0, bytes);
	filler = make_filler(bytes, both);
	memcpy(both, &filler, sizeof(filler));
	memcpy(both + bytes, record, record->size);
	written = quiet_write(fd, both, bytes + record->size, SIGXFSZ);
	if (written < 0)
		return written;
	return written == (long)(bytes + record->size) ? record->size : 0;
}

int append_record(const int *own_fd, const struct record *record, int64_t size,
		  uint64_t limit)
{
	uint64_t process_limit = append_size_limit();
	bool limited = process_limit != RLIM_INFINITY;
	size_t filler = limited ? 0 : filler_bytes(record->size, size);
	long written;
	int fd;

	if ((uint64_t)size + filler + record->size > room(limit, process_limit))
		return -EFBIG;
	fd = __atomic_load_n(own_fd, __ATOMIC_ACQUIRE);
	if (unlikely(limited))
		written = quiet_write(fd, record, record->size, SIGXFSZ);
	else if (unlikely(filler))
		written = write_behind_filler(fd, record, filler);
	else
		written = sys_write(fd, record, record->size);
	if (written == record->size)
		return 0;
	return written < 0 ? (int)written : -ENOSPC;
}
