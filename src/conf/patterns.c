/* SPDX-License-Identifier: Apache-2.0 */
/* Dialects made of patterns: later sections of one name replace or remove earlier ones,
 * templates are gathered for each. */
#include "base/i18n.h"
#include "conf/build.h"

#include <sipvigil/dialect.h>
#include <stdio.h>

/** A dialect as its last section says. */
struct draft {
	const struct syntax_section *section;
	size_t n;       /* of build_section() */
	bool of_folder; /* it stands in a folder of patterns */
	bool off;
};

struct drafts {
	struct draft *drafts;
	size_t n;
};

static struct draft *
draft_find(const struct drafts *drafts, const char *name)
{
	for (size_t i = 0; i < drafts->n; i++)
		if (strcmp(drafts->drafts[i].section->name, name) == 0)
			return &drafts->drafts[i];
	return NULL;
}

/** A name is a word of command lines and of JSON. */
static bool
name_sound(struct build *build, const struct syntax_section *section)
{
	size_t len = strlen(section->name);

	if (len &&
	    strspn(section->name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len)
		return true;
	spot_error(build->diag, spot_title(section), NULL,
		   _("the name of a dialect has small letters, digits, '-' and '_'"));
	return false;
}

static bool
is_builtin(const struct build *build, const char *name)
{
	const struct sv_dialect *const *rows = build->options->dialects;

	for (; rows && *rows; rows++)
		if (strcmp((*rows)->name, name) == 0)
			return true;
	return false;
}

static void
draft_add(struct build *build, struct drafts *drafts, size_t n)
{
	bool pack;
	const struct syntax_section *section = build_section(build, n, &pack);
	struct draft *draft = draft_find(drafts, section->name);

	if (is_builtin(build, section->name)) {
		spot_error(build->diag, spot_title(section), NULL,
			   _("the dialect '%.64s' is built in"), section->name);
		return;
	}
	if (!draft) {
		struct draft *grown = arena_grow(build->arena, drafts->drafts,
						 drafts->n, sizeof(*grown));
		if (!grown)
			return;
		drafts->drafts = grown;
		draft = &grown[drafts->n++];
	}
	*draft = (struct draft){ .section = section,
				 .n = n,
				 .of_folder = build_of_patterns(build, n),
				 .off = !values_number(section, "enabled") };
}

/** The draft that a template or sample names. NULL: it is not about a dialect that there
 *  is, reported where that is a mistake. */
static const struct draft *
draft_of(struct build *build, const struct drafts *drafts, size_t n)
{
	bool pack;
	const struct syntax_section *section = build_section(build, n, &pack);
	const char *name = values_text(section, "dialect");
	const struct draft *draft = name ? draft_find(drafts, name) : NULL;
	const char **names;
	char hint[160];

	if (draft) {
		/* what a folder says of a dialect that was replaced is gone with it */
		bool gone = build_of_patterns(build, n) && !draft->of_folder;
		return gone || draft->off ? NULL : draft;
	}
	names = arena_alloc(build->arena, (drafts->n + 1) * sizeof(*names));
	if (!name || !names)
		return NULL;
	for (size_t i = 0; i < drafts->n; i++)
		names[i] = drafts->drafts[i].section->name;
	const char *near = options_nearest(str_of(name), names, drafts->n);
	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%.64s'?"), near);
	else
		snprintf(hint, sizeof(hint), _("write dialect \"%.64s\" { … }"), name);
	spot_error(build->diag,
		   spot_value(section, &syntax_item(section, "dialect")->values[0]),
		   hint, _("there is no dialect '%.64s' made of patterns"), name);
	return NULL;
}

static const char *
text_or_null(const struct syntax_section *section, const char *name)
{
	const char *text = values_text(section, name);

	return text && text[0] ? text : NULL;
}

/** A name that a built-in dialect claims goes to that. */
static void
check_claims(struct build *build, const struct syntax_section *section, const char *key,
	     bool units)
{
	const struct sv_dialect *const *rows = build->options->dialects;
	const struct syntax_item *item = syntax_item(section, key);

	for (; item && rows && *rows; rows++) {
		const char *const *list = units ? (*rows)->units : (*rows)->idents;
		for (; list && *list; list++)
			for (size_t i = 0; i < item->n_values; i++)
				if (strcmp(*list, item->values[i].text) == 0)
					spot_warning(
						build->diag,
						spot_value(section, &item->values[i]),
						_("name the dialect in the input's "
						  "section instead"),
						_("'%.64s' is read by the built-in "
						  "dialect '%s'"),
						*list, (*rows)->name);
	}
}

static struct pattern_spec
spec_of(struct build *build, const struct draft *draft)
{
	const struct syntax_section *section = draft->section;
	size_t n;
	struct pattern_spec spec = {
		.name = section->name,
		.doc = values_text(section, "doc"),
		.evidence =
			values_number(section, "evidence") ? "recordings" : "documents",
		.documented = text_or_null(section, "documented"),
		.file = section->file->path,
		.line = spot_line(section->file, section->begin),
	};

	spec.idents = values_list(build->arena, section, "identifiers", &n);
	spec.units = values_list(build->arena, section, "units", &n);
	spec.files = values_list(build->arena, section, "files", &n);
	spec.probes = values_list(build->arena, section, "probe", &spec.n_probes);
	return spec;
}

static void
check_probes(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "probe");

	for (size_t i = 0; item && i < item->n_values; i++)
		if (strlen(item->values[i].text) < 3)
			spot_error(build->diag, spot_value(section, &item->values[i]),
				   NULL,
				   _("a probe of less than three bytes stands in "
				     "anybody's lines"));
}

