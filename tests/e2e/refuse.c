/* SPDX-License-Identifier: MIT */
/*
 * Runs a command for which system calls fail, as on a file system that does not have them:
 * `refuse ERRNO NAME... -- COMMAND...`.  The name "lock" stands for fcntl() with locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STEPS 64

static const struct {
	const char *name;
	int value;
} numbers[] = {
	{"EPERM", EPERM},
	{"EACCES", EACCES},
	{"ENOLCK", ENOLCK},
	{"EOPNOTSUPP", EOPNOTSUPP},
	{"ENOSYS", ENOSYS},
	{"EINVAL", EINVAL},
	{"EIO", EIO},
	{"ESTALE", ESTALE},
	{"flock", SYS_flock},
	{"linkat", SYS_linkat},
	{"symlinkat", SYS_symlinkat},
	{"renameat", SYS_renameat},
	{"utimensat", SYS_utimensat},
	{"fchmod", SYS_fchmod},
	{"fchown", SYS_fchown},
	{"mkdirat", SYS_mkdirat},
	{"memfd_create", SYS_memfd_create},
	{"fstatfs", SYS_fstatfs},
	{"faccessat", SYS_faccessat},
	{"openat2", SYS_openat2},
};

static unsigned number_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(numbers[i].name, name) == 0)
			return (unsigned)numbers[i].value;
	fprintf(stderr, "refuse: there is no %s\n", name);
	exit(64);
}

static struct sock_filter step(unsigned short code, unsigned value, unsigned char yes,
			       unsigned char no)
{
	return (struct sock_filter)BPF_JUMP(code, value, yes, no);
}

/* Adds: is it this number, or (count of them) none?  Then the refusal. */
static unsigned add_lock(struct sock_filter *filter, unsigned at, unsigned refusal)
{
	static const unsigned commands[] = {F_GETLK,	 F_SETLK,     F_SETLKW,
					    F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};
	unsigned count = sizeof(commands) / sizeof(commands[0]), i;

	filter[at++] = step(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0,
			    (unsigned char)(count + 3));
	filter[at++] = step(BPF_LD | BPF_W | BPF_ABS,
			    offsetof(struct seccomp_data, args[1]), 0, 0);
	for (i = 0; i < count; i++)
		filter[at++] = step(BPF_JMP | BPF_JEQ | BPF_K, commands[i],
				    (unsigned char)(count - i), 0);
	filter[at++] = step(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	filter[at++] = step(BPF_RET | BPF_K, refusal, 0, 0);
	return at;
}

int main(int count, char **arguments)
{
	struct sock_filter filter[STEPS];
	unsigned used = 0, refusal;
	struct sock_fprog program = {.filter = filter};
	int i;

	if (count < 4)
		return 64;
	refusal = SECCOMP_RET_ERRNO | number_of(arguments[1]);
	filter[used++] = step(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr),
			      0, 0);
	for (i = 2; i < count && strcmp(arguments[i], "--") != 0 && used < STEPS - 12;
	     i++) {
		if (strcmp(arguments[i], "lock") == 0) {
			used = add_lock(filter, used, refusal);
			continue;
		}
		filter[used++] = step(BPF_JMP | BPF_JEQ | BPF_K, number_of(arguments[i]),
				      0, 1);
		filter[used++] = step(BPF_RET | BPF_K, refusal, 0, 0);
	}
	filter[used++] = step(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	program.len = (unsigned short)used;
	if (i + 1 >= count || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return 64;
	execvp(arguments[i + 1], arguments + i + 1);
	return 127;
}
