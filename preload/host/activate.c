/* SPDX-License-Identifier: MIT */
/*
 * Becoming active: which state the process is in, and how it gets into the next one.  See
 * process.h and process_state.h.
 *
 * process_start() runs in our constructor.  The rest runs in any thread, also in a signal
 * handler, but not in a vfork child.
 */
#include <stddef.h>
#include <sys/auxv.h>

#include "content.h"
#include "host/config.h"
#include "host/descriptor.h"
#include "host/loaded.h"
#include "host/own_stack.h"
#include "host/process.h"
#include "host/process_state.h"
#include "host/say.h"
#include "host/secret_hash.h"
#include "host/source_hash.h"
#include "host/state.h"
#include "host/sys.h"
#include "host/text.h"
#include "host/thread.h"
#include "host/turn.h"
#include "version.h"

extern char **environ;

int process_watches;

int process_state_now;
struct turn process_turn;

static void (*when_python)(void);

static void set_state(enum process_state new)
{
	__atomic_store_n(&process_state_now, (int)new, __ATOMIC_RELEASE);
}

static void watch(int what)
{
	__atomic_fetch_or(&process_watches, what, __ATOMIC_RELEASE);
}

/*
 * Make what every active process needs.  False if there is no memory for it.  The
 * process's page comes last: a signal handler may jump out of this, and then the next
 * call does all of it again.
 */
static bool prepare(void)
{
	if (process)
		return true;
	say_start();
	state_start();
	own_stack_limit_changed();
	if (source_hash_is_wanted())
		content_prepare();
	if (config.mode != MODE_trace)
		descriptor_count_current();
	return process_create();
}

/*
 * Put into the environment what children of this process, and its Python, shall find
 * there.  Signals are blocked: this thread has libc's lock for the environment, and a
 * handler that needs the lock, too, would wait forever.
 */
static void change_environment(enum process_state wanted)
{
	bool late = process_state_get() != STATE_EARLY;
	uint64_t before;

	if (late && !sys_block_signals(&before))
		return;
	if (wanted == STATE_PYTHON) {
		if (!config.run)
			config.run = process->number;
		config_tell_children("python", late);
	}
	if (config.write)
		config_remove_dont_write(late);
	if (late)
		sys_unblock_signals(&before);
}

/*
 * The function behind glibc's pthread_atfork(), which before glibc 2.34 is in libpthread:
 * not every program has that.  musl lacks this function; there a fork child is noticed at
 * its first call.
 */
extern int __register_atfork(void (*prepare)(void), void (*parent)(void),
			     void (*child)(void), void *object) __attribute__((weak));
extern void *__dso_handle __attribute__((visibility("hidden")));

/*
 * Called in each fork child at once, so that the child fills in its page.  Otherwise a vfork
 * child of this child, which shares its memory, might call us first and be taken for it.
 * In a process that is no Python yet it does nothing.
 */
static void forked(void)
{
	if (process_state_get() > STATE_WAITING)
		(void)process_gate(__builtin_frame_address(0));
}

/*
 * Only in the constructor, and also where no Python is loaded yet: __register_atfork() may
 * allocate and takes a lock, and a later call of ours may have interrupted the allocator.
 */
static void watch_forks(void)
{
	if (&__register_atfork)
		__register_atfork(NULL, NULL, forked, &__dso_handle);
}

/* Which calls a process in this state watches: enum process_watches. */
static int watches_of(enum process_state wanted)
{
	int what = PROCESS_WATCHES_LOADS | PROCESS_WATCHES_CHANGES;

	if (config.mode != MODE_trace)
		what |= PROCESS_WATCHES_TREES | PROCESS_WATCHES_LOOKS;
	return wanted == STATE_PYTHON ? what | PROCESS_WATCHES_LOOKS : what;
}

