#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Exported names begin with a noun of their room, so that a reader finds them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ -z "${top_builddir:-}" ] || ! command -v nm >/dev/null; then
	skip "names" "run it by make lint; it needs nm (binutils)"
	tap_end
fi
cd "$top_builddir" || exit 1

objects=$(project_objects)

# A noun of a room is a header of it or a struct that one of its headers declares. Beside
# them, on purpose: words that read as a sentence (base/log.h), a prefix of addresses and a
# view of text, both in base, the words of all closed lists (sip/outcome.h), the operator
# like, the loop's clock, the catalogue as a command prints it.
allowed='base:complain base:release base:str expr:like output:loop cli:codes'

output=$(for object in $objects; do
	case $object in
	src/sip/outcome.o) continue ;;
	esac
	folder=$(dirname "$object")
	nouns=$({
		for header in "$src/$folder"/*.h; do basename "$header" .h; done
		sed -n 's/^struct \([a-z_0-9]*\).*/\1/p' "$src/$folder"/*.h
	} | sort -u | tr '\n' ' ')
	nm -g --defined-only "$object" | awk -v object="$object" -v room="$(basename "$folder")" \
		-v noun="$(basename "$object" .o)" -v nouns="$nouns" -v allowed="$allowed" '
	BEGIN { n = split(nouns " " room " " noun, list, " ") }
	$3 ~ /^(__|asan|_*odr|main$)/ { next }
	{
		word = $3
		sub(/^sv_/, "", word)
		for (i = 1; i <= n; i++)
			if (word == list[i] || index(word, list[i] "_") == 1)
				next
		split(word, part, "_")
		if (index(" " allowed " ", " " room ":" part[1] " ") == 0)
			print object ": " $3 " begins with no noun of its room (exceptions: tests/lint/names.t)"
	}'
done)
[ -z "$output" ]
tap $? "exported names begin with a noun of their room"
tap_end
