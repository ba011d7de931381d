/* SPDX-License-Identifier: MIT */
/*
 * See python_child.h.
 */
#include "answer/python_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/util.h"

#define REQUESTS_FD 3 /* as the scripts have it */
#define NOBODY 65534
#define USUAL_FDS 1024 /* how many are closed one by one, before Linux 5.9 */

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* Wait until the descriptor is ready.  False: it took too long. */
static bool wait_for(int fd, short events, uint64_t end_ns)
{
	struct pollfd poller = {.fd = fd, .events = events};
	uint64_t now_ns = monotonic_ns();

	return now_ns < end_ns &&
	       poll(&poller, 1, (int)((end_ns - now_ns) / 1000000) + 1) > 0;
}

uint64_t python_child_deadline(void)
{
	return monotonic_ns() + PYTHON_ANSWER_SECONDS * UINT64_C(1000000000);
}

bool python_child_send(struct python_child *child, const void *bytes, size_t count,
		       uint64_t end_ns)
{
	const char *at = bytes;
	ssize_t sent;

	while (count) {
		sent = write(child->requests, at, count);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (sent < 0 && !wait_for(child->requests, POLLOUT, end_ns))
			return false;
		if (sent > 0) {
			at += sent;
			count -= (size_t)sent;
		}
	}
	return true;
}

bool python_child_answer(struct python_child *child, char *line, size_t room,
			 uint64_t end_ns)
{
	size_t used = 0;

	while (used < room) {
		if (!wait_for(child->answers, POLLIN, end_ns) ||
		    read(child->answers, line + used, 1) != 1)
			return false;
		if (line[used] == '\n') {
			line[used] = '\0';
			return true;
		}
		used++;
	}
	return false;
}

void python_child_end(struct python_child *child)
{
	if (!child->pid)
		return;
	close(child->requests);
	close(child->answers);
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	child->pid = 0;
}

/* In the child: answer why it cannot go on, and end. */
static NORETURN void give_up(const char *what, int status)
{
	char line[128];
	int length = snprintf(line, sizeof(line), "!%s: %s\n", what, strerror(errno));

	(void)!write(STDOUT_FILENO, line, length > 0 ? (size_t)length : 0);
	_exit(status);
}

/*
 * Nobody vouches for the programs of another root, so they get no privileges and none of the
 * descriptors that lead out of the root.  exec() drops the capabilities of a user namespace,
 * because this user is mapped to none in it.
 */
static void enter_root(int root)
{
	bool privileged = geteuid() == 0;
	int fd;

	if (!privileged && unshare(CLONE_NEWUSER) != 0)
		give_up("no user namespace to enter the root", EXIT_LAUNCHER);
	if (fchdir(root) != 0 || chroot(".") != 0)
		give_up("cannot enter the root", EXIT_LAUNCHER);
	if (privileged &&
	    (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
	     setresuid(NOBODY, NOBODY, NOBODY) != 0))
		give_up("cannot give up the privileges of root", EXIT_LAUNCHER);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		give_up("cannot give up privileges", EXIT_LAUNCHER);
	if (syscall(SYS_close_range, REQUESTS_FD + 1, ~0u, 0) != 0)
		for (fd = REQUESTS_FD + 1; fd < USUAL_FDS; fd++)
			close(fd);
	clearenv();
}

/* In the child: become the interpreter.  Python 2 has no -I. */
static NORETURN void become_python(const struct python_program *program,
				   const int script[2], const int requests[2],
				   const int answers[2])
{
	char old[] = "-Es", isolated[] = "-I";
	char *const argv[] = {(char *)(uintptr_t)program->path,
			      strstr(program->path, "python2") ? old : isolated,
			      (char[]){"-S"},
			      (char[]){"-B"},
			      (char[]){"-"},
			      NULL};
	int nothing = open("/dev/null", O_WRONLY), from = fcntl(requests[0], F_DUPFD, 10);
	int root = program->root >= 0 ? fcntl(program->root, F_DUPFD_CLOEXEC, 10) : -1;

	/* the interpreter is not to be traced, nor given what the store has */
	unsetenv("LD_PRELOAD");
	if (nothing < 0 || from < 0 || dup2(script[0], STDIN_FILENO) < 0 ||
	    dup2(answers[1], STDOUT_FILENO) < 0 || dup2(nothing, STDERR_FILENO) < 0 ||
	    dup2(from, REQUESTS_FD) < 0 || chdir("/") != 0)
		_exit(EXIT_LAUNCHER);
	close(from);
	signal(SIGPIPE, SIG_DFL);
	if (program->root >= 0)
		enter_root(root);
	/* execvp() would give a file of an unknown format to a shell */
	if (strchr(program->path, '/'))
		execv(program->path, argv);
	else
		execvp(program->path, argv);
	give_up("cannot run", EXIT_NOT_FOUND);
}

/* Pipes with numbers that the child's standard descriptors do not take. */
static bool make_pipe(int ends[2])
{
	int low[2], i;

	if (pipe2(low, O_CLOEXEC) != 0)
		return false;
	for (i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 10);
		close(low[i]);
	}
	if (ends[0] >= 0 && ends[1] >= 0)
		return true;
	close(ends[0]);
	close(ends[1]);
	return false;
}

static void close_pipe(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

bool python_child_start(struct python_child *child, const struct python_program *program)
{
	int script[2], requests[2], answers[2];
	size_t length = strlen(program->script);
	bool sent;

	*child = (struct python_child){0};
	if (!make_pipe(script))
		return false;
	if (!make_pipe(requests)) {
		close_pipe(script);
		return false;
	}
	if (!make_pipe(answers)) {
		close_pipe(script);
		close_pipe(requests);
		return false;
	}
	child->pid = fork();
	if (child->pid == 0)
		become_python(program, script, requests, answers);
	close(requests[0]);
	close(answers[1]);
	child->requests = requests[1];
	child->answers = answers[0];
	/*
	 * The script fits into the pipe, so this does not wait.  This end of the pipe is open
	 * until then, so a child that ended at once is no error yet: its answer is read.
	 */
	sent = child->pid > 0 &&
	       write(script[1], program->script, length) == (ssize_t)length &&
	       fcntl(requests[1], F_SETFL, O_NONBLOCK) == 0;
	close_pipe(script);
	if (sent)
		return true;
	if (child->pid < 0) {
		child->pid = 0;
		close(requests[1]);
		close(answers[0]);
	}
	python_child_end(child);
	return false;
}
