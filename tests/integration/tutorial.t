#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doc/PATTERNS.md as its reader would do it: its files are written, its commands are run,
# their answers are those of the page.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
command -v python3 >/dev/null || skip_all "apt-get install python3"
[ -x "$top_builddir/sipvigil" ] || skip_all "$top_builddir/sipvigil is not built: run make"
rules=$(cd "$top_srcdir" && pwd)/etc/rules.d
PATH=$(cd "$top_builddir" && pwd):$PATH
export PATH

# Files as they stand behind their marks; a console's commands and answers, numbered.
python3 - "$top_srcdir/doc/PATTERNS.md" "$scratch" <<'PYTHON'
import os, re, sys
text, folder = open(sys.argv[1], encoding="utf-8").read(), sys.argv[2]
for name, body in re.findall(r"<!-- file: (\S+) -->\n```\n(.*?)```\n", text, re.S):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(body)
n = 0
for body in re.findall(r"```console\n(.*?)```\n", text, re.S):
    for command, answer in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", body, re.M):
        n += 1
        with open(os.path.join(folder, "command.%d" % n), "w") as file:
            file.write(command)
        with open(os.path.join(folder, "answer.%d" % n), "w", encoding="utf-8") as file:
            file.write(answer)
PYTHON
cd "$scratch" || exit 99
for file in acme.log first.conf acme.conf command.1 command.5; do
	[ -s "$file" ]
	ok $? "the page has $file"
done
# The default rules of this tree: behind the page's own lines, so that their numbers hold.
echo "rules_dir = {\"$rules\"}" | tee -a first.conf >>acme.conf

n=1
while [ -f command.$n ]; do
	sh command.$n >got.$n 2>&1
	tap_notes="$scratch/got.$n"
	python3 - answer.$n got.$n <<-'PYTHON'
	import re, sys
	want, got = (open(name, encoding="utf-8").read() for name in sys.argv[1:])
	# What differs from host to host stands there as "…".
	pattern = ".*?".join(re.escape(part) for part in want.rstrip().split("…"))
	sys.exit(0 if re.fullmatch(pattern, got.rstrip(), re.S) else 1)
	PYTHON
	ok $? "$(cat command.$n)"
	n=$((n + 1))
done
[ $n -eq 6 ]
ok $? "all five commands were run"
finish
