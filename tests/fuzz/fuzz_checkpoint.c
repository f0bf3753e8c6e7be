/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a checkpoint holds, read by each of its loaders. A checksum guards the file; the
 * loaders must be safe without it. The input:
 *
 *   loader (one byte) │ how (one byte) │ …
 *   how even: the image itself
 *   how odd:  a good image of this build, changed: patches of offset (16 bits), value
 *             (8 bits); when fewer than three bytes are left, the image is cut there
 *
 * What was taken is used and saved: the same image must come back, and load again.
 */
#include "fuzz.h"

#include "base/text.h"
#include "dialect/stream.h"
#include "engine/ledger.h"
#include "engine/saved.h"
#include "input/tail_saved.h"
#include "intake_saved.h"
#include "pipeline.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define START (UINT64_C(1795480000) * SV_USEC_PER_SEC)
#define IMAGE_BYTES ((size_t)1 << 20)

static const struct rule_spec rules[] = {
	{ .name = "count",
	  .by = { "peer_ip" },
	  .n_by = 1,
	  .window = 60 * SV_USEC_PER_SEC,
	  .warning = "count >= 3",
	  .critical = "count >= 9" },
	{ .name = "spread",
	  .by = { "peer_ip", "host" },
	  .n_by = 2,
	  .window = 30 * SV_USEC_PER_SEC,
	  .warning = "distinct(user) >= 3" },
	{ .name = "share",
	  .by = { "host" },
	  .n_by = 1,
	  .window = 90 * SV_USEC_PER_SEC,
	  .warning = "ratio(outcome = busy) >= 20% min 4" },
};

/* An image while it is made or changed. */
struct image {
	char *bytes;
	size_t len;
};

static void
no_alert(void *user, const struct sv_alert *alert)
{
	(void)user;
	assert(alert->n_key <= SV_ALERT_MAX_KEY_PARTS);
	assert(alert->n_evidence <= SV_ALERT_MAX_EVIDENCE);
	/* every text can be read */
	for (size_t i = 0; i < alert->n_evidence; i++)
		(void)str_hash(alert->evidence[i].text, 0);
	for (size_t i = 0; i < alert->n_key; i++)
		(void)str_hash(alert->key[i].value, 0);
	(void)str_hash(alert->reason, 0);
}

static void
no_event(void *user, const struct sv_event *event)
{
	(void)user;
	(void)str_hash(event->claim.user, 0);
	for (size_t i = 0; i < event->n_records; i++)
		(void)str_hash(event->records[i].text, 0);
}

static struct sv_event
event_of(unsigned i)
{
	static const char users[] = "abcdefgh";

	return (struct sv_event){
		.time = START + i * SV_USEC_PER_SEC / 2,
		.host = SV_STR("pbx1"),
		.outcome = i % 5 == 0   ? SV_CHALLENGED
			   : i % 3 == 0 ? SV_BUSY
					: SV_REJECTED,
		.leg = SV_LEG_IN,
		.count = 1,
		.peer_ip = { 4, { 192, 0, 2, (unsigned char)(i % 4) } },
		.claim = { .user = { users + i % 8, 1 }, .call_id = SV_STR("call") },
		.records = { { .text = SV_STR("a line of the log") } },
		.n_records = 1,
	};
}

static struct image
image_new(void)
{
	struct image image = { .bytes = malloc(IMAGE_BYTES) };

	assert(image.bytes);
	return image;
}

static void
image_end(struct image *image, struct pack *out)
{
	assert(pack_finish(out) == 0);
	image->len = out->len;
}

/* The pipeline: engine and ledger. */

static struct pipeline *
pipeline_make(void)
{
	struct engine_spec engine = { .rules = rules,
				      .n_rules = 3,
				      .max_keys = 64,
				      .max_bytes = 1 << 20,
				      .recent_bytes = 1 << 14 };
	struct pipeline_spec spec = { .engine = &engine,
				      .event = no_event,
				      .alert = no_alert };
	struct expr_error error;
	struct pipeline *pipeline;
	size_t wrong;

	assert(pipeline_new(&spec, &pipeline, &wrong, &error) == 0);
	return pipeline;
}

static void
pipeline_use(struct pipeline *pipeline, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		struct sv_event event = event_of(i);
		pipeline_raw(pipeline, &event);
	}
	pipeline_advance(pipeline, START + to * SV_USEC_PER_SEC / 2);
}

static void
pipeline_image(struct image *image)
{
	struct pipeline *pipeline = pipeline_make();
	struct pack out = { .buf = image->bytes, .cap = IMAGE_BYTES };

	pipeline_use(pipeline, 0, 60);
	pipeline_save(pipeline, &out);
	image_end(image, &out);
	pipeline_free(pipeline);
}

