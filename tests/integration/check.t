#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sipvigil check: the default rules and the sample configuration are sound, every option
# stands in the sample, and mistakes end with the exit codes that scripts rely on.
builddir=${top_builddir:-.}
srcdir=${top_srcdir:-.}
sipvigil=$builddir/sipvigil
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
trap 'exit 99' HUP INT TERM
LC_ALL=C
export LC_ALL
n=0

# result STATUS DESCRIPTION [FILE]: one line of TAP; the file's text on failure.
result() {
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		[ -z "$3" ] || sed 's/^/# /' "$3"
	fi
}

# check EXIT DESCRIPTION ARGUMENT…: runs `sipvigil check` into $dir/out.
check() {
	want=$1
	what=$2
	shift 2
	"$sipvigil" check "$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" -eq "$want" ] || echo "exit $got, expected $want" >>"$dir/out"
	cat "$dir/err" >>"$dir/out"
	[ "$got" -eq "$want" ]
	result $? "$what" "$dir/out"
}

echo "rules_dir = {\"$srcdir/etc/rules.d\"}" >"$dir/rules.conf"
check 0 "the default rules are sound and pass their tests" -c "$dir/rules.conf"
if grep -q warning "$dir/out"; then
	result 1 "the default rules give no warning" "$dir/out"
else
	result 0 "the default rules give no warning"
fi

# The sample as it is installed, and with every example line switched on.
sed "s|/usr/share/sipvigil/|$srcdir/etc/|" "$srcdir/etc/sipvigil.conf" >"$dir/sample.conf"
cat "$dir/rules.conf" "$srcdir/etc/sipvigil.conf" >"$dir/plain.conf"
check 0 "the sample configuration is accepted" -c "$dir/plain.conf"
sed -E 's/^#([a-z}]|    )/\1/' "$dir/sample.conf" >"$dir/full.conf"
check 0 "the sample is accepted with every example switched on" -c "$dir/full.conf"

# Every option of the tables: the program that prints the manual knows them.
"$builddir/doc/print_facts" options >"$dir/options" 2>/dev/null
sed -n 's/^\.It Ic \([a-z_]*\)$/\1/p' "$dir/options" | sort -u >"$dir/names"
: >"$dir/missing"
while read -r name; do
	grep -qE "^#? *$name( |\$)" "$srcdir/etc/sipvigil.conf" || echo "$name" >>"$dir/missing"
done <"$dir/names"
[ -s "$dir/names" ] && [ ! -s "$dir/missing" ]
result $? "every option stands in the sample" "$dir/missing"

cat >"$dir/bad.conf" <<'END'
rules_dir = {}
grace = 30
rule "a" {
    where = "outcome = rejcted"
    by = {"peer_ip"}
    window = "5m"
    warning = "count >= 10"
}
END
check 1 "mistakes end with exit code 1" -c "$dir/bad.conf"
cat >"$dir/want" <<END
$dir/bad.conf:2:9: error: '30' has no unit
    2 | grace = 30
      |         ^~ write '30s' or '30m'
END
head -3 "$dir/out" >"$dir/got"
cmp -s "$dir/want" "$dir/got"
result $? "a mistake has file, line, column, caret and remedy" "$dir/out"
grep -q "^$dir/bad.conf:4:24: error: " "$dir/out"
result $? "a mistake inside an expression is marked there" "$dir/out"

cat >"$dir/test.conf" <<'END'
rules_dir = {}
patterns_dir = {}
rule "a" {
    where = "outcome = rejected"
    by = {"peer_ip"}
    window = "5m"
    warning = "count >= 10"
}
test "nine warn" {
    rule = "a"
    log = {"[2026-09-12 10:00:00] NOTICE[2101] chan_sip.c: Registration from '<sip:1001@pbx.example.com>' failed for '203.0.113.9:5071' - Wrong password"}
    cases = {"9 every 10s: warning at 80s"}
}
END
check 1 "a failed test ends with exit code 1" -c "$dir/test.conf"
grep -q 'test "nine warn": failed: .*expected warning at 80s, was ok (9 of 10 in 5 min)' "$dir/out"
result $? "a failed test says what came instead" "$dir/out"
check 1 "the same as JSON" -c "$dir/test.conf" --json
grep -q '"kind":"test","name":"nine warn".*"passed":false.*"counted":9}' "$dir/out" &&
	grep -q '{"kind":"summary","errors":0,"warnings":0,"tests":1,"failed":1}' "$dir/out"
result $? "JSON has the test and the summary" "$dir/out"

check 3 "a file that is not there ends with exit code 3" -c "$dir/none.conf"
check 2 "wrong usage ends with exit code 2" --nonsense
check 2 "an operand ends with exit code 2" "$dir/bad.conf"
check 0 "help" --help
echo "1..$n"
