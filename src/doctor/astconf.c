/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/astconf.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

/** Templates, and their templates, that one section is looked for in. */
#define MAX_TEMPLATES 64

static void read_file(struct astconf *conf, const char *path);

static void
read_included(void *user, const char *path)
{
	read_file(user, path);
}

/** #include "file", <file> or file; relative to /etc/asterisk. */
static void
include(struct astconf *conf, struct sv_str name)
{
	char path[TREE_PATH_BYTES];

	name = tree_unquote(name);
	if (name.len >= 2 && name.ptr[0] == '<' && name.ptr[name.len - 1] == '>')
		name = str_make(name.ptr + 1, name.len - 2);
	if (!name.len || name.len > 300) {
		conf->more = true;
		return;
	}
	(void)snprintf(path, sizeof(path), "%s%.*s",
		       name.ptr[0] == '/' ? "" : "/etc/asterisk/", (int)name.len,
		       name.ptr);
	(void)tree_match(conf->doctor, path, read_included, conf);
}

/** "[name](!,a,b)" */
static void
open_section(struct astconf *conf, struct sv_str line, const char *path,
	     unsigned number)
{
	size_t end = str_find_char(line, ']');
	struct astconf_section *section;

	if (end == STR_NONE || conf->n_sections == ASTCONF_SECTIONS) {
		conf->more = true;
		return;
	}
	section = &conf->sections[conf->n_sections++];
	*section = (struct astconf_section){ .name = str_make(line.ptr + 1, end - 1),
					     .file = path,
					     .line = number,
					     .first = conf->n_entries };
	struct sv_str rest = str_trim(str_from(line, end + 1));
	if (rest.len < 2 || rest.ptr[0] != '(')
		return;
	end = str_find_char(rest, ')');
	section->templates =
		str_make(rest.ptr + 1, (end == STR_NONE ? rest.len : end) - 1);
	section->is_template = str_find_char(section->templates, '!') != STR_NONE;
}

static void
add_entry(struct astconf *conf, struct sv_str line, const char *path, unsigned number)
{
	size_t at = str_find_char(line, '=');
	struct astconf_section *section;

	if (at == STR_NONE || conf->n_sections == 0)
		return;
	if (conf->n_entries == ASTCONF_ENTRIES) {
		conf->more = true;
		return;
	}
	section = &conf->sections[conf->n_sections - 1];
	struct sv_str value = str_from(line, at + 1);
	if (value.len && value.ptr[0] == '>')
		value = str_from(value, 1);
	conf->entries[conf->n_entries++] =
		(struct astconf_entry){ .key = str_trim(str_upto(line, at)),
					.value = str_trim(value),
					.file = path,
					.line = number };
	section->n++;
}

/** The line without its comment. */
static struct sv_str
uncomment(struct astconf *conf, struct sv_str line)
{
	if (conf->in_block) {
		size_t end = str_find(line, SV_STR("--;"));
		if (end == STR_NONE)
			return (struct sv_str){ 0 };
		conf->in_block = false;
		line = str_from(line, end + 3);
	}
	for (size_t i = 0; i < line.len; i++) {
		if (line.ptr[i] != ';' || (i && line.ptr[i - 1] == '\\'))
			continue;
		struct sv_str rest = str_from(line, i);
		bool block = str_starts(rest, SV_STR(";--")) &&
			     !str_starts(rest, SV_STR(";---"));
		if (block && str_find(rest, SV_STR("--;")) == STR_NONE)
			conf->in_block = true;
		return str_trim(str_upto(line, i));
	}
	return str_trim(line);
}

static void
read_line(struct astconf *conf, struct sv_str line, const char *path, unsigned number)
{
	line = uncomment(conf, line);
	if (!line.len)
		return;
	if (line.ptr[0] == '[')
		open_section(conf, line, path, number);
	else if (str_starts(line, SV_STR("#include")))
		include(conf, str_from(line, 8));
	else if (str_starts(line, SV_STR("#tryinclude")))
		include(conf, str_from(line, 11));
	else if (line.ptr[0] == '#')
		conf->more = true;
	else
		add_entry(conf, line, path, number);
}

static void
read_file(struct astconf *conf, const char *path)
{
	const struct tree_text *file;
	struct tree_lines lines = { 0 };
	struct sv_str line;

	if (conf->depth == TREE_DEPTH || !(file = tree_read(conf->doctor, path))) {
		conf->more = true;
		return;
	}
	conf->depth++;
	lines.rest = file->text;
	while (tree_next_line(&lines, &line))
		read_line(conf, line, file->path, lines.number);
	conf->depth--;
}

bool
astconf_read(struct doctor *doctor, const char *path, struct astconf *ret_conf)
{
	*ret_conf = (struct astconf){ .doctor = doctor };
	if (!tree_read(doctor, path))
		return false;
	ret_conf->sections = calloc(ASTCONF_SECTIONS, sizeof(*ret_conf->sections));
	ret_conf->entries = calloc(ASTCONF_ENTRIES, sizeof(*ret_conf->entries));
	if (!ret_conf->sections || !ret_conf->entries)
		return false;
	read_file(ret_conf, path);
	return true;
}

void
astconf_done(struct astconf *conf)
{
	free(conf->sections);
	free(conf->entries);
}

static const struct astconf_entry *
last_of(const struct astconf *conf, const struct astconf_section *section,
	const char *key)
{
	for (size_t i = section->n; i-- > 0;) {
		const struct astconf_entry *entry = &conf->entries[section->first + i];
		if (str_ieq(entry->key, str_of(key)))
			return entry;
	}
	return NULL;
}

const struct astconf_entry *
astconf_get(const struct astconf *conf, const char *section, const char *key)
{
	const struct astconf_entry *entry;

	for (size_t i = conf->n_sections; i-- > 0;)
		if (str_ieq(conf->sections[i].name, str_of(section)) &&
		    (entry = last_of(conf, &conf->sections[i], key)))
			return entry;
	return NULL;
}

const struct astconf_section *
astconf_section(const struct astconf *conf, struct sv_str name)
{
	for (size_t i = 0; i < conf->n_sections; i++)
		if (str_ieq(conf->sections[i].name, name))
			return &conf->sections[i];
	return NULL;
}

static const struct astconf_entry *
inherited(const struct astconf *conf, const struct astconf_section *section,
	  const char *key, unsigned *budget)
{
	const struct astconf_entry *entry = last_of(conf, section, key);
	struct sv_str left = section->templates;

	while (!entry && left.len && *budget) {
		--*budget;
		size_t end = str_find_char(left, ',');
		struct sv_str name =
			str_trim(str_upto(left, end == STR_NONE ? left.len : end));
		const struct astconf_section *other = astconf_section(conf, name);
		if (other && other != section)
			entry = inherited(conf, other, key, budget);
		left = tree_behind(left, end);
	}
	return entry;
}

const struct astconf_entry *
astconf_of(const struct astconf *conf, const struct astconf_section *section,
	   const char *key)
{
	unsigned budget = MAX_TEMPLATES;

	return inherited(conf, section, key, &budget);
}

bool
astconf_is_true(struct sv_str value)
{
	static const char *const words[] = { "yes", "true", "y", "t", "1", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ieq(value, str_of(words[i])))
			return true;
	return false;
}
