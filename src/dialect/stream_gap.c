/* SPDX-License-Identifier: Apache-2.0 */
/* News of missing messages, from the input or in words of a syslog daemon. */
#include "dialect/stream_state.h"

#include "base/text.h"
#include "dialect/notice.h"
#include "dialect/registry.h"
#include "sip/outcome.h"

/** Messages are missing before the record. */
static void
emit_gap(struct stream *s, const struct sv_record *record, enum sv_gap kind,
	 uint64_t lost)
{
	struct sv_event ev = { .outcome = SV_GAP,
			       .category = str_of(gap_name(kind)),
			       .count = lost > UINT32_MAX ? UINT32_MAX
							  : (uint32_t)lost };

	s->stats.gaps++;
	stream_resolve_time(s, &ev);
	ev.records[0] = (struct sv_origin){ .source = str_of(s->source),
					    .line = record->line,
					    .cursor = record->cursor,
					    .text = record->text };
	ev.n_records = 1;
	ev.host = record->host;
	if (!ev.host.len && s->has_header)
		ev.host = s->header.host;
	if (!ev.host.len)
		ev.host = str_of(s->host);
	ev.pbx = s->dialect ? str_of(s->dialect->name) : (struct sv_str){ 0 };
	ev.hint.stream_id = s->spec.id;
	ev.hint.channel = SV_CHANNEL_OTHER;
	ev.hint.alone = true;
	s->spec.emit(s->spec.user, &ev);
}

void
stream_feed_gap(struct stream *s, const struct sv_record *record)
{
	s->record = record;
	s->has_header = false;
	s->repeated = 1;
	emit_gap(s, record, record->gap, record->lost);
}

bool
stream_feed_notice(struct stream *s, const struct sv_record *record)
{
	struct notice notice;

	if (!s->has_header || !notice_read(s->header.ident, s->header.text, &notice))
		return false;
	if (!notice.program.len || s->fixed ||
	    registry_by_ident(s->spec.registry, notice.program) ||
	    registry_by_unit(s->spec.registry, notice.program))
		emit_gap(s, record, SV_GAP_SUPPRESSED, notice.lost);
	return true;
}
