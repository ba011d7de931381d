/* SPDX-License-Identifier: MIT */
/*
 * Includes cmocka and the headers that it requires; every unit test begins with it.
 */
#ifndef PYCSHIM_TEST_CHECK_H
#define PYCSHIM_TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif
