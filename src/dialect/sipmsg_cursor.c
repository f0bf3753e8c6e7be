/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/sipmsg_cursor.h"

#include "base/address.h"
#include "base/date.h"
#include "sip/outcome.h"

#include <ctype.h>

void
sipmsg_cursor_skip_blanks(struct sipmsg_cursor *c)
{
	while (c->text.len && c->text.ptr[0] == ' ')
		c->text = str_from(c->text, 1);
}

bool
sipmsg_cursor_take_number(struct sipmsg_cursor *c, uint64_t *ret)
{
	size_t n = str_take_u64(c->text, ret);

	c->text = str_from(c->text, n);
	return n > 0;
}

bool
sipmsg_cursor_take_time(struct sipmsg_cursor *c)
{
	struct date date;
	size_t n = date_take(c->text, &date), used;
	struct sipmsg_banner *b = c->banner;

	if (n == 0)
		n = date_take_clock(c->text, &date);
	if (n == 0)
		return false;
	if (c->ctx)
		(void)c->ctx->stamp(c->ctx->user, str_upto(c->text, n), &used, &b->time,
				    &b->time_source);
	c->text = str_from(c->text, n);
	return true;
}

bool
sipmsg_end_read(struct sv_str text, struct sipmsg_end *ret_end)
{
	struct sipmsg_end end = { 0 };
	uint64_t port;

	if (text.len && text.ptr[0] == '[') {
		if (!address_parse_port(text, &end.ip, &end.port))
			return false;
		*ret_end = end;
		return true;
	}
	size_t colon = str_find_last(text, SV_STR(":"));
	if (colon == STR_NONE || !address_parse(str_upto(text, colon), &end.ip))
		return false;
	struct sv_str digits = str_from(text, colon + 1);
	size_t used = str_take_u64(digits, &port);
	if (used == 0 || used != digits.len || port > UINT16_MAX)
		return false;
	end.port = (uint16_t)port;
	*ret_end = end;
	return true;
}

struct sv_str
sipmsg_cursor_take_word(struct sipmsg_cursor *c)
{
	size_t n = str_find_char(c->text, ' ');
	struct sv_str word = str_upto(c->text, n == STR_NONE ? c->text.len : n);

	c->text = str_from(c->text, word.len);
	return word;
}

bool
sipmsg_cursor_take_end(struct sipmsg_cursor *c, struct sipmsg_end *ret_end)
{
	return sipmsg_end_read(sipmsg_cursor_take_word(c), ret_end);
}

void
sipmsg_cursor_set_peer(struct sipmsg_cursor *c, enum sipmsg_way way,
		       struct sipmsg_end peer)
{
	c->banner->way = way;
	if (way == WAY_RECEIVED)
		c->banner->from = peer;
	else
		c->banner->to = peer;
}

bool
sipmsg_cursor_take_way(struct sipmsg_cursor *c, const char *in, const char *out,
		       enum sipmsg_way *ret)
{
	if (sipmsg_cursor_skip(c, in))
		*ret = WAY_RECEIVED;
	else if (sipmsg_cursor_skip(c, out))
		*ret = WAY_SENT;
	else
		return false;
	return true;
}

void
sipmsg_cursor_take_transport(struct sipmsg_cursor *c)
{
	size_t n = 0;
	struct sv_str s = c->text;

	while (n < s.len && isalpha((unsigned char)s.ptr[n]))
		n++;
	if (n == 0 || n >= s.len || !strchr(":/ ", s.ptr[n]) ||
	    !transport_find(str_upto(s, n), &c->banner->transport))
		return;
	c->text = str_from(s, n + 1);
	(void)sipmsg_cursor_skip(c, "//"); /* chan_sip of 1.6 */
}

bool
sipmsg_cursor_take_peer(struct sipmsg_cursor *c, enum sipmsg_way way, const char *tail)
{
	struct sipmsg_end end = { 0 };
	size_t n = str_find(c->text, str_of(tail));

	if (n == STR_NONE || !sipmsg_end_read(str_upto(c->text, n), &end))
		return false;
	c->text = str_from(c->text, n + strlen(tail));
	sipmsg_cursor_set_peer(c, way, end);
	return true;
}

bool
sipmsg_cursor_take_last_peer(struct sipmsg_cursor *c, enum sipmsg_way way)
{
	struct sipmsg_end end;
	struct sv_str s = c->text;

	if (s.len == 0 || s.ptr[s.len - 1] != ':' ||
	    !sipmsg_end_read(str_upto(s, s.len - 1), &end))
		return false;
	sipmsg_cursor_set_peer(c, way, end);
	return true;
}

size_t
sipmsg_arrow_read(struct sv_str text, struct sipmsg_banner *banner)
{
	struct sipmsg_cursor c = { .text = text, .banner = banner };

	if (!sipmsg_cursor_take_end(&c, &banner->from) ||
	    !(sipmsg_cursor_skip(&c, " -> ") || sipmsg_cursor_skip(&c, " --> ")) ||
	    !sipmsg_cursor_take_end(&c, &banner->to))
		return 0;
	return text.len - c.text.len;
}
