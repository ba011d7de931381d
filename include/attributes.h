/* SPDX-License-Identifier: MIT */
/*
 * Contracts a compiler can hold, and the two hints the call path needs.
 */
#ifndef PYCSHIM_ATTRIBUTES_H
#define PYCSHIM_ATTRIBUTES_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define NONNULL __attribute__((nonnull))
#define NONNULL_ARGS(...) __attribute__((nonnull(__VA_ARGS__)))
#define PRINTF_LIKE(text, first) __attribute__((__format__(__printf__, text, first)))
#define NORETURN __attribute__((noreturn))
#define COLD __attribute__((cold, noinline))
#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
