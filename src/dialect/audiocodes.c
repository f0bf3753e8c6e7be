/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/audiocodes.h"

#include "base/address.h"
#include "base/date.h"
#include "dialect/audiocodes_line.h"

#include <ctype.h>

/** Nothing in front of "[S=" is longer. */
#define FRONT_MAX ((size_t)96)
#define WORDS_MAX 7
/** Their boxes and syslog daemons cut datagrams about here. */
#define WHOLE_MAX ((size_t)1900)

/* clang-format off */
static const struct appliance_template templates[AUDIOCODES_TEMPLATES] = {
	[AUDIOCODES_NONE] = { "", SV_TELL_ATTEMPT, false, SV_CHANNEL_OTHER },
	[AUDIOCODES_CDR] = { "cdr", SV_TELL_ATTEMPT, true, SV_CHANNEL_VERBOSE },
	[AUDIOCODES_IDS_EVENT] = { "ids-event", SV_TELL_ATTEMPT, true, SV_CHANNEL_SECURITY },
	[AUDIOCODES_IDS_ALARM] = { "ids-alarm", SV_TELL_ATTEMPT, true, SV_CHANNEL_SECURITY },
	[AUDIOCODES_IDS_THRESHOLD] = { "ids-threshold", SV_TELL_ATTEMPT, true, SV_CHANNEL_MAIN },
	[AUDIOCODES_BLACKLIST] = { "blacklist", SV_TELL_ATTEMPT, true, SV_CHANNEL_OTHER },
};
/* clang-format on */

static const struct appliance_template *
template_of(uint32_t id)
{
	return appliance_template_of(templates, AUDIOCODES_TEMPLATES, id);
}

static const char *
template_name(uint32_t id)
{
	return appliance_template_name(template_of(id));
}

void
audiocodes_begin(const struct appliance_line *line, enum audiocodes_template id,
		 struct sv_event *ev)
{
	appliance_begin(line, template_of(id), id, ev);
}

/* ---- the envelope ---- */

/** In front of "[S=" stand a time, an address, "local0.notice" or "WARNING:"; a syslog
 *  daemon's name of the box; nothing else. */
static bool
is_front_word(struct sv_str word, bool only)
{
	struct sv_ip ip;
	bool digits = true;

	if (word.len && word.ptr[word.len - 1] == ':')
		word.len--;
	if (address_parse(word, &ip))
		return true;
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)word.ptr[i];
		if (!isalnum(c) && !(c && strchr(".:_-", c)))
			return false;
		digits &= !isalpha(c);
	}
	if (digits || only)
		return word.len > 0;
	static const char *const words[] = { "local",  "ERROR", "WARNING", "NOTICE",
					     "INFO",   "DEBUG", "CRIT",    "ALERT",
					     "daemon", "user" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_starts(word, str_of(words[i])))
			return true;
	return false;
}

static size_t
front_words(struct sv_str text, struct sv_str *ret_host)
{
	struct sv_str s = text;
	struct sv_ip ip;

	for (unsigned i = 0; i < WORDS_MAX; i++) {
		appliance_skip_blanks(&s);
		if (str_starts(s, SV_STR("[S=")))
			return text.len - s.len;
		size_t n = str_find_char(str_upto(s, FRONT_MAX), ' ');
		if (n == STR_NONE)
			break;
		struct sv_str word = str_upto(s, n);
		s = str_from(s, n);
		struct sv_str next = s;
		appliance_skip_blanks(&next);
		bool only = i == 0 && str_starts(next, SV_STR("[S="));
		if (!is_front_word(word, only))
			break;
		if (only || address_parse(word, &ip))
			*ret_host = word;
	}
	return STR_NONE;
}

/** "[S=1718543] [SID=b9027c:24:198171]  (N  6891937) ". Old boxes write "[SID:…]" and
 *  "(lgr_flow)(620)"; titles of columns may have no second bracket. */
static bool
take_envelope(struct sv_str *s, uint64_t *ret_number, struct sv_str *ret_session)
{
	struct sv_str digits, inside;

	if (!appliance_skip(s, "[S=") || !appliance_take(s, "]", &digits) ||
	    !appliance_number(digits, ret_number))
		return false;
	appliance_skip_blanks(s);
	if (appliance_skip(s, "[SID") || appliance_skip(s, "[BID")) {
		size_t n = str_find_char(str_upto(*s, 48), ']');
		if (n == STR_NONE || n < 2 || !strchr("=:", s->ptr[0]))
			return false;
		*ret_session = str_make(s->ptr + 1, n - 1);
		*s = str_from(*s, n + 1);
	} else if (!str_starts(*s, SV_STR("|"))) {
		return false;
	}
	appliance_skip_blanks(s);
	for (int i = 0; i < 2 && s->len && s->ptr[0] == '('; i++) {
		struct sv_str rest = str_from(*s, 1);
		if (!appliance_take(&rest, ")", &inside) || inside.len > 32)
			break;
		*s = rest;
	}
	appliance_skip_blanks(s);
	return true;
}

