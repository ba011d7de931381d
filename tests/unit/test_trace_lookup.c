/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of preload/trace/trace_lookup.c: the look-ups of interpreters that read by
 * descriptor (3.2 and later, PyPy), with real files.  2.7's are in test_trace_stream.c.
 */
#include "recorded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/descriptor.h"
#include "trace/trace.h"
#include "trace/trace_lookup.h"

#define MTIME 1700000000u
#define BYTES 321u /* of the source */

static char top[] = "/tmp/pycshim-test.XXXXXX", pyc[96], sourceless[64];

static int make_tree(void **state)
{
	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(pyc, sizeof(pyc), "%s/__pycache__", top);
	if (mkdir(pyc, 0700) < 0)
		return -1;
	snprintf(pyc, sizeof(pyc), "%s/__pycache__/m.cpython-312.pyc", top);
	snprintf(sourceless, sizeof(sourceless), "%s/m.pyc", top);
	return setenv("TOP", top, 1);
}

static int remove_tree(void **state)
{
	(void)state;
	return system("rm -rf \"$TOP\"");
}

/* --- pycs --------------------------------------------------------------------------- */

/* As 3.12 has it: magic 3531, no flags, the source's time and size, and a code object. */
static const uint8_t good[] =
	"\313\15\r\n\0\0\0\0"
	"\0\361\123\145"
	"\101\1\0\0"
	"\343\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\363\4\0\0\0\227\0y\0)\2N:i\1\0\0\0NN"
	"\251\0r\3\0\0\0\363\0\0\0\0\372\4m.py\332\10<module>r\5\0\0\0\1\0\0\0s\5\0\0\0"
	"\360\3\1\1\1r\3\0\0\0";
#define GOOD_BYTES (sizeof(good) - 1)

/* The same with one byte changed, and of so many bytes. */
static void write_pyc(const char *path, size_t at, uint8_t byte, size_t bytes)
{
	uint8_t content[sizeof(good)];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	memcpy(content, good, sizeof(good));
	content[at] = byte;
	assert_int_equal(write(fd, content, bytes), bytes);
	close(fd);
}

static void look_at_source(uint64_t key)
{
	const struct stat status = {.st_mtime = MTIME, .st_size = BYTES};

	trace_saw_source(key, &status);
}

/* As an import does: look at the source, then open the pyc. */
static struct descriptor *look_up(const char *path)
{
	struct call call = call_on(CALL_open, path, O_RDONLY);
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = fd < 0 ? errno : 0;

	recorded_begin();
	look_at_source(call.key);
	trace_call(&call, fd, error, false);
	return descriptor_find(fd);
}

static void end_look_up(struct descriptor *slot)
{
	int fd = slot->fd;

	trace_lookup_closed(slot);
	descriptor_drop(slot);
	close(fd);
}

static void ask_size(struct descriptor *slot)
{
	struct stat status;

	assert_int_equal(fstat(slot->fd, &status), 0);
	trace_lookup_looked_at(slot, &status);
}

/* What the program reads: `wanted` at once. */
static long read_some(struct descriptor *slot, size_t wanted)
{
	static uint8_t data[4096];
	long bytes;

	memset(data, 0xff, sizeof(data)); /* nothing of an earlier read */
	bytes = read(slot->fd, data, wanted);
	trace_lookup_read(slot, data, wanted, bytes);
	return bytes;
}

/* As importlib does: fstat, all and a byte more, and again until there is nothing. */
static void read_all(struct descriptor *slot)
{
	ask_size(slot);
	while (read_some(slot, slot->bytes + 1) > 0)
		;
}

/* --- tests -------------------------------------------------------------------------- */

static void pyc_that_is_not_there_is_a_failed_look_up(void **state)
{
	const struct record_lookup *lookup = &recorded.record[0].lookup;

	(void)state;
	unlink(pyc);
	assert_null(look_up(pyc));
	assert_int_equal(recorded_one(RECORD_lookup)->error, ENOENT);
	assert_int_equal(recorded.event[0].flags, RECORD_SOURCE_SEEN);
	assert_false(recorded.event[0].untagged);
	assert_int_equal(lookup->source_mtime, MTIME);
	assert_int_equal(lookup->source_bytes, BYTES);
	assert_int_equal(lookup->pyc_bytes, 0);
	assert_string_equal(lookup->path, pyc);
	assert_true(thread->direct_key == recorded.event[0].key);
}

