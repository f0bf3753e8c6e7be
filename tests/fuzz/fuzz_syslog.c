/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that sends anything, in pieces of any size: reading never stands still,
 * nothing is seen twice or longer than the cap, every message and its header lie inside
 * of what came, and the dialects stand what is in them. */
#include "fuzz.h"

#include "base/header.h"
#include "base/text.h"
#include "dialect/stream.h"
#include "input/syslog_frame.h"

#include <assert.h>
#include <stdlib.h>

#define CAP ((size_t)512)

struct connection {
	char bytes[CAP + SYSLOG_FRAME_HEAD];
	size_t len;
	struct syslog_frame frame;
	struct stream *stream;

	bool broken;
};

static bool
is_inside(struct sv_str part, struct sv_str whole)
{
	return part.len == 0 ||
	       (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void
check_message(struct connection *c, struct sv_str text, bool truncated)
{
	struct sv_record record = { .text = text,
				    .host = SV_STR("192.0.2.7"),
				    .time = (sv_usec)1795377600 * SV_USEC_PER_SEC,
				    .time_source = SV_TIME_RECEIVED,
				    .flags = SV_RECORD_WHOLE | SV_RECORD_SYSLOG };
	struct header header;

	header_split_message(NULL, text, &header);
	assert(is_inside(header.text, text) && is_inside(header.host, text) &&
	       is_inside(header.ident, text));
	assert(header.repeated >= 1 && header.priority >= -1 && header.priority <= 191);
	if (truncated)
		record.flags |= SV_RECORD_TRUNCATED;
	(void)stream_feed(c->stream, &record);
}

static void
check(struct connection *c, enum syslog_frame_result result,
      const struct syslog_framed *framed)
{
	struct sv_str buffer = str_make(c->bytes, c->len);

	assert(framed->used <= c->len);
	if (result != SYSLOG_FRAME_TEXT && result != SYSLOG_FRAME_HEADLESS)
		return;
	assert(framed->text.len <= CAP && is_inside(framed->text, buffer));
	assert(framed->used > 0 && framed->text.len <= framed->used);
	if (result == SYSLOG_FRAME_TEXT)
		check_message(c, framed->text, framed->truncated);
}

static void
take(struct connection *c)
{
	enum syslog_frame_result result;
	struct syslog_framed framed;

	do {
		result = syslog_frame_take(&c->frame, str_make(c->bytes, c->len), CAP,
					   &framed);
		check(c, result, &framed);
		c->broken = result == SYSLOG_FRAME_BROKEN;
		c->len -= framed.used;
		memmove(c->bytes, c->bytes + framed.used, c->len);
	} while (result != SYSLOG_FRAME_MORE && !c->broken);
}

static void
emit(void *user, const struct sv_event *raw)
{
	(void)user;
	assert(raw->n_records >= 1);
}

static void
run(struct sv_str input, size_t step)
{
	struct stream_spec spec = { .source = "syslog:x/192.0.2.7",
				    .stamps = { .zone = "UTC" },
				    .emit = emit };
	struct connection *c = calloc(1, sizeof(*c));
	struct syslog_framed framed;

	if (!c || stream_new(&spec, &c->stream) < 0)
		abort();
	while (input.len && !c->broken) {
		size_t room = sizeof(c->bytes) - c->len;
		struct sv_str some = str_upto(input, step < room ? step : room);
		assert(some.len);
		memcpy(c->bytes + c->len, some.ptr, some.len);
		c->len += some.len;
		input = str_from(input, some.len);
		take(c);
	}
	enum syslog_frame_result last =
		syslog_frame_end(&c->frame, str_make(c->bytes, c->len), CAP, &framed);
	if (last == SYSLOG_FRAME_TEXT)
		check(c, last, &framed);
	stream_flush(c->stream);
	stream_free(c->stream);
	free(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_str input = str_make((const char *)data, size);

	if (!size)
		return 0;
	run(str_from(input, 1), 1 + (size_t)data[0]);
	run(str_from(input, 1), SIZE_MAX);
	return 0;
}
