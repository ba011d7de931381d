/*
 * The first look at a path: what is certain at once is what the closer look says too, for
 * paths of all kinds, wherever in memory they lie.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scan.h"
#include "thread.h"

int call_watch_all;

static char *pages; /* two, and behind them nothing */
static size_t page_bytes;

static int map_pages(void **state)
{
	(void)state;
	page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, 3 * page_bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return pages == MAP_FAILED || munmap(pages + 2 * page_bytes, page_bytes) != 0;
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

/* At each place of a block, and up to the end of what can be read. */
static void scan_path_wherever_it_lies_gives_the_same(void **state)
{
	size_t length, at, i;
	char *place;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		length = strlen(paths[i].path) + 1;
		for (at = page_bytes - 64; at <= 2 * page_bytes - length; at++) {
			if (at > page_bytes + 64 && at < 2 * page_bytes - 128)
				at = 2 * page_bytes - 128;
			place = pages + at;
			memset(pages + page_bytes - 96, '.', page_bytes + 96);
			memset(place - 16, '_', 16);
			memcpy(place, paths[i].path, length);
			assert_int_equal(scan_path(place), paths[i].result);
			assert_int_equal(scan_closely(place), paths[i].result);
		}
	}
}

/* On memory that is known; where nothing is ever known at once, it is never sure. */
static long at_once(const char *path)
{
	memset(pages, 0, page_bytes);
	strcpy(pages + 7, path);
	(void)scan_closely(pages + 7);
	return scan_at_once(pages + 7);
}

static void scan_at_once_is_sure_of_what_is_simple(void **state)
{
	(void)state;
#ifdef SCAN_TELLS_PLAIN
	assert_int_equal(at_once("/usr/share/zoneinfo/Europe/Berlin"), SCAN_PLAIN);
	assert_int_equal(at_once("/usr/lib/python3.11/os.py"), 25);
	assert_int_equal(at_once("/usr/lib/python3.11/json/__init__.py"), 36);
	assert_int_equal(at_once("/a/__pycache__/os.cpython-311.pyc"), SCAN_CERTAIN);
	assert_int_equal(at_once("/a/os.pyc"), SCAN_CERTAIN);
	assert_int_equal(at_once("/a/__pycache__"), SCAN_UNSURE);
	assert_int_equal(at_once("/a/os.pyc/"), SCAN_UNSURE);
#else
	assert_int_equal(at_once("/a/os.pyc"), SCAN_UNSURE);
#endif
}

/* What decides, in any mixture: the two never contradict each other. */
static void scan_at_once_of_random_paths_is_never_wrong(void **state)
{
	static const char *const pieces[] = {"_", "__", ".", "py",	"c",	     "o",
					     "7", "/",	"x", "pycache", "0123456789"};
	enum scan_result result;
	char *path;
	int round, i;
	long sure;

	(void)state;
	srand(7);
	for (round = 0; round < 200000; round++) {
		path = pages + rand() % 64;
		memset(pages, 0, 256); /* what is behind the end may count, too */
		for (i = rand() % 12; i > 0; i--)
			strcat(path, pieces[rand() % 11]);
		result = scan_closely(path);
		sure = scan_at_once(path);
		if (sure == SCAN_PLAIN)
			assert_int_equal(result, SCAN_OTHER);
		else if (sure != SCAN_UNSURE)
			assert_int_equal(result, SCAN_OURS);
		if (sure > 0)
			assert_int_equal(sure, strlen(path));
	}
}

static void scan_path_on_memory_taken_away_is_bad(void **state)
{
	char *path;

	(void)state;
	path = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	assert_ptr_not_equal(path, MAP_FAILED);
	strcpy(path, "plain");
	assert_int_equal(scan_path(path), SCAN_OTHER);
	munmap(path, page_bytes);
	scan_forget((uintptr_t)path, page_bytes);
	assert_false(scan_is_plain(path));
	assert_int_equal(scan_path(path), SCAN_BAD);
	assert_int_equal(scan_path(NULL), SCAN_BAD);
}

/* One page more than there are places, the last of them in part. */
static void scan_forget_of_many_pages_forgets_the_first(void **state)
{
	size_t bytes = (size_t)SCAN_PAGES * SCAN_PAGE + 1;
	char *path;

	(void)state;
	path = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	assert_ptr_not_equal(path, MAP_FAILED);
	strcpy(path, "plain");
	assert_int_equal(scan_path(path), SCAN_OTHER);
	munmap(path, bytes);
	scan_forget((uintptr_t)path, bytes);
	assert_int_equal(scan_path(path), SCAN_BAD);
}

/* A guard page, as in mprotect(2): the heap has grown since it was first asked for. */
static void scan_path_on_a_protected_page_of_the_heap_is_bad(void **state)
{
	char *memory;
	uintptr_t guard;

	(void)state;
	(void)scan_ask_page((uintptr_t)pages / SCAN_PAGE); /* it is asked for */
	memory = sbrk((intptr_t)(4 * page_bytes));
	assert_ptr_not_equal(memory, MAP_FAILED);
	guard = ((uintptr_t)memory + 2 * page_bytes - 1) & ~(page_bytes - 1);
	assert_int_equal(mprotect((void *)guard, page_bytes, PROT_NONE), 0);
	scan_forget(guard, page_bytes);
	assert_int_equal(scan_path((const char *)guard), SCAN_BAD);
	strcpy((char *)guard + page_bytes, "plain");
	assert_int_equal(scan_path((const char *)guard + page_bytes), SCAN_OTHER);
	assert_int_equal(mprotect((void *)guard, page_bytes, PROT_READ | PROT_WRITE), 0);
}

