/* SPDX-License-Identifier: Apache-2.0 */
/* Zero configuration: which PBXes are on this host, by the journal and by the usual log
 * files, for the dialects that there are. */
#include "base/i18n.h"
#include "conf/build.h"

#include <glob.h>
#include <sipvigil/dialect.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/** Where syslog daemons write what no rule sends elsewhere. */
static const char *const syslog_files[] = { "/var/log/syslog*", "/var/log/messages*",
					    NULL };
/** Where systemd keeps its journal. */
static const char *const journal_folders[] = { "/run/log/journal", "/var/log/journal" };

__attribute__((format(printf, 2, 3))) static void
say(struct conf *conf, const char *format, ...)
{
	size_t used = strlen(conf->found);
	va_list args;

	va_start(args, format);
	vsnprintf(conf->found + used, sizeof(conf->found) - used, format, args);
	va_end(args);
}

struct names {
	const char **names;
	size_t n;
};

static void
names_add(struct build *build, struct names *names, const char *const *more)
{
	for (size_t i = 0; more && more[i]; i++) {
		const char **grown = arena_grow(build->arena, names->names, names->n,
						sizeof(*grown));
		if (!grown)
			return;
		names->names = grown;
		names->names[names->n++] = more[i];
	}
}

/** All dialects of the journal in one input: entries of a PBX that is installed later
 *  are read too. */
static void
find_journal(struct build *build)
{
	struct conf *conf = build->conf;
	struct names units = { 0 }, idents = { 0 };
	bool there = false;

	for (size_t i = 0; i < sizeof(journal_folders) / sizeof(journal_folders[0]);
	     i++)
		there |= access(journal_folders[i], F_OK) == 0;
	conf->journals = arena_alloc(build->arena, sizeof(conf->journals[0]));
	if (!there || !conf->journals)
		return;
	for (size_t i = 0; build->dialects[i]; i++) {
		names_add(build, &units, build->dialects[i]->units);
		names_add(build, &idents, build->dialects[i]->idents);
	}
	if (units.n + idents.n == 0)
		return;
	conf->journals[0].journal = (struct journal_spec){ .title = "pbx",
							   .units = units.names,
							   .n_units = units.n,
							   .identifiers = idents.names,
							   .n_identifiers = idents.n,
							   .name_space = "",
							   .directory = "",
							   .from = INPUT_FROM_END };
	conf->n_journals = 1;
	say(conf, _("the journal"));
}

/** Files of one title, when one of them is there now: so many. */
static size_t
find_some(struct build *build, const char *title, const char *dialect,
	  const char *const *patterns)
{
	struct conf *conf = build->conf;
	struct names files = { 0 };
	struct syntax_section preset = { .row = options_section(SECTION_FILE) };
	size_t there = 0;

	for (size_t i = 0; patterns && patterns[i]; i++) {
		glob_t found = { 0 };
		if (glob(patterns[i], GLOB_NOSORT, NULL, &found) == 0)
			there += found.gl_pathc;
		globfree(&found);
	}
	struct conf_file *grown =
		arena_grow(build->arena, conf->files, conf->n_files, sizeof(*grown));
	if (!there || !grown)
		return 0;
	names_add(build, &files, patterns);
	conf->files = grown;
	conf->files[conf->n_files++] = (struct conf_file){
		.tail = { .title = title,
			  .paths = files.names,
			  .n_paths = files.n,
			  .from = INPUT_FROM_END,
			  .max_line_bytes = values_number(&preset, "max_line"),
			  .poll_usec = values_number(&preset, "poll"),
			  .max_files = values_number(&preset, "max_files") },
		.dialect = dialect,
	};
	return there;
}

/** The usual log files of one dialect. */
static void
find_files(struct build *build, const struct sv_dialect *dialect)
{
	struct conf *conf = build->conf;
	const char *comma = conf->found[0] ? ", " : "";
	size_t there = find_some(build, dialect->name, dialect->name, dialect->files);

	if (there)
		say(conf,
		    ngettext("%s%zu log file of %s", "%s%zu log files of %s", there),
		    comma, there, dialect->name);
}

/** What syslog writes of all programs holds nothing that the journal has not; where
 *  there is no journal a PBX may log to nowhere else. */
static void
find_syslog(struct build *build)
{
	struct conf *conf = build->conf;

	if (conf->n_journals == 0 && find_some(build, "syslog", NULL, syslog_files) > 0)
		say(conf, _("%sthe files of syslog"), conf->found[0] ? ", " : "");
}

void
zero_build(struct build *build)
{
	struct conf *conf = build->conf;

	if (conf_inputs(conf) || !build->dialects)
		return;
	conf->zero = true;
	find_journal(build);
	for (size_t i = 0; build->dialects[i]; i++)
		find_files(build, build->dialects[i]);
	find_syslog(build);
	if (!conf->found[0])
		say(conf, _("no PBX: no journal and no log file of a known one"));
}
