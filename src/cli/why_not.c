/* SPDX-License-Identifier: Apache-2.0 */
/* sipvigil why-not: the daemon's answer, or that of the logs. */
#include "cli/why_not.h"

#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/online.h"
#include "cli/patterns.h"
#include "cli/rulefile.h"
#include "cli/sources.h"
#include "engine/inquiry.h"
#include "ruleset.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct question {
	const char *rule;
	const char *keys[INQUIRY_MAX_KEYS];
	size_t n_keys;
	bool json;
	const char *socket;
	struct conf_options conf;
	struct sources sources;
	struct inquiry *inquiry;
};

static void
take_event(void *user, const struct sv_event *event)
{
	inquiry_event(((struct question *)user)->inquiry, event);
}

static void
take_alert(void *user, const struct sv_alert *alert)
{
	inquiry_alert(((struct question *)user)->inquiry, alert);
}

static int
show(const struct question *q, const json_t *answer, int code)
{
	struct terminal terminal;
	struct buffer out;

	terminal_init(&terminal, STDOUT_FILENO);
	buffer_init(&out);
	if (q->json) {
		char *text = json_dumps(answer, JSON_COMPACT);
		buffer_add_cstr(&out, text ? text : "");
		buffer_add_char(&out, '\n');
		free(text);
	} else {
		why_not_print(answer, &terminal, &out);
	}
	if (!terminal_print(&out))
		code = EXIT_CANNOT;
	buffer_done(&out);
	return code;
}

static int
ask_logs(struct question *q, const struct conf *conf)
{
	struct engine_spec engine = ruleset_engine(conf);
	struct pipeline_spec spec = {
		.single = sources_single(&q->sources),
		.engine = &engine,
		.peers = conf->peers,
		.n_peers = conf->n_peers,
		.event = take_event,
		.alert = take_alert,
		.user = q,
	};
	struct sources_result result = { 0 };
	struct pipeline *pipeline = NULL;
	struct expr_error error = { .len = 1 };
	struct buffer text;
	size_t rule;
	int code = EXIT_CANNOT;
	int r = pipeline_new(&spec, &pipeline, &rule, &error);

	if (r == 0)
		r = inquiry_new(&(struct inquiry_question){ pipeline_engine(pipeline),
							    &engine, q->rule, q->keys,
							    q->n_keys },
				&q->inquiry, &error);
	if (r == 0) {
		probe_set(pipeline_engine(pipeline), inquiry_seen, q->inquiry);
		r = sources_run(&q->sources, pipeline, &result);
	}
	buffer_init(&text);
	if (r == 0) {
		inquiry_json(q->inquiry, &text, false);
		json_t *answer = json_loadb(text.ptr, text.len, 0, NULL);
		if (answer)
			code = show(q, answer, inquiry_answer(q->inquiry));
		json_decref(answer);
		if (result.unread)
			code = EXIT_CANNOT;
	} else if (r == -EINVAL) {
		fprintf(stderr, "sipvigil why-not: %s\n", error.message);
		if (error.hint[0])
			fprintf(stderr, _("  next: %s\n"), error.hint);
		code = EXIT_USAGE;
	} else {
		fprintf(stderr, "sipvigil why-not: %s\n",
			r == -ENOENT ? _("there is no such dialect (list: sipvigil "
					 "dialects)")
				     : strerror(-r));
		code = r == -ENOENT ? EXIT_USAGE : EXIT_CANNOT;
	}
	buffer_done(&text);
	inquiry_free(q->inquiry);
	pipeline_free(pipeline);
	return code;
}

static int
load_and_ask(struct question *q)
{
	struct conf *conf = rulefile_load(&q->conf);
	int code = EXIT_USAGE;

	if (conf) {
		struct registry *registry = patterns_of(conf);
		q->sources.registry = registry;
		code = registry ? ask_logs(q, conf) : EXIT_CANNOT;
		registry_free(registry);
	}
	conf_free(conf);
	return code;
}

