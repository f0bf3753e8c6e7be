/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps of the dialplan (pbx.c): what was dialled, and what a dialplan prints of the
 * cause after a call failed. The number dialled and names may be the caller's text.
 */
#include "dialect/asterisk_line.h"

#include "sip/outcome.h"

#include <ctype.h>

/** The outcome that a Q.850 cause stands for when there is no SIP code. */
enum sv_outcome
asterisk_outcome_of_cause(uint16_t cause)
{
	switch (cause) {
	case 1:
	case 22:
	case 28:
		return SV_NOTFOUND;
	case 3:
	case 20:
		return SV_UNREGISTERED;
	case 16:
	case 26:
		return SV_CANCELED;
	case 17:
		return SV_BUSY;
	case 18:
	case 102:
		return SV_TIMEOUT;
	case 19:
		return SV_NOANSWER;
	case 21:
		return SV_FORBIDDEN;
	case 27:
	case 29:
	case 38:
		return SV_ERROR;
	case 34:
	case 42:
		return SV_CONGESTION;
	case 58:
	case 65:
		return SV_MEDIA;
	default:
		return SV_REFUSED;
	}
}

/** "exten@context:1" */
static bool
is_place(struct sv_str s)
{
	size_t colon = str_find_last(s, SV_STR(":"));
	uint64_t number;

	return colon != STR_NONE &&
	       str_find_char(str_upto(s, colon), '@') != STR_NONE &&
	       colon + 1 < s.len &&
	       str_take_u64(str_from(s, colon + 1), &number) == s.len - colon - 1;
}

/** `Executing [exten@context:1] App("channel", "data") in new stack`, strictly: the
 *  number dialled is the caller's. */
static bool
executing_read(struct sv_str s, struct sv_str *ret_app, struct sv_str *ret_data)
{
	size_t i = 0, end;

	s = str_from(s, strlen("Executing ["));
	while (i < s.len && (isalnum((unsigned char)s.ptr[i]) ||
			     (s.ptr[i] && strchr("_+*#.-@:", s.ptr[i]))))
		i++;
	if (!is_place(str_upto(s, i)))
		return false;
	s = str_from(s, i);
	if (!str_starts(s, SV_STR("] ")) || !str_ends(s, SV_STR("\") in new stack")))
		return false;
	s = str_upto(str_from(s, 2), s.len - 2 - strlen("\") in new stack"));
	end = str_find(s, SV_STR("(\""));
	if (end == STR_NONE)
		return false;
	*ret_app = str_upto(s, end);
	s = str_from(s, end + 2);
	end = str_find(s, SV_STR("\", \""));
	if (end == STR_NONE)
		return false;
	*ret_data = str_from(s, end + 4);
	return true;
}

/** "… HANGUPCAUSE = 17", "… HANGUPCAUSE: 17 - …": FreePBX's words. */
static void
take_cause(struct asterisk_leg *leg, struct sv_str data)
{
	size_t at = str_find_last(data, SV_STR("HANGUPCAUSE"));
	uint64_t cause;

	if (at == STR_NONE)
		return;
	data = str_from(data, at + strlen("HANGUPCAUSE"));
	while (data.len && strchr(" =:", data.ptr[0]) && data.ptr[0])
		data = str_from(data, 1);
	if (!str_take_u64(data, &cause) || cause == 0 || cause > 127)
		return;
	leg->q850 = (uint16_t)cause;
	if (leg->code == 0 && leg->outcome != SV_TIMEOUT && leg->outcome != SV_REJECTED)
		leg->outcome = asterisk_outcome_of_cause(leg->q850);
}

/** "… SIP 486 Busy Here": the technology's cause, printed by the dialplan. Believed
 *  where it agrees with the outcome known so far. */
static void
take_tech(struct asterisk_leg *leg, struct sv_str data)
{
	size_t at = str_find_last(data, SV_STR("SIP "));
	uint64_t code;

	if (at == STR_NONE || leg->code || leg->outcome == SV_REJECTED)
		return;
	data = str_from(data, at + 4);
	if (data.len < 4 || str_take_u64(str_upto(data, 4), &code) != 3 ||
	    data.ptr[3] != ' ' || code < 300 || code > 699)
		return;
	leg->code = (uint16_t)code;
	leg->outcome = outcome_of_code(leg->code);
	if (leg->outcome == SV_CHALLENGED)
		leg->outcome = SV_REJECTED;
	size_t end = str_find_char(data, ')');
	asterisk_name_set(&leg->phrase,
			  str_upto(str_from(data, 4),
				   end == STR_NONE || end < 4 ? data.len : end - 4));
}

static bool
is_transparent(struct sv_str app)
{
	static const char *const apps[] = {
		"NoOp", "ExecIf", "Set",      "MSet",       "Gosub",     "GosubIf",
		"Goto", "GotoIf", "Return",   "Macro",      "MacroExit", "Verbose",
		"Log",  "While",  "EndWhile", "ExecIfTime", "StackPop",  "MacroIf",
	};

	for (size_t i = 0; i < sizeof(apps) / sizeof(apps[0]); i++)
		if (str_eq(app, str_of(apps[i])))
			return true;
	return false;
}

static void
cause_read(struct asterisk_line *line, struct sv_str app, struct sv_str data)
{
	int n;
	struct asterisk_leg *leg = asterisk_call_closing(line, &n);

	if (n == 0)
		return;
	if (!is_transparent(app)) {
		asterisk_call_release(line);
		return;
	}
	/* one cause is told for the whole dialling */
	if (n == 1 && (app.ptr[0] == 'N' || app.ptr[0] == 'E' || app.ptr[0] == 'V')) {
		take_cause(leg, data);
		take_tech(leg, data);
	}
}

static enum sv_parse
finish_limit(struct asterisk_line *line, struct sv_event *ev)
{
	bool pjsip;

	ev->peer = asterisk_channel_peer(ev->peer, &pjsip);
	return asterisk_emit(line, ev);
}

/* clang-format off */
static const struct asterisk_row pbx_rows[] = {
	{ "Maximum call limit of %d calls exceeded by '%p'!",
	  ASTERISK_PBX_LIMIT, 503, LEVEL_WARNING, SV_LEG_IN, SV_INVITE, SV_BLOCKED, 0,
	  finish_limit },
	{ "Maximum loadavg limit of %s load exceeded by '%p' (currently %s)!",
	  ASTERISK_PBX_LIMIT, 503, LEVEL_WARNING, SV_LEG_IN, SV_INVITE, SV_BLOCKED, 0,
	  finish_limit },
	{ 0 },
};
/* clang-format on */

enum sv_parse
asterisk_pbx_parse(struct asterisk_line *line)
{
	struct sv_str m = line->message, app, data;

	if (line->level != LEVEL_VERBOSE)
		return asterisk_rows(line, pbx_rows);
	if (str_starts(m, SV_STR("Spawn extension "))) {
		asterisk_call_end(line);
		return SV_PARSE_SKIP;
	}
	if (!str_starts(m, SV_STR("Executing [")) || !executing_read(m, &app, &data))
		return SV_PARSE_SKIP;
	if (line->state->n_closing)
		cause_read(line, app, data);
	if (str_eq(app, SV_STR("Dial")))
		asterisk_call_plan(line, data);
	return SV_PARSE_SKIP;
}
