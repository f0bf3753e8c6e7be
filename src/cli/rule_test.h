/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one case of a rule test: its log is read by a stream once an occurrence, the
 * events are set to the time at which the case wants them, and go through ledger and
 * engine with that rule alone. No clock: the first occurrence is at a fixed time.
 */
#pragma once

#include "conf/conf.h"

#include <sipvigil/alert.h>

struct registry;

struct rule_test_result {
	bool passed;
	enum sv_severity worst; /* that the rule came to */
	sv_usec worst_after;    /* µs from the first occurrence to it */
	uint64_t counted;       /* events that the rule counted */
	uint64_t events;        /* settled events that the log yielded */
	double share; /* how near the rule came to its limit: 1 = there; 0 = not at all */
	char near[96]; /* "9 of 10 in 5 min", "" = nothing was counted */
};

/** 0; -ENOENT: the test's rule is not among conf's rules; -EINVAL: the engine refuses
 *  the rule; -ENOMEM. */
int rule_test_run(const struct conf *conf, const struct registry *registry,
		  const struct test_spec *test, const struct test_case *one,
		  struct rule_test_result *ret_result);
