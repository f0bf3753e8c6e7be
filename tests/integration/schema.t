#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the programs print is what the published schemas say: events and transitions of
# recorded logs, and of the outputs.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"

publish=$top_builddir/tests/integration/publish
sipvigil=$top_builddir/sipvigil
[ -x "$publish" ] || skip_all "$publish is not built: make check builds it"
python3 -c 'import jsonschema' 2>/dev/null ||
	skip_all "python3-jsonschema not found: apt-get install python3-jsonschema"
tap_notes=$scratch/mistakes

valid()
{
	python3 "$top_srcdir/tests/lib/validate.py" "$top_srcdir/doc/schema/$1" "$2" >"$scratch/mistakes" 2>&1
}

printf '%s\n' "alert firing critical carrier-a 1 SIP trunks" "alert unknown unknown carrier-a 2 SIP trunks" \
	"alert resolved ok carrier-a 3 SIP trunks" |
	"$publish" stream "$scratch/alerts" >/dev/null
try "transitions of a stream" valid alert-1.json "$scratch/alerts"
printf 'event 1001\nevent a"b\\\303\n' | "$publish" events "$scratch/events" >/dev/null
try "events of a stream" valid event-1.json "$scratch/events"

recorded=$(find "$top_srcdir/tests/corpus" "$top_srcdir/examples" -name '*.log' 2>/dev/null | LC_ALL=C sort)
if [ -n "$recorded" ] && [ -x "$sipvigil" ]; then
	echo "rules_dir = {\"$top_srcdir/etc/rules.d\"}" >"$scratch/conf"
	for log in $recorded; do
		"$sipvigil" events --json --raw "$log" >>"$scratch/raw" 2>/dev/null
		"$sipvigil" events --json "$log" >>"$scratch/settled" 2>/dev/null
		"$sipvigil" backtest -c "$scratch/conf" --json "$log" >>"$scratch/transitions" 2>/dev/null
	done
	try "raw events of the recorded logs" valid event-1.json "$scratch/raw"
	try "settled events of the recorded logs" valid event-1.json "$scratch/settled"
	try "transitions of the recorded logs" valid alert-1.json "$scratch/transitions"
fi
finish
