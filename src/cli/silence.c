/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"
#include "conf/moment.h"
#include "conf/unit.h"
#include "expr/expr.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 400
#define MAX_WORDS 16
#define LINE_INDENT 4

/** The command line, as the daemon wants to have it. */
struct request {
	char room[1024]; /* for own_name() */
	char *argv[MAX_WORDS + 1];
	int argc;
	char until[24];
	const char *author;
	const char *word, *operand; /* "add", its expression */
	bool timed;
};

static bool
put(struct request *request, char *word)
{
	if (request->argc == MAX_WORDS)
		return false;
	request->argv[request->argc++] = word;
	return true;
}

static char *
constant(const char *text)
{
	return (char *)(uintptr_t)text; /* nobody writes to it */
}

/** The end as microseconds since 1970: of --for a span from now, of --until a moment. */
static int
take_end(struct request *request, const char *option, const char *value)
{
	sv_usec now = (sv_usec)time(NULL) * SV_USEC_PER_SEC, until = 0;

	if (strcmp(option, "--for") == 0) {
		if (unit_duration(str_of(value), &until) != UNIT_OK || until == 0)
			return command_usage(&command_silence,
					     _("%s is no duration, as 2h or 30m"),
					     value);
		until = now + until;
	} else if (!moment_read(value, &until)) {
		return command_usage(
			&command_silence,
			_("%s is no moment, as \"2026-09-12 04:00\" or with a zone"),
			value);
	}
	if (until <= now)
		return command_usage(&command_silence, _("%s is over already"), value);
	(void)snprintf(request->until, sizeof(request->until), "%" PRIu64, until);
	request->timed = true;
	return EXIT_DONE;
}

static bool
has_value(const char *option)
{
	static const char *const options[] = { "--for",    "--until",  "--author",
					       "--reason", "--socket", NULL };
	size_t i = 0;

	while (options[i] && strcmp(options[i], option) != 0)
		i++;
	return options[i] != NULL;
}

/** An option with its value. */
static int
take_option(struct request *request, char *option, char *value)
{
	if (!value)
		return command_usage(&command_silence, _("%s needs a value"), option);
	if (strcmp(option, "--for") == 0 || strcmp(option, "--until") == 0)
		return take_end(request, option, value);
	if (strcmp(option, "--author") == 0)
		request->author = value;
	return put(request, option) && put(request, value)
		       ? EXIT_DONE
		       : command_usage(&command_silence, _("too many arguments"));
}

static int
take_words(struct request *request, int argc, char **argv)
{
	int code = put(request, argv[0]) ? EXIT_DONE : EXIT_USAGE;

	for (int i = 1; i < argc && !code; i++) {
		if (has_value(argv[i])) {
			code = take_option(request, argv[i], argv[i + 1]);
			i++;
			continue;
		}
		if (argv[i][0] != '-' && !request->word)
			request->word = argv[i];
		else if (argv[i][0] != '-' && !request->operand)
			request->operand = argv[i];
		if (!put(request, argv[i]))
			code = command_usage(&command_silence, _("too many arguments"));
	}
	return code;
}

/** `room` is for what the user database answers. */
static const char *
own_name(char *room, size_t room_bytes)
{
	const char *name = getenv("SUDO_USER");
	struct passwd user, *found = NULL;

	if (name && name[0])
		return name;
	return getpwuid_r(getuid(), &user, room, room_bytes, &found) == 0 && found
		       ? found->pw_name
		       : "";
}

/** A mistake in the expression is shown where it is, before anybody is asked. */
static int
check_where(const char *text)
{
	struct expr_error error;
	struct expr *expr = expr_new_alert(str_of(text), &error);
	bool ok = expr != NULL;

	expr_free(expr);
	if (ok)
		return EXIT_DONE;
	fprintf(stderr, "sipvigil silence: %s\n  %s\n  %*s", error.message, text,
		(int)error.pos, "");
	for (size_t i = 0; i < error.len; i++)
		(void)fputc(i ? '~' : '^', stderr);
	fprintf(stderr, "%s%s\n", error.hint[0] ? " " : "", error.hint);
	return EXIT_USAGE;
}

static int
prepare(struct request *request, int argc, char **argv)
{
	int code = take_words(request, argc, argv);

	if (code || !request->word || strcmp(request->word, "add") != 0)
		return code;
	if (!request->operand)
		return command_usage(&command_silence, _("add wants an expression"));
	code = check_where(request->operand);
	if (code)
		return code;
	if (!request->timed)
		return command_usage(&command_silence,
				     _("a silence needs an end: --for 2h"));
	bool fits = put(request, constant("--until")) && put(request, request->until);
	if (!request->author)
		fits = fits && put(request, constant("--author")) &&
		       put(request,
			   constant(own_name(request->room, sizeof(request->room))));
	return fits ? EXIT_DONE
		    : command_usage(&command_silence, _("too many arguments"));
}

static void
add_clean(struct buffer *out, const char *text)
{
	buffer_add_clean(out, str_of(text), LINE_MAX_BYTES);
}