static void pyc_that_is_read_is_judged_by_what_is_in_it(void **state)
{
	static const struct {
		const char *what;
		size_t at; /* the byte that is changed */
		uint8_t byte;
		size_t bytes;
		enum pyc_verdict verdict;
		unsigned flags;
	} cases[] = {
		{"good", 0, 0313, GOOD_BYTES, PYC_VALID, RECORD_MAGIC_OWN | RECORD_WHOLE},
		{"mtime", 8, 1, GOOD_BYTES, PYC_STALE_mtime,
		 RECORD_MAGIC_OWN | RECORD_WHOLE},
		{"size", 12, 1, GOOD_BYTES, PYC_STALE_size,
		 RECORD_MAGIC_OWN | RECORD_WHOLE},
		{"flags", 4, 8, GOOD_BYTES, PYC_STALE_flags,
		 RECORD_MAGIC_OWN | RECORD_WHOLE},
		{"magic", 0, 0312, GOOD_BYTES, PYC_STALE_magic, RECORD_MAGIC_OTHER},
		{"unchecked", 4, 1, GOOD_BYTES, PYC_UNCHECKED_HASH,
		 RECORD_MAGIC_OWN | RECORD_WHOLE},
		{"checked", 4, 3, GOOD_BYTES, PYC_CHECKED_HASH,
		 RECORD_MAGIC_OWN | RECORD_WHOLE},
		{"damaged", 0, 0313, GOOD_BYTES - 9, PYC_VALID,
		 RECORD_MAGIC_OWN | RECORD_DAMAGED},
		{"cut", 0, 0313, 10, PYC_STALE_truncated, RECORD_MAGIC_OWN},
		{"empty", 0, 0, 0, PYC_STALE_truncated, RECORD_MAGIC_OWN},
	};
	const struct verdict_event *event;
	const struct record_lookup *lookup = &recorded.record[0].lookup;
	struct descriptor *slot;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		write_pyc(pyc, cases[i].at, cases[i].byte, cases[i].bytes);
		slot = look_up(pyc);
		assert_non_null(slot);
		assert_int_equal(recorded.count, 0); /* until it was read */
		read_all(slot);
		event = recorded_one(RECORD_lookup);
		if (event->header != cases[i].verdict ||
		    (event->flags & ~RECORD_SOURCE_SEEN) != cases[i].flags)
			fail_msg("%s: verdict %u, flags %#x", cases[i].what,
				 event->header, event->flags);
		assert_int_equal(lookup->pyc_bytes, cases[i].bytes);
		if (cases[i].bytes > cases[i].at)
			assert_int_equal(lookup->header[cases[i].at], cases[i].byte);
		assert_int_equal(lookup->header[15], 0); /* beyond the end, too */
		assert_string_equal(lookup->path, pyc);
		end_look_up(slot);
		assert_int_equal(recorded.count, 1);
	}
}

/* Without an fstat, or by small reads: what was not seen is asked for. */
static void pyc_that_is_read_otherwise_has_the_same_header(void **state)
{
	const struct record_lookup *lookup = &recorded.record[0].lookup;
	struct descriptor *slot;
	size_t wanted;

	(void)state;
	write_pyc(pyc, 0, 0313, GOOD_BYTES);
	for (wanted = 1; wanted < GOOD_BYTES; wanted += 15) {
		slot = look_up(pyc);
		while (read_some(slot, wanted) > 0)
			;
		assert_int_equal(recorded_one(RECORD_lookup)->header, PYC_VALID);
		/* its body was not seen as a whole */
		assert_false(recorded.event[0].flags & (RECORD_WHOLE | RECORD_DAMAGED));
		assert_int_equal(lookup->pyc_bytes, GOOD_BYTES);
		assert_memory_equal(lookup->header, good, sizeof(lookup->header));
		end_look_up(slot);
		assert_int_equal(recorded.count, 1);
	}
}

static void pyc_that_is_closed_unread_is_recorded_then(void **state)
{
	struct descriptor *slot;

	(void)state;
	write_pyc(pyc, 8, 1, GOOD_BYTES);
	slot = look_up(pyc);
	end_look_up(slot);
	assert_int_equal(recorded_one(RECORD_lookup)->header, PYC_STALE_mtime);
	assert_memory_equal(recorded.record[0].lookup.header, good, 8);
}

static void pyc_that_is_not_read_to_its_end_was_not_looked_up(void **state)
{
	struct descriptor *slot;

	(void)state;
	write_pyc(pyc, 0, 0313, GOOD_BYTES);
	slot = look_up(pyc); /* as compileall, which reads the header */
	read_some(slot, 12);
	end_look_up(slot);
	assert_int_equal(recorded.count, 2);
	assert_int_equal(recorded.event[1].operation, RECORD_retract);
	/* pytest reads the header too, but has looked at the source meanwhile */
	slot = look_up(pyc);
	read_some(slot, 16);
	look_at_source(slot->key);
	end_look_up(slot);
	(void)recorded_one(RECORD_lookup);
}

