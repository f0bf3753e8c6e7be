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
. "$top_srcdir/tests/lib/truth.sh"

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
n=0 failed=0

# recording NAME SCENARIO: its sources, and what kind of lines they hold
recording()
{
	dir=$corpus/$2 tells=' * '
	case $1 in
	messages) files=messages ;;
	messages+security) files='messages security' tells="$tells security " ;;
	full+security) files='full security' tells="$tells security verbose " ;;
	full) files=full tells="$tells verbose " ;;
	docker | cri) files=contained ;;
	*) files=$1 ;;
	esac
	case $1 in
	full_json | full_plain) tells="$tells verbose " ;;
	esac
	# one scenario has security and verbose lines in every file
	case $2/$1 in
	formats_*/messages | formats_*/console.log | formats_*/docker | formats_*/cri) ;;
	formats_*) tells="$tells security verbose " ;;
	*/syslog* | */journal*) tells="$tells security " ;;
	esac
	set --
	for file in $files; do
		[ "$file" != contained ] || [ -e "$dir/console.log.gz" ] || return 1
		[ "$file" = contained ] || [ -e "$dir/${file%.json}.gz" ] || [ -e "$dir/${file%.json}.export.gz" ] || return 1
		case $file in
		journal)
			truth_journal "$dir/journal.export.gz" "$scratch/journal"
			set -- "$@" "--journal=$scratch/journal"
			;;
		journal.json)
			truth_journal "$dir/journal.export.gz" "$scratch/journal"
			truth_print json "$scratch/journal" "$scratch/journal.json"
			set -- "$@" "$scratch/journal.json"
			;;
		contained)
			truth_contain "$name" "$dir/console.log.gz" >"$scratch/contained"
			set -- "$@" "$scratch/contained"
			;;
		*) set -- "$@" "$dir/$file.gz" ;;
		esac
	done
	truth_settled "$@" >"$scratch/events"
}

for truth in "$corpus"/*/truth.tsv; do
	scenario=$(basename "$(dirname "$truth")")
	for name in messages messages+security full full+security syslog-traditional.log \
		syslog-5424.log syslog-iso.log full_json full_plain console.log docker cri \
		journal journal.export journal.json; do
		recording "$name" "$scenario" || continue
		truth_compare "$truth" "$tells" >"$scratch/table"
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
