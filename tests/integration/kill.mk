# Nothing is lost, nothing is counted twice: the daemon is killed, again and again.
kill_tests = tests/integration/kill.t tests/integration/kill_live.t tests/integration/kill_journal.t \
	tests/integration/kill_kafka.t tests/integration/kill_restart.t tests/integration/kill_systemd.t
TESTS += $(kill_tests)
EXTRA_DIST += $(kill_tests) tests/lib/killing.sh tests/lib/killing/kill.py tests/lib/killing/homes.py \
	tests/lib/killing/judge.py tests/lib/killing/live.py tests/lib/killing/tape.py
