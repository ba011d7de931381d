/*
 * The machines that the library can be built for.  Included by sys.h, and preprocessed
 * alone by the Makefile before anything else is compiled, so that the message below is
 * all that make says on another machine.
 *
 * What a port needs: sys_call6() in sys.h, with the machine's system call convention; a
 * libc whose struct stat is the kernel's; renameat2 where SYS_renameat does not exist
 * (riscv64); and atomic operations of one byte that need no libatomic.
 */
#ifndef PYCSHIM_MACHINE_H
#define PYCSHIM_MACHINE_H

#if !defined(__LP64__) || (!defined(__x86_64__) && !defined(__aarch64__))
#error "the library is for 64-bit x86 and ARM; another machine needs its sys_call6() in preload/sys.h (see preload/machine.h)"
#endif

#endif
