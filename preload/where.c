/*
 * See where.h.
 */
#include "where.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "pyc_path.h"
#include "recording.h"
#include "sys.h"
#include "text.h"

#define PLAIN_SETS 128u
#define PLAIN_WAYS 4u

/*
 * Hashes of directories without a link in their path, the latest of each set first; 0:
 * empty.  Where two threads write at once, one of them is forgotten.
 */
static uint64_t plain[PLAIN_SETS][PLAIN_WAYS];

static bool is_plain(uint64_t hash)
{
	const uint64_t *set = plain[hash / 2 % PLAIN_SETS];
	unsigned way;

	for (way = 0; way < PLAIN_WAYS; way++)
		if (__atomic_load_n(&set[way], __ATOMIC_RELAXED) == hash)
			return true;
	return false;
}

static void remember_plain(uint64_t hash)
{
	uint64_t *set = plain[hash / 2 % PLAIN_SETS];
	unsigned way;

	for (way = 0; way < PLAIN_WAYS; way++)
		hash = __atomic_exchange_n(&set[way], hash, __ATOMIC_RELAXED);
}

uint64_t where_hash(const char *path, size_t length)
{
	char tail[8] = {0};
	size_t whole = length & ~(size_t)7;

	memcpy(tail, path + whole, length - whole);
	return record_mix(record_mix(length + 1, path, whole), tail, sizeof(tail)) | 1;
}

/* The end of the directory that holds the first __pycache__, or the file. */
static size_t holder_end(const char *path, size_t length)
{
	size_t at;

	for (at = 1; at <= length; at++)
		if ((at == length || path[at] == '/') && pyc_path_is_cache(path, at))
			return at - PYCACHE_LENGTH - 1;
	at = pyc_path_base(path, length);
	return at ? at - 1 : 0;
}

/* The real name of the first `end` bytes of the path; its length, or -errno. */
static long resolve(char *buffer, const char *path, size_t end)
{
	char link[40];
	struct text name = text_in(link, sizeof(link));
	long length;
	int fd;

	memcpy(buffer, path, end);
	buffer[end] = '\0';
	fd = sys_openat(AT_FDCWD, end ? buffer : "/", O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return fd;
	text_add(&name, "/proc/self/fd/");
	text_add_number(&name, (unsigned)fd);
	length = sys_readlinkat(AT_FDCWD, link, buffer, PATH_MAX);
	sys_close(fd);
	return length > 0 && buffer[0] != '/' ? -ENOENT : length;
}

const char *where_is(char *buffer, const char *path, size_t length)
{
	size_t end = holder_end(path, length);
	uint64_t hash = where_hash(path, end);
	long real;

	if (end == 0 || is_plain(hash))
		return path;
	real = resolve(buffer, path, end);
	if (real <= 0) /* nothing there, or no /proc to ask: the name as it is */
		return path;
	if ((size_t)real == end && memcmp(buffer, path, end) == 0) {
		remember_plain(hash);
		return path;
	}
	if (real == 1) /* "/" */
		real = 0;
	if ((size_t)real + length - end >= PATH_MAX)
		return NULL;
	memcpy(buffer + real, path + end, length - end + 1);
	return buffer;
}

void where_forget(void)
{
	unsigned set, way;

	for (set = 0; set < PLAIN_SETS; set++)
		for (way = 0; way < PLAIN_WAYS; way++)
			__atomic_store_n(&plain[set][way], 0, __ATOMIC_RELAXED);
}
