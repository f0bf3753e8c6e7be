/* SPDX-License-Identifier: Apache-2.0 */
#include "input/wrap.h"

#include "base/text.h"
#include "base/json.h"
#include "input/wrap_state.h"

#include <errno.h>
#include <stdlib.h>

/* So many first lines must agree, where there are so many at hand. */
#define LOOK_LINES 8

/* JSON of a message: a byte may take six ("\u001b"), and the message may be there once
 * more (SYSLOG_RAW). What is longer than this is no log line. */
#define JSON_FACTOR 8

/* ---- Docker and CRI ---- */

/** One line of a container's log, or a part of one. */
struct piece {
	int stream;
	sv_usec time;
	bool last; /* the line ends here */
	struct sv_str text;
	struct json_value log; /* Docker: the text with escapes */
};

static int
stream_of(struct sv_str name)
{
	if (str_eq(name, SV_STR("stdout")))
		return WRAP_STDOUT;
	return str_eq(name, SV_STR("stderr")) ? WRAP_STDERR : -1;
}

/* "2026-11-22T19:15:20.836375123Z", all of the text. */
static bool
take_date(struct sv_str text, struct date *ret_date)
{
	return date_take(text, ret_date) == text.len && text.len &&
	       ret_date->shape == DATE_ISO && ret_date->with_t && ret_date->zoned;
}

/* The next word of a CRI line. */
static struct sv_str
take_word(struct sv_str *s)
{
	struct sv_str word = str_upto(*s, str_find_char(*s, ' '));

	*s = str_from(*s, word.len + 1);
	return word;
}

static bool
read_cri(struct sv_str line, struct piece *ret_piece, struct date *ret_date)
{
	struct sv_str rest = line;

	if (!take_date(take_word(&rest), ret_date))
		return false;
	ret_piece->stream = stream_of(take_word(&rest));
	struct sv_str tags = take_word(&rest);
	ret_piece->last = tags.len && tags.ptr[0] == 'F';
	ret_piece->text = rest;
	return ret_piece->stream >= 0 && tags.len &&
	       (tags.ptr[0] == 'F' || tags.ptr[0] == 'P') &&
	       (tags.len == 1 || tags.ptr[1] == ':');
}

static bool
read_docker(struct sv_str line, struct piece *ret_piece, struct date *ret_date)
{
	struct json_place place = { line, false };
	struct json_member m;
	enum json_step step;
	bool has_log = false, has_time = false;

	ret_piece->stream = -1;
	while ((step = json_next(&place, &m)) == JSON_MEMBER) {
		if (m.value.kind != JSON_STRING)
			continue;
		if (!has_log && str_eq(m.name, SV_STR("log"))) {
			ret_piece->log = m.value;
			has_log = true;
		} else if (str_eq(m.name, SV_STR("stream"))) {
			ret_piece->stream = stream_of(m.value.raw);
		} else if (str_eq(m.name, SV_STR("time"))) {
			has_time = take_date(m.value.raw, ret_date);
		}
	}
	return step == JSON_END && has_log && has_time && ret_piece->stream >= 0;
}

/* ---- what kind ---- */

/* In front of entries: json-seq has a record separator, json-sse a word. */
static struct sv_str
without_lead(struct sv_str line)
{
	if (str_starts(line, SV_STR("\x1e")))
		return str_from(line, 1);
	return str_starts(line, SV_STR("data: ")) ? str_from(line, 6) : line;
}

static bool
is_journal_json(struct sv_str line)
{
	struct json_place place = { without_lead(line), false };
	struct json_member m;
	enum json_step step;
	bool has_time = false;

	while ((step = json_next(&place, &m)) == JSON_MEMBER)
		has_time |= m.value.kind == JSON_STRING &&
			    entry_field_of(m.name) == ENTRY_TIME;
	return step == JSON_END && has_time;
}

