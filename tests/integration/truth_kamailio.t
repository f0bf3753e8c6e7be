#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `sipvigil events` makes of recordings of Kamailio and OpenSIPS, in every encoding in
# which one was recorded, against what truly happened (tests/corpus/kamailio/*/truth.tsv,
# taken from the wire and from the programs that made the calls): all failures, no other
# ones, each once, for the right party.
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir/build}"
sipvigil=$top_builddir/sipvigil
corpus=$top_srcdir/tests/corpus/kamailio
remote=/lib/systemd/systemd-journal-remote

skip() { echo "1..0 # SKIP $1"; exit 77; }
command -v jq >/dev/null || skip "jq is not installed: apt-get install jq"
[ -x "$remote" ] || skip "no systemd-journal-remote: apt-get install systemd-journal-remote"

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
n=0

# counts SOURCE…: "leg party code outcome attempts" a line
counts()
{
	"$sipvigil" events --json "$@" | jq -r 'select(.failure) |
		[.leg // "-", .peer_ip // "-", (.code // "-" | tostring), .outcome, .count] | @tsv' |
		awk -F '\t' -v OFS='\t' '{ n[$1 OFS $2 OFS $3 OFS $4] += $5 } END { for (k in n) print k, n[k] }' |
		LC_ALL=C sort
}

# check NAME TRUTH SOURCE…
check()
{
	name=$1 truth=$2
	shift 2
	n=$((n + 1))
	grep -v '^#' "$truth" | LC_ALL=C sort >"$scratch/want"
	counts "$@" >"$scratch/got"
	rows=$(grep -c . "$scratch/want")
	if diff "$scratch/want" "$scratch/got" >"$scratch/diff" && [ "$rows" -gt 0 ]; then
		echo "ok $n - $name: $rows of $rows counts exact, nothing else"
	else
		echo "not ok $n - $name"
		sed 's/^/# /' "$scratch/diff"
	fi
	# Addresses are the proxy's own text here: a doubt would be one too many. (The first
	# lines of an unknown accounting format excepted: there are none.)
	n=$((n + 1))
	doubts=$("$sipvigil" events --json "$@" | grep -c '"attribution":"forgeable"')
	[ "$doubts" -eq 0 ] || printf 'not '
	echo "ok $n - $name: $doubts events in doubt"
}

for truth in "$corpus"/*/truth.tsv; do
	dir=$(dirname "$truth") scenario=$(basename "$(dirname "$truth")")
	for file in "$dir"/*.log.gz; do
		check "$scenario $(basename "$file" .log.gz)" "$truth" "$file"
	done
	rm -rf "$scratch/journal" && mkdir "$scratch/journal"
	gzip -dc "$dir/journal.export.gz" | $remote -o "$scratch/journal/x.journal" - >/dev/null 2>&1
	check "$scenario journal" "$truth" "--journal=$scratch/journal"
	check "$scenario journal.export" "$truth" "$dir/journal.export.gz"
	journalctl -q --all --merge -D "$scratch/journal" -o json >"$scratch/journal.json"
	check "$scenario journal.json" "$truth" "$scratch/journal.json"
	# a file and the journal tell of the same attempts
	check "$scenario file and journal" "$truth" "$dir/iso.log.gz" "--journal=$scratch/journal"
done
echo "1..$n"
