/* SPDX-License-Identifier: MIT */
/*
 * See human.h.
 */
#include "common/human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/text.h"

#define MINUTE_NS 60000000000
#define HOUR_NS (60 * MINUTE_NS)
#define DAY_NS (24 * HOUR_NS)

static const char *const byte_units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", NULL};

/* `value` with three significant digits: 1.92, 19.2, 192. */
static struct human three_digits(double value, const char *unit)
{
	struct human text;

	snprintf(text.s, sizeof(text.s), "%.*f %s",
		 value < 9.995	 ? 2
		 : value < 99.95 ? 1
				 : 0,
		 value, unit);
	return text;
}

struct human human_count(int64_t count)
{
	uint64_t amount = count < 0 ? -(uint64_t)count : (uint64_t)count;
	char digits[24];
	struct human text = {""};
	size_t length, i, at = 0;

	length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, amount);
	if (count < 0)
		text.s[at++] = '-';
	for (i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			text.s[at++] = ',';
		text.s[at++] = digits[i];
	}
	return text;
}

struct human human_bytes(int64_t bytes)
{
	double value = (double)bytes / 1024;
	struct human text;
	size_t i;

	if (bytes < 1024) {
		snprintf(text.s, sizeof(text.s), "%" PRId64 " B", bytes);
		return text;
	}
	for (i = 0; value >= 999.5 && byte_units[i + 1]; i++)
		value /= 1024;
	return three_digits(value, byte_units[i]);
}

/* "3 min 20 s": whole larger units, and the rest in smaller ones. */
static struct human two_units(int64_t ns, int64_t large_ns, const char *large,
			      int64_t small_ns, const char *small)
{
	struct human text;

	snprintf(text.s, sizeof(text.s), "%" PRId64 " %s %" PRId64 " %s", ns / large_ns,
		 large, ns % large_ns / small_ns, small);
	return text;
}

struct human human_seconds(int64_t ns)
{
	struct human text;

	if (!ns) {
		snprintf(text.s, sizeof(text.s), "0 s");
		return text;
	}
	if (ns < 999500)
		return three_digits((double)ns / 1e3, "us");
	if (ns < 999500000)
		return three_digits((double)ns / 1e6, "ms");
	if (ns < 99950000000)
		return three_digits((double)ns / 1e9, "s");
	if (ns < HOUR_NS)
		return two_units(ns, MINUTE_NS, "min", 1000000000, "s");
	if (ns < DAY_NS)
		return two_units(ns, HOUR_NS, "h", MINUTE_NS, "min");
	return two_units(ns, DAY_NS, "d", HOUR_NS, "h");
}

struct human human_percent(int64_t part, int64_t whole)
{
	double percent = whole ? 100.0 * (double)part / (double)whole : 0;
	struct human text = {""};

	if (!whole)
		return text;
	if (percent > 0 && percent < 0.05)
		snprintf(text.s, sizeof(text.s), "<0.1 %%");
	else if (percent > 0 && percent < 9.95)
		snprintf(text.s, sizeof(text.s), "%.1f %%", percent);
	else if (percent >= 99.5 && percent < 100) /* a part must not look like all */
		snprintf(text.s, sizeof(text.s), "%.1f %%",
			 percent < 99.9 ? percent : 99.9);
	else
		snprintf(text.s, sizeof(text.s), "%.0f %%", percent);
	return text;
}

bool human_is_unit(const char *word, size_t length)
{
	static const char *const others[] = {"B", "us", "ms", "s", "min",
					     "h", "d",	"%",  NULL};

	return text_is_one_of(word, length, byte_units) ||
	       text_is_one_of(word, length, others);
}

/* All fields are 0 where the time cannot be represented. */
static struct tm local_time(uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	struct tm parts;

	if (!localtime_r(&seconds, &parts))
		memset(&parts, 0, sizeof(parts));
	return parts;
}

struct human human_clock(uint64_t time_ns)
{
	struct tm parts = local_time(time_ns);
	struct human text;

	snprintf(text.s, sizeof(text.s), "%02d:%02d:%02d.%03u", parts.tm_hour,
		 parts.tm_min, parts.tm_sec, (unsigned)(time_ns / 1000000 % 1000));
	return text;
}

struct human human_date(uint64_t time_ns)
{
	struct tm parts = local_time(time_ns);
	struct human text;

	if (!strftime(text.s, sizeof(text.s), "%Y-%m-%d %H:%M:%S", &parts))
		text.s[0] = '\0';
	return text;
}