static enum wrap_kind
kind_of(struct sv_str line)
{
	struct piece piece;
	struct date date;

	if (str_starts(line, SV_STR("__")) && str_find_char(line, '=') != STR_NONE)
		return WRAP_EXPORT;
	if (read_cri(line, &piece, &date))
		return WRAP_CRI;
	if (is_journal_json(line))
		return WRAP_JSON;
	return read_docker(line, &piece, &date) ? WRAP_DOCKER : WRAP_NONE;
}

/* Two of them show the export format: the entry's place and time come first. */
static bool
is_export(struct sv_str head)
{
	size_t second = str_find_char(head, '\n');
	struct sv_str time = SV_STR("__REALTIME_TIMESTAMP=");
	struct sv_str rest = str_from(head, second + 1);

	return second != STR_NONE && str_starts(rest, SV_STR("__")) &&
	       (str_starts(head, time) || str_starts(rest, time));
}

bool
wrap_look(struct sv_str head, bool whole, enum wrap_kind *ret_kind)
{
	enum wrap_kind kind = WRAP_NONE;
	unsigned n = 0;

	while (head.len && n < LOOK_LINES) {
		if (head.ptr[0] == '\0' || head.ptr[0] == '\n') {
			head = str_from(head, 1);
			continue;
		}
		size_t lf = str_find_char(head, '\n');
		if (lf == STR_NONE && (n || !whole))
			break;
		struct sv_str line = str_upto(head, lf);
		if (str_ends(line, SV_STR("\r")))
			line.len--;
		enum wrap_kind is = kind_of(line);
		if (is == WRAP_NONE || (n && is != kind)) {
			*ret_kind = WRAP_NONE;
			return true;
		}
		if (is == WRAP_EXPORT) {
			bool sure = is_export(head);
			*ret_kind = sure ? WRAP_EXPORT : WRAP_NONE;
			return sure || whole || str_count(head, SV_STR("\n")) >= 2;
		}
		kind = is;
		n++;
		head = str_from(head, line.len + 1);
	}
	*ret_kind = kind;
	return n || whole;
}

size_t
wrap_line_bytes(enum wrap_kind kind, size_t cap_bytes)
{
	switch (kind) {
	case WRAP_NONE:
		return cap_bytes;
	case WRAP_EXPORT:
	case WRAP_CRI:
		return cap_bytes + 128; /* what stands in front */
	case WRAP_JSON:
	case WRAP_DOCKER:
		break;
	}
	return JSON_FACTOR * cap_bytes;
}

/* ---- unwrapping ---- */

static int
open_parts(struct wrap *wrap)
{
	struct stamp_rules rules = { .zone = "UTC" };

	for (size_t i = 0; i < WRAP_STREAMS; i++) {
		wrap->parts[i].text = malloc(wrap->cap_bytes);
		if (!wrap->parts[i].text)
			return -ENOMEM;
	}
	return stamp_new(&rules, &wrap->stamp);
}

static int
open_entry(struct wrap *wrap)
{
	wrap->scratch = malloc(wrap->cap_bytes + 1);
	return wrap->scratch ? entry_init(&wrap->entry, wrap->cap_bytes) : -ENOMEM;
}

int
wrap_new(enum wrap_kind kind, size_t cap_bytes, struct wrap **ret_wrap)
{
	struct wrap *wrap = calloc(1, sizeof(*wrap));

	if (!wrap)
		return -ENOMEM;
	wrap->kind = kind;
	wrap->cap_bytes = cap_bytes;
	int r = kind == WRAP_DOCKER || kind == WRAP_CRI ? open_parts(wrap)
							: open_entry(wrap);
	if (r < 0) {
		wrap_free(wrap);
		return r;
	}
	*ret_wrap = wrap;
	return 0;
}

void
wrap_free(struct wrap *wrap)
{
	if (!wrap)
		return;
	for (size_t i = 0; i < WRAP_STREAMS; i++)
		free(wrap->parts[i].text);
	stamp_free(wrap->stamp);
	entry_done(&wrap->entry);
	free(wrap->scratch);
	free(wrap);
}

