/* SPDX-License-Identifier: MIT */
/*
 * One event of a recording with its meaning: the module it concerns and the verdicts that
 * it changed.  Made by stats.c for the other stats_*.c files and for observers.
 */
#ifndef PYCSHIM_STATS_EVENT_H
#define PYCSHIM_STATS_EVENT_H

#include <stdbool.h>

#include "read/tables.h"
#include "recording.h"
#include "verdict.h"

/* Valid during the call of an observer. */
struct stats_event {
	const struct record *record;
	const char *path, *to; /* to: the target of a rename, else NULL */
	struct thread *thread;
	struct module *module;	 /* the module it concerns; NULL: not known */
	bool temporary;		 /* the path is a pyc's temporary name */
	bool publishes;		 /* it renames a temporary to a pyc */
	bool denied;		 /* deny mode refused it, or its __pycache__ before */
	enum pyc_verdict header; /* of a look-up that opened its pyc */
	struct verdict_changes changes;
};

typedef void stats_observer(void *context, const struct stats_event *event);

#endif
