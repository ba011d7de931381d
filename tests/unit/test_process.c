/* SPDX-License-Identifier: MIT */
/*
 * Activation of the library: one thread does it, whenever others arrive, and a signal
 * handler may jump out of it at any point.
 */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "host/loaded.h"
#include "host/process.h"
#include "step.h"

/*
 * These replace the functions of loaded.c (of which the linker then takes nothing): a
 * Python appears when the test wants it.
 */
static volatile bool python_loaded;
static volatile int searches;

void loaded_remember_start(void)
{
}

bool loaded_has_python(void)
{
	return python_loaded;
}

bool loaded_has_python_at_start(void)
{
	return false;
}

#ifdef STEP_BEGIN
static void find_functions(void)
{
	searches++;
}

extern char **environ;

enum answer { FINE = 10, NO_SUCH_CALL, NOT_ACTIVE, TWICE, NOT_TOLD_ONCE, STUCK };

static volatile sig_atomic_t calls, chosen, jumps, goes, gone;
static volatile bool other_is_watched;
static struct process *volatile seen_by_other;
static sigjmp_buf out;

static bool is_watched(void)
{
	return process_gate(__builtin_frame_address(0));
}

static void *be_other_thread(void *nothing)
{
	while (!goes)
		usleep(100);
	other_is_watched = is_watched();
	seen_by_other = other_is_watched ? process : NULL;
	gone = 1;
	return nothing;
}

/* At the chosen system call, let the other thread arrive, or jump out. */
static void before_each_instruction(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;
	int tries;

	(void)signal;
	(void)info;
	if (memcmp((const void *)at->uc_mcontext.gregs[REG_RIP], "\x0f\x05", 2) != 0 ||
	    ++calls != chosen)
		return;
	if (jumps) {
		if (!sigismember(&at->uc_sigmask, SIGALRM)) /* else none would come */
			siglongjmp(out, 1);
		return;
	}
	goes = 1;
	for (tries = 0; tries < 20000 && !gone; tries++)
		usleep(100);
}

static unsigned times_told(void)
{
	unsigned count = 0;
	char **entry;

	for (entry = environ; *entry; entry++)
		count += strncmp(*entry, "PYCSHIM_INHERITED=python", 24) == 0;
	return count;
}

static enum answer become_active(int call, bool with_a_jump)
{
	struct sigaction action = {.sa_sigaction = before_each_instruction,
				   .sa_flags = SA_SIGINFO};
	bool was_watched_before;
	pthread_t other;

	setenv("PYCSHIM_RECORD", "off", 1);
	process_start(find_functions);
	was_watched_before = is_watched();
	pthread_create(&other, NULL, be_other_thread, NULL);
	python_loaded = true;
	chosen = call;
	jumps = with_a_jump;
	sigaction(SIGTRAP, &action, NULL);
	if (sigsetjmp(out, 1) == 0) {
		STEP_BEGIN;
		(void)is_watched();
		STEP_END;
	}
	if (calls < chosen)
		return NO_SUCH_CALL;
	if (!goes)
		goes = 1;
	else if (!gone)
		return STUCK;
	pthread_join(other, NULL);
	if (was_watched_before || !is_watched() || !process_is_python())
		return NOT_ACTIVE;
	if (seen_by_other && seen_by_other != process)
		return TWICE;
	if (!with_a_jump && searches != 1)
		return TWICE;
	return times_told() == 1 ? FINE : NOT_TOLD_ONCE;
}

/* Run a new process for each system call of the activation. */
static void become_active_at_each_call(bool with_a_jump)
{
	int call, status = 0;

	for (call = 1; call < 100; call++) {
		if (fork() == 0)
			_exit((int)become_active(call, with_a_jump));
		wait(&status);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != FINE)
			break;
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), NO_SUCH_CALL);
	assert_in_range(call, 6, 99);
}

static void thread_that_comes_amid_activation_changes_nothing(void **state)
{
	(void)state;
	become_active_at_each_call(false);
}

static void activation_that_was_jumped_out_of_begins_again(void **state)
{
	(void)state;
	become_active_at_each_call(true);
}
#else
static void thread_that_comes_amid_activation_changes_nothing(void **state)
{
	(void)state;
	skip(); /* single steps are x86-64's here */
}

static void activation_that_was_jumped_out_of_begins_again(void **state)
{
	(void)state;
	skip();
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thread_that_comes_amid_activation_changes_nothing),
		cmocka_unit_test(activation_that_was_jumped_out_of_begins_again),
	};

	return RUN(tests);
}
