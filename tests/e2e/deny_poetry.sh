#!/bin/bash
# SPDX-License-Identifier: MIT
# Deny and poetry: a project is installed and built as without the library, and no new
# bytecode is left.

. "$(dirname "$0")/../lib.sh"
need poetry

# poetry_in RUN ARGUMENT...: in the project, with an environment of its own, without network
poetry_in() {
	local run=$1
	shift
	(cd "$TMP/project" && $run POETRY_VIRTUALENVS_IN_PROJECT=true PIP_NO_INDEX=1 LANG=C.UTF-8 \
		HOME="$TMP/home" poetry -n "$@")
}
denied() { clean_env LD_PRELOAD="$LIB" PYCSHIM_MODE=deny PYCSHIM_RECORD=off "$@"; }

mkdir -p "$TMP/project/demo"
cat >"$TMP/project/pyproject.toml" <<'END'
[tool.poetry]
name = "demo"
version = "0.1.0"
description = ""
authors = ["a <a@b.example>"]

[tool.poetry.dependencies]
python = "*"

[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
END
echo 'value = 1' >"$TMP/project/demo/__init__.py"

for how in clean_env denied; do
	rm -rf "$TMP/project/.venv" "$TMP/project/dist"
	for command in install build; do
		poetry_in $how $command >"$TMP/out" 2>&1
		is "$?" 0 "poetry_${command}_ends_well_${how/clean_env/without}" "$(cat "$TMP/out")"
	done
	find "$TMP/project" -name '*.pyc' >"$TMP/pycs.$how"
	is "$(clean_env "$TMP/project/.venv/bin/python" -B -c 'import demo; print(demo.value)')" 1 \
		"poetry_installed_module_is_imported_${how/clean_env/without}"
	check "poetry_builds_a_wheel_${how/clean_env/without}" compgen -G "$TMP/project/dist/demo-0.1.0-*.whl"
done
check poetry_makes_pycs_without test -s "$TMP/pycs.clean_env"
is "$(cat "$TMP/pycs.denied")" "" poetry_makes_no_pyc_under_deny
