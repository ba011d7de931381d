/* SPDX-License-Identifier: MIT */
/*
 * See batch.h.
 */
#include "record/batch.h"

#include <string.h>

#include "host/thread.h"

bool batch_is_followed(const struct verdict_event *event)
{
	switch (event->operation) {
	case RECORD_lookup:
		/* an import reads the source now, unless it has read it before (2.7) */
		return event->error && event->flags & RECORD_SOURCE_SEEN &&
		       thread->open_source != event->key;
	case RECORD_compile:
		/* it ended by a stat of the source, whose mode the pyc gets, which is made next */
		return event->flags & RECORD_EXACT;
	case RECORD_mkdir:
	case RECORD_create:
	case RECORD_write:
		/* behind a compile: the pyc is renamed, or removed if it was not kept */
		return thread->batch.bytes && !event->error;
	default:
		return false;
	}
}

bool batch_add(const struct record *record)
{
	struct batch *batch = &thread->batch;

	if (batch->bytes + record->size > sizeof(batch->records))
		return false;
	memcpy(batch->records + batch->bytes, record, record->size);
	batch->bytes += record->size;
	return true;
}
