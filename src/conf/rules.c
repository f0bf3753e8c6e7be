/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: later ones replace, amend or remove earlier ones; what is left is checked. */
#include "base/i18n.h"
#include "conf/build.h"
#include "conf/limit.h"
#include "conf/sequence.h"

#include <errno.h>
#include <stdio.h>

#define RULES_MAX 4096

/** A rule as it is put together: the last section of its name, and those it amends. */
struct layer {
	const struct syntax_section *section;
	bool pack;
	const struct layer *below; /* amended by this one */
};

struct draft {
	const struct layer *top;
	bool off;
};

struct drafts {
	struct build *build;
	struct draft *drafts;
	size_t n;
};

/** A value and where it stands. */
struct given {
	const struct syntax_section *section;
	const struct syntax_item *item; /* NULL: not given, the default holds */
};

static struct given
given(const struct draft *draft, const char *name)
{
	for (const struct layer *layer = draft->top; layer; layer = layer->below) {
		const struct syntax_item *item = syntax_item(layer->section, name);
		if (item)
			return (struct given){ layer->section, item };
	}
	return (struct given){ draft->top->section, NULL };
}

static const char *
text_of(const struct draft *draft, const char *name)
{
	return values_text(given(draft, name).section, name);
}

static uint64_t
number_of(const struct draft *draft, const char *name)
{
	return values_number(given(draft, name).section, name);
}

/** The place of a key's first value, or of its key. */
static struct spot
spot_given(struct given g)
{
	if (!g.item)
		return spot_title(g.section);
	if (!g.item->n_values)
		return spot_key(g.section, g.item);
	return spot_value(g.section, &g.item->values[0]);
}

/** A mistake inside an expression or a condition, mapped to its place in the file. */
static void
report_expr(struct build *build, struct given g, const struct expr_error *error)
{
	spot_error(build->diag,
		   spot_part(g.section, &g.item->values[0], error->pos, error->len),
		   error->hint[0] ? error->hint : NULL, "%s", error->message);
}

static void
check_where(struct build *build, const struct draft *draft)
{
	struct given g = given(draft, "where");
	struct expr_error error = { 0 };

	if (!g.item || !g.item->n_values || !g.item->values[0].text[0])
		return;
	struct expr *expr = expr_new(str_of(g.item->values[0].text), &error);
	if (!expr)
		report_expr(build, g, &error);
	expr_free(expr);
}

static bool
is_always(const struct draft *draft, const char *name)
{
	const char *text = text_of(draft, name);

	return text && strcmp(text, SEQUENCE_ALWAYS) == 0;
}

/** "always" and `sequence` need each other. */
static void
check_sequence(struct build *build, const struct draft *draft)
{
	static const char *const names[] = { "warning", "critical", "clear" };
	struct given steps = given(draft, "sequence");
	bool used = false;

	for (size_t i = 0; i < 3; i++) {
		if (!is_always(draft, names[i]))
			continue;
		used |= i < 2;
		if (i == 2)
			spot_error(build->diag, spot_given(given(draft, names[i])),
				   NULL, _("'always' is no condition to end with"));
		else if (!steps.item)
			spot_error(build->diag, spot_given(given(draft, names[i])),
				   "sequence = {\"outcome = rejected x5\", \"outcome = "
				   "ok\"}",
				   _("'always' needs a sequence"));
	}
	if (steps.item && !used)
		spot_error(build->diag, spot_given(steps), "critical = \"always\"",
			   _("no condition of the rule asks for its sequence"));
}

static bool
check_condition(struct build *build, const struct draft *draft, const char *name)
{
	struct given g = given(draft, name);
	struct expr_error error = { 0 };

	if (!g.item || !g.item->n_values || !g.item->values[0].text[0] ||
	    is_always(draft, name))
		return false;
	if (rule_condition_check(g.item->values[0].text, &error) == 0)
		return true;
	report_expr(build, g, &error);
	return false;
}

