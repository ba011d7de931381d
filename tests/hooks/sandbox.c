/* SPDX-License-Identifier: MIT */
/*
 * A program with a seccomp filter that kills it, or answers EPERM, for every system call
 * that the program does not need.  `sandbox kill|errno PATH` opens, reads and closes
 * PATH.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALLOW(name)                                                                      \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                           \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

int main(int count, char **arguments)
{
	unsigned refuse = count == 3 && strcmp(arguments[1], "kill") == 0
				  ? SECCOMP_RET_KILL_PROCESS
				  : SECCOMP_RET_ERRNO | 1;
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(openat),
		ALLOW(read),
		ALLOW(write),
		ALLOW(close),
		ALLOW(fchmod),
		ALLOW(exit_group),
		BPF_STMT(BPF_RET | BPF_K, refuse),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
	char bytes[16];
	int fd;

	if (count != 3 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return 64;
	fd = open(arguments[2], O_RDONLY);
	if (fd < 0 || read(fd, bytes, sizeof(bytes)) < 0 || close(fd) < 0)
		return 1;
	(void)!write(1, "lived\n", 6);
	_exit(0);
}
