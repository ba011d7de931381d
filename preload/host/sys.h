/* SPDX-License-Identifier: MIT */
/*
 * System calls without libc.  They are no cancellation points, leave errno alone, do not
 * enter our own wrappers, and work in a signal handler and in a vfork child.  All return
 * what the kernel returns: a result, or -errno.
 *
 * Used everywhere in preload/.
 */
#ifndef PYCSHIM_SYS_H
#define PYCSHIM_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "host/machine.h"
#include "host/missing.h"

#if defined(__x86_64__)

static inline long sys_call6(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

static inline long sys_call6(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

#else /* riscv64; machine.h refuses any other */

/* A system call need not keep the vector registers. */
#ifdef __riscv_vector
#define VECTOR_REGISTERS                                                                 \
	, "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",      \
		"v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21",    \
		"v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31"
#else
#define VECTOR_REGISTERS
#endif

static inline long sys_call6(long number, long a, long b, long c, long d, long e, long f)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory" VECTOR_REGISTERS);
	return a0;
}

#endif

#define SYS0(name) sys_call6(SYS_##name, 0, 0, 0, 0, 0, 0)
#define SYS1(name, a) sys_call6(SYS_##name, (long)(a), 0, 0, 0, 0, 0)
#define SYS2(name, a, b) sys_call6(SYS_##name, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS3(name, a, b, c)                                                              \
	sys_call6(SYS_##name, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS4(name, a, b, c, d)                                                           \
	sys_call6(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

static inline int sys_getpid(void)
{
	return (int)SYS0(getpid);
}

static inline int sys_getppid(void)
{
	return (int)SYS0(getppid);
}

static inline int sys_gettid(void)
{
	return (int)SYS0(gettid);
}

static inline unsigned sys_geteuid(void)
{
	return (unsigned)SYS0(geteuid);
}

/* Always with O_CLOEXEC. */
static inline int sys_openat(int dirfd, const char *path, int flags, unsigned mode)
{
	return (int)SYS4(openat, dirfd, path, flags | O_CLOEXEC, mode);
}

static inline int sys_close(int fd)
{
	return (int)SYS1(close, fd);
}

static inline long sys_read(int fd, void *buffer, size_t bytes)
{
	return SYS3(read, fd, buffer, bytes);
}

static inline long sys_write(int fd, const void *buffer, size_t bytes)
{
	return SYS3(write, fd, buffer, bytes);
}

static inline long sys_pread(int fd, void *buffer, size_t bytes, int64_t offset)
{
	return SYS4(pread64, fd, buffer, bytes, offset);
}

static inline long sys_pwrite(int fd, const void *buffer, size_t bytes, int64_t offset)
{
	return SYS4(pwrite64, fd, buffer, bytes, offset);
}

static inline int sys_fstat(int fd, struct stat *status)
{
	return (int)SYS2(fstat, fd, status);
}

static inline int sys_fstatat(int dirfd, const char *path, struct stat *status, int flags)
{
	return (int)SYS4(newfstatat, dirfd, path, status, flags);
}

/* Does not follow a symbolic link at the path. */
static inline int sys_lstat(const char *path, struct stat *status)
{
	return sys_fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

/* Is this the file with this device and inode number? */
static inline bool sys_is_file(const struct stat *status, dev_t device, ino_t inode)
{
	return status->st_dev == device && status->st_ino == inode;
}

/* Is the descriptor open on this file? */
static inline bool sys_is_open_on(int fd, dev_t device, ino_t inode)
{
	struct stat status;

	return sys_fstat(fd, &status) == 0 && sys_is_file(&status, device, inode);
}

static inline int sys_fcntl(int fd, int command, long argument)
{
	return (int)SYS3(fcntl, fd, command, argument);
}

static inline int sys_mkdirat(int dirfd, const char *path, unsigned mode)
{
	return (int)SYS3(mkdirat, dirfd, path, mode);
}

static inline int sys_renameat2(int dirfd, const char *path, int to_dirfd, const char *to,
				unsigned flags)
{
	return (int)sys_call6(SYS_renameat2, dirfd, (long)path, to_dirfd, (long)to, flags,
			      0);
}

static inline int sys_renameat(int dirfd, const char *path, int to_dirfd, const char *to)
{
#ifdef SYS_renameat
	return (int)SYS4(renameat, dirfd, path, to_dirfd, to);
#else /* riscv64 never had it; renameat2 is of Linux 3.15, and the others may be older */
	return sys_renameat2(dirfd, path, to_dirfd, to, 0);
#endif
}

/* Returns the length with the NUL, or -errno. */
static inline long sys_getcwd(char *buffer, size_t bytes)
{
	return SYS2(getcwd, buffer, bytes);
}

static inline long sys_readlinkat(int dirfd, const char *path, char *buffer, size_t bytes)
{
	return SYS4(readlinkat, dirfd, path, buffer, bytes);
}

/* A clock in nanoseconds, by a system call: for CPU time and CLOCK_MONOTONIC. */
static inline uint64_t sys_clock_ns(int clock)
{
	struct timespec now = {0, 0};

	SYS2(clock_gettime, clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * Nanoseconds since the epoch.  By libc, whose clock_gettime() does not enter the kernel;
 * it cannot fail or block.
 */
static inline uint64_t sys_time_ns(void)
{
	struct timespec now = {0, 0};

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * Block all signals of this thread that come from outside; sys_unblock_signals() restores
 * the mask.  Signals that an instruction or a system call raises are not blocked (a
 * seccomp filter sends SIGSYS): the kernel ends a process that blocks them.  False if a
 * seccomp filter forbids the call.
 */
static inline bool sys_block_signals(uint64_t *before)
{
	static const int raised[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};
	uint64_t blocked = ~(uint64_t)0;
	size_t i;

	for (i = 0; i < sizeof(raised) / sizeof(raised[0]); i++)
		blocked &= ~((uint64_t)1 << (raised[i] - 1));
	return SYS4(rt_sigprocmask, SIG_BLOCK, &blocked, before, sizeof(blocked)) == 0;
}

static inline void sys_unblock_signals(const uint64_t *before)
{
	SYS4(rt_sigprocmask, SIG_SETMASK, before, NULL, sizeof(*before));
}

/*
 * ThreadSanitizer does not see our system calls.  It must learn that a thread which
 * unmaps memory has finished with it before another thread maps memory at the same
 * address.
 */
#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *address); /* NOLINT(bugprone-reserved-identifier) */
void __tsan_release(void *address); /* NOLINT(bugprone-reserved-identifier) */
extern int sys_memory;
#define SYS_MEMORY_TAKEN() __tsan_acquire(&sys_memory)
#define SYS_MEMORY_GIVEN() __tsan_release(&sys_memory)
#else
#define SYS_MEMORY_TAKEN() (void)0
#define SYS_MEMORY_GIVEN() (void)0
#endif

/* Map zeroed memory, MAP_PRIVATE or MAP_SHARED (with fork children), or return NULL. */
static inline void *sys_map(size_t bytes, int sharing)
{
	long memory = sys_call6(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE,
				sharing | MAP_ANONYMOUS, -1, 0);

	SYS_MEMORY_TAKEN();
	return memory < 0 && memory > -4096 ? NULL : (void *)memory;
}

static inline void sys_unmap(void *memory, size_t bytes)
{
	SYS_MEMORY_GIVEN();
	SYS2(munmap, memory, bytes);
}

/* Have a fork child find this memory zeroed.  False before Linux 4.14. */
static inline bool sys_wipe_on_fork(void *memory, size_t bytes)
{
	return SYS3(madvise, memory, bytes, MADV_WIPEONFORK) == 0;
}

/*
 * Map and unmap memory, with a place that keeps one unused mapping for the next thread
 * that needs it.  Its contents stay as they were.  All mappings of one place have the
 * same size.
 */
static inline void *sys_map_spare(void **spare, size_t bytes)
{
	void *memory = __atomic_exchange_n(spare, NULL, __ATOMIC_ACQ_REL);

	return memory ? memory : sys_map(bytes, MAP_PRIVATE);
}

static inline void sys_unmap_spare(void **spare, void *memory, size_t bytes)
{
	memory = __atomic_exchange_n(spare, memory, __ATOMIC_ACQ_REL);
	if (memory)
		sys_unmap(memory, bytes);
}

/*
 * Can 32 bytes be read at the address, or 24 on riscv64?  rt_sigaction copies the new
 * action before it checks the signal number, and there is no signal 0.  So it has no
 * effect: it fails with EFAULT if the memory cannot be read, else with EINVAL.
 */
static inline bool sys_is_readable(const void *address)
{
	return SYS4(rt_sigaction, 0, address, 0, 8) != -EFAULT;
}

#endif
