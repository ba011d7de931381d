/* SPDX-License-Identifier: MIT */
/*
 * See names.h.
 */
#include "common/names.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "recording.h"
#include "verdict.h"

static const char *const errors[] = {
#define ERRNO(name) [name] = #name,
#include "common/errors.def"
#undef ERRNO
};

static const char *const operations[] = {
#define OPERATION(code, name, shown) [code] = #name,
#include "operations.def"
#undef OPERATION
};

static const char *const actions[] = {
	[ACTION_pass] = "pass",
	[ACTION_redirect] = "redirect",
	[ACTION_deny] = "deny",
};

static const char *const modes[] = {
	[MODE_trace] = "trace",
	[MODE_redirect] = "redirect",
	[MODE_deny] = "deny",
	[MODE_off] = "off",
};

static const char *const totals_names[] = {
#define TOTAL(name, what) #name,
#include "totals.def"
#undef TOTAL
};

static const struct {
	const char *name, *what;
} stale[] = {
#define STALE(name, what) {#name, what},
#include "stale.def"
#undef STALE
};

static const char *name_at(const char *const *names, size_t count, unsigned index)
{
	return index < count && names[index] ? names[index] : "unknown";
}

const char *name_of_error(uint32_t error)
{
	static char number[32];

	if (!error)
		return "other";
	if (error < ARRAY_SIZE(errors) && errors[error])
		return errors[error];
	snprintf(number, sizeof(number), "errno %u", error);
	return number;
}

const char *meaning_of_error(uint32_t error)
{
	static char text[80];

	if (!error)
		return "other errors";
	snprintf(text, sizeof(text), "%s", strerror((int)error));
	text[0] = (char)tolower((unsigned char)text[0]);
	return text;
}

const char *name_of_operation(unsigned type)
{
	return name_at(operations, ARRAY_SIZE(operations), type);
}

const char *name_of_action(unsigned action)
{
	return name_at(actions, ARRAY_SIZE(actions), action);
}

const char *name_of_mode(unsigned mode)
{
	return name_at(modes, ARRAY_SIZE(modes), mode);
}

const char *name_of_stale(unsigned reason)
{
	return stale[reason].name;
}

const char *meaning_of_stale(unsigned reason)
{
	return stale[reason].what;
}

bool total_is_time(unsigned total)
{
	return total == VERDICT_compile_ns || total == VERDICT_saved_ns ||
	       total == VERDICT_wait_ns;
}

/* Times are kept in nanoseconds, and shown in seconds. */
const char *name_of_total(unsigned total)
{
	switch (total) {
	case VERDICT_compile_ns:
		return "compile_seconds";
	case VERDICT_saved_ns:
		return "saved_seconds";
	case VERDICT_wait_ns:
		return "wait_seconds";
	default:
		return totals_names[total];
	}
}

int total_of_name(const char *name)
{
	unsigned i;

	for (i = 0; i < VERDICT_TOTALS; i++)
		if (strcmp(name, name_of_total(i)) == 0)
			return (int)i;
	return -1;
}
