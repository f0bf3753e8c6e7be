#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A file of the program is read in one sitting (600 lines), a function on one screen (60).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$src" || exit 1

output=$(for file in $(project_files 'src/*.[ch]' 'include/*.h'); do
	lines=$(wc -l <"$file")
	[ "$lines" -le 600 ] || echo "$file: $lines lines, the bound is 600"
done)
[ -z "$output" ]
tap $? "no source file of more than 600 lines"

# With the return type on its own line a function begins with its name in column 0 and ends
# with a brace there.
# shellcheck disable=SC2046
output=$(awk '
FNR == 1 { start = 0 }
/^[a-z_0-9]+\(/ { start = FNR; name = $0; sub(/\(.*/, "", name) }
/^}$/ && start {
	if (FNR - start + 1 > 63)
		printf "%s:%d: %s has %d lines, the bound is 60\n", FILENAME, start, name, FNR - start - 1
	start = 0
}' $(project_files 'src/*.c'))
[ -z "$output" ]
tap $? "no function of more than 60 lines"
tap_end
