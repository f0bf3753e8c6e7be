#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures of time and novelty by their user's way: sipvigil check with mistakes and rule
# tests, backtest over a log, the JSON that scripts read.
builddir=${top_builddir:-.}
sipvigil=$builddir/sipvigil
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 99' HUP INT TERM
LC_ALL=C
export LC_ALL
n=0

result() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$dir/out"
	fi
}

# check EXIT DESCRIPTION: runs `sipvigil check` over $dir/rules.conf into $dir/out.
check() {
	"$sipvigil" check -c "$dir/rules.conf" >"$dir/out" 2>&1
	got=$?
	[ "$got" -eq "$1" ] || echo "exit $got, expected $1" >>"$dir/out"
	[ "$got" -eq "$1" ]
	result $? "$2"
}

# says TEXT DESCRIPTION
says() {
	grep -qF -- "$1" "$dir/out"
	result $? "$2"
}

# attempt TIME USER ADDRESS: one rejected registration.
attempt() {
	echo "[2026-09-12 $1] NOTICE[2101] chan_sip.c: Registration from '\"$2\" <sip:$2@pbx.example.com>' failed for '$3:5071' - Wrong password"
}

{
	cat <<'EOF'
rules_dir = {}
rule "silent" {
    where    = "leg = in and peer_ip = 203.0.113.9"
    by       = {"peer_ip"}
    window   = "1m"
    warning  = "absent(outcome = rejected) for 5m"
    critical = "absent for 10m"
}
rule "new-user" {
    where   = "outcome = rejected"
    by      = {"prefix(16, 48)"}
    window  = "5m"
    warning = "new(user) learn 10m"
    summary = "{new} new, last {user} at {prefix}"
}
rule "guessed" {
    by       = {"peer_ip", "account"}
    window   = "15m"
    sequence = {"outcome = rejected x5", "outcome in (ok, registered)"}
    critical = "always"
}
rule "guessed-often" {
    where   = "outcome = rejected"
    by      = {"peer_ip"}
    window  = "5m"
    warning = "distinct(user having count >= 2) >= 3"
}
EOF
	cat <<EOF
test "what stays away" {
    rule  = "silent"
    log   = {"$(attempt 10:00:00 1001 203.0.113.9 | sed 's/"/\\"/g')"}
    cases = {"1: critical at 10m", "10 every 5m: critical at 55m", "10 every 4m: critical at 46m"}
}
test "five refusals and then a registration" {
    rule  = "guessed"
    log   = {"$(attempt 10:00:00 1001 203.0.113.9 | sed 's/"/\\"/g')",
             "[2026-09-12 10:00:00] VERBOSE[2101] chan_sip.c:     -- Registered SIP '1001' at 203.0.113.9:5071"}
    cases = {"4 every 30s: ok", "5 every 30s: critical at 2m"}
}
test "each once is nothing" {
    rule  = "guessed-often"
    log   = {"$(attempt 10:00:00 '{n}' 203.0.113.9 | sed 's/"/\\"/g')"}
    cases = {"20 every 4s: ok"}
}
test "each twice" {
    rule  = "guessed-often"
    log   = {"$(attempt 10:00:00 '{n}' 203.0.113.9 | sed 's/"/\\"/g')",
             "$(attempt 10:00:00 '{n}' 203.0.113.9 | sed 's/"/\\"/g')"}
    cases = {"2 every 4s: ok", "3 every 4s: warning at 8s"}
}
test "who comes after ten minutes of learning" {
    rule  = "new-user"
    log   = {"$(attempt 10:00:00 '{n}' 203.0.113.9 | sed 's/"/\\"/g')"}
    cases = {"10 every 1m: ok", "11 every 1m: warning at 10m"}
}
EOF
} >"$dir/rules.conf"
check 0 "absent, new and having are sound and pass their tests"
says "5 tests passed" "the tests were run"

{
	attempt 10:00:00 1001 203.0.113.9
	attempt 10:00:30 1001 203.0.113.9
	attempt 10:06:00 1001 203.0.113.77
	attempt 10:12:00 1001 203.0.113.77
	attempt 10:12:10 eve 203.0.113.77
	attempt 10:13:00 1001 203.0.113.9
} >"$dir/full"
"$sipvigil" backtest -c "$dir/rules.conf" --json --tz UTC "$dir/full" >"$dir/out" 2>"$dir/err"
result $? "backtest reads the log"
python3 - "$dir/out" >"$dir/told" 2>&1 <<'EOF'
import json, sys
told = []
for line in open(sys.argv[1]):
    alert = json.loads(line)
    if "rule" not in alert:
        continue
    measures = alert["sipvigil"].get("measures", [alert["sipvigil"]["measure"]])
    told.append((alert["@timestamp"][11:19], alert["rule"]["name"], alert["state"], alert["severity"],
        [(m["kind"], m["value"], m.get("warning"), m.get("critical")) for m in measures],
        alert["event"]["reason"]))
for one in told:
    print(one)
