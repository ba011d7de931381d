/*
 * What the kernel has and some libc's headers do not: glibc 2.31 (Debian 11) and musl,
 * whose headers come without those of the kernel.  Included by sys.h.
 */
#ifndef PYCSHIM_MISSING_H
#define PYCSHIM_MISSING_H

#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* From number 403 on, one number is the same on every machine but alpha. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

#ifndef MADV_WIPEONFORK /* linux/mman.h: Linux 4.14 */
#define MADV_WIPEONFORK 18
#endif

/* linux/magic.h */
#ifndef TMPFS_MAGIC
#define TMPFS_MAGIC 0x01021994
#endif
#ifndef OVERLAYFS_SUPER_MAGIC
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#endif

/* musl before 1.2.5; as in linux/stat.h. */
#ifndef STATX_INO
#define STATX_NLINK 0x04u
#define STATX_CTIME 0x80u
#define STATX_INO 0x100u
#define STATX_SIZE 0x200u
#define STATX_BASIC_STATS 0x7ffu

struct statx_timestamp {
	int64_t tv_sec;
	uint32_t tv_nsec;
	int32_t reserved;
};

struct statx {
	uint32_t stx_mask, stx_blksize;
	uint64_t stx_attributes;
	uint32_t stx_nlink, stx_uid, stx_gid;
	uint16_t stx_mode, padding;
	uint64_t stx_ino, stx_size, stx_blocks, stx_attributes_mask;
	struct statx_timestamp stx_atime, stx_btime, stx_ctime, stx_mtime;
	uint32_t stx_rdev_major, stx_rdev_minor, stx_dev_major, stx_dev_minor;
	uint64_t spare[14];
};

_Static_assert(sizeof(struct statx) == 256, "the kernel writes 256 bytes");
#endif

#endif
