#!/bin/bash
# SPDX-License-Identifier: MIT
# A program that runs or loads a pyc by its name makes one look-up; copying, packing or
# hashing a pyc, or reading its header, is no look-up.

. "$(dirname "$0")/../lib.sh"

WORK=$TMP/work
mkdir "$WORK" && cd "$WORK" || exit 1

cat >runs.py <<'END'
import runpy, sys
runpy.run_path(sys.argv[1])
END
cat >loads.py <<'END'
import sys
from importlib.machinery import SourcelessFileLoader
SourcelessFileLoader("m", sys.argv[1]).get_code("m")
END
cat >specifies.py <<'END'
import importlib.util, sys
spec = importlib.util.spec_from_file_location("m", sys.argv[1])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
END
cat >reads.py <<'END'
import compileall, filecmp, hashlib, os, shutil, sys, tarfile, zipfile

pyc = sys.argv[1]
top = os.path.dirname(pyc) or "."
open(pyc, "rb").read()
hashlib.md5(open(pyc, "rb").read())
with open(pyc, "rb") as stream:
    while stream.read(8192):
        pass
with open(pyc, "rb") as stream:
    stream.read(16)
if sys.version_info[0] > 2:
    import pathlib

    pathlib.Path(pyc).read_bytes()
    os.stat(pyc)
    os.read(os.open(pyc, os.O_RDONLY), 4096)
for turn in 1, 2:
    shutil.copytree(top, "../copy/%d/%s" % (turn, os.path.basename(os.getcwd())))
    for copy in shutil.copy, shutil.copy2, shutil.copyfile:
        copy(pyc, "../copied.pyc")
with tarfile.open("../packed.tar", "w") as archive:
    archive.add(top)
archive = zipfile.ZipFile("../packed.zip", "w")
archive.write(pyc)
archive.close()
zipfile.is_zipfile(pyc)
filecmp.cmp(pyc, "../copied.pyc", False)
compileall.compile_dir(".", quiet=1)
print("read")
END
cat >big.py <<'END'
VALUES = [
END
for ((number = 0; number < 3000; number++)); do echo "    'the value of $number',"; done >>big.py
echo ']' >>big.py
echo 'VALUE = 1' >small.py

# counted PYC COMMAND...: the look-ups, hits and stale look-ups of that pyc
counted() {
	local pyc=$1
	shift
	rm -rf "$TMP/rec" "$TMP/copy"
	traced "$TMP/rec" "$@" >"$TMP/output" 2>&1
	stat_json "$TMP/rec" modules "[[m['lookups'], m['hits'], m['stale']] for m in d['modules']
		if m['pyc'] == '$WORK/$pyc' and m['lookups']]" 2>&1
}

for python in $(pythons); do
	py_info "$python"
	rm -rf __pycache__ ./*.pyc
	# Since 3.14, and in versions that have the same change, SourcelessFileLoader opens a pyc
	# as every program does.
	opens_as_programs_do=$(clean_env "$python" -c 'from importlib._bootstrap_external import FileLoader
print("SourcelessFileLoader" in FileLoader.get_data.__code__.co_names or "")' 2>"$TMP/output")
	clean_env "$python" "${py_flags[@]}" -m compileall -q . >"$TMP/output" 2>&1
	for name in big small; do
		pyc=$name.pyc
		[ "$py_major" = 2 ] || pyc=__pycache__/$name.$py_tag.pyc
		is "$(counted "$pyc" "$python" "${py_flags[@]}" "$pyc")" '[[1, 1, 0]]' "${py_name}_${name}_pyc_that_is_run_counts"
		for program in runs loads specifies; do
			if [ $program != runs ] && [ "$py_major" = 2 ]; then continue; fi
			if [ $program$name = specifiesbig ]; then continue; fi
			wanted='[[1, 1, 0]]'
			[ $program = runs ] || [ -z "$opens_as_programs_do" ] || wanted='[]'
			is "$(counted "$pyc" "$python" "${py_flags[@]}" $program.py "$pyc")" "$wanted" \
				"${py_name}_${name}_pyc_that_a_program_${program}_counts"
		done
		# harder to recognize when the copies are not watched
		only=$WORK
		[ "$py_major" = 3 ] || only=
		is "$(counted "$pyc" PYCSHIM_ONLY="$only" "$python" "${py_flags[@]}" reads.py "$pyc") $(tail -n 1 "$TMP/output")" '[] read' \
			"${py_name}_${name}_pyc_that_is_only_read_is_no_look_up"
	done
	mv small.py "$TMP/"
	[ "$py_major" = 2 ] || cp "$pyc" small.pyc
	pyc=small.pyc
	is "$(counted "$pyc" "$python" "${py_flags[@]}" "$pyc")" '[[1, 1, 0]]' "${py_name}_pyc_without_a_source_that_is_run_counts"
	is "$(counted "$pyc" "$python" "${py_flags[@]}" runs.py "$pyc")" '[[1, 1, 0]]' \
		"${py_name}_pyc_without_a_source_that_a_program_runs_counts"
	mv "$TMP/small.py" .
	rm -f small.pyc
done

python=$(python3_path)
py_info "$python"
pyc=__pycache__/small.$py_tag.pyc
clean_env "$python" "${py_flags[@]}" -m compileall -q . >"$TMP/output" 2>&1
counted "$pyc" "$python" "${py_flags[@]}" "$pyc" >"$TMP/counted"
like "$("$PYCSTAT" why small "$TMP/rec" | tr -s '\n ' ' ')" \
	'source not asked for .* found it and (used|read) it by its own name \(hit\).*it was loaded by its own name\.' \
	story_of_a_pyc_that_is_run_says_so
printf '\0\0' | dd of="$pyc" conv=notrunc 2>/dev/null
is "$(counted "$pyc" "$python" "${py_flags[@]}" "$pyc")" '[[1, 0, 1]]' pyc_of_another_interpreter_that_is_run_is_stale
like "$("$PYCSTAT" why small "$TMP/rec" | tr -s '\n ' ' ')" 'which ended the import: it was loaded by its own name' \
	story_of_a_pyc_of_another_interpreter_that_is_run_says_why
