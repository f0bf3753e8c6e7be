/* SPDX-License-Identifier: Apache-2.0 */
/* silence: what is held back, and by whose word. */
#include "ctl/commands.h"

#include "base/emit.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *
state_of(const struct silence *silence, sv_usec now)
{
	if (silence_is_active(silence, now))
		return "active";
	return silence->from > now ? "pending" : "ended";
}

/** How many open alerts a silence holds back. */
struct counting {
	struct sv_str id;
	uint64_t n;
};

static void
count_held(void *user, const struct sv_alert *alert)
{
	struct counting *counting = user;

	/* the mark of a long name is cut */
	counting->n += alert->silenced.len &&
		       str_starts(counting->id, alert->silenced) &&
		       (alert->silenced.len == counting->id.len ||
			alert->silenced.len == HELD_BY_BYTES - 1);
}

static void
add_silence(struct call *call, const struct silence *silence, sv_usec now)
{
	struct counting counting = { .id = str_of(silence->id) };
	struct buffer *out = call->out;
	size_t begin = out->len;

	call->host->open(call->host->user, count_held, &counting);
	buffer_add_char(out, '{');
	emit_text(out, "id", str_of(silence->id));
	emit_word(out, "state", state_of(silence, now));
	emit_text(out, "where", str_of(silence->where));
	emit_time(out, "from", silence->from);
	emit_time(out, "until", silence->until);
	emit_text(out, "author", str_of(silence->author));
	emit_text(out, "reason", str_of(silence->reason));
	emit_bool(out, "configured", silence->configured);
	emit_u64(out, "holds", counting.n);
	emit_u64(out, "transitions", silence->held);
	buffer_add_char(out, '}');
	(void)commands_line(call, begin);
}

static sv_usec
event_time(struct call *call)
{
	struct engine_stats stats;

	engine_stats_get(call->host->engine(call->host->user), &stats);
	return stats.now;
}

static int
list(struct call *call)
{
	const struct silences *silences =
		gate_silences(call->host->gate(call->host->user));
	sv_usec now = event_time(call);

	for (size_t i = 0; i < silences->n; i++)
		add_silence(call, &silences->of[i], now);
	return 0;
}

__attribute__((format(printf, 3, 4))) static int
refuse(struct call *call, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(call->error, sizeof(call->error), format, args);
	va_end(args);
	(void)snprintf(call->remedy, sizeof(call->remedy), "%s", remedy);
	return 2;
}

/** Done, and not safe on the disk: the status says why. */
static int
not_saved(struct call *call)
{
	(void)refuse(call, "sipvigil status",
		     "done, but the state could not be saved: it is lost if sipvigild "
		     "is killed before the next save");
	return 3;
}

static int
say_add(struct call *call, int r, const struct expr_error *error)
{
	switch (r) {
	case 0:
		return 0;
	case -EIO:
		return not_saved(call);
	case -EINVAL:
		return refuse(call, error->hint, "%s, at byte %zu of the expression",
			      error->message, error->pos + 1);
	case -E2BIG:
		return refuse(call, "", "author and reason have at most %d bytes",
			      SILENCE_WORDS_BYTES);
	case -ENOSPC:
		return refuse(call, "sipvigil silence remove ID",
			      "there are %d silences already", SILENCE_MAX);
	}
	(void)refuse(call, "", "%s", strerror(-r));
	return 3;
}

/** One option of `add` with its value; false if it is none or not sound. */
static bool
take_option(struct silence_spec *spec, const char *name, const char *value)
{
	if (!value)
		return false;
	if (strcmp(name, "--author") == 0)
		spec->author = value;
	else if (strcmp(name, "--reason") == 0)
		spec->reason = value;
	else if (strcmp(name, "--until") == 0)
		return str_take_u64(str_of(value), &spec->until) == strlen(value);
	else
		return false;
	return true;
}

/* add EXPRESSION --until MICROSECONDS [--author TEXT] [--reason TEXT] */
static int
add(struct call *call)
{
	struct silence_spec spec = { .where = call->args[1] };
	const struct silence *silence = NULL;
	struct expr_error error = { 0 };

	if (!spec.where)
		return refuse(call, "", "an expression is missing");
	for (size_t i = 2; i < call->n_args; i += 2)
		if (!take_option(&spec, call->args[i], call->args[i + 1]))
			return refuse(call, "", "'%.60s' is not understood",
				      call->args[i]);
	if (!spec.until)
		return refuse(call, "--for 2h", "a silence needs an end");
	if (spec.until <= event_time(call))
		return refuse(call, "", "the silence has ended before it began");
	int r = call->host->silence_add(call->host->user, &spec, &silence, &error);
	if (silence)
		add_silence(call, silence, event_time(call));
	return say_add(call, r, &error);
}

static int
remove_one(struct call *call)
{
	const char *id = call->args[1];
	size_t begin = call->out->len;
	int r;

	if (!id || call->n_args > 2)
		return refuse(call, "sipvigil silence list",
			      "the id of one silence is wanted");
	r = call->host->silence_remove(call->host->user, str_of(id));
	if (r == -ENOENT) {
		(void)refuse(call, "sipvigil silence list",
			     "there is no silence '%.128s'", id);
		return 1;
	}
	if (r == -EPERM)
		return refuse(call, "remove it there, then: sipvigil reload",
			      "silence '%.128s' stands in the configuration", id);
	buffer_add_char(call->out, '{');
	emit_text(call->out, "removed", str_of(id));
	buffer_add_char(call->out, '}');
	(void)commands_line(call, begin);
	return r < 0 ? not_saved(call) : 0;
}

int
commands_silence(struct call *call)
{
	const char *word = call->n_args ? call->args[0] : "list";

	if (!call->host->gate)
		return refuse(call, "", "there are no silences here");
	if (strcmp(word, "add") == 0)
		return add(call);
	if (strcmp(word, "remove") == 0)
		return remove_one(call);
	if (strcmp(word, "list") == 0 && call->n_args <= 1)
		return list(call);
	return refuse(call, "sipvigil help silence", "'%.60s' is not understood", word);
}
