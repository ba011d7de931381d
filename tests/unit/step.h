/* SPDX-License-Identifier: MIT */
/*
 * Single steps: with the trap flag set, a SIGTRAP comes after each instruction.
 */
#ifndef PYCSHIM_TEST_STEP_H
#define PYCSHIM_TEST_STEP_H

#ifdef __x86_64__

#define STEP(change)                                                                     \
	__asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; " change                       \
			 " (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::                     \
				 : "cc", "memory")
#define STEP_BEGIN STEP("orq $0x100,")
#define STEP_END STEP("andq $~0x100,")

#endif

#endif
