#!/bin/bash
# SPDX-License-Identifier: MIT
# More of CPython's own tests, of what starts and ends processes, with and without the
# library.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../e2e/cpython.bash"

cpython_modules test_atexit test_commands test_concurrent_futures test_eintr test_fork1 \
	test_multiprocessing test_multiprocessing_fork test_multiprocessing_forkserver \
	test_multiprocessing_main_handling test_multiprocessing_spawn test_popen test_popen2 \
	test_signal test_subprocess test_threading test_wait3 test_wait4
