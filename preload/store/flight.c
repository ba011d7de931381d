/* SPDX-License-Identifier: MIT */
/*
 * See flight.h.
 */
#include "store/flight.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/config.h"
#include "host/own_file.h"
#include "host/state.h"
#include "host/sys.h"
#include "host/text.h"
#include "host/thread.h"
#include "store/directory.h"
#include "view/shadow_root.h"
#include "view/whiteout.h"

/* How long a compile usually takes, by the size of its source: how often to look again. */
#define USUAL_NS 500000u
#define USUAL_NS_A_BYTE 400u
#define POLL_NS_LEAST 250000u
#define POLL_NS_MOST 4000000u

/* How long it may take, of dense code, by one of many processes on few processors. */
#define LONGEST_NS 100000000u
#define LONGEST_NS_A_BYTE 5000u

/* Who sleeps, and does nothing for so long, does not compile.  Times are told in 10 ms. */
#define IDLE_NS 30000000u

static int open_locks(struct own_fd *own);

static struct own_file locks = {.fd = OWN_FD_NONE, .open = open_locks};

static int open_in(int directory, const char *name)
{
	return directory < 0
		       ? directory
		       : sys_openat(directory, name,
				    O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600);
}

/* In the store; where nothing can be put into that, or it is not wanted, in the shadow. */
static int open_locks(struct own_fd *own)
{
	struct stat status;
	int store = store_open(), fd = -ENOENT, error;

	if (store >= 0 && SYS3(faccessat, store, ".", W_OK) == 0)
		fd = open_in(store, STORE_LOCKS);
	if (fd < 0 && config.mode == MODE_redirect)
		fd = open_in(shadow_root_fd(), SHADOW_NAME "locks");
	error = fd < 0 ? fd : state_look_trusted(fd, S_IFREG, 0022, &status);
	if (error < 0) {
		if (fd >= 0)
			sys_close(fd);
		return error;
	}
	fd = state_move_high(fd);
	if (fd < 0)
		return fd;
	own_fd_take(own, fd, &status);
	return 0;
}

/* Calls fcntl(2) about the byte of a compile: F_GETLK, F_SETLK. */
static int call_lock(int fd, int command, uint64_t what, struct flock *lock, short type)
{
	*lock = (struct flock){.l_type = type,
			       .l_whence = SEEK_SET,
			       .l_start = (off_t)(what >> 1),
			       .l_len = 1};
	return sys_fcntl(fd, command, (long)lock);
}

/* Has another process a lock on this?  If so, `lock` tells which one. */
static bool is_locked(int fd, uint64_t what, struct flock *lock)
{
	return call_lock(fd, F_GETLK, what, lock, F_WRLCK) == 0 &&
	       lock->l_type != F_UNLCK;
}

/* A lock for reading is all that a descriptor for reading can have. */
bool flight_lead(const struct flight *flight, uint64_t key)
{
	struct flock lock;
	int fd;

	if (own_file_ready(&locks) < 0)
		return true;
	fd = own_fd_number(&locks.fd);
	if (is_locked(fd, flight->what, &lock))
		return false;
	if (call_lock(fd, F_SETLK, flight->what, &lock, F_RDLCK) == 0) {
		thread->leads = flight->what;
		thread->leads_key = key;
		thread->leads_read = false;
	}
	return true;
}

void flight_land(void)
{
	struct flock lock;
	struct stat status;

	if (likely(!thread->leads))
		return;
	if (own_fd_look(&locks.fd, &status))
		call_lock(own_fd_number(&locks.fd), F_SETLK, thread->leads, &lock,
			  F_UNLCK);
	thread->leads = 0;
}

void flight_source_opened(uint64_t key)
{
	if (likely(!thread->leads))
		return;
	if (thread->leads_read || key != thread->leads_key)
		flight_land();
	else
		thread->leads_read = true;
}

void flight_land_key(uint64_t key)
{
	if (thread->leads && thread->leads_key == key)
		flight_land();
}

/* What is known of the process that compiles, from one look to the next. */
struct holder {
	int pid;
	uint64_t done;	   /* its CPU time and page faults */
	uint64_t since_ns; /* CLOCK_MONOTONIC, when `done` was first seen */
};

