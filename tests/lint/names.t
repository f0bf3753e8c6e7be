#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Exported names begin with the noun of their file or room, so that a reader finds them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ -z "${top_builddir:-}" ] || ! command -v nm >/dev/null; then
	skip "names" "run it by make lint; it needs nm (binutils)"
	tap_end
fi
cd "$top_builddir" || exit 1

objects=$(project_objects)

# Names that stand beside their file's noun on purpose.
#   log.c: words that read as a sentence. address.c: a prefix is an address with a length.
#   text.c: a view of text is a str. outcome.c: the words of all closed
#   lists. keep.c: keeps an event, which is then a kept one. joining.c: the ledger's own
#   questions about two events. expr.c: the operator like.
allowed='log:complain log:release address:prefix text:str outcome:* keep:kept joining:event queue:loop queue:retry expr:like'

output=$(for object in $objects; do
	noun=$(basename "$object" .o)
	room=$(basename "$(dirname "$object")")
	nm -g --defined-only "$object" | awk -v object="$object" -v noun="$noun" -v room="$room" \
		-v allowed="$allowed" '
	function known(name,   word) {
		word = name
		sub(/^sv_/, "", word)
		if (index(word, noun "_") == 1 || word == noun || index(word, room "_") == 1)
			return 1
		# a file of several: attempts.c has attempt_
		if (noun ~ /s$/ && index(word, substr(noun, 1, length(noun) - 1) "_") == 1)
			return 1
		# a noun that has helper files: dialect/asterisk_security.c serves asterisk_
		if (split(noun, part, "_") > 1 && index(word, part[1] "_") == 1)
			return 1
		if (index(" " allowed " ", " " noun ":* ") > 0)
			return 1
		split(name, part, "_")
		return index(" " allowed " ", " " noun ":" part[1] " ") > 0
	}
	BEGIN { gsub(/-/, "_", noun) }
	$3 ~ /^(__|asan|_*odr|main$)/ { next }
	object ~ /src\/cli\// && $3 ~ /^(command|cli)_/ { next }
	!known($3) { print object ": " $3 " does not begin with " noun "_ (exceptions: tests/lint/names.t)" }'
done)
[ -z "$output" ]
tap $? "exported names begin with the noun of their file or room"
tap_end
