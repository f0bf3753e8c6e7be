/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/kamailio_line.h"

#include "base/address.h"
#include "dialect/copies.h"
#include "sip/outcome.h"

#include <stddef.h>

/** What the ways to read a line come to. */
struct verdict {
	struct kamailio_reading *chosen; /* of the last way that fits */
	unsigned others;                 /* ways that could be true as well */
	bool likely;                     /* this log is known to have such a line */
	bool disagree;                   /* about the address */
};

void
kamailio_line_init(struct kamailio_line *line, struct sv_parse_context *ctx,
		   const struct sv_record *record, bool opensips)
{
	/* the heads are large and few */
	memset(line, 0, offsetof(struct kamailio_line, heads));
	line->ctx = ctx;
	line->state = ctx->state;
	line->record = record;
	line->text = record->text;
	line->opensips = opensips;
	if (!line->state->begun) {
		kamailio_extras_begin(line->state, opensips);
		kamailio_script_begin(line->state);
	}
	if (line->text.len && line->text.ptr[line->text.len - 1] == '\r')
		line->text.len--;
}

struct sv_str
kamailio_claim(struct sv_str text)
{
	return str_upto(text, SV_CLAIM_MAX_BYTES);
}

uint64_t
kamailio_session(struct sv_str call_id)
{
	uint64_t hash = str_hash(call_id, 0);

	return hash ? hash : 1;
}

void
kamailio_event(const struct kamailio_line *line, uint32_t template_id,
	       struct sv_event *ev)
{
	const struct kamailio_template_info *info = kamailio_template_info(template_id);

	memset(ev, 0, offsetof(struct sv_event, records[1]));
	ev->count = 1;
	ev->attribution =
		line->doubtful ? SV_ATTRIBUTION_FORGEABLE : SV_ATTRIBUTION_CERTAIN;
	ev->hint.template_id = template_id;
	ev->hint.tell = info->tell;
	ev->hint.alone = info->alone;
	ev->hint.channel = info->channel;
}

/** "1001" of "sip:1001@pbx.example.com", as other lines have it. */
static struct sv_str
user_part(struct sv_str uri)
{
	if (str_starts(uri, SV_STR("sip:")) || str_starts(uri, SV_STR("sips:")))
		uri = str_from(uri, str_find_char(uri, ':') + 1);
	size_t at = str_find_last(uri, SV_STR("@"));
	uri = at == STR_NONE ? uri : str_upto(uri, at);
	if (str_eq(uri, SV_STR("<null>")))
		return (struct sv_str){ 0 };
	return uri;
}

enum sv_parse
kamailio_emit(struct kamailio_line *line, struct sv_event *ev)
{
	const struct sv_record *r = line->record;
	size_t used;

	if (line->date.len && !r->time &&
	    !line->ctx->stamp(line->ctx->user, line->date, &used, &ev->time,
			      &ev->time_source))
		ev->time_source = SV_TIME_NONE;
	ev->claim.call_id = kamailio_claim(ev->claim.call_id);
	ev->claim.user = user_part(ev->claim.user);
	ev->claim.dst = user_part(ev->claim.dst);
	/* without an address it is an attempt of its own all the same: no other line
	 * will bring one */
	if (ev->hint.tell == SV_TELL_ATTEMPT && !ev->peer_ip.family)
		ev->hint.alone = false;
	ev->hint.text_hash = copies_hash(line->body);
	ev->records[0].text = line->text;
	line->ctx->emit(line->ctx->user, ev);
	return SV_PARSE_EVENT;
}

/** The Call-ID ties lines of one attempt together. That of the log prefix is the
 *  message's own, so one that says otherwise in its text is not read right. */
static bool
tie(const struct kamailio_head *head, struct sv_event *ev)
{
	if (head->has_call_id) {
		if (ev->claim.call_id.len && !str_eq(ev->claim.call_id, head->call_id))
			return false;
		ev->claim.call_id = head->call_id;
		if (!ev->method)
			ev->method = method_of(head->method);
	}
	if (ev->claim.call_id.len && !ev->hint.session)
		ev->hint.session = kamailio_session(ev->claim.call_id);
	return true;
}

/** The script's own words: by xlog, or by KSR.log() of scripts in other languages. */
static bool
is_script(const struct kamailio_head *head)
{
	return !head->module.len || str_starts(head->module, SV_STR("app_")) ||
	       str_starts(head->function, SV_STR("sr_kemi_"));
}

static enum kamailio_way
read_head(const struct kamailio_line *line, const struct kamailio_head *head,
	  struct kamailio_reading *reading)
{
	enum kamailio_way way = KAMAILIO_OPEN;

