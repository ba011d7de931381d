/* SPDX-License-Identifier: MIT */
/*
 * See deny.h.
 *
 * Errors come in the kernel's order: it reports an existing file or a missing directory
 * before it finds the file system to be read-only.
 */
#include "view/deny.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "host/config.h"
#include "host/process.h"
#include "host/scratch.h"
#include "host/sys.h"
#include "host/text.h"
#include "host/thread.h"
#include "path/compiling.h"
#include "view/place.h"

#define COMMAND_BYTES 512 /* of the command line are read */

/* Is an argument of this process the module py_compile, or its file? */
static bool runs_py_compile(void)
{
	static const char module[] = "py_compile", file[] = "/py_compile.py";
	char command[COMMAND_BYTES];
	int fd = sys_openat(AT_FDCWD, "/proc/self/cmdline", O_RDONLY, 0);
	long bytes = fd < 0 ? 0 : sys_read(fd, command, sizeof(command) - 1), at;
	size_t length;

	if (fd >= 0)
		sys_close(fd);
	if (bytes <= 0)
		return false;
	command[bytes] = '\0';
	for (at = 0; at < bytes; at += (long)length + 1) {
		length = strlen(command + at);
		if (strcmp(command + at, module) == 0 ||
		    pyc_path_ends(command + at, length, file, sizeof(file) - 1))
			return true;
	}
	return false;
}

/*
 * Does this process compile for dpkg, in a maintainer script of a package?  py3compile skips
 * a file if it cannot make the __pycache__.  Otherwise it runs py_compile, and an error of
 * that would leave the package half configured (Debian's /usr/bin/py3compile,
 * python3-minimal's postinst).
 */
static bool compiles_for_dpkg(void)
{
	enum { UNKNOWN, NO, YES };
	static int known;
	int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);

	if (likely(!config.maintainer_script))
		return false;
	if (answer == UNKNOWN) {
		answer = runs_py_compile() ? YES : NO;
		__atomic_store_n(&known, answer, __ATOMIC_RELAXED);
	}
	return answer == YES;
}

static int deny_look(const struct call *call)
{
	struct stat status;

	return place_look(call, &status);
}

