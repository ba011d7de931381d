/* SPDX-License-Identifier: MIT */
/*
 * A recorder that keeps the events it is given, for tests of trace/.  It replaces
 * record/recorder.c, and the part of host/process.c that says whether this is a Python;
 * the linker then takes nothing from those objects.  Include it once.
 */
#ifndef PYCSHIM_TEST_RECORDED_H
#define PYCSHIM_TEST_RECORDED_H

#include <string.h>
#include <unistd.h>

#include "check.h"
#include "host/call_data.h"
#include "host/process.h"
#include "host/sys.h"
#include "host/thread.h"
#include "record/recorder.h"
#include "trace/event.h"

#define RECORDED_MAX 16

static struct {
	unsigned count;
	struct verdict_event event[RECORDED_MAX];
	union event_record record[RECORDED_MAX];
	bool is_no_python;
} recorded;

void recorder_append(struct record *record, size_t bytes,
		     const struct verdict_event *event)
{
	assert_true(recorded.count < RECORDED_MAX);
	assert_in_range(bytes, sizeof(struct record_event) + 1,
			sizeof(recorded.record[0]));
	recorded.event[recorded.count] = *event;
	memcpy(&recorded.record[recorded.count++], record, bytes);
}

bool process_is_python(void)
{
	return !recorded.is_no_python;
}

/* Forget the recorded events and the state of this thread. */
static inline void recorded_begin(void)
{
	assert_true(thread_take(sys_getpid(), sys_gettid()));
	memset(thread, 0, sizeof(*thread));
	thread->pid = sys_getpid();
	thread->tid = sys_gettid();
	memset(&recorded, 0, sizeof(recorded));
}

/* Return the only event, which must have this type. */
static inline const struct verdict_event *recorded_one(enum record_type type)
{
	assert_int_equal(recorded.count, 1);
	assert_int_equal(recorded.event[0].operation, type);
	assert_int_equal(recorded.record[0].record.type, type);
	assert_int_equal(recorded.record[0].record.flags, recorded.event[0].flags);
	assert_int_equal(recorded.record[0].record.error, recorded.event[0].error);
	return &recorded.event[0];
}

/* A call as call/ passes it on: the path is absolute and stays valid. */
static inline struct call call_on(enum call_operation operation, const char *path,
				  intptr_t detail)
{
	size_t length = strlen(path);
	struct call call = {.operation = operation,
			    .detail = detail,
			    .absolute = path,
			    .path = path,
			    .path_length = length,
			    .dirfd = AT_FDCWD,
			    .directory = -1,
			    .class = pyc_path_class(path, length),
			    .key = pyc_path_key(path, length),
			    .begin_ns = sys_time_ns() - 1000};

	if (operation == CALL_open)
		call.open_flags = (int)detail;
	return call;
}

/* The same for fopen(path, mode). */
static inline struct call call_on_stream(const char *path, const char *mode)
{
	struct call call = call_on(CALL_fopen, path, (intptr_t)mode);

	call.open_flags = call_mode_flags(mode);
	return call;
}

#endif
