/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expression language of rules, filters and queries: conditions over the fields of
 * one event ("code in (401, 403) and method = REGISTER and leg = in").
 *
 *   expression  test | not E | E and E | E or E | ( E )     "and" binds before "or"
 *   test        field = != < <= > >= value
 *               field [not] in ( value, … )      field [not] like pattern
 *               failure                          (a yes-or-no field alone)
 *               @busy                            (a set of outcomes and codes)
 *   value       bare word, number, 4xx (a class of codes), address, network
 *               192.0.2.0/24, '…' or "…" (each holds any byte but its own quote)
 *
 * Words of closed lists (outcome, method, leg, …) are checked, in any case; `none` is
 * "not told". Other text is compared byte for byte. `like` compares the whole text,
 * letters of ASCII in any case: * and % stand for any run, _ for any one byte, a
 * backslash takes the next byte as it is. No regular expressions: the work is at most
 * pattern length times text length. A field that the event does not have equals '' and
 * `none` (numbers: 0) and nothing else, so `peer != x` holds without a peer. A class in
 * an order comparison stands for the nearer end: code >= 4xx is code >= 400, code > 4xx
 * is code > 499.
 *
 * expr_new() parses and checks a text into an immutable program; expr_test() runs it on
 * an event without allocating, looping over input twice or recursing deeper than
 * EXPR_MAX_DEPTH. Callers own the program. Everything here is a function of its
 * arguments: no clock, no descriptors, no log.
 */
#pragma once

#include <sipvigil/event.h>

#define EXPR_MAX_BYTES 4096
#define EXPR_MAX_DEPTH 64
#define EXPR_MAX_NODES 512
/** Longest pattern of `like`. */
#define EXPR_MAX_PATTERN 128
/** Room for a key of a field that is not text (expr_field_key). */
#define EXPR_KEY_BYTES 16

struct expr;

/** A mistake in an expression: where, what, and what to write instead. */
struct expr_error {
	size_t pos; /* byte offset in the text */
	size_t len; /* bytes to underline, at least 1 */
	char message[160];
	char hint[96]; /* "did you mean 'method'?" or "" */
};

/** Who writes a field: the configuration check warns of keys that are claims alone. */
enum expr_writer { EXPR_BY_HOST, EXPR_BY_PBX, EXPR_DERIVED, EXPR_CLAIM };

/** A field of the language, as `sipvigil help expressions` and the manual list them. */
struct expr_field {
	const char *name; /* "peer_ip" */
	const char *help; /* one line */
	enum expr_writer writer;
	bool groups; /* may stand in a rule's `by` */
	/* of one with numbers of its own, prefix(16, 48), a copy: row + 1 in the table.
	 * Rows of the table: 0 */
	uint8_t copy_of;
	uint8_t number[2]; /* 0 = as usual */
};

/** Program for `text`, or NULL and *reterr_ filled (message "out of memory" for that).
 */
struct expr *expr_new(struct sv_str text, struct expr_error *reterr_error);
void expr_free(struct expr *expr);

/** Does the event match? An empty program (NULL) matches everything. */
bool expr_test(const struct expr *expr, const struct sv_event *event);

/** What an expression about alerts sees of one: the fields of expr_alert_fields(). What
 *  it shares with an event stands in `event`. */
struct expr_alert {
	struct sv_event event; /* first: tests have offsets from its beginning */
	uint32_t severity;     /* enum sv_severity */
	struct sv_str rule, ruleset, service, technique;
	struct sv_str source, transport, outcome, prefix, account; /* of the key */
};

/** As expr_new(), over the fields of alerts. */
struct expr *expr_new_alert(struct sv_str text, struct expr_error *reterr_error);
/** For such a program alone. */
bool expr_test_alert(const struct expr *expr, const struct expr_alert *alert);
/** The rules that such a program compares an alert's with: borrowed from it, the first
 *  `max` of them. */
size_t expr_alert_rules(const struct expr *expr, struct sv_str *ret_rules, size_t max);
const struct expr_field *expr_alert_fields(size_t *ret_n);
/** The member for a field that is text, NULL if it is none. */
struct sv_str *expr_alert_text(struct expr_alert *alert, struct sv_str name);

/** Bit (1 << outcome) for every outcome with which the expression can hold: a cheap
 *  filter before expr_test(). SV_GAP is no attempt: its bit is set only when the text
 *  names it (outcome = gap, outcome in (…, gap)). */
uint64_t expr_outcomes(const struct expr *expr);

/** What is known of an event beforehand: of its fields those that `facts` names. */
enum expr_fact {
	EXPR_KNOWS_OUTCOME = 1 << 0,
	EXPR_KNOWS_LEG = 1 << 1,
	EXPR_KNOWS_SERVICE = 1 << 2,
	EXPR_KNOWS_METHOD = 1 << 3,
	EXPR_OTHER_PEER = 1 << 4, /* its peer is none of those that the text names */
};
struct expr_known {
	unsigned facts; /* enum expr_fact */
	enum sv_outcome outcome;
	enum sv_leg leg;
	enum sv_service service;
	enum sv_method method;
};
enum expr_verdict { EXPR_NEVER, EXPR_MAYBE, EXPR_ALWAYS };
/** What expr_test() says of all such events. */
enum expr_verdict expr_foresee(const struct expr *expr, const struct expr_known *known);

/** The peers that the expression names, if it can hold for no other one: borrowed from
 *  it, at most `max`. 0: it may hold for any peer, or names more than that. */
size_t expr_peers(const struct expr *expr, struct sv_str *ret_peers, size_t max);

/** Table of all fields; *ret_n gets its length. */
const struct expr_field *expr_fields(size_t *ret_n);
/** Field by name, or NULL; then *ret_hint gets the nearest name or NULL. */
const struct expr_field *expr_field_find(struct sv_str name, const char **ret_hint);
/** As a rule names it: "user", "prefix(16, 48)", "dst_prefix(6)". A row of the table, or
 *  `room`, where the numbers are kept. NULL: the error is filled. */
const struct expr_field *expr_field_read(struct sv_str text, struct expr_field *room,
					 struct expr_error *reterr_error);
/** The same field with the same numbers. */
bool expr_field_same(const struct expr_field *a, const struct expr_field *b);
/** Value of a field of an event as text. Numbers and addresses are written into `buf`,
 *  names and claims are borrowed from the event. len 0 = the event does not have it. */
struct sv_str expr_field_text(const struct expr_field *field,
			      const struct sv_event *event, char *buf,
			      size_t buf_bytes);

/** Value of a field in its shortest binary form, for keys of tables: equal values have
 *  equal bytes. Text is borrowed (cut to SV_CLAIM_MAX_BYTES), the rest is put into
 * `buf`. len 0 = the event does not have it. */
struct sv_str expr_field_key(const struct expr_field *field,
			     const struct sv_event *event, char buf[EXPR_KEY_BYTES]);
/** The text that expr_field_text() would have given, back from the key. */
struct sv_str expr_key_text(const struct expr_field *field, struct sv_str key,
			    char *buf, size_t buf_bytes);
