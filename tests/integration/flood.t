#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A quarter of a million spoofed sources fill all memory that the rules may use. Two
# attackers who come after them must raise all the same.
: "${top_srcdir:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${top_builddir:=$top_srcdir/build}"
sipvigil=$top_builddir/sipvigil

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
awk 'function say(sec, user, ip) {
	printf "[2026-11-22 10:00:%02d] NOTICE[466] chan_sip.c: Registration from \047<sip:%s@pbx>\047 failed for \047%s:5060\047 - Wrong password\n", sec, user, ip
}
BEGIN {
	for (sec = 0; sec < 12; sec++)
		for (i = 0; i < 20000; i++) {
			n++
			say(sec, "u" n, "10." int(n / 65536) "." int(n / 256) % 256 "." n % 256)
		}
	for (k = 0; k < 15; k++) {
		say(13 + k, "1005", "203.0.113.9")
		say(13 + k, "1005", "198.51.100.7")
	}
}' >"$scratch/log"
TZ=UTC "$sipvigil" backtest --rules-dir "$top_srcdir/etc/rules.d" "$scratch/log" >"$scratch/found"

n=0 failed=0
ok()
{
	n=$((n + 1))
	if grep -q "$2" "$scratch/found"; then
		echo "ok $n - $1"
	else
		failed=1
		echo "not ok $n - $1"
		tail -n 3 "$scratch/found" | sed 's/^/# /'
	fi
}
ok "memory was short" 'keys were given up for the memory limit'
for ip in 203.0.113.9 198.51.100.7; do
	ok "$ip raises auth-bruteforce" "10:00:22 .*auth-bruteforce *$ip"
	ok "$ip raises scan" "10:00:15 .*scan *$ip"
done

# In little memory those who do much are found by their share of all, also when every
# address that was there before has more than they have so far.
cat >"$scratch/conf" <<'EOF'
rules_dir = {}
max_memory = "1M"
rule "guessing" {
    where   = "outcome = rejected"
    by      = {"peer_ip"}
    window  = "10m"
    warning = "count >= 50"
}
EOF
awk 'function say(ip) {
	sec = int(++lines / 400)
	printf "[2026-11-22 10:%02d:%02d] NOTICE[466] chan_sip.c: Registration from \047<sip:1001@pbx>\047 failed for \047%s:5060\047 - Wrong password\n", int(sec / 60), sec % 60, ip
}
BEGIN {
	for (i = 0; i < 6000; i++)
		for (k = 0; k < 8; k++)
			say("10.8." int(i / 250) "." i % 250)
	for (i = 0; i < 48000; i++) {
		say("10." 16 + int(i / 62500) "." int(i / 250) % 250 "." i % 250)
		if (i % 40 == 0)
			say("203.0.113." 1 + i / 40 % 10)
	}
}' >"$scratch/log"
TZ=UTC "$sipvigil" backtest -c "$scratch/conf" "$scratch/log" >"$scratch/found"
ok "little memory was short" '[0-9] keys were given up for the memory limit'
found=$(grep -c 'guessing  *203\.0\.113\.' "$scratch/found")
others=$(grep -c 'guessing  *10\.' "$scratch/found")
echo "$found found, $others others" >>"$scratch/found"
ok "ten of ten are found, and nobody else" '^10 found, 0 others'
echo "1..$n"
exit "$failed"
