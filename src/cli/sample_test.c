/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sample_test.h"

#include "alert/render.h"
#include "base/i18n.h"
#include "base/text.h"
#include "dialect/stream.h"
#include "sip/codes.h"

#include <errno.h>
#include <jansson.h>

/** Stamps without a year are of this one: 2026-01-01T00:00:00Z. */
#define REFERENCE ((sv_usec)1767225600 * SV_USEC_PER_SEC)

struct run {
	struct sample_result *result;
	const char *pbx; /* that read the last event */
	const struct registry *registry;
};

static void
take(void *user, const struct sv_event *raw)
{
	struct run *run = user;
	struct sv_event event = *raw;
	const struct sv_dialect *dialect = registry_find(run->registry, raw->pbx);

	run->pbx = dialect ? dialect->name : NULL;
	if (!run->result)
		return;
	if (!event.category.len)
		event.category = codes_cause(&event);
	run->result->template_id = event.hint.template_id;
	if (run->result->n_events++ >= SAMPLE_MAX_EVENTS)
		return;
	render_event_json(&run->result->events, &event);
	buffer_add_char(&run->result->events, '\n');
}

static int
feed(const struct pattern_sample *sample, const char *dialect, struct run *run)
{
	const struct stream_spec spec = { .source = "sample",
					  .dialect = dialect,
					  .registry = run->registry,
					  .stamps = { .zone = "UTC",
						      .reference = REFERENCE },
					  .emit = take,
					  .user = run };
	struct stream *stream;
	int r = stream_new(&spec, &stream);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sample->n_lines; i++) {
		const struct sv_record record = { .text = str_of(sample->lines[i]),
						  .line = i + 1 };
		enum sv_parse parse = stream_feed(stream, &record);
		if (!run->result)
			continue;
		run->result->n_ignored += parse == SV_PARSE_SKIP;
		run->result->n_unknown +=
			parse == SV_PARSE_FOREIGN || parse == SV_PARSE_MALFORMED;
	}
	stream_flush(stream);
	stream_free(stream);
	return 0;
}

/** All that `wanted` says holds of `is`. null: there is no such key. */
static bool
holds(const json_t *wanted, const json_t *is)
{
	const char *key;
	json_t *value;

	if (!json_is_object(wanted) || !json_is_object(is))
		return json_equal(wanted, is);
	/* the library's loop takes no const */
	for (void *at = json_object_iter((json_t *)(uintptr_t)wanted); at;
	     at = json_object_iter_next((json_t *)(uintptr_t)wanted, at)) {
		key = json_object_iter_key(at);
		value = json_object_iter_value(at);
		const json_t *have = json_object_get(is, key);
		if (json_is_null(value) ? have != NULL : !have || !holds(value, have))
			return false;
	}
	return true;
}

static const char *
compare_one(const char *wanted_text, struct sv_str line)
{
	json_t *wanted = json_loads(wanted_text, 0, NULL);
	json_t *is = json_loadb(line.ptr, line.len, 0, NULL);
	const char *why = NULL;

	if (!json_is_object(wanted))
		why = _("what it expects is no JSON");
	else if (!is || !holds(wanted, is))
		why = _("the event is another one");
	json_decref(wanted);
	json_decref(is);
	return why;
}

/** Why the sample fails, or NULL. */
static const char *
compare(const struct pattern_sample *sample, const struct sample_result *result)
{
	struct sv_str rest = buffer_str(&result->events);

	if (strcmp(sample->expect[0], "unknown") == 0)
		return result->n_events || result->n_ignored
			       ? _("it must not be recognised")
			       : NULL;
	if (strcmp(sample->expect[0], "ignored") == 0)
		return result->n_events    ? _("it must give no event")
		       : result->n_unknown ? _("no template with ignore = true matches")
					   : NULL;
	if (result->n_events == 0)
		return result->n_ignored ? _("it is ignored")
					 : _("no template matches");
	if (result->n_events != sample->n_expect)
		return _("there is another number of events");
	for (size_t i = 0; i < sample->n_expect; i++) {
		size_t end = str_find_char(rest, '\n');
		const char *why = compare_one(sample->expect[i], str_upto(rest, end));
		if (why)
			return why;
		rest = str_from(rest, end + 1);
	}
	return NULL;
}

void
sample_result_done(struct sample_result *result)
{
	buffer_done(&result->events);
}

int
sample_test_run(const struct pattern_sample *sample, const struct registry *registry,
		struct sample_result *ret_result)
{
	const struct sv_dialect *dialect =
		registry_find(registry, str_of(sample->dialect));
	struct run run = { .result = ret_result, .registry = registry };
	struct run free_run = { .registry = registry };

	*ret_result = (struct sample_result){ 0 };
	buffer_init(&ret_result->events);
	int r = feed(sample, sample->dialect, &run);
	if (r < 0 || !dialect)
		return -ENOMEM;
	ret_result->why = compare(sample, ret_result);
	const char *template = registry_template(dialect, ret_result->template_id);
	if (!ret_result->why && sample->template && ret_result->n_events &&
	    strcmp(template, sample->template) != 0)
		ret_result->why = _("another template matches");
	ret_result->passed = !ret_result->why;
	if (buffer_failed(&ret_result->events))
		return -ENOMEM;
	/* Where nobody names the dialect, who reads it? */
	if (!ret_result->passed || !ret_result->n_events)
		return 0;
	r = feed(sample, NULL, &free_run);
	if (free_run.pbx && strcmp(free_run.pbx, sample->dialect) != 0)
		ret_result->found = free_run.pbx;
	return r;
}
