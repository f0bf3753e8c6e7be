/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plugin.h"

#include "base/i18n.h"
#include "base/text.h"
#include "sip/codes.h"

#include <math.h>

#define TEXT_MAX_BYTES ((size_t)700)
/* Alerts in the long text; monitoring servers cut at a few kilobytes anyway. */
#define MAX_LINES 40
#define PIPELINE_SERVICE "SIP log pipeline"

/* What was counted on the way to the verdict. */
struct tally {
	size_t warning, critical, other; /* open alerts that were chosen */
	const json_t *worst;
	unsigned worst_weight;
	size_t sources, blind; /* blind: no readable line ever, or a problem */
	const json_t *blind_source;
	bool any_data;
	double lag_sec;
};

static const char *
state_word(enum plugin_state state)
{
	switch (state) {
	case PLUGIN_OK:
		return "OK";
	case PLUGIN_WARNING:
		return "WARNING";
	case PLUGIN_CRITICAL:
		return "CRITICAL";
	case PLUGIN_UNKNOWN:
		return "UNKNOWN";
	}
	return "UNKNOWN";
}

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* Text for one line: no '|', which begins performance data, and no control bytes. */
static void
add_text(struct buffer *out, const char *text)
{
	size_t from = out->len;

	buffer_add_clean(out, str_of(text), TEXT_MAX_BYTES);
	for (size_t i = from; i < out->len; i++)
		if (out->ptr[i] == '|')
			out->ptr[i] = '/';
}

static unsigned
weight_of(const json_t *alert)
{
	const char *severity = text_of(alert, "severity");

	if (strcmp(severity, "critical") == 0)
		return 3;
	if (strcmp(severity, "warning") == 0)
		return 2;
	return 1;
}

static bool
equal(const char *wanted, const char *have)
{
	return !wanted || strcmp(wanted, have) == 0;
}

/* A peer is chosen by its configured name or by an address of the key. */
static bool
peer_chosen(const char *wanted, const json_t *alert)
{
	const json_t *key = json_object_get(json_object_get(alert, "sipvigil"), "key");
	const json_t *source = json_object_get(alert, "source");
	const json_t *server = json_object_get(alert, "server");

	return !wanted || equal(wanted, text_of(key, "peer")) ||
	       equal(wanted, text_of(key, "peer_ip")) ||
	       equal(wanted, text_of(source, "address")) ||
	       equal(wanted, text_of(source, "ip")) ||
	       equal(wanted, text_of(server, "address")) ||
	       equal(wanted, text_of(server, "ip"));
}

static bool
chosen(const struct plugin_choice *choice, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");

	/* A rule on trial pages nobody. */
	if (strcmp(text_of(own, "mode"), "observe") == 0)
		return false;
	/* Nor does one that a silence or another alert covers. */
	if (text_of(own, "silenced")[0] || text_of(own, "inhibited")[0] ||
	    text_of(own, "grouped")[0])
		return false;
	return equal(choice->service, text_of(own, "service")) &&
	       equal(choice->rule, text_of(json_object_get(alert, "rule"), "name")) &&
	       equal(choice->host, text_of(json_object_get(alert, "host"), "name")) &&
	       peer_chosen(choice->peer, alert);
}

/* A rule that makes work for somebody wakes nobody. */
static bool
is_ticket(const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");

	return strcmp(text_of(own, "mode"), "ticket") == 0;
}

static void
count_alerts(struct tally *t, const struct plugin_choice *choice, const json_t *alerts)
{
	size_t i;
	json_t *alert;

	json_array_foreach(alerts, i, alert)
	{
		if (!chosen(choice, alert))
			continue;
		unsigned weight = weight_of(alert);
		if (is_ticket(alert) && weight == 3)
			weight = 2;
		if (weight == 3)
			t->critical++;
		else if (weight == 2)
			t->warning++;
		else
			t->other++;
		if (weight > t->worst_weight) {
			t->worst_weight = weight;
			t->worst = alert;
		}
	}
}

