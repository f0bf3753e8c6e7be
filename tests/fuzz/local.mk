# Fuzz targets, listed by the room they belong to in tests/fuzz/<room>.mk:
#
#   fuzz_targets += tests/fuzz/fuzz_NAME
#   tests_fuzz_fuzz_NAME_SOURCES = tests/fuzz/fuzz_NAME.c $(fuzz_driver)
#   tests_fuzz_fuzz_NAME_LDFLAGS = $(fuzz_ldflags)
#   tests_fuzz_fuzz_NAME_LDADD = libsipvigil.la
#
# The seeds are the files in tests/fuzz/seeds/NAME/. `make check` replays them with the
# driver; with ./configure --enable-fuzzer CC=clang the same targets are libFuzzer programs:
# tests/fuzz/fuzz_NAME -max_total_time=60 NEW-CORPUS $(srcdir)/tests/fuzz/seeds/NAME
fuzz_targets =
if ENABLE_FUZZER
fuzz_driver = tests/fuzz/fuzz.h tests/fuzz/lines.h
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_driver = tests/fuzz/fuzz.h tests/fuzz/lines.h tests/fuzz/driver.c
fuzz_ldflags = $(AM_LDFLAGS)
endif
include tests/fuzz/base.mk
include tests/fuzz/expr.mk
include tests/fuzz/sip.mk
include tests/fuzz/dialect.mk
include tests/fuzz/conf.mk
include tests/fuzz/doctor.mk
include tests/fuzz/ctl.mk
include tests/fuzz/store.mk
include tests/fuzz/input.mk
check_PROGRAMS += $(fuzz_targets)
if !ENABLE_FUZZER
TESTS += $(fuzz_targets)
endif
EXTRA_DIST += tests/fuzz/seeds