/* Is there a directory in which the call could make something? */
static bool has_parent(const struct call *call)
{
	SCRATCH(char, parent, PATH_MAX);
	struct stat status;
	size_t length = pyc_path_base(call_path(call), call->path_length);

	if (call->unnamed) /* its absolute path is not known: call_look() has asked */
		return true;
	memcpy(parent, call_path(call), length);
	parent[length] = '\0';
	return sys_fstatat(AT_FDCWD, parent, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

/* Refuses a call that would make the file of `about`: the call itself, or its new name. */
static void refuse(struct call *call, const struct call *about)
{
	compiling_was_refused(&thread->compiling, call_path(about), about->path_length);
	call_done(call, -EROFS);
}

/* The same, but the real call is made if it fails anyway with another error. */
static void refuse_new(struct call *call, const struct call *about)
{
	if (deny_look(about) == -ENOENT && has_parent(about))
		refuse(call, about);
}

/*
 * Is it a temporary file of pytest in this process?  Its name ends in the pid, and pytest
 * opens it without O_EXCL (_pytest/assertion/rewrite.py).
 */
static bool ends_in_our_pid(const struct call *call)
{
	const char *path = call_path(call);
	char digits[24];
	struct text number = text_in(digits, sizeof(digits));

	text_add(&number, ".");
	text_add_number(&number, (unsigned)thread->pid);
	return pyc_path_ends(path, call->path_length, digits, number.length);
}

/* Does this open for writing make new bytecode? */
static bool makes_bytecode(const struct call *call)
{
	int flags = call->open_flags;
	bool exclusive = flags & O_EXCL && flags & O_CREAT;

	switch (call->class) {
	case PYC_TEMPORARY:
		/* a tool that copies a temporary file left behind opens without O_EXCL */
		return exclusive || ends_in_our_pid(call);
	case PYC_FILE:
		/*
		 * Python 2.7 imports with O_EXCL | O_TRUNC (open_exclusive() in
		 * Python/import.c); tools that unpack with O_EXCL do not truncate.
		 */
		return exclusive
			       ? flags & O_TRUNC
			       : compiling_writes_pyc(&thread->compiling, call_path(call),
						      call->path_length);
	case PYC_INSIDE:
		/* numba and cffi also compile; tools that copy their files truncate */
		return flags & O_CREAT && !(flags & O_TRUNC);
	default:
		return false;
	}
}

static void deny_open(struct call *call)
{
	int flags = call->open_flags;

	if (!call_opens_to_write(call) || !makes_bytecode(call))
		return;
	if (!(flags & O_EXCL) && deny_look(call) == 0)
		refuse(call, call);
	else if (flags & O_CREAT)
		refuse_new(call, call);
}

void deny_call(struct call *call)
{
	if (!process_is_python() || compiles_for_dpkg())
		return;
	switch (call->operation) {
	case CALL_open:
	case CALL_fopen:
		deny_open(call);
		break;
	case CALL_mkdir:
		if (call->class == PYC_CACHE &&
		    compiling_makes_cache(&thread->compiling, call_path(call),
					  call->path_length))
			refuse_new(call, call);
		break;
	default:
		break;
	}
}

/*
 * A pyc or a whole __pycache__ may be renamed.  But a file that becomes a pyc by that is new
 * bytecode, if it has a temporary name or if this thread is compiling the pyc's source.
 */
void deny_pair(struct call_pair *pair)
{
	struct call *from = &pair->from, *to = &pair->to;

	if (!process_is_python() || !to->covered || to->class != PYC_FILE ||
	    from->class == PYC_FILE || compiles_for_dpkg() || deny_look(from) < 0)
		return;
	if (from->class != PYC_TEMPORARY &&
	    !compiling_names_pyc(&thread->compiling, call_path(to), to->path_length))
		return;
	if (from->operation == CALL_link)
		refuse_new(from, to);
	else
		refuse(from, to);
}

/*
 * Does changing or removing this file show that the thread does not compile now?  A compile
 * changes and removes only temporary files.
 */
static bool ends_compile(const struct call *call)
{
	return call->class == PYC_SOURCE || call->class == PYC_FILE ||
	       call->class == PYC_CACHE;
}

static void learn_from_open(const struct call *call, int error)
{
	if (call->open_flags & (O_PATH | O_DIRECTORY))
		return;
	if (call_opens_to_write(call)) {
		if (!error && ends_compile(call))
			compiling_ends(&thread->compiling);
	} else if (call->class == PYC_FILE) {
		compiling_reads_pyc(&thread->compiling, call_path(call),
				    call->path_length, !error);
	} else if (call->class == PYC_SOURCE && !error) {
		compiling_reads(&thread->compiling, call_path(call), call->path_length,
				call->operation == CALL_fopen);
	}
}

void deny_learn(const struct call *call, int error)
{
	if (!process_is_python())
		return;
	switch (call->operation) {
	case CALL_open:
	case CALL_fopen:
		learn_from_open(call, error);
		break;
	case CALL_stat:
		if (call->class == PYC_SOURCE && !error)
			compiling_looks(&thread->compiling, call_path(call),
					call->path_length);
		break;
	case CALL_unlink:
	case CALL_remove:
	case CALL_rmdir:
		if (!error && ends_compile(call))
			compiling_ends(&thread->compiling);
		break;
	default:
		break;
	}
}

void deny_learn_move(const struct call_pair *pair)
{
	if (ends_compile(&pair->from) || ends_compile(&pair->to))
		compiling_ends(&thread->compiling);
}

void deny_learn_listing(const char *path)
{
	if (pyc_path_is_cache(path, pyc_path_trim(path, strlen(path))))
		compiling_ends(&thread->compiling);
}
