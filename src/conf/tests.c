/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of rules: their log lines and cases, read and checked; `sipvigil check` runs
 * them. */
#include "base/i18n.h"
#include "conf/build.h"
#include "conf/unit.h"

#include <stdio.h>

/** Most occurrences of one case. */
#define TEST_MAX_REPEAT 1000000

static struct sv_str
take_word(struct sv_str *text)
{
	*text = str_trim(*text);
	size_t end = str_find_char(*text, ' ');
	struct sv_str word = str_upto(*text, end == STR_NONE ? text->len : end);

	*text = str_trim(str_from(*text, word.len));
	return word;
}

/** "10 every 10s" or "1" */
static bool
read_phase(struct sv_str text, struct test_phase *into)
{
	if (unit_number(take_word(&text), &into->repeat) != UNIT_OK ||
	    into->repeat < 1 || into->repeat > TEST_MAX_REPEAT)
		return false;
	if (text.len == 0)
		return true;
	return str_eq(take_word(&text), SV_STR("every")) &&
	       unit_duration(text, &into->every) == UNIT_OK &&
	       into->every <= 7 * 24 * 3600 * SV_USEC_PER_SEC;
}

/** "168 every 1h then 40 every 1s" */
static bool
read_phases(struct sv_str text, struct test_case *into)
{
	static const struct sv_str then = { " then ", 6 };

	for (into->n_phases = 0; into->n_phases < TEST_MAX_PHASES;) {
		size_t end = str_find(text, then);
		struct sv_str one = end == STR_NONE ? text : str_upto(text, end);
		if (!read_phase(one, &into->phase[into->n_phases++]))
			return false;
		if (end == STR_NONE)
			return true;
		text = str_from(text, end + then.len);
	}
	return false;
}

/** "ok", "warning", "critical at 90s" */
static bool
read_expect(struct sv_str text, struct test_case *into)
{
	static const char *const words[] = { [TEST_OK] = "ok",
					     [TEST_WARNING] = "warning",
					     [TEST_CRITICAL] = "critical" };
	struct sv_str word = take_word(&text);
	size_t i = 0;

	while (i < 3 && !str_eq(word, str_of(words[i])))
		i++;
	if (i == 3)
		return false;
	into->expect = (enum test_expect)i;
	if (text.len == 0)
		return true;
	into->timed = true;
	return i != TEST_OK && str_eq(take_word(&text), SV_STR("at")) &&
	       unit_duration(text, &into->at) == UNIT_OK;
}

static bool
read_case(const char *text, struct test_case *into)
{
	struct sv_str whole = str_of(text);
	size_t colon = str_find_char(whole, ':');

	return colon != STR_NONE && read_phases(str_upto(whole, colon), into) &&
	       read_expect(str_from(whole, colon + 1), into);
}

static void
read_cases(struct build *build, const struct syntax_section *section,
	   struct test_spec *test)
{
	const struct syntax_item *item = syntax_item(section, "cases");
	struct test_case *cases =
		item ? arena_alloc(build->arena, item->n_values * sizeof(*cases))
		     : NULL;

	for (size_t i = 0; cases && i < item->n_values; i++) {
		const struct syntax_value *value = &item->values[i];
		struct test_case *one = &cases[test->n_cases];
		one->text = value->text;
		one->line = spot_line(section->file, value->begin);
		if (read_case(value->text, one))
			test->n_cases++;
		else
			spot_error(build->diag, spot_value(section, value),
				   _("as \"9 every 10s: ok\" or \"10 every 10s: "
				     "warning at 90s\""),
				   _("'%.64s' is no case of a test"), value->text);
	}
	test->cases = cases;
}

struct lines {
	const char **lines;
	size_t n;
};

static void
line_add(struct build *build, struct lines *lines, const char *line)
{
	const char **grown =
		arena_grow(build->arena, lines->lines, lines->n, sizeof(*grown));

	if (!grown || !line)
		return;
	lines->lines = grown;
	lines->lines[lines->n++] = line;
}

