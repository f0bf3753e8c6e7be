/* SPDX-License-Identifier: Apache-2.0 */
/* Silences: what they hold back, and from when until when. */
#include "base/i18n.h"
#include "conf/build.h"
#include "conf/moment.h"

#include <stdio.h>

/** Rules of one silence that are looked at. */
#define MAX_RULES 64

/** There is such a section, of a rule that is off too. */
static bool
is_rule(const struct build *build, struct sv_str name)
{
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++)
		if (section->row->kind == SECTION_RULE &&
		    str_eq(str_of(section->name), name))
			return true;
	return false;
}

static const char *
nearest_rule(struct build *build, struct sv_str name)
{
	const struct conf *conf = build->conf;
	const char **names =
		arena_alloc(build->arena, (conf->n_rules + 1) * sizeof(*names));

	for (size_t i = 0; names && i < conf->n_rules; i++)
		names[i] = conf->rules[i].name;
	return names ? options_nearest(name, names, conf->n_rules) : NULL;
}

/** A silence of a rule that is none holds back nothing, and nobody would see it. */
static void
check_rules(struct build *build, const struct syntax_section *section,
	    const struct syntax_value *value, const struct expr *expr)
{
	struct sv_str names[MAX_RULES];
	size_t n = expr_alert_rules(expr, names, MAX_RULES);
	char hint[VALUE_TITLE_BYTES + 64], name[65];

	for (size_t i = 0; i < n; i++) {
		if (is_rule(build, names[i]))
			continue;
		const char *near = nearest_rule(build, names[i]);
		size_t at = str_find(str_of(value->text), names[i]);
		(void)snprintf(name, sizeof(name), "%.*s", (int)names[i].len,
			       names[i].ptr);
		if (near)
			(void)snprintf(hint, sizeof(hint), _("did you mean '%.64s'?"),
				       near);
		spot_warning(build->diag,
			     at == STR_NONE
				     ? spot_value(section, value)
				     : spot_part(section, value, at, names[i].len),
			     near ? hint : NULL, _("there is no rule '%.64s'"), name);
	}
}

static void
check_where(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "where");
	struct expr_error error = { 0 };

	if (!item || !item->n_values)
		return;
	struct expr *expr = expr_new_alert(str_of(item->values[0].text), &error);
	if (!expr)
		spot_error(build->diag,
			   spot_part(section, &item->values[0], error.pos, error.len),
			   error.hint[0] ? error.hint : NULL, "%s", error.message);
	else
		check_rules(build, section, &item->values[0], expr);
	expr_free(expr);
}

/** A key that is a moment; 0 if it is not given. */
static sv_usec
moment_of(struct build *build, const struct syntax_section *section, const char *key)
{
	const struct syntax_item *item = syntax_item(section, key);
	sv_usec moment = 0;

	if (!item || !item->n_values || moment_read(item->values[0].text, &moment))
		return moment;
	spot_error(build->diag, spot_value(section, &item->values[0]),
		   _("as \"2026-09-12T04:00+02:00\", or local time without the zone"),
		   _("'%.64s' is no moment"), item->values[0].text);
	return 0;
}

/** One that stays is meant, and said so. */
static sv_usec
until_of(struct build *build, const struct syntax_section *section)
{
	const char *text = values_text(section, "until");

	return text && strcmp(text, "never") == 0 ? 0
						  : moment_of(build, section, "until");
}

static void
check_times(struct build *build, const struct syntax_section *section,
	    const struct silence_spec *silence)
{
	const struct syntax_item *until = syntax_item(section, "until");

	if (silence->until && silence->until <= silence->from)
		spot_error(build->diag, spot_value(section, &until->values[0]), NULL,
			   _("it ends before it begins"));
}

static void
check_words(struct build *build, const struct syntax_section *section, const char *key)
{
	const struct syntax_item *item = syntax_item(section, key);

	if (item && item->n_values &&
	    strlen(item->values[0].text) > SILENCE_WORDS_BYTES)
		spot_error(build->diag, spot_value(section, &item->values[0]), NULL,
			   _("it has at most %d bytes"), SILENCE_WORDS_BYTES);
}

void
silences_build(struct build *build)
{
	struct conf *conf = build->conf;
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		size_t errors = build->diag->errors;
		if (section->row->kind != SECTION_SILENCE)
			continue;
		struct silence_spec silence = {
			.id = section->name,
			.where = values_text(section, "where"),
			.from = moment_of(build, section, "from"),
			.until = until_of(build, section),
			.author = values_text(section, "author"),
			.reason = values_text(section, values_given(section, "reason")
							       ? "reason"
							       : "comment"),
		};
		check_where(build, section);
		check_times(build, section, &silence);
		check_words(build, section, "author");
		check_words(build, section, "reason");
		check_words(build, section, "comment");
		if (conf->n_silences == SILENCE_MAX)
			spot_error(build->diag, spot_title(section), NULL,
				   _("there are at most %d silences"), SILENCE_MAX);
		struct silence_spec *grown = arena_grow(
			build->arena, conf->silences, conf->n_silences, sizeof(*grown));
		if (!grown || !silence.where || section->unsure ||
		    build->diag->errors > errors)
			continue;
		conf->silences = grown;
		conf->silences[conf->n_silences++] = silence;
	}
}
