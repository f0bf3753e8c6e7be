/* SPDX-License-Identifier: Apache-2.0 */
/* sipvigil backtest: the alerts that the rules would have raised over old logs, by the
 * very pipeline of the daemon. */
#include "cli/command.h"

#include "alert/render.h"
#include "base/i18n.h"
#include "base/text.h"
#include "cli/advise.h"
#include "cli/difference.h"
#include "cli/online.h"
#include "cli/patterns.h"
#include "cli/rulefile.h"
#include "cli/sources.h"
#include "cli/tally.h"
#include "cli/terminal.h"
#include "conf/conf.h"
#include "sip/outcome.h"
#include "ruleset.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_RULE_NAMES 64
#define REASON_INDENT 12

struct backtest {
	struct buffer buf;
	struct buffer subject, reason;
	struct terminal terminal;
	bool json;
	bool advises;
	uint64_t per_week;
	struct advise advise;
	uint64_t events, failures;
	uint64_t alerts,
		criticals; /* incidents that fired; transitions that are critical */
	uint64_t transitions, held;
	struct tally tally;
	char day[16];                      /* last one printed */
	const char *names[MAX_RULE_NAMES]; /* -r; none = all */
	size_t n_names;
	bool seen[MAX_RULE_NAMES];
	enum sv_severity fail_on;
};

