/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions of rules over measures:
 *
 *   condition  term | C and C | C or C | ( C )
 *   term       count >= 30          distinct(user) >= 10       rate > 20/s  (/min, /h)
 *              ratio(A) >= 10% min 20       what matches A of all that the rule counts
 *              ratio(A / B) >= 0.1          what matches A of what matches B
 *              consecutive(A) >= 10         what matches A since the last that does not
 *              sequence(A then B) >= 5      what matches A up to the newest of B
 *              distinct(user having count >= 2) >= 5
 *              absent(A) for 5m, absent for 5m   it used to come and does not now
 *              new(dst_prefix) learn 30d [>= 3]  values not seen in 30 d before
 *              rule(NAME), not rule(NAME)   an alert of that rule is open for the key
 *              count > 4x baseline(1w same-hour) min 30
 *              ratio(A) < baseline - 20pt min 50      against what is usual (baseline.h)
 *
 * A and B are expressions over events (expr/expr.h); the / between them stands alone.
 * Limits of warning and critical are >= or >, those of clear < or <=. All arithmetic is
 * on whole numbers: 7 of 100 is 7 %.
 */
#pragma once

#include "engine/baseline.h"
#include "expr/expr.h"
#include "expr/lex.h"

#include <sipvigil/alert.h>

#define MEASURES_MAX_SERIES 8
#define MEASURES_MAX_DISTINCT 4
#define MEASURES_MAX_GAUGES SV_ALERT_MAX_MEASURES
#define CONDITION_MAX_NODES 31
#define CONDITION_MAX_DEPTH 16
/** Limits are whole numbers of 1 / CONDITION_SCALE; even, so that half of one is exact.
 */
#define CONDITION_SCALE 200000000u

struct measure {
	enum sv_measure_kind kind;
	char *text;                     /* as in the rule, owned */
	uint8_t numerator, denominator; /* series; consecutive: the numerator alone;
					 * sequence: A and the newest of B */
	uint8_t distinct;               /* index in measures.distinct */
	uint8_t gauge;                  /* index in measures.gauge plus 1; 0 = none */
	uint8_t rule;                   /* index in measures.rule */
	struct baseline_spec baseline;  /* of measures of this kind */
};

/** Another rule that a condition asks for. */
struct rule_name {
	char *text;      /* owned */
	size_t pos, len; /* in the condition that asked first */
};

/** What a gauge is of (engine/gauge.h). */
struct gauge_what {
	uint8_t kind;                   /* enum gauge_kind */
	uint16_t repeats;               /* repeated */
	sv_usec span;                   /* absent: for; novelty: learn */
	const struct expr_field *field; /* whose values; NULL = of none */
	struct expr *expr;              /* owned; NULL = every event */
	char *text;                     /* of expr, owned; may be NULL */
};

/** What a rule counts for each key. series[0] is all that `where` selects. */
struct measures {
	struct measure measure[SV_ALERT_MAX_MEASURES];
	size_t n;
	struct {
		char *text;        /* owned; NULL for series 0 */
		struct expr *expr; /* owned */
		/* consecutive: another series, of what does not match this one. Nothing
		 * as old as its newest event is in this one. 0: not consecutive */
		uint8_t broken_by;
		bool breaks; /* it is such another series */
		bool newest; /* its newest event alone is kept */
	} series[MEASURES_MAX_SERIES];
	size_t n_series;
	const struct expr_field *distinct[MEASURES_MAX_DISTINCT];
	size_t n_distinct;
	struct gauge_what gauge[MEASURES_MAX_GAUGES];
	size_t n_gauges;
	struct rule_name rule[SV_ALERT_MAX_MEASURES];
	size_t n_rules;
	/* fields with numbers of their own: prefix(16, 48) */
	struct expr_field copy[MEASURES_MAX_DISTINCT + MEASURES_MAX_GAUGES];
	size_t n_copies;
	sv_usec window;
};

/** The numbers of one key at one instant. */
struct reading {
	uint32_t series[MEASURES_MAX_SERIES];
	uint32_t distinct[MEASURES_MAX_DISTINCT];
	uint32_t sequence[SV_ALERT_MAX_MEASURES]; /* of measures of this kind */
	uint32_t gauge[MEASURES_MAX_GAUGES];
	uint32_t rule[SV_ALERT_MAX_MEASURES]; /* 1 = an alert of it is open */
	struct baseline_value baseline[SV_ALERT_MAX_MEASURES]; /* likewise */
};

