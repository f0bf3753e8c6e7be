/* SPDX-License-Identifier: Apache-2.0 */
/* sipvigil backtest: the alerts that the rules would have raised over old logs, by the
 * very pipeline of the daemon. */
#include "cli/command.h"

#include "alert/render.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/patterns.h"
#include "cli/sources.h"
#include "cli/terminal.h"
#include "conf/conf.h"
#include "sip/outcome.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_RULE_NAMES 64

struct backtest {
	struct buffer buf;
	struct buffer subject;
	struct terminal terminal;
	bool json;
	uint64_t events, failures;
	uint64_t alerts,
		criticals; /* incidents that fired; transitions that are critical */
	uint64_t transitions, held;
	char day[16];                      /* last one printed */
	const char *names[MAX_RULE_NAMES]; /* -r; none = all */
	size_t n_names;
	bool seen[MAX_RULE_NAMES];
	enum sv_severity fail_on;
};

static const char *const severity_words[] = {
	[SV_SEVERITY_OK] = N_("OK"),
	[SV_SEVERITY_WARNING] = N_("WARNING"),
	[SV_SEVERITY_CRITICAL] = N_("CRITICAL"),
	[SV_SEVERITY_UNKNOWN] = N_("UNKNOWN"),
};

/* One cell of the listing and the gap behind it; a longer text pushes the rest. */
static void
add_cell(struct buffer *buf, struct sv_str text, size_t columns)
{
	if (terminal_columns(text) > columns)
		buffer_add(buf, text);
	else
		terminal_cell(buf, text, columns);
	buffer_add(buf, SV_STR("  "));
}

/* "  08:01:12  WARNING   auth-bruteforce   127.0.0.22   10 rejected …" */
static void
print_line(struct backtest *bt, const struct sv_alert *alert)
{
	struct buffer *buf = &bt->buf;
	time_t sec = (time_t)(alert->time / SV_USEC_PER_SEC);
	struct tm tm;
	char day[16], clock[16];

	localtime_r(&sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	buffer_clear(buf);
	if (strcmp(day, bt->day) != 0) {
		char zone[16];
		strftime(zone, sizeof(zone), "%Z", &tm);
		buffer_addf(buf, "%s %s\n", day, zone);
		memcpy(bt->day, day, sizeof(day));
	}
	const char *word = alert->state == SV_ALERT_RESOLVED
				   ? _("resolved")
				   : _(severity_words[alert->severity]);
	buffer_addf(buf, "  %s  %s", clock,
		    terminal_severity(&bt->terminal, alert->severity));
	add_cell(buf, str_of(word), 8);
	buffer_add_cstr(buf, terminal_plain(&bt->terminal));
	add_cell(buf, alert->rule, 23);
	buffer_clear(&bt->subject);
	render_alert_subject(&bt->subject, alert);
	add_cell(buf, buffer_str(&bt->subject), 15);
	buffer_add_clean(buf, alert->reason, 400);
	if (alert->state != SV_ALERT_RESOLVED)
		render_alert_cause(buf, alert);
	render_alert_held(buf, alert);
	if (alert->observe)
		buffer_add_cstr(buf, _(" (observed only)"));
	buffer_add_char(buf, '\n');
	if (!buffer_failed(buf))
		fwrite(buf->ptr, 1, buf->len, stdout);
}

/* A rule that another one asks for runs too, and is not told of. */
static bool
is_chosen(const struct backtest *bt, struct sv_str rule)
{
	for (size_t i = 0; i < bt->n_names; i++)
		if (str_eq(rule, str_of(bt->names[i])))
			return true;
	return bt->n_names == 0;
}

static void
take_alert(void *user, const struct sv_alert *alert)
{
	struct backtest *bt = user;
	static const struct render_identity nobody = { .host = NULL,
						       .version = VERSION };

	if (!is_chosen(bt, alert->rule))
		return;
	bt->transitions++;
	bt->held += sv_alert_is_held(alert);
	if (alert->state == SV_ALERT_FIRING && !alert->released.len)
		bt->alerts++;
	if (!sv_alert_is_held(alert) && alert->severity != SV_SEVERITY_UNKNOWN &&
	    bt->fail_on && alert->severity >= bt->fail_on)
		bt->criticals++;
	if (!bt->json) {
		print_line(bt, alert);
		return;
	}
	buffer_clear(&bt->buf);
	render_alert_json(&bt->buf, alert, &nobody, 0);
	buffer_add_char(&bt->buf, '\n');
	if (!buffer_failed(&bt->buf))
		fwrite(bt->buf.ptr, 1, bt->buf.len, stdout);
}

static void
take_event(void *user, const struct sv_event *event)
{
	struct backtest *bt = user;

	bt->events++;
	bt->failures += outcome_is_failure(event->outcome);
}

/* 1234567 → "1,234,567" */
static const char *
grouped(uint64_t n, char out[32])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *at = out;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*at++ = ',';
		*at++ = digits[i];
	}
	*at = '\0';
	return out;
}

