# tests/integration
TESTS += tests/integration/language.t tests/integration/codes.t
EXTRA_DIST += tests/integration/language.t tests/integration/codes.t
TESTS += tests/integration/check.t tests/integration/mistakes.t
EXTRA_DIST += tests/integration/check.t tests/integration/mistakes.t tests/data/rule-mistakes.txt
TESTS += tests/integration/measures.t
EXTRA_DIST += tests/integration/measures.t
include tests/integration/output.mk
include tests/integration/input.mk
include tests/integration/daemon.mk
include tests/integration/truth.mk
include tests/integration/kill.mk
TESTS += tests/integration/patterns.t tests/integration/tutorial.t
EXTRA_DIST += tests/integration/patterns.t tests/integration/tutorial.t
