#!/bin/bash
# SPDX-License-Identifier: MIT
# pytest on a read-only root: the pycs of its rewritten tests are kept and found too.

. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/readonly_root.bash"

clean_env "$python" -s -c 'import pytest' 2>/dev/null || skip_all "no pytest"

make_image _pytest attr attrs iniconfig packaging pluggy pytest py py.py toml
mkdir "$IMAGE$PACKAGES/app_tests"
for name in one two three four; do
	printf 'import json\n\ndef test_%s():\n    assert json.loads("[1]") == [1]\n' $name \
		>"$IMAGE$PACKAGES/app_tests/test_$name.py"
done
printf 'def test_fails():\n    assert len("text") == 5, "as it should"\n' \
	>"$IMAGE$PACKAGES/app_tests/test_fails.py"
program=("$python" -s -m pytest -p no:cacheprovider -q --tb=short "$PACKAGES/app_tests")
wanted_status=1

image none plain overlay redirect bubblewrap
image all prefix redirect
image some redirect
image stale redirect beside
