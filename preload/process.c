/*
 * See process.h.
 */
#include "process.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

#include "backlog.h"
#include "call.h"
#include "config.h"
#include "own_stack.h"
#include "quiet.h"
#include "real.h"
#include "scratch.h"
#include "state.h"
#include "sys.h"
#include "text.h"
#include "thread.h"
#include "turn.h"
#include "version.h"

/* The kernel saves more than this below what a signal interrupts. */
#define SIGNAL_FRAME 512

extern char **environ;

/* In this order: a process never goes back to an earlier state. */
enum state {
	STATE_EARLY,   /* before our constructor: every call is passed on */
	STATE_WAITING, /* no Python here; one may still be loaded */
	STATE_ACTIVE,  /* calls are watched; a Python may still be loaded */
	STATE_PYTHON,  /* calls are watched, and a Python is loaded */
	STATE_OFF,     /* for good: every call is passed on */
};

struct process *process;

int process_watches;

/*
 * All that a state needs (`process`, what is below, call_watch_all, the configuration) is
 * filled in before the state is published, and read after the state was.
 */
static int state;
static struct turn state_turn; /* for going on to the next state */
static bool wiped_on_fork;     /* else a fork child is told by its pid alone */
static dev_t error_device;     /* what standard error was when we became active */
static ino_t error_inode;

static enum state get_state(void)
{
	return (enum state)__atomic_load_n(&state, __ATOMIC_ACQUIRE);
}

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

	wiped_on_fork = made && sys_wipe_on_fork(made, sizeof(*made));
	return made;
}

/* Have what this thread is known by, where that is not there or it is a fork child's. */
static bool know_thread(int pid, int tid)
{
	return (thread->pid == pid && thread->tid == tid) || thread_take(pid, tid);
}

/*
 * Fill in who we are; the page is empty.  Several threads of a fork child may do so at the
 * same time: what the first of them has found out stays.
 */
static void identify(struct process *self, int pid)
{
	uint64_t now = sys_time_ns(), none = 0, number, seed[4];

	seed[0] = now;
	seed[1] = (uint64_t)pid << 32 | (uint32_t)sys_getppid();
	seed[2] = (uintptr_t)self ^ (uintptr_t)__builtin_frame_address(0) << 24;
	seed[3] = sys_clock_ns(CLOCK_MONOTONIC);
	number = record_mix(RECORD_MAGIC, seed, sizeof(seed));
	__atomic_compare_exchange_n(&self->start_ns, &none, now, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
	none = 0;
	__atomic_compare_exchange_n(&self->number, &none, number, false, __ATOMIC_RELAXED,
				    __ATOMIC_RELAXED);
	__atomic_store_n(&self->pid, pid, __ATOMIC_RELEASE);
}

static void watch(int what)
{
	__atomic_fetch_or(&process_watches, what, __ATOMIC_RELEASE);
}

/* What every active process needs.  False: there is no memory for it. */
static bool prepare(void)
{
	struct process *self;
	struct stat status;

	if (process)
		return true;
	if (sys_fstat(2, &status) == 0) {
		error_device = status.st_dev;
		error_inode = status.st_ino;
	}
	self = make_process();
	if (!self)
		return false;
	identify(self, thread->pid);
	state_start();
	call_watch_all = config.mode != MODE_trace;
	process = self;
	return true;
}

/*
 * What this program's children, and the Python in it, shall find in the environment.  A
 * signal handler that came while this thread has libc's lock for the environment, and wanted
 * it too, would wait forever.
 */
static void change_environment(enum state wanted)
{
	bool late = get_state() != STATE_EARLY;
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
 * glibc's pthread_atfork(), which before 2.34 lies in a library that not every program has.
 * musl has none: there a fork child is noticed at its first call.
 */
extern int __register_atfork(void (*prepare)(void), void (*parent)(void),
			     void (*child)(void), void *object) __attribute__((weak));
extern void *__dso_handle __attribute__((visibility("hidden")));

/*
 * A fork child notices at once that it is one.  Else a vfork child of its own, which shares
 * its memory, might be the first to look, and would be taken for it.
 */
static void forked(void)
{
	(void)process_gate(__builtin_frame_address(0));
}

/* On our own stack: a Python may be loaded late, where there is little. */
static void go_on_to(void *argument)
{
	const enum state wanted = *(const enum state *)argument;

	if (!prepare()) {
		set_state(STATE_OFF);
		return;
	}
	if (wanted == STATE_PYTHON)
		real_find_all();
	change_environment(wanted);
	/* it may allocate, which a call that is interrupted in an allocator must not */
	if (get_state() == STATE_EARLY && &__register_atfork)
		__register_atfork(NULL, NULL, forked, &__dso_handle);
	set_state(wanted);
	watch(PROCESS_WATCHES_LOADS | PROCESS_WATCHES_CHANGES |
	      (wanted == STATE_PYTHON || call_watch_all ? PROCESS_WATCHES_LOOKS : 0));
	process_debug(DEBUG_PROCESS, "active:",
		      wanted == STATE_PYTHON ? "a Python is loaded"
		      : config.all_processes ? "all processes are"
					     : "started by Python");
}

/*
 * Become active, or have a Python.  One thread does it; others wait a millisecond at most,
 * and after that their calls are what they were before.  A signal handler that comes in the middle finds this thread busy;
 * one that jumps out of it leaves the turn to the next call, which begins again.
 */
static COLD enum state activate(enum state wanted)
{
	struct thread_mark mark;

	if (!know_thread(sys_getpid(), sys_gettid()))
		return get_state();
	thread_enter(&mark);
	if (turn_take(&state_turn)) {
		if (get_state() < wanted)
			own_stack_run(go_on_to, &wanted);
		turn_end(&state_turn);
	}
	thread_leave();
	return get_state();
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
		config_tell_children("off", false);
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
		(void)activate(has_python ? STATE_PYTHON : STATE_ACTIVE);
	else {
		set_state(STATE_WAITING);
		watch(PROCESS_WATCHES_LOADS);
	}
}

void process_loads(void)
{
	if (get_state() != STATE_PYTHON)
		watch(PROCESS_WATCHES_ALL);
}

bool process_is_waiting(void)
{
	enum state now = get_state();

	if (now == STATE_WAITING && real_python_is_loaded())
		now = activate(STATE_PYTHON);
	return now != STATE_ACTIVE && now != STATE_PYTHON;
}

/*
 * The kernel wipes no page: in a fork child it holds what it did in the parent, and one
 * thread begins it anew.  The others do not wait: they are not watched until it is done.
 */
static bool wipe(int pid)
{
	struct thread_mark mark;

	if (!know_thread(pid, sys_gettid()))
		return false;
	thread_enter(&mark);
	if (turn_try(&state_turn)) {
		if (__atomic_load_n(&process->pid, __ATOMIC_RELAXED) != pid) {
			memset(&process->number, 0,
			       sizeof(*process) - offsetof(struct process, number));
			backlog_forget();
			identify(process, pid);
		}
		turn_end(&state_turn);
	}
	thread_leave();
	return __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE) == pid;
}

/* In a process that is not the known one: a fork child's first call, or a vfork child. */
static COLD bool notice_fork(int pid)
{
	int known = __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE);

	if (!wiped_on_fork)
		return wipe(pid);
	/* not empty, as a fork child's is: the memory is another process's, and not ours */
	if (known)
		return known == pid;
	identify(process, pid);
	return true;
}

