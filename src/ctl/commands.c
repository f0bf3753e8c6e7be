/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/commands.h"

#include "base/emit.h"
#include "base/text.h"

#include <jansson.h>
#include <sipvigil/ctl.h>
#include <stdio.h>

#define SLIP 2

static int
reload(struct call *call)
{
	struct buffer messages;
	size_t begin = call->out->len;
	struct view view = { 0 };
	int r;

	buffer_init(&messages);
	r = call->host->reload(call->host->user, &messages);
	buffer_add_char(call->out, '{');
	emit_bool(call->out, "reloaded", r >= 0);
	emit_text(call->out, "message", buffer_str(&messages));
	buffer_add_char(call->out, '}');
	(void)commands_line(call, begin);
	buffer_done(&messages);
	if (r >= 0)
		return 0;
	(void)snprintf(call->error, sizeof(call->error),
		       "the configuration was not taken; nothing was changed");
	/* The file that the daemon reads, which need not be the usual one. */
	call->host->look(call->host->user, &view);
	(void)snprintf(call->remedy, sizeof(call->remedy), "sipvigil check%s%.200s",
		       view.config ? " -c " : "", view.config ? view.config : "");
	return 2;
}

static const struct ctl_command commands[] = {
	{ "status",
	  "[--unknown]: state of sources, outputs and limits, one object; or per "
	  "source "
	  "what is not understood",
	  commands_status },
	{ "alerts", "[--all] [ID]: open alerts, worst first, one transition a line",
	  commands_alerts },
	{ "peers", "[--all] [--span SECONDS] [PEER]: what each peer did lately",
	  commands_peers },
	{ "why-not",
	  "RULE KEY…: why this rule raised no alert for this key, one object",
	  commands_why_not },
	{ "silence",
	  "[list | add EXPRESSION --until USEC [--author TEXT] [--reason TEXT] "
	  "| remove ID]: what is held back",
	  commands_silence },
	{ "top", "rates, open alerts, worst peers and rules, one object",
	  commands_top },
	{ "stats", "every counter: name, type, unit, help, value", commands_stats },
	{ "reload", "read the configuration anew; a mistake changes nothing", reload },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct ctl_command *
commands_table(size_t *ret_n)
{
	*ret_n = N_COMMANDS;
	return commands;
}

bool
commands_has(const char *word)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].word, word) == 0)
			return true;
	return false;
}

int
commands_wrong_argument(struct call *call, const char *argument)
{
	(void)snprintf(call->error, sizeof(call->error), "'%.60s' is not understood",
		       argument);
	return 2;
}

bool
commands_line(struct call *call, size_t begin)
{
	buffer_add_char(call->out, '\n');
	if (call->out->len <= COMMANDS_MAX_ANSWER && !buffer_failed(call->out))
		return true;
	call->out->len = begin;
	call->omitted++;
	return false;
}

static void
add_end(struct buffer *out, int code, const struct call *call)
{
	buffer_add_cstr(out, "{\"end\":true,\"exit\":");
	buffer_addf(out, "%d", code);
	if (call->omitted)
		emit_u64(out, "omitted", call->omitted);
	if (call->resolved)
		emit_u64(out, "resolved", call->resolved);
	emit_text(out, "error", str_of(call->error));
	emit_text(out, "remedy", str_of(call->remedy));
	buffer_add_cstr(out, "}\n");
}

void
commands_refuse(struct buffer *out, int code, const char *error, const char *remedy)
{
	struct call call = { 0 };

	(void)snprintf(call.error, sizeof(call.error), "%s", error);
	(void)snprintf(call.remedy, sizeof(call.remedy), "%s", remedy);
	add_end(out, code, &call);
}

static const struct ctl_command *
find(const char *word, const char **ret_near)
{
	size_t best = SLIP + 1;

	*ret_near = NULL;
	for (size_t i = 0; i < N_COMMANDS; i++) {
		size_t distance =
			str_distance(str_of(word), str_of(commands[i].word), SLIP + 1);

		if (distance == 0)
			return &commands[i];
		if (distance < best) {
			best = distance;
			*ret_near = commands[i].word;
		}
	}
	return NULL;
}

/* The arguments of a request, borrowed from `root`. */
static bool
take_args(struct call *call, const json_t *root)
{
	const json_t *args = json_object_get(root, "args");

	if (!args)
		return true;
	if (!json_is_array(args) || json_array_size(args) > COMMANDS_MAX_ARGS)
		return false;
	for (size_t i = 0; i < json_array_size(args); i++) {
		call->args[i] = json_string_value(json_array_get(args, i));
		if (!call->args[i])
			return false;
		call->n_args++;
	}
	return true;
}

static int
run(struct call *call, const json_t *root)
{
	const char *word = json_string_value(json_object_get(root, "command"));
	const json_t *version = json_object_get(root, "v");
	const struct ctl_command *command;
	const char *near;

	if (!word || !take_args(call, root)) {
		(void)snprintf(call->error, sizeof(call->error),
			       "a request is {\"v\":%d,\"command\":WORD,\"args\":[…]}",
			       SV_CTL_VERSION);
		return 2;
	}
	if (version && json_integer_value(version) != SV_CTL_VERSION) {
		(void)snprintf(call->error, sizeof(call->error),
			       "this sipvigild (%s) speaks version %d of the protocol",
			       PACKAGE_VERSION, SV_CTL_VERSION);
		(void)snprintf(call->remedy, sizeof(call->remedy),
			       "use the sipvigil of the same release, or restart "
			       "sipvigild after the upgrade");
		return 2;
	}
	command = find(word, &near);
	if (command)
		return command->run(call);
	(void)snprintf(call->error, sizeof(call->error),
		       "sipvigild knows no command '%.40s'", word);
	if (near)
		(void)snprintf(call->remedy, sizeof(call->remedy), "did you mean '%s'?",
			       near);
	return 2;
}

void
commands_answer(const struct view_host *host, struct sv_str request, struct buffer *out)
{
	struct call call = { .host = host, .out = out };
	json_error_t error;
	json_t *root = json_loadb(request.ptr ? request.ptr : "", request.len,
				  JSON_REJECT_DUPLICATES, &error);
	int code = 2;

	if (root)
		code = run(&call, root);
	else
		(void)snprintf(call.error, sizeof(call.error),
			       "the request is not JSON: %.160s", error.text);
	if (buffer_failed(out)) {
		buffer_clear(out);
		(void)snprintf(call.error, sizeof(call.error), "out of memory");
		code = 3;
	}
	add_end(out, code, &call);
	json_decref(root);
}