static void
pipeline_try(struct sv_str bytes)
{
	struct pipeline *pipeline = pipeline_make(), *again = pipeline_make();
	struct engine_loaded loaded;
	struct image image = image_new();
	struct pack out = { .buf = image.bytes, .cap = IMAGE_BYTES };
	struct unpack in = unpack_of(bytes);

	if (pipeline_load(pipeline, &in, no_alert, NULL, &loaded) == 0) {
		pipeline_save(pipeline, &out);
		image_end(&image, &out);
		in = unpack_of(str_make(image.bytes, image.len));
		assert(pipeline_load(again, &in, no_alert, NULL, &loaded) == 0);
		engine_alerts(pipeline_engine(pipeline), no_alert, NULL);
		pipeline_use(pipeline, 60, 80);
		pipeline_flush(pipeline, START + 3600 * SV_USEC_PER_SEC);
	}
	free(image.bytes);
	pipeline_free(pipeline);
	pipeline_free(again);
}

/* The engine alone, and with rules that are others now. */

static struct engine *
engine_make(size_t n_rules)
{
	struct engine_spec spec = { .rules = rules,
				    .n_rules = n_rules,
				    .max_keys = 64,
				    .max_bytes = 1 << 20,
				    .recent_bytes = 1 << 14,
				    .sink = no_alert };
	struct expr_error error;
	struct engine *engine;
	size_t wrong;

	assert(engine_new(&spec, &engine, &wrong, &error) == 0);
	return engine;
}

static void
engine_image(struct image *image)
{
	struct engine *engine = engine_make(3);
	struct pack out = { .buf = image->bytes, .cap = IMAGE_BYTES };

	for (unsigned i = 0; i < 60; i++) {
		struct sv_event event = event_of(i);
		engine_feed(engine, &event);
	}
	engine_save(engine, &out);
	image_end(image, &out);
	engine_free(engine);
}

static void
engine_try(struct sv_str bytes)
{
	for (size_t n = 1; n <= 3; n += 2) {
		struct engine *engine = engine_make(n);
		struct engine_loaded loaded;
		struct unpack in = unpack_of(bytes);
		struct sv_event event = event_of(70);

		if (engine_load(engine, &in, no_alert, NULL, &loaded) == 0) {
			engine_alerts(engine, no_alert, NULL);
			engine_feed(engine, &event);
			engine_advance(engine, START + 3600 * SV_USEC_PER_SEC);
		}
		engine_free(engine);
	}
}

/* The ledger. */

static struct ledger *
ledger_make(void)
{
	struct ledger_spec spec = { .settled = no_event, .max_entries = 256 };
	struct ledger *ledger;

	assert(ledger_new(&spec, &ledger) == 0);
	return ledger;
}

static void
ledger_image(struct image *image)
{
	struct ledger *ledger = ledger_make();
	struct pack out = { .buf = image->bytes, .cap = IMAGE_BYTES };

	for (unsigned i = 0; i < 40; i++) {
		struct sv_event event = event_of(i);
		ledger_feed(ledger, &event);
	}
	ledger_save(ledger, &out);
	image_end(image, &out);
	ledger_free(ledger);
}

static void
ledger_try(struct sv_str bytes)
{
	struct ledger *ledger = ledger_make();
	struct unpack in = unpack_of(bytes);

	(void)ledger_load(ledger, &in);
	for (unsigned i = 40; i < 60; i++) {
		struct sv_event event = event_of(i);
		ledger_feed(ledger, &event);
	}
	ledger_flush(ledger);
	ledger_free(ledger);
}

/* A stream. */

static struct stream *
stream_make(void)
{
	struct stream_spec spec = { .source = "file:full",
				    .stamps = { .zone = "UTC", .reference = START },
				    .emit = no_event };
	struct stream *stream;

	assert(stream_new(&spec, &stream) == 0);
	return stream;
}

static void
stream_use(struct stream *stream)
{
	static const char *const lines[] = {
		"[2026-11-27 10:00:00] NOTICE[1647] chan_sip.c: Registration from "
		"'\"1001\" <sip:1001@pbx>' failed for '192.0.2.9:5071' - Wrong "
		"password",
		"[2026-11-27 10:00:01] WARNING[466][C-00000001] chan_sip.c: a call",
		"a line that goes on",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct sv_record record = { .text = str_of(lines[i]), .line = i + 1 };
		(void)stream_feed(stream, &record);
	}
}

static void
stream_image(struct image *image)
{
	struct stream *stream = stream_make();
	struct pack out = { .buf = image->bytes, .cap = IMAGE_BYTES };

	stream_use(stream);
	stream_save(stream, &out);
	image_end(image, &out);
	stream_free(stream);
}

/* What a dialect keeps is plain memory of this build (stream_saved.c): its size is
 * checked, not what it means, so it is taken and given back, not read on. */
static void
stream_try(struct sv_str bytes)
{
	struct stream *stream = stream_make(), *again = stream_make();
	struct image image = image_new();
	struct pack out = { .buf = image.bytes, .cap = IMAGE_BYTES };
	struct unpack in = unpack_of(bytes);

	if (stream_load(stream, &in) == 0) {
		stream_save(stream, &out);
		image_end(&image, &out);
		in = unpack_of(str_make(image.bytes, image.len));
		assert(stream_load(again, &in) == 0);
	} else {
		stream_use(stream);
		stream_flush(stream);
	}
	stream_free(stream);
	stream_free(again);
	free(image.bytes);
}

