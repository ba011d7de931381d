/*
 * See scan.h.
 */
#include "scan.h"

#include <sys/mman.h>

#include "bracket.h"
#include "sys.h"

/*
 * 0 is an empty place, but in the first one, where it would be page 0, which nobody maps: 1
 * is none that belongs there.
 */
#define NONE(place) ((place) == 0)
uintptr_t scan_readable_pages[SCAN_PAGES] = {NONE(0)};
uintptr_t scan_readable_blocks[SCAN_BLOCKS] = {NONE(0)};
uintptr_t scan_no_blocks;
int scan_relative;

/* Where malloc's heap ends, as libc has it; musl has no such thing, nor such a heap. */
extern char *__curbrk __attribute__((weak)); /* NOLINT(bugprone-reserved-identifier) */

/* What the heap has from here on can be read: its end when it was first asked for, or later. */
static uintptr_t heap_begin;

static uintptr_t heap_end(void)
{
	return &__curbrk ? (uintptr_t)__curbrk : 0;
}

/* What lies between these numbers, inclusive, is not known any more. */
static void forget(uintptr_t *known, unsigned places, uintptr_t number, uintptr_t last)
{
	bool all = last - number >= places;
	uintptr_t *place;

	if (all) /* each place once is enough */
		number = last - places + 1;
	for (; number <= last; number++) {
		place = &known[number % places];
		if (all || __atomic_load_n(place, __ATOMIC_RELAXED) == number)
			__atomic_store_n(place, NONE(place - known), __ATOMIC_SEQ_CST);
	}
}

static void forget_pages(uintptr_t address, uintptr_t last)
{
	forget(scan_readable_pages, SCAN_PAGES, address / SCAN_PAGE, last / SCAN_PAGE);
}

void scan_forget_pages(void)
{
	forget_pages(0, UINTPTR_MAX);
	__atomic_store_n(&scan_no_blocks, SCAN_NO_BLOCKS, __ATOMIC_SEQ_CST);
}

void scan_forget(uintptr_t address, size_t bytes)
{
	uintptr_t last = address + bytes - 1, begin;

	if (bytes == 0 || last < address)
		return;
	forget_pages(address, last);
	forget(scan_readable_blocks, SCAN_BLOCKS, address / SCAN_BLOCK,
	       last / SCAN_BLOCK);
	/* the heap's: what is below its end is asked for from now on */
	begin = __atomic_load_n(&heap_begin, __ATOMIC_RELAXED);
	if (begin && last >= begin && address < heap_end())
		__atomic_store_n(&heap_begin, last + 1, __ATOMIC_RELAXED);
}

void scan_mapped(uintptr_t address, size_t bytes, int protection, int flags)
{
	uintptr_t block = (address + SCAN_BLOCK - 1) / SCAN_BLOCK,
		  end = (address + bytes) / SCAN_BLOCK;

	if (address == (uintptr_t)MAP_FAILED)
		return;
	if (!(protection & PROT_READ) || !(flags & MAP_ANONYMOUS)) {
		scan_forget(address, bytes);
		return;
	}
	if (end > block + SCAN_BLOCKS)
		block = end - SCAN_BLOCKS;
	for (; block < end; block++)
		__atomic_store_n(&scan_readable_blocks[block % SCAN_BLOCKS], block,
				 __ATOMIC_RELEASE);
}

void scan_count_relative(int change)
{
	if (change == 0)
		return;
	__atomic_add_fetch(&scan_relative, change, __ATOMIC_SEQ_CST);
	if (change > 0)
		scan_forget_pages();
}

static bool is_in_heap(uintptr_t address)
{
	uintptr_t end = heap_end(),
		  begin = __atomic_load_n(&heap_begin, __ATOMIC_RELAXED);

	if (!begin)
		__atomic_store_n(&heap_begin, begin = end, __ATOMIC_RELAXED);
	return address >= begin && address < end;
}

bool scan_ask_page(uintptr_t page)
{
	uintptr_t address = page * SCAN_PAGE, block = address / SCAN_BLOCK;

	if (block == 0 ||
	    (__atomic_load_n(&scan_readable_blocks[block % SCAN_BLOCKS],
			     __ATOMIC_RELAXED) != block &&
	     !is_in_heap(address) && !sys_is_readable((const void *)address)))
		return false;
	if (__atomic_load_n(&scan_relative, __ATOMIC_SEQ_CST))
		return true;
	__atomic_store_n(&scan_readable_pages[page % SCAN_PAGES], page, __ATOMIC_SEQ_CST);
	if (!bracket_waits()) /* else the next call shall not pass at once */
		__atomic_store_n(&scan_no_blocks, 0, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&scan_relative, __ATOMIC_SEQ_CST)) /* since */
		scan_forget_pages();
	return true;
}
