/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of the other side that spans physical lines of a file. Any of these lines may
 * look like an entry of the PBX; none is one.
 *
 * Two ways. Where the end is known (debug dumps), lines are skipped until it comes.
 * Where the other side could have written the end as well, lines are held, at most for
 * as many bytes as the PBX can have written there, and judged when the last end among
 * them is known. What stands behind it is then parsed as if it had just come.
 */
#include "dialect/asterisk_line.h"

#include <ctype.h>

#define EXTENSION_TAIL "' rejected because extension not found in context '"
#define PACKET_END "-- end of packet."
/** pjproject cuts a message here, end of packet and all, give or take a few bytes. */
#define PACKET_CUT 4000
#define PACKET_CUT_SLACK 12

static struct sv_str
held_text(const struct asterisk_region_state *r, uint32_t i)
{
	return str_make(r->bytes + r->lines[i].offset, r->lines[i].len);
}

void
asterisk_hold_open(struct asterisk_line *line, enum asterisk_region kind, size_t limit)
{
	struct asterisk_region_state *r = &line->state->region;
	struct sv_str m = line->message;
	uint64_t packet = 0;

	r->kind = kind;
	r->thread = line->thread;
	r->used = r->first = (uint32_t)line->text.len + 1;
	r->based = false;
	r->limit = (uint32_t)limit;
	r->packet = 0;
	r->body = 0;
	r->in_body = false;
	r->closed = false;
	r->n_lines = 0;
	r->fill = 0;
	if (kind == REGION_PACKET) {
		const char *start = m.ptr;
		while (start > line->text.ptr && isspace((unsigned char)start[-1]))
			start--;
		r->cut = (uint32_t)(start - line->text.ptr) + PACKET_CUT;
		size_t at = str_find(m, SV_STR("Error processing "));
		if (at != STR_NONE &&
		    str_take_u64(str_from(m, at + strlen("Error processing ")),
				 &packet) &&
		    packet < UINT32_MAX)
			r->packet = (uint32_t)packet;
	}
}

/** How many bytes of the file stand between the region's first line and this one, by
 *  their places (a reader may take CR off), or by what came where there are none. */
static uint32_t
place_of(struct asterisk_region_state *r, const struct sv_record *record)
{
	if (!r->based) {
		r->based = true;
		r->base = record->offset;
	}
	if (record->offset > r->base && record->offset - r->base < UINT32_MAX / 2)
		return (uint32_t)(record->offset - r->base);
	return r->used - r->first;
}

/** Keep a line. False: no room, the region has to be judged now. */
static bool
hold_line(struct asterisk_region_state *r, struct sv_str text,
	  const struct sv_record *record)
{
	uint32_t at = place_of(r, record);

	if (r->n_lines == ASTERISK_HOLD_LINES ||
	    r->fill + text.len + 1 > sizeof(r->bytes))
		return false;
	r->lines[r->n_lines++] = (struct asterisk_held){ .offset = r->fill,
							 .len = (uint32_t)text.len,
							 .at = at,
							 .line = record->line };
	memcpy(r->bytes + r->fill, text.ptr ? text.ptr : "", text.len);
	r->bytes[r->fill + text.len] = '\n';
	r->fill += (uint32_t)text.len + 1;
	r->used = r->first + at + (uint32_t)text.len + 1;
	return true;
}

enum sv_parse
asterisk_hold_record(struct asterisk_line *line, size_t limit)
{
	struct asterisk_region_state *r = &line->state->region;

	asterisk_hold_open(line, REGION_RECORD, limit);
	r->used = r->first = 0;
	if (!hold_line(r, line->text, line->record))
		r->kind = REGION_NONE;
	return SV_PARSE_SKIP;
}

/* ---- judging what is held ---- */

/** What the held lines are. One entry is written at once, so up to the first end all of
 *  it is text of the other side, and behind the last end nothing. What stands between
 *  is their text, or entries between two such texts: it counts only where a thread that
 *  is known wrote it, and as doubtful even then. */
