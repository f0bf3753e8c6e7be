# tests/lint: what compilers do not see. The quick checks run with `make check`, the layers
# with every make, the tools of style (clang-format, clang-tidy, cppcheck, shellcheck) with
# `make lint`.
quick_lints = tests/lint/layers.t tests/lint/headers.t tests/lint/symbols.t tests/lint/unit.t tests/lint/rules.t
style_lints = tests/lint/words.t tests/lint/sizes.t tests/lint/names.t tests/lint/format.t tests/lint/scripts.t \
	tests/lint/tidy.t tests/lint/cppcheck.t tests/lint/messages.t tests/lint/man.t
TESTS += $(quick_lints)
EXTRA_DIST += $(quick_lints) $(style_lints) .clang-format .clang-tidy tests/lint/layers tests/lint/lib.sh
AM_TESTS_ENVIRONMENT += \
	LINT_CC='$(CC)'; export LINT_CC; \
	LINT_CFLAGS='-std=gnu17 $(SYSTEMD_CFLAGS) $(RDKAFKA_CFLAGS) $(CONFUSE_CFLAGS) $(JANSSON_CFLAGS) $(ARCHIVE_CFLAGS) $(SQLITE_CFLAGS)'; export LINT_CFLAGS;

all-local: layers
.PHONY: layers
layers:
	@$(srcdir)/tests/lint/layers $(srcdir)

# The same harness, other tests: results and counts look alike.
.PHONY: lint
lint:
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS='$(style_lints)' TEST_SUITE_LOG=lint.log
