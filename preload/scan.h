/*
 * The first look at every path of every wrapped call: may it concern bytecode at all?
 * One pass, a few nanoseconds; nearly all calls end here.  "May" is refined by
 * pyc_path_class(); "no" is final.
 *
 * The host may pass any address.  A path is only read on pages that are readable, so a
 * bad pointer goes on to the kernel and comes back as EFAULT.  What libc itself has given
 * back to the kernel, by free() of something large, is taken to be readable still.
 *
 * Pure but for the cache of readable pages; any thread, any context.
 */
#ifndef PYCSHIM_SCAN_H
#define PYCSHIM_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "attributes.h"
#include "call.h"
#include "pyc_path.h"

#define SCAN_PAGE 4096u
#define SCAN_PAGES 64u
#define SCAN_BLOCK 65536u
#define SCAN_BLOCKS 512u

enum scan_result { SCAN_OTHER, SCAN_OURS, SCAN_BAD };

/*
 * What is known to be readable: pages, and blocks of memory that the host has mapped, for
 * an interpreter's strings lie on a thousand pages.  Both are direct-mapped.
 */
extern uintptr_t scan_readable_pages[SCAN_PAGES], scan_readable_blocks[SCAN_BLOCKS];

/* What is added to the number of a block: with SCAN_NO_BLOCKS it is none that is kept. */
#define SCAN_NO_BLOCKS (UINTPTR_MAX / 2 + 1)
extern uintptr_t scan_no_blocks;

/*
 * Where relative names may be of ours without looking so: descriptors, and the current
 * directory, that are inside a __pycache__.  Only in redirect and deny mode.  While there
 * are any, no page is remembered, and no block found: so scan_is_plain() need not look here.
 */
extern int scan_relative;
void scan_count_relative(int change);

/* Find out whether a page can be read, and remember that it can. */
bool scan_ask_page(uintptr_t page) COLD;

/* Memory was taken away, or may have been: find out again. */
void scan_forget(uintptr_t address, size_t bytes);

/* Find out again about all, so that scan_is_plain() is false until then. */
void scan_forget_pages(void);

/* The host has mapped memory, maybe over what was there.  The arguments are mmap's. */
void scan_mapped(uintptr_t address, size_t bytes, int protection, int flags);

static inline bool scan_page_is_known(uintptr_t address)
{
	uintptr_t page = address / SCAN_PAGE;

	return likely(__atomic_load_n(&scan_readable_pages[page % SCAN_PAGES],
				      __ATOMIC_RELAXED) == page);
}

static inline bool scan_page_is_readable(uintptr_t address)
{
	return scan_page_is_known(address) || scan_ask_page(address / SCAN_PAGE);
}

/* The last four bytes of a name, or three, in the order of a little-endian machine. */
#define SCAN_PYC 0x6379702eu
#define SCAN_PYO 0x6f79702eu
#define SCAN_PY 0x79702eu

#define SCAN_PLAIN 0L
#define SCAN_UNSURE (-1L)
#define SCAN_CERTAIN (-2L)

/* Sanitizers would find fault with reading beyond the string. */
#if defined(__SSE2__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SCAN_TELLS_PLAIN

/* Is it known that the page can be read, with no need to ask? */
static inline bool scan_is_known(uintptr_t address)
{
	uintptr_t block = address / SCAN_BLOCK;

	return scan_page_is_known(address) ||
	       __atomic_load_n(&scan_readable_blocks[block % SCAN_BLOCKS],
			       __ATOMIC_RELAXED) ==
		       block + __atomic_load_n(&scan_no_blocks, __ATOMIC_RELAXED);
}

/*
 * What is certain at once: SCAN_PLAIN, that the path does not concern us; its length, that
 * it ends as a source's; SCAN_CERTAIN, that it ends as a pyc's.  What a wrapper asks first:
 * no call, few branches, little memory, for it stands before every call of every program.
 * Where it is not so simple (memory that is not known, a digit, slash or dot at the end,
 * else a "__") it is SCAN_UNSURE, and scan_closely() tells.
 *
 * Blocks of 16 that overlap by one byte, so that a "__" lies within one of them.
 */
static inline __attribute__((always_inline)) long scan_at_once(const char *path)
{
	unsigned zeros, bars, pairs = 0;
	const char *at = path;
	uint32_t end;

	if (unlikely(!scan_is_known((uintptr_t)path)))
		return SCAN_UNSURE;
	for (;; at += 15) {
		if (unlikely((uintptr_t)at % SCAN_PAGE > SCAN_PAGE - 16))
			return SCAN_UNSURE;
		__m128i block = _mm_loadu_si128((const __m128i *)at);

		zeros = (unsigned)_mm_movemask_epi8(
			_mm_cmpeq_epi8(block, _mm_setzero_si128()));
		bars = (unsigned)_mm_movemask_epi8(
			_mm_cmpeq_epi8(block, _mm_set1_epi8('_')));
		pairs |= bars & bars >> 1; /* or behind the end: as well */
		if (likely(zeros))
			break;
	}
	at += (unsigned)__builtin_ctz(zeros);
	if (at - path < 4)
		return SCAN_PLAIN;
	memcpy(&end, at - 4, sizeof(end));
	if (likely(!(pairs | ((end & 0xffffff) == SCAN_PY) | (end >> 8 == SCAN_PY) |
		     ((end >> 24) - '.' <= '9' - '.'))))
		return SCAN_PLAIN;
	if (end >> 8 == SCAN_PY)
		return at - path;
	return end == SCAN_PYC ? SCAN_CERTAIN : SCAN_UNSURE;
}

