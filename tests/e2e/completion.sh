#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bash, zsh and fish complete every option that --help names, for each command, with what was
# installed.

. "$(dirname "$0")/../lib.sh"
need make

cp -a "$B" "$TMP/build"
make -s -C "$TOP" B="$TMP/build" install PREFIX="$TMP/prefix" >"$TMP/make" 2>&1 || note "$(cat "$TMP/make")"
share=$TMP/prefix/share
cd "$TMP" || exit 1
touch file-of-mine
export PATH=$TMP/prefix/bin:$SYSTEM_PATH

# options_of PROGRAM [COMMAND]: the long options in its help
options_of() { "$@" --help | grep -oE '^ *(-[a-zA-Z], )? *--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u; }

mapfile -t commands < <(sed -n 's/^COMMAND(\([a-z]*\),.*/\1/p' "$TOP/tools/command/options.def")
check completion_is_compared_with_commands test ${#commands[@]} -ge 6

# in_bash WORD...: what bash offers for the last word
in_bash() {
	clean_env bash --norc -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_$1 "$1" "${@: -1}" 2>&1; printf "%s\n" "${COMPREPLY[@]}"' "$share/bash-completion/completions/$1" "$@"
}

# in_fish WORD...: what fish offers
in_fish() {
	clean_env PATH="$PATH" fish --no-config -c 'source $argv[1]; complete -C "$argv[2]"' \
		"$share/fish/vendor_completions.d/$1.fish" "$*" | cut -f 1
}

# in_zsh LINE: the line that zsh makes of it at Tab, in a terminal
in_zsh() {
	helper -c '
import os, pty, select, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", PS1="> ", PATH=sys.argv[3], HOME=os.getcwd())
    os.execvp("zsh", ["zsh", "-f", "-i"])
def read_until(end, seconds):
    text, limit = b"", time.time() + seconds
    while end not in text and time.time() < limit:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                text += os.read(terminal, 65536)
            except OSError: # the shell has ended
                break
    return text
def write(text):
    os.write(terminal, text.encode())
write("fpath=(%s $fpath); autoload -U compinit && compinit -u -D; echo rea\"\"dy\n" % sys.argv[1])
read_until(b"ready\r", 20)
write(sys.argv[2] + "\t")
read_until(b"\x00", 1.5)
write("\x01: \x05\n\x04")
print(read_until(b"\x00", 1).decode(errors="replace"))
os.kill(pid, 9)' "$share/zsh/site-functions" "$1" "$PATH"
}

if command -v bash >/dev/null; then
	for command in "${commands[@]}"; do
		is "$(in_bash pycstat "$command" -- | grep '^--' | sort -u)" "$(options_of pycstat "$command")" \
			"bash_offers_the_options_of_${command}"
	done
	is "$(in_bash pycshim -- | grep '^--' | sort -u)" "$(options_of pycshim)" bash_offers_the_options_of_pycshim
	is "$(in_bash pycstat mod)" modules bash_completes_a_command
	is "$(in_bash pycstat --color = a | tr '\n' ' ')" 'always auto ' bash_completes_the_words_of_an_option
	is "$(in_bash pycstat modules file)" file-of-mine bash_completes_a_recording
	is "$(in_bash pycshim --mode re)" redirect bash_completes_a_mode
	is "$(in_bash pycshim --mode redirect python3 file)" file-of-mine bash_leaves_what_is_behind_the_command_alone
fi

if command -v fish >/dev/null; then
	for command in "${commands[@]}"; do
		is "$(in_fish pycstat "$command" -- | grep '^--' | sort -u)" "$(options_of pycstat "$command")" \
			"fish_offers_the_options_of_${command}"
	done
	is "$(in_fish pycshim -- | grep '^--' | sort -u)" "$(options_of pycshim)" fish_offers_the_options_of_pycshim
	is "$(in_fish pycstat mod)" modules fish_completes_a_command
	is "$(in_fish pycshim --mode re)" redirect fish_completes_a_mode
else
	skip 'no fish' fish_offers_the_options
fi

if command -v zsh >/dev/null; then
	# every option in a test of its own would take minutes: they are compared in the file
	for command in "${commands[@]}"; do
		sed -n "/^($command) _arguments/,/;;/p" "$share/zsh/site-functions/_pycstat" | sed 's/\[.*//' |
			grep -oE -- '--[a-z-]+' | sort -u >zsh
		is "$(cat zsh)" "$(options_of pycstat "$command")" "zsh_has_the_options_of_${command}"
	done
	like "$(in_zsh 'pycstat modules --pat')" '--paths' zsh_completes_an_option
	like "$(in_zsh 'pycstat proce')" 'processes' zsh_completes_a_command
	like "$(in_zsh 'pycshim --mode redir')" 'redirect' zsh_completes_a_mode
	like "$(in_zsh 'pycstat events file-')" 'file-of-mine' zsh_completes_a_recording
else
	skip 'no zsh' zsh_has_the_options
fi
