/*
 * See deny.h.  Runs in the host: any thread, any context; raw system calls only.
 *
 * The order of errors is the kernel's: what is there already, or is missing, is told
 * before the file system is found to be read-only.
 */
#include "deny.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "compiling.h"
#include "config.h"
#include "place.h"
#include "process.h"
#include "scratch.h"
#include "sys.h"
#include "text.h"
#include "thread.h"

#define COMMAND_BYTES 512

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
 * what it can make no __pycache__ for; else py_compile does it, whose error would leave the
 * package half configured (Debian's /usr/bin/py3compile, python3-minimal's postinst).
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

static int look(const struct call *call)
{
	struct stat status;

	return place_look(call, &status);
}

/* Is there a directory that something new could be in? */
static bool has_parent(const struct call *call)
{
	SCRATCH(char, parent, PATH_MAX);
	struct stat status;
	size_t length = pyc_path_base(call_path(call), call->path_length);

	if (call->unnamed) /* as far as is known */
		return true;
	memcpy(parent, call_path(call), length);
	parent[length] = '\0';
	return sys_fstatat(AT_FDCWD, parent, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

/* Refuse a call that would make the file or directory of `about`: its own, or of its pair. */
static void refuse(struct call *call, const struct call *about)
{
	compiling_was_refused(&thread->compiling, call_path(about), about->path_length);
	call_done(call, -EROFS);
}

/* Where more than the refusal is wrong, the real call knows what. */
static void refuse_new(struct call *call, const struct call *about)
{
	if (look(about) == -ENOENT && has_parent(about))
		refuse(call, about);
}

/* pytest puts the number of its process behind the name, and does not insist on a new file. */
static bool ends_in_our_pid(const struct call *call)
{
	const char *path = call_path(call);
	char digits[24];
	struct text number = text_in(digits, sizeof(digits));

	text_add(&number, ".");
	text_add_number(&number, (unsigned)thread->pid);
	return pyc_path_ends(path, call->path_length, digits, number.length);
}

/* Is what this open for writing makes new bytecode? */
static bool makes_bytecode(const struct call *call, int flags)
{
	bool exclusive = flags & O_EXCL && flags & O_CREAT;

	switch (call->class) {
	case PYC_TEMPORARY:
		/* who copies a temporary file that was left behind insists on no new one */
		return exclusive || ends_in_our_pid(call);
	case PYC_FILE:
		/* 2.7's import asks for both; who unpacks exclusively truncates nothing */
		return exclusive
			       ? flags & O_TRUNC
			       : compiling_writes_pyc(&thread->compiling, call_path(call),
						      call->path_length);
	case PYC_INSIDE:
		/* numba's and cffi's compiled code, too; who copies it truncates the file */
		return flags & O_CREAT && !(flags & O_TRUNC);
	default:
		return false;
	}
}

static void decide_open(struct call *call)
{
	int flags = call_open_flags(call);

	if (!call_opens_for_writing(flags) || !makes_bytecode(call, flags))
		return;
	if (!(flags & O_EXCL) && look(call) == 0)
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
		decide_open(call);
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
 * A pyc, or a whole __pycache__, may be given another name.  What becomes a pyc by that was
 * compiled if its name is that of a temporary, or if this thread is compiling its source.
 */
void deny_pair(struct call_pair *pair)
{
	struct call *from = &pair->from, *to = &pair->to;

	if (!process_is_python() || !to->covered || to->class != PYC_FILE ||
	    from->class == PYC_FILE || compiles_for_dpkg() || look(from) < 0)
		return;
	if (from->class != PYC_TEMPORARY &&
	    !compiling_names_pyc(&thread->compiling, call_path(to), to->path_length))
		return;
	if (from->operation == CALL_link)
		refuse_new(from, to);
	else
		refuse(from, to);
}

/* A compile changes and removes temporary files alone; who does it to these is no compile. */
static bool ends_compile(const struct call *call)
{
	return call->class == PYC_SOURCE || call->class == PYC_FILE ||
	       call->class == PYC_CACHE;
}

static void learn_from_open(const struct call *call, int error)
{
	int flags = call_open_flags(call);

	if (flags & (O_PATH | O_DIRECTORY))
		return;
	if (call_opens_for_writing(flags)) {
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
