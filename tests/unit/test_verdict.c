/* SPDX-License-Identifier: MIT */
/*
 * include/verdict.h: what the calls of one thread, in order, mean.  Each case is a
 * sequence that a real interpreter makes, and what it must add up to.
 */
#include "check.h"

#include <errno.h>

#include "verdict.h"

#define KEY 0x100000001
#define CODEC 0x200000002
#define CACHE 0x100000000 /* the __pycache__ of KEY's directory */
#define EVENTS_MAX 14

/* tables, aligned by hand */
/* clang-format off */

/* Steps of the sequences. */
#define STEP(what, ...) {.operation = RECORD_##what, .key = KEY, __VA_ARGS__}
#define LOOKUP(judged)       STEP(lookup, .header = (judged))
#define LOOKUP_DAMAGED(judged) \
	STEP(lookup, .header = (judged), .flags = RECORD_SOURCE_SEEN | RECORD_DAMAGED)
#define LOOKUP_SOURCELESS(judged, also) \
	STEP(lookup, .header = (judged), .untagged = true, .flags = (also))
#define LOOKUP_BY_NAME(judged) \
	STEP(lookup, .header = (judged), .flags = RECORD_BY_NAME)
#define LOOKUP_FAILS(number) STEP(lookup, .error = (number))
#define READ                 STEP(read_source, .flags = 0)
#define READ_DIRECT          STEP(read_source, .flags = RECORD_DIRECT)
#define READ_FAILS           STEP(read_source, .error = ENOENT)
#define COMPILE              STEP(compile, .flags = RECORD_EXACT, .amount = 500)
#define COMPILE_AT_MOST(ns)  STEP(compile, .amount = (ns))
#define CREATE               STEP(create, .temporary = true)
#define CREATE_FAILS(number) STEP(create, .temporary = true, .error = (number))
#define CREATE_FINAL         STEP(create, .temporary = false)
#define CREATE_UNTAGGED      STEP(create, .untagged = true)
#define WRITE                STEP(write, .amount = 30)
#define WRITE_COMPLETE       STEP(write, .amount = 30, .flags = RECORD_COMPLETE)
#define WRITE_FAILS(number)  STEP(write, .error = (number))
#define WRITE_SHORT(number)  \
	STEP(write, .amount = 30, .flags = RECORD_SHORT, .error = (number))
#define WRITE_STREAM         \
	STEP(write, .amount = 30, .flags = RECORD_COMPLETE, .temporary = true)
#define UNLINK_TEMPORARY     STEP(unlink, .temporary = true)
#define RENAME               STEP(rename, .temporary = true, .publishes = true)
#define RENAME_FAILS(number) \
	STEP(rename, .temporary = true, .publishes = true, .error = (number))
#define MKDIR                {.operation = RECORD_mkdir, .key = CACHE}
#define MKDIR_FAILS(number)  {.operation = RECORD_mkdir, .key = CACHE, .error = (number)}
#define UNLINK               STEP(unlink, .error = 0)
#define RETRACT              STEP(retract, .error = 0)
#define REUSE                STEP(reuse, .amount = 700)
#define WAIT                 STEP(wait, .amount = 90)

struct expected {
	int lookups, hits, misses, stale, unreadable;
	int compiled, written, write_failed, not_attempted, bytes_written, compile_ns;
	int reused, waited, saved_ns, wait_ns;
};

