/* SPDX-License-Identifier: MIT */
/*
 * See launch_evidence.h.
 */
#include "launch/launch_evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/util.h"
#include "launch/launch_environment.h"

#define TIMEOUT_MS 10000 /* usually a few milliseconds suffice */

/* A descriptor that is read to its end, into a string. */
struct stream {
	int fd;
	char *text;
	size_t size, length;
};

/* In the child: set environment and descriptors, and execute the program. */
static void execute(const struct launch_options *options, const char *library,
		    char *const *argv, const char *assignment, int output, int answer)
{
	char number[16];
	int null = open("/dev/null", O_RDWR);

	environment_apply(options, library);
	if (assignment) {
		if (putenv(xstrdup(assignment)) != 0)
			_exit(EXIT_LAUNCHER);
	} else {
		snprintf(number, sizeof(number), "%d", answer);
		setenv("PYCSHIM_CHECK", number, 1);
		fcntl(answer, F_SETFD, 0);
	}
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_NOT_EXECUTABLE);
}

/* Read what is there; close the descriptor at its end.  What does not fit is dropped. */
static void stream_read(struct stream *stream)
{
	char buffer[1024];
	ssize_t got = read(stream->fd, buffer, sizeof(buffer));
	size_t room = stream->size - 1 - stream->length;

	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0) {
		close(stream->fd);
		stream->fd = -1;
		return;
	}
	if ((size_t)got < room)
		room = (size_t)got;
	memcpy(stream->text + stream->length, buffer, room);
	stream->length += room;
	stream->text[stream->length] = '\0';
}

/* Read both streams to their end.  Returns false on a timeout. */
static bool read_both(struct stream *streams)
{
	int64_t until_ms = (int64_t)(monotonic_ns() / 1000000) + TIMEOUT_MS, left_ms;
	size_t i;

	while (streams[0].fd >= 0 || streams[1].fd >= 0) {
		struct pollfd polled[2] = {{streams[0].fd, POLLIN, 0},
					   {streams[1].fd, POLLIN, 0}};

		left_ms = until_ms - (int64_t)(monotonic_ns() / 1000000);
		if (left_ms <= 0)
			return false;
		if (poll(polled, 2, (int)left_ms) < 0 && errno != EINTR)
			return false;
		for (i = 0; i < 2; i++)
			if (polled[i].fd >= 0 && polled[i].revents)
				stream_read(&streams[i]);
	}
	return true;
}

int evidence_run(struct evidence *evidence, const struct launch_options *options,
		 const char *library, char *const *argv, const char *assignment)
{
	struct stream streams[2] = {{-1, evidence->output, sizeof(evidence->output), 0},
				    {-1, evidence->answer, sizeof(evidence->answer), 0}};
	int output[2], answer[2];
	pid_t pid;

	memset(evidence, 0, sizeof(*evidence));
	if (pipe2(output, O_CLOEXEC) != 0)
		return -errno;
	if (pipe2(answer, O_CLOEXEC) != 0) {
		close(output[0]);
		close(output[1]);
		return -errno;
	}
	fflush(NULL);
	signal(SIGCHLD, SIG_DFL); /* if our parent ignored it, waitpid() would fail */
	pid = fork();
	if (pid == 0)
		execute(options, library, argv, assignment, output[1], answer[1]);
	close(output[1]);
	close(answer[1]);
	streams[0].fd = output[0];
	streams[1].fd = answer[0];
	evidence->timed_out = pid > 0 && !read_both(streams);
	if (evidence->timed_out)
		kill(pid, SIGKILL);
	if (streams[0].fd >= 0)
		close(streams[0].fd);
	if (streams[1].fd >= 0)
		close(streams[1].fd);
	if (pid < 0)
		return -EAGAIN;
	while (waitpid(pid, &evidence->status, 0) < 0 && errno == EINTR)
		;
	return 0;
}
