/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/appliance.h"

#include "base/text.h"
#include "dialect/copies.h"
#include "sip/codes.h"
#include "sip/outcome.h"

void
appliance_open(struct appliance_line *line, struct sv_parse_context *ctx,
	       const struct sv_record *record)
{
	memset(line, 0, sizeof(*line));
	line->ctx = ctx;
	line->record = record;
	line->text = record->text;
	if (line->text.len && line->text.ptr[line->text.len - 1] == '\r')
		line->text.len--;
	line->body = line->text;
	line->doubtful = record->flags & SV_RECORD_TRUNCATED;
}

const struct appliance_template *
appliance_template_of(const struct appliance_template *table, uint32_t n, uint32_t id)
{
	return id < n && table[id].name ? &table[id] : &table[0];
}

const char *
appliance_template_name(const struct appliance_template *template)
{
	return template->name[0] ? template->name : "?";
}

void
appliance_begin(const struct appliance_line *line,
		const struct appliance_template *template, uint32_t template_id,
		struct sv_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->count = 1;
	ev->attribution =
		line->doubtful ? SV_ATTRIBUTION_FORGEABLE : SV_ATTRIBUTION_CERTAIN;
	ev->hint.template_id = template_id;
	ev->hint.tell = template->tell;
	ev->hint.alone = template->alone;
	ev->hint.channel = template->channel;
}

enum sv_parse
appliance_emit(struct appliance_line *line, struct sv_event *ev)
{
	struct sv_str *const claims[] = { &ev->claim.user, &ev->claim.dst,
					  &ev->claim.ua, &ev->claim.call_id,
					  &ev->claim.phrase };
	size_t used;

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		*claims[i] = str_upto(str_trim(*claims[i]), SV_CLAIM_MAX_BYTES);
	if (line->date.len && !line->ctx->stamp(line->ctx->user, line->date, &used,
						&ev->time, &ev->time_source))
		ev->time_source = SV_TIME_NONE;
	if (!line->record->host.len)
		ev->host = line->host;
	/* without an address it is an attempt of its own all the same: no other line
	 * will bring one */
	if (ev->hint.tell == SV_TELL_ATTEMPT)
		ev->hint.alone = ev->peer_ip.family != 0;
	ev->hint.text_hash = copies_hash(line->body);
	ev->records[0].text = line->text;
	line->ctx->emit(line->ctx->user, ev);
	return SV_PARSE_EVENT;
}

bool
appliance_take(struct sv_str *text, const char *end, struct sv_str *ret)
{
	struct sv_str mark = str_of(end);
	size_t at = str_find(*text, mark);

	if (at == STR_NONE)
		return false;
	*ret = str_upto(*text, at);
	*text = str_from(*text, at + mark.len);
	return true;
}

bool
appliance_number(struct sv_str text, uint64_t *ret)
{
	return text.len && str_take_u64(text, ret) == text.len;
}

enum sv_outcome
appliance_outcome_of_cause(uint16_t cause)
{
	const struct q850 *row = codes_q850_find(cause);

	if (cause == 16)
		return SV_OUTCOME_NONE;
	return row && row->sip[0] ? outcome_of_code(row->sip[0]) : SV_ERROR;
}

struct sv_str
appliance_user(struct sv_str uri)
{
	static const char *const schemes[] = { "sip:", "sips:", "tel:" };

	uri = str_trim(uri);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (appliance_skip(&uri, schemes[i]))
			break;
	size_t at = str_find_last(uri, SV_STR("@"));
	return at == STR_NONE ? uri : str_upto(uri, at);
}

uint64_t
appliance_session(struct sv_str call_id)
{
	uint64_t hash = str_hash(call_id, 0);

	return hash ? hash : 1;
}
