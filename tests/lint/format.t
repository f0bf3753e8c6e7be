#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# .clang-format decides the layout (clang-format 14, as in Debian 12).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$src" || exit 1

if ! clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
	skip "layout" "apt-get install clang-format (version 14)"
	tap_end
fi
# shellcheck disable=SC2046
output=$(clang-format --dry-run -Werror $(project_files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]') 2>&1 |
	grep 'error:' | sed 's/: error.*/: clang-format -i wants it otherwise/' | sort -u)
[ -z "$output" ]
tap $? "clang-format changes nothing"
tap_end
