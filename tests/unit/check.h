/*
 * What every unit test here begins with: cmocka, and what its header asks for.
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