void
wrap_stats_get(const struct wrap *wrap, struct wrap_stats *ret_stats)
{
	*ret_stats = wrap->stats;
	ret_stats->cut += wrap->entry.cut;
}

static enum wrap_result
drop(struct wrap *wrap)
{
	wrap->stats.damaged++;
	wrap->gap = true;
	return WRAP_NOTHING;
}

static enum wrap_result
give(struct wrap *wrap, struct sv_record *record)
{
	if (wrap->gap)
		record->flags |= SV_RECORD_DISCONTINUOUS;
	wrap->gap = false;
	return WRAP_RECORD;
}

/* The member's value, or the first of several. */
static bool
settle_value(struct json_value *value)
{
	struct json_value first;

	if (value->kind == JSON_ARRAY && json_first(value->raw, &first) &&
	    first.kind != JSON_WORD)
		*value = first;
	return value->kind == JSON_STRING || value->kind == JSON_ARRAY;
}

static enum wrap_result
journal_line(struct wrap *wrap, const struct sv_record *line,
	     struct sv_record *ret_record)
{
	struct json_place place = { without_lead(line->text), false };
	size_t room = wrap->cap_bytes + 1;
	bool left_out = false;
	struct json_member m;
	enum json_step step;
	char last;

	entry_begin(&wrap->entry);
	while ((step = json_next(&place, &m)) == JSON_MEMBER) {
		enum entry_field field = entry_field_of(m.name);
		if (field == ENTRY_OTHER)
			continue;
		/* "null": journalctl without --all leaves long ones out */
		left_out |= field == ENTRY_MESSAGE && m.value.kind == JSON_WORD;
		if (!settle_value(&m.value))
			continue;
		size_t n = json_decode(&m.value, wrap->scratch, room, &last);
		entry_take(&wrap->entry, field,
			   str_make(wrap->scratch, n < room ? n : room));
	}
	if (step != JSON_END || !wrap->entry.taken.time)
		return drop(wrap);
	if (entry_end(&wrap->entry, ret_record) == ENTRY_NONE) {
		wrap->stats.cut += left_out;
		return WRAP_NOTHING;
	}
	ret_record->line = line->line;
	ret_record->offset = line->offset;
	return give(wrap, ret_record);
}

/* Add to the line that is put together. True: it ends there. A line of Docker has its
 * line end in the text. */
static bool
add_piece(struct wrap_part *part, const struct piece *piece, size_t cap_bytes)
{
	size_t room = cap_bytes - part->len, n = piece->text.len;
	bool ends = piece->last;
	char last;

	if (piece->log.raw.ptr) {
		n = json_decode(&piece->log, part->text + part->len, room, &last);
		ends = last == '\n';
	} else if (n) {
		memcpy(part->text + part->len, piece->text.ptr, n < room ? n : room);
	}
	part->cut |= n > room;
	part->len += n < room ? n : room;
	return ends;
}

static void
end_part(struct wrap *wrap, struct wrap_part *part, struct sv_record *ret_record)
{
	struct sv_str text = str_make(part->text, part->len);

	if (str_ends(text, SV_STR("\n")))
		text.len--;
	if (str_ends(text, SV_STR("\r")))
		text.len--;
	*ret_record = (struct sv_record){ .text = text,
					  .time = part->time,
					  .time_source = SV_TIME_ZONED,
					  .line = part->line,
					  .offset = part->offset };
	/* Neither writes such lines: it is one message then, no line begins in it. */
	if (str_find_char(text, '\n') != STR_NONE)
		ret_record->flags |= SV_RECORD_WHOLE;
	if (part->cut) {
		ret_record->flags |= SV_RECORD_TRUNCATED;
		wrap->stats.cut++;
	}
	part->open = false;
}