static const struct sequence {
	const char *name;
	struct verdict_event event[EVENTS_MAX]; /* up to one of operation 0 */
	struct expected expected;
	int reason; /* STALE_*; -1: not stale */
	int error;  /* of the write that failed; 0 */
} sequences[] = {
	{"hit",
	 {LOOKUP(PYC_VALID)},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"hit, and the source is shown in a traceback later",
	 {LOOKUP(PYC_VALID), READ},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"hit of the store, after a wait",
	 {LOOKUP(PYC_VALID), WAIT, REUSE},
	 {.lookups = 1, .hits = 1, .reused = 1, .waited = 1, .saved_ns = 700, .wait_ns = 90},
	 -1, 0},
	{"a wait that brought nothing",
	 {LOOKUP_FAILS(ENOENT), WAIT, READ, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500, .wait_ns = 90}, -1, 0},
	{"hit with a magic we do not know",
	 {LOOKUP(PYC_UNPROVEN)},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"stale by a magic we do not know",
	 {LOOKUP(PYC_UNPROVEN), READ_DIRECT, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 1, .stale = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, STALE_magic, 0},
	{"stale by a magic we do not know, under -B",
	 {LOOKUP(PYC_UNPROVEN), READ_DIRECT, COMPILE_AT_MOST(500)},
	 {.lookups = 1, .stale = 1, .compiled = 1, .not_attempted = 1, .compile_ns = 500},
	  STALE_magic, 0},
	{"hit with a magic we do not know, its source shown in a traceback later",
	 {LOOKUP(PYC_UNPROVEN), READ, COMPILE_AT_MOST(500)},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"a sourceless pyc of another interpreter ends the import",
	 {LOOKUP_SOURCELESS(PYC_STALE_magic, 0)},
	 {.lookups = 1, .stale = 1}, STALE_magic, 0},
	{"so does one that is shorter than its header",
	 {LOOKUP_SOURCELESS(PYC_STALE_truncated, 0)},
	 {.lookups = 1, .stale = 1}, STALE_truncated, 0},
	{"so does one that 2.7 was seen to close unread",
	 {LOOKUP_SOURCELESS(PYC_UNPROVEN, RECORD_REJECTED)},
	 {.lookups = 1, .stale = 1}, STALE_magic, 0},
	{"a sourceless pyc is used",
	 {LOOKUP_SOURCELESS(PYC_VALID, RECORD_WHOLE)},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"a pyc that is loaded by its own name is used",
	 {LOOKUP_BY_NAME(PYC_VALID), READ, COMPILE_AT_MOST(500)},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"a pyc of another interpreter that is loaded by its own name ends the load",
	 {LOOKUP_BY_NAME(PYC_STALE_magic)},
	 {.lookups = 1, .stale = 1}, STALE_magic, 0},
	{"a damaged pyc ends the import, though the source is there and shown later",
	 {LOOKUP_DAMAGED(PYC_VALID), READ, COMPILE_AT_MOST(500)},
	 {.lookups = 1, .stale = 1}, STALE_truncated, 0},
	{"a damaged pyc that is stale besides is replaced",
	 {LOOKUP_DAMAGED(PYC_STALE_mtime), READ_DIRECT, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 1, .stale = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, STALE_mtime, 0},
	{"a damaged pyc that is checked by its hash may be replaced",
	 {LOOKUP_DAMAGED(PYC_CHECKED_HASH), READ_DIRECT, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 1, .stale = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, STALE_hash, 0},
	{"a damaged pyc that compileall looks at",
	 {LOOKUP_DAMAGED(PYC_VALID), RETRACT},
	 {0}, -1, 0},
	{"2.7 finds a damaged pyc",
	 {READ, LOOKUP_DAMAGED(PYC_VALID)},
	 {.lookups = 1, .stale = 1}, STALE_truncated, 0},
	{"an import that caught the exception of a damaged pyc goes on with another module",
	 {LOOKUP_DAMAGED(PYC_VALID), {.operation = RECORD_lookup, .key = CODEC, .error =
	  ENOENT}, {.operation = RECORD_read_source, .key = CODEC}, {.operation =
	  RECORD_compile, .key = CODEC, .flags = RECORD_EXACT, .amount = 100}, {.operation
	  = RECORD_create, .key = CODEC, .temporary = true}, {.operation = RECORD_rename,
	  .key = CODEC, .temporary = true, .publishes = true}},
	 {.lookups = 2, .misses = 1, .stale = 1, .compiled = 1, .written = 1, .compile_ns =
	  100}, STALE_truncated, 0},
	{"miss, written",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, MKDIR, CREATE, WRITE, RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, -1, 0},
	{"py3compile asks whether there are pycs",
	 {LOOKUP_FAILS(ENOENT), MKDIR, {.operation = RECORD_lookup, .key = CODEC, .header =
	  PYC_VALID}},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"miss of a module whose source may not be read, and then of another",
	 {LOOKUP_FAILS(ENOENT), STEP(read_source, .error = EACCES), {.operation =
	  RECORD_lookup, .key = CODEC, .header = PYC_VALID}},
	 {.lookups = 2, .hits = 1, .misses = 1}, -1, 0},
	{"miss of a module that has no source",
	 {LOOKUP_FAILS(ENOENT), READ_FAILS},
	 {.lookups = 1, .misses = 1}, -1, 0},
	{"unreadable, written",
	 {LOOKUP_FAILS(EACCES), READ, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 1, .unreadable = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, -1, 0},
	{"stale by mtime, written",
	 {LOOKUP(PYC_STALE_mtime), READ_DIRECT, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 1, .stale = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, STALE_mtime, 0},
	{"stale by size",
	 {LOOKUP(PYC_STALE_size), READ_DIRECT},
	 {.lookups = 1, .stale = 1, .compiled = 1, .not_attempted = 1}, STALE_size, 0},
	{"stale by magic",
	 {LOOKUP(PYC_STALE_magic), READ_DIRECT},
	 {.lookups = 1, .stale = 1, .compiled = 1, .not_attempted = 1}, STALE_magic, 0},
	{"stale by flags",
	 {LOOKUP(PYC_STALE_flags), READ_DIRECT},
	 {.lookups = 1, .stale = 1, .compiled = 1, .not_attempted = 1}, STALE_flags, 0},
	{"truncated",
	 {LOOKUP(PYC_STALE_truncated), READ_DIRECT},
	 {.lookups = 1, .stale = 1, .compiled = 1, .not_attempted = 1}, STALE_truncated,
	  0},
	{"-B: nothing is tried, and the cost is a limit that is corrected",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE_AT_MOST(900), COMPILE_AT_MOST(700)},
	 {.lookups = 1, .misses = 1, .compiled = 1, .not_attempted = 1, .compile_ns =
	  700}, -1, 0},
	{"read-only, no __pycache__",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, MKDIR_FAILS(EROFS)},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .compile_ns = 500},
	  -1, EROFS},
	{"read-only, with a __pycache__",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE_FAILS(EROFS)},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .compile_ns = 500},
	  -1, EROFS},
	{"two siblings, one temporary",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, MKDIR_FAILS(EEXIST), CREATE_FAILS(EEXIST)},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .compile_ns = 500},
	  -1, EEXIST},
	{"disk full, nothing written",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE_FAILS(ENOSPC), UNLINK},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .compile_ns = 500},
	  -1, ENOSPC},
	{"disk full, partly written, and its rename refused: counted once",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE, WRITE_FAILS(ENOSPC),
	  RENAME_FAILS(ENOSPC), UNLINK},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .bytes_written =
	  30, .compile_ns = 500}, -1, ENOSPC},
	{"disk full, partly written, and published all the same",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE, WRITE_FAILS(ENOSPC),
	  RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .bytes_written =
	  30, .compile_ns = 500}, -1, ENOSPC},
	{"disk full, cut short, and published all the same",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE_SHORT(ENOSPC), RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .bytes_written =
	  30, .compile_ns = 500}, -1, ENOSPC},
	{"the same of an older recording, which has no reason",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE_SHORT(0), RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .bytes_written =
	  30, .compile_ns = 500}, -1, ENOSPC},
	{"a limit on the size of files, cut short, and published all the same",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE_SHORT(EFBIG), RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .bytes_written =
	  30, .compile_ns = 500}, -1, EFBIG},
	{"cut short by who reads no source, and published all the same",
	 {CREATE, WRITE_SHORT(ENOSPC), RENAME},
	 {.write_failed = 1, .bytes_written = 30}, -1, ENOSPC},
	{"cut short, and removed, as newer ones do",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE_SHORT(EFBIG),
	  UNLINK_TEMPORARY},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .bytes_written =
	  30, .compile_ns = 500}, -1, EFBIG},
	{"cut short, and what is missing written next",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE_SHORT(ENOSPC), WRITE, RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 1, .written = 1, .bytes_written = 60,
	  .compile_ns = 500}, -1, 0},
	{"Debian's 2.7 py_compile: a temporary by stdio",
	 {READ, COMPILE, CREATE, WRITE_STREAM, RENAME},
	 {.compiled = 1, .written = 1, .bytes_written = 30, .compile_ns = 500}, -1, 0},
	{"its compile prints a SyntaxWarning, with the line of the source",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, READ, COMPILE, MKDIR, CREATE, WRITE, RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, -1, 0},
	{"the same, stale",
	 {LOOKUP(PYC_STALE_mtime), READ_DIRECT, COMPILE, READ, COMPILE, CREATE, WRITE,
	  RENAME},
	 {.lookups = 1, .stale = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, STALE_mtime, 0},
	{"the same under -B, and then a traceback",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, READ, COMPILE_AT_MOST(900), READ,
	  COMPILE_AT_MOST(9000)},
	 {.lookups = 1, .misses = 1, .compiled = 1, .not_attempted = 1, .compile_ns = 500},
	  -1, 0},
	{"written, shown in a traceback, and compiled by py_compile later",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE, RENAME, READ,
	  COMPILE_AT_MOST(900), READ, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 2, .written = 2, .bytes_written = 60,
	  .compile_ns = 1000}, -1, 0},
	{"checked hash, unchanged",
	 {LOOKUP(PYC_CHECKED_HASH), READ_DIRECT, COMPILE_AT_MOST(40)},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"checked hash, changed",
	 {LOOKUP(PYC_CHECKED_HASH), READ_DIRECT, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 1, .stale = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, STALE_hash, 0},
	{"unchecked hash",
	 {LOOKUP(PYC_UNCHECKED_HASH)},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"unchecked hash, and the source is shown in a traceback later",
	 {LOOKUP(PYC_UNCHECKED_HASH), READ},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"unchecked hash, checked all the same, unchanged",
	 {LOOKUP(PYC_UNCHECKED_HASH), READ_DIRECT, COMPILE_AT_MOST(40)},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"unchecked hash, checked all the same, changed",
	 {LOOKUP(PYC_UNCHECKED_HASH), READ_DIRECT, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 1, .stale = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, STALE_hash, 0},
	{"2.7 hit",
	 {READ, LOOKUP(PYC_VALID)},
	 {.lookups = 1, .hits = 1}, -1, 0},
	{"2.7 stale",
	 {READ, LOOKUP(PYC_STALE_mtime), COMPILE, UNLINK, CREATE_UNTAGGED,
	  WRITE_COMPLETE},
	 {.lookups = 1, .stale = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, STALE_mtime, 0},
	{"2.7 miss",
	 {READ, LOOKUP_FAILS(ENOENT), COMPILE, CREATE_UNTAGGED, WRITE, WRITE_COMPLETE},
	 {.lookups = 1, .misses = 1, .compiled = 1, .written = 1, .bytes_written = 60,
	  .compile_ns = 500}, -1, 0},
	{"compileall of a fresh tree",
	 {READ, COMPILE, CREATE, WRITE, RENAME},
	 {.compiled = 1, .written = 1, .bytes_written = 30, .compile_ns = 500}, -1, 0},
	{"compileall looks at the header, and finds it good: it loaded no module",
	 {LOOKUP(PYC_VALID), RETRACT},
	 {0}, -1, 0},
	{"compileall replaces a stale one",
	 {LOOKUP(PYC_STALE_mtime), READ, COMPILE, RETRACT, CREATE, WRITE, RENAME},
	 {.compiled = 1, .written = 1, .bytes_written = 30, .compile_ns = 500}, -1, 0},
	{"pytest, which makes the directory first",
	 {MKDIR_FAILS(EROFS), LOOKUP_FAILS(ENOENT), READ, COMPILE},
	 {.lookups = 1, .misses = 1, .compiled = 1, .write_failed = 1, .compile_ns = 500},
	  -1, EROFS},
	{"pytest, where the directory is there",
	 {MKDIR_FAILS(EEXIST), LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE,
	  RENAME},
	 {.lookups = 1, .misses = 1, .compiled = 1, .written = 1, .bytes_written = 30,
	  .compile_ns = 500}, -1, 0},
	{"somebody copies or unpacks a pyc",
	 {CREATE_FINAL, WRITE},
	 {.bytes_written = 30}, -1, 0},
	{"a script is run by its name",
	 {READ, COMPILE_AT_MOST(10)},
	 {0}, -1, 0},
	{"the same module twice",
	 {LOOKUP_FAILS(ENOENT), READ, COMPILE, CREATE, WRITE, RENAME, LOOKUP(PYC_VALID)},
	 {.lookups = 2, .hits = 1, .misses = 1, .compiled = 1, .written = 1,
	  .bytes_written = 30, .compile_ns = 500}, -1, 0},
	{"\"coding: cp1252\": the compile imports a codec, which is found",
	 {LOOKUP_FAILS(ENOENT), READ, {.operation = RECORD_lookup, .key = CODEC, .header =
	  PYC_VALID}, COMPILE, CREATE, WRITE, RENAME},
	 {.lookups = 2, .hits = 1, .misses = 1, .compiled = 1, .written = 1,
	  .bytes_written = 30, .compile_ns = 500}, -1, 0},
	{"the codec is compiled too, within",
	 {LOOKUP_FAILS(ENOENT), READ, {.operation = RECORD_lookup, .key = CODEC, .error =
	  ENOENT}, {.operation = RECORD_read_source, .key = CODEC}, {.operation =
	  RECORD_compile, .key = CODEC, .flags = RECORD_EXACT, .amount = 100}, {.operation
	  = RECORD_create, .key = CODEC, .temporary = true}, {.operation = RECORD_rename,
	  .key = CODEC, .temporary = true, .publishes = true}, COMPILE, CREATE, WRITE,
	  RENAME},
	 {.lookups = 2, .misses = 2, .compiled = 2, .written = 2, .bytes_written = 30,
	  .compile_ns = 600}, -1, 0},
};
/* clang-format on */

struct outcome {
	int64_t total[VERDICT_TOTALS];
	int64_t reason[STALE_COUNT];
	int64_t failures;
	int error;
};

static struct outcome feed(const struct verdict_event *event, size_t count)
{
	struct verdict_thread thread = {0};
	struct verdict_changes changes;
	struct outcome outcome = {{0}, {0}, 0, 0};
	const struct verdict_change *change;
	size_t i, j;

	for (i = 0; i < count && event[i].operation; i++) {
		verdict_feed(&thread, &event[i], &changes);
		for (j = 0; j < changes.count; j++) {
			change = &changes.change[j];
			if (change->what == VERDICT_STALE_REASON) {
				outcome.reason[change->detail] += change->amount;
			} else if (change->what == VERDICT_WRITE_ERROR) {
				outcome.failures += change->amount;
				outcome.error = change->detail;
			} else {
				outcome.total[change->what] += change->amount;
			}
		}
	}
	return outcome;
}

static void compare(const struct sequence *sequence, const struct outcome *outcome)
{
	const int expected[] = {
		sequence->expected.lookups,	  sequence->expected.hits,
		sequence->expected.misses,	  sequence->expected.stale,
		sequence->expected.unreadable,	  sequence->expected.compiled,
		sequence->expected.written,	  sequence->expected.write_failed,
		sequence->expected.not_attempted, sequence->expected.bytes_written,
		sequence->expected.compile_ns,	  sequence->expected.reused,
		sequence->expected.waited,	  sequence->expected.saved_ns,
		sequence->expected.wait_ns,
	};
	static const char *const names[] = {
#define TOTAL(name, what) #name,
#include "totals.def"
#undef TOTAL
	};
	int i;

	for (i = 0; i < VERDICT_TOTALS; i++)
		if (outcome->total[i] != expected[i])
			fail_msg("%s: %s is %d, not %d", sequence->name, names[i],
				 (int)outcome->total[i], expected[i]);
	for (i = 0; i < STALE_COUNT; i++)
		if (outcome->reason[i] != (i == sequence->reason))
			fail_msg("%s: stale reason %d: %d", sequence->name, i,
				 (int)outcome->reason[i]);
	if (outcome->failures != (sequence->error != 0) ||
	    outcome->error != sequence->error)
		fail_msg("%s: error %d", sequence->name, outcome->error);
}

static void sequence_of_each_interpreter_adds_up(void **state)
{
	struct outcome outcome;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sequences); i++) {
		outcome = feed(sequences[i].event, EVENTS_MAX);
		compare(&sequences[i], &outcome);
	}
}