static void
print_summary(const struct backtest *bt, const struct sources_result *result,
	      const struct engine_stats *stats)
{
	char a[32], b[32], c[32], d[32];
	double rate = result->seconds > 0 ? (double)result->bytes / result->seconds : 0;

	if (bt->transitions == 0)
		printf(_("No alert: no rule came to its limit.\n"));
	/* TRANSLATORS: four numbers, seconds, megabytes per second */
	printf(_("%s lines, %s SIP events, %s failures, %s alerts in %.2f s (%.0f "
		 "MB/s).\n"),
	       grouped(result->records, a), grouped(bt->events, b),
	       grouped(bt->failures, c), grouped(bt->alerts, d), result->seconds,
	       rate / 1e6);
	if (bt->held)
		printf(ngettext("%s transition was held back by a silence or another "
				"alert.\n",
				"%s transitions were held back by a silence or another "
				"alert.\n",
				bt->held),
		       grouped(bt->held, a));
	if (result->recognised == 0 && result->records)
		printf(_("None of the lines is of a known PBX: wrong file, or name the "
			 "dialect with -d.\n"));
	if (stats->late_dropped)
		printf(_("%s events came too late and were not counted.\n"),
		       grouped(stats->late_dropped, a));
	if (stats->evicted)
		printf(_("%s keys were given up for the memory limit: counts of rare "
			 "keys may be too low.\n"),
		       grouped(stats->evicted, a));
	if (stats->unwatched)
		printf(_("%s events were of keys beyond those that absent() waits "
			 "for.\n"),
		       grouped(stats->unwatched, a));
	if (stats->forgotten)
		printf(_("%s values of new() and having made room for others: they may "
			 "be told as new again.\n"),
		       grouped(stats->forgotten, a));
	if (result->cut)
		printf(_("%s lines were longer than the limit and cut.\n"),
		       grouped(result->cut, a));
}

/* Keep the rules named by -r and those that they ask for. False if one is unknown. */
static bool
choose_rules(struct backtest *bt, struct conf *conf)
{
	bool *keep = calloc(conf->n_rules + 1, sizeof(*keep));
	size_t n = 0;

	if (bt->n_names == 0 || !keep) {
		free(keep);
		return true;
	}
	for (size_t i = 0; i < conf->n_rules; i++)
		for (size_t k = 0; k < bt->n_names; k++)
			if (strcmp(bt->names[k], conf->rules[i].name) == 0) {
				bt->seen[k] = true;
				(void)rule_needs(conf->rules, conf->n_rules, i, keep);
			}
	for (size_t i = 0; i < conf->n_rules; i++)
		if (keep[i])
			conf->rules[n++] = conf->rules[i];
	conf->n_rules = n;
	free(keep);
	for (size_t k = 0; k < bt->n_names; k++)
		if (!bt->seen[k]) {
			fprintf(stderr,
				_("sipvigil backtest: no rule \"%s\" (list: "
				  "sipvigil-rules(7))\n"),
				bt->names[k]);
			return false;
		}
	return true;
}

static int
run(struct backtest *bt, const struct sources *sources, struct conf *conf)
{
	struct engine_spec engine = {
		.rules = conf->rules,
		.n_rules = conf->n_rules,
		.lists = conf->lists,
		.n_lists = conf->n_lists,
		.grace = conf->grace,
		.max_keys = conf->max_keys,
		.max_bytes = conf->max_bytes,
	};
	struct pipeline_spec spec = {
		.single = sources_single(sources),
		.engine = &engine,
		.peers = conf->peers,
		.n_peers = conf->n_peers,
		.event = take_event,
		.alert = take_alert,
		.user = bt,
		.silences = conf->silences,
		.n_silences = conf->n_silences,
	};
	struct sources_result result = { 0 };
	struct engine_stats stats;
	struct expr_error error;
	struct pipeline *pipeline = NULL;
	size_t rule = 0;
	int r = pipeline_new(&spec, &pipeline, &rule, &error);

	if (r == 0)
		r = sources_run(sources, pipeline, &result);
	if (r == 0) {
		engine_stats_get(pipeline_engine(pipeline), &stats);
		if (!bt->json)
			print_summary(bt, &result, &stats);
		fflush(stdout);
	} else if (r == -EINVAL) {
		fprintf(stderr, "sipvigil backtest: rule \"%s\": %s\n",
			conf->rules[rule].name, error.message);
	} else if (r == -ENOENT) {
		fprintf(stderr, _("sipvigil backtest: there is no such dialect "
				  "(list: sipvigil dialects)\n"));
	} else {
		fprintf(stderr, "sipvigil backtest: %s\n", strerror(-r));
	}
	pipeline_free(pipeline);
	if (r < 0)
		return r == -EINVAL || r == -ENOENT ? EXIT_USAGE : EXIT_CANNOT;
	if (result.unread)
		return EXIT_CANNOT;
	return bt->criticals ? EXIT_NO : EXIT_DONE;
}

