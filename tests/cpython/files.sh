#!/bin/bash
# SPDX-License-Identifier: MIT
# More of CPython's own tests, of what reads and writes files, with and without the library.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../e2e/cpython.bash"

cpython_modules test_anydbm test_bufio test_bz2 test_codecs test_configparser test_csv \
	test_dbm test_dbm_dumb test_dbm_gnu test_dbm_ndbm test_dircache test_fcntl test_file \
	test_file2k test_filecmp test_fileinput test_fileio test_fnmatch test_genericpath \
	test_glob test_gzip test_httpservers test_io test_ioctl test_largefile test_logging \
	test_lzma test_mailbox test_mimetypes test_mmap test_netrc test_openpty test_pathlib \
	test_pep277 test_plistlib test_posix test_posixpath test_pty test_resource test_select \
	test_shelve test_sqlite3 test_stat test_support test_tarfile test_unicode_file \
	test_unicode_file_functions test_univnewlines test_urllib test_wave test_whichdb \
	test_zipfile