struct verdict {
	uint32_t hostile;  /* lines up to here: dropped */
	uint32_t suspect;  /* up to here: between two ends */
	uint32_t doubtful; /* up to here: certain to no one */
};

/** Is this held line an entry of the thread that wrote the first one, with a start that
 *  is the PBX's? Then its end is its own. */
static bool
is_own_entry(struct sv_parse_context *ctx, const struct asterisk_region_state *r,
	     struct sv_str text)
{
	struct sv_record record = { .text = text };
	struct asterisk_line line = {
		.ctx = ctx, .state = ctx->state, .record = &record, .text = text
	};

	return asterisk_prefix_read(&line) && line.date.len &&
	       line.thread == r->thread &&
	       str_starts(line.message, SV_STR("Call from '"));
}

/** Does this line end a rejected call's entry: as such entries end, or without a prefix
 *  in their last bytes? */
static bool
ends_call(struct sv_parse_context *ctx, const struct asterisk_region_state *r,
	  struct sv_str text)
{
	if (!str_ends(text, SV_STR("'.")))
		return false;
	return text.ptr[0] != '[' ||
	       (str_find_last(text, SV_STR(EXTENSION_TAIL)) != STR_NONE &&
		!is_own_entry(ctx, r, text));
}

static void
judge_call(struct sv_parse_context *ctx, const struct asterisk_region_state *r,
	   struct verdict *v)
{
	for (uint32_t i = 0; i < r->n_lines; i++) {
		if (!ends_call(ctx, r, held_text(r, i)))
			continue;
		if (!v->hostile)
			v->hostile = i + 1;
		v->suspect = i + 1;
	}
	if (r->closed) /* cut: what came before the cut is one text */
		v->suspect = r->n_lines;
}

/** Bytes from the entry's first line to the end of held line `i`. */
static size_t
bytes_to(const struct asterisk_region_state *r, uint32_t i)
{
	return r->first + r->lines[i].at + r->lines[i].len + 1;
}

/** The packet's length was told: does its end stand where it must? */
static bool
packet_end_known(const struct asterisk_region_state *r, uint32_t *ret_lines)
{
	for (uint32_t i = 0; r->packet && i < r->n_lines; i++) {
		/* the packet, a line break, the end */
		uint32_t want = r->packet + 1;
		if (r->lines[i].at == want &&
		    str_eq(held_text(r, i), SV_STR(PACKET_END))) {
			*ret_lines = i + 1;
			return true;
		}
		if (r->lines[i].at > want)
			break;
	}
	return false;
}

static void
judge_packet(const struct asterisk_region_state *r, struct verdict *v)
{
	if (packet_end_known(r, &v->hostile))
		return;
	if (r->packet > PACKET_CUT - 300) {
		/* longer than what is written: it has no end of its own */
		v->hostile = r->n_lines;
		return;
	}
	for (uint32_t i = 0; i < r->n_lines; i++) {
		size_t at = bytes_to(r, i);
		if (str_starts(held_text(r, i), SV_STR(PACKET_END))) {
			if (!v->hostile)
				v->hostile = i + 1;
			v->suspect = i + 1;
		}
		/* pjproject may have cut the packet just at this line's end */
		if (at + PACKET_CUT_SLACK > r->cut && at < r->cut + PACKET_CUT_SLACK)
			v->doubtful = i + 1;
	}
	if (!v->hostile)
		v->hostile = r->n_lines;
}

/** The bytes held for an entry whose end came: parse them as one. */
static void
parse_joined(struct sv_parse_context *ctx, const struct asterisk_region_state *r,
	     uint32_t n, bool complete)
{
	struct sv_record record = { .line = r->lines[0].line };
	struct asterisk_line line = {
		.ctx = ctx, .state = ctx->state, .record = &record, .replayed = true
	};

	line.text = str_make(r->bytes, r->lines[n - 1].offset + r->lines[n - 1].len);
	line.truncated = line.text.len >= ASTERISK_ENTRY_MAX;
	if (!asterisk_prefix_read(&line))
		return;
	line.whole = true;
	(void)asterisk_dispatch(&line);
	if (complete && str_eq(line.file, SV_STR("chan_sip.c")))
		asterisk_hold_open(&line, REGION_CALL, ASTERISK_ENTRY_MAX);
}

