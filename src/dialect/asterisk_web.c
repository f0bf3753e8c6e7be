/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logins to the web pages of distributions around Asterisk, in files of their own beside
 * Asterisk's:
 *
 *   FreePBX 14 and later, freepbx_security.log, or syslog as freepbx_security:
 *     [2026-11-22 12:37:43] [freepbx_security.NOTICE]: Authentication failure for U from A [] []
 *   FreePBX before that, the same file:
 *     [2015-10-07 09:30:19] Authentication failure for U from A
 *   Issabel and Elastix, audit.log:
 *     [Mar 03 10:31:28] LOGIN U: Authentication Failure to Web Interface login. Invalid user U from A.
 *
 * Written after the sources of FreePBX (framework: freepbx_log_security(), class Logger)
 * and Issabel (index.php, writeLOG()). The address is the web server's, at the end; the
 * name in front of it is whatever was typed. FreePBX 14 makes blanks of its line ends,
 * Issabel encodes it as in a URL. In the older form a name may hold line breaks and so
 * whole lines of any of these forms: a file that has such lines is forgeable.
 */
#include "dialect/asterisk_line.h"

#include "base/address.h"

#include <ctype.h>

/** No date in brackets is longer. */
#define DATE_MAX 40

#define FAILURE "Authentication failure for "
#define SUCCESS "Authentication successful for "
#define ISSABEL_FAILURE ": Authentication Failure to Web Interface login. "
#define ISSABEL_SUCCESS ": Web Interface login successful. "

/** A line with its date taken off. */
struct web {
	struct sv_str date, rest;
};

static bool
web_split(struct sv_str text, struct web *ret)
{
	if (text.len < DATE_MAX || text.ptr[0] != '[')
		return false;
	size_t close = str_find(str_upto(text, DATE_MAX), SV_STR("] "));
	if (close == STR_NONE || close < 12)
		return false;
	ret->date = str_make(text.ptr + 1, close - 1);
	ret->rest = str_from(text, close + 2);
	return true;
}

/** "[freepbx_security.NOTICE]: " off the front, the empty context off the end. */
static bool
monolog_take(struct sv_str *s)
{
	if (!str_starts(*s, SV_STR("[freepbx_security.")))
		return false;
	size_t close = str_find(str_upto(*s, 40), SV_STR("]: "));
	if (close == STR_NONE)
		return false;
	*s = str_trim(str_from(*s, close + 3));
	return true;
}

bool
asterisk_web_probe(struct sv_str text)
{
	struct web web;

	if (!web_split(text, &web))
		return false;
	return str_starts(web.rest, SV_STR("[freepbx_security.")) ||
	       str_starts(web.rest, SV_STR(FAILURE)) ||
	       str_starts(web.rest, SV_STR(SUCCESS)) ||
	       (str_starts(web.rest, SV_STR("LOGIN ")) &&
		str_find(web.rest, SV_STR(" Web Interface login")) != STR_NONE);
}

static enum sv_parse
tell(struct asterisk_line *line, enum sv_outcome outcome, struct sv_str user,
     struct sv_str address)
{
	struct sv_event ev;

	asterisk_begin(line, ASTERISK_WEB_LOGIN, &ev);
	ev.outcome = outcome;
	ev.leg = SV_LEG_IN;
	ev.service = SV_SERVICE_HTTP;
	ev.hint.channel = SV_CHANNEL_MAIN;
	ev.claim.user = asterisk_claim(user);
	if (!address_parse(address, &ev.peer_ip))
		return SV_PARSE_MALFORMED;
	return asterisk_emit(line, &ev);
}

/** "U from A": the last " from " is the web server's. */
static bool
user_and_address(struct sv_str s, struct sv_str *ret_user, struct sv_str *ret_address)
{
	struct sv_str from = SV_STR(" from ");
	size_t at = str_find_last(s, from);

	if (at == STR_NONE)
		return false;
	*ret_user = str_upto(s, at);
	*ret_address = str_from(s, at + from.len);
	return true;
}

static enum sv_parse
freepbx_parse(struct asterisk_line *line, struct sv_str s)
{
	enum sv_outcome outcome = SV_REJECTED;
	struct sv_str user, address, tail = SV_STR(" [] []");
	bool monolog = monolog_take(&s);

	if (str_starts(s, SV_STR(FAILURE))) {
		s = str_from(s, strlen(FAILURE));
	} else if (str_starts(s, SV_STR(SUCCESS))) {
		s = str_from(s, strlen(SUCCESS));
		outcome = SV_OK;
	} else {
		return monolog ? SV_PARSE_SKIP : SV_PARSE_FOREIGN;
	}
	if (monolog) {
		if (!str_ends(s, tail))
			return SV_PARSE_MALFORMED;
		s.len -= tail.len;
	}
	if (!user_and_address(s, &user, &address))
		return SV_PARSE_MALFORMED;
	line->message = s;
	return tell(line, outcome, user, address);
}

/** The name stands twice, encoded as in a URL: it has no blank. */
static enum sv_parse
issabel_parse(struct asterisk_line *line, struct sv_str s)
{
	static const struct {
		struct sv_str words;
		enum sv_outcome outcome;
	} kinds[] = {
		{ { "Invalid user ", 13 }, SV_UNKNOWN },
		{ { "Failed password for ", 20 }, SV_REJECTED },
		/* as it is spelled there */
		{ { "Failed two factore code for ", 28 }, SV_REJECTED },
		{ { "Accepted password for ", 22 }, SV_OK },
	};
	struct sv_str user, address;
	size_t blank = str_find_char(s, ' ');

	line->message = s;
	struct sv_str rest = str_from(s, blank == STR_NONE ? s.len : blank + 1);
	size_t colon = str_find_char(rest, ':');
	rest = str_from(rest, colon == STR_NONE ? rest.len : colon);
	if (str_starts(rest, SV_STR(ISSABEL_FAILURE)))
		rest = str_from(rest, strlen(ISSABEL_FAILURE));
	else if (str_starts(rest, SV_STR(ISSABEL_SUCCESS)))
		rest = str_from(rest, strlen(ISSABEL_SUCCESS));
	else
		return SV_PARSE_SKIP;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!str_starts(rest, kinds[i].words))
			continue;
		rest = str_from(rest, kinds[i].words.len);
		if (!str_ends(rest, SV_STR(".")))
			return SV_PARSE_MALFORMED;
		rest.len--;
		if (!user_and_address(rest, &user, &address) ||
		    str_find_char(user, ' ') != STR_NONE)
			return SV_PARSE_MALFORMED;
		return tell(line, kinds[i].outcome, user, address);
	}
	return SV_PARSE_SKIP;
}

enum sv_parse
asterisk_web_parse(struct asterisk_line *line)
{
	struct sv_str ident = line->record->ident;
	struct web web;

	/* within Asterisk's own log such a text came in by a line break */
	if (ident.len ? !str_eq(ident, SV_STR("freepbx_security")) : line->state->entry)
		return SV_PARSE_FOREIGN;
	if (!web_split(line->text, &web))
		return SV_PARSE_FOREIGN;
	if (isdigit((unsigned char)web.date.ptr[0]) &&
	    !str_starts(web.rest, SV_STR("[freepbx_security.")))
		line->state->plain_web = true;
	if (!asterisk_web_probe(line->text))
		return SV_PARSE_FOREIGN;
	line->date = web.date;
	line->doubtful |= line->state->plain_web;
	return str_starts(web.rest, SV_STR("LOGIN ")) ? issabel_parse(line, web.rest)
						      : freepbx_parse(line, web.rest);
}