want = [
    ("10:05:30", "silent", "firing", "warning", [("absent", 300, 300, None), ("absent", 300, None, 600)],
     "nothing with outcome = rejected for 5 min (limit 5 min), last 10:00:30 UTC"),
    ("10:10:30", "silent", "changed", "critical", [("absent", 600, 300, None), ("absent", 600, None, 600)],
     "nothing for 10 min (limit 10 min), last 10:00:30 UTC"),
    ("10:12:10", "new-user", "firing", "warning", [("new", 1, 1, None)],
     '1 new, last "eve" at 203.0.0.0/16 in 5 min (limit 1 user), first 10:12:00 UTC'),
    ("10:13:00", "silent", "resolved", "ok", [("absent", 0, 300, None), ("absent", 0, None, 600)],
     "over: it came again, lasted 7 min"),
]
sys.exit(told != want)
EOF
status=$?
mv "$dir/told" "$dir/out"
result $status "what was absent and what was new, with their numbers"

cat >"$dir/rules.conf" <<'EOF'
rules_dir = {}
rule "a" { by = {"prefix(24)"} window = "5m" warning = "count >= 3" }
rule "b" { by = {"dst_prefix(3)"} window = "5m" warning = "count >= 3" }
rule "c" { by = {"peer"} window = "5m" warning = "absent(outcome = okay) for 5m" }
rule "d" { by = {"peer"} window = "1h" warning = "new(dst) learn 5m" }
rule "e" { by = {"peer"} window = "1h" warning = "distinct(user having 3) >= 5" }
rule "f" { by = {"peer"} window = "1h" warning = "absent for 5m" clear = "absent for 5m" }
rule "g" { window = "1h" critical = "always" sequence = {"outcome = rejectd x5", "outcome = ok x2"} }
rule "h" { window = "1h" critical = "always" sequence = {"failure x0", "outcome = ok"} }
rule "i" { window = "1h" critical = "always" sequence = {"failure", "outcome = ok", "failure"} }
rule "j" { window = "1h" critical = "always" }
rule "k" { window = "1h" critical = "count >= 3" sequence = {"failure x5", "outcome = ok"} }
rule "l" { window = "1h" critical = "always" clear = "always" sequence = {"failure x5", "outcome = ok"} }
EOF
check 1 "mistakes are mistakes"
says ':2:28: error: expected '"','"' and a second number' "a prefix with one number"
says ":3:19: warning: 'dst_prefix(3)' is written by the other side" "a key that is a claim"
says ":4:68: error: 'okay' is no outcome" "an outcome within absent"
says ":5:66: error: it must learn for at least as long as the window" "learning is too short"
says ":6:72: error: 'having' needs 'count >=' and a number" "having without count"
says ":7:75: error: what was absent is over when it comes again" "an absence in clear"
says ":8:69: error: 'rejectd' is no outcome" "an outcome within a step"
says ":8:96: error: only the first step says how often" "the second step says how often"
says ":9:67: error: 'x0' is no number of times" "a step that happens no time"
says ":10:86: error: a sequence has two steps" "three steps"
says ":11:38: error: 'always' needs a sequence" "always without a sequence"
says ":12:63: error: no condition of the rule asks for its sequence" "a sequence that nothing asks for"
says ":13:55: error: 'always' is no condition to end with" "always in clear"

{
	cat <<'EOF'
rules_dir = {}
rule "base" {
    where     = "outcome = rejected"
    by        = {"user", "peer_ip"}
    window    = "1m"
    warning   = "count >= 3"
    clear_for = "0s"
}
rule "more" {
    where     = "outcome = rejected"
    by        = {"peer_ip", "user"}
    window    = "1m"
    warning   = "count >= 5"
    clear_for = "0s"
}
rule "both" {
    by       = {"peer_ip", "user"}
    window   = "1m"
    warning  = "rule(base) and not rule(more)"
    critical = "rule(base) and rule(more)"
}
EOF
	cat <<EOF
test "a rule that asks for two others" {
    rule  = "both"
    log   = {"$(attempt 10:00:00 1001 203.0.113.9 | sed 's/"/\\"/g')"}
    cases = {"2 every 5s: ok", "3 every 5s: warning at 10s", "5 every 5s: critical at 20s"}
}
EOF
} >"$dir/rules.conf"
check 0 "a rule that asks for others passes its test"
for second in 00 05 10 15 20; do
	attempt 10:00:$second 1001 203.0.113.9
done >"$dir/full"
attempt 10:03:00 1002 203.0.113.9 >>"$dir/full"
"$sipvigil" backtest -c "$dir/rules.conf" --tz UTC -r both "$dir/full" 2>&1 | sed -n 's/  */ /gp' >"$dir/out"
grep -qF '10:00:10 WARNING both 203.0.113.9 "1001" base is open, more is not open' "$dir/out" &&
	grep -qF '10:00:20 CRITICAL both 203.0.113.9 "1001" base is open, more is open' "$dir/out" &&
	grep -qF 'resolved both 203.0.113.9 "1001" over: base is not open, more is not open, lasted' "$dir/out" &&
	! grep -q ' base 203' "$dir/out"
