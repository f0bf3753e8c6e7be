#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doc/screens shows what the offline commands print today, on 80 columns.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
. "$top_srcdir/tests/lib/screen.sh"
daemon_need
screen_need
mkdir "$scratch/screens"
sh "$top_srcdir/doc/screens/update-offline" "$top_builddir" "$scratch/screens" >"$scratch/said" 2>&1
ok $? "the screens can be made"
for file in "$scratch"/screens/*.txt; do
	name=$(basename "$file")
	diff -u "$top_srcdir/doc/screens/$name" "$file" >"$scratch/said" 2>&1
	ok $? "$name is what is printed (else: doc/screens/update-offline)"
	# behind the line that was typed
	tail -n +2 "$file" >"$scratch/screen"
	try "$name fits 80 columns" fits
done
finish
