# One Criterion program per module: tests/unit/test_<module>.c. Each room lists its own.
unit_tests =
unit_ldadd = libsipvigil.la $(CRITERION_LIBS)
include tests/unit/base.mk
include tests/unit/input.mk
include tests/unit/dialect.mk
include tests/unit/expr.mk
include tests/unit/engine.mk
include tests/unit/conf.mk
include tests/unit/output.mk
include tests/unit/sip.mk
include tests/unit/ctl.mk
include tests/unit/doctor.mk
include tests/unit/store.mk
include tests/unit/state.mk
if HAVE_CRITERION
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
