/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tshark -V and -T json. Their layout says what a line is: layers begin in column 0,
 * headers stand at a depth of eight blanks, decoded parts are deeper; JSON has a key for
 * each and escapes line ends. No sender can write a line of another kind.
 */
#include "dialect/sipmsg_state.h"

#include "base/address.h"
#include "sip/outcome.h"

static bool
after(struct sv_str *s, const char *word)
{
	struct sv_str w = str_of(word);

	if (!str_starts(*s, w))
		return false;
	*s = str_from(*s, w.len);
	return true;
}

static void
add(struct sipmsg_state *st, struct sv_str text)
{
	text = str_upto(text, sizeof(st->shark.text) - st->shark.fill);
	memcpy(st->shark.text + st->shark.fill, text.ptr ? text.ptr : "", text.len);
	st->shark.fill += (uint32_t)text.len;
}

static void
add_line(struct sipmsg_state *st, struct sv_str text)
{
	if (str_ends(text, SV_STR("\\r\\n")))
		text.len -= 4;
	add(st, text);
	add(st, SV_STR("\r\n"));
}

void
sipmsg_shark_end(struct sipmsg_line *line)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_message m = { 0 };

	if (!st->shark.in_sip)
		return;
	st->shark.in_sip = st->shark.in_head = false;
	add(st, SV_STR("\r\n"));
	m.tool = st->shark.tool;
	m.from = st->shark.from;
	m.to = st->shark.to;
	m.transport = st->shark.transport;
	m.time = st->shark.time;
	m.time_source = st->shark.time_source;
	m.line = st->shark.line;
	m.doubtful = st->mixed;
	if (!sipmsg_match_text(line, &m, str_make(st->shark.text, st->shark.fill)))
		sipmsg_match_blur(line, &m);
	st->shark.fill = 0;
}

static void
begin_frame(struct sipmsg_line *line, const char *tool)
{
	struct sipmsg_state *st = line->state;

	sipmsg_shark_end(line);
	st->shark.tool = sipmsg_tool_find(tool);
	st->shark.in_frame = true;
	st->shark.from = st->shark.to = (struct sipmsg_end){ 0 };
	st->shark.transport = SV_TRANSPORT_UNKNOWN;
	st->shark.time = 0;
	st->shark.fill = 0;
}

static void
begin_sip(struct sipmsg_line *line)
{
	struct sipmsg_state *st = line->state;

	sipmsg_shark_end(line);
	st->shark.in_sip = true;
	st->shark.in_head = false;
	st->shark.fill = 0;
	st->shark.line = line->number;
}

static void
read_time(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_state *st = line->state;
	size_t used;

	(void)line->ctx->stamp(line->ctx->user, text, &used, &st->shark.time,
			       &st->shark.time_source);
}

/* ---- -V ---- */

static struct sv_str
up_to_comma(struct sv_str s)
{
	size_t n = str_find_char(s, ',');

	return str_upto(s, n == STR_NONE ? s.len : n);
}

/** "Src: 192.0.2.1, Dst: 192.0.2.2", and ports likewise. */
static void
read_pair(struct sv_str s, const char *second, struct sv_str pair[2])
{
	pair[0] = up_to_comma(s);
	size_t at = str_find(s, str_of(second));
	s = str_from(s, at == STR_NONE ? s.len : at + strlen(second));
	pair[1] = up_to_comma(s);
}

static void
read_port(struct sv_str text, uint16_t *ret_port)
{
	uint64_t port;

	if (str_take_u64(text, &port) && port <= UINT16_MAX)
		*ret_port = (uint16_t)port;
}

/** Column 0: a layer begins. */
static enum sv_parse
feed_layer(struct sipmsg_line *line, struct sv_str s)
{
	struct sipmsg_state *st = line->state;
	struct sv_str pair[2];

	sipmsg_shark_end(line);
	if (after(&s, "Internet Protocol Version 4, Src: ") ||
	    after(&s, "Internet Protocol Version 6, Src: ")) {
		read_pair(s, ", Dst: ", pair);
		(void)address_parse(pair[0], &st->shark.from.ip);
		(void)address_parse(pair[1], &st->shark.to.ip);
	} else if (after(&s, "User Datagram Protocol, Src Port: ") ||
		   after(&s, "Transmission Control Protocol, Src Port: ")) {
		read_pair(s, ", Dst Port: ", pair);
		read_port(pair[0], &st->shark.from.port);
		read_port(pair[1], &st->shark.to.port);
	} else if (after(&s, "Session Initiation Protocol (")) {
		begin_sip(line);
	}
	return SV_PARSE_SKIP;
}

static void
feed_detail(struct sipmsg_line *line, struct sv_str s)
{
	struct sipmsg_state *st = line->state;

	if (!st->shark.in_sip) {
		if (after(&s, "    Epoch Time: ") ||
		    after(&s, "    Epoch Arrival Time: "))
			read_time(line, s);
		return;
	}
	if (after(&s, "    Request-Line: ") || after(&s, "    Status-Line: ")) {
		add_line(st, s);
	} else if (str_starts(s, SV_STR("    Message Header"))) {
		st->shark.in_head = true;
	} else if (str_starts(s, SV_STR("    Message Body"))) {
		st->shark.in_head = false;
	} else if (st->shark.in_head && after(&s, "        ") && s.len &&
		   s.ptr[0] != ' ' && s.ptr[0] != '[') {
		add_line(st, s);
	}
}

