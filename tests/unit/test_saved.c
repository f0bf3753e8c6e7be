/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams, ledger and engine, killed between any two lines: what they make of the
 * recordings in tests/corpus is the same, byte for byte, as without. And rules that are
 * others after the restart.
 */
#include "base/address.h"
#include "base/text.h"
#include "dialect/stream.h"
#include "pipeline.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#define IMAGE_BYTES ((size_t)4 << 20)
#define TOLD_BYTES ((size_t)1 << 20)

static const struct rule_spec rules[] = {
	{ .name = "any",
	  .by = { "peer_ip" },
	  .n_by = 1,
	  .window = 60 * SV_USEC_PER_SEC,
	  .clear_for = 5 * SV_USEC_PER_SEC,
	  .warning = "count >= 2",
	  .critical = "count >= 5" },
	{ .name = "users",
	  .by = { "host" },
	  .n_by = 1,
	  .window = 30 * SV_USEC_PER_SEC,
	  .warning = "distinct(user) >= 2" },
};

/* All that was told, as text. */
struct told {
	char *text;
	size_t len, events, alerts;
};

static void
tell_event(void *user, const struct sv_event *e)
{
	struct told *told = user;
	char ip[ADDRESS_TEXT_BYTES];

	address_print(&e->peer_ip, ip);
	told->len += (size_t)snprintf(
		told->text + told->len, TOLD_BYTES - told->len,
		"%llu %d %s:%u %.*s %u records %.*s\n", (unsigned long long)e->time,
		(int)e->outcome, ip, e->peer_port, (int)e->claim.user.len,
		e->claim.user.len ? e->claim.user.ptr : "", e->n_records,
		(int)e->records[0].text.len,
		e->records[0].text.len ? e->records[0].text.ptr : "");
	cr_assert_lt(told->len, TOLD_BYTES);
	told->events++;
}

static void
tell_alert(void *user, const struct sv_alert *a)
{
	struct told *told = user;

	told->len += (size_t)snprintf(told->text + told->len, TOLD_BYTES - told->len,
				      "%s %d %d %llu %.*s\n", a->id, (int)a->state,
				      (int)a->severity, (unsigned long long)a->time,
				      (int)a->reason.len, a->reason.ptr);
	cr_assert_lt(told->len, TOLD_BYTES);
	told->alerts++;
}

static struct pipeline *
pipeline_make(const struct rule_spec *with, size_t n, struct told *told)
{
	struct engine_spec engine = {
		.rules = with, .n_rules = n, .max_keys = 1000, .recent_bytes = 1 << 16
	};
	struct pipeline_spec spec = { .engine = &engine,
				      .event = tell_event,
				      .alert = tell_alert,
				      .user = told };
	struct expr_error error;
	struct pipeline *pipeline;
	size_t wrong;

	cr_assert_eq(pipeline_new(&spec, &pipeline, &wrong, &error), 0);
	return pipeline;
}

static struct stream *
stream_make(struct pipeline *pipeline)
{
	struct stream_spec spec = { .source = "file:full",
				    .stamps = { .zone = "UTC",
						.reference = UINT64_C(1795480000) *
							     SV_USEC_PER_SEC },
				    .id = 1 };
	struct stream *stream;

	cr_assert_eq(pipeline_stream(pipeline, &spec, &stream), 0);
	return stream;
}

/* Both through bytes into new ones. */
static void
restart(struct pipeline **pipeline, struct stream **stream, char *image,
	struct told *told)
{
	struct pipeline *p = pipeline_make(rules, 2, told);
	struct stream *s = stream_make(p);
	struct pack out = { .buf = image, .cap = IMAGE_BYTES };
	struct engine_loaded loaded;
	struct unpack in;

	pipeline_save(*pipeline, &out);
	cr_assert_eq(pack_finish(&out), 0);
	in = unpack_of(str_make(image, out.len));
	cr_assert_eq(pipeline_load(p, &in, NULL, NULL, &loaded), 0);
	cr_assert_eq(loaded.rules, 2);
	cr_assert_eq(loaded.lost + loaded.dropped, 0);
	out = (struct pack){ .buf = image, .cap = IMAGE_BYTES };
	stream_save(*stream, &out);
	cr_assert_eq(pack_finish(&out), 0);
	in = unpack_of(str_make(image, out.len));
	cr_assert_eq(stream_load(s, &in), 0);
	cr_assert_eq(in.len, 0);
	stream_free(*stream);
	pipeline_free(*pipeline);
	*stream = s;
	*pipeline = p;
}

/* `every` lines it is killed; 0 = never. */
static void
play(struct sv_str text, unsigned every, char *image, struct told *told)
{
	struct pipeline *pipeline = pipeline_make(rules, 2, told);
	struct stream *stream = stream_make(pipeline);
	struct sv_record record = { 0 };

	while (text.len) {
		size_t end = str_find_char(text, '\n');
		if (end == STR_NONE)
			end = text.len;
		record.text = str_upto(text, end);
		record.line++;
		if (every && record.line % every == 0)
			restart(&pipeline, &stream, image, told);
		(void)stream_feed(stream, &record);
		text = str_from(text, end < text.len ? end + 1 : end);
	}
	stream_flush(stream);
	pipeline_flush(pipeline, 0);
	stream_free(stream);
	pipeline_free(pipeline);
}

