/* SPDX-License-Identifier: MIT */
/*
 * See fail_if.h.
 */
#include "answer/fail_if.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/suggest.h"
#include "common/usage.h"
#include "common/util.h"

#define KEY_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define BLANKS " \t"

/* Take the comparison at *at.  Returns whether there is one; *at is then behind it. */
static bool parse_comparison(struct fail_if *condition, const char **at)
{
	char first = **at;

	if (!first || !strchr("<>=", first))
		return false;
	condition->less = first == '<';
	condition->greater = first == '>';
	condition->equal = (*at)[1] == '=';
	if (first == '=' && !condition->equal)
		return false;
	*at += 1 + condition->equal;
	return true;
}

bool fail_if_parse(struct fail_if *condition, const char *text)
{
	const char *at;
	char *end;

	text += strspn(text, BLANKS);
	*condition = (struct fail_if){.text = text,
				      .key_length = strspn(text, KEY_LETTERS)};
	at = text + condition->key_length;
	at += strspn(at, BLANKS);
	if (!condition->key_length || !parse_comparison(condition, &at))
		return false;
	condition->number = strtod(at, &end);
	if (end == at || !isfinite(condition->number))
		return false;
	return !end[strspn(end, BLANKS)];
}

bool fail_if_holds(const struct fail_if *condition, double value)
{
	if (value < condition->number)
		return condition->less;
	if (value > condition->number)
		return condition->greater;
	return condition->equal;
}

static const struct fail_if_value *find_key(const struct fail_if *condition,
					    const struct fail_if_value *table,
					    size_t table_count)
{
	size_t i;

	for (i = 0; i < table_count; i++)
		if (strlen(table[i].key) == condition->key_length &&
		    memcmp(table[i].key, condition->text, condition->key_length) == 0)
			return &table[i];
	return NULL;
}

static void NORETURN refuse_key(const struct fail_if *condition, const char *text,
				const struct fail_if_value *table, size_t table_count)
{
	char *key = xasprintf("%.*s", (int)condition->key_length, condition->text),
	     *keys = NULL;
	struct suggestion suggestion;
	size_t i;

	suggest_begin(&suggestion, key);
	for (i = 0; i < table_count; i++) {
		suggest_offer(&suggestion, table[i].key);
		keys = enlist(keys, table[i].key);
	}
	if (suggestion.best)
		usage_error("--fail-if %s: no such key: did you mean '%s'?", text,
			    suggestion.best);
	usage_error("--fail-if %s: no such key; there are %s", text,
		    keys ? keys : "none");
}

void fail_if_check(const char *const *conditions, size_t count,
		   const struct fail_if_value *table, size_t table_count)
{
	struct fail_if condition;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!fail_if_parse(&condition, conditions[i]))
			usage_error("--fail-if %s: not of the form 'KEY>NUMBER' (or >=, "
				    "<, <=, ==)",
				    conditions[i]);
		if (!find_key(&condition, table, table_count))
			refuse_key(&condition, conditions[i], table, table_count);
	}
}

int fail_if_status(const char *const *conditions, size_t count,
		   const struct fail_if_value *table, size_t table_count, int status)
{
	const struct fail_if_value *found;
	struct fail_if condition;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!fail_if_parse(&condition, conditions[i]))
			continue;
		found = find_key(&condition, table, table_count);
		if (!found || !fail_if_holds(&condition, found->value))
			continue;
		warn("--fail-if '%s': %s is %.9g", conditions[i], found->key,
		     found->value);
		status = EXIT_CONDITION;
	}
	return status;
}