result $? "backtest -r runs the rules that it asks for and tells of it alone"

cat >"$dir/rules.conf" <<'EOF'
rules_dir = {}
rule "a" { by = {"peer_ip"} window = "1m" warning = "count >= 3 or rule(b)" }
rule "b" { by = {"peer_ip"} window = "1m" warning = "count >= 3" critical = "rule(a)" }
rule "c" { by = {"peer"} window = "1m" warning = "rule(a)" }
rule "d" { by = {"peer"} window = "1m" warning = "not rule(trunk-dwn)" }
rule "trunk-down" { by = {"peer"} window = "1m" warning = "count >= 3" }
EOF
check 1 "rules that ask in vain are mistakes"
says ":2:73: error: rules ask each other in a circle: a, b, a" "a circle and who is in it"
says ":3:83: error: rules ask each other in a circle: b, a, b" "the same from the other rule"
says ":4:56: error: 'a' counts by peer_ip, this rule by peer" "keys that do not fit"
says ":5:60: error: there is no rule 'trunk-dwn'" "a name that is none"
says "did you mean 'trunk-down'?" "and the nearest one"

cat >"$dir/rules.conf" <<'EOF'
rules_dir = {}
set "carrier-trouble" { code = {"503", "58x"} outcome = {"timeout", "congeston"} }
set "mine" { code = {"503", "580", "6xx"} outcome = {"timeout"} }
set "busy" { code = {"486"} }
set "a b" { code = {"486"} }
set "none" { }
set "two" { code = {"486 or code = 1"} }
rule "x" { where = "leg = out and @mine or outcme = ok" window = "5m" warning = "ratio(@carrier-trouble / not @MINE) >= 50% min x" }
rule "y" { window = "5m" warning = "ratio(@mine and @nope) >= 50% min 5" }
rule "z" { window = "5m" sequence = {"@mine and lg = out x5", "@mine"} critical = "always" }
stream "e" { path = "-" what = "events" where = "@mine and @bsy" }
EOF
check 1 "sets with mistakes are mistakes"
says ":2:41: error: '58x' is no code" "a class that is none"
says ":2:70: error: 'congeston' is no outcome" "an outcome that is none"
says ":4:6: error: there is a built-in set '@busy'" "a name that is taken"
says ":5:6: error: the name of a set has letters" "a name with a blank"
says ":6:6: error: a set needs 'code', 'q850' or 'outcome'" "a set of nothing"
says ":7:22: error: '486 or code = 1' is not one word" "more than a value"
says ":8:44: error: unknown field 'outcme'" "the place behind a set"
says ":8:129: error: 'min' needs a whole number" "the place behind two sets in a measure"
says ":9:53: error: there is no set '@nope'" "a set that nobody named"
says ":10:49: error: unknown field 'lg'" "the place in a step behind a set"
says ":11:60: error: there is no set '@bsy'" "the place in a filter of an output"

{
	cat <<'EOF'
rules_dir = {}
set "refused" { code = {"480"}  outcome = {"rejected"} }
rule "sets" {
    where    = "@refused or @busy"
    by       = {"peer_ip"}
    window   = "5m"
    warning  = "ratio(@refused / not @busy) >= 50% min 3"
    critical = "count >= 5"
}
EOF
	cat <<EOF
test "what is in a set counts" {
    rule  = "sets"
    log   = {"$(attempt 10:00:00 1001 203.0.113.9 | sed 's/"/\\"/g')"}
    cases = {"2 every 5s: ok", "3 every 5s: warning at 10s", "5 every 5s: critical at 20s"}
}
EOF
} >"$dir/rules.conf"
check 0 "a set of the configuration and a built-in one pass their test"

# A peer section that calls the account "desk" leaves it one account: with endpoints alone
# the refusals are not of the peer, by the address all are.
for section in 'endpoint = {"1001"}' 'address = {"203.0.113.9"}'; do
	cat >"$dir/rules.conf" <<EOF
rules_dir = {}
peer "desk" { $section }
rule "break-in" {
    where    = "leg = in"
    by       = {"account"}
    window   = "15m"
    critical = "sequence(outcome = rejected then outcome in (ok, registered)) >= 5"
}
EOF
	for i in 0 1 2 3 4; do attempt "10:0$i:00" 1001 203.0.113.9; done >"$dir/full"
	echo "[2026-09-12 10:05:00] VERBOSE[2101] chan_sip.c:     -- Registered SIP '1001' at 203.0.113.9:5071" >>"$dir/full"
	"$sipvigil" backtest -c "$dir/rules.conf" --tz UTC "$dir/full" 2>&1 | sed -n 's/  */ /gp' >"$dir/out"
	grep -q '10:05:00 CRITICAL break-in "1001" ' "$dir/out"
	result $? "an account is one whatever a peer section calls it: $section"
done
echo "1..$n"
