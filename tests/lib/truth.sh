# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# Recordings against the truth: for scripts that run from tests/integration. Wants
# $sipvigil and a scratch folder $scratch.

truth_skip() { echo "1..0 # SKIP $1"; exit 77; }
truth_remote=/lib/systemd/systemd-journal-remote
command -v jq >/dev/null || truth_skip "jq is not installed: apt-get install jq"
[ -x "$truth_remote" ] || truth_skip "no systemd-journal-remote: apt-get install systemd-journal-remote"

# truth_settled SOURCE… : "leg method party outcome count" a line, party by address and by
# name; failures alone
truth_settled()
{
	"${sipvigil:?}" events --json "$@" | truth_rows
}

# truth_rows <EVENTS.json: the same of events that are there already
truth_rows()
{
	jq -r 'select(.failure) |
		[.leg // "-", .method // "-", .peer_ip // "-", .peer // "-", .outcome, .count, .attribution // "-"] | @tsv'
}

# truth_journal EXPORT.gz FOLDER: a real journal of it
truth_journal()
{
	rm -rf "$2" && mkdir "$2"
	gzip -dc "$1" | $truth_remote -o "$2/x.journal" - >/dev/null 2>&1
}

# truth_print FORM FOLDER FILE: what journalctl prints of that journal
truth_print()
{
	journalctl -q --all --merge -D "$2" -o "$1" >"$3"
}

# truth_contain FORM FILE.gz: its lines as a container runtime keeps them ("docker": a
# json-file, "cri"), twenty a second, every seventh of them in two parts
truth_contain()
{
	gzip -dc "$2" | jq -R -r --arg form "$1" '
		def wrapped(time; part; text): if $form == "cri"
			then "\(time) stdout \(part) \(text)"
			else {log: (text + if part == "F" then "\n" else "" end), stream: "stdout", time: time} | tojson end;
		((1795374920 + input_line_number / 20 | floor | strftime("%Y-%m-%dT%H:%M:%S"))
			+ ".\(100000000 + input_line_number % 20 * 40000000)Z") as $time |
		if input_line_number % 7 == 0 and length > 40
		then wrapped($time; "P"; .[:40]), wrapped($time; "F"; .[40:])
		else wrapped($time; "F"; .) end'
}

# truth_compare: rows that the lines at hand can tell, with what was counted
# ($scratch/events). TELLS is a list of words with a blank around each. LIVE: of an attempt
# that was told at once the method may be unknown.
truth_compare() # TRUTH.tsv TELLS [LIVE]
{
	awk -F '\t' -v tells="$2" -v live="${3:+yes}" '
	FNR == NR { leg[NR] = $1; method[NR] = $2; ip[NR] = $3; peer[NR] = $4
		outcome[NR] = $5; count[NR] = $6; events = NR; next }
	/^#/ || index(tells, " " $6 " ") == 0 { next }
	{
		got = 0
		for (i = 1; i <= events; i++) {
			if (leg[i] != $1 || ($2 != "*" && method[i] != $2 && !(live && $5 > 0 && method[i] == "-"))) continue
			if (ip[i] != $3 && peer[i] != $3) continue
			if ($4 != "*" && index("," $4 ",", "," outcome[i] ",") == 0) continue
			got += count[i]
		}
		print $1, $2, $3, $4, $5, got
	}' "${scratch:?}/events" "$1"
}

# truth_differs TRUTH.tsv N <ROWS: rows of N columns and a count, against a truth of the same
# shape that lists all there is: what is wrong
truth_differs()
{
	awk -F '\t' -v n="$2" '
	function key(i, k) { for (k = $1, i = 2; i <= n; i++) k = k " " $i; return k }
	FNR == NR { got[key()] += $(n + 1); next }
	/^#/ { next }
	{
		k = key()
		if (got[k] + 0 != $(n + 1)) print k ": " got[k] + 0 ", truly " $(n + 1)
		delete got[k]
	}
	END { for (k in got) print k ": " got[k] ", truly 0" }' - "$1"
}