static bool
is_blind(const json_t *source)
{
	return !json_is_true(json_object_get(source, "has_data")) ||
	       text_of(source, "problem")[0];
}

static void
count_sources(struct tally *t, const json_t *status)
{
	const json_t *sources = json_object_get(status, "sources");
	size_t i;
	json_t *source;

	t->lag_sec = NAN;
	json_array_foreach(sources, i, source)
	{
		double lag = json_number_value(json_object_get(source, "lag_sec"));
		t->sources++;
		if (json_is_true(json_object_get(source, "has_data"))) {
			t->any_data = true;
			t->lag_sec = isnan(t->lag_sec) ? lag : fmax(t->lag_sec, lag);
		}
		if (!is_blind(source))
			continue;
		t->blind++;
		if (!t->blind_source)
			t->blind_source = source;
	}
}

/* Trouble of a single source belongs to the whole and to the pipeline's own service; a
 * choice of something else asks about that, as long as there is any data at all. */
static bool
sources_count(const struct plugin_choice *choice)
{
	if (choice->service)
		return strcmp(choice->service, PIPELINE_SERVICE) == 0;
	return !choice->rule && !choice->peer;
}

static enum plugin_state
verdict(const struct tally *t, const struct plugin_choice *choice)
{
	if (range_alerts(&choice->critical_range, (double)t->critical))
		return PLUGIN_CRITICAL;
	/* An alert about that is no news of anything else. */
	if (!t->any_data)
		return PLUGIN_UNKNOWN;
	if (range_alerts(&choice->warning_range, (double)t->warning))
		return PLUGIN_WARNING;
	if (t->other || (t->blind && sources_count(choice)))
		return PLUGIN_UNKNOWN;
	return PLUGIN_OK;
}

static void
add_subject(struct buffer *out, const json_t *alert)
{
	json_t *key = json_object_get(json_object_get(alert, "sipvigil"), "key");
	const char *name;
	json_t *value;
	const char *between = "";

	json_object_foreach(key, name, value)
	{
		buffer_add_cstr(out, between);
		add_text(out, json_string_value(value) ? json_string_value(value) : "");
		between = " ";
	}
}

static void
add_alert(struct buffer *out, const json_t *alert)
{
	add_text(out, text_of(json_object_get(alert, "rule"), "name"));
	buffer_add_char(out, ' ');
	add_subject(out, alert);
	buffer_add_cstr(out, ": ");
	add_text(out, text_of(json_object_get(alert, "event"), "reason"));
}

static void
add_source(struct buffer *out, const json_t *source)
{
	const char *problem = text_of(source, "problem");

	buffer_add_cstr(out, _("source "));
	add_text(out, text_of(source, "name"));
	buffer_add_cstr(out, " UNKNOWN: ");
	add_text(out, problem[0] ? problem : _("no readable line yet"));
}

static void
add_summary(struct buffer *out, const struct tally *t, enum plugin_state state)
{
	size_t all = t->warning + t->critical + t->other;

	buffer_addf(out, "SIP %s - ", state_word(state));
	if (t->worst) {
		add_alert(out, t->worst);
		if (all > 1)
			buffer_addf(out,
				    ngettext("; %zu more alert", "; %zu more alerts",
					     all - 1),
				    all - 1);
	} else if (!t->sources) {
		buffer_add_cstr(out, _("sipvigild watches no source: sipvigil status"));
	} else if (state == PLUGIN_UNKNOWN) {
		add_source(out, t->blind_source);
		if (t->blind > 1)
			buffer_addf(out,
				    ngettext("; %zu more source", "; %zu more sources",
					     t->blind - 1),
				    t->blind - 1);
	} else {
		buffer_addf(out,
			    ngettext("no alert open, %zu source watched",
				     "no alert open, %zu sources watched", t->sources),
			    t->sources);
	}
}

