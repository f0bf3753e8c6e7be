/* SPDX-License-Identifier: Apache-2.0 */
/* A log that is rotated between any two of its lines: with the state handed over from the
 * one file to the other, its events are those of the log in one piece. */
#include "base/text.h"
#include "dialect/stream.h"
#include "input/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX_BYTES ((size_t)200000)
#define CUTS 150

/* What was told, in its order, as one number; and how much it was. */
struct told {
	uint64_t digest;
	unsigned n;
};

static void
take(void *user, const struct sv_event *e)
{
	struct told *told = user;
	const struct sv_str *text[] = { &e->peer,
					&e->host,
					&e->claim.user,
					&e->claim.dst,
					&e->claim.ua,
					&e->claim.call_id,
					&e->claim.phrase,
					&e->records[0].text,
					&e->records[0].source };
	uint64_t numbers[] = { e->time,         e->outcome,          e->leg,
			       e->method,       e->attribution,      e->code,
			       e->q850,         e->peer_port,        e->count,
			       e->hint.session, e->hint.template_id, e->hint.tell,
			       e->n_records };

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		told->digest = str_hash(*text[i], told->digest);
	told->digest = str_hash(str_make((const char *)numbers, sizeof(numbers)),
				told->digest);
	told->digest =
		str_hash(str_make((const char *)e->peer_ip.bytes, 16), told->digest);
	told->n++;
}

static struct stream *
part_open(struct told *told)
{
	struct stream_spec spec = { .source = "file:log",
				    .stamps = { .zone = "UTC",
						.reference = UINT64_C(1795480000) *
							     SV_USEC_PER_SEC },
				    .id = 1,
				    .emit = take,
				    .user = told };
	struct stream *stream = NULL;

	cr_assert_eq(stream_new(&spec, &stream), 0);
	return stream;
}

/* One file up to line `cut`, another one from there on; `cut` 0: one alone. */
static struct told
told_by(struct sv_str text, unsigned cut, bool handed_over)
{
	struct told told = { 0 };
	struct sv_record record = { 0 };
	struct stream *stream = part_open(&told), *next;

	for (unsigned n = 1; text.len; n++) {
		size_t end = str_find_char(text, '\n');
		record.text = str_upto(text, end == STR_NONE ? text.len : end);
		record.line = n;
		(void)stream_feed(stream, &record);
		text = str_from(text, record.text.len + 1);
		if (n != cut)
			continue;
		next = part_open(&told);
		if (handed_over)
			stream_hand_over(stream, next);
		stream_flush(stream);
		stream_free(stream);
		stream = next;
	}
	stream_flush(stream);
	stream_free(stream);
	return told;
}

static struct sv_str
recording(const char *name)
{
	static char text[TEXT_MAX_BYTES];
	const char *top = getenv("srcdir");
	struct reader_spec spec = { 0 };
	struct reader *reader = NULL;
	struct sv_record record;
	char path[400];
	size_t len = 0;

	snprintf(path, sizeof(path), "%s/tests/corpus/%s", top ? top : "..", name);
	spec.path = path;
	cr_assert_eq(reader_open(&spec, &reader), 0, "%s", path);
	while (reader_next(reader, &record) == 1 &&
	       len + record.text.len < sizeof(text)) {
		memcpy(text + len, record.text.ptr, record.text.len);
		len += record.text.len;
		text[len++] = '\n';
	}
	reader_close(reader);
	return str_make(text, len);
}

static const char *const rows[] = {
	"asterisk/pjsip_basic/full.gz",
	"asterisk/chan_sip_basic/full.gz",
	"asterisk/sip_debug_excerpt/full.gz",
	"asterisk/pjsip_basic/syslog-traditional.log.gz",
	"freeswitch/siptrace_small/freeswitch.log.gz",
	"freeswitch/calls_failed/freeswitch.log.gz",
	"kamailio/calls_failed/iso.log.gz",
	"kamailio/calls_failed/rfc3164.log.gz",
	"sipmsg/sngrep-saved.txt.gz",
	"sipmsg/ngrep-byline.txt.gz",
	"sipmsg/tshark-V.txt.gz",
};

Test(rotation, between_any_two_lines_nothing_changes)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sv_str text = recording(rows[i]);
		unsigned n_lines = (unsigned)str_count(text, SV_STR("\n")), torn = 0;
		struct told whole = told_by(text, 0, false);
		unsigned step = n_lines / CUTS + 1;

		cr_assert(whole.n > 0, "%s tells nothing", rows[i]);
		for (unsigned cut = 1; cut < n_lines; cut += step) {
			struct told told = told_by(text, cut, true);
			cr_assert(told.n == whole.n && told.digest == whole.digest,
				  "%s: %u events, %u in one piece, cut behind line %u",
				  rows[i], told.n, whole.n, cut);
			torn += told_by(text, cut, false).digest != whole.digest;
		}
		/* or the test would prove nothing */
		cr_expect(torn > 0, "%s: no cut matters", rows[i]);
	}
}

Test(rotation, what_was_handed_over_is_not_told_by_the_old_file)
{
	const char *held = "[2026-11-22 19:15:34] VERBOSE[466][C-00000001] "
			   "app_dial.c: Everyone is busy/congested at this time "
			   "(1:0/0/1)";
	struct told told = { 0 };
	struct stream *old = part_open(&told), *new = part_open(&told);
	struct sv_record record = { .text = str_of(held), .line = 1 };

	(void)stream_feed(old, &record);
	unsigned before = told.n;
	stream_hand_over(old, new);
	stream_flush(old);
	cr_expect_eq(told.n, before);
	stream_free(old);
	stream_flush(new);
	stream_free(new);
	cr_expect(told.n >= before);
}
