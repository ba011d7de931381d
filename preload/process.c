/*
 * See process.h.
 */
#include "process.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

#include "call.h"
#include "config.h"
#include "quiet.h"
#include "real.h"
#include "scratch.h"
#include "state.h"
#include "sys.h"
#include "text.h"
#include "thread.h"
#include "turn.h"
#include "version.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* The kernel saves more than this below what a signal interrupts. */
#define SIGNAL_FRAME 512

extern char **environ;

enum state {
	STATE_EARLY,   /* before our constructor: every call is passed on */
	STATE_OFF,     /* for good */
	STATE_WAITING, /* no Python here; one may still be loaded */
	STATE_ACTIVE,
};

__thread struct thread thread;
struct process *process;

int process_watches;

static int state;
static bool python;	   /* a Python is loaded */
static bool wiped_on_fork; /* else a fork child is told by its pid alone */
static dev_t error_device; /* what standard error was when we became active */
static ino_t error_inode;

static void set_state(enum state new)
{
	__atomic_store_n(&state, (int)new, __ATOMIC_RELEASE);
}

/* Nobody may read a pipe that is full; the host does not wait for that. */
static bool takes_at_once(int fd)
{
	const struct timespec at_once = {0, 0};
	struct pollfd wanted = {.fd = fd, .events = POLLOUT};

	return SYS4(ppoll, &wanted, 1, &at_once, NULL) == 1 && wanted.revents == POLLOUT;
}

void process_complain(const char *subject, const char *value, const char *why)
{
	char buffer[1024];
	struct text line = text_in(buffer, sizeof(buffer) - 1);

	/* the host may have closed it, and have a file of its own under the number */
	if (process && !sys_is_open_on(2, error_device, error_inode))
		return;
	text_add(&line, "pycshim: ");
	text_add(&line, subject);
	text_add(&line, value);
	text_add(&line, value[0] ? ": " : " ");
	text_add(&line, why);
	buffer[line.length++] = '\n';
	if (takes_at_once(2))
		quiet_write(2, buffer, line.length, SIGPIPE);
}

void process_debug(unsigned topic, const char *what, const char *value)
{
	char subject[64];
	struct text text = text_in(subject, sizeof(subject));

	if (likely(!(config.debug & topic)))
		return;
	text_add(&text, "debug: ");
	text_add_number(&text, (unsigned)sys_getpid());
	text_add(&text, ": ");
	text_add(&text, what);
	process_complain(subject, "", value);
}

/* The page that a fork child finds empty. */
static struct process *make_process(void)
{
	struct process *made = sys_map(sizeof(*made), MAP_PRIVATE);

	wiped_on_fork = made && SYS3(madvise, made, sizeof(*made), MADV_WIPEONFORK) == 0;
	return made;
}

/* Fill in who we are.  In a fork child only the forking thread is there. */
static void identify(struct process *self, int pid)
{
	uint64_t seed[4];

	memset(&self->number, 0, sizeof(*self) - offsetof(struct process, number));
	self->start_ns = sys_time_ns();
	seed[0] = self->start_ns;
	seed[1] = (uint64_t)pid << 32 | (uint32_t)sys_getppid();
	seed[2] = (uintptr_t)self ^ (uintptr_t)&thread << 24;
	seed[3] = sys_clock_ns(CLOCK_MONOTONIC);
	self->number = record_mix(RECORD_MAGIC, seed, sizeof(seed));
	__atomic_store_n(&self->pid, pid, __ATOMIC_RELEASE);
}

static void watch(int what)
{
	__atomic_fetch_or(&process_watches, what, __ATOMIC_RELEASE);
}

static bool activate(bool has_python)
{
	struct process *self;
	struct stat status;

	if (!process) {
		if (sys_fstat(2, &status) == 0) {
			error_device = status.st_dev;
			error_inode = status.st_ino;
		}
		self = make_process();
		if (!self) {
			set_state(STATE_OFF);
			return false;
		}
		identify(self, sys_getpid());
		process = self;
		state_start();
	}
	python = has_python;
	if (has_python) {
		real_find_all();
		config_tell_children("python");
	}
	if (config.write)
		config_remove_dont_write();
	call_watch_all = config.mode != MODE_trace;
	set_state(STATE_ACTIVE);
	watch(PROCESS_WATCHES_LOADS | PROCESS_WATCHES_CHANGES |
	      (has_python || call_watch_all ? PROCESS_WATCHES_LOOKS : 0));
	process_debug(DEBUG_PROCESS, "active:",
		      has_python	     ? "a Python is loaded"
		      : config.all_processes ? "all processes are"
					     : "started by Python");
	return true;
}

/* `pycshim --check` asks; we answer instead of running the program. */
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