static const char *skip_words(const char *at, unsigned count)
{
	while (count && *at)
		count -= *at++ == ' ';
	return at;
}

/*
 * Reads /proc/PID/stat.  Returns the state's letter, or 0; *done is what the process has done
 * so far, all threads together.
 */
static char look_at_process(int pid, uint64_t *done)
{
	char name[32], stat[512];
	struct text text = text_in(name, sizeof(name));
	const char *state, *at;
	uint64_t faults, user, system;
	long got;
	int fd;

	text_add(&text, "/proc/");
	text_add_number(&text, (unsigned)pid);
	text_add(&text, "/stat");
	fd = sys_openat(AT_FDCWD, name, O_RDONLY, 0);
	if (fd < 0)
		return 0;
	got = sys_read(fd, stat, sizeof(stat) - 1);
	sys_close(fd);
	stat[got > 0 ? got : 0] = '\0';
	state = strrchr(stat, ')'); /* the program's name may have anything in it */
	if (!state || state[1] != ' ')
		return 0;
	/* proc(5): state is field 3, minflt 10, utime 14, stime 15 */
	state += 2;
	at = text_read_number(skip_words(state, 7), &faults);
	at = text_read_number(skip_words(at, 4), &user);
	text_read_number(skip_words(at, 1), &system);
	*done = faults + user + system;
	return *state;
}

/*
 * Does this process not compile, although it has the lock?  It is stopped, by SIGSTOP or a
 * debugger; or its compile has failed, the program has caught the error, and it sleeps: what
 * compiles never sleeps.  A process of another PID namespace (0) cannot be looked at.
 */
static bool is_idle(struct holder *holder, int pid)
{
	uint64_t done = 0, now = sys_clock_ns(CLOCK_MONOTONIC);
	char state = '\0';

	if (pid > 0)
		state = look_at_process(pid, &done);
	if (state == 'T' || state == 't')
		return true;
	if (state != 'S' || pid != holder->pid || done != holder->done) {
		*holder = (struct holder){pid, done, now};
		return false;
	}
	return now - holder->since_ns >= IDLE_NS;
}

/* Does another process compile this?  If it takes long, `late`, is that process at work? */
static bool is_compiled_elsewhere(uint64_t what, bool late, struct holder *holder)
{
	struct flock lock;
	struct stat status;

	return own_fd_look(&locks.fd, &status) &&
	       is_locked(own_fd_number(&locks.fd), what, &lock) &&
	       !(late && is_idle(holder, lock.l_pid));
}

/* What this process has waited for as long as it may: a second time it does not. */
static uint64_t in_vain;

bool flight_is_worth_waiting(const struct flight *flight)
{
	return flight->what != __atomic_load_n(&in_vain, __ATOMIC_RELAXED);
}

uint64_t flight_wait(const struct flight *flight)
{
	uint64_t usual = USUAL_NS + flight->source_bytes * USUAL_NS_A_BYTE;
	uint64_t longest = LONGEST_NS + flight->source_bytes * LONGEST_NS_A_BYTE;
	uint64_t most = config.wait_ms * (uint64_t)1000000, poll = usual / 4;
	uint64_t begin = sys_clock_ns(CLOCK_MONOTONIC), waited = 0;
	struct holder holder = {0};
	struct timespec pause = {0};

	if (most > longest)
		most = longest;
	poll = poll < POLL_NS_LEAST ? POLL_NS_LEAST : poll;
	pause.tv_nsec = (long)(poll < POLL_NS_MOST ? poll : POLL_NS_MOST);
	while (waited < most &&
	       is_compiled_elsewhere(flight->what, waited > usual, &holder)) {
		struct timespec left = pause; /* ppoll() may change it */

		if (SYS4(ppoll, NULL, 0, &left, NULL) == -EINTR)
			break;
		waited = sys_clock_ns(CLOCK_MONOTONIC) - begin;
	}
	if (waited >= most)
		__atomic_store_n(&in_vain, flight->what, __ATOMIC_RELAXED);
	return waited;
}

void flight_give_up(void)
{
	own_file_give_up(&locks);
}
