#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cppcheck over the program's sources: warnings, performance and portability.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if ! command -v cppcheck >/dev/null; then
	skip "cppcheck" "apt-get install cppcheck"
	tap_end
fi
cd "$src" || exit 1
# va_list and assertions that allocate are misread by cppcheck 2.10; the compilers watch them.
output=$(cppcheck --quiet --std=c11 --language=c -j "$(nproc)" --error-exitcode=1 \
	--enable=warning,performance,portability --inline-suppr --suppress=missingIncludeSystem \
	--suppress=va_list_usedBeforeStarted --library=posix -I include -I src -D_GNU_SOURCE \
	--template='{file}:{line}: {severity}: {message} [{id}]' src 2>&1)
tap $? "cppcheck has nothing to say"
tap_end
