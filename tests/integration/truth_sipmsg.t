#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One run of SIP traffic as every capture tool shows it (tests/corpus/sipmsg), against what
# truly happened, counted from the packets. Each text must give the same attempts: no
# failure less, none more, none for a party that only stands in a body. A dot in the
# table is exact.
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir/build}"
sipvigil=$top_builddir/sipvigil
corpus=$top_srcdir/tests/corpus/sipmsg

command -v jq >/dev/null || { echo "1..0 # SKIP jq is not installed: apt-get install jq"; exit 77; }

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
n=0 failed=0

ok()
{
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; failed=1; fi
}

# settled OPTION… FILE: "leg method party outcome code count" a line
settled()
{
	"$sipvigil" events --json "$@" | jq -r 'select(.outcome != "abandoned") |
		[.leg // "-", .method // "-", .peer_ip // "-", .outcome, .code // 0, .count // 1] | @tsv'
}

# compare NAME TRUTH: rows that are wrong. What a file cannot tell is not compared.
compare()
{
	awk -F '\t' -v name="$1" '
	FNR == NR { got[$1 FS $2 FS $3 FS $4 FS $5] += $6; next }
	/^#/ { next }
	{
		key = $1 FS $2 FS $3 FS $4 FS $5
		k = split($7, lacks, ",")
		for (i = 1; i <= k; i++)
			if (index(name, lacks[i]) == 1) { delete got[key]; next }
		if (got[key] + 0 != $6) print key ": " got[key] + 0 ", truly " $6
		delete got[key]
	}
	END { for (key in got) print key ": " got[key] ", truly 0" }' "$scratch/events" "$2"
}

for file in "$corpus"/*.gz; do
	name=$(basename "$file" .gz)
	truth=$corpus/truth.tsv
	case $name in kamailio*) truth=$corpus/truth-xlog.tsv ;; esac
	rows=$(grep -vc '^#' "$truth")
	for how in told learned; do
		set --
		[ $how = learned ] || set -- --local 127.0.0.1 --local ::1
		settled "$@" "$file" >"$scratch/events"
		compare "$name" "$truth" >"$scratch/wrong"
		[ -s "$scratch/events" ] && [ ! -s "$scratch/wrong" ]
		ok $? "$name, the PBX's addresses $how: $rows counts"
		sed 's/^/# /' "$scratch/wrong"
	done
done

# Kamailio's own lines about the same calls count nothing twice.
gzip -dc "$corpus/kamailio.rfc3164.log.gz" | awk '
	{ print }
	/SIP sent udp:[^ ]* -> [^ ]* SIP\/2.0 (4|5|6)[0-9][0-9] / {
		text = $0
		sub(/.* -> /, "", text); to = text; sub(/: .*/, "", to); split(to, end, ":")
		sub(/^[^ ]* SIP\/2.0 /, "", text); code = substr(text, 1, 3)
		id = $0; sub(/.*#012Call-ID: /, "", id); sub(/#.*/, "", id)
		head = $0; sub(/INFO: .*/, "", head)
		print head "NOTICE: acc [acc.c:279]: acc_log_request(): ACC: transaction answered: " \
			"timestamp=1795380284;method=INVITE;from_tag=a;to_tag=b;call_id=" id ";code=" code \
			";reason=x;src_user=a;src_domain=b;src_ip=" end[1] ";dst_ouser=c;dst_user=d;dst_domain=e"
	}' >"$scratch/both.log"
[ "$("$sipvigil" events -d kamailio --raw --json "$scratch/both.log" | grep -c '"failure":true')" -ge 20 ]
ok $? "the acc lines tell of the failures as well"
settled "$scratch/both.log" >"$scratch/events"
compare kamailio "$corpus/truth-xlog.tsv" >"$scratch/wrong"
[ ! -s "$scratch/wrong" ]
ok $? "xlog and acc in one log: one event an attempt"
sed 's/^/# /' "$scratch/wrong"

# Texts in which a sender can write what looks like a record say so, the others do not.
for file in "$corpus"/*.gz; do
	name=$(basename "$file" .gz)
	case $name in
	tshark* | tcpdump-v* | tcpdump-n*) want=certain ;;
	*) want=forgeable ;;
	esac
	got=$("$sipvigil" events --json "$file" | jq -r '.attribution // "certain"' | sort -u)
	[ "$got" = "$want" ]
	ok $? "$name: attribution is $want"
done

echo "1..$n"
exit $failed