static struct sv_str
file_text(const char *path)
{
	char *text = malloc(TOLD_BYTES), command[600];
	FILE *file;
	size_t len;

	snprintf(command, sizeof(command), "gzip -dc '%s'", path);
	file = popen(command, "r");
	cr_assert(file && text, "%s", path);
	/* the beginning: each line costs a whole pipeline */
	len = fread(text, 1, 20000, file);
	(void)pclose(file);
	return str_make(text, len);
}

static glob_t
recordings(void)
{
	const char *top = getenv("srcdir");
	char pattern[400];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/tests/corpus/asterisk/*/full.gz",
		 top ? top : "..");
	cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s", pattern);
	return found;
}

Test(saved, killed_between_any_two_lines_nothing_changes)
{
	char *image = malloc(IMAGE_BYTES);
	glob_t found = recordings();
	size_t events = 0, alerts = 0;

	cr_assert(image);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct sv_str text = file_text(found.gl_pathv[i]);
		struct told plain = { .text = malloc(TOLD_BYTES) };
		struct told killed = { .text = malloc(TOLD_BYTES) };
		char *bytes = (char *)(uintptr_t)text.ptr;
		cr_assert(plain.text && killed.text);
		play(text, 0, image, &plain);
		play(text, 1, image, &killed);
		cr_assert_eq(plain.len, killed.len, "%s: %zu and %zu events",
			     found.gl_pathv[i], plain.events, killed.events);
		cr_assert_eq(memcmp(plain.text, killed.text, plain.len), 0, "%s",
			     found.gl_pathv[i]);
		events += plain.events;
		alerts += plain.alerts;
		free(plain.text);
		free(killed.text);
		free(bytes);
	}
	globfree(&found);
	free(image);
	/* the recordings must have been worth it */
	cr_expect_gt(events, 50, "%zu events", events);
	cr_expect_gt(alerts, 10, "%zu alerts", alerts);
}

/* Other rules after the restart. */

static void
refuse(struct pipeline *pipeline, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		char line[64];
		struct sv_event e = {
			.time = (UINT64_C(1795480000) + i) * SV_USEC_PER_SEC,
			.host = SV_STR("pbx1.voice.example.net"),
			.outcome = SV_REJECTED,
			.leg = SV_LEG_IN,
			.count = 1,
			.peer_ip = { 4, { 192, 0, 2, 1 } },
			.claim = { .user = SV_STR("1001") },
			.n_records = 1,
		};
		e.records[0].source = SV_STR("syslog:boxes/2001:db8::7:1");
		snprintf(line, sizeof(line), "line %u", i);
		e.records[0].text = str_of(line);
		e.hint.text_hash = i;
		pipeline_raw(pipeline, &e);
	}
}

struct orphans {
	unsigned n;
	char rule[4][32];
};

static void
orphan(void *user, const struct sv_alert *open)
{
	struct orphans *o = user;

	snprintf(o->rule[o->n++ % 4], 32, "%.*s", (int)open->rule.len, open->rule.ptr);
}

/* The pipeline's bytes into one with other rules. */
static struct pipeline *
change_rules(struct pipeline *pipeline, const struct rule_spec *with, size_t n,
	     struct told *told, struct orphans *orphans)
{
	char *image = malloc(IMAGE_BYTES);
	struct pack out = { .buf = image, .cap = IMAGE_BYTES };
	struct pipeline *fresh = pipeline_make(with, n, told);
	struct engine_loaded loaded;
	struct unpack in;

	cr_assert(image);
	pipeline_save(pipeline, &out);
	cr_assert_eq(pack_finish(&out), 0);
	in = unpack_of(str_make(image, out.len));
	cr_assert_eq(pipeline_load(fresh, &in, orphan, orphans, &loaded), 0);
	cr_assert_eq(loaded.rules + loaded.dropped, 2);
	free(image);
	pipeline_free(pipeline);
	return fresh;
}