/** An entry of a thread that wrote others before. */
static bool
is_of_known_thread(const struct asterisk_line *line)
{
	struct asterisk_line copy = *line;

	return asterisk_prefix_read(&copy) && copy.date.len &&
	       line->state->threads[copy.thread % ASTERISK_THREADS] == copy.thread;
}

static void
replay(struct sv_parse_context *ctx, const struct asterisk_region_state *r,
       const struct verdict *v)
{
	for (uint32_t i = v->hostile; i < r->n_lines; i++) {
		struct sv_record record = { .text = held_text(r, i),
					    .line = r->lines[i].line,
					    .offset = r->base ? r->base + r->lines[i].at
							      : 0 };
		struct asterisk_line line = { .ctx = ctx,
					      .state = ctx->state,
					      .record = &record,
					      .text = record.text,
					      .replayed = true,
					      .doubtful = i < v->doubtful ||
							  i < v->suspect };
		if (line.state->region.kind != REGION_NONE)
			(void)asterisk_hold_feed(&line);
		else if (i >= v->suspect &&
			 asterisk_tells_nothing(line.state, line.text))
			continue;
		else if (i >= v->suspect || is_of_known_thread(&line))
			(void)asterisk_parse_line(&line);
	}
}

/** Like *to = *from, but of lines and bytes only those that are held. */
static void
region_copy(struct asterisk_region_state *to, const struct asterisk_region_state *from)
{
	memcpy(to, from, offsetof(struct asterisk_region_state, lines));
	memcpy(to->lines, from->lines, from->n_lines * sizeof(from->lines[0]));
	memcpy(to->bytes, from->bytes, from->fill);
}

/** Judge the region: no further line can belong to it. `record_lines`: so many of the
 *  held lines are one entry (REGION_RECORD whose end came). */
static void
settle(struct sv_parse_context *ctx, uint32_t record_lines)
{
	struct asterisk_state *st = ctx->state;
	struct asterisk_region_state held;
	struct verdict v = { 0 };

	region_copy(&held, &st->region);
	st->region.kind = REGION_NONE;
	st->region.n_lines = 0;
	st->region.fill = 0;
	switch (held.kind) {
	case REGION_PACKET:
		judge_packet(&held, &v);
		break;
	case REGION_CALL:
		judge_call(ctx, &held, &v);
		break;
	case REGION_RECORD:
		v.hostile = record_lines ? record_lines : 1;
		if (held.n_lines)
			parse_joined(ctx, &held, v.hostile, record_lines != 0);
		/* an end that never came: what followed may be the number's text */
		v.suspect = record_lines ? 0 : held.n_lines;
		break;
	case REGION_NONE:
	case REGION_EMPTY:
	case REGION_READ:
	case REGION_SENT:
	case REGION_COUNT:
		return;
	}
	replay(ctx, &held, &v);
}

void
asterisk_hold_flush(struct sv_parse_context *ctx)
{
	struct asterisk_state *st = ctx->state;

	/* each round judges at least one line; what it replays may be held again */
	for (int i = 0; st->region.kind != REGION_NONE && i < ASTERISK_HOLD_LINES; i++)
		settle(ctx, 0);
	st->region.kind = REGION_NONE;
}

/** The end of the entry that is held. */
static bool
record_ends(const struct asterisk_region_state *r)
{
	struct sv_str last = held_text(r, r->n_lines - 1);
	struct sv_str all = str_make(r->bytes, r->fill - 1);

	if (str_find(str_upto(all, 256), SV_STR("SecurityEvent=\"")) != STR_NONE)
		return str_ends(last, SV_STR("\"")) &&
		       str_find(last, SV_STR("oteAddress=\"")) != STR_NONE;
	return str_ends(last, SV_STR("'.")) &&
	       str_find_last(all, SV_STR(EXTENSION_TAIL)) != STR_NONE;
}

