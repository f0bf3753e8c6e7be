/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/message.h"

#include "base/text.h"
#include "sip/outcome.h"

#include <ctype.h>

#define METHOD_MAX_BYTES 32

struct name {
	struct sv_str word;
	char compact; /* RFC 3261 7.3.3, 0 = none */
	enum message_header header;
};

#define WORD(literal)                          \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

static const struct name names[] = {
	{ WORD("Via"), 'v', MESSAGE_VIA },
	{ WORD("From"), 'f', MESSAGE_FROM },
	{ WORD("To"), 't', MESSAGE_TO },
	{ WORD("Call-ID"), 'i', MESSAGE_CALL_ID },
	{ WORD("CSeq"), 0, MESSAGE_CSEQ },
	{ WORD("Contact"), 'm', MESSAGE_CONTACT },
	{ WORD("Content-Length"), 'l', MESSAGE_CONTENT_LENGTH },
	{ WORD("Authorization"), 0, MESSAGE_AUTHORIZATION },
	{ WORD("Proxy-Authorization"), 0, MESSAGE_PROXY_AUTHORIZATION },
	{ WORD("User-Agent"), 0, MESSAGE_USER_AGENT },
	{ WORD("Server"), 0, MESSAGE_SERVER },
	{ WORD("Reason"), 0, MESSAGE_REASON },
};

/** The line at the start of `text`; *ret_used counts its end too. */
static struct sv_str
line_take(struct sv_str text, size_t *ret_used)
{
	size_t end = str_find_char(text, '\n');
	struct sv_str line = str_upto(text, end == STR_NONE ? text.len : end);

	*ret_used = end == STR_NONE ? text.len : end + 1;
	if (line.len && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

static inline bool
is_token_char(char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26 ||
	       (unsigned char)(c - '0') < 10 || (c && strchr("-.!%*_+`'~", c));
}

static bool
read_status(struct sv_str line, struct message *m)
{
	uint64_t code;

	line = str_from(line, sizeof("SIP/2.0 ") - 1);
	if (str_take_u64(str_upto(line, 4), &code) != 3 || code < 100 || code > 699)
		return false;
	m->code = (uint16_t)code;
	line = str_from(line, 3);
	if (line.len && line.ptr[0] != ' ')
		return false;
	m->phrase = str_trim(line);
	return true;
}

static bool
read_request(struct sv_str line, struct message *m)
{
	struct sv_str tail = SV_STR(" SIP/2.0");
	size_t blank = 0;

	while (blank < line.len && blank <= METHOD_MAX_BYTES &&
	       is_token_char(line.ptr[blank]))
		blank++;
	if (blank == 0 || blank > METHOD_MAX_BYTES || blank >= line.len ||
	    line.ptr[blank] != ' ' || !str_ends(line, tail) ||
	    line.len < blank + 2 + tail.len)
		return false;
	m->is_request = true;
	m->method = method_of(str_upto(line, blank));
	m->uri = str_trim(str_upto(str_from(line, blank), line.len - blank - tail.len));
	/* a URI has a scheme; without this any sentence could be a request line */
	return str_find_char(m->uri, ':') != STR_NONE &&
	       str_find_char(m->uri, ' ') == STR_NONE;
}

static bool
read_start(struct sv_str line, struct message *m)
{
	m->start = line;
	return str_starts(line, SV_STR("SIP/2.0 ")) ? read_status(line, m)
						    : read_request(line, m);
}

bool
message_is_start(struct sv_str line)
{
	struct message m;
	size_t used = 0;

	/* most texts are none by their first word */
	while (used < line.len && used <= METHOD_MAX_BYTES &&
	       is_token_char(line.ptr[used]))
		used++;
	if (!str_starts(str_from(line, used), SV_STR(" ")) &&
	    !str_starts(line, SV_STR("SIP/2.0 ")))
		return false;
	return read_start(line_take(line, &used), &m);
}

static bool
is_name(const struct name *row, struct sv_str word)
{
	if (word.len <= 1)
		return word.len && row->compact &&
		       tolower((unsigned char)word.ptr[0]) == row->compact;
	return (row->word.ptr[0] | 0x20) == (word.ptr[0] | 0x20) &&
	       str_ieq(row->word, word);
}

static bool
is_stale(struct sv_str value)
{
	for (size_t i = 0; i + 10 <= value.len; i++) {
		struct sv_str at = str_from(value, i);
		if (!str_ieq(str_upto(at, 6), SV_STR("stale=")))
			continue;
		at = str_from(at, 6);
		if (at.ptr[0] == '"')
			at = str_from(at, 1);
		return str_ieq(str_upto(at, 4), SV_STR("true"));
	}
	return false;
}

/** A header with the lines that are folded into it. */
static void
keep_header(struct sv_str text, struct message *m)
{
	size_t colon = str_find_char(text, ':');

	if (colon == STR_NONE)
		return;
	struct sv_str word = str_trim(str_upto(text, colon));
	struct sv_str value = str_trim(str_from(text, colon + 1));
	if (str_ieq(word, SV_STR("WWW-Authenticate")) ||
	    str_ieq(word, SV_STR("Proxy-Authenticate")))
		m->stale = m->stale || is_stale(value);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!is_name(&names[i], word))
			continue;
		if (!m->header[names[i].header].ptr)
			m->header[names[i].header] = value;
		return;
	}
}