static int
load_and_run(struct backtest *bt, struct sources *sources,
	     const struct conf_options *options)
{
	struct terminal errors;
	struct buffer text;
	struct diag diag;

	diag_init(&diag);
	buffer_init(&text);
	struct conf *conf = conf_load(options, &diag);
	terminal_init(&errors, STDERR_FILENO);
	diag_print(&diag, &text, errors.color);
	if (text.len)
		fwrite(text.ptr, 1, text.len, stderr);
	buffer_done(&text);
	diag_done(&diag);
	int code = EXIT_USAGE;
	if (conf && choose_rules(bt, conf)) {
		struct registry *registry = patterns_of(conf);
		sources->registry = registry;
		buffer_init(&bt->buf);
		buffer_init(&bt->subject);
		code = registry ? run(bt, sources, conf) : EXIT_CANNOT;
		if (registry)
			patterns_tell(registry);
		registry_free(registry);
		buffer_done(&bt->buf);
		buffer_done(&bt->subject);
	}
	conf_free(conf);
	return code;
}

static bool
take_fail_on(struct backtest *bt, const char *word)
{
	if (strcmp(word, "warning") == 0)
		bt->fail_on = SV_SEVERITY_WARNING;
	else if (strcmp(word, "critical") == 0)
		bt->fail_on = SV_SEVERITY_CRITICAL;
	else
		return false;
	return true;
}

static int
backtest(int argc, char **argv)
{
	static const struct option options[] = {
		SOURCES_LONG_OPTIONS,
		{ "config", required_argument, NULL, 'c' },
		{ "rule", required_argument, NULL, 'r' },
		{ "rules-dir", required_argument, NULL, 'R' },
		{ "fail-on", required_argument, NULL, 'F' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct conf_options conf = { .no_inputs = true };
	struct backtest bt = { 0 };
	struct sources sources = { 0 };
	const char *why = NULL;
	int c;

	terminal_init(&bt.terminal, STDOUT_FILENO);
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":d:c:r:h", options, NULL)) != -1) {
		int r = sources_option(&sources, c, optarg, &why);
		if (r == -EINVAL)
			return command_usage(&command_backtest, "%s: %s", optarg, why);
		if (r == 0)
			continue;
		switch (c) {
		case 'c':
			conf.path = optarg;
			break;
		case 'r':
			if (bt.n_names == MAX_RULE_NAMES)
				return command_usage(&command_backtest,
						     _("too many rules named"));
			bt.names[bt.n_names++] = optarg;
			break;
		case 'R':
			conf.rules_dir = optarg;
			break;
		case 'F':
			if (!take_fail_on(&bt, optarg))
				return command_usage(
					&command_backtest,
					_("--fail-on takes warning or critical"));
			break;
		case 'j':
			bt.json = true;
			break;
		case 'h':
			command_help(&command_backtest);
			return EXIT_DONE;
		default:
			return command_option(&command_backtest, c, argv);
		}
	}
	if (sources_operands(&sources, argc - optind, argv + optind, &why) < 0)
		return command_usage(&command_backtest, "%s", why);
	return load_and_run(&bt, &sources, &conf);
}

const struct command command_backtest = {
	.word = "backtest",
	.arguments =
		"[SOURCE] [-c FILE] [-r RULE]… [--fail-on SEVERITY] [--json] FILE…",
	.summary = N_("the alerts that the rules would have raised over old logs"),
	.help = N_("FILE and SOURCE as for sipvigil events.\n"
		   "\n"
		   "  -c, --config FILE   rules and lists of this configuration; else "
		   "those of\n"
		   "                      /etc/sipvigil/sipvigil.conf, or the default "
		   "rules\n"
		   "  -r, --rule RULE     this rule alone (repeatable)\n"
		   "  --rules-dir DIR     default rules from this folder\n"
		   "  --fail-on SEVERITY  exit 1 if there was an alert: warning or "
		   "critical\n"
		   "  --json              one JSON object a transition\n"
		   "\n"
		   "Example: sipvigil backtest /var/log/asterisk/full* "
		   "/var/log/asterisk/security*\n"),
	.run = backtest,
};