static void
add_perfdata(struct buffer *out, const struct tally *t,
	     const struct plugin_choice *choice)
{
	buffer_addf(out, " | 'alerts_critical'=%zu;;%s;0 'alerts_warning'=%zu;%s;;0",
		    t->critical, choice->critical ? choice->critical : "0", t->warning,
		    choice->warning ? choice->warning : "0");
	if (!isnan(t->lag_sec))
		buffer_addf(out, " 'input_lag'=%.3fs;;;0", t->lag_sec);
	buffer_add_char(out, '\n');
}

/* What the failures say beyond their codes, in the language of the locale. */
static void
add_cause(struct buffer *out, const json_t *own)
{
	const json_t *at = json_object_get(own, "cause");
	const struct code_category *cause =
		codes_category_find(str_of(text_of(at, "category")));
	enum codes_lang lang = i18n_is_russian() ? CODES_RU : CODES_EN;

	if (!cause)
		return;
	/* TRANSLATORS: word of the category, its meaning, what to check */
	buffer_addf(out, _("; cause %s: %s; look at %s"), cause->name,
		    code_text(cause->meaning, lang), code_text(cause->look, lang));
}

static void
add_line(struct buffer *out, const struct plugin_choice *choice, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	unsigned weight = weight_of(alert);

	buffer_add_cstr(out, weight == 3   ? "CRITICAL "
			     : weight == 2 ? "WARNING "
					   : "UNKNOWN ");
	add_alert(out, alert);
	buffer_add_char(out, '\n');
	if (!choice->verbose)
		return;
	buffer_add_cstr(out, _("  since "));
	add_text(out, text_of(json_object_get(alert, "event"), "start"));
	if (text_of(own, "likely")[0]) {
		buffer_add_cstr(out, _("; likely "));
		add_text(out, text_of(own, "likely"));
	}
	if (text_of(own, "check")[0]) {
		buffer_add_cstr(out, _("; check "));
		add_text(out, text_of(own, "check"));
	}
	add_cause(out, own);
	buffer_add_char(out, '\n');
}

/* Everything but what the first line has said already. */
static void
add_long(struct buffer *out, const struct tally *t, const struct plugin_choice *choice,
	 const json_t *status, const json_t *alerts)
{
	size_t i, lines = 0, left = 0;
	json_t *at;

	json_array_foreach(alerts, i, at)
	{
		if (!chosen(choice, at) || (at == t->worst && !choice->verbose))
			continue;
		if (lines++ < MAX_LINES)
			add_line(out, choice, at);
		else
			left++;
	}
	if (left)
		buffer_addf(out,
			    ngettext("%zu more alert: sipvigil alerts\n",
				     "%zu more alerts: sipvigil alerts\n", left),
			    left);
	json_array_foreach(json_object_get(status, "sources"), i, at)
	{
		if (!is_blind(at) || (!t->worst && at == t->blind_source))
			continue;
		add_source(out, at);
		buffer_add_char(out, '\n');
	}
}

enum plugin_state
plugin_report(const struct plugin_choice *choice, const json_t *status,
	      const json_t *alerts, struct buffer *out)
{
	const json_t *facts = json_array_get(status, 0);
	struct tally t = { 0 };

	count_alerts(&t, choice, alerts);
	count_sources(&t, facts);
	enum plugin_state state = verdict(&t, choice);
	add_summary(out, &t, state);
	add_perfdata(out, &t, choice);
	add_long(out, &t, choice, facts, alerts);
	return state;
}

enum plugin_state
plugin_unknown(const char *error, const char *remedy, struct buffer *out)
{
	buffer_add_cstr(out, "SIP UNKNOWN - ");
	add_text(out, error);
	if (remedy && remedy[0]) {
		buffer_add_cstr(out, ": ");
		add_text(out, remedy);
	}
	buffer_add_char(out, '\n');
	return PLUGIN_UNKNOWN;
}