static bool
read_front(struct sv_str text, struct sv_str *ret_body, struct sv_str *ret_host,
	   uint64_t *ret_number, struct sv_str *ret_session)
{
	if (str_find(str_upto(text, FRONT_MAX), SV_STR("[S=")) == STR_NONE)
		return false;
	size_t n = front_words(text, ret_host);
	if (n == STR_NONE)
		return false;
	*ret_body = str_from(text, n);
	return take_envelope(ret_body, ret_number, ret_session);
}

size_t
audiocodes_front(struct sv_str text)
{
	struct sv_str body, host, session;
	uint64_t number;

	return read_front(text, &body, &host, &number, &session) ? text.len - body.len
								 : 0;
}

bool
audiocodes_sequence(struct sv_str text, uint64_t *ret_number,
		    struct sv_str *ret_session)
{
	struct sv_str body, host;

	*ret_session = (struct sv_str){ 0 };
	return read_front(text, &body, &host, ret_number, ret_session);
}

/** "[Time:19-12@12:45:02.514]" at the end: day and month. The stamp as others write it. */
static void
take_time(struct appliance_line *line)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	size_t at = str_find_last(line->body, SV_STR("[Time:"));
	uint64_t day = 0, month = 0;

	if (at == STR_NONE || !str_ends(str_trim(line->body), SV_STR("]")))
		return;
	struct sv_str s = str_trim(str_from(line->body, at + 6));
	line->body = str_upto(line->body, at);
	if (s.len < 15 || s.len > 32 || s.ptr[2] != '-' || s.ptr[5] != '@' ||
	    str_take_u64(str_upto(s, 2), &day) != 2 ||
	    str_take_u64(str_make(s.ptr + 3, 2), &month) != 2 || month < 1 ||
	    month > 12)
		return;
	struct sv_str clock = str_make(s.ptr + 6, s.len - 7);
	memcpy(line->date_room, months + (month - 1) * 3, 3);
	line->date_room[3] = ' ';
	memcpy(line->date_room + 4, s.ptr, 2);
	line->date_room[6] = ' ';
	memcpy(line->date_room + 7, clock.ptr, clock.len);
	line->date = str_make(line->date_room, 7 + clock.len);
}

/* ---- messages ---- */

/** Where the next of several messages in one record begins: "#012(N  5) ". */
static size_t
next_piece(struct sv_str body, size_t *ret_mark)
{
	size_t real = str_find(body, SV_STR("\n(N ")), escaped = STR_NONE;

	if (str_find_char(body, '#') != STR_NONE)
		escaped = str_find(body, SV_STR("#012(N "));
	*ret_mark = real < escaped ? 1 : 4;
	return real < escaped ? real : escaped;
}

static enum sv_parse
read_piece(struct appliance_line *line, struct sv_str s)
{
	struct sv_str number;

	appliance_skip_blanks(&s);
	if (appliance_skip(&s, "(N ") && !appliance_take(&s, ")", &number))
		return SV_PARSE_SKIP;
	appliance_skip_blanks(&s);
	line->body = s;
	if (str_starts(s, SV_STR("|")))
		return audiocodes_cdr(line, str_from(s, 1));
	return audiocodes_ids(line, s);
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct appliance_line line;
	struct sv_str session = { 0 }, body;
	enum sv_parse result = SV_PARSE_SKIP;
	uint64_t number;

	appliance_open(&line, ctx, record);
	if (!read_front(line.text, &line.body, &line.host, &number, &session))
		return SV_PARSE_FOREIGN;
	/* behind the name of a program nothing of theirs stands in front */
	if (record->ident.len && !str_starts(line.text, SV_STR("[S=")))
		return SV_PARSE_FOREIGN;
	take_time(&line);
	/* the name of a program is that of one that logs what others write */
	line.doubtful |= line.text.len > WHOLE_MAX || record->ident.len;
	body = line.body;
	for (unsigned i = 0; i < AUDIOCODES_PIECES && body.len; i++) {
		size_t mark, end = next_piece(body, &mark);
		enum sv_parse r = read_piece(
			&line, str_upto(body, end == STR_NONE ? body.len : end));
		if (result != SV_PARSE_EVENT && r != SV_PARSE_SKIP)
			result = r;
		if (end == STR_NONE)
			break;
		body = str_from(body, end + mark);
		/* a caller's text in the message before may have begun this one */
		line.doubtful = true;
	}
	return result;
}

static void
flush(struct sv_parse_context *ctx)
{
	(void)ctx;
}

static bool
probe(struct sv_str text)
{
	return audiocodes_front(text) > 0;
}

static const char *const none[] = { NULL };

const struct sv_dialect audiocodes_dialect = {
	.name = "audiocodes",
	.doc = "AudioCodes Mediant by syslog: call detail records, alarms and events "
	       "of "
	       "the intrusion detection system; SIP messages of its debug output",
	.idents = none,
	.units = none,
	.files = none,
	.evidence = "documents",
	.template_name = template_name,
	.state_size = sizeof(struct audiocodes_state),
	.probe = probe,
	.parse = parse,
	.flush = flush,
};
