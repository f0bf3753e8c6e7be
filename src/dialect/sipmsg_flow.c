/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP as some tools show it: a segment may hold a part of a message, or several. The
 * segments of a direction are put together and cut by Content-Length; a message begins
 * where the one before it ended, never where a segment happens to begin with words that
 * look like one.
 */
#include "dialect/sipmsg_state.h"

#include "base/address.h"

static uint64_t
flow_key(const struct sipmsg_message *m)
{
	uint64_t ports = (uint64_t)m->from.port << 16 | m->to.port;
	uint64_t key = address_hash(&m->from.ip) * 31 + address_hash(&m->to.ip);

	key = str_hash(str_make((const char *)&ports, sizeof(ports)), key);
	return key ? key : 1;
}

static struct sipmsg_flow *
flow_get(struct sipmsg_state *st, uint64_t key)
{
	struct sipmsg_flow *oldest = &st->flows[0];

	for (size_t i = 0; i < SIPMSG_FLOWS; i++) {
		if (st->flows[i].key == key)
			return &st->flows[i];
		if (st->flows[i].age < oldest->age)
			oldest = &st->flows[i];
	}
	oldest->key = key;
	oldest->fill = oldest->skip = 0;
	return oldest;
}

/** Keep-alives between messages. */
static struct sv_str
without_blank_lines(struct sv_str text)
{
	while (text.len && (text.ptr[0] == '\r' || text.ptr[0] == '\n'))
		text = str_from(text, 1);
	return text;
}

static void
flow_drop(struct sipmsg_flow *flow, size_t n)
{
	if (n > flow->fill)
		n = flow->fill;
	memmove(flow->text, flow->text + n, flow->fill - n);
	flow->fill -= (uint32_t)n;
}

/** One message from the front. False: what is there is no whole one. */
static bool
flow_take(struct sipmsg_line *line, struct sipmsg_flow *flow,
	  struct sipmsg_message *around)
{
	struct sv_str all = str_make(flow->text, flow->fill);
	struct sv_str text = without_blank_lines(all);
	struct message m;

	flow_drop(flow, all.len - text.len);
	text = str_make(flow->text, flow->fill);
	if (!text.len)
		return false;
	if (str_find_char(text, '\n') == STR_NONE)
		return false;
	if (!message_read(text, &m)) {
		/* in the middle of a message whose begin was not seen */
		flow->fill = 0;
		sipmsg_match_blur(line, around);
		return false;
	}
	if (!m.complete)
		return false;
	size_t end = m.head_len + m.length;
	(void)sipmsg_match_text(line, around, str_upto(text, end));
	if (end > flow->fill)
		flow->skip = (uint32_t)(end - flow->fill);
	flow_drop(flow, end);
	return true;
}

void
sipmsg_flow_feed(struct sipmsg_line *line, struct sipmsg_message *around,
		 struct sv_str text)
{
	struct sipmsg_state *st = line->state;
	struct sipmsg_flow *flow = flow_get(st, flow_key(around));

	flow->age = ++st->clock;
	if (flow->skip) {
		uint32_t skipped =
			flow->skip < text.len ? flow->skip : (uint32_t)text.len;
		flow->skip -= skipped;
		text = str_from(text, skipped);
	}
	if (text.len > sizeof(flow->text) - flow->fill) {
		/* a head of this size is no message of a telephone */
		flow->fill = 0;
		sipmsg_match_blur(line, around);
		text = str_upto(text, sizeof(flow->text));
	}
	memcpy(flow->text + flow->fill, text.ptr ? text.ptr : "", text.len);
	flow->fill += (uint32_t)text.len;
	while (flow_take(line, flow, around))
		;
}
