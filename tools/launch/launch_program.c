/* SPDX-License-Identifier: MIT */
/*
 * See launch_program.h.
 */
#include "launch/launch_program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/*
 * Will the kernel set AT_SECURE, with which the loader ignores LD_PRELOAD?  It does so if
 * effective and real ids differ, or if the file gives capabilities to a user other than
 * root (cap_bprm_creds_from_file, security/commoncap.c).
 */
static void inspect_privilege(const char *path, const struct stat *status,
			      struct program *program)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	struct statvfs mount;

	if (statvfs(path, &mount) != 0)
		mount.f_flag = 0;
	if (!(mount.f_flag & ST_NOSUID) && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
		if (status->st_mode & S_ISUID)
			uid = status->st_uid;
		if ((status->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
			gid = status->st_gid;
	}
	program->changes_ids = uid != getuid() || gid != getgid();
	program->has_capabilities = getuid() != 0 && !(mount.f_flag & ST_NOSUID) &&
				    getxattr(path, "security.capability", NULL, 0) > 0;
}

static void inspect_bytes(int fd, struct program *program)
{
	char bytes[SCRIPT_LINE_MAX];
	ssize_t got = pread(fd, bytes, sizeof(bytes), 0);

	program->kind = PROGRAM_UNKNOWN;
	if (got < 0)
		return;
	if (script_parse(bytes, (size_t)got, &program->script) == 0)
		program->kind = PROGRAM_SCRIPT;
	else if (script_is_text(bytes, (size_t)got))
		program->kind = PROGRAM_TEXT;
}

int program_inspect(const char *path, struct program *program)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	int result = 0;

	memset(program, 0, sizeof(*program));
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) != 0) {
		result = -errno;
		goto out;
	}
	if (!S_ISREG(status.st_mode)) {
		result = S_ISDIR(status.st_mode) ? -EISDIR : -EACCES;
		goto out;
	}
	inspect_privilege(path, &status, program);
	switch (elf_read(fd, &program->elf)) {
	case 0:
		program->kind = PROGRAM_ELF;
		break;
	case -EBADMSG:
		program->kind = PROGRAM_BROKEN_ELF;
		break;
	default:
		inspect_bytes(fd, program);
	}
out:
	close(fd);
	return result;
}

/* Is there a library for its machine at all?  (preload/host/machine.h knows the same.) */
static bool elf_has_library(const struct elf *elf)
{
	return elf->class == ELFCLASS64 && elf->data == ELFDATA2LSB &&
	       (elf->machine == EM_X86_64 || elf->machine == EM_AARCH64 ||
		elf->machine == EM_RISCV);
}

bool program_has_obstacle(const struct program *program, const struct elf *library,
			  struct program_obstacle *obstacle)
{
	char machine[48], library_machine[48];

	if (!elf_is_same_machine(&program->elf, library)) {
		snprintf(obstacle->why, sizeof(obstacle->why),
			 "it is a program for %s, the library is for %s",
			 elf_machine_name(&program->elf, machine),
			 elf_machine_name(library, library_machine));
		obstacle->hint =
			elf_has_library(&program->elf)
				? "take the library of the release for that architecture, "
				  "or build it: make CC=..."
				: "the library is made for x86-64, aarch64 and riscv64";
	} else if (!program->elf.loader[0]) {
		snprintf(
			obstacle->why, sizeof(obstacle->why),
			"it is static: no dynamic loader runs in it, which could load a library");
		obstacle->hint = "use a dynamically linked build of it";
	} else if (program->changes_ids) {
		snprintf(
			obstacle->why, sizeof(obstacle->why),
			"it is set-user-ID or set-group-ID: the loader ignores LD_PRELOAD");
		obstacle->hint = "start it as the user that it changes to";
	} else if (program->has_capabilities) {
		snprintf(obstacle->why, sizeof(obstacle->why),
			 "it has file capabilities: the loader ignores LD_PRELOAD");
		obstacle->hint =
			"take them from the file (setcap -r) and give them to the "
			"process (setpriv --ambient-caps)";
	} else {
		return false;
	}
	return true;
}
