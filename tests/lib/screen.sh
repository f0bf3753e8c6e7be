# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A terminal of 80 columns and 24 lines for one command (script(1)). Sourced after wait.sh.
# shellcheck disable=SC2154 # scratch: wait.sh

# on_screen COMMAND: a line for the shell; what it writes goes to $scratch/screen, as a terminal
# shows it at the end: without colours, and of lines that were written over the last state.
# Its exit code in $scratch/screen-exit. What came as it came: $scratch/screen-raw.
on_screen()
{
	env -u COLUMNS -u LINES TERM=xterm NO_COLOR=1 \
		script -qec "stty cols ${screen_columns:-80} rows 24; $1; echo \$? >'$scratch/screen-exit'" /dev/null \
		</dev/null >"$scratch/screen-raw" 2>&1
	python3 - "$scratch/screen-raw" >"$scratch/screen" <<'PYTHON'
import re
import sys
text = open(sys.argv[1], encoding="utf-8", newline="").read().replace("\r\n", "\n")
for line in text.split("\n")[:-1]:
    shown = ""
    for part in line.split("\r"):
        cut = part.startswith("\x1b[K")
        part = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", part)
        shown = part if cut else part + shown[len(part):]
    print(shown)
PYTHON
}

# fits [COLUMNS]: no line of the screen is wider; those that are go to $scratch/said.
fits()
{
	python3 - "$scratch/screen" "${1:-80}" >"$scratch/said" <<'PYTHON'
import sys
wide = [line for line in open(sys.argv[1], encoding="utf-8").read().split("\n") if len(line) > int(sys.argv[2])]
print("\n".join(wide))
sys.exit(1 if wide else 0)
PYTHON
}

shows()
{
	grep -qF -- "$1" "$scratch/screen"
}

screen_need()
{
	command -v script >/dev/null || skip_all "script(1) is missing: apt-get install util-linux"
	command -v python3 >/dev/null || skip_all "python3 is missing: apt-get install python3"
}