/** Where the logger cuts an entry, the next one begins without a line break: there, and
 *  nowhere else, a whole prefix stands within a line. 0 = not cut. */
static size_t
cut_in(struct asterisk_region_state *r, const struct asterisk_line *line)
{
	size_t at = r->first + place_of(r, line->record);

	if (r->kind == REGION_PACKET || r->limit != ASTERISK_ENTRY_MAX ||
	    at >= r->limit || r->limit - at >= line->text.len ||
	    line->text.ptr[r->limit - at] != '[')
		return 0;
	struct sv_record record = { .text = str_from(line->text, r->limit - at) };
	struct asterisk_line next = { .ctx = line->ctx,
				      .state = line->state,
				      .record = &record,
				      .text = record.text };
	return asterisk_prefix_read(&next) && next.date.len ? r->limit - at : 0;
}

static enum sv_parse
feed_held(struct asterisk_line *line)
{
	struct asterisk_region_state *r = &line->state->region;
	uint32_t known;
	size_t cut = cut_in(r, line);

	if (cut) {
		r->closed = true;
		settle(line->ctx, 0);
		line->text = str_from(line->text, cut);
		return asterisk_hold_feed(line);
	}
	if (!hold_line(r, line->text, line->record)) {
		settle(line->ctx, 0);
		return line->state->region.kind != REGION_NONE
			       ? asterisk_hold_feed(line)
			       : asterisk_parse_line(line);
	}
	if (r->kind == REGION_RECORD && record_ends(r))
		settle(line->ctx, r->n_lines);
	else if (r->used >= r->limit ||
		 (r->kind == REGION_PACKET && packet_end_known(r, &known)))
		settle(line->ctx, 0);
	return SV_PARSE_SKIP;
}

/* ---- dumps that are skipped ---- */

/** "--- (11 headers 7 lines) ---", the entry that follows a packet that was read. */
static bool
is_read_summary(struct asterisk_line *line)
{
	struct sv_event ev;
	struct asterisk_line next = *line;

	/* the text "--- " begins like a verbose line's mark: take it from the line */
	if (!asterisk_prefix_read(&next) || next.level != LEVEL_VERBOSE)
		return false;
	if (!asterisk_match("--- (%d headers %d lines)%r", next.message, &ev))
		return false;
	return next.thread == line->state->region.thread;
}

static enum sv_parse
feed_read(struct asterisk_line *line)
{
	struct asterisk_region_state *r = &line->state->region;

	if (r->closed && is_read_summary(line)) {
		r->kind = REGION_NONE;
		return SV_PARSE_SKIP;
	}
	if (!(r->closed && line->text.len && line->text.ptr[0] == '['))
		r->closed = str_eq(line->text, SV_STR("<------------->"));
	return SV_PARSE_SKIP;
}

/** What we sent ends in a line of its own; the body, which may be somebody else's text,
 *  is counted by our Content-Length. */
static enum sv_parse
feed_sent(struct asterisk_line *line, uint32_t at)
{
	struct asterisk_region_state *r = &line->state->region;
	struct sv_str text = line->text;
	uint64_t length;

	if (r->in_body && at < r->body_end)
		return SV_PARSE_SKIP;
	if (str_eq(text, SV_STR("---")) || str_eq(text, SV_STR("<------------>"))) {
		r->kind = REGION_NONE;
	} else if (text.len == 0 && !r->in_body) {
		r->in_body = true;
		r->body_end = at + 1 + r->body;
	} else if (!r->in_body && text.len > 16 &&
		   strncasecmp(text.ptr, "Content-Length: ", 16) == 0 &&
		   str_take_u64(str_from(text, 16), &length)) {
		r->body = length < ASTERISK_ENTRY_MAX ? (uint32_t)length : 0;
	}
	return SV_PARSE_SKIP;
}

