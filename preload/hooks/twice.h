/* SPDX-License-Identifier: MIT */
/*
 * A wrapper for a function that returns twice, as vfork() does.  Between its two returns
 * the child may overwrite the stack below its caller's frame, so the wrapper must have
 * no frame of its own while the real function runs: it is a jump, in assembly, for no
 * compiler promises one.
 */
#ifndef PYCSHIM_TWICE_H
#define PYCSHIM_TWICE_H

/*
 * Export `name`, a function without parameters: it calls `before`, which is a hidden
 * function that returns the real function's address, and jumps there.
 */
#if defined(__x86_64__)
#define TWICE(name, before)                                                              \
	__asm__(".pushsection .text\n"                                                   \
		".globl " #name "\n"                                                     \
		".type " #name ", @function\n" #name ":\n"                               \
		"	.cfi_startproc\n"                                                      \
		"	endbr64\n"                                                             \
		"	subq $8, %rsp\n"                                                       \
		"	.cfi_adjust_cfa_offset 8\n"                                            \
		"	callq " #before "\n"                                             \
		"	addq $8, %rsp\n"                                                       \
		"	.cfi_adjust_cfa_offset -8\n"                                           \
		"	jmpq *%rax\n"                                                          \
		"	.cfi_endproc\n"                                                        \
		".size " #name ", . - " #name "\n"                                       \
		".popsection\n")
#elif defined(__aarch64__)
#define TWICE(name, before)                                                              \
	__asm__(".pushsection .text\n"                                                   \
		".globl " #name "\n"                                                     \
		".type " #name ", %function\n" #name ":\n"                               \
		"	.cfi_startproc\n"                                                      \
		"	hint 34\n" /* bti c */                                           \
		"	stp x29, x30, [sp, -16]!\n"                                            \
		"	.cfi_def_cfa_offset 16\n"                                              \
		"	.cfi_offset 29, -16\n"                                                 \
		"	.cfi_offset 30, -8\n"                                                  \
		"	bl " #before "\n"                                                \
		"	mov x16, x0\n" /* a jump by x16 may lead to a bti c */           \
		"	ldp x29, x30, [sp], 16\n"                                              \
		"	.cfi_restore 30\n"                                                     \
		"	.cfi_restore 29\n"                                                     \
		"	.cfi_def_cfa_offset 0\n"                                               \
		"	br x16\n"                                                              \
		"	.cfi_endproc\n"                                                        \
		".size " #name ", . - " #name "\n"                                       \
		".popsection\n")
#elif defined(__riscv)
#define TWICE(name, before)                                                              \
	__asm__(".pushsection .text\n"                                                   \
		".globl " #name "\n"                                                     \
		".type " #name ", @function\n" #name ":\n"                               \
		"	.cfi_startproc\n"                                                      \
		"	addi sp, sp, -16\n"                                                    \
		"	.cfi_def_cfa_offset 16\n"                                              \
		"	sd ra, 8(sp)\n"                                                        \
		"	.cfi_offset ra, -8\n"                                                  \
		"	call " #before "\n"                                              \
		"	mv t1, a0\n"                                                           \
		"	ld ra, 8(sp)\n"                                                        \
		"	.cfi_restore ra\n"                                                     \
		"	addi sp, sp, 16\n"                                                     \
		"	.cfi_def_cfa_offset 0\n"                                               \
		"	jr t1\n"                                                               \
		"	.cfi_endproc\n"                                                        \
		".size " #name ", . - " #name "\n"                                       \
		".popsection\n")
#endif

#endif