	reading->row = NULL;
	reading->doubt = reading->unsure = reading->closed = false;
	reading->listed = reading->usual = false;
	if (str_eq(head->module, SV_STR("acc")) ||
	    str_starts(head->message, SV_STR("ACC: ")))
		way = kamailio_acc_read(line, head, reading);
	else if (head->module.len || line->opensips)
		way = kamailio_module_read(line, head, reading);
	if (way == KAMAILIO_OPEN && is_script(head))
		way = kamailio_script_read(line, head, reading);
	if (way == KAMAILIO_FITS && !tie(head, &reading->event))
		way = KAMAILIO_IMPOSSIBLE;
	return way;
}

static void
weigh(struct verdict *v, enum kamailio_way way, struct kamailio_reading *reading)
{
	switch (way) {
	case KAMAILIO_OPEN:
		v->others++;
		break;
	case KAMAILIO_IMPOSSIBLE:
		break;
	case KAMAILIO_FITS:
		if (v->chosen &&
		    !address_equal(&v->chosen->event.peer_ip, &reading->event.peer_ip))
			v->disagree = true;
		v->chosen = reading;
		break;
	}
}

/** What tells one sort of message from another one: module and function, else the first
 *  word. Its place among starts[], and what stands there for it. */
static size_t
start_place(const struct kamailio_head *head, uint16_t *ret_tag)
{
	uint64_t hash = str_hash(head->function, str_hash(head->module, 0));
	size_t end = 0;

	while (end < head->message.len && end < 32 && head->message.ptr[end] != ' ')
		end++;
	if (!head->module.len)
		hash = str_hash(str_upto(head->message, end), hash);
	*ret_tag = (uint16_t)(hash >> 48 | 1);
	return hash % KAMAILIO_STARTS;
}

/** This log does have messages that begin so and tell nothing. */
static bool
is_known_start(const struct kamailio_line *line, const struct kamailio_head *head)
{
	uint16_t tag;
	size_t place = start_place(head, &tag);

	return line->state->starts[place] == tag;
}

static void
note_start(struct kamailio_line *line)
{
	uint16_t tag;
	size_t place = start_place(&line->heads[0], &tag);

	line->state->starts[place] = tag;
}

static enum sv_parse
settle(struct kamailio_line *line, struct verdict *v)
{
	struct sv_event *ev = &v->chosen->event;
	const struct kamailio_row *row = v->chosen->row;

	if (v->disagree || v->chosen->doubt || v->likely) {
		ev->peer_ip = (struct sv_ip){ 0 };
		ev->peer_port = 0;
		ev->peer = (struct sv_str){ 0 };
	}
	if (v->disagree)
		ev->hint.session = 0;
	line->closed = !v->others && !line->more_heads && v->chosen->closed;
	if (v->disagree || v->chosen->doubt || v->chosen->unsure || v->others ||
	    line->more_heads)
		ev->attribution = SV_ATTRIBUTION_FORGEABLE;
	if (ev->outcome == SV_OUTCOME_NONE)
		ev->outcome = outcome_of_code(ev->code);
	if (ev->outcome == SV_OUTCOME_NONE)
		return SV_PARSE_SKIP; /* no final answer */
	if (ev->outcome == SV_CHALLENGED && ev->leg == SV_LEG_OUT) {
		/* the far end's challenge is a step on the way; whether it was answered
		 * is not told, but of our own registration */
		if (ev->hint.template_id != KAMAILIO_OUT_REGISTER)
			return SV_PARSE_SKIP;
		ev->outcome = SV_REJECTED;
	}
	if (!row)
		return kamailio_acc_finish(line, v->chosen);
	return row->finish ? row->finish(line, ev) : kamailio_emit(line, ev);
}

enum sv_parse
kamailio_read(struct kamailio_line *line)
{
	struct kamailio_reading readings[2]; /* the chosen one, and the next */
	struct verdict v = { 0 };

	for (unsigned i = 0; i < line->n_heads; i++) {
		struct kamailio_reading *next = &readings[v.chosen == readings];
		const struct kamailio_head *head = &line->heads[i];
		enum kamailio_way way = read_head(line, head, next);
		weigh(&v, way, next);
		if (line->n_heads > 1 && way == KAMAILIO_OPEN)
			v.likely |= is_known_start(line, head);
	}
	if (v.chosen)
		return settle(line, &v);
	if (line->n_heads == 1 && !line->doubtful)
		note_start(line);
	/* an operator's own words, or a module's complaint */
	line->ctx->novel = line->n_heads && !line->info;
	return SV_PARSE_SKIP;
}
