#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Messages: every file that has some is listed for xgettext, and each language of LINGUAS
# has all of them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$src" || exit 1

output=$(project_files 'src/*.c' | while read -r file; do
	if grep -qE '(^|[^A-Za-z0-9_])(_|N_|ngettext)\("' "$file"; then
		grep -qxF "$file" po/POTFILES.in || echo "$file is not in po/POTFILES.in"
	fi
done)
[ -z "$output" ]
tap $? "files with messages stand in po/POTFILES.in"

output=$(grep -v '^#' po/POTFILES.in | while read -r file; do
	[ -z "$file" ] || [ -e "$file" ] || echo "$file does not exist"
done)
[ -z "$output" ]
tap $? "po/POTFILES.in names files that exist"

if ! command -v msgfmt >/dev/null || ! command -v xgettext >/dev/null; then
	skip "translations" "apt-get install gettext"
	tap_end
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2046
output=$(xgettext --from-code=UTF-8 --language=C --keyword=_ --keyword=N_ \
	--keyword=ngettext:1,2 --flag=log_say:2:c-format -o "$work/all.pot" \
	$(grep -v '^#' po/POTFILES.in) 2>&1)
tap $? "xgettext reads all files"

languages=$(grep -v '^#' po/LINGUAS)
for language in $languages; do
	output=$(msgfmt -c --check-accelerators=_ -o /dev/null "po/$language.po" 2>&1)
	tap $? "$language.po is well formed"
	# Fuzzy ones do not count: msgmerge without guessing, then nothing may be left.
	output=$(msgmerge -q --no-fuzzy-matching -o "$work/$language.po" "po/$language.po" \
		"$work/all.pot" 2>&1 &&
		msgattrib --untranslated --no-obsolete --no-wrap "$work/$language.po" | grep '^msgid' | tail -n +2
		msgattrib --only-fuzzy --no-obsolete --no-wrap "$work/$language.po" | grep '^msgid' | tail -n +2)
	[ -z "$output" ]
	tap $? "$language.po has every message"
done
tap_end
