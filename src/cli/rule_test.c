/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rule_test.h"

#include "base/text.h"
#include "engine/plan.h"
#include "engine/probe.h"
#include "pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/** The first occurrence: 2026-01-01T00:00:00Z. */
#define BEGIN ((sv_usec)1767225600 * SV_USEC_PER_SEC)
/** Slots of a log line: the occurrence's number, and the same as the PBX writes call
 *  marks and channels. */
#define MARK_NUMBER SV_STR("{n}")
#define MARK_HEX SV_STR("{x}")
/** Time goes on a little behind what a rule's `for` needs. */
#define TAIL SV_USEC_PER_SEC

struct run {
	struct pipeline *pipeline;
	struct stream *stream;
	sv_usec base; /* time of the log's first event as it is written; 0 = none yet */
	sv_usec at;   /* where the present occurrence belongs */
	sv_usec newest; /* of the events fed */
	const char *rule;
	struct rule_test_result result;
};

/** A raw event of the stream, at its place in the case. */
static void
shift(void *user, const struct sv_event *raw)
{
	struct run *run = user;
	struct sv_event event = *raw;

	if (!run->base)
		run->base = raw->time;
	sv_usec offset = raw->time > run->base ? raw->time - run->base : 0;
	event.time = run->at + offset;
	if (event.time > run->newest)
		run->newest = event.time;
	pipeline_raw(run->pipeline, &event);
}

static void
settled(void *user, const struct sv_event *event)
{
	struct run *run = user;

	(void)event;
	run->result.events++;
}

static void
transition(void *user, const struct sv_alert *alert)
{
	struct run *run = user;

	if (!str_eq(alert->rule, str_of(run->rule)) ||
	    (alert->severity != SV_SEVERITY_WARNING &&
	     alert->severity != SV_SEVERITY_CRITICAL))
		return;
	if (alert->severity <= run->result.worst)
		return;
	run->result.worst = alert->severity;
	run->result.worst_after = alert->time > BEGIN ? alert->time - BEGIN : 0;
}

/** How near the rule comes, for what is said of a test that fails. */
static bool
numbers(void *user, const struct engine_seen *seen)
{
	struct run *run = user;
	struct nearness near;
	struct buffer words;

	probe_near_plan(seen->plan, seen->reading, &near);
	if (run->result.near[0] && near.share <= run->result.share)
		return true;
	run->result.share = near.share;
	buffer_init(&words);
	probe_near_words(&words, &near, seen->plan->window);
	(void)snprintf(run->result.near, sizeof(run->result.near), "%.*s",
		       (int)words.len, words.len ? words.ptr : "");
	buffer_done(&words);
	return true;
}

/** A log line of the n-th occurrence. */
static void
line_fill(struct buffer *line, const char *text, uint64_t n)
{
	struct sv_str rest = str_of(text);

	buffer_clear(line);
	for (size_t at; (at = str_find_char(rest, '{')) != STR_NONE;) {
		struct sv_str slot = str_upto(str_from(rest, at), MARK_NUMBER.len);
		bool number = str_eq(slot, MARK_NUMBER), hex = str_eq(slot, MARK_HEX);
		buffer_add(line, str_upto(rest, at));
		if (number)
			buffer_addf(line, "%llu", (unsigned long long)n);
		else if (hex)
			buffer_addf(line, "%08llx", (unsigned long long)n);
		else
			buffer_add_char(line, '{');
		rest = str_from(rest, at + (number || hex ? slot.len : 1));
	}
	buffer_add(line, rest);
}

/** One occurrence of the whole log. */
static int
feed_log(struct run *run, const struct test_spec *test, uint64_t n, struct buffer *line)
{
	int r = 0;

	for (size_t j = 0; j < test->n_log && r == 0; j++) {
		line_fill(line, test->log[j], n);
		const struct sv_record record = { .text = buffer_str(line),
						  .line = j + 1 };
		r = buffer_failed(line) ? -ENOMEM : 0;
		if (r == 0)
			stream_feed(run->stream, &record);
	}
	stream_flush(run->stream);
	return r;
}