static enum sv_parse
feed_dump(struct asterisk_line *line)
{
	struct asterisk_region_state *r = &line->state->region;
	size_t size = line->record->text.len + 1;
	uint32_t at = place_of(r, line->record);

	if (r->kind == REGION_COUNT && at >= r->packet) {
		r->kind = REGION_NONE;
		return asterisk_parse_line(line);
	}
	if (r->first + at + size > r->limit) {
		/* the logger cut the entry: what follows on this line is another one */
		size_t cut = r->limit > r->first + at ? r->limit - r->first - at : 0;
		r->kind = REGION_NONE;
		line->text = str_from(line->text, cut);
		return line->text.len ? asterisk_parse_line(line) : SV_PARSE_SKIP;
	}
	r->used = r->first + at + (uint32_t)size;
	if (r->kind == REGION_READ)
		return feed_read(line);
	if (r->kind == REGION_SENT)
		return feed_sent(line, at);
	return SV_PARSE_SKIP;
}

/** The banner that follows an empty message of chan_sip. True: a dump begins. */
static bool
is_banner(struct asterisk_line *line)
{
	struct asterisk_region_state *r = &line->state->region;
	struct sv_str text = line->text;

	if (str_starts(text, SV_STR("<--- SIP read from ")))
		r->kind = REGION_READ;
	else if (str_starts(text, SV_STR("<--- Transmitting (")) ||
		 str_starts(text, SV_STR("<--- Reliably Transmitting (")))
		r->kind = REGION_SENT;
	else
		return false;
	r->in_body = false;
	r->used += (uint32_t)text.len + 1;
	return true;
}

enum sv_parse
asterisk_hold_feed(struct asterisk_line *line)
{
	struct asterisk_region_state *r = &line->state->region;

	switch (r->kind) {
	case REGION_PACKET:
	case REGION_CALL:
	case REGION_RECORD:
		return feed_held(line);
	case REGION_EMPTY:
		if (is_banner(line))
			return SV_PARSE_SKIP;
		r->kind = REGION_NONE;
		return asterisk_parse_line(line);
	case REGION_READ:
	case REGION_SENT:
	case REGION_COUNT:
		return feed_dump(line);
	case REGION_NONE:
		break;
	}
	return asterisk_parse_line(line);
}

bool
asterisk_hold_banner(struct asterisk_line *line)
{
	struct sv_str m = line->message;
	struct sv_event ev;
	uint64_t bytes = 0;

	if (line->whole)
		return str_starts(m, SV_STR("<--- "));
	if (m.len == 0) {
		asterisk_hold_open(line, REGION_EMPTY, ASTERISK_ENTRY_MAX);
		return true;
	}
	if (m.ptr[0] != '<' && m.ptr[0] != 'T' && m.ptr[0] != 'R')
		return false;
	if (str_ends(m, SV_STR(":")) &&
	    (asterisk_match("Transmitting (%s) to %s:", m, &ev) ||
	     asterisk_match("Reliably Transmitting (%s) to %s:", m, &ev) ||
	     asterisk_match("Retransmitting #%d (%s) to %s:", m, &ev))) {
		asterisk_hold_open(line, REGION_SENT, ASTERISK_ENTRY_MAX);
		return true;
	}
	if (asterisk_match("<--- Received SIP %s (%d bytes) from %s --->", m, &ev) ||
	    asterisk_match("<--- Transmitting SIP %s (%d bytes) to %s --->", m, &ev)) {
		size_t at = str_find_char(m, '(');
		str_take_u64(str_from(m, at + 1), &bytes);
		asterisk_hold_open(line, REGION_COUNT, ASTERISK_ENTRY_MAX);
		/* the packet, then a line break of the logger's own */
		line->state->region.packet = (uint32_t)(bytes + 1);
		return true;
	}
	return false;
}