/* Wherever a program is killed, look-ups are the sum of their kinds. */
static void sequence_cut_anywhere_adds_up(void **state)
{
	struct outcome outcome;
	size_t i, cut;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sequences); i++)
		for (cut = 0; cut <= EVENTS_MAX; cut++) {
			outcome = feed(sequences[i].event, cut);
			assert_int_equal(outcome.total[VERDICT_lookups],
					 outcome.total[VERDICT_hits] +
						 outcome.total[VERDICT_misses] +
						 outcome.total[VERDICT_stale] +
						 outcome.total[VERDICT_unreadable]);
			if (!sequences[i].expected.compiled)
				continue;
			assert_in_range(outcome.total[VERDICT_written] +
						outcome.total[VERDICT_write_failed] +
						outcome.total[VERDICT_not_attempted],
					0, outcome.total[VERDICT_compiled]);
		}
}

static void sequence_with_a_module_reports_it(void **state)
{
	struct verdict_event events[] = {READ, COMPILE, CREATE, WRITE, RENAME};
	struct verdict_thread thread = {0};
	struct verdict_changes changes;
	int module;
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		/* py_compile: only the pyc's own events can name it */
		events[i].module = events[i].operation >= RECORD_create ? &module : NULL;
		verdict_feed(&thread, &events[i], &changes);
		for (j = 0; j < changes.count; j++)
			assert_ptr_equal(changes.change[j].module, &module);
	}
}

static void sequence_deeper_than_the_stack_forgets_the_oldest(void **state)
{
	struct verdict_event event = LOOKUP_FAILS(ENOENT), read = READ;
	struct verdict_thread thread = {0};
	struct verdict_changes changes;
	unsigned i;

	(void)state;
	for (i = 0; i < 3 * VERDICT_DEPTH; i++) {
		event.key = read.key = i + 1;
		verdict_feed(&thread, &event, &changes);
		verdict_feed(&thread, &read, &changes);
		assert_in_range(thread.depth, 1, VERDICT_DEPTH);
	}
	assert_non_null(verdict_find(&thread, 3 * VERDICT_DEPTH));
	assert_null(verdict_find(&thread, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequence_of_each_interpreter_adds_up),
		cmocka_unit_test(sequence_cut_anywhere_adds_up),
		cmocka_unit_test(sequence_with_a_module_reports_it),
		cmocka_unit_test(sequence_deeper_than_the_stack_forgets_the_oldest),
	};

	return RUN(tests);
}