static void
read_log_file(struct build *build, const struct syntax_section *section,
	      const struct syntax_value *value, struct lines *lines)
{
	struct sv_str text = { 0 };
	const char *path = source_path(build->arena, section->file->path, value->text);
	int r = path ? source_text(build->arena, path, &text) : 0;

	if (r < 0)
		spot_error(build->diag, spot_value(section, value), NULL,
			   _("cannot read %.300s: %s"), path, strerror(-r));
	while (text.len) {
		size_t end = str_find_char(text, '\n');
		size_t len = end == STR_NONE ? text.len : end;
		if (len)
			line_add(build, lines,
				 arena_copy(build->arena, str_upto(text, len)));
		text = str_from(text, end == STR_NONE ? len : len + 1);
	}
}

static void
read_log(struct build *build, const struct syntax_section *section,
	 struct test_spec *test)
{
	const struct syntax_item *file = syntax_item(section, "log_file");
	const struct syntax_item *log = syntax_item(section, "log");
	struct lines lines = { 0 };

	for (size_t i = 0; file && i < file->n_values; i++)
		read_log_file(build, section, &file->values[i], &lines);
	for (size_t i = 0; log && i < log->n_values; i++)
		line_add(build, &lines, log->values[i].text);
	if (lines.n == 0 && build->diag->errors == 0)
		spot_error(build->diag, spot_title(section), NULL,
			   _("a test needs log lines: 'log' or 'log_file'"));
	test->log = lines.lines;
	test->n_log = lines.n;
}

/** The section of a rule by name, sound or not; the last one counts. */
static const struct syntax_section *
rule_section(const struct build *build, const char *name, bool *ret_pack)
{
	const struct syntax_section *section, *found = NULL;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++)
		if (section->row->kind == SECTION_RULE &&
		    strcmp(section->name, name) == 0) {
			found = section;
			*ret_pack = pack;
		}
	return found;
}

static void
report_no_rule(struct build *build, const struct syntax_section *section,
	       const char *name)
{
	const struct conf *conf = build->conf;
	const struct syntax_item *item = syntax_item(section, "rule");
	const char **names =
		arena_alloc(build->arena, (conf->n_rules + 1) * sizeof(*names));
	char hint[VALUE_TITLE_BYTES + 64];

	for (size_t i = 0; names && i < conf->n_rules; i++)
		names[i] = conf->rules[i].name;
	const char *near =
		names ? options_nearest(str_of(name), names, conf->n_rules) : NULL;
	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%.64s'?"), near);
	spot_error(build->diag, spot_value(section, &item->values[0]),
		   near ? hint : NULL, _("there is no rule '%.64s'"), name);
}

/** Whether a test still has its subject: the tests of a pack are about the pack's
 *  rules, not about what an administrator put in their place. */
static bool
has_subject(struct build *build, const struct syntax_section *section, bool pack)
{
	const char *name = values_text(section, "rule");
	bool rule_pack = false;

	if (!name)
		return false;
	const struct syntax_section *rule = rule_section(build, name, &rule_pack);
	if (!rule)
		report_no_rule(build, section, name);
	if (!rule || (pack && !rule_pack))
		return false;
	for (size_t i = 0; i < build->conf->n_rules; i++)
		if (strcmp(build->conf->rules[i].name, name) == 0)
			return true;
	return false;
}

void
tests_build(struct build *build)
{
	struct conf *conf = build->conf;
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		if (section->row->kind != SECTION_TEST)
			continue;
		struct test_spec test = { .name = section->name,
					  .file = section->file->path,
					  .line = spot_line(section->file,
							    section->begin),
					  .rule = values_text(section, "rule") };
		read_cases(build, section, &test);
		read_log(build, section, &test);
		if (!has_subject(build, section, pack) || !test.n_log || !test.n_cases)
			continue;
		struct test_spec *grown = arena_grow(build->arena, conf->tests,
						     conf->n_tests, sizeof(*grown));
		if (!grown)
			return;
		conf->tests = grown;
		conf->tests[conf->n_tests++] = test;
	}
}
