#!/bin/bash
# SPDX-License-Identifier: MIT
# CPython's own tests of running and compiling modules, with and without the library.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/cpython.bash"

cpython_modules test_runpy test_py_compile