static void
add_held(struct buffer *out, const json_t *silence)
{
	uint64_t holds = online_u64(silence, "holds");
	uint64_t transitions = online_u64(silence, "transitions");

	buffer_addf(out,
		    ngettext("holds %" PRIu64 " open alert",
			     "holds %" PRIu64 " open alerts", holds),
		    holds);
	buffer_addf(out,
		    ngettext(", held back %" PRIu64 " transition so far",
			     ", held back %" PRIu64 " transitions so far", transitions),
		    transitions);
}

static const char *
state_word(const char *state)
{
	if (strcmp(state, "active") == 0)
		return _("active");
	return strcmp(state, "pending") == 0 ? _("begins later") : _("ended");
}

/** Words in lines of the terminal, with an indent from the second on. */
static void
add_line(struct online *online, struct buffer *line, bool first)
{
	if (!first)
		buffer_addf(&online->out, "%*s", LINE_INDENT, "");
	terminal_wrap(&online->out, buffer_str(line), LINE_INDENT,
		      online->terminal.columns);
	buffer_clear(line);
}

/* "s1  active until 16:20, holds 1 open alert, held back 2 transitions so far" */
static void
add_state(struct buffer *line, const json_t *silence)
{
	sv_usec from = online_time(silence, "from"),
		until = online_time(silence, "until");
	const char *state = online_text(silence, "state");
	char clock[32];

	add_clean(line, online_text(silence, "id"));
	buffer_addf(line, "  %s", state_word(state));
	if (strcmp(state, "pending") == 0) {
		online_clock(clock, from, false);
		buffer_addf(line, _(" at %s"), clock);
	}
	online_clock(clock, until, false);
	if (strcmp(state, "ended") != 0)
		buffer_addf(line, until ? _(" until %s") : _(" for ever"), clock);
	buffer_add_cstr(line, ", ");
	add_held(line, silence);
}

static void
add_silence(struct online *online, const json_t *silence)
{
	const char *author = online_text(silence, "author");
	const char *reason = online_text(silence, "reason");
	bool configured = json_is_true(json_object_get(silence, "configured"));
	struct buffer line;

	buffer_init(&line);
	add_state(&line, silence);
	add_line(online, &line, true);
	add_clean(&line, online_text(silence, "where"));
	add_line(online, &line, false);
	add_clean(&line, author);
	buffer_add_cstr(&line, author[0] && reason[0] ? ": " : "");
	add_clean(&line, reason);
	if (configured)
		buffer_addf(&line, "%s%s", author[0] || reason[0] ? "  " : "",
			    _("(configuration)"));
	if (line.len)
		add_line(online, &line, false);
	buffer_done(&line);
}

static void
show(struct online *online)
{
	const json_t *lines = online->reply.lines, *line;
	const char *removed = online_text(json_array_get(lines, 0), "removed");
	size_t i;

	if (removed[0]) {
		buffer_add_cstr(&online->out, _("removed: "));
		add_clean(&online->out, removed);
		buffer_add_char(&online->out, '\n');
		return;
	}
	if (json_array_size(lines) == 0)
		buffer_add_cstr(&online->out, _("no silence, neither in the "
						"configuration nor added\n"));
	json_array_foreach(lines, i, line)
	{
		add_silence(online, line);
	}
}

static int
run(int argc, char **argv)
{
	static const char *const values[] = { "--until", "--author", "--reason", NULL };
	static const struct online_spec spec = { .values = values, .max_words = 2 };
	struct request request = { .argc = 0 };
	struct online online;
	int code = prepare(&request, argc, argv);

	if (code)
		return code;
	if (online_ask(&online, &command_silence, request.argc, request.argv, &spec,
		       &code)) {
		show(&online);
		code = online_end(&online);
	}
	online_done(&online);
	return code;
}

const struct command command_silence = {
	.word = "silence",
	.arguments = "[list | add EXPRESSION --for DURATION [--reason TEXT] "
		     "[--author NAME] | remove ID] [--socket PATH] [--json]",
	.summary = N_("hold back alerts for a time: recorded, and nobody is paged"),
	.help = N_("  list              silences: their ends, and what they hold back\n"
		   "  add EXPRESSION    hold back the alerts that it is true of: rule, "
		   "peer, "
		   "peer_ip,\n"
		   "                    severity, service, host, user … "
		   "(sipvigil-rules(7))\n"
		   "  --for DURATION    so long from now: 2h, 30m, 1d\n"
		   "  --until MOMENT    or until then: \"2026-09-12 04:00\"\n"
		   "  --reason TEXT     what for\n"
		   "  --author NAME     whose word it is, instead of the user's name\n"
		   "  remove ID         end one that was added\n"
		   "  --socket PATH     control socket (/run/sipvigil/control)\n"
		   "  --json            one object a silence\n"
		   "\n"
		   "An alert that is still open when its silence ends is told then. "
		   "Who may "
		   "open the\n"
		   "control socket may silence.\n"
		   "\n"
		   "Example: sipvigil silence add \"rule = 'trunk-down' and peer = "
		   "'carrier-a'\" --for 2h\n"),
	.run = run,
};