void process_start(void)
{
	const char *value = "", *why = "", *wrong;
	char buffer[128];
	struct text reason = text_in(buffer, sizeof(buffer));
	bool has_python;

	if (getauxval(AT_SECURE)) {
		set_state(STATE_OFF);
		return;
	}
	real_remember_start();
	wrong = config_read(environ, &value, &why);
	has_python = (!wrong && config.mode != MODE_off) &&
		     real_python_is_loaded_at_start();
	if (config.check_fd >= 0)
		answer_check(wrong, value, why, has_python);
	if (wrong && !config.complained) {
		text_add(&reason, why);
		text_add(&reason, "; the library does nothing");
		process_complain(wrong, value, buffer);
		config_tell_children("off");
	}
	process_debug(DEBUG_CONFIG, "mode", config_modes[config.mode]);
	process_debug(DEBUG_CONFIG, "root",
		      config.root[0] ? config.root : "STATE/shadow");
	process_debug(DEBUG_CONFIG, "recording",
		      config.record_off	 ? "off"
		      : config.record[0] ? config.record
					 : "STATE/recording");
	if (wrong || config.mode == MODE_off)
		set_state(STATE_OFF);
	else if (has_python || config.started_by_python || config.all_processes)
		activate(has_python);
	else {
		set_state(STATE_WAITING);
		watch(PROCESS_WATCHES_LOADS);
	}
}

void process_loads(void)
{
	if (!python)
		watch(PROCESS_WATCHES_ALL);
}

bool process_is_waiting(void)
{
	int now = __atomic_load_n(&state, __ATOMIC_ACQUIRE);

	return now != STATE_ACTIVE &&
	       !(now == STATE_WAITING && real_python_is_loaded() && activate(true));
}

#define IDENTIFYING (-1)
#define YIELDS 1000
#define LAST_TRY (YIELDS + 1000) /* one second: with many threads it comes back late */

/* In a process that is not the known one: a fork child's first call, or a vfork child. */
static COLD bool notice_fork(int pid)
{
	int known = __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE), tries;

	/* not empty, as a fork child's is: the memory is another process's, and not ours */
	if (known > 0 && known != pid && wiped_on_fork)
		return false;
	if (known != IDENTIFYING && known != pid &&
	    __atomic_compare_exchange_n(&process->pid, &known, IDENTIFYING, false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		thread.identifies = true;
		identify(process, pid);
		thread.identifies = false;
	}
	/* another thread is at it; or this one, which a signal handler has interrupted */
	for (tries = 0; tries < LAST_TRY; tries++) {
		if (__atomic_load_n(&process->pid, __ATOMIC_ACQUIRE) == pid)
			return true;
		if (thread.identifies)
			return false;
		sys_give_way(tries, YIELDS);
	}
	return false;
}

/* Bring process and thread up to date; false in a vfork child. */
static bool refresh(void)
{
	int pid = sys_getpid();

	if (unlikely(__atomic_load_n(&process->pid, __ATOMIC_ACQUIRE) != pid) &&
	    !notice_fork(pid))
		return false;
	if (unlikely(thread.pid != pid)) {
		memset(&thread, 0, sizeof(thread));
		thread.pid = pid;
		thread.tid = sys_gettid();
	}
	return true;
}

/*
 * Is this thread still inside our call?  A signal handler may have jumped out of it.  Then
 * either we are no deeper than it was, or the host's frames have come over its mark; what
 * a handler calls is deeper by all that the kernel saves for it, and leaves the mark alone.
 */
static COLD bool is_inside(const void *here)
{
	const struct thread_mark *there = (const struct thread_mark *)thread.busy;
	stack_t other = {.ss_size = 0};

	SYS2(sigaltstack, NULL, &other);
	if (other.ss_flags & SS_ONSTACK) /* a handler, on a stack of its own */
		return true;
	if ((uintptr_t)there - (uintptr_t)other.ss_sp < other.ss_size)
		return false; /* and not on that one any more */
	return (uintptr_t)here + SIGNAL_FRAME < (uintptr_t)there &&
	       sys_is_readable(there) && there->self == there;
}

static COLD bool has_left(const void *here)
{
	if (is_inside(here))
		return false;
	thread_leave();
	scratch_forget();
	if (thread.turn)
		turn_end(thread.turn);
	return true;
}

bool process_gate(const void *here)
{
	int now = __atomic_load_n(&state, __ATOMIC_ACQUIRE);

	if (now == STATE_EARLY || now == STATE_OFF)
		return false;
	/* a signal handler may have forked in the middle of one of our calls */
	if (thread.busy && thread.pid == sys_getpid() && !has_left(here))
		return false;
	if (now == STATE_WAITING && (!real_python_is_loaded() || !activate(true)))
		return false;
	if (!refresh())
		return false;
	if (!python && real_python_is_loaded()) /* after PYCSHIM_PROCESSES=all */
		activate(true);
	return true;
}

bool process_gate_light(const void *here)
{
	return likely(__atomic_load_n(&state, __ATOMIC_RELAXED) == STATE_ACTIVE &&
		      python && wiped_on_fork && process->pid &&
		      thread.pid == process->pid && !thread.busy) ||
	       process_gate(here);
}

bool process_is_python(void)
{
	return python;
}
