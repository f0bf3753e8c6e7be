/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/stream_state.h"

#include "base/text.h"
#include "dialect/registry.h"
#include "dialect/sipmsg.h"
#include "sip/outcome.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static bool
read_stamp(void *user, struct sv_str text, size_t *ret_used, sv_usec *ret_time,
	   enum sv_time_source *ret_source)
{
	struct stream *s = user;

	return stamp_read(s->stamp, text, ret_used, ret_time, ret_source);
}

/** Take off what stands in front of the PBX's own text. */
static void
split(struct stream *s, const struct sv_record *record, struct header *ret_header)
{
	if (record->flags & SV_RECORD_SYSLOG)
		header_split_message(s->stamp, record->text, ret_header);
	else
		header_split(s->stamp, record->text, ret_header);
}

/** The best time there is: the journal's before one with a zone before one without.
 *  The outer of two equal ones: its clock is the one that configuration knows. */
void
stream_resolve_time(struct stream *s, struct sv_event *ev)
{
	const struct sv_record *r = s->record;

	if (s->has_header && s->header_stale)
		stream_header_renew(s, r);
	if (s->has_header && s->header.time &&
	    s->header.time_source >= ev->time_source) {
		ev->time = s->header.time;
		ev->time_source = s->header.time_source;
	}
	if (r && r->time && r->time_source > ev->time_source) {
		ev->time = r->time;
		ev->time_source = r->time_source;
	}
	if (!ev->time) {
		ev->time = s->stats.last_time;
		ev->time_source = ev->time ? SV_TIME_RECEIVED : SV_TIME_NONE;
	}
	if (ev->time > s->stats.last_time)
		s->stats.last_time = ev->time;
}

static sv_usec
record_moment(void *user)
{
	struct sv_event ev = { 0 };

	stream_resolve_time(user, &ev);
	return ev.time;
}

/** A dialect's event on its way out. An event that the dialect gave a record of its
 *  own (n_records set: told by an earlier line) keeps that and its time. */
static void
take_event(void *user, const struct sv_event *event)
{
	struct stream *s = user;
	const struct sv_record *r = s->record;
	struct sv_event ev = *event;

	if (ev.n_records == 0) {
		stream_resolve_time(s, &ev);
		ev.n_records = 1;
		ev.records[0].line = r ? r->line : 0;
		ev.records[0].cursor = r ? r->cursor : (struct sv_str){ 0 };
		if (!ev.records[0].text.len && r)
			ev.records[0].text = r->text;
	} else if (!ev.time) {
		ev.time = s->stats.last_time;
		ev.time_source = ev.time ? SV_TIME_RECEIVED : SV_TIME_NONE;
	}
	for (uint32_t i = 0; i < ev.n_records; i++)
		ev.records[i].source = str_of(s->source);
	ev.pbx = str_of(s->dialect->name);
	if (!ev.host.len && r && r->host.len)
		ev.host = r->host;
	if (!ev.host.len && s->has_header)
		ev.host = s->header.host;
	if (!ev.host.len)
		ev.host = str_of(s->host);
	if (ev.count == 0 && ev.outcome != SV_GAP)
		ev.count = 1;
	if (s->repeated > 1 && ev.outcome != SV_GAP)
		ev.count = ev.count > UINT32_MAX / s->repeated ? UINT32_MAX
							       : ev.count * s->repeated;
	ev.hint.stream_id = s->spec.id;
	s->stats.events++;
	s->spec.emit(s->spec.user, &ev);
}

int
stream_new(const struct stream_spec *spec, struct stream **ret_stream)
{
	const struct sv_dialect *dialect = NULL;
	int r;

	assert(spec && spec->emit && ret_stream);
	if (spec->dialect) {
		dialect = registry_find(spec->registry, str_of(spec->dialect));
		if (!dialect)
			return -ENOENT;
	}
	struct stream *s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	r = -ENOMEM;
	s->spec = *spec;
	s->dialect = dialect;
	s->fixed = dialect != NULL;
	s->ctx = (struct sv_parse_context){ .emit = take_event,
					    .user = s,
					    .stamp = read_stamp,
					    .moment = record_moment,
					    .locals = spec->locals,
					    .n_locals = spec->n_locals };
	s->source = strdup(spec->source ? spec->source : "");
	s->host = strdup(spec->host ? spec->host : "");
	if (!s->source || !s->host)
		goto fail;
	s->spec.source = s->source;
	s->spec.host = s->host;
	s->spec.dialect = dialect ? dialect->name : NULL;
	r = stamp_new(&spec->stamps, &s->stamp);
	if (r < 0)
		goto fail;
	*ret_stream = s;
	return 0;
fail:
	stream_free(s);
	return r;
}

