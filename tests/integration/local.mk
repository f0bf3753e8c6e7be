# tests/integration
TESTS += tests/integration/language.t
EXTRA_DIST += tests/integration/language.t
include tests/integration/output.mk
