/*
 * What the kernel has and some libc's headers do not: glibc 2.31 (Debian 11) and musl,
 * whose headers come without those of the kernel.  Included by sys.h.
 */
#ifndef PYCSHIM_MISSING_H
#define PYCSHIM_MISSING_H

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

/* Not in musl before 1.2.5: the hook passes a pointer on, and needs no more than the name. */
struct statx;

#endif
