/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expression language of rules, filters and queries: conditions over the fields of
 * one event ("code in (401, 403) and method = REGISTER and leg = in").
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
};

/** Program for `text`, or NULL and *reterr_ filled (message "out of memory" for that).
 */
struct expr *expr_new(struct sv_str text, struct expr_error *reterr_error);
void expr_free(struct expr *expr);

/** Does the event match? An empty program (NULL) matches everything. */
bool expr_test(const struct expr *expr, const struct sv_event *event);

/** Table of all fields; *ret_n gets its length. */
const struct expr_field *expr_fields(size_t *ret_n);
/** Field by name, or NULL; then *ret_hint gets the nearest name or NULL. */
const struct expr_field *expr_field_find(struct sv_str name, const char **ret_hint);
/** Value of a field of an event as text. Numbers and addresses are written into `buf`,
 *  names and claims are borrowed from the event. len 0 = the event does not have it. */
struct sv_str expr_field_text(const struct expr_field *field,
			      const struct sv_event *event, char *buf,
			      size_t buf_bytes);
