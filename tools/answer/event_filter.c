/* SPDX-License-Identifier: MIT */
/*
 * See event_filter.h.
 */
#include "answer/event_filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/names.h"
#include "common/suggest.h"
#include "common/usage.h"
#include "common/util.h"
#include "read/reader.h"
#include "read/stats.h"

#define SECOND_NS 1000000000u
#define DAY_SECONDS 86400
#define OPERATIONS_MAX 32 /* bits of struct event_filter's operations */

/* The bit of the operation with this name; exits if there is none. */
static uint32_t operation_bit(const char *word)
{
	struct suggestion suggestion;
	struct record record = {0};
	unsigned type;

	suggest_begin(&suggestion, word);
	for (type = 1; type < OPERATIONS_MAX; type++) {
		record.type = (uint8_t)type;
		if (!stats_event_is_shown(&record))
			continue;
		if (strcmp(word, name_of_operation(type)) == 0)
			return 1u << type;
		suggest_offer(&suggestion, name_of_operation(type));
	}
	if (suggestion.best)
		usage_error("--op %s: no such operation: did you mean '%s'?", word,
			    suggestion.best);
	usage_error("--op %s: no such operation, as lookup, compile or write are", word);
}

/* "lookup,compile" */
static uint32_t parse_operations(const char *words)
{
	uint32_t bits = 0;
	size_t length;
	char *word;

	for (; *words; words += length + (words[length] == ',')) {
		length = strcspn(words, ",");
		word = xasprintf("%.*s", (int)length, words);
		bits |= operation_bit(word);
		free(word);
	}
	if (!bits)
		usage_error("--op: which operation? lookup, compile, write, ...");
	return bits;
}

/* "90s", "10m", "2h", "1d": so many seconds; -1: it is no such word. */
static double parse_duration(const char *word)
{
	static const struct {
		char unit;
		unsigned seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', DAY_SECONDS}};
	char *end;
	double value = strtod(word, &end);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(units); i++)
		if (end > word && *end == units[i].unit && !end[1] && value >= 0)
			return value * units[i].seconds;
	return -1;
}

/* The last local time before `now` at this time of the day; 0: it is no such word. */
static time_t parse_clock(const char *word, time_t now)
{
	struct tm parts;
	const char *end;
	time_t at;

	localtime_r(&now, &parts);
	parts.tm_sec = 0;
	end = strptime(word, "%H:%M:%S", &parts);
	if (!end || *end)
		end = strptime(word, "%H:%M", &parts);
	if (!end || *end)
		return 0;
	parts.tm_isdst = -1;
	at = mktime(&parts);
	return at > now ? at - DAY_SECONDS : at;
}

/* "2024-01-31 14:02:03" or "2024-01-31", local; 0: it is no such word. */
static time_t parse_date(const char *word)
{
	static const char *const forms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
					    "%Y-%m-%d %H:%M", "%Y-%m-%d"};
	struct tm parts;
	const char *end;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		memset(&parts, 0, sizeof(parts));
		parts.tm_isdst = -1;
		end = strptime(word, forms[i], &parts);
		if (end && !*end)
			return mktime(&parts);
	}
	return 0;
}

static uint64_t parse_since(const char *word)
{
	double duration = parse_duration(word);
	long double seconds; /* a double has no nanoseconds of today */
	time_t now = time(NULL), at;
	char *end;

	if (duration >= 0)
		return duration >= (double)now
			       ? 1
			       : (uint64_t)(((double)now - duration) * SECOND_NS);
	at = parse_clock(word, now);
	if (!at)
		at = parse_date(word);
	if (at > 0)
		return (uint64_t)at * SECOND_NS;
	seconds = strtold(word, &end);
	if (end == word || *end || !(seconds > 0) || seconds > 1e10)
		usage_error("--since %s: no time, as 10m (ago), 14:02, 14:02:03, "
			    "'2024-01-31 14:02' or seconds since the epoch are",
			    word);
	return (uint64_t)(seconds * SECOND_NS + 0.5L);
}

void event_filter_begin(struct event_filter *filter, const struct options *options)
{
	memset(filter, 0, sizeof(*filter));
	filter->pid = options->pid;
	filter->module = options->module;
	if (options->operations)
		filter->operations = parse_operations(options->operations);
	if (options->since)
		filter->since_ns = parse_since(options->since);
	if (filter->module)
		query_begin(&filter->query, filter->module);
	filter->active = filter->pid || filter->module || filter->operations ||
			 filter->since_ns;
}

void event_filter_end(struct event_filter *filter)
{
	if (filter->module)
		query_end(&filter->query);
}

/* Is the path the module's pyc, a temporary name of that, or its source? */
static bool is_of_module(const struct event_filter *filter, struct tables *tables,
			 const char *path)
{
	struct path_meaning meaning = tables_meaning(tables, path);
	char *source, none[] = "";
	bool is_it;

	if (meaning.module)
		return query_rank(&filter->query, meaning.module) != QUERY_NO;
	source = xstrdup(path);
	is_it = query_rank(&filter->query,
			   &(struct module){.source = source, .pyc = none}) != QUERY_NO;
	free(source);
	return is_it;
}

bool event_filter_takes(const struct event_filter *filter, struct tables *tables,
			const struct record *record, const struct process *process)
{
	const char *to;

	if (filter->pid && (!process->known || process->pid != filter->pid))
		return false;
	if (record->time_ns < filter->since_ns)
		return false;
	if (filter->operations && (record->type >= OPERATIONS_MAX ||
				   !(filter->operations & 1u << record->type)))
		return false;
	if (!filter->module)
		return true;
	to = reader_path_to(record);
	return is_of_module(filter, tables, reader_path(record)) ||
	       (to && is_of_module(filter, tables, to));
}
