/* SPDX-License-Identifier: MIT */
/*
 * Makes recordings in memory as the library writes them, for unit tests, the fuzzer's
 * seeds, the golden recording and the reader's benchmark.  Deterministic: time begins at
 * a fixed instant, and every call takes 1 microsecond.
 *
 * struct records owns the bytes; free them with records_free().
 */
#ifndef PYCSHIM_TEST_RECORDS_H
#define PYCSHIM_TEST_RECORDS_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pyc_path.h"
#include "recording.h"
#include "verdict.h"

#define RECORDS_EPOCH_NS 1700000000000000000u /* 2023-11-14 22:13:20 UTC */
#define RECORDS_STEP_NS 10000
#define RECORDS_CALL_NS 1000

struct records {
	unsigned char *bytes;
	size_t size, capacity;
	uint64_t now_ns;
	uint64_t wait_ns; /* each compile waits so long for a processor */
	uint64_t process; /* of later events */
	uint32_t tid;
	uint8_t action;
	size_t last;		/* offset of the last record */
	const char *root;	/* shadow of later processes; NULL: they trace */
	uint32_t uid;		/* of later processes */
	uint32_t parent_pid;	/* of later processes; 0: 1 */
	const char *executable; /* of later processes; NULL: /usr/bin/python3.11 */
};

/* The pyc and source of a look-up.  All zero: there is no pyc. */
struct records_pyc {
	unsigned magic, flags;			/* flags: in headers of 16 bytes */
	uint32_t mtime, source_bytes;		/* as in the pyc */
	uint32_t true_mtime, true_source_bytes; /* of the source; 0: as in the pyc */
	uint64_t bytes;
	bool source_unseen;
};

#define MAYBE_UNUSED __attribute__((unused))

static inline void records_begin(struct records *records)
{
	*records = (struct records){
		.now_ns = RECORDS_EPOCH_NS,
		.process = 1,
		.tid = 100,
	};
}

static inline void records_free(struct records *records)
{
	free(records->bytes);
	records->bytes = NULL;
}

/* Append a record of `size` bytes, with padding and checksum. */
static inline void records_append(struct records *records, struct record *record,
				  size_t size)
{
	record->magic = RECORD_MAGIC;
	record->size = (uint16_t)RECORD_ALIGN(size);
	record->check = record_check(record);
	if (records->size + record->size > records->capacity) {
		records->capacity = records->capacity * 2 + RECORD_SIZE_MAX;
		records->bytes = realloc(records->bytes, records->capacity);
		if (!records->bytes)
			abort();
	}
	memcpy(records->bytes + records->size, record, record->size);
	records->last = records->size;
	records->size += record->size;
}

static inline struct record records_head(struct records *records, uint8_t type, int error)
{
	struct record head = {
		.type = type,
		.tid = records->tid,
		.process = records->process,
		.time_ns = records->now_ns,
		.duration_ns = RECORDS_CALL_NS,
		.error = (uint16_t)error,
		.action = records->action,
	};

	records->now_ns += RECORDS_STEP_NS;
	return head;
}

/*
 * Append a process, to which later events belong.  `command`: arguments with their NULs.
 */
static MAYBE_UNUSED void records_process(struct records *records, uint64_t token,
					 uint32_t pid, const char *command,
					 size_t command_bytes)
{
	const char *executable = records->executable ? records->executable
						     : "/usr/bin/python3.11";
	size_t executable_bytes = strlen(executable) + 1;
	union {
		struct record_process process;
		unsigned char bytes[RECORD_SIZE_MAX];
	} made;
	struct record_totals totals = {0};
	size_t size = sizeof(made.process);

	memset(&made, 0, sizeof(made));
	records->process = token;
	records->tid = pid;
	made.process.record = records_head(records, RECORD_PROCESS, 0);
	made.process.pid = pid;
	made.process.parent_pid = records->parent_pid ? records->parent_pid : 1;
	made.process.python = 1;
	made.process.uid = records->uid;
	made.process.start_ns = made.process.record.time_ns - 1000000;
	made.process.record_max_bytes = 64 << 20;
	made.process.executable_bytes = (uint16_t)executable_bytes;
	made.process.command_bytes = (uint16_t)command_bytes;
	memcpy(made.bytes + size, executable, executable_bytes);
	size += executable_bytes;
	memcpy(made.bytes + size, command, command_bytes);
	size += command_bytes;
	if (records->root) {
		made.process.mode = MODE_redirect;
		made.process.root_bytes = (uint16_t)(strlen(records->root) + 1);
		memcpy(made.bytes + size, records->root, made.process.root_bytes);
		size += made.process.root_bytes;
	}
	size = RECORD_ALIGN(size);
	totals.check = record_check_totals(&totals, RECORD_TOTALS_FIRST_BYTES);
	memcpy(made.bytes + size, &totals, RECORD_TOTALS_FIRST_BYTES);
	records_append(records, &made.process.record, size + RECORD_TOTALS_FIRST_BYTES);
}

/* Change the mode of the process record at this offset, which has no root. */
static MAYBE_UNUSED void records_mode(struct records *records, size_t at,
				      enum record_mode mode)
{
	struct record_process *process = (void *)(records->bytes + at);

	process->mode = (uint8_t)mode;
	process->record.check = record_check(&process->record);
}

