# What is made of the recordings in tests/corpus, against what truly happened.
TESTS += tests/integration/truth.t tests/integration/truth_kamailio.t tests/integration/flood.t
EXTRA_DIST += tests/integration/truth.t tests/integration/truth_kamailio.t tests/integration/flood.t tests/integration/truth.mk tests/corpus
# A real Kamailio, called by SIPp.
TESTS += tests/integration/kamailio.t tests/integration/kamailio_calls.t
EXTRA_DIST += tests/integration/kamailio.t tests/integration/kamailio_calls.t
TESTS += tests/integration/truth_freeswitch.t tests/integration/forge_freeswitch.t
EXTRA_DIST += tests/integration/truth_freeswitch.t tests/lib/truth.sh tests/integration/forge_freeswitch.t \
	tests/lib/forge_freeswitch.py
TESTS += tests/integration/truth_sipmsg.t
EXTRA_DIST += tests/integration/truth_sipmsg.t
# Every recording in every encoding through the daemon and its syslog receiver.
TESTS += tests/integration/truth_syslog.t tests/integration/rsyslog.t
EXTRA_DIST += tests/integration/truth_syslog.t tests/integration/rsyslog.t tests/lib/replay.py
# The default rules over them.
TESTS += tests/integration/rules.t tests/integration/rule_limits.t
EXTRA_DIST += tests/integration/rules.t tests/integration/rule_limits.t tests/data/default-rules.conf
