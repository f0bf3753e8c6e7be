/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gateways: our own registrations and the pings by which FreeSWITCH tests whether they
 * can be reached; registered users likewise. Their names stand in the configuration.
 *
 * A failed registration is told by an ERR line and, up to a second later, by a WARNING:
 * one attempt. One that succeeds has no line at all: it is seen when the next begins.
 */
#include "dialect/freeswitch_line.h"

#include "sip/outcome.h"

static struct freeswitch_gateway *
gateway_of(struct freeswitch_state *st, struct sv_str name)
{
	struct freeswitch_gateway *best = &st->gateways[0];
	uint64_t key = freeswitch_session_key(name);

	for (size_t i = 0; i < FREESWITCH_GATEWAYS; i++) {
		struct freeswitch_gateway *g = &st->gateways[i];
		if (g->name == key)
			return g;
		if (!g->name ||
		    (best->name && st->clock - g->age > st->clock - best->age))
			best = best->name ? g : best;
	}
	*best = (struct freeswitch_gateway){ .name = key, .age = ++st->clock };
	return best;
}

static void
begin(struct freeswitch_line *line, uint32_t template_id, struct sv_str name,
      struct sv_event *ev)
{
	freeswitch_begin(line, template_id, ev);
	ev->leg = SV_LEG_OUT;
	ev->peer = freeswitch_claim(name);
}

/** "403", "[403]": a number of the stack or of SIP. */
static bool
take_code(struct sv_str text, struct sv_event *ev)
{
	uint64_t code;

	if (!text.len || str_take_u64(text, &code) != text.len || code > 999)
		return false;
	ev->code = (uint16_t)code;
	ev->outcome = outcome_of_code(ev->code);
	if (ev->outcome == SV_CHALLENGED) /* it ended the attempt */
		ev->outcome = SV_REJECTED;
	if (ev->outcome == SV_OUTCOME_NONE)
		ev->outcome = SV_ERROR;
	return true;
}

/** In a line that may be forged states are not believed, nor changed. */
static struct freeswitch_gateway *
state_of(struct freeswitch_line *line, struct sv_str name,
	 struct freeswitch_gateway *scratch)
{
	if (!line->doubtful)
		return gateway_of(line->state, name);
	*scratch = (struct freeswitch_gateway){ 0 };
	return scratch;
}

/** "NAME Failed Registration with status PHRASE [403]. failure #1" */
static enum sv_parse
gateway_failed(struct freeswitch_line *line, struct sv_str name, struct sv_str rest)
{
	size_t end = str_find_last(rest, SV_STR("]. failure #")),
	       open = str_find_last(rest, SV_STR(" ["));
	struct freeswitch_gateway scratch, *g;
	struct sv_event ev;

	if (end == STR_NONE || open == STR_NONE || open + 2 > end)
		return SV_PARSE_MALFORMED;
	begin(line, FREESWITCH_GATEWAY_FAILED, name, &ev);
	ev.method = SV_REGISTER;
	if (!take_code(str_make(rest.ptr + open + 2, end - open - 2), &ev))
		return SV_PARSE_MALFORMED;
	ev.claim.phrase = freeswitch_claim(str_trim(str_upto(rest, open)));
	g = state_of(line, name, &scratch);
	g->failed = g->down = true;
	return freeswitch_emit(line, &ev);
}

/** "NAME Failed Registration [403], setting retry to 30 seconds." */
static enum sv_parse
gateway_retry(struct freeswitch_line *line, struct sv_str name, struct sv_str rest)
{
	size_t end = str_find(rest, SV_STR("], setting retry to "));
	struct freeswitch_gateway scratch, *g = state_of(line, name, &scratch);
	struct sv_event ev;

	if (g->failed || end == STR_NONE)
		return SV_PARSE_SKIP;
	begin(line, FREESWITCH_GATEWAY_RETRY, name, &ev);
	ev.method = SV_REGISTER;
	if (!take_code(str_upto(rest, end), &ev))
		return SV_PARSE_MALFORMED;
	g->failed = g->down = true;
	return freeswitch_emit(line, &ev);
}

static enum sv_parse
gateway_timeout(struct freeswitch_line *line, struct sv_str name, struct sv_str rest)
{
	struct freeswitch_gateway scratch, *g = state_of(line, name, &scratch);
	struct sv_event ev;

	(void)rest;
	if (g->failed)
		return SV_PARSE_SKIP;
	begin(line, FREESWITCH_GATEWAY_TIMEOUT, name, &ev);
	ev.method = SV_REGISTER;
	ev.outcome = SV_TIMEOUT;
	g->failed = g->down = true;
	return freeswitch_emit(line, &ev);
}