/** Limits that can never matter, where both conditions are of one measure. */
static void
check_limits(struct build *build, const struct draft *draft)
{
	struct given warning = given(draft, "warning"),
		     critical = given(draft, "critical");
	struct given clear = given(draft, "clear");
	struct limit w, c, end;

	if (!warning.item || !limit_read(text_of(draft, "warning"), &w) || !w.rises)
		return;
	if (critical.item && limit_read(text_of(draft, "critical"), &c) && c.rises &&
	    str_eq(w.measure, c.measure) && w.value > c.value)
		spot_warning(build->diag, spot_given(warning), NULL,
			     _("it is critical (%.*s) before it can be a warning"),
			     (int)(c.text.len < 64 ? c.text.len : 64), c.text.ptr);
	if (clear.item && limit_read(text_of(draft, "clear"), &end) && !end.rises &&
	    str_eq(w.measure, end.measure) && end.value > w.value)
		spot_warning(build->diag, spot_given(clear), NULL,
			     _("it is over while the warning (%.*s) still holds"),
			     (int)(w.text.len < 64 ? w.text.len : 64), w.text.ptr);
}

static void
check_key(struct build *build, const struct draft *draft,
	  const struct syntax_value *value)
{
	const struct syntax_section *section = given(draft, "by").section;
	struct spot spot = spot_value(section, value);
	struct sv_str name = str_make(value->text, strcspn(value->text, " ("));
	struct expr_error error = { 0 };
	struct expr_field room;
	const char *near = NULL;
	char hint[96];
	const struct expr_field *field = expr_field_find(name, &near);

	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near);
	if (!field)
		spot_error(build->diag, spot, near ? hint : NULL,
			   _("unknown field '%.64s'"), value->text);
	else if (!field->groups)
		spot_error(build->diag, spot, NULL, _("'%s' cannot tell counts apart"),
			   value->text);
	else if (!expr_field_read(str_of(value->text), &room, &error))
		spot_error(build->diag, spot_part(section, value, error.pos, error.len),
			   error.hint[0] ? error.hint : NULL, "%s", error.message);
}

/** Keys of a rule: fields, and not of the other side's making alone. */
static void
check_by(struct build *build, const struct draft *draft)
{
	struct given g = given(draft, "by");
	struct expr_error error;
	struct expr_field room;
	size_t claims = 0;

	if (!g.item)
		return;
	for (size_t i = 0; i < g.item->n_values; i++) {
		check_key(build, draft, &g.item->values[i]);
		const struct expr_field *field =
			expr_field_read(str_of(g.item->values[i].text), &room, &error);
		claims += field && field->writer == EXPR_CLAIM;
	}
	if (g.item->n_values > RULE_MAX_KEYS)
		spot_error(build->diag,
			   spot_value(g.section, &g.item->values[RULE_MAX_KEYS]), NULL,
			   _("a rule has at most %d keys"), RULE_MAX_KEYS);
	if (claims && claims == g.item->n_values && !number_of(draft, "claims"))
		spot_warning(
			build->diag, spot_given(g),
			_("write claims = true if this is meant"),
			_("'%s' is written by the other side, who can choose it at "
			  "will"),
			g.item->values[0].text);
}

static void
check_except(struct build *build, const struct draft *draft)
{
	struct given g = given(draft, "except");
	const struct conf *conf = build->conf;
	const char **names =
		arena_alloc(build->arena, (conf->n_lists + 1) * sizeof(*names));
	char hint[VALUE_TITLE_BYTES + 64];

	for (size_t i = 0; names && i < conf->n_lists; i++)
		names[i] = conf->lists[i].name;
	for (size_t i = 0; names && g.item && i < g.item->n_values; i++) {
		const char *name = g.item->values[i].text;
		size_t at = 0;
		while (at < conf->n_lists && strcmp(names[at], name) != 0)
			at++;
		if (at < conf->n_lists)
			continue;
		const char *near = options_nearest(str_of(name), names, conf->n_lists);
		snprintf(hint, sizeof(hint),
			 near ? _("did you mean '%.64s'?")
			      : _("write list \"%.64s\" { … }"),
			 near ? near : name);
		spot_error(build->diag, spot_value(g.section, &g.item->values[i]), hint,
			   _("there is no list '%.64s'"), name);
	}
	if (g.item && g.item->n_values > RULE_MAX_EXCEPT)
		spot_error(build->diag, spot_given(g), NULL,
			   _("a rule leaves out at most %d lists"), RULE_MAX_EXCEPT);
}

