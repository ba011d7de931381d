#!/bin/bash
# SPDX-License-Identifier: MIT
# pytest rewrites tests and keeps pycs with names of its own in the same caches.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/pair.bash"

python=/usr/bin/python3
clean_env "$python" -s -c 'import pytest' 2>/dev/null || skip_all "no pytest"
py_info "$python"

# run_pytest NAME: without pytest's terminal output, which contains run times
run_pytest() {
	pair "pytest_$1" "$python" -s -c 'import pytest, sys
sys.exit(pytest.main(["-p", "no:terminal", "-p", "no:cacheprovider", "tests"]))'
}
once_pytest() { once "$python" -s -m pytest -q -p no:cacheprovider tests; }

setting=(PYTHONPATH=.)
fresh
once_pytest
once "$python" -s -c 'import pytest; pytest.main(["-p", "no:terminal", "/nonexistent"])'

run_pytest cold_counts_misses
prepare() { once_pytest; }
run_pytest warm_counts_hits
prepare() { once_pytest && touch -d '2021-01-01 01:01:01' tests/*.py; }
run_pytest touched_counts_stale
prepare() { once_pytest && sed -i '$a# more' tests/*.py && touch -d '2020-02-02 02:02:02' tests/*.py; }
run_pytest grown_counts_stale
prepare() { once_pytest && find tests -name '*.pyc' -exec truncate -s 7 {} +; }
run_pytest cut_header_counts_stale
prepare() { :; }
if can_mount; then
	around=(readonly_mount "$TREE")
	run_pytest readonly_counts_write_failed
	prepare() { mkdir -p tests/__pycache__ pkg/__pycache__; }
	run_pytest readonly_with_pycache_counts_write_failed
	around=()
	prepare() { :; }
else
	skip "may not mount" pytest_readonly
fi
setting+=(PYTHONDONTWRITEBYTECODE=1)
run_pytest dont_write_counts_not_attempted
