#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Logs of FreeSWITCH in which most callers forge lines in every way they have: whoever they
# blame is never blamed for certain, and each genuine refusal is still counted once. (The
# clock can be guessed once in a hundred times or more; these seeds do not.)
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir/build}"
sipvigil=$top_builddir/sipvigil

skip() { echo "1..0 # SKIP $1"; exit 77; }
command -v jq >/dev/null || skip "jq is not installed: apt-get install jq"
command -v python3 >/dev/null || skip "python3 is not installed: apt-get install python3"

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
n=0 failed=0

for mode in uuid plain; do
	for seed in 1 2 3 4 5 6 7 8 9 10; do
		n=$((n + 1))
		python3 "$top_srcdir/tests/lib/forge_freeswitch.py" "$seed" "$mode" \
			"$scratch/freeswitch.log" "$scratch/truth"
		"$sipvigil" events --json "$scratch/freeswitch.log" |
			jq -r 'select(.failure) | [.peer_ip // "-", .peer // "-", .attribution // "certain", .count] | @tsv' \
				>"$scratch/events"
		forged=$(grep -E '192\.0\.2\.' "$scratch/events" | grep -c certain)
		awk -F '\t' '$1 ~ /^198/ { n[$1] += $4 } END { for (ip in n) print ip, n[ip] }' \
			"$scratch/events" | LC_ALL=C sort >"$scratch/counted"
		LC_ALL=C sort "$scratch/truth" >"$scratch/wanted"
		if [ "$forged" -eq 0 ] && cmp -s "$scratch/wanted" "$scratch/counted"; then
			echo "ok $n - $mode, seed $seed: nobody is blamed, all is counted"
		else
			failed=1
			echo "not ok $n - $mode, seed $seed: $forged forged lines are certain"
			diff "$scratch/wanted" "$scratch/counted" | sed 's/^/# /'
		fi
	done
done
echo "1..$n"
exit $failed