/** Nagios splits a result at ';', and its service has to be found by this name. */
static void
check_service(struct build *build, const struct draft *draft)
{
	struct given g = given(draft, "service");
	const char *service = text_of(draft, "service");

	if (strchr(service, ';') || strchr(service, '\n'))
		spot_error(build->diag, spot_given(g), NULL,
			   _("the name of a service has no ';' and no line break"));
	else if (!service[0])
		spot_error(build->diag, spot_given(g), NULL,
			   _("'%s' must not be empty"), "service");
}

static void
check_technique(struct build *build, const struct draft *draft)
{
	struct given g = given(draft, "technique");
	const char *text = text_of(draft, "technique");

	if (!text || !text[0])
		return;
	size_t digits = strspn(text + 1, "0123456789");
	const char *rest = text + 1 + digits;
	bool sub = rest[0] == '.' && strspn(rest + 1, "0123456789") == 3 && !rest[4];
	if (text[0] != 'T' || digits != 4 || (rest[0] && !sub))
		spot_error(build->diag, spot_given(g), _("as T1110 or T1110.001"),
			   _("'%.64s' is no ATT&CK technique"), text);
}

static void
check_window(struct build *build, const struct draft *draft)
{
	const struct syntax_section *section = draft->top->section;

	if (!given(draft, "window").item)
		spot_error(build->diag, spot_title(section), NULL,
			   _("rule \"%.64s\" needs a window"), section->name);
}

/** A rule without a limit never speaks. */
static void
check_complete(struct build *build, const struct draft *draft)
{
	const struct syntax_section *section = draft->top->section;

	if (!given(draft, "warning").item && !given(draft, "critical").item)
		spot_error(build->diag, spot_title(section), NULL,
			   _("rule \"%.64s\" needs 'warning' or 'critical'"),
			   section->name);
}

static const char *
ruleset_of(const struct draft *draft)
{
	const char *path = draft->top->section->file->path;
	const char *slash = strrchr(path, '/');

	return draft->top->pack ? BUILD_PACK : slash ? slash + 1 : path;
}

/** What stands for "always". */
static void
fill_sequence(struct build *build, const struct draft *draft, struct rule_spec *spec)
{
	struct given g = given(draft, "sequence");
	struct sequence sequence;

	if (!g.item || !sequence_read(build, g.section, g.item, &sequence))
		return;
	if (is_always(draft, "warning"))
		spec->warning = sequence.condition;
	if (is_always(draft, "critical"))
		spec->critical = sequence.condition;
	if (!spec->where || !spec->where[0])
		spec->where = sequence.where;
}

/** UTC needs no zone files, and is no part of what a rule is. */
static const char *
zone_of(const struct draft *draft)
{
	const char *zone = text_of(draft, "timezone");

	return zone && strcmp(zone, "UTC") != 0 ? zone : NULL;
}

