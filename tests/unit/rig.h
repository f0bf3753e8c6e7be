/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of dialects: a stream that keeps copies of the events it yields. */
#pragma once

#include "base/address.h"
#include "base/text.h"
#include "dialect/stream.h"
#include "sip/outcome.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define RIG_MAX 64
#define RIG_TEXT 160

struct rig_event {
	struct sv_event e; /* its text is not valid any more: see below */
	char ip[ADDRESS_TEXT_BYTES + 8];
	char peer[RIG_TEXT], user[RIG_TEXT], dst[RIG_TEXT], phrase[RIG_TEXT];
	char call_id[RIG_TEXT], host[RIG_TEXT];
};

struct rig {
	struct stream *stream;
	struct rig_event seen[RIG_MAX];
	unsigned n;
	uint64_t line;
};

static inline void
rig_text(char out[RIG_TEXT], struct sv_str text)
{
	snprintf(out, RIG_TEXT, "%.*s", (int)text.len, text.ptr ? text.ptr : "");
}

static inline void
rig_take(void *user, const struct sv_event *event)
{
	struct rig *rig = user;
	struct rig_event *to = &rig->seen[rig->n < RIG_MAX ? rig->n : RIG_MAX - 1];
	char ip[ADDRESS_TEXT_BYTES];

	rig->n++;
	to->e = *event;
	address_print(&event->peer_ip, ip);
	if (event->peer_port)
		snprintf(to->ip, sizeof(to->ip), "%s:%u", ip, event->peer_port);
	else
		snprintf(to->ip, sizeof(to->ip), "%s", ip);
	rig_text(to->peer, event->peer);
	rig_text(to->user, event->claim.user);
	rig_text(to->dst, event->claim.dst);
	rig_text(to->phrase, event->claim.phrase);
	rig_text(to->call_id, event->claim.call_id);
	rig_text(to->host, event->host);
}

static inline void
rig_open(struct rig *rig, const char *dialect)
{
	struct stream_spec spec = { .source = "file:test",
				    .dialect = dialect,
				    .stamps = { .zone = "UTC",
						.reference = UINT64_C(1795480000) *
							     SV_USEC_PER_SEC },
				    .id = 1,
				    .emit = rig_take,
				    .user = rig };

	memset(rig, 0, sizeof(*rig));
	cr_assert_eq(stream_new(&spec, &rig->stream), 0);
}

static inline enum sv_parse
rig_feed(struct rig *rig, struct sv_str text, unsigned flags)
{
	struct sv_record record = { .text = text, .line = ++rig->line, .flags = flags };

	return stream_feed(rig->stream, &record);
}

static inline enum sv_parse
rig_line(struct rig *rig, const char *text)
{
	return rig_feed(rig, str_of(text), 0);
}

/** A text of several lines, as it stands in a file. */
static inline void
rig_file(struct rig *rig, struct sv_str text)
{
	while (text.len) {
		size_t end = str_find_char(text, '\n');
		if (end == STR_NONE)
			end = text.len;
		rig_feed(rig, str_upto(text, end), 0);
		text = str_from(text, end + 1);
	}
}

static inline void
rig_close(struct rig *rig)
{
	stream_flush(rig->stream);
	stream_free(rig->stream);
	rig->stream = NULL;
}