/* Positions of files. */

static void
one_blob(void *user, struct pack *out)
{
	(void)user;
	pack_str(out, SV_STR("what a source remembers"));
}

static void
tail_image(struct image *image)
{
	struct pack out = { .buf = image->bytes, .cap = IMAGE_BYTES };

	pack_u32(&out, 2); /* format */
	pack_u32(&out, 5); /* opened so far */
	pack_u64(&out, START);
	pack_u32(&out, 1); /* patterns */
	pack_str(&out, SV_STR("/nonexistent/log/full*"));
	for (uint64_t i = 0; i < TAIL_LIST_TEXTS; i++)
		pack_u64(&out, i);
	pack_u32(&out, 2);
	for (int i = 0; i < 2; i++) {
		pack_str(&out, SV_STR("/nonexistent/log/full"));
		pack_str(&out, SV_STR("/nonexistent/log/full.1"));
		pack_str(&out, SV_STR("/nonexistent/log/full.1"));
		for (uint64_t n = 1; n <= 6; n++)
			pack_u64(&out, n * 1000);
		pack_u32(&out, 3);
		pack_u8(&out, 5);
		pack_str(&out, (struct sv_str){ 0 });
		pack_str(&out, SV_STR("[2026-11-27 10:00:00] NOTICE"));
		pack_str(&out, (struct sv_str){ 0 });
		pack_blob(&out, one_blob, NULL);
	}
	image_end(image, &out);
}

static void
tail_try(struct sv_str bytes)
{
	struct unpack in = unpack_of(bytes);
	struct tail_saved *saved;

	if (tail_saved_new(&in, &saved) < 0)
		return;
	(void)tail_saved_opened(saved);
	(void)tail_saved_waits(saved, "/nonexistent/log/full");
	tail_saved_free(saved);
}

/* Inputs by name. */

static void
intake_image(struct image *image)
{
	struct pack out = { .buf = image->bytes, .cap = IMAGE_BYTES };

	pack_str(&out, SV_STR("file:asterisk"));
	pack_blob(&out, one_blob, NULL);
	pack_str(&out, SV_STR("journal:pbx"));
	pack_blob(&out, one_blob, NULL);
	pack_str(&out, (struct sv_str){ 0 });
	image_end(image, &out);
}

static int
restore(struct input *input, struct unpack *in)
{
	(void)input;
	while (in->len)
		(void)unpack_u8(in);
	return 0;
}

static void
intake_try(struct sv_str bytes)
{
	static const struct input_ops ops = { .restore = restore };
	struct input input = { .ops = &ops };
	struct unpack in = unpack_of(bytes);
	struct intake_saved *saved;

	if (intake_saved_new(&in, &saved) < 0)
		return;
	(void)intake_saved_give(saved, "file:asterisk", &input);
	(void)intake_saved_give(saved, "journal:pbx", &input);
	intake_saved_free(saved);
}

static const struct loader {
	void (*image)(struct image *image);
	void (*attempt)(struct sv_str bytes);
} loaders[] = {
	{ pipeline_image, pipeline_try }, { engine_image, engine_try },
	{ ledger_image, ledger_try },     { stream_image, stream_try },
	{ tail_image, tail_try },         { intake_image, intake_try },
};
#define N_LOADERS (sizeof(loaders) / sizeof(loaders[0]))

static void
patch(struct image *image, const uint8_t *data, size_t size)
{
	for (; size >= 3; data += 3, size -= 3) {
		size_t at = data[0] | (size_t)data[1] << 8;
		if (at < image->len)
			image->bytes[at] = (char)data[2];
	}
	if (size == 2 && (data[0] | (size_t)data[1] << 8) < image->len)
		image->len = data[0] | (size_t)data[1] << 8;
}

/* Made once: it is the same each time. */
static const struct image *
image_of(size_t which)
{
	static struct image images[N_LOADERS];

	if (!images[which].bytes) {
		images[which] = image_new();
		loaders[which].image(&images[which]);
	}
	return &images[which];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct image *good;
	struct image image;
	size_t which;

	if (size < 2)
		return 0;
	which = data[0] % N_LOADERS;
	if (data[1] % 2 == 0) {
		loaders[which].attempt(str_make((const char *)data + 2, size - 2));
		return 0;
	}
	good = image_of(which);
	image = (struct image){ .bytes = malloc(good->len + 1), .len = good->len };
	assert(image.bytes);
	memcpy(image.bytes, good->bytes, good->len);
	patch(&image, data + 2, size - 2);
	/* of exactly this size, for the sanitizer */
	image.bytes = realloc(image.bytes, image.len + (image.len == 0));
	assert(image.bytes);
	loaders[which].attempt(str_make(image.bytes, image.len));
	free(image.bytes);
	return 0;
}
