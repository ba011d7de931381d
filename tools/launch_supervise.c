/*
 * See launch_supervise.h.  Runs in the launcher only.
 *
 * Signals are blocked and taken one by one with sigwaitinfo(2), so there is no handler
 * and no race.  A blocked signal is queued even where it is ignored, and reaches a
 * PID 1 that has no handler.  The child stays in our process group: it keeps the
 * terminal, and pipelines and job control work as without us.
 */
#include "launch_supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

static sigset_t old_mask, taken;
static struct sigaction old_child_action;

void supervise_begin(void)
{
	/* Faults of our own.  They end us: blocked, the kernel would kill us anyway. */
	static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL,
				  SIGTRAP, SIGSYS, SIGABRT};
	struct sigaction child_action = {.sa_handler = SIG_DFL};
	size_t i;

	sigfillset(&taken);
	for (i = 0; i < ARRAY_SIZE(own); i++)
		sigdelset(&taken, own[i]);
	sigprocmask(SIG_SETMASK, &taken, &old_mask);
	/* ignored by our parent, it would leave us no child to wait for */
	sigaction(SIGCHLD, &child_action, &old_child_action);
}

void supervise_release(void)
{
	sigaction(SIGCHLD, &old_child_action, NULL);
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
}

/*
 * Has the child had this one, too?  The terminal signals its whole foreground group at
 * once; the kernel says so in si_code.  Only a hangup may be for the session's leader
 * alone (__tty_hangup, drivers/tty/tty_io.c).
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
	/* fails when the child has just ended, which is noticed elsewhere */
	if (info->si_code == SI_QUEUE)
		sigqueue(child, info->si_signo, info->si_value);
	else
		kill(child, info->si_signo);
}

/*
 * A child that the terminal stopped leaves a shell waiting for us to stop as well.  One
 * that was stopped by SIGSTOP is somebody's experiment, who will not think of us when it
 * is to go on; unless ^Z was pressed, and it is the child's way to answer.
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

/* Take every change of state there is.  True when `child` has ended. */
static bool reap(pid_t child, int *child_status, bool *asked_to_stop)
{
	bool ended = false;
	pid_t pid;
	int status;

	/* all children: as PID 1 we inherit every orphan */
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

	/* SIGCHLD is pending if the child has ended already */
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
