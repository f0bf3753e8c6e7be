#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `sipvigil events` makes of recordings of real PBXes, over every file and format in
# which one was recorded, against what truly happened (tests/corpus/asterisk/*/truth.tsv,
# taken from the wire and from the programs that made the calls). A dot in the table is
# exact, a number is what was counted instead.
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir/build}"
sipvigil=$top_builddir/sipvigil
corpus=$top_srcdir/tests/corpus/asterisk
remote=/lib/systemd/systemd-journal-remote

skip() { echo "1..0 # SKIP $1"; exit 77; }
command -v jq >/dev/null || skip "jq is not installed: apt-get install jq"
[ -x "$remote" ] || skip "no systemd-journal-remote: apt-get install systemd-journal-remote"

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
n=0 failed=0

# settled SOURCE… : "leg method party outcome count" a line, party by address and by name
settled()
{
	"$sipvigil" events --json "$@" | jq -r 'select(.failure) |
		[.leg // "-", .method // "-", .peer_ip // "-", .peer // "-", .outcome, .count] | @tsv'
}

# recording NAME SCENARIO: its sources, and what kind of lines they hold
recording()
{
	dir=$corpus/$2 tells=' * '
	case $1 in
	messages) files=messages ;;
	messages+security) files='messages security' tells="$tells security " ;;
	full+security) files='full security' tells="$tells security verbose " ;;
	full) files=full tells="$tells verbose " ;;
	*) files=$1 ;;
	esac
	case $1 in
	full_json | full_plain) tells="$tells verbose " ;;
	esac
	# one scenario has security and verbose lines in every file
	case $2/$1 in
	formats_*/messages | formats_*/console.log) ;;
	formats_*) tells="$tells security verbose " ;;
	*/syslog* | */journal) tells="$tells security " ;;
	esac
	set --
	for file in $files; do
		if [ "$file" = journal ]; then
			[ -e "$dir/journal.export.gz" ] || return 1
			rm -rf "$scratch/journal" && mkdir "$scratch/journal"
			gzip -dc "$dir/journal.export.gz" |
				$remote -o "$scratch/journal/x.journal" - >/dev/null 2>&1
			set -- "$@" "--journal=$scratch/journal"
		else
			[ -e "$dir/$file.gz" ] || return 1
			set -- "$@" "$dir/$file.gz"
		fi
	done
	settled "$@" >"$scratch/events"
}

# Rows of truth.tsv that the lines at hand can tell, with what was counted.
compare()
{
	awk -F '\t' -v tells="$2" '
	FNR == NR { leg[NR] = $1; method[NR] = $2; ip[NR] = $3; peer[NR] = $4
		outcome[NR] = $5; count[NR] = $6; events = NR; next }
	/^#/ || index(tells, " " $6 " ") == 0 { next }
	{
		got = 0
		for (i = 1; i <= events; i++) {
			if (leg[i] != $1 || ($2 != "*" && method[i] != $2)) continue
			if (ip[i] != $3 && peer[i] != $3) continue
			if ($4 != "*" && index("," $4 ",", "," outcome[i] ",") == 0) continue
			got += count[i]
		}
		print $1, $2, $3, $4, $5, got
	}' "$scratch/events" "$1"
}

for truth in "$corpus"/*/truth.tsv; do
	scenario=$(basename "$(dirname "$truth")")
	for name in messages messages+security full full+security syslog-traditional.log \
		syslog-5424.log syslog-iso.log full_json full_plain console.log journal; do
		recording "$name" "$scenario" || continue
		compare "$truth" "$tells" >"$scratch/table"
		rows=$(grep -c . "$scratch/table")
		[ "$rows" -gt 0 ] || continue
		wrong=$(awk '$5 != $6' "$scratch/table" | grep -c .)
		n=$((n + 1))
		if [ "$wrong" -eq 0 ]; then
			echo "ok $n - $scenario $name: $rows of $rows counts exact"
		else
			failed=1
			echo "not ok $n - $scenario $name: $((rows - wrong)) of $rows counts exact"
			awk '$5 != $6 { print "# " $1, $2, $3, $4 ": " $6 ", truly " $5 }' "$scratch/table"
		fi
		awk '{ printf "#   %-3s %-9s %-15s %-36s %3d %s\n", $1, $2, $3, $4, $5, ($5 == $6 ? "." : $6) }' \
			"$scratch/table" >>"$scratch/all"
	done
done
[ "$n" -gt 0 ] || { echo "not ok 1 - there are recordings"; n=1 failed=1; }
echo "1..$n"
exit $failed
