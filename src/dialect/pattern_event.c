/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/pattern_event.h"

#include "base/address.h"
#include "base/text.h"
#include "dialect/copies.h"
#include "sip/outcome.h"

#include <stdio.h>

static bool
number(struct sv_str text, uint64_t most, uint64_t *ret_number)
{
	return text.len && str_take_u64(text, ret_number) == text.len &&
	       *ret_number <= most;
}

static const struct pattern_mapping *
mapping(const struct pattern_mapping *rows, size_t n, struct sv_str text)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(text, str_of(rows[i].text)))
			return &rows[i];
	return NULL;
}

/** The address, with a port behind it or not; nothing but an address blames anybody. */
static void
take_peer(const struct pattern_reading *reading, struct pattern_counts *counts,
	  struct sv_event *ev)
{
	struct sv_str ip = reading->texts[PATTERN_PEER_IP];
	struct sv_str port = reading->texts[PATTERN_PEER_PORT];
	uint64_t value;

	if (ip.ptr && !address_parse(ip, &ev->peer_ip) &&
	    !address_parse_port(ip, &ev->peer_ip, &ev->peer_port)) {
		ev->peer_ip = (struct sv_ip){ 0 };
		ev->peer_port = 0;
		counts->not_addresses++;
	}
	if (ev->peer_ip.family && number(port, UINT16_MAX, &value))
		ev->peer_port = (uint16_t)value;
	ev->peer = str_upto(reading->texts[PATTERN_PEER], PATTERN_MAX_NAME);
}

static void
take_code(const struct pattern_reading *reading, struct pattern_counts *counts,
	  struct sv_event *ev)
{
	const struct pattern_template *t = reading->template;
	struct sv_str text = reading->texts[PATTERN_CODE];
	uint64_t value;

	ev->code = t->code;
	ev->q850 = t->q850;
	if (number(reading->texts[PATTERN_Q850], 127, &value) && value)
		ev->q850 = (uint16_t)value;
	if (!text.ptr)
		return;
	const struct pattern_mapping *row = mapping(t->codes, t->n_codes, text);
	if (row)
		ev->code = row->code;
	else if (number(text, 699, &value) && value >= 100)
		ev->code = (uint16_t)value;
	else
		counts->unmapped++;
}

/** By the group, the constant, the code, in this order. */
static void
take_outcome(const struct pattern_reading *reading, struct pattern_counts *counts,
	     struct sv_event *ev)
{
	const struct pattern_template *t = reading->template;
	struct sv_str text = reading->texts[PATTERN_OUTCOME];
	const struct pattern_mapping *row = mapping(t->outcomes, t->n_outcomes, text);

	ev->outcome = t->outcome;
	if (text.ptr && row)
		ev->outcome = row->outcome;
	else if (text.ptr &&
		 (!outcome_find(text, &ev->outcome) || ev->outcome == SV_GAP)) {
		ev->outcome = t->outcome;
		counts->unmapped++;
	}
	if (ev->outcome == SV_OUTCOME_NONE)
		ev->outcome = outcome_of_code(ev->code);
}

static struct sv_str
claim(struct sv_str text)
{
	return text.ptr ? str_upto(text, SV_CLAIM_MAX_BYTES) : (struct sv_str){ 0 };
}

static void
take_words(const struct pattern_reading *reading, struct sv_event *ev)
{
	const struct pattern_template *t = reading->template;
	const struct sv_str *texts = reading->texts;
	uint64_t value;

	ev->leg = t->leg;
	(void)(texts[PATTERN_LEG].ptr && leg_find(texts[PATTERN_LEG], &ev->leg));
	ev->method = t->method;
	if (texts[PATTERN_METHOD].len)
		ev->method = method_of(texts[PATTERN_METHOD]);
	ev->transport = t->transport;
	(void)(texts[PATTERN_TRANSPORT].ptr &&
	       transport_find(texts[PATTERN_TRANSPORT], &ev->transport));
	ev->service = t->service;
	ev->count = 1;
	if (number(texts[PATTERN_COUNT], PATTERN_MAX_COUNT, &value) && value)
		ev->count = (uint32_t)value;
	ev->claim = (struct sv_claims){ .user = claim(texts[PATTERN_USER]),
					.dst = claim(texts[PATTERN_DST]),
					.ua = claim(texts[PATTERN_UA]),
					.call_id = claim(texts[PATTERN_CALL_ID]),
					.phrase = claim(texts[PATTERN_PHRASE]) };
}

/** "20250812104225.123456", "20250812-104225": as the stamps of others look. */
static size_t
spread(struct sv_str text, char out[48])
{
	size_t day = 0, split, rest;

	while (day < text.len && day < 14 && text.ptr[day] >= '0' &&
	       text.ptr[day] <= '9')
		day++;
	split = day == 8 && text.len > 9 ? 9 : 8;
	if ((day != 8 && day != 14) || text.len < split + 6 || text.len > 32)
		return 0;
	rest = split + 6;
	int n = snprintf(out, 48, "%.4s-%.2s-%.2s %.2s:%.2s:%.2s%.*s", text.ptr,
			 text.ptr + 4, text.ptr + 6, text.ptr + split,
			 text.ptr + split + 2, text.ptr + split + 4,
			 (int)(text.len - rest), text.ptr + rest);
	return n > 0 && n < 48 ? (size_t)n : 0;
}

static void
take_time(struct sv_parse_context *ctx, const struct pattern_reading *reading,
	  struct sv_event *ev)
{
	struct sv_str text = reading->texts[PATTERN_TIME];
	char spelled[48];
	size_t used, n;

	if (!text.len)
		return;
	n = spread(text, spelled);
	if (n)
		text = str_make(spelled, n);
	if (!ctx->stamp(ctx->user, text, &used, &ev->time, &ev->time_source)) {
		ev->time = 0;
		ev->time_source = SV_TIME_NONE;
	}
}

enum sv_parse
pattern_event(struct sv_parse_context *ctx, const struct pattern_reading *reading,
	      struct pattern_counts *counts, struct sv_event *ret_event)
{
	const struct pattern_template *t = reading->template;
	struct sv_event *ev = ret_event;

	*ev = (struct sv_event){ 0 };
	take_peer(reading, counts, ev);
	take_code(reading, counts, ev);
	take_outcome(reading, counts, ev);
	if (ev->outcome == SV_OUTCOME_NONE)
		return SV_PARSE_SKIP;
	take_words(reading, ev);
	take_time(ctx, reading, ev);
	/* the message without what stands in front of it, as evidence */
	ev->records[0].text = reading->record->text;
	if (t->category)
		ev->category = str_of(t->category);
	if (reading->forgeable)
		ev->attribution = SV_ATTRIBUTION_FORGEABLE;
	ev->hint.channel = SV_CHANNEL_MAIN;
	ev->hint.tell = SV_TELL_ATTEMPT;
	/* without an address it is an attempt of its own all the same: no other line
	 * will bring one */
	ev->hint.alone = ev->peer_ip.family != 0;
	ev->hint.text_hash = copies_hash(reading->record->text);
	if (ev->claim.call_id.len) {
		ev->hint.session = str_hash(ev->claim.call_id, 0);
		ev->hint.session += !ev->hint.session;
	}
	return SV_PARSE_EVENT;
}
