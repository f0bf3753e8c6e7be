# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# sipvigild killed again and again: tests/lib/killing has the programs. Source wait.sh
# first.
#
# KILLS: how many kills a scenario has, where the test does not say it; KILL_SEED: to have
# the same input and the same moments again.
: "${KILL_SEED:=$(date +%s)}"

killing_need()
{
	for program in sipvigild sipvigil; do
		[ -x "$top_builddir/$program" ] || skip_all "$top_builddir/$program is not built: run make"
	done
	command -v python3 >/dev/null || skip_all "python3 not found: apt-get install python3"
}

# killing SCENARIO KILLS [OPTION…]: its results become ours.
killing()
{
	killing_scenario=$1
	killing_kills=${KILLS:-$2}
	shift 2
	PYTHONDONTWRITEBYTECODE=1 python3 "$top_srcdir/tests/lib/killing/kill.py" "$killing_scenario" --folder "$scratch" \
		--builddir "$top_builddir" --corpus "$top_srcdir/tests/corpus/asterisk" \
		--kills "$killing_kills" --seed "$KILL_SEED" "$@" >"$scratch/told" 2>"$scratch/trouble" ||
		killing_failed=1
	while IFS= read -r killing_line; do
		case $killing_line in
		"ok - "*) ok 0 "${killing_line#ok - }" ;;
		"not ok - "*) ok 1 "${killing_line#not ok - }" ;;
		*) echo "$killing_line" ;;
		esac
	done <"$scratch/told"
	[ ! -s "$scratch/trouble" ]
	ok $? "$killing_scenario: the test itself has run"
	sed 's/^/# /' "$scratch/trouble"
}
