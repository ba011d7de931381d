/*
 * See scan.h.
 */
#include "scan.h"

#include "sys.h"

/* Empty, also for page 0, which nobody maps: 1 is none that belongs in the first place. */
uintptr_t scan_readable_pages[SCAN_PAGES] = {1};
int scan_relative;

bool scan_ask_page(uintptr_t page)
{
	const char *address = (const char *)(page * SCAN_PAGE);

	if (page == 0 || !sys_is_readable(address))
		return false;
	__atomic_store_n(&scan_readable_pages[page % SCAN_PAGES], page, __ATOMIC_RELAXED);
	return true;
}
