/*
 * See names.h.  Runs in pycstat.
 */
#include "names.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "recording.h"

static const char *const errors[] = {
#define ERRNO(name) [name] = #name,
#include "errors.def"
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

static const char *find(const char *const *names, size_t count, unsigned index)
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
	return find(operations, ARRAY_SIZE(operations), type);
}

const char *name_of_action(unsigned action)
{
	return find(actions, ARRAY_SIZE(actions), action);
}

const char *name_of_mode(unsigned mode)
{
	return find(modes, ARRAY_SIZE(modes), mode);
}

const char *name_of_stale(unsigned reason)
{
	return stale[reason].name;
}

const char *meaning_of_stale(unsigned reason)
{
	return stale[reason].what;
}

const char *name_of_total(unsigned total)
{
	return total == VERDICT_compile_ns ? "compile_seconds" : totals_names[total];
}

int total_of_name(const char *name)
{
	unsigned i;

	for (i = 0; i < VERDICT_TOTALS; i++)
		if (strcmp(name, name_of_total(i)) == 0)
			return (int)i;
	return -1;
}

void names_json_totals(struct json *json, const struct totals *totals)
{
	unsigned i;

	for (i = 0; i < VERDICT_TOTALS; i++)
		if (i == VERDICT_compile_ns)
			json_seconds(json, name_of_total(i), totals->count[i]);
		else
			json_integer(json, name_of_total(i), totals->count[i]);
}

void names_json_reasons(struct json *json, const struct totals *totals)
{
	/* in the order of what one meets most, not by where the interpreter looks */
	static const unsigned order[] = {STALE_mtime, STALE_size, STALE_magic,
					 STALE_flags, STALE_hash, STALE_truncated};
	size_t i;

	_Static_assert(ARRAY_SIZE(order) == STALE_COUNT, "a stale reason is not printed");
	json_open(json, "stale_reasons", '{');
	for (i = 0; i < ARRAY_SIZE(order); i++)
		json_integer(json, name_of_stale(order[i]),
			     totals->stale_reason[order[i]]);
	json_close(json, '{');
}

void names_json_errors(struct json *json, const struct error_counts *counts)
{
	size_t i;

	json_open(json, "write_errors", '{');
	for (i = 0; i < ERROR_COUNTS; i++)
		if (counts->slot[i].count)
			json_integer(json, name_of_error(counts->slot[i].error),
				     counts->slot[i].count);
	json_close(json, '{');
}