/** Two templates of one name could not be told apart. */
static bool
is_twice(struct build *build, const struct pattern_spec *spec,
	 const struct syntax_section *section)
{
	for (size_t i = 0; i < spec->n_templates; i++) {
		const struct pattern_template *other = &spec->templates[i];
		if (strcmp(other->name, section->name) != 0)
			continue;
		spot_error(build->diag, spot_title(section), NULL,
			   _("%s \"%.64s\" stands twice, first in %.200s:%u"),
			   section->row->name, section->name, other->file, other->line);
		return true;
	}
	return false;
}

/** The templates of a draft: those of its own layer and of the later ones, in order. */
static void
add_templates(struct build *build, const struct drafts *drafts,
	      const struct draft *draft, struct pattern_spec *spec)
{
	const struct syntax_section *section;
	struct pattern_template *own = NULL;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		struct pattern_template template = { 0 };
		if (section->row->kind != SECTION_TEMPLATE || section->unsure ||
		    !section->title.text || !values_given(section, "dialect") ||
		    draft_find(drafts, values_text(section, "dialect")) != draft ||
		    (build_of_patterns(build, i) && !draft->of_folder) ||
		    is_twice(build, spec, section) ||
		    !templates_read(build, section, &template))
			continue;
		struct pattern_template *grown =
			arena_grow(build->arena, own, spec->n_templates, sizeof(*own));
		if (!grown)
			return;
		own = grown;
		own[spec->n_templates++] = template;
		spec->templates = own;
	}
	if (!spec->n_templates)
		spot_warning(build->diag, spot_title(draft->section),
			     _("write template \"name\" { dialect = … pattern = … }"),
			     _("no template: this dialect recognises nothing"));
}

static void
add_pattern(struct build *build, const struct drafts *drafts, const struct draft *draft)
{
	struct conf *conf = build->conf;
	struct pattern_spec spec = spec_of(build, draft);

	check_claims(build, draft->section, "identifiers", false);
	check_claims(build, draft->section, "units", true);
	check_probes(build, draft->section);
	add_templates(build, drafts, draft, &spec);
	struct pattern_spec *grown = arena_grow(build->arena, conf->patterns,
						conf->n_patterns, sizeof(*grown));
	if (!grown)
		return;
	conf->patterns = grown;
	conf->patterns[conf->n_patterns++] = spec;
}

/** "ignored" and "unknown" stand alone; the rest looks like JSON objects. */
static bool
expect_sound(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "expect");
	bool sound = true;

	for (size_t i = 0; item && i < item->n_values; i++) {
		const char *text = item->values[i].text;
		bool word =
			strcmp(text, "ignored") == 0 || strcmp(text, "unknown") == 0;
		if ((word && item->n_values == 1) || text[0] == '{')
			continue;
		spot_error(build->diag, spot_value(section, &item->values[i]),
			   _("as '{\"code\":403,\"peer_ip\":\"192.0.2.1\"}', "
			     "\"ignored\" or \"unknown\""),
			   _("'%.64s' is nothing that a sample can expect"), text);
		sound = false;
	}
	return sound;
}

static const struct pattern_spec *
pattern_find(const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_patterns; i++)
		if (strcmp(conf->patterns[i].name, name) == 0)
			return &conf->patterns[i];
	return NULL;
}

