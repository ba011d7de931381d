#!/bin/bash
# SPDX-License-Identifier: MIT
# CPython's own tests of its import system, with and without the library, and with a store.

. "$(dirname "$0")/../lib.sh"
WAYS=(redirect without trace stored)
. "$(dirname "$0")/cpython.bash"

cpython_modules test_importlib