/** "Registering NAME": the attempt before, if nothing was said against it, was good. */
static enum sv_parse
gateway_trying(struct freeswitch_line *line, struct sv_str name, struct sv_str rest)
{
	struct freeswitch_gateway scratch, *g = state_of(line, name, &scratch);
	bool back = g->trying && g->down && !g->failed;
	struct sv_event ev;

	(void)rest;
	g->trying = true;
	g->failed = false;
	if (!back)
		return SV_PARSE_SKIP;
	g->down = false;
	begin(line, FREESWITCH_GATEWAY_BACK, name, &ev);
	ev.method = SV_REGISTER;
	ev.outcome = SV_REGISTERED;
	return freeswitch_emit(line, &ev);
}

/** "NAME with code 503 - count 1/0/3, state DOWN": only the first one is news. */
static enum sv_parse
ping_failed(struct freeswitch_line *line, struct sv_str name, struct sv_str rest)
{
	struct freeswitch_gateway scratch, *g = state_of(line, name, &scratch);
	size_t blank = str_find_char(rest, ' ');
	struct sv_event ev;

	if (!str_ends(rest, SV_STR(", state DOWN")) || g->unreachable ||
	    blank == STR_NONE)
		return SV_PARSE_SKIP;
	begin(line, FREESWITCH_PING_FAILED, name, &ev);
	ev.method = SV_OPTIONS;
	if (!take_code(str_upto(rest, blank), &ev))
		return SV_PARSE_MALFORMED;
	ev.outcome = SV_UNREACHABLE;
	g->unreachable = true;
	return freeswitch_emit(line, &ev);
}

static enum sv_parse
ping_succeeded(struct freeswitch_line *line, struct sv_str name, struct sv_str rest)
{
	struct freeswitch_gateway scratch, *g = state_of(line, name, &scratch);
	struct sv_event ev;

	if (!str_ends(rest, SV_STR(", state UP")) || !g->unreachable)
		return SV_PARSE_SKIP;
	begin(line, FREESWITCH_PING_SUCCEEDED, name, &ev);
	ev.method = SV_OPTIONS;
	ev.outcome = SV_REACHABLE;
	g->unreachable = false;
	return freeswitch_emit(line, &ev);
}

static enum sv_parse
say(struct freeswitch_line *line, uint32_t template_id, struct sv_str name,
    enum sv_outcome outcome)
{
	struct sv_event ev;

	begin(line, template_id, name, &ev);
	ev.outcome = outcome;
	return freeswitch_emit(line, &ev);
}

static enum sv_parse
unregister(struct freeswitch_line *line, struct sv_str name, struct sv_str rest)
{
	(void)rest;
	return say(line, FREESWITCH_UNREGISTER, name, SV_UNREGISTERED);
}

/** "'USER@HOST' is now Unreachable" */
static enum sv_parse
user_state(struct freeswitch_line *line, struct sv_str name, struct sv_str rest)
{
	if (str_starts(rest, SV_STR("Unreachable")))
		return say(line, FREESWITCH_USER_UNREACHABLE, name, SV_UNREACHABLE);
	if (str_starts(rest, SV_STR("Reachable")))
		return say(line, FREESWITCH_USER_REACHABLE, name, SV_REACHABLE);
	return SV_PARSE_SKIP;
}

static enum sv_parse
user_expired(struct freeswitch_line *line, struct sv_str name, struct sv_str rest)
{
	(void)rest;
	return say(line, FREESWITCH_USER_EXPIRED, name, SV_UNREGISTERED);
}

/** The name stands between `head` and the first `middle`. */
static const struct row {
	const char *file, *head, *middle;
	unsigned levels;
	enum sv_parse (*take)(struct freeswitch_line *line, struct sv_str name,
			      struct sv_str rest);
} rows[] = {
	{ "sofia_reg.c", "", " Failed Registration with status ", FS_ERR,
	  gateway_failed },
	{ "sofia_reg.c", "", " Failed Registration [", FS_WARNING, gateway_retry },
	{ "sofia_reg.c", "Timeout Registering ", "", FS_WARNING, gateway_timeout },
	{ "sofia_reg.c", "Registering ", "", FS_NOTICE, gateway_trying },
	{ "sofia.c", "Ping failed ", " with code ", FS_WARNING, ping_failed },
	{ "sofia.c", "Ping succeeded ", " with code ", FS_WARNING, ping_succeeded },
	{ "sofia.c", "Unregister ", "", FS_WARNING, unregister },
	{ "sofia.c", "Sip user '", "' is now ", FS_WARNING, user_state },
	{ "sofia.c", "Expire sip user '", "' due to options failure", FS_WARNING,
	  user_expired },
};

enum sv_parse
freeswitch_gateway_parse(struct freeswitch_line *line)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sv_str rest = line->message, name;
		if (!(rows[i].levels & line->level) ||
		    !str_eq(line->file, str_of(rows[i].file)) ||
		    !freeswitch_take(&rest, rows[i].head, rows[i].middle, &name) ||
		    !name.len)
			continue;
		line->matched = true;
		if (line->uuid.len)
			return SV_PARSE_MALFORMED;
		return rows[i].take(line, name, rest);
	}
	return SV_PARSE_SKIP;
}
