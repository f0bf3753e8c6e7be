# Drives one output by hand, for the integration tests of the outputs.
check_PROGRAMS += tests/integration/publish
tests_integration_publish_SOURCES = tests/integration/publish.c
tests_integration_publish_LDADD = libsipvigil.la
