/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_sipvigil: asks sipvigild over its control socket and tells Nagios, Icinga and
 * their kin. Whatever goes wrong is UNKNOWN with the remedy on the first line; nothing
 * is ever OK that was not seen to be.
 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/plugin.h"
#include "ctl/client.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TIMEOUT_DEFAULT_SEC 10
#define TIMEOUT_MAX_SEC 3600

struct request {
	struct plugin_choice choice;
	const char *socket;
	sv_usec timeout;
};

enum { OPTION_SOCKET = 256, OPTION_RULE, OPTION_PEER };

static const struct option options[] = {
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "service", required_argument, NULL, 's' },
	{ "rule", required_argument, NULL, OPTION_RULE },
	{ "peer", required_argument, NULL, OPTION_PEER },
	{ "hostname", required_argument, NULL, 'H' },
	{ "warning", required_argument, NULL, 'w' },
	{ "critical", required_argument, NULL, 'c' },
	{ "timeout", required_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static void
print_help(void)
{
	puts(_("Usage: check_sipvigil [--socket PATH] [-s SERVICE] [--rule RULE] "
	       "[--peer PEER]\n"
	       "                      [-H HOST] [-w RANGE] [-c RANGE] [-t SEC] [-v]\n"
	       "\n"
	       "State of sipvigild's alerts for Nagios, Icinga and other monitoring "
	       "servers.\n"
	       "Without a choice: the worst of all alerts and sources.\n"
	       "\n"
	       "  --socket PATH         control socket (default "
	       "/run/sipvigil/control)\n"
	       "  -s, --service NAME    alerts of this service alone, e.g. \"SIP "
	       "trunks\"\n"
	       "  --rule NAME           alerts of this rule alone\n"
	       "  --peer NAME           alerts of this peer or address alone\n"
	       "  -H, --hostname NAME   alerts of logs of this host alone\n"
	       "  -w, --warning RANGE   open warnings that are no WARNING (default 0)\n"
	       "  -c, --critical RANGE  open critical alerts that are no CRITICAL "
	       "(default 0)\n"
	       "  -t, --timeout SEC     UNKNOWN when there is no answer by then "
	       "(default 10)\n"
	       "  -v, --verbose         since when, what it likely is, what to check\n"
	       "  -h, --help            this text\n"
	       "  -V, --version         version\n"
	       "\n"
	       "RANGE is that of the plugin guidelines: 10, 10:, ~:10, 10:20, @10:20.\n"
	       "Exit status: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: also when the "
	       "daemon is\n"
	       "down, when no source has delivered a readable line, and for wrong "
	       "usage.\n"
	       "\n"
	       "  check_sipvigil -s 'SIP trunks'\n"
	       "  check_sipvigil -w 5 -c 0"));
}

static int
say(enum plugin_state state, struct buffer *out)
{
	if (buffer_failed(out))
		(void)fputs("SIP UNKNOWN - out of memory\n", stdout);
	else
		(void)fwrite(out->ptr, 1, out->len, stdout);
	state = buffer_failed(out) ? PLUGIN_UNKNOWN : state;
	buffer_done(out);
	return fflush(stdout) == 0 ? (int)state : (int)PLUGIN_UNKNOWN;
}

static int
wrong_usage(const char *what, const char *text)
{
	struct buffer out, error;

	buffer_init(&out);
	buffer_init(&error);
	buffer_addf(&error, "%s '%s'", what, text);
	buffer_add_char(&error, '\0');
	enum plugin_state state = plugin_unknown(error.ptr ? error.ptr : what,
						 _("see check_sipvigil --help"), &out);
	buffer_done(&error);
	return say(state, &out);
}

static bool
take_seconds(const char *text, sv_usec *ret_usec)
{
	uint64_t seconds;
	struct sv_str s = str_of(text);

	if (str_take_u64(s, &seconds) != s.len || !s.len || seconds == 0 ||
	    seconds > TIMEOUT_MAX_SEC)
		return false;
	*ret_usec = seconds * SV_USEC_PER_SEC;
	return true;
}

/* -1: go on; else the exit code. */
static int
take_option(int option, struct request *request)
{
	struct plugin_choice *choice = &request->choice;

	switch (option) {
	case OPTION_SOCKET:
		request->socket = optarg;
		return -1;
	case 's':
		choice->service = optarg;
		return -1;
	case OPTION_RULE:
		choice->rule = optarg;
		return -1;
	case OPTION_PEER:
		choice->peer = optarg;
		return -1;
	case 'H':
		choice->host = optarg;
		return -1;
	case 'v':
		choice->verbose = true;
		return -1;
	case 'w':
		choice->warning = optarg;
		if (range_parse(optarg, &choice->warning_range))
			return -1;
		return wrong_usage(_("not a range:"), optarg);
	case 'c':
		choice->critical = optarg;
		if (range_parse(optarg, &choice->critical_range))
			return -1;
		return wrong_usage(_("not a range:"), optarg);
	case 't':
		if (take_seconds(optarg, &request->timeout))
			return -1;
		return wrong_usage(_("not a number of seconds from 1 to 3600:"),
				   optarg);
	case 'h':
		print_help();
		return PLUGIN_UNKNOWN;
	case 'V':
		puts("check_sipvigil " PACKAGE_VERSION);
		return PLUGIN_UNKNOWN;
	}
	return PLUGIN_UNKNOWN;
}

static int
read_options(int argc, char **argv, struct request *request)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":s:H:w:c:t:vhV", options, NULL)) !=
	       -1) {
		if (option == '?')
			return wrong_usage(_("unknown option"), argv[optind - 1]);
		if (option == ':')
			return wrong_usage(_("this option needs a value:"),
					   argv[optind - 1]);
		int r = take_option(option, request);
		if (r >= 0)
			return r;
	}
	if (optind < argc)
		return wrong_usage(_("unexpected argument"), argv[optind]);
	return -1;
}

static int
ask(const struct request *request, const char *command, struct client_reply *ret_reply)
{
	const struct client_question question = { .socket = request->socket,
						  .command = command,
						  /* Two questions share the time. */
						  .timeout = request->timeout / 2 };
	int r = client_ask(&question, ret_reply);

	return r < 0 || ret_reply->error[0] ? -1 : 0;
}

int
main(int argc, char **argv)
{
	struct request request = { .timeout = TIMEOUT_DEFAULT_SEC * SV_USEC_PER_SEC };
	struct client_reply status = { 0 }, alerts = { 0 };
	struct buffer out;
	enum plugin_state state;

	i18n_setup();
	int r = read_options(argc, argv, &request);
	if (r >= 0)
		return r;
	buffer_init(&out);
	if (ask(&request, "status", &status) < 0)
		state = plugin_unknown(status.error, status.remedy, &out);
	else if (ask(&request, "alerts", &alerts) < 0)
		state = plugin_unknown(alerts.error, alerts.remedy, &out);
	else
		state = plugin_report(&request.choice, status.lines, alerts.lines,
				      &out);
	client_reply_done(&status);
	client_reply_done(&alerts);
	return say(state, &out);
}
