/* SPDX-License-Identifier: Apache-2.0 */
/* sipvigil check: mistakes of a configuration, all at once, and the tests of its rules.
 */
#include "base/i18n.h"
#include "cli/check_samples.h"
#include "cli/command.h"
#include "cli/patterns.h"
#include "cli/rule_test.h"
#include "cli/terminal.h"
#include "conf/unit.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int check_run(int argc, char **argv);

const struct command command_check = {
	.word = "check",
	.arguments = "[-c FILE] [--json]",
	.summary = N_("mistakes of a configuration, and the tests of its rules"),
	.help = N_(
		"Reads the configuration as the daemon would, names every mistake "
		"with\n"
		"its place and what to write instead, and runs the tests that stand\n"
		"beside the rules and the samples of patterns, which it attacks as "
		"one\n"
		"would who may write the claims in a line. The running daemon is not\n"
		"touched.\n"
		"\n"
		"Options:\n"
		"  -c, --config FILE   this file (and conf.d beside it) instead of\n"
		"                      the installed one\n"
		"  --json              one JSON object a line\n"
		"  -h, --help          this text\n"
		"\n"
		"Exit: 0 no mistake, 1 mistakes or failed tests, 2 wrong usage,\n"
		"3 the file cannot be read.\n"),
	.run = check_run,
};

struct check {
	struct conf_options options;
	bool json;
	bool help;
	struct terminal terminal;
	struct diag diag;
	struct buffer out;
	size_t tests, failed;
};

enum { OPT_JSON = 256 };

static int
read_options(struct check *check, int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};

	optind = 0;
	opterr = 0;
	for (int c; (c = getopt_long(argc, argv, ":c:h", options, NULL)) != -1;) {
		if (c == 'c')
			check->options.path = optarg;
		else if (c == OPT_JSON)
			check->json = true;
		else if (c == 'h')
			check->help = true;
		else if (c == ':')
			return command_usage(&command_check, _("%s needs a value"),
					     argv[optind - 1]);
		else
			return command_usage(&command_check, _("unknown option %s"),
					     argv[optind - 1]);
	}
	if (optind < argc)
		return command_usage(&command_check,
				     _("unexpected argument '%s' (a file is given with "
				       "-c)"),
				     argv[optind]);
	return EXIT_DONE;
}

static void
json_key(struct buffer *out, const char *key, const char *value)
{
	if (!value)
		return;
	buffer_addf(out, ",\"%s\":", key);
	buffer_add_json(out, str_of(value));
}

static void
json_place(struct buffer *out, const char *file, unsigned line, unsigned column)
{
	json_key(out, "file", file);
	if (line)
		buffer_addf(out, ",\"line\":%u", line);
	if (column)
		buffer_addf(out, ",\"column\":%u", column);
}

static const char *
level_name(enum diag_level level)
{
	switch (level) {
	case DIAG_ERROR:
		return "error";
	case DIAG_WARNING:
		return "warning";
	case DIAG_NOTE:
		return "note";
	}
	return "";
}

static void
print_diag(struct check *check, const struct diag *diag)
{
	if (!check->json) {
		diag_print(diag, &check->out, check->terminal.color);
		return;
	}
	for (size_t i = 0; i < diag->n; i++) {
		const struct diag_entry *entry = &diag->entries[i];
		buffer_addf(&check->out, "{\"kind\":\"%s\"", level_name(entry->level));
		json_place(&check->out, entry->file, entry->line, entry->column);
		json_key(&check->out, "message", entry->message);
		json_key(&check->out, "hint", entry->hint);
		buffer_add_cstr(&check->out, "}\n");
	}
}

static const char *
severity_name(enum sv_severity severity)
{
	switch (severity) {
	case SV_SEVERITY_OK:
		return "ok";
	case SV_SEVERITY_WARNING:
		return "warning";
	case SV_SEVERITY_CRITICAL:
		return "critical";
	case SV_SEVERITY_UNKNOWN:
		break;
	}
	return "unknown";
}

/** "warning at 90s"; the time only where there is one. */
static void
outcome_text(const struct rule_test_result *result, char *out, size_t out_bytes)
{
	char at[UNIT_TEXT_BYTES];

	if (result->worst == SV_SEVERITY_OK) {
		snprintf(out, out_bytes, "ok");
		return;
	}
	unit_duration_print(result->worst_after, at);
	snprintf(out, out_bytes, "%s at %s", severity_name(result->worst),
		 result->worst_after ? at : "0s");
}

static void
print_failed(struct check *check, const struct test_spec *test,
	     const struct test_case *one, const struct rule_test_result *result)
{
	const char *expected = strchr(one->text, ':');
	char was[64];

	expected += strspn(expected, ": ");
	outcome_text(result, was, sizeof(was));
	if (check->json) {
		buffer_add_cstr(&check->out, "{\"kind\":\"test\"");
		json_key(&check->out, "name", test->name);
		json_place(&check->out, test->file, one->line, 0);
		json_key(&check->out, "rule", test->rule);
		json_key(&check->out, "case", one->text);
		buffer_add_cstr(&check->out, ",\"passed\":false");
		json_key(&check->out, "expected", expected);
		json_key(&check->out, "was", was);
		json_key(&check->out, "nearest", result->near[0] ? result->near : NULL);
		buffer_addf(&check->out, ",\"events\":%llu,\"counted\":%llu}\n",
			    (unsigned long long)result->events,
			    (unsigned long long)result->counted);
		return;
	}
	buffer_addf(&check->out, "%s:%u: ", test->file, one->line);
	buffer_addf(&check->out, _("test \"%s\": failed: "), test->name);
	buffer_addf(&check->out, _("\"%s\": expected %s, was %s"), one->text, expected,
		    was);
	buffer_add_cstr(&check->out, " (");
	if (result->events == 0)
		buffer_add_cstr(&check->out,
				_("no line of its log tells of SIP: sipvigil explain"));
	else if (result->near[0])
		buffer_add_cstr(&check->out, result->near);
	else
		buffer_addf(&check->out,
			    ngettext("%llu event counted", "%llu events counted",
				     result->counted),
			    (unsigned long long)result->counted);
	buffer_add_cstr(&check->out, ")\n");
}

