/* SPDX-License-Identifier: MIT */
/*
 * Helpers of the probe's cases: lines of output, and a directory tree that is recreated
 * for every case.
 *
 * They make system calls by syscall(), which the library does not see, so that they do
 * the same with and without it.  They need little stack and allocate no memory, because
 * they run in signal handlers, on tiny stacks and in vfork children.
 */
#ifndef PROBE_WORLD_H
#define PROBE_WORLD_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- lines ------------------------------------------------------------------------- */

static struct {
	char bytes[4096];
	size_t length;
} line;

static void say(const char *word)
{
	size_t length = strlen(word);

	if (line.length + length > sizeof(line.bytes) - 1)
		length = sizeof(line.bytes) - 1 - line.length;
	memcpy(line.bytes + line.length, word, length);
	line.length += length;
}

static void say_number(long number, unsigned base)
{
	char digits[24];
	char *at = digits + sizeof(digits) - 1;
	unsigned long rest = number < 0 ? -(unsigned long)number : (unsigned long)number;

	*at = '\0';
	do
		*--at = (char)('0' + rest % base);
	while (rest /= base);
	if (number < 0)
		*--at = '-';
	say(at);
}

/* Write each line at once, so that the output ends where a crash happened. */
static void say_end(void)
{
	line.bytes[line.length++] = '\n';
	syscall(SYS_write, 1, line.bytes, line.length);
	line.length = 0;
}

/* Print the attributes of a file, as the kernel reported them. */
static void say_status(const struct stat *status)
{
	static const char *const types[16] = {[S_IFREG >> 12] = " file ",
					      [S_IFDIR >> 12] = " directory ",
					      [S_IFLNK >> 12] = " link ",
					      [S_IFIFO >> 12] = " fifo ",
					      [S_IFCHR >> 12] = " device "};
	const char *type = types[(status->st_mode & S_IFMT) >> 12];

	say(type ? type : " strange ");
	say_number((long)(status->st_mode & 07777), 8);
	if (S_ISREG(status->st_mode)) { /* other sizes depend on the file system */
		say(" size ");
		say_number((long)status->st_size, 10);
		say(" links ");
		say_number((long)status->st_nlink, 10);
	}
}

/* Print the attributes of the file that a path names. */
static void say_path(int dirfd, const char *path)
{
	struct stat status;

	if (syscall(SYS_newfstatat, dirfd, path, &status, AT_SYMLINK_NOFOLLOW) == 0)
		say_status(&status);
	else
		say(" absent");
}

/* Print what the kernel reports about a descriptor. */
static void say_descriptor(int fd)
{
	struct stat status;
	long flags = syscall(SYS_fcntl, fd, F_GETFL);

	if (flags < 0) {
		say(" closed");
		return;
	}
	say(" flags ");
	say_number(flags, 8);
	say(syscall(SYS_fcntl, fd, F_GETFD) & FD_CLOEXEC ? " cloexec" : "");
	if (syscall(SYS_fstat, fd, &status) == 0)
		say_status(&status);
}

/* --- one call ------------------------------------------------------------------------ */

static const char *case_name = "context"; /* name of the row */
static bool tree_is_dirty = true;	  /* a call may have changed it */

/* A call that succeeds must leave errno at this value. */
static void call_begin(void)
{
	errno = ESRCH;
}

/*
 * Print `ROW WHAT DETAIL: RESULT errno ERRNO`; the caller may add to it, then say_end().
 */
static void say_call(const char *what, const char *detail, long result)
{
	int error = errno;

	say(case_name);
	say(" ");
	say(what);
	say(" ");
	say(detail);
	say(": ");
	say_number(result, 10);
	say(" errno ");
	say_number(error, 10);
}

/* --- the tree ------------------------------------------------------------------------ */

#define PYC "pkg/__pycache__/m.cpython-311.pyc"
#define NEW_PYC "pkg/__pycache__/new.cpython-311.pyc"
#define TEMPORARY "pkg/__pycache__/new.cpython-311.pyc.139872514386736"

struct entry {
	uint64_t inode;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

/* Remove the entries of a directory, listing it again until it is empty. */
static void tree_remove(int parent, const char *name)
{
	char buffer[1024] __attribute__((aligned(8)));
	int fd = (int)syscall(SYS_openat, parent, name,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int rounds, found = 1;
	long bytes, at;

	for (rounds = 0; fd >= 0 && found && rounds < 100; rounds++) {
		found = 0;
		syscall(SYS_lseek, fd, 0, SEEK_SET);
		bytes = syscall(SYS_getdents64, fd, buffer, sizeof(buffer));
		for (at = 0; at < bytes; at += ((struct entry *)(buffer + at))->size) {
			const struct entry *entry = (struct entry *)(buffer + at);

			if (strcmp(entry->name, ".") == 0 ||
			    strcmp(entry->name, "..") == 0)
				continue;
			if (syscall(SYS_unlinkat, fd, entry->name, 0) < 0) {
				syscall(SYS_fchmodat, fd, entry->name, 0700);
				tree_remove(fd, entry->name);
				if (syscall(SYS_unlinkat, fd, entry->name, AT_REMOVEDIR) <
				    0)
					continue;
			}
			found++;
		}
	}
	if (fd >= 0)
		syscall(SYS_close, fd);
}

static void tree_file(const char *path, const char *content, unsigned mode)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC,
			      mode);

	syscall(SYS_write, fd, content, strlen(content));
	syscall(SYS_close, fd);
}

/* Recreate the tree in the working directory as every case expects it. */
static void tree_reset(void)
{
	static const char *const directories[] = {"dir",       "empty",
						  "pkg",       "pkg/__pycache__",
						  "pkg/empty", "pkg/empty/__pycache__",
						  "locked"};
	unsigned i;

	if (!tree_is_dirty)
		return;
	tree_remove(AT_FDCWD, ".");
	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		syscall(SYS_mkdirat, AT_FDCWD, directories[i], 0755);
	tree_file("plain", "plain", 0644);
	tree_file("m.py", "import os\n", 0644);
	tree_file("m.pyc", "\003\363\r\n", 0600);
	tree_file("dir/file", "file", 0644);
	tree_file("pkg/m.py", "pass\n", 0644);
	tree_file(PYC, "\247\r\r\n not a real one", 0640);
	tree_file("pkg/__pycache__/other", "x", 0644);
	tree_file("secret.pyc", "secret", 0);
	tree_file("locked/m.pyc", "locked", 0644);
	syscall(SYS_fchmodat, AT_FDCWD, "locked", 0);
	syscall(SYS_symlinkat, PYC, AT_FDCWD, "link.pyc");
	syscall(SYS_symlinkat, "loop.pyc", AT_FDCWD, "loop.pyc");
	syscall(SYS_symlinkat, "nowhere", AT_FDCWD, "dangling");
	tree_is_dirty = false;
}

#endif
