# tests/integration
TESTS += tests/integration/language.t tests/integration/codes.t
EXTRA_DIST += tests/integration/language.t tests/integration/codes.t
include tests/integration/output.mk
TESTS += tests/integration/language.t
EXTRA_DIST += tests/integration/language.t
include tests/integration/input.mk
