/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/conf.h"

#include "base/i18n.h"
#include "conf/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#define MAIN_FILE SYSCONFDIR "/sipvigil/sipvigil.conf"

/** A snapshot with its memory. */
struct holder {
	struct arena arena;
	struct conf conf;
};

static struct holder *
holder_of(struct conf *conf)
{
	return (struct holder *)(void *)((char *)conf - offsetof(struct holder, conf));
}

void
conf_free(struct conf *conf)
{
	if (!conf)
		return;
	struct holder *holder = holder_of(conf);
	arena_done(&holder->arena);
	free(holder);
}

/** What stands outside of sections, where it gives a key last; the presets when nothing
 *  does. */
static const struct syntax_section *
top_with(const struct build *build, const char *name)
{
	for (size_t i = build->files.n_sections; i > 0; i--) {
		const struct syntax_section *section = build->files.sections[i - 1];
		if (section->row->kind == SECTION_TOP && values_given(section, name))
			return section;
	}
	return &build->preset;
}

static const char *
top_text(const struct build *build, const char *name)
{
	return values_text(top_with(build, name), name);
}

static uint64_t
top_number(const struct build *build, const char *name)
{
	return values_number(top_with(build, name), name);
}

static void
check_control(struct build *build)
{
	struct sockaddr_un address;
	const struct syntax_section *top = top_with(build, "control");
	const struct syntax_item *item = syntax_item(top, "control");
	const char *control = build->conf->control;

	if (!item || !item->n_values)
		return;
	if (strlen(control) >= sizeof(address.sun_path))
		spot_error(build->diag, spot_value(top, &item->values[0]), NULL,
			   _("the path of a socket has less than %zu bytes, this one "
			     "has %zu"),
			   sizeof(address.sun_path), strlen(control));
	else if (control[0] != '/')
		spot_error(build->diag, spot_value(top, &item->values[0]), NULL,
			   _("the path of the socket must begin with /"));
}

static const char *
host_name(struct arena *arena)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) < 0 || !name[0])
		snprintf(name, sizeof(name), "localhost");
	return arena_copy(arena, str_of(name));
}

static void
build_top(struct build *build)
{
	struct conf *conf = build->conf;

	conf->state_dir = top_text(build, "state_dir");
	conf->checkpoint_interval = top_number(build, "checkpoint_interval");
	conf->history_max_age = top_number(build, "history_max_age");
	conf->history_max_bytes = top_number(build, "history_max_size");
	conf->control = top_text(build, "control");
	conf->instance = top_text(build, "instance");
	conf->host = top_text(build, "host");
	if (!conf->host || !conf->host[0])
		conf->host = host_name(build->arena);
	conf->grace = top_number(build, "grace");
	conf->gap_interval = top_number(build, "gap_interval");
	conf->max_keys = top_number(build, "max_keys");
	conf->group_limit = top_number(build, "group_limit");
	conf->max_bytes = top_number(build, "max_memory");
	conf->max_baselines = top_number(build, "max_baselines");
	check_control(build);
}

/** Reads the main file and conf.d beside it. False: the file that was asked for is not
 *  there. */
static bool
read_files(struct build *build)
{
	const char *path = build->options->path;
	char *folder = NULL;
	bool readable = true;

	if (path || access(MAIN_FILE, F_OK) == 0) {
		path = path ? path : MAIN_FILE;
		build->conf->path = arena_copy(build->arena, str_of(path));
		readable = source_file(&build->files, path) == 0;
	}
	const char *beside = path ? path : MAIN_FILE;
	const char *slash = strrchr(beside, '/');
	int n = slash ? (int)(slash - beside) + 1 : 0;
	if (asprintf(&folder, "%.*sconf.d", n, beside) < 0) {
		build->arena->failed = true;
		return readable;
	}
	source_folder(&build->files, folder);
	free(folder);
	return readable;
}

static void
report_no_folder(struct build *build, const char *key, const struct syntax_item *item,
		 size_t index, const char *path)
{
	const struct syntax_section *top = top_with(build, key);

	if (item && index < item->n_values)
		spot_error(build->diag, spot_value(top, &item->values[index]), NULL,
			   _("cannot read the folder %.200s: %s"), path,
			   strerror(errno));
	else if (strcmp(key, "rules_dir") == 0)
		diag_add(build->diag, DIAG_WARNING, path, 0, 0, 0, NULL,
			 _("there is no folder with default rules"),
			 _("set rules_dir, or rules_dir = {} for none"));
}

/** All files of the folders that a key names. */
static void
read_folders(struct build *build, const char *key, const char *const *given,
	     struct source *into)
{
	const struct syntax_section *top = top_with(build, key);
	const struct syntax_item *item = syntax_item(top, key);
	size_t n = 1;
	const char *const *folders = given;

	if (!*given)
		folders = values_list(build->arena, top, key, &n);
	for (size_t i = 0; folders && i < n; i++) {
		int r = source_folder(into, folders[i]);
		if (r < 0 && r != -ENOMEM) {
			errno = -r;
			report_no_folder(build, key, *given ? NULL : item,
					 item && item->append ? i - 1 : i, folders[i]);
		}
	}
}

