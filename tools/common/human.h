/* SPDX-License-Identifier: MIT */
/*
 * Formats numbers for people.  Each function returns its text by value: use it as
 * human_bytes(n).s within one expression.  Pure, except that the times are in the local
 * time zone.
 */
#ifndef PYCSHIM_HUMAN_H
#define PYCSHIM_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attributes.h"

struct human {
	char s[32];
};

struct human human_count(int64_t count); /* 1,234,567 */
struct human human_bytes(int64_t bytes); /* 3.2 MiB */
struct human human_seconds(int64_t ns); /* 85 us, 430 ms, 1.92 s, 3 min 20 s, 2 h 5 min */
struct human human_percent(int64_t part, int64_t whole); /* 62 %; "" where whole is 0 */

/* Are the `length` bytes at `word` a unit that these functions print? */
bool human_is_unit(const char *word, size_t length) NONNULL MUST_CHECK;

/* Local time of day, with milliseconds: 14:02:03.123. */
struct human human_clock(uint64_t time_ns);

/* Local date and time: 2024-01-31 14:02:03. */
struct human human_date(uint64_t time_ns);

#endif