/* Bring process and thread up to date; false in a vfork child. */
static bool refresh(void)
{
	int tid = sys_gettid(), pid;

	/* a fork child finds the process's page empty, and a vfork child has another tid */
	if (likely(thread->tid == tid && wiped_on_fork &&
		   thread->pid == __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE)))
		return true;
	pid = sys_getpid();
	if (unlikely(__atomic_load_n(&process->pid, __ATOMIC_ACQUIRE) != pid) &&
	    !notice_fork(pid))
		return false;
	return know_thread(pid, tid);
}

/*
 * Is this thread still inside our call?  A signal handler may have jumped out of it.  Then
 * either we are no deeper than it was, or the host's frames have come over its mark; what
 * a handler calls is deeper by all that the kernel saves for it, and leaves the mark alone.
 */
static COLD bool is_inside(const void *here)
{
	const struct thread_mark *there = (const struct thread_mark *)thread->busy;
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
	turn_end_all();
	return true;
}

bool process_gate(const void *here)
{
	enum state now = get_state();

	if (now == STATE_EARLY || now == STATE_OFF)
		return false;
	/* a signal handler may have forked in the middle of one of our calls */
	if (thread->busy && thread->tid == sys_gettid() && !has_left(here))
		return false;
	if (now != STATE_PYTHON && real_python_is_loaded())
		now = activate(STATE_PYTHON);
	return (now == STATE_ACTIVE || now == STATE_PYTHON) && refresh();
}

/* A fork child's page is empty, where the kernel empties it, and holds no pid. */
static bool is_up_to_date(void)
{
	int pid = __atomic_load_n(&process->pid, __ATOMIC_ACQUIRE);

	return wiped_on_fork && pid && thread->pid == pid && !thread->busy;
}

bool process_gate_light(const void *here)
{
	return likely(get_state() == STATE_PYTHON && is_up_to_date()) ||
	       process_gate(here);
}

bool process_is_python(void)
{
	return get_state() == STATE_PYTHON;
}
