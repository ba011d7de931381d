/* SPDX-License-Identifier: MIT */
/*
 * The machines that the library can be built for.  Included by sys.h.  The Makefile also
 * preprocesses this header alone before it compiles anything, so that on another machine
 * make prints only the message below.
 *
 * A port needs sys_call6() in sys.h for the machine's system call convention, a libc
 * whose struct stat is the kernel's, the assembly in own_stack.c and hooks/twice.h, and
 * atomic operations on one byte: gcc before 14 calls libatomic for those on riscv64, and
 * the Makefile links that in, statically, because the library may need no other one.
 */
#ifndef PYCSHIM_MACHINE_H
#define PYCSHIM_MACHINE_H

#if !defined(__LP64__) ||                                                                \
	(!defined(__x86_64__) && !defined(__aarch64__) && !defined(__riscv))
#error "the library is for 64-bit x86, ARM and RISC-V; another machine needs its sys_call6() in preload/host/sys.h (see preload/host/machine.h)"
#endif

#endif
