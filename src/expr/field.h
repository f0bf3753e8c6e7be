/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of the language as the parser and the evaluator see them: which kind of
 * value, where it stands in struct sv_event, which words it knows. Inside src/expr
 * only; others use expr.h.
 */
#pragma once

#include "expr/expr.h"

enum field_kind {
	FIELD_ENUM, /* a closed list of words, 0 = not told */
	FIELD_U16,
	FIELD_U32,
	FIELD_TIME,
	FIELD_TEXT,
	FIELD_IP,
	FIELD_BOOL,
	FIELD_PREFIX,  /* network of peer_ip: for grouping alone */
	FIELD_ACCOUNT, /* peer, else user: likewise */
	FIELD_DIAL,    /* first digits of dst: likewise */
};

struct field {
	enum field_kind kind;
	uint16_t offset; /* in struct sv_event, which begins struct expr_alert */
	const char *(*word)(unsigned v); /* FIELD_ENUM: "" beyond the list */
};

/** For `word`: of both sets. */
const char *field_leg_word(unsigned v);
const char *field_method_word(unsigned v);
const char *field_attribution_word(unsigned v);

/** What an expression may speak of: the fields of events, or those of alerts. */
struct field_set {
	const struct expr_field *fields;
	const struct field *info; /* of each, in the same order */
	size_t n;
};
extern const struct field_set field_set_events;
extern const struct field_set field_set_alerts;

const struct field *field_info(const struct expr_field *field);
/** Of a field of events: its place in the table, that of what it is a variant of. */
size_t field_index(const struct expr_field *field);
/** As expr_field_find(), in this set. */
const struct expr_field *field_find(const struct field_set *set, struct sv_str name,
				    const char **ret_hint);

static inline uint32_t
field_u32(const struct sv_event *event, uint16_t offset)
{
	uint32_t v;

	__builtin_memcpy(&v, (const char *)event + offset, sizeof(v));
	return v;
}

static inline uint16_t
field_u16(const struct sv_event *event, uint16_t offset)
{
	uint16_t v;

	__builtin_memcpy(&v, (const char *)event + offset, sizeof(v));
	return v;
}

/** Text at `offset`; the source of an event without records is empty. */
static inline struct sv_str
field_text(const struct sv_event *event, uint16_t offset)
{
	struct sv_str v;

	if (offset == offsetof(struct sv_event, records) && event->n_records == 0)
		return (struct sv_str){ NULL, 0 };
	__builtin_memcpy(&v, (const char *)event + offset, sizeof(v));
	return v;
}