enum term_op { TERM_AT_LEAST, TERM_ABOVE, TERM_BELOW, TERM_AT_MOST };

struct term {
	uint8_t measure;
	uint8_t op;     /* enum term_op */
	uint32_t min;   /* ratio: least denominator; baseline: also least count */
	uint64_t limit; /* in 1 / CONDITION_SCALE; baseline: times, or points off it */
	uint64_t unit;  /* rate: µs in its unit; else 1 */
	uint16_t limit_at, limit_len; /* where its limit stands in the text */
	bool whole; /* no ratio, and `least` is known (condition_prepare) */
	uint64_t
		least; /* least number that is at or above (>=, <) or above the limit */
};

enum condition_kind { CONDITION_TERM, CONDITION_AND, CONDITION_OR };

struct condition {
	struct {
		uint8_t kind;
		uint8_t left, right; /* nodes */
		struct term term;
	} node[CONDITION_MAX_NODES];
	uint8_t n, root; /* n = 0: no condition, never holds */
};

/** Which comparisons make sense. */
enum condition_sense { CONDITION_ANY, CONDITION_RAISES, CONDITION_CLEARS };

void measures_init(struct measures *measures, sv_usec window);
void measures_done(struct measures *measures);
/** Field whose values the measure counts, or NULL. */
const struct expr_field *measures_field(const struct measures *measures,
					const struct measure *measure);
/** Index of the field among the distinct ones, added if need be; -1 = too many. */
int measures_distinct(struct measures *measures, const struct expr_field *field);

/** Parse; adds what it measures to `measures`. 0 or -EINVAL with the error. */
int condition_parse(struct condition *condition, struct measures *measures,
		    struct sv_str text, enum condition_sense sense,
		    struct expr_error *reterr_error);
bool condition_holds(const struct condition *condition, const struct measures *measures,
		     const struct reading *reading);
/** Work out term.least once the condition is final: it is then judged without long
 *  arithmetic. The measures' window is final too. */
void condition_prepare(struct condition *condition, const struct measures *measures);
/** What clears `raises` by default: each limit halved, "or" turned into "and". */
void condition_half(const struct condition *raises, const struct measures *measures,
		    struct condition *ret_clears);
/** A number of a key that must be reached before an alert has to be thought of. */
struct alarm {
	/* index, or MEASURES_MAX_SERIES + index of distinct, or MEASURES_MAX_SERIES +
	 * MEASURES_MAX_DISTINCT + index of gauge */
	uint8_t series;
	uint8_t also; /* a second one that must be reached as well */
	uint32_t least, also_least;
};
#define MEASURES_MAX_ALARMS 8
struct alarms {
	struct alarm alarm[MEASURES_MAX_ALARMS];
	uint8_t n;
	bool always; /* too many to tell */
};
/** While none of the alarms has its numbers, the condition neither holds nor rises. The
 *  condition is prepared; adds to what is there. */
void alarms_add(struct alarms *alarms, const struct condition *condition,
		const struct measures *measures);
/** Value of a measure as a fraction of whole numbers (rate: per µs; else, but for a
 *  ratio, the denominator is 1). */
void condition_value(const struct measures *measures, size_t measure,
		     const struct reading *reading, uint64_t *ret_num,
		     uint64_t *ret_den);
/** value `op` limit. */
bool condition_compares(unsigned __int128 value, enum term_op op,
			unsigned __int128 limit);
/** First term that holds (for the limit in the reason), one of another rule only if
 *  there is no other; or the first one, or NULL. */
const struct term *condition_why(const struct condition *condition,
				 const struct measures *measures,
				 const struct reading *reading);
/** First term on this measure, or NULL. */
const struct term *condition_term(const struct condition *condition, size_t measure);
/** The ratio could rise when a count falls, or what is usual change with the hour: the
 *  key must be watched. */
bool condition_rises(const struct condition *condition, const struct measures *measures,
		     const struct reading *reading);
/** Largest whole-number limit on a count, rate or distinct measure, for sizing. */
uint64_t condition_largest(const struct condition *condition,
			   const struct measures *measures, enum sv_measure_kind kind);
/** Limit as a number in the measure's own unit (ratio: 0.1). */
double term_limit(const struct term *term);
