#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every shell script of the project is read by shellcheck.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$src" || exit 1

if ! command -v shellcheck >/dev/null; then
	skip "shell scripts" "apt-get install shellcheck"
	tap_end
fi
for script in $(project_files '*' '.ci/*' | grep -v '^tests/corpus/\|^po/\|/seeds/'); do
	case $(head -c 64 "$script" | head -n 1 | tr -d '\0') in
	'#!/bin/sh'* | '#!/bin/bash'* | '#!/usr/bin/env bash'*) ;;
	*)
		case $script in
		*.sh) ;;
		*) continue ;;
		esac
		;;
	esac
	# SC2317: functions that are called by name look unreachable to it. The others: what
	# tests source lies where $top_srcdir says, and it cannot follow.
	output=$(shellcheck -x -P SCRIPTDIR -e SC2317,SC1091,SC2034,SC2154 "$script" 2>&1)
	tap $? "$script"
done
tap_end