static struct rule_spec
spec_of(struct build *build, const struct draft *draft)
{
	size_t n = 0;
	struct rule_spec spec = {
		.name = draft->top->section->name,
		.ruleset = ruleset_of(draft),
		.where = text_of(draft, "where"),
		.window = number_of(draft, "window"),
		.warning = text_of(draft, "warning"),
		.critical = text_of(draft, "critical"),
		.clear = text_of(draft, "clear"),
		.for_usec = number_of(draft, "for"),
		.clear_for = given(draft, "clear_for").item
				     ? number_of(draft, "clear_for")
				     : SV_USEC_NEVER,
		.cooldown = number_of(draft, "cooldown"),
		.group_limit = given(draft, "group_limit").item
				       ? number_of(draft, "group_limit")
				       : build->conf->group_limit,
		.repeat = number_of(draft, "repeat"),
		.timezone = zone_of(draft),
		.service = text_of(draft, "service"),
		.summary = text_of(draft, "summary"),
		.likely = text_of(draft, "likely"),
		.check = text_of(draft, "check"),
		.technique = text_of(draft, "technique"),
		.mode = (enum rule_mode)number_of(draft, "mode"),
	};
	const char *const *texts =
		values_list(build->arena, given(draft, "by").section, "by", &n);
	for (size_t i = 0; texts && i < n && i < RULE_MAX_KEYS; i++)
		spec.by[spec.n_by++] = texts[i];
	texts = values_list(build->arena, given(draft, "except").section, "except", &n);
	for (size_t i = 0; texts && i < n && i < RULE_MAX_EXCEPT; i++)
		spec.except[spec.n_except++] = texts[i];
	texts = values_list(build->arena, given(draft, "inhibits").section, "inhibits",
			    &n);
	for (size_t i = 0; texts && i < n && i < RULE_MAX_INHIBITS; i++)
		spec.inhibits[spec.n_inhibits++] = texts[i];
	fill_sequence(build, draft, &spec);
	return spec;
}

/** Mistakes were reported in one of its sections already. */
static bool
is_unsure(const struct draft *draft)
{
	for (const struct layer *layer = draft->top; layer; layer = layer->below)
		if (layer->section->unsure)
			return true;
	return false;
}

static void
check_draft(struct build *build, const struct draft *draft)
{
	if (!is_unsure(draft)) {
		check_window(build, draft);
		check_complete(build, draft);
	}
	check_where(build, draft);
	check_by(build, draft);
	bool warning = check_condition(build, draft, "warning");
	check_condition(build, draft, "critical");
	check_condition(build, draft, "clear");
	check_sequence(build, draft);
	if (warning)
		check_limits(build, draft);
	check_except(build, draft);
	check_service(build, draft);
	check_technique(build, draft);
}

/** What the engine itself minds, the slots of the texts too: the single checks before
 *  have better words, but not the last one. */
static void
check_whole(struct build *build, const struct draft *draft,
	    const struct rule_spec *spec)
{
	struct expr_error error = { 0 };
	const char *key = NULL, *near;

	if (rule_check(spec, &key, &error) == 0)
		return;
	bool known =
		key && options_find(options_section(SECTION_RULE), str_of(key), &near);
	struct given g = { draft->top->section, NULL };
	if (known)
		g = given(draft, key);
	if (known && is_always(draft, key)) /* the place is in what stands for it */
		error.pos = 0, error.len = strlen(SEQUENCE_ALWAYS);
	if (g.item && g.item->n_values)
		report_expr(build, g, &error);
	else
		spot_error(build->diag, spot_title(draft->top->section),
			   error.hint[0] ? error.hint : NULL, "%s", error.message);
}

static struct draft *
draft_find(struct drafts *drafts, const char *name)
{
	for (size_t i = 0; i < drafts->n; i++)
		if (strcmp(drafts->drafts[i].top->section->name, name) == 0)
			return &drafts->drafts[i];
	return NULL;
}

static void
report_unknown(struct drafts *drafts, const struct syntax_section *section,
	       const char *what)
{
	const char **names =
		arena_alloc(drafts->build->arena, (drafts->n + 1) * sizeof(*names));
	char hint[VALUE_TITLE_BYTES + 64];

	if (!names)
		return;
	for (size_t i = 0; i < drafts->n; i++)
		names[i] = drafts->drafts[i].top->section->name;
	const char *near = options_nearest(str_of(section->name), names, drafts->n);
	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%.64s'?"), near);
	spot_error(drafts->build->diag, spot_title(section), near ? hint : NULL, "%s",
		   what);
}

