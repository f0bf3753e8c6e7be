/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/alert_detail.h"

#include "base/address.h"
#include "base/emit.h"
#include "base/text.h"
#include "sip/outcome.h"

#include <jansson.h>

/** Incidents of the past that are looked through. */
#define MAX_PAST 1000
/** Of them told one by one. */
#define MAX_TOLD 5
#define WEEK (7 * 86400 * SV_USEC_PER_SEC)

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static void
add_from(struct buffer *out, const struct engine_count *count)
{
	char text[ADDRESS_TEXT_BYTES];

	emit_open(out, "from", '[');
	for (uint32_t i = 0; i < count->n_from && i < ENGINE_MAX_FROM; i++)
		emit_text(out, NULL,
			  str_make(text, address_print(&count->from[i], text)));
	emit_close(out, ']');
	if (count->n_from > ENGINE_MAX_FROM)
		emit_u64(out, "from_more", count->n_from - ENGINE_MAX_FROM);
}

static void
add_window(struct buffer *out, struct engine *engine, const char *incident)
{
	struct engine_window window;

	if (!engine_window_of(engine, str_of(incident), &window))
		return;
	emit_open(out, "counts", '[');
	for (size_t i = 0; i < window.n_counts; i++) {
		const struct engine_count *count = &window.count[i];

		emit_open(out, NULL, '{');
		if (count->code)
			emit_u64(out, "code", count->code);
		emit_word(out, "outcome", outcome_name(count->outcome));
		emit_bool(out, "failure", outcome_is_failure(count->outcome));
		emit_u64(out, "count", count->count);
		emit_time(out, "last", count->last);
		add_from(out, count);
		emit_close(out, '}');
	}
	emit_close(out, ']');
	if (window.more)
		emit_true(out, "counts_more");
	emit_text(out, "pbx", window.pbx);
	if (window.port)
		emit_u64(out, "port", window.port);
}

/* Earlier incidents of the same rule and key. */
struct earlier {
	struct buffer *out;
	struct sv_str rule;
	struct buffer fingerprint; /* as it stands in the rendered transition */
	const char *incident;      /* this one does not count */
	sv_usec since;
	uint64_t n, looked;
	bool past_week; /* the week was seen to its beginning */
};

static void
tell_earlier(struct earlier *earlier, const struct history_row *row)
{
	json_t *root = json_loadb(row->json.ptr, row->json.len, 0, NULL);

	emit_open(earlier->out, NULL, '{');
	emit_text(earlier->out, "incident", row->incident);
	emit_text(earlier->out, "start",
		  str_of(text_of(json_object_get(root, "event"), "start")));
	emit_time(earlier->out, "end", row->time);
	emit_text(earlier->out, "severity", str_of(text_of(root, "previous")));
	emit_close(earlier->out, '}');
	json_decref(root);
}

static void
look_earlier(void *user, const struct history_row *row)
{
	struct earlier *earlier = user;

	earlier->looked++;
	earlier->past_week |= row->time < earlier->since;
	if (row->time < earlier->since || !str_eq(row->rule, earlier->rule) ||
	    str_eq(row->incident, str_of(earlier->incident)) ||
	    str_find(row->json, buffer_str(&earlier->fingerprint)) == STR_NONE)
		return;
	if (earlier->n++ < MAX_TOLD)
		tell_earlier(earlier, row);
}

static void
add_history(struct call *call, const json_t *alert, sv_usec now)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	struct history_query query = { .resolved_only = true, .max = MAX_PAST };
	struct earlier earlier = {
		.out = call->out,
		.rule = str_of(text_of(json_object_get(alert, "rule"), "name")),
		.incident = text_of(own, "incident"),
		.since = now > WEEK ? now - WEEK : 0,
	};

	buffer_init(&earlier.fingerprint);
	buffer_add_cstr(&earlier.fingerprint, "\"fingerprint\":");
	buffer_add_json(&earlier.fingerprint, str_of(text_of(own, "fingerprint")));
	emit_open(call->out, "earlier", '[');
	(void)call->host->past(call->host->user, &query, look_earlier, &earlier);
	emit_close(call->out, ']');
	emit_u64(call->out, "earlier_week", earlier.n);
	if (!earlier.past_week && earlier.looked == MAX_PAST)
		emit_true(call->out, "earlier_at_least");
	buffer_done(&earlier.fingerprint);
}

bool
alert_detail_is_claim(const json_t *own, const char *field)
{
	const json_t *claim;
	size_t i;

	json_array_foreach(json_object_get(own, "claims"), i, claim)
	{
		const char *path = json_string_value(claim);
		if (path && strncmp(path, "key.", 4) == 0 &&
		    strcmp(path + 4, field) == 0)
			return true;
	}
	return false;
}

/* Nothing that a shell or the expression language would take for more than a word. */
static bool
is_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/@+-";

	return text[0] && text[strspn(text, plain)] == '\0';
}

/* For those daemons that can be told to be silent: which alert. */
static void
add_silence(struct buffer *out, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	json_t *key = json_object_get(own, "key"), *value;
	const char *rule = text_of(json_object_get(alert, "rule"), "name"), *field;
	struct buffer where;

	if (!commands_has("silence") || !is_plain(rule))
		return;
	buffer_init(&where);
	buffer_addf(&where, "rule = '%s'", rule);
	json_object_foreach(key, field, value)
	{
		const char *text = json_string_value(value);
		if (!text || !is_plain(text) || !is_plain(field) ||
		    alert_detail_is_claim(own, field)) {
			buffer_clear(&where);
			break;
		}
		buffer_addf(&where, " and %s = '%s'", field, text);
	}
	emit_text(out, "silence", buffer_str(&where));
	buffer_done(&where);
}

void
alert_detail_add(struct call *call, size_t begin)
{
	struct engine *engine = call->host->engine(call->host->user);
	struct buffer *out = call->out;
	struct engine_stats stats;
	json_t *alert;

	while (out->len > begin && out->ptr[out->len - 1] == '\n')
		out->len--;
	alert = json_loadb(out->ptr + begin, out->len - begin, 0, NULL);
	if (!alert || out->len - begin < 2) {
		buffer_add_char(out, '\n');
		json_decref(alert);
		return;
	}
	out->len--;
	engine_stats_get(engine, &stats);
	emit_open(out, "sipvigil.detail", '{');
	add_window(out, engine,
		   text_of(json_object_get(alert, "sipvigil"), "incident"));
	add_history(call, alert, stats.now);
	add_silence(out, alert);
	emit_close(out, '}');
	buffer_add_char(out, '}');
	(void)commands_line(call, begin);
	json_decref(alert);
}
