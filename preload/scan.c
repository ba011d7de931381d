/*
 * See scan.h.
 */
#include "scan.h"

#include "sys.h"

/* Empty, also for page 0, which nobody maps: 1 is none that belongs in the first place. */
#define NO_PAGE(place) ((place) == 0)
uintptr_t scan_readable_pages[SCAN_PAGES] = {NO_PAGE(0)};
int scan_relative;

void scan_forget(uintptr_t address, size_t bytes)
{
	uintptr_t page = address / SCAN_PAGE, last = (address + bytes - 1) / SCAN_PAGE;
	uintptr_t place;
	bool all = last - page >= SCAN_PAGES;

	if (bytes == 0 || last < page)
		return;
	if (all) /* each place once is enough */
		page = last - SCAN_PAGES + 1;
	for (; page <= last; page++) {
		place = page % SCAN_PAGES;
		if (all || __atomic_load_n(&scan_readable_pages[place],
					   __ATOMIC_RELAXED) == page)
			__atomic_store_n(&scan_readable_pages[place], NO_PAGE(place),
					 __ATOMIC_SEQ_CST);
	}
}

void scan_count_relative(int change)
{
	if (change == 0)
		return;
	__atomic_add_fetch(&scan_relative, change, __ATOMIC_SEQ_CST);
	if (change > 0)
		scan_forget(0, SIZE_MAX);
}

bool scan_ask_page(uintptr_t page)
{
	const char *address = (const char *)(page * SCAN_PAGE);

	if (page == 0 || !sys_is_readable(address))
		return false;
	__atomic_store_n(&scan_readable_pages[page % SCAN_PAGES], page, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&scan_relative, __ATOMIC_SEQ_CST)) /* now, or since */
		scan_forget(page * SCAN_PAGE, SCAN_PAGE);
	return true;
}
