# tests/lint: what compilers do not see. The quick checks run with `make check`, the layers
# with every make, the tools of style (clang-format, clang-tidy, cppcheck, shellcheck) with
# `make lint`.
quick_lints = tests/lint/layers.t tests/lint/headers.t tests/lint/symbols.t tests/lint/words.t
TESTS += $(quick_lints)
EXTRA_DIST += $(quick_lints) tests/lint/layers tests/lint/lib.sh
AM_TESTS_ENVIRONMENT += \
	LINT_CC='$(CC)'; export LINT_CC; \
	LINT_CFLAGS='-std=gnu17 $(SYSTEMD_CFLAGS) $(RDKAFKA_CFLAGS) $(CONFUSE_CFLAGS) $(JANSSON_CFLAGS) $(ARCHIVE_CFLAGS)'; export LINT_CFLAGS;

all-local: layers
.PHONY: layers
layers:
	@$(srcdir)/tests/lint/layers $(srcdir)
