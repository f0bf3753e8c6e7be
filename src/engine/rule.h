/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules: what is counted per key, and from which limits on it is an alert.
 *
 * `struct rule_spec` is the plain form that configuration fills (conf/rules.c) and
 * engine_new() copies. All times are µs. Texts are UTF-8, NUL-terminated, owned by the
 * caller until engine_new() returns.
 */
#pragma once

#include <expr/expr.h>

/** As SV_ALERT_MAX_KEY_PARTS. */
#define RULE_MAX_KEYS 4
#define RULE_MAX_EXCEPT 8
/** Rules that one rule holds back. */
#define RULE_MAX_INHIBITS 16

enum rule_mode { RULE_PAGE, RULE_TICKET, RULE_OBSERVE, RULE_OFF };

struct rule_spec {
	const char *name;
	const char *ruleset; /* file it came from, "default" for the package's */
	const char *where;   /* expression; NULL or "" = every event */
	const char *by[RULE_MAX_KEYS]; /* field names; none = one key for all */
	size_t n_by;
	sv_usec window;
	const char *warning;  /* condition over measures, NULL = none */
	const char *critical; /* likewise; at least one of the two */
	const char *clear;    /* NULL: half of the lowest limit */
	sv_usec for_usec;     /* condition must hold this long; 0 = at once */
	sv_usec clear_for;    /* SV_USEC_NEVER: as long as the window */
	sv_usec cooldown;     /* after resolve; events count on, no new incident */
	sv_usec repeat;       /* an open alert is told again after it; 0 = it is not */
	const char *timezone; /* IANA name: whose hours are the same in a baseline; NULL
			       * or "" = UTC */
	const char *except[RULE_MAX_EXCEPT]; /* names of lists */
	size_t n_except;
	const char *service; /* Nagios service */
	const char *summary; /* words for the reason; may be NULL. In summary, likely
			      * and check {NAME} is replaced: a field ({peer_ip}),
			      * {count} {limit} {window} {first} {rule} {codes} {lost}
			      * {distinct_FIELD}, and with a ratio {ratio}
			      * {numerator} {denominator} {min}, with a rate {rate};
			      * {consecutive} {sequence} {new} {absent} likewise.
			      * Text of the other side comes quoted, cleaned and cut. */
	const char *likely;  /* what it probably is */
	const char *check; /* what to look at next; {peer_ip} {peer} … are filled in */
	const char *technique; /* MITRE ATT&CK id or NULL */
	enum rule_mode mode;
	/* So many of its alerts are told one by one when they are open at once, the others
	 * as one; 0 = all. Of delivery alone, like what follows. */
	uint64_t group_limit;
	/* Of delivery alone, the engine does not look at them: names of rules whose alerts
	 * are held back while one of this rule with the same key parts is open. */
	const char *inhibits[RULE_MAX_INHIBITS];
	size_t n_inhibits;
};

/** Where an entry of a list stands. */
struct list_place {
	const char *file;
	unsigned line;
};

/** A named list of addresses that rules leave out (`except`). */
struct list_spec {
	const char *name;
	const char *const *cidr; /* "192.0.2.0/24", "2001:db8::/32", single addresses */
	size_t n_cidr;
	const struct list_place *places; /* of each, for why-not; NULL = not known */
};

/** A peer section: gives addresses and endpoint names a configured name and a role. */
struct peer_spec {
	const char *name;
	const char *const *addresses; /* CIDR or single */
	size_t n_addresses;
	const char *const *endpoints; /* names in the PBX */
	size_t n_endpoints;
	const char *role; /* "trunk", "phone", … or NULL */
};

/** Condition check for `sipvigil check`, without building an engine. 0 or -EINVAL. */
int rule_condition_check(const char *text, struct expr_error *reterr_error);

/** What rules ask of each other, rule(NAME), for one of them: that there is a rule of that
 *  name, that it counts by the same fields, and that they do not ask in a circle. As
 *  rule_check(); each rule by itself is sound. */
int rule_check_named(const struct rule_spec *rules, size_t n, size_t which,
		     const char **reterr_key, struct expr_error *reterr_error);
/** Marks the rules without which `which` cannot be judged, itself too. 0, -EINVAL (a
 *  circle) or -ENOMEM. */
int rule_needs(const struct rule_spec *rules, size_t n, size_t which, bool *ret_needed);

/** For how long nothing may happen before the rule has said all: its `for`, and what it
 *  waits for with absent(). 0 for a rule that rule_check() refuses. */
sv_usec rule_patience(const struct rule_spec *rule);

/** All texts of a rule (where, by, warning, critical, clear, summary, likely, check)
 * and that its limits make sense together. 0; -EINVAL: *reterr_key is the name of the
 * key that the mistake is in ("where", …; "by" with the place in the field's name), as
 * a constant. Lists are looked up by engine_new(). */
int rule_check(const struct rule_spec *rule, const char **reterr_key,
	       struct expr_error *reterr_error);
