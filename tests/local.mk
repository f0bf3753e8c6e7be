# Every test speaks TAP: Criterion and fuzz programs by themselves, *.t are shell scripts.
TEST_EXTENSIONS = .t
TAP_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP_DRIVER)
LOG_COMPILER = $(top_srcdir)/build-aux/run-test
T_LOG_DRIVER = $(TAP_DRIVER)
T_LOG_COMPILER = $(top_srcdir)/build-aux/run-test
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	PACKAGE_VERSION='$(PACKAGE_VERSION)'; export PACKAGE_VERSION; \
	LC_ALL=C.UTF-8; export LC_ALL;

include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/integration/local.mk
include tests/bench/local.mk
include tests/lint/local.mk
