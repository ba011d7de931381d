/* SPDX-License-Identifier: MIT */
/*
 * Constants of the kernel that some libc headers lack: those of glibc 2.31 (Debian 11),
 * and those of musl, which come without the kernel's headers.  Included by sys.h.
 */
#ifndef PYCSHIM_MISSING_H
#define PYCSHIM_MISSING_H

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* From number 403 on, all machines but alpha use the same numbers. */
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

/* Not in musl before 1.2.5.  The hook passes on a pointer, so a declaration suffices. */
struct statx;

#endif
