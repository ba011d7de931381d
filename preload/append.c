/*
 * See append.h.
 */
#include "append.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "attributes.h"
#include "quiet.h"
#include "sys.h"

uint64_t append_size_limit(void)
{
	struct rlimit most = {RLIM_INFINITY, RLIM_INFINITY};

	SYS2(getrlimit, RLIMIT_FSIZE, &most);
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

int append_record(const int *fd, const struct record *record, int64_t size,
		  uint64_t limit)
{
	uint64_t process_limit = append_size_limit();
	long written;

	if ((uint64_t)size + record->size > room(limit, process_limit))
		return -EFBIG;
	if (likely(process_limit == RLIM_INFINITY))
		written = sys_write(*fd, record, record->size);
	else
		written = quiet_write(*fd, record, record->size, SIGXFSZ);
	if (written == record->size)
		return 0;
	return written < 0 ? (int)written : -ENOSPC;
}