static void
draft_add(struct drafts *drafts, const struct syntax_section *section, bool pack)
{
	struct build *build = drafts->build;
	struct draft *draft = draft_find(drafts, section->name);
	bool off = values_number(section, "mode") == RULE_OFF;
	bool amend = values_number(section, "amend") != 0;
	struct layer *layer = arena_alloc(build->arena, sizeof(*layer));

	if (!layer)
		return;
	if (!draft && (amend || (off && section->n_items == 1))) {
		report_unknown(drafts, section,
			       amend ? _("there is no rule to amend")
				     : _("there is no rule to remove"));
		return;
	}
	*layer = (struct layer){ section, pack, amend && draft ? draft->top : NULL };
	if (!draft) {
		struct draft *grown = arena_grow(build->arena, drafts->drafts,
						 drafts->n, sizeof(*grown));
		if (!grown)
			return;
		drafts->drafts = grown;
		draft = &grown[drafts->n++];
	} else if (!amend && !off && !values_given(section, "window") &&
		   !values_given(section, "where")) {
		spot_error(build->diag, spot_title(section),
			   _("write amend = true to change single keys of it"),
			   _("this replaces the rule of %.200s:%u as a whole"),
			   draft->top->section->file->path,
			   spot_line(draft->top->section->file,
				     draft->top->section->begin));
		layer->below = draft->top;
	}
	*draft = (struct draft){ layer, off };
}

/** Names of all rules, and where each that is in force says what it holds back. */
static void
check_inhibits(const struct drafts *drafts)
{
	struct build *build = drafts->build;
	const struct conf *conf = build->conf;
	struct inhibits_place *places =
		arena_alloc(build->arena, (conf->n_rules + 1) * sizeof(*places));
	const char **names =
		arena_alloc(build->arena, (drafts->n + 1) * sizeof(*names));
	size_t n = 0;

	if (!places || !names)
		return;
	for (size_t i = 0; i < drafts->n; i++) {
		const struct draft *draft = &drafts->drafts[i];
		names[i] = draft->top->section->name;
		if (n == conf->n_rules || strcmp(conf->rules[n].name, names[i]) != 0)
			continue;
		struct given g = given(draft, "inhibits");
		places[n++] = (struct inhibits_place){ g.section, g.item };
	}
	if (n == conf->n_rules)
		inhibits_check(build, places, names, drafts->n);
}

/** What the rules ask of each other. */
static void
check_named(struct drafts *drafts)
{
	struct build *build = drafts->build;
	struct conf *conf = build->conf;
	struct expr_error error = { 0 };
	const char *key = NULL;

	for (size_t i = 0; conf->rules && i < conf->n_rules; i++) {
		if (rule_check_named(conf->rules, conf->n_rules, i, &key, &error) !=
		    -EINVAL)
			continue;
		const struct draft *draft = draft_find(drafts, conf->rules[i].name);
		struct given g = given(draft, key);
		if (g.item && g.item->n_values)
			report_expr(build, g, &error);
	}
}

void
rules_build(struct build *build)
{
	struct drafts drafts = { .build = build };
	struct conf *conf = build->conf;
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++)
		if (section->row->kind == SECTION_RULE && section->title.text &&
		    !build_duplicate(build, i, true))
			draft_add(&drafts, section, pack);
	if (drafts.n > RULES_MAX)
		spot_error(build->diag,
			   spot_title(drafts.drafts[RULES_MAX].top->section), NULL,
			   _("there are at most %d rules"), RULES_MAX);
	size_t before = build->diag->errors;
	conf->rules =
		arena_alloc(build->arena, (drafts.n + 1) * sizeof(conf->rules[0]));
	for (size_t i = 0; conf->rules && i < drafts.n; i++) {
		size_t errors = build->diag->errors;
		if (drafts.drafts[i].off)
			continue;
		check_draft(build, &drafts.drafts[i]);
		if (build->diag->errors > errors || is_unsure(&drafts.drafts[i]))
			continue;
		struct rule_spec *spec = &conf->rules[conf->n_rules];
		*spec = spec_of(build, &drafts.drafts[i]);
		if (build->diag->errors == errors)
			check_whole(build, &drafts.drafts[i], spec);
		/* Tests of the sound rules run although others are broken. */
		conf->n_rules += build->diag->errors == errors;
	}
	if (conf->rules)
		check_inhibits(&drafts);
	if (build->diag->errors == before) /* else some are missing */
		check_named(&drafts);
}
