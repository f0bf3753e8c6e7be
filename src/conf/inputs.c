/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of inputs: journal and file. */
#include "base/i18n.h"
#include "base/stamp.h"
#include "conf/build.h"
#include "conf/unit.h"

#include <errno.h>
#include <sipvigil/dialect.h>
#include <stdio.h>

#define MAX_DIALECTS 128

static void
check_dialect(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "dialect");
	const struct sv_dialect *const *dialects = build->dialects;
	const char *names[MAX_DIALECTS];
	char hint[256];
	size_t n = 0, used = 0;

	if (!dialects || !item || !item->n_values || !item->values[0].text[0])
		return;
	const char *name = item->values[0].text;
	for (; n < MAX_DIALECTS && dialects[n]; n++) {
		names[n] = dialects[n]->name;
		if (strcmp(name, names[n]) == 0)
			return;
	}
	const char *near = options_nearest(str_of(name), names, n);
	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near);
	for (size_t i = 0; !near && i < n && used < sizeof(hint); i++)
		used += (size_t)snprintf(hint + used, sizeof(hint) - used,
					 i ? ", %s" : "%s", names[i]);
	spot_error(build->diag, spot_value(section, &item->values[0]), hint,
		   _("there is no dialect '%.64s'"), name);
}

static void
check_timezone(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "timezone");
	struct stamp *stamp = NULL;

	if (!item || !item->n_values || !item->values[0].text[0])
		return;
	struct stamp_rules rules = { .zone = item->values[0].text };
	int r = stamp_new(&rules, &stamp);
	stamp_free(stamp);
	if (r == -EINVAL)
		spot_error(
			build->diag, spot_value(section, &item->values[0]),
			_("as Europe/Berlin or UTC; timedatectl list-timezones names "
			  "them"),
			_("there is no time zone '%.64s'"), item->values[0].text);
}

/** "habit", "off" or a duration of at least a second. */
static sv_usec
read_silence(struct build *build, const struct syntax_section *section)
{
	const char *text = values_text(section, "silence");
	const struct syntax_item *item = syntax_item(section, "silence");
	sv_usec usec = 0;

	if (!text || strcmp(text, "habit") == 0)
		return 0;
	if (strcmp(text, "off") == 0)
		return SV_USEC_NEVER;
	if (unit_duration(str_of(text), &usec) == UNIT_OK && usec >= SV_USEC_PER_SEC)
		return usec;
	spot_error(build->diag,
		   item && item->n_values ? spot_value(section, &item->values[0])
					  : spot_title(section),
		   _("as \"30m\", \"habit\" or \"off\""),
		   _("'%.64s' is no time of silence"), text);
	return 0;
}

/** The default of texts where none and an empty one mean the same. */
static const char *
text_or_null(const struct syntax_section *section, const char *name)
{
	const char *text = values_text(section, name);

	return text && text[0] ? text : NULL;
}

static void
add_journal(struct build *build, const struct syntax_section *section)
{
	struct conf *conf = build->conf;
	struct conf_journal journal = {
		.journal = { .title = section->name,
			     .name_space = values_text(section, "namespace"),
			     .directory = values_text(section, "directory"),
			     .from = values_number(section, "from")
					     ? INPUT_FROM_BEGINNING
					     : INPUT_FROM_END },
		.dialect = text_or_null(section, "dialect"),
		.silence = read_silence(build, section),
	};

	check_dialect(build, section);
	journal.journal.units =
		values_list(build->arena, section, "units", &journal.journal.n_units);
	journal.journal.identifiers = values_list(build->arena, section, "identifiers",
						  &journal.journal.n_identifiers);
	struct conf_journal *grown = arena_grow(build->arena, conf->journals,
						conf->n_journals, sizeof(*grown));
	if (!grown)
		return;
	conf->journals = grown;
	conf->journals[conf->n_journals++] = journal;
}

static void
check_paths(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "path");

	for (size_t i = 0; item && i < item->n_values; i++)
		if (item->values[i].text[0] != '/')
			spot_error(build->diag, spot_value(section, &item->values[i]),
				   NULL, _("the path of a log must begin with /"));
}

static void
add_file(struct build *build, const struct syntax_section *section)
{
	struct conf *conf = build->conf;
	struct conf_file file = {
		.tail = { .title = section->name,
			  .from = values_number(section, "from") ? INPUT_FROM_BEGINNING
								 : INPUT_FROM_END,
			  .max_line_bytes = values_number(section, "max_line"),
			  .poll_usec = values_number(section, "poll"),
			  .max_files = values_number(section, "max_files") },
		.dialect = text_or_null(section, "dialect"),
		.timezone = text_or_null(section, "timezone"),
		.silence = read_silence(build, section),
	};

	check_dialect(build, section);
	check_timezone(build, section);
	check_paths(build, section);
	file.tail.paths =
		values_list(build->arena, section, "path", &file.tail.n_paths);
	struct conf_file *grown =
		arena_grow(build->arena, conf->files, conf->n_files, sizeof(*grown));
	if (!grown)
		return;
	conf->files = grown;
	conf->files[conf->n_files++] = file;
}

void
inputs_build(struct build *build)
{
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		if (section->row->kind == SECTION_JOURNAL)
			add_journal(build, section);
		else if (section->row->kind == SECTION_FILE)
			add_file(build, section);
	}
}
