#!/bin/bash
# SPDX-License-Identifier: MIT
# More of CPython's own tests, of what imports, compiles and runs modules, with and
# without the library.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../e2e/cpython.bash"

cpython_modules test_bdb test_cmd_line test_cmd_line_script test_code_module test_compileall \
	test_cprofile test_distutils test_doctest test_doctest2 test_embed test_ensurepip \
	test_faulthandler test_frozen test_imp test_importhooks test_inspect test_lib2to3 \
	test_linecache test_module test_modulefinder test_pdb test_pkg test_pkgimport \
	test_profile test_pyclbr test_pydoc test_repr test_reprlib test_script_helper \
	test_site test_source_encoding test_sys test_sysconfig test_threaded_import \
	test_trace test_traceback test_tracemalloc test_unittest test_utf8_mode test_venv \
	test_warnings test_zipapp test_zipimport test_zipimport_support