/** The command line. */
struct request {
	struct backtest bt;
	struct conf_options conf;
	struct sources sources;
	const char *old_path, *new_path; /* --diff */
	bool help;
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
	buffer_clear(&bt->reason);
	buffer_add_clean(&bt->reason, alert->reason, 400);
	if (alert->state != SV_ALERT_RESOLVED)
		render_alert_cause(&bt->reason, alert);
	render_alert_held(&bt->reason, alert);
	if (alert->observe)
		buffer_add_cstr(&bt->reason, _(" (observed only)"));
	buffer_addf(buf, "  %s  %s", clock,
		    terminal_severity(&bt->terminal, alert->severity));
	add_cell(buf, str_of(word), 8);
	buffer_add_cstr(buf, terminal_plain(&bt->terminal));
	buffer_clear(&bt->subject);
	render_alert_subject(&bt->subject, alert);
	if (bt->terminal.columns) {
		/* the reason on lines of its own: it is what must not be cut */
		add_cell(buf, alert->rule, 16);
		buffer_add(buf, buffer_str(&bt->subject));
		buffer_addf(buf, "\n%*s", REASON_INDENT, "");
		terminal_wrap(buf, buffer_str(&bt->reason), REASON_INDENT,
			      bt->terminal.columns);
	} else {
		add_cell(buf, alert->rule, 23);
		add_cell(buf, buffer_str(&bt->subject), 15);
		buffer_add(buf, buffer_str(&bt->reason));
		buffer_add_char(buf, '\n');
	}
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
note_alert(struct backtest *bt, const struct sv_alert *alert)
{
	bt->transitions++;
	bt->held += sv_alert_is_held(alert);
	if (alert->state == SV_ALERT_FIRING && !alert->released.len)
		bt->alerts++;
	if (!sv_alert_is_held(alert) && alert->severity != SV_SEVERITY_UNKNOWN &&
	    bt->fail_on && alert->severity >= bt->fail_on)
		bt->criticals++;
}

/** For probe_set(). */
static bool
take_numbers(void *user, const struct engine_seen *seen)
{
	struct backtest *bt = user;

	bool more = tally_seen(&bt->tally, seen);

	if (bt->advises)
		advise_seen(&bt->advise, seen);
	return more || bt->advises;
}

static void
take_alert(void *user, const struct sv_alert *alert)
{
	struct backtest *bt = user;
	static const struct render_identity nobody = { .host = NULL,
						       .version = VERSION };

	if (!is_chosen(bt, alert->rule))
		return;
	note_alert(bt, alert);
	tally_alert(&bt->tally, alert);
	if (bt->advises) {
		advise_alert(&bt->advise, alert);
		return;
	}
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

static const char *
grouped(uint64_t n, char out[32])
{
	online_number(out, n);
	return out;
}

/* What a rule with a baseline cannot have seen yet. */
static void
tell_learning(void *user, const struct engine_learning *learning)
{
	time_t sec = (time_t)(learning->ready / SV_USEC_PER_SEC);
	struct tm tm;
	char when[32];

	(void)user;
	if (!learning->still || learning->ready == 0)
		return;
	localtime_r(&sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M %Z", &tm);
	/* TRANSLATORS: name of a rule, date and hour with the zone */
	printf(_("Rule %s is still learning what is usual: it judges from %s on.\n"),
	       learning->rule, when);
}

static void
print_summary(const struct backtest *bt, const struct sources_result *result,
	      const struct engine *engine)
{
	struct engine_stats all, *stats = &all;
	char a[32], b[32], c[32], d[32];

	engine_stats_get(engine, stats);
	double rate = result->seconds > 0 ? (double)result->bytes / result->seconds : 0;

	if (bt->transitions == 0)
		printf(_("No alert: no rule came to its limit.\n"));
	else if (!bt->advises)
		printf("\n");
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
	engine_learning(engine, tell_learning, NULL);
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

/** The logs have been read: the summary, and the advice. */
static int
conclude(struct backtest *bt, const struct sources *sources,
	 const struct sources_result *result, const struct engine *engine)
{
	int r = bt->advises ? advise_search(&bt->advise, sources, result) : 0;

	if (r < 0)
		return r;
	buffer_clear(&bt->buf);
	if (bt->json) {
		if (bt->advises)
			advise_json(&bt->advise, &bt->tally, result, &bt->buf);
	} else {
		print_summary(bt, result, engine);
		if (result->recognised || bt->transitions)
			tally_print(&bt->tally, &bt->terminal, &bt->buf);
		if (bt->advises)
			advise_print(&bt->advise, &bt->tally, &bt->terminal, &bt->buf);
	}
	return terminal_print(&bt->buf) ? 0 : -EIO;
}

static int
run(struct backtest *bt, const struct sources *sources, struct conf *conf)
{
	struct engine_spec engine = ruleset_engine(conf);
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
	struct expr_error error;
	struct pipeline *pipeline = NULL;
	size_t rule = 0;
	int r = pipeline_new(&spec, &pipeline, &rule, &error);

	if (r == 0)
		r = tally_init(&bt->tally, conf->rules, conf->n_rules);
	if (r == 0 && bt->advises)
		r = advise_init(&bt->advise, conf, bt->per_week);
	if (r == 0) {
		probe_set(pipeline_engine(pipeline), take_numbers, bt);
		r = sources_run(sources, pipeline, &result);
	}
	if (r == 0) {
		tally_end(&bt->tally, pipeline_engine(pipeline), result.first,
			  result.last);
		r = conclude(bt, sources, &result, pipeline_engine(pipeline));
		fflush(stdout);
	}
	if (r == 0) {
		/* all is said */
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
	tally_done(&bt->tally);
	if (bt->advises)
		advise_done(&bt->advise);
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
	struct conf *conf = rulefile_load(options);
	int code = EXIT_USAGE;
	if (conf && choose_rules(bt, conf)) {
		struct registry *registry = patterns_of(conf);
		sources->registry = registry;
		buffer_init(&bt->buf);
		buffer_init(&bt->subject);
		buffer_init(&bt->reason);
		code = registry ? run(bt, sources, conf) : EXIT_CANNOT;
		if (registry)
			patterns_tell(registry);
		registry_free(registry);
		buffer_done(&bt->buf);
		buffer_done(&bt->subject);
		buffer_done(&bt->reason);
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

static bool
take_per_week(struct backtest *bt, const char *text)
{
	struct sv_str number = str_of(text);

	bt->advises = true;
	return number.len && str_take_u64(number, &bt->per_week) == number.len &&
	       bt->per_week <= UINT32_MAX;
}

/** The logs are read several times for it. */
static const char *
unrepeatable(const struct sources *sources)
{
	struct stat st;

	for (size_t i = 0; i < sources->n_paths; i++)
		if (strcmp(sources->paths[i], "-") == 0 ||
		    (stat(sources->paths[i], &st) == 0 && !S_ISREG(st.st_mode) &&
		     !S_ISDIR(st.st_mode)))
			return sources->paths[i];
	return NULL;
}

/** One option of backtest's own: EXIT_DONE or EXIT_USAGE. */
static int
take_option(struct request *request, int c, char *const *argv)
{
	struct backtest *bt = &request->bt;
	const char *why = NULL;

	switch (c) {
	case 'c':
		request->conf.path = optarg;
		return EXIT_DONE;
	case 'r':
		if (bt->n_names < MAX_RULE_NAMES)
			bt->names[bt->n_names++] = optarg;
		else
			why = _("too many rules named");
		break;
	case 'R':
		request->conf.rules_dir = optarg;
		return EXIT_DONE;
	case 'F':
		if (!take_fail_on(bt, optarg))
			why = _("--fail-on takes warning or critical");
		break;
	case 'A':
		bt->advises = true;
		return EXIT_DONE;
	case 'W':
		if (!take_per_week(bt, optarg))
			why = _("--per-week takes a number of alerts");
		break;
	case 'D':
		request->old_path = optarg;
		return EXIT_DONE;
	case 'j':
		bt->json = true;
		return EXIT_DONE;
	case 'h':
		request->help = true;
		return EXIT_DONE;
	default:
		return command_option(&command_backtest, c, argv);
	}
	return why ? command_usage(&command_backtest, "%s", why) : EXIT_DONE;
}

/** What is left of the command line, and whether all of it goes together. */
static int
take_operands(struct request *request, int argc, char **argv)
{
	struct backtest *bt = &request->bt;
	const char *why = NULL;

	if (request->old_path && optind < argc)
		request->new_path = argv[optind++];
	if (request->old_path && !request->new_path)
		return command_usage(&command_backtest,
				     _("--diff takes two configurations: --diff "
				       "OLD.conf NEW.conf FILE…"));
	if (request->old_path && (request->conf.path || bt->n_names || bt->advises))
		return command_usage(&command_backtest,
				     _("--diff goes without -c, -r and --advise"));
	if (sources_operands(&request->sources, argc - optind, argv + optind, &why) < 0)
		return command_usage(&command_backtest, "%s", why);
	if (bt->advises && unrepeatable(&request->sources))
		return command_usage(&command_backtest,
				     _("--advise reads the logs several times, which "
				       "'%s' does not allow: write it to a file first"),
				     unrepeatable(&request->sources));
	return EXIT_DONE;
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
		{ "advise", no_argument, NULL, 'A' },
		{ "per-week", required_argument, NULL, 'W' },
		{ "diff", required_argument, NULL, 'D' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .conf.no_inputs = true,
				   .bt.per_week = ADVISE_PER_WEEK };
	const char *why = NULL;
	int c, r = EXIT_DONE;

	terminal_init(&request.bt.terminal, STDOUT_FILENO);
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":d:c:r:h", options, NULL)) != -1) {
		r = sources_option(&request.sources, c, optarg, &why);
		if (r == -EINVAL)
			return command_usage(&command_backtest, "%s: %s", optarg, why);
		if (r < 0)
			r = take_option(&request, c, argv);
		if (r != EXIT_DONE)
			return r;
	}
	if (request.help) {
		command_help(&command_backtest);
		return EXIT_DONE;
	}
	r = take_operands(&request, argc, argv);
	if (r != EXIT_DONE)
		return r;
	if (request.old_path)
		return difference_command(&(struct difference_request){
			request.old_path, request.new_path, &request.conf,
			&request.sources, request.bt.json });
	return load_and_run(&request.bt, &request.sources, &request.conf);
}

const struct command command_backtest = {
	.word = "backtest",
	.arguments = "[SOURCE] [-c FILE] [-r RULE]… [--advise] [--json] FILE…",
	.summary = N_("the alerts that the rules would have raised over old logs"),
	.help = N_(
		"FILE and SOURCE as for sipvigil events.\n"
		"\n"
		"  -c, --config FILE   rules and lists of this configuration; else "
		"those of\n"
		"                      /etc/sipvigil/sipvigil.conf, or the default "
		"rules\n"
		"  -r, --rule RULE     this rule alone (repeatable)\n"
		"  --rules-dir DIR     default rules from this folder\n"
		"  --fail-on SEVERITY  exit 1 if there was an alert: warning or "
		"critical\n"
		"  --advise            which limit would have given at most 7 alerts "
		"a week: for each\n"
		"                      threshold the past as a chart, and the limit; "
		"the logs are\n"
		"                      read several times\n"
		"  --per-week N        the same for N alerts a week\n"
		"  --diff OLD NEW      what configuration NEW would have changed "
		"against OLD\n"
		"  --json              one JSON object a transition; with --advise "
		"one a rule and\n"
		"                      threshold\n"
		"\n"
		"Example: sipvigil backtest /var/log/asterisk/full* "
		"/var/log/asterisk/security*\n"),
	.run = backtest,
};
