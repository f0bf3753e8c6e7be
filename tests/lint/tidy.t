#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clang-tidy with the checks of .clang-tidy, one result a file. The analyzer's search is cut
# short: what it finds, it finds early, and a file would take ten times as long.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if ! command -v clang-tidy >/dev/null; then
	skip "clang-tidy" "apt-get install clang-tidy"
	tap_end
fi
if [ -z "${LINT_CFLAGS:-}" ]; then
	skip "clang-tidy" "run it by make lint, which knows the compiler's options"
	tap_end
fi
cd "$src" || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
files=$(project_files 'src/*.c')
# One process per file, as many at a time as there are processors.
# shellcheck disable=SC2016
echo "$files" | xargs -P "$(nproc)" -n 1 sh -c '
	report=$1/$(echo "$2" | tr / _)
	if clang-tidy --quiet --warnings-as-errors="*" "$2" -- $LINT_CFLAGS -D_GNU_SOURCE \
		-include "$top_builddir/config.h" -Iinclude -Isrc -I"$top_builddir" \
		-Xclang -analyzer-config -Xclang max-nodes=20000 \
		>"$report" 2>"$report.err"; then : >"$report.ok"; fi' sh "$scratch"
for file in $files; do
	report=$scratch/$(echo "$file" | tr / _)
	output=$(cat "$report" 2>/dev/null; grep -v 'warnings generated\|^Suppressed\|^Use -header' "$report.err" 2>/dev/null)
	[ -f "$report.ok" ]
	tap $? "$file"
done
tap_end
