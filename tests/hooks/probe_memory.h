/* SPDX-License-Identifier: MIT */
/*
 * The probe's cases for paths in memory that is unmapped or protected after the first
 * call. The library reads paths, and yet the second call must fail with EFAULT as without
 * it.
 */
#ifndef PROBE_MEMORY_H
#define PROBE_MEMORY_H

#include <sys/resource.h>

#include "probe_more.h"

/* The path begins on the first of two pages and ends on the second. */
static void memory_case(const char *label, int (*take)(char *page, size_t bytes),
			int which)
{
	const size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	char *pages = mmap(NULL, 2 * bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *path = pages + bytes - 4;
	struct stat found;
	int i;

	if (pages == MAP_FAILED)
		return;
	strcpy(path, "pkg/__pycache__/none.pyc");
	for (i = 0; i < 3; i++) {
		if (i == 1)
			take(pages + (size_t)which * bytes, bytes);
		call_begin();
		say_call(label, i == 0 ? "before" : "after", call.access(path, F_OK));
		say_end();
		call_begin();
		say_call(label, i == 0 ? "stat before" : "stat after",
			 call.stat(path, &found));
		say_end();
	}
	munmap(pages, 2 * bytes);
}

static int take_munmap(char *page, size_t bytes)
{
	return munmap(page, bytes);
}

static int take_mprotect(char *page, size_t bytes)
{
	return mprotect(page, bytes, PROT_NONE);
}

static int take_mmap(char *page, size_t bytes)
{
	return mmap(page, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		    0) == MAP_FAILED;
}

/* The page is moved to another address. */
static int take_mremap(char *page, size_t bytes)
{
	char *moved = mremap(page, bytes, 2 * bytes, MREMAP_MAYMOVE, NULL);

	return moved == MAP_FAILED ? -1 : munmap(moved, 2 * bytes);
}

/* Another mapping, which cannot be read, is moved onto the page. */
static int take_mremap_fixed(char *page, size_t bytes)
{
	char *closed = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mremap(closed, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, page) ==
	       MAP_FAILED;
}

static void memory_cases(void)
{
	static const struct {
		const char *first, *second;
		int (*take)(char *page, size_t bytes);
	} taken[] = {
		{"first unmapped", "second unmapped", take_munmap},
		{"first protected", "second protected", take_mprotect},
		{"first replaced", "second replaced", take_mmap},
		{"first moved", "second moved", take_mremap},
		{"first moved onto", "second moved onto", take_mremap_fixed},
	};
	unsigned i;

	for (i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		memory_case(taken[i].first, taken[i].take, 0);
		memory_case(taken[i].second, taken[i].take, 1);
	}
}

/* Set a limit to its present value, and a limit that does not exist. */
static void setrlimit_cases(int (*function)(int resource, const void *limit))
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	call_begin();
	say_call("setrlimit", "the same", function(RLIMIT_FSIZE, &limit));
	say_end();
	call_begin();
	say_call("setrlimit", "no resource", function(1000, &limit));
	say_end();
}

static void prlimit_cases(int (*function)(pid_t pid, int resource, const void *limit,
					  void *old))
{
	struct rlimit limit;

	call_begin();
	say_call("prlimit", "asked", function(0, RLIMIT_FSIZE, NULL, &limit));
	say_end();
	call_begin();
	say_call("prlimit", "the same", function(0, RLIMIT_FSIZE, &limit, NULL));
	say_end();
	call_begin();
	say_call("prlimit", "nobody's", function(-1, RLIMIT_FSIZE, NULL, &limit));
	say_end();
}

#endif