static void
check_required(struct build *build, const struct syntax_section *section)
{
	/* A rule may have its keys from the rule that it amends: rules.c looks. */
	if (section->row->kind == SECTION_RULE || section->row->kind == SECTION_TOP ||
	    section->unsure)
		return;
	for (size_t i = 0; i < section->row->n_options; i++) {
		const struct option_row *row = &section->row->options[i];
		if (row->flags & OPTION_REQUIRED && !values_given(section, row->name))
			spot_error(build->diag, spot_title(section), NULL,
				   _("%s needs '%s'"), section->row->name, row->name);
	}
}

/** What holds of all sections alike. */
static void
check_sections(struct build *build)
{
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		check_required(build, section);
		bool pattern = build_of_patterns(build, i);
		unsigned wanted = pattern ? SECTION_PATTERN : SECTION_PACK;
		if (pack && !(section->row->flags & wanted) &&
		    (section->row->kind != SECTION_TOP || section->n_items))
			spot_error(
				build->diag,
				section->n_items && section->row->kind == SECTION_TOP
					? spot_key(section, &section->items[0])
					: spot_title(section),
				NULL, "%s",
				pattern ? _("in a folder of patterns stand dialects, "
					    "templates and samples")
					: _("in a rule pack stand rules, lists, "
					    "sets and tests"));
		if (section->row->kind != SECTION_TOP &&
		    section->row->kind != SECTION_RULE &&
		    section->row->kind != SECTION_LIST &&
		    section->row->kind != SECTION_SET &&
		    !(section->row->flags & SECTION_PATTERN))
			build_duplicate(build, i, false);
	}
}

/** Number of the first entry with the same file: files stay in the order in which they
 *  were first spoken of. */
static size_t
file_rank(const struct diag *diag, size_t from, const struct diag_entry *entry)
{
	size_t i = from;

	while (i < diag->n && strcmp(diag->entries[i].file ? diag->entries[i].file : "",
				     entry->file ? entry->file : "") != 0)
		i++;
	return i;
}

static bool
comes_before(const struct diag *diag, size_t from, const struct diag_entry *a,
	     const struct diag_entry *b)
{
	size_t rank_a = file_rank(diag, from, a), rank_b = file_rank(diag, from, b);

	if (rank_a != rank_b)
		return rank_a < rank_b;
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/** Mistakes were found in several passes over the files; people read from top to
 *  bottom. Stable, and there are at most DIAG_MAX_ENTRIES. */
static void
sort_diag(struct diag *diag, size_t from)
{
	struct diag order = *diag;
	struct diag_entry sorted[DIAG_MAX_ENTRIES];
	size_t n = 0;

	for (size_t i = from; i < diag->n; i++, n++) {
		size_t at = n;
		while (at > 0 &&
		       comes_before(&order, from, &diag->entries[i], &sorted[at - 1])) {
			sorted[at] = sorted[at - 1];
			at--;
		}
		sorted[at] = diag->entries[i];
	}
	if (n)
		memcpy(diag->entries + from, sorted, n * sizeof(sorted[0]));
}

static void
build_all(struct build *build)
{
	if (!read_files(build) || arena_failed(build->arena))
		return;
	build_top(build);
	read_folders(build, "patterns_dir", &build->options->patterns_dir,
		     &build->patterns);
	read_folders(build, "rules_dir", &build->options->rules_dir, &build->packs);
	check_sections(build);
	patterns_build(build);
	sets_build(build);
	lists_build(build);
	lists_build_peers(build);
	rules_build(build);
	silences_build(build);
	tests_build(build);
	inputs_build(build);
	outputs_build(build);
	if (!build->options->no_inputs)
		zero_build(build);
	if (build->conf->n_rules == 0 && build->diag->errors == 0)
		diag_add(build->diag, DIAG_WARNING, build->conf->path, 0, 0, 0, NULL,
			 _("there are no rules: nothing will raise an alert"), NULL);
}

struct conf *
conf_load(const struct conf_options *options, struct diag *diag)
{
	struct holder *holder = calloc(1, sizeof(*holder));
	size_t before = diag->errors, first = diag->n;
	struct arena scratch;

	if (holder) {
		const struct syntax_file nowhere = { .path = "" };
		arena_init(&holder->arena);
		arena_init(&scratch);
		struct build build = {
			.conf = &holder->conf,
			.arena = &holder->arena,
			.diag = diag,
			.options = options,
			.preset = { .row = options_section(SECTION_TOP),
				    .file = &nowhere },
			.patterns = { &holder->arena, &scratch, diag, NULL, 0, 0 },
			.packs = { &holder->arena, &scratch, diag, NULL, 0, 0 },
			.files = { &holder->arena, &scratch, diag, NULL, 0, 0 }
		};
		build_all(&build);
		sort_diag(diag, first);
		holder->arena.failed |= arena_failed(&scratch);
		arena_done(&scratch);
	}
	if (!holder || arena_failed(&holder->arena)) {
		diag_add(diag, DIAG_ERROR, options->path, 0, 0, 0, NULL,
			 _("the configuration takes more memory than there is"), NULL);
	} else if (diag->errors == before ||
		   (options->partial && holder->conf.control)) {
		return &holder->conf;
	}
	if (holder)
		conf_free(&holder->conf);
	return NULL;
}
