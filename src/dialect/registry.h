/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dialects there are: a table of those that are built in, and behind them those
 * that a configuration makes of patterns, in its order.
 *
 * Who reads a record is asked in this order: the systemd unit, the identifier, the
 * content; each time the built-in dialects first. So a pattern whose probe stands in
 * somebody else's line takes no line from a built-in dialect, and nobody can hide a
 * line of Asterisk by writing the probe of a pattern into it.
 */
#pragma once

#include "dialect/pattern.h"

struct registry;

/** Most dialects of a registry. */
#define REGISTRY_MAX (64 + PATTERN_MAX_DIALECTS)

/** The built-in ones alone; lives for ever. */
const struct registry *registry_builtin(void);
/** These and patterns. 0, -EINVAL (an expression: pattern_check() tells), -ENOMEM. */
int registry_new(const struct pattern_spec *patterns, size_t n,
		 struct registry **ret_registry);
void registry_free(struct registry *registry);

/** Rows, NULL-terminated; NULL for a registry stands for the built-in ones, here and
 *  below. */
const struct sv_dialect *const *registry_dialects(const struct registry *registry);
size_t registry_count(const struct registry *registry);
/** By name, NULL if there is none. */
const struct sv_dialect *registry_find(const struct registry *registry,
				       struct sv_str name);
/** The dialect that claims this journal identifier or syslog tag, NULL if none. */
const struct sv_dialect *registry_by_ident(const struct registry *registry,
					   struct sv_str ident);
/** The dialect that claims this systemd unit, NULL if none. */
const struct sv_dialect *registry_by_unit(const struct registry *registry,
					  struct sv_str unit);
/** The first dialect whose probe takes the text, NULL if none. */
const struct sv_dialect *registry_by_content(const struct registry *registry,
					     struct sv_str text);
/** Place in the table; the dialect must be of it. */
size_t registry_index(const struct registry *registry,
		      const struct sv_dialect *dialect);
/** The name of a template of a dialect, "?" if it has none of this number. */
const char *registry_template(const struct sv_dialect *dialect, uint32_t template_id);

/** The pattern that a dialect is made of, NULL for a built-in one. */
struct pattern *registry_pattern(const struct sv_dialect *dialect);
/** Counts over all patterns. */
void registry_counts(const struct registry *registry,
		     struct pattern_counts *ret_counts);
/** Patterns of the same name go on counting where the others were. */
void registry_counts_take(struct registry *registry, const struct registry *from);
