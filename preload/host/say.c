/* SPDX-License-Identifier: MIT */
/*
 * See say.h.
 */
#include "host/say.h"

#include <poll.h>
#include <signal.h>

#include "host/config.h"
#include "host/quiet.h"
#include "host/sys.h"
#include "host/text.h"

/* The file of standard error when this process became active. */
static bool is_started;
static dev_t error_device;
static ino_t error_inode;

void say_start(void)
{
	struct stat status;

	if (sys_fstat(2, &status) == 0) {
		error_device = status.st_dev;
		error_inode = status.st_ino;
	}
	is_started = true;
}

/* Would a write not block?  The reader of a full pipe may never read. */
static bool is_writable_now(int fd)
{
	const struct timespec at_once = {0, 0};
	struct pollfd wanted = {.fd = fd, .events = POLLOUT};

	return SYS4(ppoll, &wanted, 1, &at_once, NULL) == 1 && wanted.revents == POLLOUT;
}

void say_complain(const char *subject, const char *value, const char *why)
{
	char buffer[1024];
	struct text line = text_in(buffer, sizeof(buffer) - 1);

	/* the host may have closed it and opened a file of its own under the number */
	if (is_started && !sys_is_open_on(2, error_device, error_inode))
		return;
	text_add(&line, "pycshim: ");
	text_add(&line, subject);
	text_add(&line, value);
	text_add(&line, value[0] ? ": " : " ");
	text_add(&line, why);
	buffer[line.length++] = '\n';
	if (is_writable_now(2))
		quiet_write(2, buffer, line.length, SIGPIPE);
}

void say_debug(unsigned topic, const char *what, const char *value)
{
	char subject[64];
	struct text text = text_in(subject, sizeof(subject));

	if (likely(!(config.debug & topic)))
		return;
	text_add(&text, "debug: ");
	text_add_number(&text, (unsigned)sys_getpid());
	text_add(&text, ": ");
	text_add(&text, what);
	say_complain(subject, "", value);
}
