#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Messages in Russian from the build tree, and the catalogue in Russian on a machine that
# has no Russian locale.
src=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${top_builddir:-.}
count=0

check()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		printf '%s\n' "$output" | sed 's/^/# /'
	fi
}

has()
{
	case $output in
	*"$1"*) return 0 ;;
	esac
	return 1
}

if [ ! -x "$build/sipvigil" ]; then
	echo "1..0 # SKIP sipvigil is not built"
	exit 77
fi
unset LANG LANGUAGE LC_ALL LC_MESSAGES

output=$(LC_ALL=C "$build/sipvigil" codes 486 --lang ru)
has 'Вызываемая сторона достигнута'
check $? "the catalogue speaks Russian in the locale C when asked to"

output=$(LANG=ru_RU.UTF-8 "$build/sipvigil" codes 486)
has 'Вызываемая сторона достигнута'
check $? "and without being asked when the locale is Russian, installed or not"

output=$(LANG=ru_RU.UTF-8 "$build/sipvigil" codes --json 486)
has '"meaning":"The called end was reached'
check $? "JSON stays English"

output=$(LANG=ru_RU.UTF-8 "$build/sipvigil" codes --json --lang ru 486)
has '"meaning":"Вызываемая сторона'
check $? "unless another language is asked for"

if ! command -v msgfmt >/dev/null; then
	count=$((count + 1))
	echo "ok $count - translated messages # SKIP apt-get install gettext"
	echo "1..$count"
	exit 0
fi
locale=$(mktemp -d) || exit 1
trap 'rm -rf "$locale"' EXIT
mkdir -p "$locale/ru/LC_MESSAGES"
msgfmt -o "$locale/ru/LC_MESSAGES/sipvigil.mo" "$src/po/ru.po"

output=$(LC_ALL=C.UTF-8 LANGUAGE=ru SIPVIGIL_LOCALEDIR=$locale "$build/sipvigil" help)
has 'Использование: sipvigil'
check $? "help is translated"

output=$(LC_ALL=C.UTF-8 LANGUAGE=ru SIPVIGIL_LOCALEDIR=$locale "$build/sipvigil" cods 2>&1)
status=$?
has 'возможно, «codes»?' && [ $status -eq 2 ]
check $? "mistakes are reported in Russian, with the same exit status"

# A name that is never installed, so that the machine's own locales do not matter.
output=$(LANG=ru_XX.UTF-8 SIPVIGIL_LOCALEDIR=$locale "$build/sipvigil" help)
has 'Использование: sipvigil'
check $? "help is translated where the locale is not installed"

output=$(LC_ALL=C LANGUAGE=ru SIPVIGIL_LOCALEDIR=$locale "$build/sipvigil" help)
has 'Usage: sipvigil'
check $? "the locale C stays English"
echo "1..$count"
