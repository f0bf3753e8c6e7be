# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# For tests of the state on disk: a daemon with a folder of its own for it, on a disk that
# obeys (faulty.c), and what must be in alerts.db. Sourced after sipvigild.sh.
# shellcheck disable=SC2154 # scratch, log, out …: wait.sh, sipvigild.sh

state=$scratch/state
faults=$scratch/faults
database=$state/alerts.db
faulty=$(cd "$top_builddir" && pwd)/tests/lib/faulty.so

faulty_need()
{
	[ -e "$faulty" ] || skip_all "$faulty is not built: make check builds it"
}

# A daemon with a disk that obeys $faults, for its folder of state alone.
faulty_start()
{
	# AddressSanitizer wants to be the first library
	ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS} \
		FAULTY_PREFIX=$state FAULTY_CONTROL=$faults LD_PRELOAD=$faulty \
		"$sipvigild" -f -c "$conf" >>"$daemon_log" 2>&1 &
	daemon_pid=$!
	started="$started $daemon_pid"
	tenacious 30 ask status
}

# fault LINE...: from now on; fault alone: no more.
fault()
{
	if [ $# -eq 0 ]; then
		rm -f "$faults"
		return
	fi
	printf '%s\n' "$@" >"$faults.new"
	mv "$faults.new" "$faults"
}

# attack N: twelve refused attempts from the Nth address, which is two alerts.
attack() { wrong_password "203.0.113.$1" 12; }

# told N: the output has the alert of the Nth address, exactly once.
told() { [ "$(grep -F '"name":"auth-bruteforce"' "$out" | grep -cF "\"203.0.113.$1\"")" -eq 1 ]; }

# database_lacks FILE: ids that the output has and the database has not, and those that
# were told twice; both must be none.
cat >"$scratch/compare.py" <<'PYTHON'
import json, sqlite3, sys
told = [json.loads(line)["id"] for line in open(sys.argv[2])]
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
known = [row[0] for row in db.execute("SELECT id FROM transition")]
missing, twice = set(told) - set(known), len(told) - len(set(told))
print("told %d, in alerts.db %d, missing %d, told twice %d" % (len(told), len(known), len(missing), twice))
sys.exit(len(missing) != 0 or twice != 0 or len(known) != len(set(known)))
PYTHON
complete() { python3 "$scratch/compare.py" "$database" "$out" >"$scratch/said" 2>&1; }

count_said() { grep -cF -- "$1" "$daemon_log"; }

memory_empty() { says '"in_memory":0' ask status --json; }

# All waiting stops, whatever the disk does: seconds until an answer.
fresh()
{
	rm -rf "$state" "$out" "$log" "$control" "$faults"
	mkdir "$state"
	: >"$log"
	: >"$daemon_log"
	daemon_conf "checkpoint_interval = \"1s\"" \
		"file \"asterisk\" { path = {\"$log\"}  from = \"beginning\" }" \
		"stream \"out\" { path = \"$out\" }" "$@"
	sed -i "s|^state_dir = .*|state_dir = \"$state\"|" "$conf"
}