static bool
is_frame(struct sv_str s)
{
	uint64_t number;

	if (!after(&s, "Frame "))
		return false;
	size_t n = str_take_u64(s, &number);
	return n && str_starts(str_from(s, n), SV_STR(": ")) &&
	       str_find(s, SV_STR(" bytes on wire (")) != STR_NONE;
}

/* ---- JSON ---- */

static uint32_t
hex4(struct sv_str s)
{
	uint64_t value = 0;

	return str_take_hex(str_upto(s, 4), &value) == 4 ? (uint32_t)value : '?';
}

/** A JSON string's content, without its escapes. What is not ASCII does not matter. */
static size_t
json_unescape(struct sv_str s, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < size; i++) {
		char c = s.ptr[i];
		if (c == '"')
			break;
		if (c != '\\' || i + 1 >= s.len) {
			out[n++] = c;
			continue;
		}
		c = s.ptr[++i];
		if (c == 'u') {
			uint32_t code = hex4(str_from(s, i + 1));
			c = code < 128 ? (char)code : '?';
			i += 4;
		} else if (c == 'r' || c == 'n' || c == 't') {
			c = c == 'r' ? '\r' : c == 'n' ? '\n' : '\t';
		}
		out[n++] = c;
	}
	return n;
}

/** Text of a value into the message. */
static void
add_json(struct sipmsg_state *st, struct sv_str value)
{
	size_t room = sizeof(st->shark.text) - st->shark.fill;

	st->shark.fill +=
		(uint32_t)json_unescape(value, st->shark.text + st->shark.fill, room);
}

static void
feed_field(struct sipmsg_line *line, struct sv_str key, struct sv_str value)
{
	struct sipmsg_state *st = line->state;
	char plain[64];
	struct sv_str text =
		str_make(plain, json_unescape(value, plain, sizeof(plain)));

	if (str_eq(key, SV_STR("frame.time_epoch"))) {
		read_time(line, text);
	} else if (str_eq(key, SV_STR("ip.src")) || str_eq(key, SV_STR("ipv6.src"))) {
		(void)address_parse(text, &st->shark.from.ip);
	} else if (str_eq(key, SV_STR("ip.dst")) || str_eq(key, SV_STR("ipv6.dst"))) {
		(void)address_parse(text, &st->shark.to.ip);
	} else if (str_eq(key, SV_STR("udp.srcport")) ||
		   str_eq(key, SV_STR("tcp.srcport"))) {
		read_port(text, &st->shark.from.port);
	} else if (str_eq(key, SV_STR("udp.dstport")) ||
		   str_eq(key, SV_STR("tcp.dstport"))) {
		read_port(text, &st->shark.to.port);
	} else if (str_eq(key, SV_STR("sip.Request-Line")) ||
		   str_eq(key, SV_STR("sip.Status-Line"))) {
		begin_sip(line);
		add_json(st, value);
		add(st, SV_STR("\r\n"));
	} else if (str_eq(key, SV_STR("sip.msg_hdr")) && st->shark.in_sip) {
		add_json(st, value);
		sipmsg_shark_end(line);
	}
}

/** Fields of the layers stand behind ten blanks. */
static void
feed_json(struct sipmsg_line *line, struct sv_str s)
{
	if (!after(&s, "          \""))
		return;
	size_t end = str_find(s, SV_STR("\": \""));
	if (end != STR_NONE && end < 40)
		feed_field(line, str_upto(s, end), str_from(s, end + 4));
}

/** What stands around the packets of -T json. */
static bool
is_json_frame(struct sv_str text)
{
	return str_eq(text, SV_STR("[")) || str_eq(text, SV_STR("  {")) ||
	       str_starts(text, SV_STR("    \"_"));
}

bool
sipmsg_shark_probe(struct sv_str text)
{
	if (!text.len || (text.ptr[0] != 'F' && text.ptr[0] != ' '))
		return false;
	return is_frame(text) ||
	       str_starts(text, SV_STR("    \"_index\": \"packets-")) ||
	       str_eq(text, SV_STR("    \"_source\": {"));
}

enum sv_parse
sipmsg_shark_feed(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_state *st = line->state;

	if (str_eq(text, SV_STR("    \"_source\": {"))) {
		begin_frame(line, "tshark json");
		st->shark.json = true;
		return SV_PARSE_SKIP;
	}
	if (!st->shark.json && is_frame(text)) {
		begin_frame(line, "tshark -V");
		return line->told ? SV_PARSE_EVENT : SV_PARSE_SKIP;
	}
	if (!st->shark.in_frame)
		return is_json_frame(text) ? SV_PARSE_SKIP : SV_PARSE_FOREIGN;
	if (st->shark.json)
		feed_json(line, text);
	else if (text.len && text.ptr[0] != ' ')
		feed_layer(line, text);
	else if (text.len == 0)
		sipmsg_shark_end(line);
	else
		feed_detail(line, text);
	return line->told ? SV_PARSE_EVENT : SV_PARSE_SKIP;
}
