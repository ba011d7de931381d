/* SPDX-License-Identifier: MIT */
/*
 * The first scan of a path: the result does not depend on its address, and the scan never
 * crashes, even if the memory was unmapped or protected since the last scan.
 */
#include "check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hooks/scan.h"
#include "host/descriptor.h"

static char *pages; /* two, and behind them nothing */
static size_t page_bytes;

static char *map(size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	return memory;
}

static int map_pages(void **state)
{
	(void)state;
	page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	pages = map(3 * page_bytes);
	return munmap(pages + 2 * page_bytes, page_bytes) != 0;
}

static const struct {
	const char *path;
	enum scan_result result;
} paths[] = {
	{"", SCAN_OTHER},
	{"a", SCAN_OTHER},
	{"/etc/passwd", SCAN_OTHER},
	{"/usr/lib/python3.11/os.py", SCAN_OURS},
	{"os.py", SCAN_OURS},
	{".py", SCAN_OTHER},
	{"/usr/lib/__init__.py", SCAN_OURS},
	{"/usr/lib/__init__.so", SCAN_OTHER},
	{"/app/__pycache__/__init__.cpython-311.pyc", SCAN_OURS},
	{"__pycache__/m.cpython-311-long-enough-for-more-than-two-blocks", SCAN_OURS},
	{"x.pyc", SCAN_OURS},
	{"x.pyo", SCAN_OURS},
	{"x.pyc/", SCAN_OURS},
	{"./x.pyc//", SCAN_OURS},
	{"/a/x.pyo/./.", SCAN_OURS},
	{"/a/m.pyc.139872514386736/", SCAN_OURS},
	{"x.pyc.", SCAN_OTHER},
	{"x.pyc/..", SCAN_OTHER},
	{"/", SCAN_OTHER},
	{"/./", SCAN_OTHER},
	{"/usr/lib/", SCAN_OTHER},
	{"x.pyx", SCAN_OTHER},
	{"x.pyd", SCAN_OTHER},
	{"/lib/libm.so.6", SCAN_OTHER},
	{"/a/m.pyc.139872514386736", SCAN_OURS},
	{"/a/m.pyc.", SCAN_OTHER},
	{"/a/m.139872514386736", SCAN_OTHER},
	{"/app/__pycache__", SCAN_OURS},
	{"/app/a_b_c", SCAN_OTHER},
	{"/a-long-name-in-front/__pycache__/m.nbi", SCAN_OURS},
	{"/proc/self/fd/3", SCAN_OTHER},
};

/* Around the border of the two pages, and up to the end of what can be read. */
static void scan_path_wherever_it_lies_gives_the_same(void **state)
{
	size_t length, at, i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		length = strlen(paths[i].path) + 1;
		for (at = page_bytes - 64; at <= 2 * page_bytes - length; at++) {
			if (at > page_bytes + 64 && at < 2 * page_bytes - 128)
				at = 2 * page_bytes - 128;
			memset(pages + page_bytes - 96, '.', page_bytes + 96);
			memset(pages + at - 16, '_', 16);
			memcpy(pages + at, paths[i].path, length);
			assert_int_equal(scan_path(pages + at), paths[i].result);
		}
	}
}

static void scan_path_without_an_end_is_bad(void **state)
{
	char *path = map(3 * page_bytes);

	(void)state;
	memset(pages, 'a', 2 * page_bytes);
	assert_int_equal(scan_path(pages + 2 * page_bytes - 20), SCAN_BAD);
	memset(path, 'a', 2 * page_bytes);
	assert_int_equal(scan_path(path + 2 * page_bytes - PATH_MAX), SCAN_BAD);
	assert_int_equal(scan_path(path + 2 * page_bytes - PATH_MAX + 1), SCAN_OTHER);
	munmap(path, 3 * page_bytes);
}

static void scan_path_of_a_wild_pointer_is_bad(void **state)
{
	(void)state;
	assert_int_equal(scan_path(NULL), SCAN_BAD);
	assert_int_equal(scan_path((const char *)1), SCAN_BAD);
	assert_int_equal(scan_path((const char *)-1), SCAN_BAD);
	assert_int_equal(scan_path((const char *)-4096), SCAN_BAD);
	assert_int_equal(scan_path((const char *)(UINTPTR_MAX / 2)), SCAN_BAD);
}

static void take_by_unmapping(char *page)
{
	syscall(SYS_munmap, page, page_bytes);
}