void
stream_free(struct stream *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < REGISTRY_MAX; i++)
		free(s->states[i]);
	stamp_free(s->stamp);
	free(s->source);
	free(s->host);
	free(s);
}

bool
stream_use_dialect(struct stream *s, const struct sv_dialect *dialect)
{
	void **slot = &s->states[registry_index(s->spec.registry, dialect)];

	if (!*slot)
		*slot = calloc(1, dialect->state_size);
	if (!*slot)
		return false;
	s->dialect = dialect;
	s->stats.dialect = dialect->name;
	s->ctx.state = *slot;
	s->ctx.data = dialect->data;
	return true;
}

void
stream_change(struct stream *s, const struct registry *registry)
{
	void *old[REGISTRY_MAX];
	const struct sv_dialect *const *from = registry_dialects(s->spec.registry);
	const struct sv_dialect *was = s->dialect, *is = NULL;

	memcpy(old, s->states, sizeof(old));
	memset(s->states, 0, sizeof(s->states));
	for (size_t i = 0; from[i]; i++) {
		const struct sv_dialect *to =
			registry_find(registry, str_of(from[i]->name));
		if (from[i] == was)
			is = to;
		if (to && to->state_size == from[i]->state_size)
			s->states[registry_index(registry, to)] = old[i];
		else
			free(old[i]);
	}
	s->spec.registry = registry;
	s->header_len = 0; /* with it goes the dialect that was kept for it */
	s->dialect = is;
	s->spec.dialect = s->fixed && is ? is->name : NULL;
	s->stats.dialect = NULL;
	s->ctx.state = s->ctx.data = NULL;
	if (is && s->states[registry_index(registry, is)])
		(void)stream_use_dialect(s, is);
	else
		s->framing_seen = 0;
}

/** Syslog or journal name the program, and it is no PBX. */
static bool
is_of_another(const struct stream *s)
{
	struct sv_str ident = s->record->ident;
	bool kept = !ident.len && s->has_header && s->header_len;

	if (!ident.len && s->has_header)
		ident = s->header.ident;
	if (!ident.len ||
	    (kept ? s->kept_dialect : registry_by_ident(s->spec.registry, ident)))
		return false;
	return !registry_by_unit(s->spec.registry, s->record->unit);
}

static enum sv_parse
count(struct stream *s, enum sv_parse result)
{
	bool other;

	switch (result) {
	case SV_PARSE_FOREIGN:
		other = is_of_another(s);
		s->stats.foreign++;
		s->stats.others += other;
		s->unknown = !other && s->record->text.len;
		break;
	case SV_PARSE_SKIP:
		s->stats.skipped++;
		s->stats.novel += s->ctx.novel;
		s->unknown = s->ctx.novel;
		break;
	case SV_PARSE_MALFORMED:
		s->stats.malformed++;
		s->unknown = true;
		break;
	case SV_PARSE_EVENT:
		s->stats.told++;
		break;
	}
	return result;
}

/** Some other dialect than that of dumps has read lines here. */
static bool
is_log(const struct stream *s)
{
	for (size_t i = 0; i < registry_count(s->spec.registry); i++)
		if (s->states[i] &&
		    registry_dialects(s->spec.registry)[i] != &sipmsg_dialect)
			return true;
	return false;
}

/** Lines of a message may look like anything: in a file that is a dump from its first
 *  line on no other dialect is asked about them. */
static bool
in_dump(const struct stream *s, const struct sv_record *record)
{
	return s->dialect == &sipmsg_dialect && s->framing == FRAMING_BARE &&
	       s->framing_seen > 0 && !(record->flags & SV_RECORD_WHOLE) && !is_log(s);
}

/** Of the lines of one service among those of others: its last dialect where no other
 *  claims a line. Dumps between the lines of a PBX are for its dialect to skip. */
static const struct sv_dialect *
service_dialect(struct stream *s, const struct sv_dialect *d)
{
	uint64_t name = str_hash(s->header.ident, 7);
	struct service *slot = &s->services[name % SERVICES];

	if (d == &sipmsg_dialect && slot->name == name)
		d = NULL;
	if (d)
		*slot = (struct service){ .name = name, .dialect = d };
	else if (slot->name == name)
		d = slot->dialect;
	return d;
}

