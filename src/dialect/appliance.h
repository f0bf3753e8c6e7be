/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the dialects of appliances (cisco, audiocodes, oracle) share: boxes whose logs
 * come by syslog, with a stamp and a name of their own behind the transport's header.
 * One line of theirs tells of one thing.
 */
#pragma once

#include "base/text.h"

#include <sipvigil/dialect.h>

/** What a template is within an attempt. */
struct appliance_template {
	const char *name; /* for `sipvigil explain` */
	enum sv_tell tell;
	bool alone; /* a detail that counts if nothing else tells */
	enum sv_channel channel;
};

/** Row `id` of a table of `n`, the first of which is that of no template and stands for
 *  those that it has not. */
const struct appliance_template *
appliance_template_of(const struct appliance_template *table, uint32_t n, uint32_t id);
/** "?" for no template. */
const char *appliance_template_name(const struct appliance_template *template);

struct appliance_line {
	struct sv_parse_context *ctx;
	const struct sv_record *record;
	struct sv_str text; /* all of it, without a CR at its end */
	struct sv_str date; /* the box's own stamp; empty: none that can be trusted */
	struct sv_str host; /* the box's own name, if it writes one */
	struct sv_str body; /* the message behind all that */
	bool doubtful;      /* the other side could have written it */
	char date_room[48]; /* for a stamp that had to be put into another shape */
};

void appliance_open(struct appliance_line *line, struct sv_parse_context *ctx,
		    const struct sv_record *record);
/** An event with the template's hints and nothing else. */
void appliance_begin(const struct appliance_line *line,
		     const struct appliance_template *template, uint32_t template_id,
		     struct sv_event *event);
enum sv_parse appliance_emit(struct appliance_line *line, struct sv_event *event);

/** The text begins with this word: it is taken off. */
static inline bool
appliance_skip(struct sv_str *text, const char *word)
{
	struct sv_str w = str_of(word);

	if (!str_starts(*text, w))
		return false;
	*text = str_from(*text, w.len);
	return true;
}

static inline void
appliance_skip_blanks(struct sv_str *text)
{
	while (text->len && text->ptr[0] == ' ')
		*text = str_from(*text, 1);
}

/** What stands up to `end`, which is taken off too; false: it is not there. */
bool appliance_take(struct sv_str *text, const char *end, struct sv_str *ret);
/** The whole text is a number. */
bool appliance_number(struct sv_str text, uint64_t *ret);
/** The outcome that a Q.850 cause stands for; NONE for normal clearing. */
enum sv_outcome appliance_outcome_of_cause(uint16_t cause);
/** User part of a URI or of "user@host". */
struct sv_str appliance_user(struct sv_str uri);
uint64_t appliance_session(struct sv_str call_id);
