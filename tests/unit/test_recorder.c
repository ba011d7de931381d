/* SPDX-License-Identifier: MIT */
/*
 * The recorder, where two threads meet in it.
 */
#include "check.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "hooks/real.h"
#include "host/process.h"
#include "read/reader.h"
#include "record/recorder.h"
#include "recording_file.h"
#include "step.h"

#define EVENTS 100 /* more than the recording has room for */

struct real real;

static void append(void)
{
	static const struct verdict_event verdict = {.operation = RECORD_mkdir};
	struct {
		struct record_event event;
		char path[64];
	} record = {.event.record.type = RECORD_mkdir, .path = "/app/__pycache__"};

	if (process_gate(__builtin_frame_address(0)))
		recorder_append(&record.event.record,
				sizeof(record.event) + strlen(record.path) + 1, &verdict);
}

static int open_recording(void **state)
{
	(void)state;
	return begin_recording("4K");
}

#ifdef STEP_BEGIN
static volatile sig_atomic_t writes, goes, appended;

static void *append_when_told(void *nothing)
{
	while (!goes)
		usleep(1000);
	append();
	appended = 1;
	return nothing;
}

/* Its place was looked at, and it is about to be written: have another recording opened. */
static void before_each_instruction(int signal, siginfo_t *info, void *context)
{
	const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	int tries;

	(void)signal;
	(void)info;
	if (memcmp((const void *)registers[REG_RIP], "\x0f\x05", 2) != 0 ||
	    registers[REG_RAX] != SYS_pwrite64 || ++writes != 1)
		return;
	unlink(path);
	goes = 1;
	for (tries = 0; tries < 300 && !appended; tries++)
		usleep(1000);
}

static void totals_are_never_written_into_another_recording(void **state)
{
	struct sigaction action = {.sa_sigaction = before_each_instruction,
				   .sa_flags = SA_SIGINFO};
	struct reader reader;
	pthread_t other;
	unsigned count;

	(void)state;
	if (fork() == 0) { /* so that our totals are not where they will be then */
		append();
		_exit(0);
	}
	wait(NULL);
	for (count = 0; count < EVENTS; count++)
		append();
	assert_int_not_equal(process->totals.lost_events, 0);
	pthread_create(&other, NULL, append_when_told, NULL);
	sigaction(SIGTRAP, &action, NULL);
	STEP_BEGIN;
	append();
	STEP_END;
	pthread_join(other, NULL);
	assert_int_equal(reader_open(&reader, path), 0);
	for (count = 0; reader_next(&reader);)
		count++;
	assert_int_equal(count, 2);
	assert_int_equal(reader.damaged_bytes, 0);
	reader_close(&reader);
}
#else
static void totals_are_never_written_into_another_recording(void **state)
{
	(void)state;
	skip(); /* single steps are x86-64's here */
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_are_never_written_into_another_recording),
	};

	return cmocka_run_group_tests(tests, open_recording, remove_recording);
}
