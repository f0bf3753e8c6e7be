#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `sipvigil events` makes of recordings of real FreeSWITCHes, over every file and
# format in which one was recorded, against what truly happened
# (tests/corpus/freeswitch/*/truth.tsv). And of the same recordings how many true events are
# marked forgeable, which is to be few, and which default rules they raise.
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir/build}"
sipvigil=$top_builddir/sipvigil
corpus=$top_srcdir/tests/corpus/freeswitch
. "$top_srcdir/tests/lib/truth.sh"

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
n=0 failed=0

ok()
{
	n=$((n + 1))
	echo "ok $n - $1"
}

not_ok()
{
	n=$((n + 1)) failed=1
	echo "not ok $n - $1"
}

# without_uuids FILE.gz: the same file as a profile with uuid=false writes it
without_uuids()
{
	gzip -dc "$1" | sed -E 's/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} //' \
		>"$scratch/freeswitch.log"
}

# recording NAME FOLDER: its events, and in $tells what its lines can tell
recording()
{
	tells=' * '
	case $1 in
	freeswitch.log) tells="$tells calls codes " source=$2/$1.gz ;;
	without-uuids) tells="$tells calls " source=$scratch/freeswitch.log ;;
	journal) source=--journal=$scratch/journal ;;
	journal.json) source=$scratch/journal.json ;;
	*) source=$2/$1.gz ;;
	esac
	case $1 in
	without-uuids) without_uuids "$2/freeswitch.log.gz" ;;
	journal | journal.json)
		[ -e "$2/journal.export.gz" ] || return 1
		truth_journal "$2/journal.export.gz" "$scratch/journal"
		truth_print json "$scratch/journal" "$scratch/journal.json"
		;;
	*) [ -e "$2/$1.gz" ] || return 1 ;;
	esac
	truth_settled "$source" >"$scratch/events"
}

# forgeable NAME: no more than one in twenty
forgeable()
{
	doubt=$(awk -F '\t' '$7 == "forgeable"' "$scratch/events" | grep -c .)
	all=$(grep -c . "$scratch/events")
	if [ $((doubt * 20)) -le "$all" ]; then
		ok "$1: $doubt of $all events are forgeable"
	else
		not_ok "$1: $doubt of $all events are forgeable"
	fi
}

# rules SCENARIO PARTY…: these raise alerts, and nobody else does
rules()
{
	scenario=$1
	shift
	"$sipvigil" backtest --rules-dir "$top_srcdir/etc/rules.d" "$corpus/$scenario/freeswitch.log.gz" |
		awk '$2 == "WARNING" || $2 == "CRITICAL" { print $4 }' | sort -u >"$scratch/raised"
	printf '%s\n' "$@" | sort -u >"$scratch/wanted"
	if cmp -s "$scratch/wanted" "$scratch/raised"; then
		ok "$scenario: the default rules raise $*"
	else
		not_ok "$scenario: the default rules raise others"
		diff "$scratch/wanted" "$scratch/raised" | sed 's/^/# /'
	fi
}

for truth in "$corpus"/*/truth.tsv; do
	folder=$(dirname "$truth")
	scenario=$(basename "$folder")
	for name in freeswitch.log without-uuids console.log fail2ban.log syslog-iso.log \
		syslog-traditional.log journal journal.export journal.json; do
		recording "$name" "$folder" || continue
		truth_compare "$truth" "$tells" >"$scratch/table"
		count=$(grep -c . "$scratch/table")
		wrong=$(awk '$5 != $6' "$scratch/table" | grep -c .)
		if [ "$count" -gt 0 ] && [ "$wrong" -eq 0 ]; then
			ok "$scenario $name: $count of $count counts exact"
		else
			not_ok "$scenario $name: $((count - wrong)) of $count counts exact"
			awk '$5 != $6 { print "# " $1, $2, $3, $4 ": " $6 ", truly " $5 }' "$scratch/table"
		fi
		forgeable "$scenario $name"
	done
done
[ "$n" -gt 0 ] || not_ok "there are recordings"

# A log and mod_fail2ban's file of the same minutes: each attempt once
truth=$corpus/bruteforce_small/truth.tsv
"$sipvigil" events --json "$corpus/bruteforce_small/freeswitch.log.gz" \
	"$corpus/bruteforce_small/fail2ban.log.gz" >/dev/null
truth_settled "$corpus/bruteforce_small/freeswitch.log.gz" \
	"$corpus/bruteforce_small/fail2ban.log.gz" >"$scratch/events"
if truth_compare "$truth" ' * ' | awk '$5 != $6 { wrong = 1; print "# " $0 } END { exit wrong }'; then
	ok "the log and mod_fail2ban together: each attempt once"
else
	not_ok "the log and mod_fail2ban together: each attempt once"
fi

rules bruteforce_small 127.0.1.3 127.0.4.1 127.0.4.4 127.0.4.5
rules levels_warning 127.0.4.0/24 127.0.4.1 127.0.4.2 127.0.4.5 127.0.4.6
rules gateways gw404 gw503 gwbadpw gwdead gwloop gwping gwpingdead gwsilent \
	8cac38eb-3f3d-4e5b-a8a5-e56ab0bfb678
# ? is the host, whose name a log file does not tell: a third of its calls fail
rules calls_failed '?' trunk401 trunk407 trunk503
echo "1..$n"
exit $failed