static int
ask_daemon(const struct question *q)
{
	const char *args[INQUIRY_MAX_KEYS + 1] = { q->rule };
	struct client_question question = { .socket = q->socket,
					    .command = command_why_not.word,
					    .args = args,
					    .n_args = q->n_keys + 1 };
	struct client_reply reply;

	memcpy(args + 1, q->keys, q->n_keys * sizeof(args[0]));
	int r = client_ask(&question, &reply);
	int code = reply.exit;
	const json_t *answer = r < 0 ? NULL : json_array_get(reply.lines, 0);

	if (r < 0 || reply.error[0]) {
		fprintf(stderr, "sipvigil why-not: %s\n", reply.error);
		if (reply.remedy[0])
			fprintf(stderr, _("  next: %s\n"), reply.remedy);
		if (r < 0)
			fprintf(stderr,
				_("  or ask the logs: sipvigil why-not %s %s FILE…\n"),
				q->rule, q->keys[0]);
	} else if (answer) {
		code = show(q, answer, code);
	}
	client_reply_done(&reply);
	return code;
}

/** A further part of the key, field=value, and no file. */
static bool
is_key(const char *word)
{
	const char *equals = strchr(word, '='), *hint;

	return equals &&
	       expr_field_find(str_make(word, (size_t)(equals - word)), &hint) &&
	       access(word, F_OK) < 0;
}

static int
take_options(struct question *q, int argc, char **argv, bool *ret_help)
{
	static const struct option options[] = {
		SOURCES_LONG_OPTIONS,
		{ "config", required_argument, NULL, 'c' },
		{ "rules-dir", required_argument, NULL, 'R' },
		{ "socket", required_argument, NULL, 'S' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *why = NULL;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":d:c:h", options, NULL)) != -1) {
		int r = sources_option(&q->sources, c, optarg, &why);
		if (r == -EINVAL)
			return command_usage(&command_why_not, "%s: %s", optarg, why);
		if (r == 0)
			continue;
		if (c == 'c')
			q->conf.path = optarg;
		else if (c == 'R')
			q->conf.rules_dir = optarg;
		else if (c == 'S')
			q->socket = optarg;
		else if (c == 'j')
			q->json = true;
		else if (c == 'h')
			*ret_help = true;
		else
			return command_option(&command_why_not, c, argv);
	}
	return EXIT_DONE;
}

static int
why_not(int argc, char **argv)
{
	struct question q = { .conf.no_inputs = true };
	const char *why = NULL;
	bool help = false;
	int r = take_options(&q, argc, argv, &help);

	if (r != EXIT_DONE)
		return r;
	if (help) {
		command_help(&command_why_not);
		return EXIT_DONE;
	}
	if (argc - optind < 2)
		return command_usage(&command_why_not,
				     _("it takes a rule and a key, as in: sipvigil "
				       "why-not auth-bruteforce 203.0.113.9"));
	q.rule = argv[optind++];
	do {
		q.keys[q.n_keys++] = argv[optind++];
	} while (optind < argc && q.n_keys < INQUIRY_MAX_KEYS && is_key(argv[optind]));
	if (optind == argc && !q.sources.journal && !q.sources.n_journals)
		return ask_daemon(&q);
	if (sources_operands(&q.sources, argc - optind, argv + optind, &why) < 0)
		return command_usage(&command_why_not, "%s", why);
	return load_and_ask(&q);
}

const struct command command_why_not = {
	.word = "why-not",
	.arguments = "RULE KEY [FIELD=VALUE]… [SOURCE] [-c FILE] [--json] [FILE…]",
	.summary = N_("why a rule raised no alert for an address, a peer, a user"),
	.help = N_("How near RULE came to an alert for KEY, and when; and what other "
		   "failures of KEY\n"
		   "did not count, and why. KEY is a value of a field that the rule "
		   "groups by\n"
		   "(203.0.113.9), or FIELD=VALUE.\n"
		   "\n"
		   "Without FILE or --journal the daemon is asked, which knows the "
		   "events of its 1 MiB\n"
		   "of memory and what it has in its windows. With them the logs are "
		   "read, with FILE\n"
		   "and SOURCE as for sipvigil events.\n"
		   "\n"
		   "  -c, --config FILE   rules and lists of this configuration "
		   "(with logs)\n"
		   "  --rules-dir DIR     default rules from this folder (with logs)\n"
		   "  --socket PATH       control socket (/run/sipvigil/control)\n"
		   "  --json              one JSON object\n"
		   "\n"
		   "Exit: 0 it raised no alert, and this is why; 1 it did raise one, "
		   "or nothing is\n"
		   "known of KEY; 2 wrong usage, no such rule; 3 no daemon, unreadable "
		   "file.\n"
		   "\n"
		   "Example: sipvigil why-not auth-bruteforce 203.0.113.9 "
		   "/var/log/asterisk/full*\n"),
	.run = why_not,
};
