/* SPDX-License-Identifier: MIT */
/*
 * Measures how much stack each call uses, and prints a line `name bytes` for each.  A
 * call runs as a coroutine on a stack filled with a pattern, and the overwritten part is
 * its use. The difference to a run without the library is the library's use.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES (256u << 10)
#define PAINT 0x5a

static const char *directory; /* absolute path of the directory to work in */
static char name[PATH_MAX], other[PATH_MAX];
static int fd = -1;

static const char *in(char *buffer, const char *rest)
{
	snprintf(buffer, PATH_MAX, "%s/%s", directory, rest);
	return buffer;
}

static char bytes[4096];
static struct stat status;

static void open_plain(void)
{
	fd = open("/etc/hostname", O_RDONLY);
}

static void close_it(void)
{
	close(fd);
}

static void stat_plain(void)
{
	stat("/etc", &status);
}

static void open_with_digit(void)
{
	fd = open("/etc/none.1", O_RDONLY);
}

static void stat_source(void)
{
	stat(name, &status);
}

static void open_source(void)
{
	fd = open(name, O_RDONLY);
}

static void read_it(void)
{
	(void)!read(fd, bytes, sizeof(bytes));
}

static void open_pyc(void)
{
	fd = open(other, O_RDONLY);
}

static void fstat_it(void)
{
	fstat(fd, &status);
}

static void make_cache(void)
{
	mkdir(other, 0777);
}

static void create_temporary(void)
{
	fd = open(other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
}

static void write_it(void)
{
	(void)!write(fd, bytes, 100);
}

static void rename_it(void)
{
	rename(other, name);
}

static void access_it(void)
{
	access(name, R_OK | W_OK);
}

static void chmod_it(void)
{
	chmod(name, 0640);
}

static void fchmod_it(void)
{
	fchmod(fd, 0644);
}

static void link_it(void)
{
	(void)!link(name, other);
}

static void symlink_it(void)
{
	(void)!symlink("target", other);
}

static void realpath_it(void)
{
	(void)!realpath(name, bytes);
}

static void unlink_it(void)
{
	unlink(other);
}

static void unlink_name(void)
{
	unlink(name);
}

static void list_it(void)
{
	DIR *stream = opendir(name);

	while (stream && readdir(stream))
		;
	if (stream)
		closedir(stream);
}

static void enter_it(void)
{
	(void)!chdir(name);
}

static void open_relative(void)
{
	fd = open("m.nbi", O_RDONLY);
}

static void leave_it(void)
{
	(void)!chdir("/");
}

static void remove_cache(void)
{
	rmdir(name);
}

#define PYC "__pycache__/m.cpython-399.pyc"
#define TEMPORARY PYC ".12345678"
#define SOURCE "m.py"

static const struct {
	const char *label, *name, *other;
	void (*call)(void);
} calls[] = {
	{"plain_open", NULL, NULL, open_plain},
	{"plain_close", NULL, NULL, close_it},
	{"plain_stat", NULL, NULL, stat_plain},
	{"plain_digit", NULL, NULL, open_with_digit},
	{"first_stat_of_source", SOURCE, NULL, stat_source},
	{"stat_of_source", SOURCE, NULL, stat_source},
	{"lookup_that_misses", NULL, PYC, open_pyc},
	{"open_of_source", SOURCE, NULL, open_source},
	{"read_of_source", NULL, NULL, read_it},
	{"close_of_source", NULL, NULL, close_it},
	{"stat_after_compile", SOURCE, NULL, stat_source},
	{"mkdir", NULL, "__pycache__", make_cache},
	{"create", NULL, TEMPORARY, create_temporary},
	{"write", NULL, NULL, write_it},
	{"close_of_written", NULL, NULL, close_it},
	{"rename", PYC, TEMPORARY, rename_it},
	{"stat_before_lookup", SOURCE, NULL, stat_source},
	{"lookup_that_hits", NULL, PYC, open_pyc},
	{"fstat", NULL, NULL, fstat_it},
	{"read_of_pyc", NULL, NULL, read_it},
	{"fchmod", NULL, NULL, fchmod_it},
	{"close_of_pyc", NULL, NULL, close_it},
	{"access", PYC, NULL, access_it},
	{"chmod", PYC, NULL, chmod_it},
	{"link", PYC, "__pycache__/n.cpython-399.pyc", link_it},
	{"symlink", NULL, "__pycache__/l", symlink_it},
	{"realpath", PYC, NULL, realpath_it},
	{"list_of_cache", "__pycache__", NULL, list_it},
	{"list_of_directory", ".", NULL, list_it},
	{"chdir", "__pycache__", NULL, enter_it},
	{"relative_open", NULL, NULL, open_relative},
	{"chdir_back", NULL, NULL, leave_it},
	{"unlink", NULL, "__pycache__/n.cpython-399.pyc", unlink_it},
	{"unlink_of_link", NULL, "__pycache__/l", unlink_it},
	{"unlink_of_pyc", PYC, NULL, unlink_name},
	{"rmdir", "__pycache__", NULL, remove_cache},
};

static ucontext_t back;

/* The distance of the lowest byte that the call has written from the top of its stack. */
static size_t measure(void (*call)(void), char *stack)
{
	ucontext_t there;
	size_t at = 0;

	memset(stack, PAINT, STACK_BYTES);
	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = STACK_BYTES;
	there.uc_link = &back;
	makecontext(&there, call, 0);
	swapcontext(&back, &there);
	while (at < STACK_BYTES && stack[at] == PAINT)
		at++;
	return STACK_BYTES - at;
}

int main(int count, char **arguments)
{
	char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	if (count != 2 || stack == MAP_FAILED)
		return 64;
	directory = arguments[1];
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (calls[i].name)
			in(name, calls[i].name);
		if (calls[i].other)
			in(other, calls[i].other);
		printf("%s %zu\n", calls[i].label, measure(calls[i].call, stack));
	}
	return 0;
}