/** False: out of memory. */
static bool
run_test(struct check *check, const struct conf *conf, const struct registry *registry,
	 const struct test_spec *test)
{
	bool good = true;

	for (size_t i = 0; i < test->n_cases; i++) {
		struct rule_test_result result = { 0 };
		int r = rule_test_run(conf, registry, test, &test->cases[i], &result);
		if (r == -ENOMEM)
			return false;
		if (r == 0 && result.passed)
			continue;
		print_failed(check, test, &test->cases[i], &result);
		good = false;
	}
	check->tests++;
	check->failed += !good;
	return true;
}

static void
summary_json(struct check *check)
{
	buffer_addf(
		&check->out,
		"{\"kind\":\"summary\",\"errors\":%zu,\"warnings\":%zu,\"tests\":%zu,"
		"\"failed\":%zu}\n",
		check->diag.errors, check->diag.warnings, check->tests, check->failed);
}

static void
summary_bad(struct check *check)
{
	struct buffer *out = &check->out;
	size_t errors = check->diag.errors, warnings = check->diag.warnings;

	buffer_addf(out, ngettext("%zu error", "%zu errors", errors), errors);
	if (warnings) {
		buffer_add_cstr(out, ", ");
		buffer_addf(out, ngettext("%zu warning", "%zu warnings", warnings),
			    warnings);
	}
	if (check->tests) {
		buffer_add_cstr(out, ", ");
		buffer_addf(out,
			    ngettext("%zu of %zu test failed",
				     "%zu of %zu tests failed", check->tests),
			    check->failed, check->tests);
	}
	buffer_add_cstr(out, ". ");
	buffer_add_cstr(out, _("Nothing was changed in the running daemon.\n"));
}

static void
summary_good(struct check *check, const struct conf *conf)
{
	struct buffer *out = &check->out;
	size_t inputs = conf_inputs(conf);

	if (conf->path)
		buffer_addf(out, _("%s: no mistakes. "), conf->path);
	else
		buffer_add_cstr(out, _("No configuration, so the defaults. "));
	buffer_addf(out, ngettext("%zu rule, ", "%zu rules, ", conf->n_rules),
		    conf->n_rules);
	if (conf->zero)
		buffer_addf(out, _("inputs found on this host (%s), "), conf->found);
	else
		buffer_addf(out, ngettext("%zu input, ", "%zu inputs, ", inputs),
			    inputs);
	buffer_addf(out, ngettext("%zu output; ", "%zu outputs; ", conf->n_outputs),
		    conf->n_outputs);
	buffer_addf(out, ngettext("%zu test passed", "%zu tests passed", check->tests),
		    check->tests);
	if (check->diag.warnings) {
		buffer_add_cstr(out, "; ");
		buffer_addf(
			out,
			ngettext("%zu warning", "%zu warnings", check->diag.warnings),
			check->diag.warnings);
	}
	buffer_add_cstr(out, ".\n");
}

/** The samples of patterns and the tests of rules. False: out of memory. */
static bool
run_tests(struct check *check, const struct conf *conf)
{
	struct registry *registry = patterns_of(conf);
	struct diag found;
	struct check_samples samples = { .conf = conf,
					 .registry = registry,
					 .json = check->json,
					 .out = &check->out,
					 .diag = &found };

	diag_init(&found);
	bool enough = registry && check_samples_run(&samples);
	print_diag(check, &found);
	check->diag.warnings += found.warnings;
	check->tests += samples.samples;
	check->failed += samples.failed;
	diag_done(&found);
	for (size_t i = 0; i < conf->n_tests && enough; i++)
		enough = run_test(check, conf, registry, &conf->tests[i]);
	registry_free(registry);
	return enough;
}

static int
check_all(struct check *check)
{
	struct conf *conf = conf_load(&check->options, &check->diag);

	print_diag(check, &check->diag);
	bool enough = !conf || run_tests(check, conf);
	bool good = conf && check->diag.errors == 0 && check->failed == 0;
	if (check->json)
		summary_json(check);
	else if (good)
		summary_good(check, conf);
	else
		summary_bad(check);
	conf_free(conf);
	if (!enough || buffer_failed(&check->out)) {
		fprintf(stderr, "sipvigil check: %s\n", strerror(ENOMEM));
		return EXIT_CANNOT;
	}
	return good ? EXIT_DONE : EXIT_NO;
}

static int
check_run(int argc, char **argv)
{
	struct check check = { .options = { .partial = true,
					    .dialects = registry_dialects(NULL) } };
	int r = read_options(&check, argc, argv);

	if (r != EXIT_DONE)
		return r;
	if (check.help) {
		command_help(&command_check);
		return EXIT_DONE;
	}
	/* What programs read is English. */
	if (check.json)
		setlocale(LC_MESSAGES, "C");
	terminal_init(&check.terminal, STDOUT_FILENO);
	diag_init(&check.diag);
	buffer_init(&check.out);
	r = check_all(&check);
	terminal_print(&check.out);
	if (check.options.path && access(check.options.path, R_OK) < 0)
		r = EXIT_CANNOT;
	diag_done(&check.diag);
	buffer_done(&check.out);
	return r;
}