static void take_by_protecting(char *page)
{
	syscall(SYS_mprotect, page, page_bytes, PROT_NONE);
}

static void take_by_mapping_over_it(char *page)
{
	assert_ptr_equal(mmap(page, page_bytes, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 page);
}

/* Read before, so that whatever is remembered of a page would be remembered of this one. */
static void scan_path_on_memory_taken_away_is_bad(void **state)
{
	void (*const ways[])(char *) = {take_by_unmapping, take_by_protecting,
					take_by_mapping_over_it};
	size_t way, which;
	char *path;

	(void)state;
	for (way = 0; way < sizeof(ways) / sizeof(ways[0]); way++)
		for (which = 0; which < 2; which++) {
			char *two = map(2 * page_bytes);

			path = two + page_bytes - 4;
			strcpy(path, "pkg/m.pyc");
			assert_int_equal(scan_path(path), SCAN_OURS);
			assert_int_equal(scan_path(path), SCAN_OURS);
			ways[way](two + which * page_bytes);
			assert_int_equal(scan_path(path), SCAN_BAD);
			munmap(two, 2 * page_bytes);
		}
}

static void scan_path_in_memory_given_back_by_libc_is_bad(void **state)
{
#ifdef __SANITIZE_ADDRESS__
	(void)state; /* its allocator gives nothing back, and tells who reads there */
#else
	char *path = malloc(1 << 20);
	const volatile uintptr_t address = (uintptr_t)path;

	(void)state;
	assert_non_null(path);
	strcpy(path, "/etc/passwd");
	assert_int_equal(scan_path(path), SCAN_OTHER);
	free(path);
	assert_int_equal(scan_path((const char *)address), SCAN_BAD);
#endif
}

/* The page is mapped, and reading it is SIGBUS. */
static void scan_path_in_a_truncated_file_is_bad(void **state)
{
	int fd = memfd_create("path", 0);
	char *path;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)page_bytes), 0);
	path = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(path, MAP_FAILED);
	strcpy(path, "/etc/passwd");
	assert_int_equal(scan_path(path), SCAN_OTHER);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(scan_path(path), SCAN_BAD);
	munmap(path, page_bytes);
	close(fd);
}

static void scan_path_in_detached_shared_memory_is_bad(void **state)
{
	int id = shmget(IPC_PRIVATE, page_bytes, 0600 | IPC_CREAT);
	char *path;

	(void)state;
	if (id < 0)
		return; /* a machine without System V shared memory */
	path = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	strcpy(path, "/etc/passwd");
	assert_int_equal(scan_path(path), SCAN_OTHER);
	shmdt(path);
	assert_int_equal(scan_path(path), SCAN_BAD);
}

static void scan_path_while_relative_names_count_is_ours(void **state)
{
	(void)state;
	strcpy(pages, "m.nbi");
	assert_int_equal(scan_path(pages), SCAN_OTHER);
	descriptor_count_relative(1);
	assert_int_equal(scan_path(pages), SCAN_OURS);
	assert_int_equal(scan_path("/m.nbi"), SCAN_OTHER);
	descriptor_count_relative(-1);
	assert_int_equal(scan_path(pages), SCAN_OTHER);
}

static void scan_wants_pair_only_if_both_can_be_read(void **state)
{
	(void)state;
	assert_true(scan_wants_pair("/a", "/b.pyc", false));
	assert_true(scan_wants_pair("/b.pyc", "/a", false));
	assert_false(scan_wants_pair("/a", "/b", false));
	assert_true(scan_wants_pair("/a", "/b", true));
	assert_false(scan_wants_pair("/b.pyc", NULL, true));
	assert_false(scan_wants_pair(NULL, "/b.pyc", true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan_path_wherever_it_lies_gives_the_same),
		cmocka_unit_test(scan_path_without_an_end_is_bad),
		cmocka_unit_test(scan_path_of_a_wild_pointer_is_bad),
		cmocka_unit_test(scan_path_on_memory_taken_away_is_bad),
		cmocka_unit_test(scan_path_in_memory_given_back_by_libc_is_bad),
		cmocka_unit_test(scan_path_in_a_truncated_file_is_bad),
		cmocka_unit_test(scan_path_in_detached_shared_memory_is_bad),
		cmocka_unit_test(scan_path_while_relative_names_count_is_ours),
		cmocka_unit_test(scan_wants_pair_only_if_both_can_be_read),
	};

	return cmocka_run_group_tests(tests, map_pages, NULL);
}