/* Go on to a state.  On our own stack: a Python may be loaded where little is left. */
static void go_on_to(void *argument)
{
	const enum process_state wanted = *(const enum process_state *)argument;

	if (!prepare()) {
		set_state(STATE_OFF);
		return;
	}
	if (wanted == STATE_PYTHON && when_python)
		when_python();
	change_environment(wanted);
	set_state(wanted);
	watch(watches_of(wanted));
	say_debug(DEBUG_PROCESS, "active:",
		  wanted == STATE_PYTHON ? "a Python is loaded"
		  : config.all_processes ? "all processes are"
					 : "started by Python");
}

/*
 * One thread does it.  The others wait a millisecond at most, and then their calls are
 * treated as before.  A signal handler in the middle finds this thread busy.  If it jumps
 * out, this thread's next call gives back the turn and begins again.
 */
enum process_state process_activate(enum process_state wanted)
{
	struct thread_mark mark;

	if (!process_know_thread(sys_getpid(), sys_gettid()))
		return process_state_get();
	thread_enter(&mark);
	if (turn_take(&process_turn)) {
		if (process_state_get() < wanted)
			own_stack_run(go_on_to, &wanted);
		turn_end(&process_turn);
	}
	thread_leave();
	return process_state_get();
}

/* Answer `pycshim --check`, and end the process: the program is not to run. */
static void answer_check(const char *wrong, const char *value, const char *why,
			 bool has_python)
{
	char buffer[256];
	struct text line = text_in(buffer, sizeof(buffer) - 1);

	if (wrong || config.mode == MODE_off) {
		text_add(&line, "off ");
		text_add(&line, wrong ? wrong : "PYCSHIM_MODE");
		text_add(&line, wrong ? value : "=off");
		text_add(&line, wrong ? ": " : "");
		text_add(&line, wrong ? why : "");
	} else {
		text_add(&line, "active mode=");
		text_add(&line, config_modes[config.mode]);
		text_add(&line, has_python ? " python=1" : " python=0");
		text_add(&line, " version=" VERSION_STRING);
	}
	buffer[line.length++] = '\n';
	sys_write(config.check_fd, buffer, line.length);
	SYS1(exit_group, 0);
}

void process_start(void (*becomes_python)(void))
{
	const char *value = "", *why = "", *wrong;
	char buffer[128];
	struct text reason = text_in(buffer, sizeof(buffer));
	bool has_python;

	if (getauxval(AT_SECURE)) {
		set_state(STATE_OFF);
		return;
	}
	when_python = becomes_python;
	secret_hash_start();
	loaded_remember_start();
	wrong = config_read(environ, &value, &why);
	has_python = (!wrong && config.mode != MODE_off) && loaded_has_python_at_start();
	if (config.check_fd >= 0)
		answer_check(wrong, value, why, has_python);
	if (wrong && !config.complained) {
		text_add(&reason, why);
		text_add(&reason, "; the library does nothing");
		say_complain(wrong, value, buffer);
		config_tell_children("off", false);
	}
	say_debug(DEBUG_CONFIG, "mode", config_modes[config.mode]);
	say_debug(DEBUG_CONFIG, "root", config.root[0] ? config.root : "STATE/shadow");
	say_debug(DEBUG_CONFIG, "recording",
		  config.record_off  ? "off"
		  : config.record[0] ? config.record
				     : "STATE/recording");
	if (wrong || config.mode == MODE_off) {
		set_state(STATE_OFF);
		return;
	}
	watch_forks();
	if (has_python || config.started_by_python || config.all_processes) {
		(void)process_activate(has_python ? STATE_PYTHON : STATE_ACTIVE);
	} else {
		set_state(STATE_WAITING);
		watch(PROCESS_WATCHES_LOADS);
	}
}

void process_loads(void)
{
	if (process_state_get() != STATE_PYTHON)
		watch(PROCESS_WATCHES_ALL);
}

bool process_is_waiting(void)
{
	enum process_state now = process_state_get();

	if (now == STATE_WAITING && loaded_has_python())
		now = process_activate(STATE_PYTHON);
	return now != STATE_ACTIVE && now != STATE_PYTHON;
}

bool process_is_python(void)
{
	return process_state_get() == STATE_PYTHON;
}