static void open_of_others_is_no_look_up(void **state)
{
	struct call call = call_on(CALL_open, pyc, O_RDONLY);

	(void)state;
	recorded_begin(); /* an archiver: it has looked at no source */
	trace_call(&call, -1, ENOENT, false);
	look_at_source(call.key ^ 1); /* or at another one */
	trace_call(&call, -1, ENOENT, false);
	look_at_source(call.key);
	recorded.is_no_python = true;
	trace_call(&call, -1, ENOENT, false);
	assert_int_equal(recorded.count, 0);
	recorded.is_no_python = false;
	trace_call(&call, -1, ENOENT, false);
	(void)recorded_one(RECORD_lookup);
}

static void pyc_without_a_source_is_looked_up_behind_a_look_at_itself(void **state)
{
	struct call call = call_on(CALL_open, sourceless, O_RDONLY);
	struct stat status = {.st_size = (off_t)GOOD_BYTES};
	struct call look = call_on(CALL_stat, sourceless, (intptr_t)&status);
	int fd;

	(void)state;
	write_pyc(sourceless, 8, 1, GOOD_BYTES); /* any time will do */
	fd = open(sourceless, O_RDONLY | O_CLOEXEC);
	recorded_begin();
	trace_call(&look, -1, 0, false);
	trace_call(&call, fd, 0, false);
	assert_non_null(descriptor_find(fd));
	read_all(descriptor_find(fd));
	assert_int_equal(recorded_one(RECORD_lookup)->header, PYC_VALID);
	assert_true(recorded.event[0].untagged);
	assert_false(recorded.event[0].flags & RECORD_SOURCE_SEEN);
	end_look_up(descriptor_find(fd));
	/* in a cache a look at the pyc itself is none of an import's */
	call = call_on(CALL_open, pyc, O_RDONLY);
	look = call_on(CALL_stat, pyc, (intptr_t)&status);
	recorded_begin();
	trace_call(&look, -1, 0, false);
	trace_call(&call, -1, ENOENT, false);
	assert_int_equal(recorded.count, 0);
}

static void look_up_of_the_parent_is_not_recorded_in_a_fork_child(void **state)
{
	struct descriptor *slot;

	(void)state;
	write_pyc(pyc, 0, 0313, GOOD_BYTES);
	slot = look_up(pyc);
	thread->pid++;
	end_look_up(slot);
	assert_int_equal(recorded.count, 0);
}

static void what_is_no_file_is_no_look_up(void **state)
{
	struct descriptor *slot;

	(void)state;
	unlink(pyc);
	assert_int_equal(mkdir(pyc, 0700), 0);
	slot = look_up(pyc);
	assert_non_null(slot);
	end_look_up(slot);
	assert_int_equal(recorded.count, 0);
	assert_int_equal(rmdir(pyc), 0);
}

static void size_that_is_known_is_taken(void **state)
{
	struct call call = call_on(CALL_open, pyc, O_RDONLY);
	struct descriptor *slot;
	int fd;

	(void)state;
	write_pyc(pyc, 0, 0313, GOOD_BYTES);
	fd = open(pyc, O_RDONLY | O_CLOEXEC);
	recorded_begin();
	look_at_source(call.key);
	call.sized = true;
	call.pyc_bytes = GOOD_BYTES;
	call.cautious = true;
	trace_call(&call, fd, 0, false);
	slot = descriptor_find(fd);
	assert_true(slot->cautious && !call.cautious); /* handed over */
	read_some(slot, GOOD_BYTES + 1);
	assert_int_equal(recorded_one(RECORD_lookup)->header, PYC_VALID);
	end_look_up(slot);
	assert_int_equal(recorded.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pyc_that_is_not_there_is_a_failed_look_up),
		cmocka_unit_test(pyc_that_is_read_is_judged_by_what_is_in_it),
		cmocka_unit_test(pyc_that_is_read_otherwise_has_the_same_header),
		cmocka_unit_test(pyc_that_is_closed_unread_is_recorded_then),
		cmocka_unit_test(pyc_that_is_not_read_to_its_end_was_not_looked_up),
		cmocka_unit_test(open_of_others_is_no_look_up),
		cmocka_unit_test(
			pyc_without_a_source_is_looked_up_behind_a_look_at_itself),
		cmocka_unit_test(look_up_of_the_parent_is_not_recorded_in_a_fork_child),
		cmocka_unit_test(what_is_no_file_is_no_look_up),
		cmocka_unit_test(size_that_is_known_is_taken),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
