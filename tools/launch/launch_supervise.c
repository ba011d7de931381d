/* SPDX-License-Identifier: MIT */
/*
 * See launch_supervise.h.
 *
 * All signals are blocked and taken one by one with sigwaitinfo(2), so there are no
 * handlers and no races.  A blocked signal is queued even if it is ignored, and also
 * reaches a PID 1, which has no default handlers.  The child stays in our process group, so
 * it keeps the terminal, and pipelines and job control work as without pycshim.
 */
#include "launch/launch_supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/util.h"

static sigset_t old_mask, taken; /* taken: the signals that we wait for */
static struct sigaction old_child_action;

void supervise_begin(void)
{
	/* Faults in the launcher itself.  Blocked or not, they end it. */
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				  SIGTRAP, SIGSYS, SIGABRT};
	struct sigaction child_action = {.sa_handler = SIG_DFL};
	size_t i;

	sigfillset(&taken);
	for (i = 0; i < ARRAY_SIZE(own); i++)
		sigdelset(&taken, own[i]);
	sigprocmask(SIG_SETMASK, &taken, &old_mask);
	/* if our parent ignored it, waitpid() would find no child */
	sigaction(SIGCHLD, &child_action, &old_child_action);
}

void supervise_release(void)
{
	sigaction(SIGCHLD, &old_child_action, NULL);
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
}

/*
 * Did the child get this signal, too?  A terminal signals the whole foreground process
 * group, with SI_KERNEL in si_code.  Only a hangup goes to the session leader alone
 * (__tty_hangup, drivers/tty/tty_io.c).
 */
static bool is_for_both(const siginfo_t *info, pid_t child)
{
	if (info->si_code != SI_KERNEL || getpgid(child) != getpgrp())
		return false;
	switch (info->si_signo) {
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGWINCH:
		return true;
	case SIGHUP:
		return getsid(0) != getpid();
	default:
		return false;
	}
}

static void pass_on(const siginfo_t *info, pid_t child)
{
	if (is_for_both(info, child))
		return;
	/* this fails if the child has just ended, which SIGCHLD reports */
	if (info->si_code == SI_QUEUE)
		sigqueue(child, info->si_signo, info->si_value);
	else
		kill(child, info->si_signo);
}

/*
 * The child was stopped.  If the terminal did that, its shell waits for us to stop, too.
 * After a SIGSTOP we go on: whoever sent it to the child will send SIGCONT to the child
 * only.  But if ^Z was pressed, SIGSTOP is how the child reacts to it, and we stop.
 */
static void stop_with(int signal, bool *asked_to_stop)
{
	if (signal != SIGSTOP || *asked_to_stop)
		raise(SIGSTOP);
	*asked_to_stop = false;
}

static int shell_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Handle all changes of state of children.  Returns true when `child` has ended. */
static bool reap(pid_t child, int *child_status, bool *asked_to_stop)
{
	bool ended = false;
	pid_t pid;
	int status;

	/* of all children, because as PID 1 we inherit every orphan */
	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != child)
			continue;
		if (WIFSTOPPED(status)) {
			stop_with(WSTOPSIG(status), asked_to_stop);
		} else {
			*child_status = status;
			ended = true;
		}
	}
	return ended;
}

int supervise(pid_t child)
{
	bool asked_to_stop = false;
	siginfo_t info;
	int status = 0;

	/* if the child has ended already, its SIGCHLD is pending */
	for (;;) {
		if (sigwaitinfo(&taken, &info) < 0) {
			if (errno != EINTR)
				die(EXIT_LAUNCHER, "waiting for signals: %s",
				    strerror(errno));
			continue;
		}
		if (info.si_signo == SIGTSTP)
			asked_to_stop = true;
		else if (info.si_signo == SIGCONT)
			asked_to_stop = false;
		if (info.si_signo != SIGCHLD)
			pass_on(&info, child);
		else if (reap(child, &status, &asked_to_stop))
			return shell_status(status);
	}
}