/** The template that a sample names, if it does. */
static bool
template_known(struct build *build, const struct syntax_section *section,
	       const struct pattern_spec *spec)
{
	const char *name = text_or_null(section, "template");
	const char **names =
		arena_alloc(build->arena, (spec->n_templates + 1) * sizeof(*names));
	char hint[160];

	if (!name || !names)
		return true;
	for (size_t i = 0; i < spec->n_templates; i++) {
		names[i] = spec->templates[i].name;
		if (strcmp(names[i], name) == 0)
			return true;
	}
	const char *near = options_nearest(str_of(name), names, spec->n_templates);
	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%.64s'?"), near);
	spot_error(build->diag,
		   spot_value(section, &syntax_item(section, "template")->values[0]),
		   near ? hint : NULL, _("the dialect '%.64s' has no template '%.64s'"),
		   spec->name, name);
	return false;
}

static void
add_sample(struct build *build, const struct draft *draft,
	   const struct syntax_section *section)
{
	struct conf *conf = build->conf;
	const struct pattern_spec *spec = pattern_find(conf, draft->section->name);
	size_t errors = build->diag->errors;

	if (!spec || section->unsure || !section->title.text ||
	    !expect_sound(build, section))
		return;
	if (errors == 0 && !template_known(build, section, spec))
		return;
	struct pattern_sample sample = {
		.name = section->name,
		.file = section->file->path,
		.line = spot_line(section->file, section->begin),
		.dialect = spec->name,
		.template = text_or_null(section, "template")
	};
	sample.lines = values_list(build->arena, section, "line", &sample.n_lines);
	sample.expect = values_list(build->arena, section, "expect", &sample.n_expect);
	struct pattern_sample *grown = arena_grow(build->arena, conf->samples,
						  conf->n_samples, sizeof(*grown));
	if (!grown || !sample.n_lines || !sample.n_expect)
		return;
	conf->samples = grown;
	conf->samples[conf->n_samples++] = sample;
}

static void
check_numbers(struct build *build)
{
	const struct conf *conf = build->conf;
	size_t templates = 0;

	for (size_t i = 0; i < conf->n_patterns; i++)
		templates += conf->patterns[i].n_templates;
	if (conf->n_patterns > PATTERN_MAX_DIALECTS ||
	    templates > PATTERN_MAX_TEMPLATES || conf->n_samples > PATTERN_MAX_SAMPLES)
		diag_add(build->diag, DIAG_ERROR, conf->patterns[0].file, 0, 0, 0, NULL,
			 _("there are too many patterns: at most 64 dialects, 512 "
			   "templates and 4096 samples"),
			 NULL);
}

/** Names, identifiers, units and files of all dialects, for those who look for them. */
static void
list_dialects(struct build *build)
{
	const struct conf *conf = build->conf;
	const struct sv_dialect *const *rows = build->options->dialects;
	const struct sv_dialect **all;
	struct sv_dialect *made;
	size_t n = 0;

	while (rows && rows[n])
		n++;
	all = arena_alloc(build->arena, (n + conf->n_patterns + 1) *
						sizeof(const struct sv_dialect *));
	made = arena_alloc(build->arena, (conf->n_patterns + 1) * sizeof(*made));
	if (!rows || !all || !made)
		return;
	for (size_t i = 0; i < n; i++)
		all[i] = rows[i];
	for (size_t i = 0; i < conf->n_patterns; i++) {
		made[i] = (struct sv_dialect){ .name = conf->patterns[i].name,
					       .idents = conf->patterns[i].idents,
					       .units = conf->patterns[i].units,
					       .files = conf->patterns[i].files };
		all[n + i] = &made[i];
	}
	build->dialects = all;
}

void
patterns_build(struct build *build)
{
	const struct syntax_section *section;
	struct drafts drafts = { 0 };
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++)
		if (section->row->kind == SECTION_DIALECT && section->title.text &&
		    name_sound(build, section) && !build_duplicate(build, i, true))
			draft_add(build, &drafts, i);
	for (size_t i = 0; i < drafts.n; i++)
		if (!drafts.drafts[i].off)
			add_pattern(build, &drafts, &drafts.drafts[i]);
	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		enum section_kind kind = section->row->kind;
		if (kind != SECTION_TEMPLATE && kind != SECTION_SAMPLE)
			continue;
		const struct draft *draft = draft_of(build, &drafts, i);
		if (draft && kind == SECTION_SAMPLE)
			add_sample(build, draft, section);
	}
	check_numbers(build);
	list_dialects(build);
}
