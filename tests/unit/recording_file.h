/* SPDX-License-Identifier: MIT */
/*
 * A recording in a file of its own, for tests of what writes it: the test process becomes
 * active, and records.
 */
#ifndef RECORDING_FILE_H
#define RECORDING_FILE_H

#include <stdlib.h>
#include <unistd.h>

#include "host/process.h"

static char path[] = "/tmp/pycshim-test.XXXXXX";

/* Begin a recording of this size at most (PYCSHIM_RECORD_MAX). */
static int begin_recording(const char *size)
{
	close(mkstemp(path));
	setenv("PYCSHIM_RECORD", path, 1);
	setenv("PYCSHIM_RECORD_MAX", size, 1);
	setenv("PYCSHIM_PROCESSES", "all", 1);
	process_start(NULL);
	return 0;
}

static int remove_recording(void **state)
{
	(void)state;
	return unlink(path);
}

#endif
