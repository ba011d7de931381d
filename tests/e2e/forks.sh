#!/bin/bash
# SPDX-License-Identifier: MIT
# A fork child that first starts a program: CPython does so by vfork, and that child
# shares the memory of the fork child.  The library must tell the two processes apart.

. "$(dirname "$0")/../lib.sh"

cat >"$TMP/fork.py" <<'END'
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
pid = os.fork()
if pid == 0:
    subprocess.call(["/bin/true"])
    import in_child
    os._exit(0)
os.waitpid(pid, 0)
import in_parent
END

forks() {
	local work=$TMP/$py_name
	mkdir "$work"
	echo 'x = 1' | tee "$work/in_child.py" >"$work/in_parent.py"
	clean_env LD_PRELOAD="$LIB" PYCSHIM_RECORD="$work/record" PYCSHIM_ONLY="$work" \
		"$1" "${py_flags[@]}" "$TMP/fork.py" "$work"
	is "$(stat_json "$work/record" processes '[p["compiled"] for p in d["processes"] if p["lookups"]]')" \
		'[1, 1]' "${py_name}_child_that_starts_a_program_first_is_counted"
}

for python in $(pythons); do
	py_info "$python"
	forks "$python"
done
