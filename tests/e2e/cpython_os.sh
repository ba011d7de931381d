#!/bin/bash
# CPython's own tests of what the system offers, with and without the library.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/cpython.bash"

cpython_modules test_os