static int
feed(struct run *run, const struct test_spec *test, const struct test_case *one)
{
	struct buffer line;
	uint64_t n = 0;
	int r = 0;

	buffer_init(&line);
	run->at = BEGIN;
	for (size_t k = 0; k < one->n_phases; k++)
		for (uint64_t i = 0; i < one->phase[k].repeat && r == 0; i++) {
			r = feed_log(run, test, ++n, &line);
			run->at += one->phase[k].every;
		}
	buffer_done(&line);
	return r;
}

static bool
as_expected(const struct test_case *one, const struct rule_test_result *result)
{
	static const enum sv_severity severities[] = {
		[TEST_OK] = SV_SEVERITY_OK,
		[TEST_WARNING] = SV_SEVERITY_WARNING,
		[TEST_CRITICAL] = SV_SEVERITY_CRITICAL,
	};

	if (result->worst != severities[one->expect])
		return false;
	return !one->timed || result->worst_after == one->at;
}

static size_t
rule_find(const struct conf *conf, const char *name)
{
	size_t i = 0;

	while (i < conf->n_rules && strcmp(conf->rules[i].name, name) != 0)
		i++;
	return i;
}

/** The rule and those that it asks for; to be freed. */
static struct rule_spec *
rules_needed(const struct conf *conf, size_t which, size_t *ret_n)
{
	bool *needed = calloc(conf->n_rules, sizeof(*needed));
	struct rule_spec *rules = calloc(conf->n_rules, sizeof(*rules));
	int r = needed && rules ? rule_needs(conf->rules, conf->n_rules, which, needed)
				: -ENOMEM;

	*ret_n = 0;
	for (size_t i = 0; r == 0 && i < conf->n_rules; i++)
		if (needed[i])
			rules[(*ret_n)++] = conf->rules[i];
	free(needed);
	return rules;
}

/** How long all of them together may take to have said all. */
static sv_usec
patience(const struct rule_spec *rules, size_t n)
{
	sv_usec sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += rule_patience(&rules[i]);
	return sum;
}

int
rule_test_run(const struct conf *conf, const struct registry *registry,
	      const struct test_spec *test, const struct test_case *one,
	      struct rule_test_result *ret_result)
{
	struct run run = { .result.worst = SV_SEVERITY_OK, .rule = test->rule };
	size_t which = rule_find(conf, test->rule), index, n_rules;
	struct expr_error error;

	if (which == conf->n_rules)
		return -ENOENT;
	struct rule_spec *rules = rules_needed(conf, which, &n_rules);
	const struct engine_spec engine = { .rules = rules,
					    .n_rules = n_rules,
					    .lists = conf->lists,
					    .n_lists = conf->n_lists,
					    .grace = conf->grace,
					    .max_keys = conf->max_keys,
					    .max_bytes = conf->max_bytes,
					    .max_baselines = conf->max_baselines };
	const struct pipeline_spec spec = { .engine = &engine,
					    .peers = conf->peers,
					    .n_peers = conf->n_peers,
					    .event = settled,
					    .alert = transition,
					    .user = &run };
	const struct stream_spec stream = { .source = "test",
					    .registry = registry,
					    .stamps = { .zone = "UTC" },
					    .emit = shift,
					    .user = &run };
	int r = n_rules ? pipeline_new(&spec, &run.pipeline, &index, &error) : -ENOMEM;
	if (r == 0)
		r = stream_new(&stream, &run.stream);
	if (r == 0) {
		probe_set(pipeline_engine(run.pipeline), numbers, &run);
		r = feed(&run, test, one);
	}
	if (r == 0) {
		/* What must hold for a while ripens after the last occurrence. */
		pipeline_flush(run.pipeline,
			       run.newest + patience(rules, n_rules) + TAIL);
		struct engine_stats stats;
		engine_stats_get(pipeline_engine(run.pipeline), &stats);
		run.result.counted = stats.matched;
		run.result.passed = as_expected(one, &run.result);
		*ret_result = run.result;
	}
	stream_free(run.stream);
	pipeline_free(run.pipeline);
	free(rules);
	return r;
}
