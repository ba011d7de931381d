/* SPDX-License-Identifier: MIT */
/*
 * See event.h.  Any thread, also in a signal handler, but no vfork child.
 */
#include "trace/event.h"

#include <string.h>

#include "record/recorder.h"

void event_describe(struct record_event *event, const struct call *call,
		    enum record_type type, int error, uint64_t bytes)
{
	memcpy(event->path, call_path(call), call->path_length);
	event->path[call->path_length] = '\0'; /* the path may have a slash here */
	event->record = (struct record){
		.type = (uint8_t)type,
		.error = (uint16_t)error,
		.time_ns = call->begin_ns,
		.duration_ns = event_since(call->begin_ns),
		.action = call->action,
	};
	event->bytes = bytes;
}

void event_emit(struct call *call, enum record_type type, int error)
{
	struct pyc_path_parts parts = {.in_cache = true};
	struct verdict_event event = {
		.operation = (uint8_t)type,
		.error = (uint16_t)error,
		.key = call->key,
		.temporary = call->class == PYC_TEMPORARY,
	};
	union event_record record;

	if (type == RECORD_mkdir && call->class != PYC_CACHE)
		event.flags = RECORD_FOR_LAST;
	if (call->class == PYC_FILE)
		parts = pyc_path_split(call_path(call), call->path_length);
	event.untagged = event_is_sourceless(&parts);
	event.place = pyc_path_place(call_path(call), call->path_length);
	event_describe(&record.event, call, type, error, 0);
	record.record.flags = event.flags;
	recorder_append(&record.record, sizeof(record.event) + call->path_length + 1,
			&event);
}