#else

static inline long scan_at_once(const char *path)
{
	(void)path;
	return SCAN_UNSURE;
}

#endif

/* Where a path's last name ends: behind it are slashes and dots, if it must be a directory. */
static inline size_t scan_name_end(const char *path, size_t length)
{
	while (length > 0 &&
	       (path[length - 1] == '/' ||
		(path[length - 1] == '.' && length > 1 && path[length - 2] == '/')))
		length--;
	return length;
}

/* Can a path of this length be a source or a pyc by its end? */
static inline bool scan_end(const char *path, size_t length)
{
	uint32_t end;

	length = scan_name_end(path, length); /* a directory may have such a name */
	if (length < 4)
		return false;
	memcpy(&end, path + length - 4, sizeof(end));
	if (end == SCAN_PYC || end == SCAN_PYO || end >> 8 == SCAN_PY)
		return true;
	end >>= 24;
	return end - '0' <= 9 && pyc_path_untemporary(path, length) != length;
}

/* Is there a reason to look closer at a path?  `pairs`: it has a "__". */
static inline enum scan_result scan_judge(const char *path, size_t length, bool pairs)
{
	return scan_end(path, length) || (pairs && pyc_path_cache_end(path, length)) ||
			       (unlikely(scan_relative) && path[0] != '/')
		       ? SCAN_OURS
		       : SCAN_OTHER;
}

#ifdef __SSE2__

/*
 * Aligned blocks of 16: they never cross into the next page, and what they hold before
 * and behind the string is masked or harmless.
 */
__attribute__((no_sanitize("address", "thread"))) static inline enum scan_result
scan_closely(const char *path)
{
	uintptr_t at = (uintptr_t)path & ~(uintptr_t)15;
	unsigned keep = ~0u << ((uintptr_t)path & 15), zeros, bars, pairs = 0, carry = 0;
	__m128i block;

	if (unlikely(!scan_page_is_readable((uintptr_t)path)))
		return SCAN_BAD;
	for (;;) {
		block = _mm_load_si128((const __m128i *)at);
		zeros = (unsigned)_mm_movemask_epi8(
				_mm_cmpeq_epi8(block, _mm_setzero_si128())) &
			keep;
		bars = (unsigned)_mm_movemask_epi8(
			       _mm_cmpeq_epi8(block, _mm_set1_epi8('_'))) &
		       keep;
		pairs |= bars & (bars << 1 | carry);
		if (zeros)
			break;
		carry = bars >> 15;
		keep = ~0u;
		at += 16;
		if (unlikely(at % SCAN_PAGE == 0 && !scan_page_is_readable(at)))
			return SCAN_BAD;
	}
	return scan_judge(path, at + (unsigned)__builtin_ctz(zeros) - (uintptr_t)path,
			  pairs != 0);
}

#else

static inline enum scan_result scan_closely(const char *path)
{
	const char *at;
	bool pairs = false;

	if (unlikely(!scan_page_is_readable((uintptr_t)path)))
		return SCAN_BAD;
	for (at = path; *at; at++) {
		pairs |= at[0] == '_' && at > path && at[-1] == '_';
		if (unlikely((uintptr_t)(at + 1) % SCAN_PAGE == 0 &&
			     !scan_page_is_readable((uintptr_t)(at + 1))))
			return SCAN_BAD;
	}
	return scan_judge(path, (size_t)(at - path), pairs);
}

#endif

/* SCAN_OURS: it may concern us; SCAN_OTHER: not by its looks; SCAN_BAD: not readable. */
static inline enum scan_result scan_path(const char *path)
{
	long at_once = scan_at_once(path);

	if (at_once == SCAN_UNSURE)
		return scan_closely(path);
	return at_once == SCAN_PLAIN ? SCAN_OTHER : SCAN_OURS;
}

/* Is the call to be watched?  `always`: whatever the path looks like. */
static inline bool scan_wants(const char *path, int always)
{
	enum scan_result result = scan_path(path);

	return result == SCAN_OURS || (always && result == SCAN_OTHER);
}

/* The same for two paths; both must be readable, for both are recorded. */
static inline bool scan_wants_pair(const char *one, const char *other)
{
	enum scan_result first = scan_path(one), second = scan_path(other);

	return first != SCAN_BAD && second != SCAN_BAD &&
	       (first == SCAN_OURS || second == SCAN_OURS || call_watch_all);
}

static inline __attribute__((always_inline)) bool scan_is_plain(const char *path)
{
	return scan_at_once(path) == SCAN_PLAIN;
}

#endif