static struct sv_str
via_branch(struct sv_str via)
{
	struct sv_str word = SV_STR("branch=");
	size_t comma = str_find_char(via, ',');

	via = str_upto(via, comma == STR_NONE ? via.len : comma);
	for (size_t at = str_find_char(via, ';'); at != STR_NONE;
	     at = str_find_char(via, ';')) {
		via = str_from(via, at + 1);
		struct sv_str param = via;
		while (param.len && isspace((unsigned char)param.ptr[0]))
			param = str_from(param, 1);
		if (!str_ieq(str_upto(param, word.len), word))
			continue;
		param = str_from(param, word.len);
		size_t end = str_find_char(param, ';');
		return str_trim(str_upto(param, end == STR_NONE ? param.len : end));
	}
	return (struct sv_str){ 0 };
}

static void
read_values(struct message *m)
{
	uint64_t number;
	struct sv_str cseq = m->header[MESSAGE_CSEQ];
	size_t used = str_take_u64(cseq, &number);

	if (used && number <= UINT32_MAX) {
		struct sv_str word = str_trim(str_from(cseq, used));
		m->cseq = (uint32_t)number;
		m->cseq_method = method_of(word);
		m->has_cseq = word.len > 0;
		if (!m->is_request)
			m->method = m->cseq_method;
	}
	m->branch = via_branch(m->header[MESSAGE_VIA]);
	used = str_take_u64(m->header[MESSAGE_CONTENT_LENGTH], &number);
	if (used && used == m->header[MESSAGE_CONTENT_LENGTH].len) {
		m->has_length = true;
		m->length = number > SV_RECORD_MAX_BYTES ? SV_RECORD_MAX_BYTES
							 : (size_t)number;
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/** From `at` on: one header with its folded lines. False: the empty line. */
static bool
take_header(struct sv_str text, size_t *at, struct message *m)
{
	size_t used, from = *at;
	struct sv_str line = line_take(str_from(text, from), &used);

	*at += used;
	if (line.len == 0)
		return false;
	size_t end = from + line.len;
	while (*at < text.len && is_blank(text.ptr[*at])) {
		size_t begin = *at;
		line = line_take(str_from(text, begin), &used);
		*at += used;
		end = begin + line.len;
	}
	keep_header(str_make(text.ptr + from, end - from), m);
	return true;
}

bool
message_read(struct sv_str text, struct message *ret_message)
{
	struct message m = { 0 };
	size_t at;

	if (!read_start(line_take(text, &at), &m))
		return false;
	while (at < text.len && !m.complete)
		m.complete = !take_header(text, &at, &m);
	m.head_len = at;
	read_values(&m);
	m.body = str_from(text, at);
	if (m.has_length)
		m.body = str_upto(m.body, m.length);
	*ret_message = m;
	return true;
}

size_t
message_end(const struct message *message, struct sv_str text)
{
	if (!message->complete || text.len - message->head_len < message->length)
		return 0;
	return message->head_len + message->length;
}

struct sv_str
message_user(struct sv_str header)
{
	size_t at = STR_NONE;

	for (size_t i = 0; i + 4 <= header.len && at == STR_NONE; i++) {
		struct sv_str s = str_from(header, i);
		if (str_ieq(str_upto(s, 4), SV_STR("sip:")))
			at = i + 4;
		else if (str_ieq(str_upto(s, 5), SV_STR("sips:")))
			at = i + 5;
	}
	if (at == STR_NONE)
		return (struct sv_str){ 0 };
	struct sv_str user = str_from(header, at);
	for (size_t i = 0; i < user.len; i++) {
		if (user.ptr[i] == '@') {
			user.len = i;
			size_t colon = str_find_char(user, ':');
			return str_upto(user, colon == STR_NONE ? i : colon);
		}
		if (strchr("> ?\r\n", user.ptr[i]))
			break;
	}
	return (struct sv_str){ 0 };
}

uint16_t
message_q850(struct sv_str reason)
{
	struct sv_str cause = SV_STR("cause=");
	size_t at = str_find(reason, SV_STR("Q.850"));
	uint64_t number;

	if (at == STR_NONE)
		return 0;
	struct sv_str value = str_from(reason, at);
	size_t comma = str_find_char(value, ',');
	value = str_upto(value, comma == STR_NONE ? value.len : comma);
	at = str_find(value, cause);
	if (at == STR_NONE || !str_take_u64(str_from(value, at + cause.len), &number) ||
	    number > 127)
		return 0;
	return (uint16_t)number;
}