Test(saved, a_rule_that_did_not_change_counts_on_exactly)
{
	/* in another order, beside a changed one and a new one, with another text */
	struct rule_spec with[3] = { rules[1], { .name = "new" }, rules[0] };
	struct told told = { .text = malloc(TOLD_BYTES) };
	struct orphans orphans = { 0 };
	struct pipeline *pipeline;

	cr_assert(told.text);
	with[0].warning = "distinct(user) >= 3";
	with[1].by[0] = "peer_ip";
	with[1].n_by = 1;
	with[1].window = 60 * SV_USEC_PER_SEC;
	with[1].warning = "count >= 100";
	with[2].likely = "something else is said of it";
	pipeline = pipeline_make(rules, 2, &told);
	refuse(pipeline, 0, 4); /* a warning; one more and it is critical */
	cr_assert_eq(told.alerts, 1);
	pipeline = change_rules(pipeline, with, 3, &told, &orphans);
	cr_expect_eq(orphans.n, 0, "no alert of the changed rule was open");
	cr_expect_eq(told.alerts, 1, "nothing is told anew");
	refuse(pipeline, 4, 5);
	cr_expect_eq(told.alerts, 2, "the fifth counts after four");
	cr_expect(strstr(told.text, "5 "), "%s", told.text);
	pipeline_free(pipeline);
	free(told.text);
}

/* Names of sources are longer than addresses. */
Test(saved, a_key_of_several_long_texts_counts_on)
{
	struct rule_spec with[2] = { rules[0], rules[1] };
	struct told told = { .text = malloc(TOLD_BYTES) };
	struct orphans orphans = { 0 };
	struct pipeline *pipeline;

	cr_assert(told.text);
	with[0].by[0] = "host";
	with[0].by[1] = "source";
	with[0].n_by = 2;
	pipeline = pipeline_make(with, 2, &told);
	refuse(pipeline, 0, 4);
	cr_assert_eq(told.alerts, 1);
	pipeline = change_rules(pipeline, with, 2, &told, &orphans);
	refuse(pipeline, 4, 5);
	cr_expect_eq(told.alerts, 2, "the fifth counts after four");
	pipeline_free(pipeline);
	free(told.text);
}

Test(saved, a_rule_that_changed_begins_anew_and_its_alert_is_told_to_be_over)
{
	struct rule_spec with[2] = { rules[0], rules[1] };
	struct told told = { .text = malloc(TOLD_BYTES) };
	struct orphans orphans = { 0 };
	struct pipeline *pipeline = pipeline_make(rules, 2, &told);

	cr_assert(told.text);
	refuse(pipeline, 0, 4);
	with[0].critical = "count >= 6";
	pipeline = change_rules(pipeline, with, 2, &told, &orphans);
	cr_expect_eq(orphans.n, 1);
	cr_expect_str_eq(orphans.rule[0], "any");
	refuse(pipeline, 4, 5);
	cr_expect_eq(told.alerts, 1, "one is not two: %s", told.text);
	refuse(pipeline, 5, 6);
	cr_expect_eq(told.alerts, 2);
	/* gone altogether */
	pipeline = change_rules(pipeline, rules + 1, 1, &told, &orphans);
	cr_expect_eq(orphans.n, 2);
	cr_expect_str_eq(orphans.rule[1], "any");
	pipeline_free(pipeline);
	free(told.text);
}

/* A table that is full gives up keys, counts them, and goes on; loading into a smaller
 * one does the same. */
Test(saved, what_has_no_room_is_counted)
{
	static const struct rule_spec one = { .name = "any",
					      .by = { "peer_ip" },
					      .n_by = 1,
					      .window = 60 * SV_USEC_PER_SEC,
					      .warning = "count >= 2" };
	struct told told = { .text = malloc(TOLD_BYTES) };
	struct engine_spec spec = { .rules = &one,
				    .n_rules = 1,
				    .max_keys = 1000,
				    .sink = tell_alert,
				    .user = &told };
	char *image = malloc(IMAGE_BYTES);
	struct pack out = { .buf = image, .cap = IMAGE_BYTES };
	struct engine *engine, *small;
	struct engine_loaded loaded;
	struct engine_stats stats;
	struct expr_error error;
	struct unpack in;
	size_t wrong;

	cr_assert(told.text && image);
	cr_assert_eq(engine_new(&spec, &engine, &wrong, &error), 0);
	for (unsigned i = 0; i < 5000; i++) {
		struct sv_event e = { .time = UINT64_C(1795480000) * SV_USEC_PER_SEC +
					      i,
				      .outcome = SV_REJECTED,
				      .count = 1,
				      .peer_ip = { 4,
						   { 10, 0, (unsigned char)(i >> 8),
						     (unsigned char)i } } };
		engine_feed(engine, &e);
	}
	engine_stats_get(engine, &stats);
	cr_expect_leq(stats.keys, 1000);
	cr_expect_geq(stats.evicted, 4000);
	engine_save(engine, &out);
	cr_assert_eq(pack_finish(&out), 0);
	spec.max_keys = 100;
	cr_assert_eq(engine_new(&spec, &small, &wrong, &error), 0);
	in = unpack_of(str_make(image, out.len));
	cr_assert_eq(engine_load(small, &in, NULL, NULL, &loaded), 0);
	cr_expect_eq(loaded.lost, stats.keys - 100, "%zu lost of %zu", loaded.lost,
		     stats.keys);
	engine_stats_get(small, &stats);
	cr_expect_leq(stats.keys, 100);
	engine_free(small);
	engine_free(engine);
	free(image);
	free(told.text);
}
