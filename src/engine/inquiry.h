/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a rule did not raise an alert for a key: how near it came and when, and what other
 * failures of this key did not count, and why. Looks on while an engine is fed (through
 * a probe of its numbers), so what it says of numbers is what the engine counted.
 *
 *   probe_set(engine, inquiry_seen, inquiry);     numbers
 *   engine's sink → inquiry_alert()               transitions
 *   after each engine_feed() → inquiry_event()    what became of the event
 *
 * Memory: one row a reason, INQUIRY_MAX_ROWS at most; what has no row is counted in
 * `others`.
 */
#pragma once

#include "engine/probe.h"

#define INQUIRY_MAX_ROWS 24
#define INQUIRY_MAX_KEYS 4
#define INQUIRY_MAX_TESTS 16
#define INQUIRY_MAX_ALERTS 8
#define INQUIRY_TEXT_BYTES 96

/** One value ("203.0.113.9": of any field that the rule groups by), or field=value. */
struct inquiry_key {
	const struct expr_field *field; /* NULL: any of `by` */
	char value[INQUIRY_TEXT_BYTES];
	struct sv_ip ip; /* family 0: no address */
};

enum inquiry_reason {
	INQUIRY_TEST,  /* a part of `where` does not hold */
	INQUIRY_LIST,  /* in a list of `except` */
	INQUIRY_BELOW, /* another outcome than the measure asks for: only of those it is
			 * a part of */
	INQUIRY_LATE,  /* came later than `grace` */
	INQUIRY_NAMELESS, /* lacks another field that the rule groups by */
};

struct inquiry_row {
	enum inquiry_reason reason;
	size_t test;                    /* INQUIRY_TEST: which part */
	char value[INQUIRY_TEXT_BYTES]; /* of the test's field, "" = none */
	const char *list, *entry;       /* INQUIRY_LIST */
	const struct list_place *place; /* NULL = not known */
	uint64_t events;
	sv_usec first, last;
	uint32_t *by_rule; /* owned: how many of them each rule counts */
};

/** The nearest that this key came to a rule's limit. */
struct inquiry_near {
	struct nearness near;
	sv_usec time;
	uint32_t counted; /* events in the windows then */
};

struct inquiry_alert {
	sv_usec time;
	enum sv_alert_state state;
	enum sv_severity severity;
	char reason[256];
};

struct inquiry {
	struct engine *engine;
	const struct engine_spec *spec; /* texts of rules and lists */
	size_t rule, n_rules;           /* in the engine */
	const struct rule_spec *texts;  /* of the rule */
	const struct plan *plan;
	struct inquiry_key key[INQUIRY_MAX_KEYS];
	size_t n_key;

	struct {
		struct sv_str text; /* in texts->where */
		struct expr *expr;
		const struct expr_field *field; /* that it begins with, or NULL */
	} test[INQUIRY_MAX_TESTS];
	size_t n_tests;

	struct inquiry_near *near; /* owned; per rule */
	struct inquiry_row rows[INQUIRY_MAX_ROWS];
	size_t n_rows;
	uint64_t others;      /* failures that have no row */
	uint64_t counted;     /* by the rule, for this key: weights */
	uint32_t *counted_by; /* owned: of those, how many each rule counts */
	uint64_t events;      /* of this key */
	sv_usec first, last;  /* events of any key */
	uint64_t late;        /* engine's, before the last event */
	sv_usec cooldown_until;
	bool open;          /* an alert of this key */
	uint64_t held_back; /* events at the limit while cooling down */
	struct inquiry_alert alerts[INQUIRY_MAX_ALERTS]; /* the newest */
	size_t n_alerts;                                 /* ever */
};

struct inquiry_question {
	struct engine *engine;          /* was made from `spec` */
	const struct engine_spec *spec; /* both outlive the inquiry */
	const char *rule;
	const char *const *keys; /* "203.0.113.9", "peer=carrier-a" */
	size_t n_keys;
};
/** Finds rule and key. 0; -EINVAL with a message and a hint ("" = none); -ENOMEM. */
int inquiry_new(const struct inquiry_question *question, struct inquiry **ret_inquiry,
		struct expr_error *reterr_error);
void inquiry_free(struct inquiry *q);
bool inquiry_seen(void *user, const struct engine_seen *seen);
void inquiry_alert(struct inquiry *q, const struct sv_alert *alert);
void inquiry_event(struct inquiry *q, const struct sv_event *event);
/** Is it the rule's alert about this key? */
bool inquiry_concerns(const struct inquiry *q, const struct sv_alert *alert);
/** 0: there was no alert, and it can be said why; 1: there was one, or nothing is known
 *  of this key. */
int inquiry_answer(const struct inquiry *q);
/** All that was found, one JSON object without line end. `recent`: only from the events
 *  that the daemon still has. */
void inquiry_json(const struct inquiry *q, struct buffer *out, bool recent);