/** Which dialect is to read this text; NULL: nobody's. */
static const struct sv_dialect *
choose(struct stream *s, const struct sv_record *record, struct sv_str text)
{
	const struct sv_dialect *d = NULL;

	s->nobodys = false;
	if (s->fixed || in_dump(s, record))
		return s->dialect;
	d = registry_by_unit(s->spec.registry, record->unit);
	if (!d && record->ident.len)
		d = registry_by_ident(s->spec.registry, record->ident);
	else if (!d)
		d = s->has_header && s->header_len
			    ? s->kept_dialect
			    : registry_by_ident(s->spec.registry, s->header.ident);
	if (!d) {
		d = registry_by_content(s->spec.registry, text);
		s->nobodys = !d;
	}
	/* dumps between the lines of a PBX are for its dialect to skip */
	if (d == &sipmsg_dialect && !(record->flags & SV_RECORD_WHOLE) &&
	    !s->has_header && is_log(s))
		d = NULL;
	/* what nobody claims may go on with an entry of the last one */
	if (!d && !(record->flags & SV_RECORD_WHOLE) && s->framing == FRAMING_BARE)
		d = s->dialect;
	if (s->has_header && s->header.physical)
		d = service_dialect(s, d);
	return d;
}

/** The way lines begin in this source is settled. A line that begins otherwise is then
 *  text of the other side that got in by a line break. */
static bool
framing_sure(const struct stream *s, enum framing framing)
{
	return s->framing == framing && s->framing_seen >= FRAMING_SURE;
}

static void
learn_framing(struct stream *s, enum sv_parse result)
{
	enum framing is = s->has_header ? FRAMING_HEADER : FRAMING_BARE;

	if (result != SV_PARSE_SKIP && result != SV_PARSE_EVENT)
		return;
	if (s->framing != is) {
		s->framing = is;
		s->framing_seen = 0;
	}
	if (s->framing_seen < FRAMING_SURE)
		s->framing_seen++;
}

/** Our own words in the journal or in syslog quote the lines that an alert rests on:
 *  they are never lines of a PBX, or one alert would raise the next. */
static bool
is_our_own(const struct stream *s, const struct sv_record *record)
{
	struct sv_str ident = record->ident.len ? record->ident : s->header.ident;

	return str_eq(ident, SV_STR("sipvigild")) || str_eq(ident, SV_STR("sipvigil"));
}

static enum sv_parse
parse_by(struct stream *s, const struct sv_dialect *d, const struct sv_record *sub)
{
	return stream_use_dialect(s, d) ? d->parse(&s->ctx, sub) : SV_PARSE_FOREIGN;
}

/** A record of a PBX may hold a SIP message, which is read for itself. The PBX's dialect
 *  gets it all the same: what looks like a message may be a part of its own words. */
static enum sv_parse
parse_text(struct stream *s, const struct sv_record *record, struct sv_str text)
{
	struct sv_record sub = *record;
	enum sv_parse told = SV_PARSE_FOREIGN, result;

	if (is_our_own(s, record))
		return SV_PARSE_FOREIGN;
	const struct sv_dialect *d = choose(s, record, text);
	sub.text = text;
	if (s->has_header && s->header.physical)
		sub.flags |= SV_RECORD_OUTPUT;
	if (!sub.host.len)
		sub.host = s->header.host;
	if (!sub.ident.len)
		sub.ident = s->header.ident;
	if (d != &sipmsg_dialect && !s->fixed && !s->nobodys && sipmsg_in_record(text))
		told = parse_by(s, &sipmsg_dialect, &sub);
	if (!d)
		return told;
	result = parse_by(s, d, &sub);
	return told == SV_PARSE_EVENT || result == SV_PARSE_FOREIGN ? told : result;
}

/** Remember the message for "last message repeated N times" if it told something. */
static void
keep_last(struct stream *s, struct sv_str text, bool told)
{
	if (told)
		s->last_host = str_hash(s->header.host, 0);
	s->last_len = told && text.len <= LAST_MAX_BYTES ? text.len : 0;
	memcpy(s->last, text.ptr ? text.ptr : "", s->last_len);
}

/** The date in front of a dump's banner is the banner's, and lines of a message have no
 *  header. */
static bool
is_bare(const struct stream *s, const struct sv_record *record)
{
	return in_dump(s, record) ||
	       (!framing_sure(s, FRAMING_HEADER) && sipmsg_is_banner(record->text));
}

/** A message of syslog, header and all. What its date says is worked out when it tells
 *  something. */
static void
split_message(struct stream *s, const struct sv_record *record)
{
	size_t same = stream_header_repeats(s, record->text);

	s->has_header = true;
	if (same) {
		s->header = s->kept;
		s->header.text = str_from(record->text, same);
		s->header_stale = true;
		return;
	}
	header_split_message(NULL, record->text, &s->header);
	s->header_stale = s->header.has_date;
	stream_header_keep(s, record->text);
}

/** Fill s->header: what stands in front of the record's text. */
static void
take_header(struct stream *s, const struct sv_record *record)
{
	bool whole = record->flags & SV_RECORD_WHOLE;
	size_t same = !whole && framing_sure(s, FRAMING_HEADER)
			      ? stream_header_repeats(s, record->text)
			      : 0;

	if (same) {
		s->header = s->kept;
		s->header.text = str_from(record->text, same);
		s->header_stale = true;
		s->has_header = true;
		return;
	}
	s->header = (struct header){ .repeated = 1, .text = record->text };
	if (!whole && !is_bare(s, record))
		header_split(s->stamp, record->text, &s->header);
	s->has_header = s->header.text.ptr != record->text.ptr;
	s->header_stale = false;
	stream_header_keep(s, record->text);
}