/* Change the recording's size limit in the process record at this offset. */
static MAYBE_UNUSED void records_bound(struct records *records, size_t at, uint64_t bytes)
{
	struct record_process *process = (void *)(records->bytes + at);

	process->record_max_bytes = bytes;
	process->record.check = record_check(&process->record);
}

/* Set the totals of the last record, a process record: events were lost. */
static MAYBE_UNUSED void records_totals(struct records *records,
					struct record_totals totals)
{
	struct record_process process;
	unsigned char *at = records->bytes + records->last;

	memcpy(&process, at, sizeof(process));
	totals.check = record_check_totals(&totals, RECORD_TOTALS_FIRST_BYTES);
	memcpy(at + record_totals_offset(&process.record), &totals,
	       RECORD_TOTALS_FIRST_BYTES);
}

/* Fill in a pyc header as the interpreter with this magic writes it. */
static inline void records_header(const struct records_pyc *pyc, uint8_t header[16])
{
	uint32_t words[4] = {pyc->magic | 0x0a0d0000, pyc->flags, pyc->mtime,
			     pyc->source_bytes};

	if (pyc->magic > 50000 || (pyc->magic >= 3190 && pyc->magic < 3390)) {
		words[1] = pyc->mtime;
		words[2] = pyc->magic > 50000 ? 0 : pyc->source_bytes;
		words[3] = 0;
	}
	memcpy(header, words, sizeof(words));
	if (pyc->bytes < 16)
		memset(header + pyc->bytes, 0, 16 - pyc->bytes);
}

static MAYBE_UNUSED void records_lookup(struct records *records, const char *path,
					int error, const struct records_pyc *pyc)
{
	union {
		struct record_lookup lookup;
		unsigned char bytes[RECORD_SIZE_MAX];
	} made;
	size_t size = offsetof(struct record_lookup, path) + strlen(path) + 1;

	memset(&made, 0, RECORD_ALIGN(size));
	made.lookup.record = records_head(records, RECORD_lookup, error);
	if (!error) {
		records_header(pyc, made.lookup.header);
		made.lookup.pyc_bytes = pyc->bytes;
	}
	if (pyc && !pyc->source_unseen) {
		made.lookup.record.flags = RECORD_SOURCE_SEEN;
		made.lookup.source_mtime = pyc->true_mtime ? pyc->true_mtime : pyc->mtime;
		made.lookup.source_bytes = pyc->true_source_bytes ? pyc->true_source_bytes
								  : pyc->source_bytes;
	}
	memcpy(made.bytes + offsetof(struct record_lookup, path), path, strlen(path));
	records_append(records, &made.lookup.record, size);
}

static MAYBE_UNUSED void records_compile(struct records *records, const char *path,
					 uint64_t cpu_ns, uint8_t flags)
{
	union {
		struct record_compile compile;
		unsigned char bytes[RECORD_SIZE_MAX];
	} made;
	size_t size = offsetof(struct record_compile, path) + strlen(path) + 1;

	memset(&made, 0, RECORD_ALIGN(size));
	made.compile.record = records_head(records, RECORD_compile, 0);
	made.compile.record.flags = flags;
	made.compile.cpu_ns = cpu_ns;
	if (records->wait_ns)
		made.compile.record.duration_ns = cpu_ns + records->wait_ns;
	made.compile.process_cpu_ns = records->now_ns - RECORDS_EPOCH_NS + cpu_ns;
	memcpy(made.bytes + offsetof(struct record_compile, path), path, strlen(path));
	records->now_ns += cpu_ns;
	records_append(records, &made.compile.record, size);
}

/* Append any other event.  `to`: the new path of a rename, else NULL. */
static MAYBE_UNUSED void records_event(struct records *records, enum record_type type,
				       const char *path, const char *to, int error)
{
	union {
		struct record_event event;
		unsigned char bytes[RECORD_SIZE_MAX];
	} made;
	size_t start = offsetof(struct record_event, path),
	       size = start + strlen(path) + 1;

	memset(&made, 0, sizeof(made));
	made.event.record = records_head(records, (uint8_t)type, error);
	memcpy(made.bytes + start, path, strlen(path));
	if (to) {
		memcpy(made.bytes + size, to, strlen(to));
		size += strlen(to) + 1;
	}
	records_append(records, &made.event.record, size);
}

/* Append that the last look-up was shared: RECORD_reuse (`from` may be NULL), RECORD_wait. */
static MAYBE_UNUSED void records_shared(struct records *records, enum record_type type,
					const char *path, const char *from, uint64_t ns)
{
	struct record_event *event;

	records_event(records, type, path, from, 0);
	event = (struct record_event *)(void *)(records->bytes + records->last);
	event->bytes = ns;
	event->record.check = record_check(&event->record);
}

/* Append an event with bytes and flags: read_source, write. */
static MAYBE_UNUSED void records_bytes(struct records *records, enum record_type type,
				       const char *path, uint64_t bytes, uint8_t flags)
{
	struct record_event *event;

	records_event(records, type, path, NULL, 0);
	event = (struct record_event *)(void *)(records->bytes + records->last);
	event->bytes = bytes;
	event->record.flags = flags;
	event->record.check = record_check(&event->record);
}

#endif