/* It believes what it is told, so that it need not ask: the pages cannot be read at all. */
static void scan_mapped_until_forgotten_is_readable(void **state)
{
	const size_t bytes = 1 << 20;
	char *memory = mmap(NULL, 3 * bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	const uintptr_t told = (uintptr_t)memory + bytes;
	const uintptr_t page = (told + bytes / 2) / SCAN_PAGE;

	(void)state;
	assert_false(scan_ask_page(page));
	scan_mapped(told, bytes, PROT_NONE, MAP_ANONYMOUS);
	assert_false(scan_ask_page(page));
	scan_mapped(told, bytes, PROT_READ, MAP_PRIVATE);
	assert_false(scan_ask_page(page));
	scan_mapped(told, bytes, PROT_READ, MAP_ANONYMOUS);
	assert_true(scan_ask_page(page));
	assert_false(scan_ask_page(told / SCAN_PAGE - 1));
	assert_false(scan_ask_page((told + bytes) / SCAN_PAGE));
	scan_forget(page * SCAN_PAGE, 1);
	assert_false(scan_ask_page(page));
	assert_false(scan_ask_page(0));
	munmap(memory, 3 * bytes);
}

/* Memory that was mapped needs no page asked for, until all pages shall be. */
static void scan_at_once_in_mapped_memory_is_sure_until_it_shall_not_be(void **state)
{
	const size_t bytes = 4 << 16;
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *path = memory + bytes / 2, *other = path + SCAN_PAGE;

	(void)state;
	assert_ptr_not_equal(memory, MAP_FAILED);
	strcpy(path, "/etc/passwd");
	strcpy(other, path);
	(void)scan_closely(pages); /* pages and blocks may be known, from now on */
	scan_forget((uintptr_t)memory, bytes);
	assert_int_equal(scan_at_once(path), SCAN_UNSURE);
	scan_mapped((uintptr_t)memory, bytes, PROT_READ, MAP_ANONYMOUS);
#ifdef SCAN_TELLS_PLAIN
	assert_int_equal(scan_at_once(path), SCAN_PLAIN);
#endif
	scan_forget_pages();
	assert_int_equal(scan_at_once(path), SCAN_UNSURE);
	assert_int_equal(scan_at_once(NULL), SCAN_UNSURE);
	assert_int_equal(scan_path(path), SCAN_OTHER);
	assert_int_equal(scan_at_once(NULL), SCAN_UNSURE);
#ifdef SCAN_TELLS_PLAIN
	assert_int_equal(scan_at_once(other), SCAN_PLAIN);
#endif
	thread.brackets = 1; /* and that one waits */
	scan_forget_pages();
	assert_int_equal(scan_path(path), SCAN_OTHER);
	assert_int_equal(scan_at_once(other), SCAN_UNSURE);
	thread.brackets = 0;
	scan_count_relative(1);
	assert_int_equal(scan_path(NULL), SCAN_BAD);
	assert_int_equal(scan_path(path), SCAN_OTHER);
	assert_int_equal(scan_at_once(other), SCAN_UNSURE);
	scan_count_relative(-1);
	assert_int_equal(scan_path(path), SCAN_OTHER);
	munmap(memory, bytes);
	scan_forget((uintptr_t)memory, bytes);
	assert_int_equal(scan_at_once(other), SCAN_UNSURE);
	assert_int_equal(scan_path(other), SCAN_BAD);
}

static void scan_is_plain_while_relative_names_count_is_false(void **state)
{
	(void)state;
	strcpy(pages, "m.nbi");
	scan_count_relative(1);
	assert_int_equal(scan_path(pages), SCAN_OURS);
	assert_false(scan_is_plain(pages));
	scan_count_relative(-1);
	assert_int_equal(scan_path(pages), SCAN_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scan_path_wherever_it_lies_gives_the_same),
		cmocka_unit_test(scan_at_once_is_sure_of_what_is_simple),
		cmocka_unit_test(scan_at_once_of_random_paths_is_never_wrong),
		cmocka_unit_test(scan_path_on_memory_taken_away_is_bad),
		cmocka_unit_test(scan_forget_of_many_pages_forgets_the_first),
		cmocka_unit_test(scan_path_on_a_protected_page_of_the_heap_is_bad),
		cmocka_unit_test(scan_mapped_until_forgotten_is_readable),
		cmocka_unit_test(
			scan_at_once_in_mapped_memory_is_sure_until_it_shall_not_be),
		cmocka_unit_test(scan_is_plain_while_relative_names_count_is_false),
	};

	return cmocka_run_group_tests(tests, map_pages, NULL);
}