static enum wrap_result
skip_piece(struct wrap *wrap, struct wrap_part *part, const struct piece *piece)
{
	part->len = 0;
	if (add_piece(part, piece, wrap->cap_bytes)) {
		part->skip = false;
		wrap->stats.cut++;
		wrap->gap = true;
	}
	return WRAP_NOTHING;
}

static enum wrap_result
container_line(struct wrap *wrap, const struct sv_record *line,
	       struct sv_record *ret_record)
{
	struct piece piece = { 0 };
	enum sv_time_source source;
	struct date date;
	sv_usec time;

	if (!(wrap->kind == WRAP_CRI ? read_cri(line->text, &piece, &date)
				     : read_docker(line->text, &piece, &date)) ||
	    !stamp_resolve(wrap->stamp, &date, &time, &source))
		return drop(wrap);
	struct wrap_part *part = &wrap->parts[piece.stream];
	if (part->skip)
		return skip_piece(wrap, part, &piece);
	if (!part->open) {
		part->open = true;
		part->cut = false;
		part->len = 0;
		part->time = time;
		part->line = line->line;
		part->offset = line->offset;
	}
	if (!add_piece(part, &piece, wrap->cap_bytes))
		return WRAP_NOTHING;
	end_part(wrap, part, ret_record);
	return give(wrap, ret_record);
}

enum wrap_result
wrap_line(struct wrap *wrap, const struct sv_record *line, struct sv_record *ret_record)
{
	wrap->undo = (struct wrap_undo){ .stats = wrap->stats,
					 .entry_cut = wrap->entry.cut,
					 .gap = wrap->gap };
	memcpy(wrap->undo.parts, wrap->parts, sizeof(wrap->parts));
	if (line->flags & SV_RECORD_TRUNCATED) {
		wrap->stats.cut++;
		wrap->gap = true;
		return WRAP_NOTHING;
	}
	if (!line->text.len)
		return WRAP_NOTHING;
	return wrap->kind == WRAP_JSON ? journal_line(wrap, line, ret_record)
				       : container_line(wrap, line, ret_record);
}

void
wrap_undo(struct wrap *wrap)
{
	if (!wrap)
		return;
	memcpy(wrap->parts, wrap->undo.parts, sizeof(wrap->parts));
	wrap->stats = wrap->undo.stats;
	wrap->entry.cut = wrap->undo.entry_cut;
	wrap->gap = wrap->undo.gap;
}

uint8_t
wrap_open_streams(const struct wrap *wrap)
{
	unsigned streams = 0;

	for (unsigned i = 0; i < WRAP_STREAMS; i++)
		if (wrap->parts[i].open || wrap->parts[i].skip)
			streams |= 1u << i;
	return (uint8_t)streams;
}

void
wrap_skip_streams(struct wrap *wrap, uint8_t streams)
{
	for (unsigned i = 0; i < WRAP_STREAMS; i++)
		wrap->parts[i].skip = wrap->parts[i].text && streams >> i & 1;
}

/* At the end a line without line end is one, too. */
static enum wrap_result
take_open_part(struct wrap *wrap, struct sv_record *ret_record)
{
	for (size_t i = 0; i < WRAP_STREAMS; i++)
		if (wrap->parts[i].open) {
			end_part(wrap, &wrap->parts[i], ret_record);
			return give(wrap, ret_record);
		}
	return WRAP_NOTHING;
}

enum wrap_result
wrap_next(struct wrap *wrap, struct lines *lines, bool at_end,
	  struct sv_record *ret_record)
{
	struct sv_record line;

	if (wrap->kind == WRAP_EXPORT) {
		enum wrap_result result =
			wrap_export_next(wrap, lines, at_end, ret_record);
		return result == WRAP_RECORD ? give(wrap, ret_record) : result;
	}
	while (lines_next(lines, at_end, &line) == LINES_RECORD)
		if (wrap_line(wrap, &line, ret_record) == WRAP_RECORD)
			return WRAP_RECORD;
	return at_end ? take_open_part(wrap, ret_record) : WRAP_NOTHING;
}
