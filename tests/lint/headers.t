#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone, so the order of includes never matters.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ -z "${LINT_CC:-}" ]; then
	skip "headers compile alone" "run it by make check, which names the compiler"
	tap_end
fi
for header in $(project_files 'src/*.h' 'include/*.h'); do
	case $header in
	include/*) include="<${header#include/}>" ;;
	*) include="\"${header#src/}\"" ;;
	esac
	# shellcheck disable=SC2086
	output=$(echo "#include $include" |
		$LINT_CC $LINT_CFLAGS -I"$src/include" -I"$src/src" -Wall -Wextra -Werror \
			-Wno-unused-const-variable -fsyntax-only -x c - 2>&1)
	tap $? "$header compiles alone"
done
tap_end