static enum sv_parse
feed_split(struct stream *s, const struct sv_record *record)
{
	uint64_t events = s->stats.events;
	enum sv_parse result;

	if (record->flags & SV_RECORD_SYSLOG)
		split_message(s, record);
	else
		take_header(s, record);
	if (!(record->flags & SV_RECORD_WHOLE) && !s->has_header &&
	    framing_sure(s, FRAMING_HEADER))
		return SV_PARSE_FOREIGN;
	s->repeated = s->header.repeated;
	if (s->header.repeat_of_last) {
		struct sv_str last = str_make(s->last, s->last_len);
		/* another host's message was repeated, if any */
		bool same = s->last_host == str_hash(s->header.host, 0);
		return last.len && same ? parse_text(s, record, last) : SV_PARSE_SKIP;
	}
	if (stream_feed_notice(s, record)) {
		keep_last(s, s->header.text, false);
		return SV_PARSE_FOREIGN;
	}
	result = parse_text(s, record, s->header.text);
	if (!(record->flags & SV_RECORD_WHOLE))
		learn_framing(s, result);
	keep_last(s, s->header.text, s->stats.events != events);
	return result;
}

/** A file of a PBX may begin with a dump of SIP messages, but it is the PBX's: the
 *  dialect of the dump says where one can be sure of that. */
static bool
is_visitor(const struct stream *s, struct sv_str text)
{
	if (s->fixed || s->dialect != &sipmsg_dialect)
		return false;
	const struct sv_dialect *d = registry_by_content(s->spec.registry, text);
	return d && d != s->dialect;
}

enum sv_parse
stream_feed(struct stream *s, const struct sv_record *record)
{
	s->stats.records++;
	s->stats.bytes += record->text.len;
	if (record->flags & (SV_RECORD_GAP | SV_RECORD_DISCONTINUOUS)) {
		stream_flush(s);
		if (record->flags & SV_RECORD_GAP) {
			s->unknown = false;
			stream_feed_gap(s, record);
			return SV_PARSE_EVENT;
		}
	}
	s->record = record;
	s->ctx.novel = s->unknown = false;
	/* A live source: no stamp means a later moment than that of its arrival. */
	if (record->time_source == SV_TIME_RECEIVED)
		stamp_set_reference(s->stamp, record->time);
	if (framing_sure(s, FRAMING_BARE) && !(record->flags & SV_RECORD_WHOLE)) {
		s->has_header = false;
		s->repeated = 1;
		enum sv_parse result = s->dialect->parse(&s->ctx, record);
		if (result != SV_PARSE_FOREIGN || !is_visitor(s, record->text))
			return count(s, result);
		s->framing_seen = 0;
	}
	return count(s, feed_split(s, record));
}

void
stream_flush(struct stream *s)
{
	const struct sv_dialect *found = s->dialect;
	void *state = s->ctx.state, *data = s->ctx.data;

	s->record = NULL;
	s->has_header = false;
	s->repeated = 1;
	for (size_t i = 0; i < registry_count(s->spec.registry); i++) {
		if (!s->states[i])
			continue;
		s->dialect = registry_dialects(s->spec.registry)[i];
		s->ctx.state = s->states[i];
		s->ctx.data = s->dialect->data;
		s->dialect->flush(&s->ctx);
	}
	s->dialect = found;
	s->ctx.state = state;
	s->ctx.data = data;
}

void
stream_pause(struct stream *s)
{
	s->ctx.paused = true;
	stream_flush(s);
	s->ctx.paused = false;
}

sv_usec
stream_time_of(struct stream *s, const struct sv_record *record)
{
	struct header header = { .text = record->text };
	enum sv_time_source source;
	sv_usec time = 0;
	size_t used;

	if (record->time && record->time_source > SV_TIME_RECEIVED)
		return record->time;
	split(s, record, &header);
	if (header.time)
		return header.time;
	struct sv_str text = header.text;
	if (text.len && text.ptr[0] == '[')
		text = str_from(text, 1);
	if (stamp_read(s->stamp, text, &used, &time, &source))
		return time;
	return record->time;
}

bool
stream_is_unknown(const struct stream *s)
{
	return s->unknown;
}

struct sv_str
stream_text(const struct stream *s)
{
	if (s->has_header)
		return s->header.text;
	return s->record ? s->record->text : (struct sv_str){ 0 };
}

void
stream_stats_get(const struct stream *s, struct stream_stats *ret_stats)
{
	*ret_stats = s->stats;
}
