/* SPDX-License-Identifier: MIT */
/*
 * Requests to valgrind, if the host runs under it.  A request is a sequence of
 * instructions that has no effect on a real processor ("The Client Request mechanism" in
 * valgrind's manual), so it costs next to nothing.
 *
 * Used by own_stack.c, hooks/scan.c and view/beneath.c.  Any thread, also in a signal
 * handler.
 */
#ifndef PYCSHIM_VALGRIND_H
#define PYCSHIM_VALGRIND_H

#include <stdbool.h>
#include <stdint.h>

#define VALGRIND_RUNNING 0x1001
#define VALGRIND_STACK_REGISTER 0x1501

/* Returns valgrind's answer, or 0 without valgrind. */
static inline uintptr_t valgrind_request(uintptr_t request, uintptr_t one, uintptr_t two)
{
	const volatile uintptr_t arguments[6] = {request, one, two, 0, 0, 0};
	uintptr_t answer = 0;

#if defined(__x86_64__)
	__asm__ volatile(
		"rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi\n\t"
		"xchgq %%rbx, %%rbx"
		: "=d"(answer)
		: "a"(arguments), "0"(answer)
		: "cc", "memory");
#elif defined(__aarch64__)
	register uintptr_t result __asm__("x3") = 0;
	register const volatile uintptr_t *given __asm__("x4") = arguments;

	__asm__ volatile("ror x12, x12, #3; ror x12, x12, #13\n\t"
			 "ror x12, x12, #51; ror x12, x12, #61\n\t"
			 "orr x10, x10, x10"
			 : "+r"(result)
			 : "r"(given)
			 : "cc", "memory", "x12");
	answer = result;
#else
	(void)arguments;
#endif
	return answer;
}

static inline bool valgrind_is_running(void)
{
	return valgrind_request(VALGRIND_RUNNING, 0, 0) != 0;
}

/* Announce memory as a stack, or valgrind would report our switch to it. */
static inline void valgrind_register_stack(const void *memory, uintptr_t bytes)
{
	(void)valgrind_request(VALGRIND_STACK_REGISTER, (uintptr_t)memory,
			       (uintptr_t)memory + bytes - 1);
}

#endif
