/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/codes_print.h"
#include "cli/command.h"
#include "cli/terminal.h"

#include "base/i18n.h"
#include "base/text.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_HITS 40

static int codes_run(int argc, char **argv);

const struct command command_codes = {
	.word = "codes",
	.arguments = "[CODE|4xx|@SET|PHRASE|q850:N] [--lang LANG] [--json]",
	.summary = N_("what a SIP code, reason phrase or Q.850 cause means"),
	.help = N_(
		"Without an argument: the whole table of codes.\n"
		"  486            one code: meaning, outcome, what to check, phrases\n"
		"  4xx, 480-489   a class or range of codes\n"
		"  Wrong Guess    a reason phrase, in full or in part\n"
		"  funds          a cause category and its phrases\n"
		"  @busy          a set of codes\n"
		"  q850:17        a Q.850 cause\n"
		"  sets, phrases, categories, q850   the lists of these\n"
		"\n"
		"Options:\n"
		"  --lang LANG    en or ru; otherwise that of the locale\n"
		"  --json         one JSON object a line\n"),
	.run = codes_run,
};

static unsigned
width_of_output(void)
{
	struct terminal terminal;

	terminal_init(&terminal, STDOUT_FILENO);
	if (terminal.columns == 0)
		return 80;
	return terminal.columns > 120 ? 120 : terminal.columns;
}

/** "480-489" */
static bool
is_range(struct sv_str text, uint64_t *ret_first, uint64_t *ret_last)
{
	uint64_t first, last;
	size_t used = str_take_u64(text, &first), more;

	if (!used || used == text.len || text.ptr[used] != '-')
		return false;
	text = str_from(text, used + 1);
	more = str_take_u64(text, &last);
	if (!more || more != text.len || first > last || last > 999)
		return false;
	*ret_first = first;
	*ret_last = last;
	return true;
}

static int
show_number(const struct codes_view *view, uint64_t number)
{
	if (number <= UINT16_MAX && codes_print_code(view, (uint16_t)number))
		return EXIT_DONE;
	fprintf(stderr, _("%llu is no SIP code: they run from 100 to 699.\n"),
		(unsigned long long)number);
	return EXIT_NO;
}

static int
show_cause(const struct codes_view *view, struct sv_str text)
{
	uint64_t number = 0;
	size_t used = str_take_u64(text, &number);

	if (used && used == text.len && number <= UINT16_MAX &&
	    codes_print_q850(view, (uint16_t)number))
		return EXIT_DONE;
	fprintf(stderr,
		_("There is no Q.850 cause \"%.*s\" (list: sipvigil codes q850).\n"),
		(int)text.len, text.ptr);
	return EXIT_NO;
}

static int
show_phrase(const struct codes_view *view, struct sv_str text)
{
	struct code_hit hits[MAX_HITS];
	size_t n;
	enum codes_match match = codes_search(text, hits, MAX_HITS, &n);

	if (match == CODES_NOTHING)
		fprintf(stderr,
			_("Nothing in the catalogue is like \"%.*s\" (list: sipvigil "
			  "codes phrases).\n"),
			(int)text.len, text.ptr);
	if (match == CODES_SIMILAR)
		fprintf(stderr, _("No phrase is \"%.*s\"; did you mean:\n"),
			(int)text.len, text.ptr);
	codes_print_hits(view, hits, n);
	return match == CODES_NOTHING || match == CODES_SIMILAR ? EXIT_NO : EXIT_DONE;
}

/** The words that name a list. */
static bool
show_list(const struct codes_view *view, struct sv_str text)
{
	static const struct {
		const char *word;
		void (*print)(const struct codes_view *view);
	} lists[] = {
		{ "sets", codes_print_sets },
		{ "phrases", codes_print_phrases },
		{ "categories", codes_print_categories },
		{ "q850", codes_print_all_q850 },
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (!str_ieq(text, str_of(lists[i].word)))
			continue;
		lists[i].print(view);
		return true;
	}
	return false;
}

static int
show(const struct codes_view *view, struct sv_str text)
{
	uint64_t number = 0, last = 0;
	size_t digits = str_take_u64(text, &number);

	if (text.len == 0) {
		codes_print_all(view);
		return EXIT_DONE;
	}
	if (digits && digits == text.len)
		return show_number(view, number);
	if (is_range(text, &number, &last))
		return codes_print_range(view, (uint16_t)number, (uint16_t)last)
			       ? EXIT_DONE
			       : EXIT_NO;
	if (text.len > 5 && str_ieq(str_upto(text, 5), SV_STR("q850:")))
		return show_cause(view, str_from(text, 5));
	if (show_list(view, text))
		return EXIT_DONE;
	if (text.ptr[0] == '@' || (digits && str_ends(text, SV_STR("xx")))) {
		const struct code_set *set = codes_set_find(text);
		if (set) {
			codes_print_set(view, set);
			return EXIT_DONE;
		}
		fprintf(stderr,
			_("There is no set \"%.*s\" (list: sipvigil codes sets).\n"),
			(int)text.len, text.ptr);
		return EXIT_NO;
	}
	const struct code_category *category = codes_category_find(text);
	if (category) {
		codes_print_category(view, category);
		return EXIT_DONE;
	}
	return show_phrase(view, text);
}

/** Options into the view; EXIT_DONE to go on. */
static int
read_options(int argc, char **argv, struct codes_view *view)
{
	enum { OPT_LANG = 256, OPT_JSON };
	static const struct option options[] = {
		{ "lang", required_argument, NULL, OPT_LANG },
		{ "json", no_argument, NULL, OPT_JSON },
		{ 0 },
	};
	bool lang_given = false;

	optind = 0;
	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
		if (c == OPT_JSON) {
			view->json = true;
		} else if (c == OPT_LANG && strcmp(optarg, "ru") == 0) {
			view->lang = CODES_RU;
			lang_given = true;
		} else if (c == OPT_LANG && strcmp(optarg, "en") == 0) {
			view->lang = CODES_EN;
			lang_given = true;
		} else if (c == OPT_LANG) {
			return command_usage(&command_codes,
					     _("no language '%s': en or ru"), optarg);
		} else if (c == ':') {
			return command_usage(&command_codes, _("%s needs a value"),
					     argv[optind - 1]);
		} else {
			return command_usage(&command_codes, _("unknown option %s"),
					     argv[optind - 1]);
		}
	}
	/* machines read JSON: its language does not change with the locale */
	if (!lang_given)
		view->lang = view->json || !i18n_is_russian() ? CODES_EN : CODES_RU;
	return EXIT_DONE;
}

static int
codes_run(int argc, char **argv)
{
	struct buffer out, text;
	struct codes_view view = { .out = &out, .width = width_of_output() };
	int code = read_options(argc, argv, &view);

	if (code != EXIT_DONE)
		return code;
	buffer_init(&out);
	buffer_init(&text);
	for (int i = optind; i < argc; i++) {
		if (i > optind)
			buffer_add_char(&text, ' ');
		buffer_add_cstr(&text, argv[i]);
	}
	code = show(&view, str_trim(buffer_str(&text)));
	if (buffer_failed(&out) || buffer_failed(&text)) {
		fputs(_("out of memory\n"), stderr);
		code = EXIT_CANNOT;
	} else {
		(void)fflush(stderr);
		(void)fwrite(out.ptr, 1, out.len, stdout);
		if (fflush(stdout) != 0)
			code = EXIT_CANNOT;
	}
	buffer_done(&text);
	buffer_done(&out);
	return code;
}
