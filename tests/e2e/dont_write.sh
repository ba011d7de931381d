#!/bin/bash
# SPDX-License-Identifier: MIT
# PYTHONDONTWRITEBYTECODE: the launcher warns that redirect then keeps no pycs, and with
# PYCSHIM_WRITE the library removes the variable in the processes where it is active.

. "$(dirname "$0")/../lib.sh"

cd "$TMP" || exit 1
mkdir work
echo 'x = 1' >work/m.py
cat >program.py <<'END_OF_PROGRAM'
import os, subprocess, sys
sys.path.insert(0, "work")
import m
said = "%s %s" % (bool(sys.dont_write_bytecode), os.environ.get("PYTHONDONTWRITEBYTECODE"))
sys.stdout.write(said + subprocess.check_output('echo " ${PYTHONDONTWRITEBYTECODE-none}"', shell=True).decode())
END_OF_PROGRAM

# pyc: print the name of the pyc that was written, in the shadow or in place
pyc() { find shadow work -name '*.pyc' -printf '%P\n' 2>/dev/null | sed 's,.*/,,'; }

# says NAME WANT COMMAND...: WANT is the program's output and the pyc that it wrote
says() {
	local name=$1 want=$2
	shift 2
	rm -rf shadow work/__pycache__ work/*.pyc
	clean_env PYTHONDONTWRITEBYTECODE=1 PYCSHIM_RECORD=off PYCSHIM_ROOT="$TMP/shadow" "$@" >out 2>err
	is "$(cat out) $(pyc)" "$want" "$name" "$(cat err)"
}

for python in $(pythons); do
	py_info "$python"
	file=m.${py_tag:+$py_tag.}pyc
	run=("$python" -S program.py)
	for mode in trace redirect; do
		says "${py_name}_${mode}_without_write_keeps_the_variable" 'True 1 1 ' \
			LD_PRELOAD="$LIB" PYCSHIM_MODE=$mode "${run[@]}"
		says "${py_name}_${mode}_with_write_writes" "False None none $file" \
			LD_PRELOAD="$LIB" PYCSHIM_MODE=$mode PYCSHIM_WRITE=1 "${run[@]}"
	done
	says "${py_name}_launched_with_write_writes" "False None none $file" \
		"$PYCSHIM" -m redirect -w "${run[@]}"
	says "${py_name}_with_write_and_B_writes_nothing" 'True None none ' \
		"$PYCSHIM" -m redirect -w "$python" -B -S program.py
done

python=$(python3_path)
py_info "$python"
run=("$python" -S program.py)
for word in on yes; do
	says "write_${word}_is_on" "False None none m.$py_tag.pyc" LD_PRELOAD="$LIB" PYCSHIM_WRITE=$word "${run[@]}"
done
for word in off 0 no ''; do
	says "write_'${word}'_is_off" 'True 1 1 ' LD_PRELOAD="$LIB" PYCSHIM_WRITE=$word "${run[@]}"
done
says write_in_mode_off_keeps_the_variable 'True 1 1 ' \
	LD_PRELOAD="$LIB" PYCSHIM_MODE=off PYCSHIM_WRITE=1 "${run[@]}"
says write_launched_in_mode_off_keeps_the_variable 'True 1 1 ' "$PYCSHIM" -m off -w "${run[@]}"
says write_mistaken_keeps_the_variable 'True 1 1 ' LD_PRELOAD="$LIB" PYCSHIM_WRITE=maybe "${run[@]}"
is "$(cat err)" 'pycshim: PYCSHIM_WRITE=maybe: is not 1 or off; the library does nothing' \
	write_mistaken_is_named
# shellcheck disable=SC2016 # for the inner shell
says write_leaves_a_shell_alone '1 ' LD_PRELOAD="$LIB" PYCSHIM_WRITE=1 \
	sh -c 'echo $PYTHONDONTWRITEBYTECODE'
says write_reaches_a_python_that_a_shell_starts "False None none m.$py_tag.pyc" \
	LD_PRELOAD="$LIB" PYCSHIM_WRITE=1 sh -c '"$@"; :' sh "${run[@]}"
# a variable that a Python sets again for its children is removed in the children
says write_reaches_a_child_that_is_given_the_variable "False None none m.$py_tag.pyc" \
	LD_PRELOAD="$LIB" PYCSHIM_WRITE=1 "$python" -S -c 'import os, sys
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
os.execv(sys.argv[1], sys.argv[1:])' "${run[@]}"
# the other variables keep their values and order
says write_leaves_the_other_variables_in_their_order 'A B ' A=1 PYTHONDONTWRITEBYTECODE=1 B=2 LD_PRELOAD="$LIB" \
	PYCSHIM_WRITE=1 "$python" -B -S -c 'import os
print(" ".join(name for name in os.environ if name in ("A", "PYTHONDONTWRITEBYTECODE", "B")))'

# --- what the launcher says --------------------------------------------------------------

line='pycshim: PYTHONDONTWRITEBYTECODE is set: Python will write no pycs that redirect could keep (-w removes it)'
told() { # NAME WANT [NAME=VALUE...] COMMAND...
	local name=$1 want=$2
	shift 2
	clean_env PYCSHIM_RECORD=off "$@" >out 2>err
	is "$(cat err)" "$want" "launcher_$name"
}
told of_redirect_says_that_nothing_is_written "$line" PYTHONDONTWRITEBYTECODE=1 "$PYCSHIM" -m redirect true
told of_redirect_by_variable_says_so "$line" PYTHONDONTWRITEBYTECODE=x PYCSHIM_MODE=redirect "$PYCSHIM" true
told with_write_is_silent '' PYTHONDONTWRITEBYTECODE=1 "$PYCSHIM" -m redirect --write true
told with_write_by_variable_is_silent '' PYTHONDONTWRITEBYTECODE=1 PYCSHIM_WRITE=1 "$PYCSHIM" -m redirect true
told with_write_off_says_so "$line" PYTHONDONTWRITEBYTECODE=1 PYCSHIM_WRITE=off "$PYCSHIM" -m redirect true
told with_an_empty_variable_is_silent '' PYTHONDONTWRITEBYTECODE= "$PYCSHIM" -m redirect true
told without_the_variable_is_silent '' "$PYCSHIM" -m redirect true
for mode in trace deny off; do
	told "in_mode_${mode}_is_silent" '' PYTHONDONTWRITEBYTECODE=1 "$PYCSHIM" -m $mode true
done
told that_prints_the_environment_is_silent '' PYTHONDONTWRITEBYTECODE=1 "$PYCSHIM" -m redirect --print-env
clean_env "$PYCSHIM" -w --print-env >out
is "$(grep WRITE out)" PYCSHIM_WRITE=1 print_env_has_write
