/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of an alert in words, and the slots of a rule's texts. */
#include "base/text.h"
#include "engine/state.h"

#include <math.h>
#include <time.h>

/* Bytes of a claim that are shown. */
#define CLAIM_SHOWN 40
#define NAME_SHOWN 64

void
words_span(struct buffer *buf, sv_usec span)
{
	uint64_t sec = span / SV_USEC_PER_SEC;

	if (span % SV_USEC_PER_SEC)
		buffer_addf(buf, "%.3g s", (double)span / 1e6);
	else if (sec % 3600 == 0 && sec)
		buffer_addf(buf, "%llu h", (unsigned long long)(sec / 3600));
	else if (sec % 60 == 0 && sec)
		buffer_addf(buf, "%llu min", (unsigned long long)(sec / 60));
	else
		buffer_addf(buf, "%llu s", (unsigned long long)sec);
}

void
words_lasting(struct buffer *buf, sv_usec span)
{
	uint64_t sec = span / SV_USEC_PER_SEC;

	if (sec < 120)
		buffer_addf(buf, "%llu s", (unsigned long long)sec);
	else if (sec < 7200)
		buffer_addf(buf, "%llu min", (unsigned long long)(sec / 60));
	else
		buffer_addf(buf, "%llu h %llu min", (unsigned long long)(sec / 3600),
			    (unsigned long long)(sec % 3600 / 60));
}

/** The clock, with the date if it is another day than `now`. */
static void
add_time(struct buffer *buf, sv_usec at, sv_usec now)
{
	time_t sec = (time_t)(at / SV_USEC_PER_SEC);
	bool same = at / (86400 * SV_USEC_PER_SEC) == now / (86400 * SV_USEC_PER_SEC);
	struct tm tm;
	char text[32];

	if (at == 0 || !gmtime_r(&sec, &tm) ||
	    strftime(text, sizeof(text),
		     same ? "%H:%M:%S UTC" : "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		buffer_add_cstr(buf, "?");
	else
		buffer_add_cstr(buf, text);
}

void
words_share(struct buffer *buf, double share)
{
	double percent = share * 100;

	if (fabs(percent - round(percent)) < 0.05 || percent >= 10)
		buffer_addf(buf, "%.0f %%", percent);
	else
		buffer_addf(buf, "%.1f %%", percent);
}

const char *
words_plural(const struct expr_field *field, bool one)
{
	static const struct {
		const char *name, *one, *many;
	} words[] = {
		{ "peer_ip", "address", "addresses" },
		{ "prefix", "network", "networks" },
		{ "dst", "number", "numbers" },
		{ "ua", "user agent", "user agents" },
		{ "user", "user", "users" },
		{ "account", "account", "accounts" },
		{ "peer", "peer", "peers" },
		{ "host", "host", "hosts" },
		{ "code", "code", "codes" },
		{ "call_id", "call", "calls" },
		{ "dst_prefix", "dial prefix", "dial prefixes" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].name, field->name) == 0)
			return one ? words[i].one : words[i].many;
	return field->name;
}

static void
add_limit(struct buffer *buf, const struct words_input *in)
{
	const struct measures *m = &in->rule->plan->measures;
	const struct term *t = in->why;

	if (!t) {
		buffer_add_cstr(buf, "?");
		return;
	}
	const struct measure *what = &m->measure[t->measure];
	double limit = term_limit(t);
	switch (what->kind) {
	case SV_MEASURE_COUNT:
		buffer_addf(buf, "%.0f", limit);
		break;
	case SV_MEASURE_RATE:
		buffer_addf(buf, "%g/%s", limit,
			    t->unit == 1000000    ? "s"
			    : t->unit == 60000000 ? "min"
						  : "h");
		break;
	case SV_MEASURE_RATIO:
		words_share(buf, limit);
		break;
	case SV_MEASURE_DISTINCT:
	case SV_MEASURE_NEW:
		buffer_addf(buf, "%.0f %s", limit,
			    words_plural(measures_field(m, what), limit == 1));
		break;
	case SV_MEASURE_RULE:
		buffer_add_cstr(buf, "?");
		break;
	case SV_MEASURE_ABSENT:
		words_span(buf, m->gauge[what->gauge - 1].span);
		break;
	case SV_MEASURE_CONSECUTIVE:
		buffer_addf(buf, "%.0f in a row", limit);
		break;
	case SV_MEASURE_SEQUENCE:
		buffer_addf(buf, "%.0f before", limit);
		break;
	case SV_MEASURE_BASELINE:
		words_baseline_off(buf, in, t);
		break;
	}
}

/** A ratio against what is usual is a ratio, too. */
static bool
is_of(const struct sv_measure *m, enum sv_measure_kind kind)
{
	return m->kind == kind || (kind == SV_MEASURE_RATIO && m->denominator);
}

/** First measure of the alert of this kind (there is one: rule_check() saw to it). */
static const struct sv_measure *
measure_of(const struct words_input *in, enum sv_measure_kind kind)
{
	static const struct sv_measure none;

	if (in->why && is_of(&in->alert->measure[in->why->measure], kind))
		return &in->alert->measure[in->why->measure];
	for (size_t i = 0; i < in->alert->n_measure; i++)
		if (is_of(&in->alert->measure[i], kind))
			return &in->alert->measure[i];
	return &none;
}

static void
add_paste(struct buffer *buf, struct sv_str s)
{
	for (size_t i = 0; i < s.len && i < NAME_SHOWN; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		bool plain = (c >= '0' && c <= '9') ||
			     ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			     (c && strchr("_.:/@+", c)) || (c == '-' && i > 0);
		buffer_add_char(buf, plain ? (char)c : '_');
	}
}

static void
add_field(struct buffer *buf, const struct expr_field *field,
	  const struct words_input *in, bool paste)
{
	char number[64];
	struct sv_str value = { NULL, 0 };

	for (size_t i = 0; i < in->alert->n_key; i++)
		if (str_eq(in->alert->key[i].field, str_of(field->name)))
			value = in->alert->key[i].value;
	if (value.len == 0 && in->last)
		value = expr_field_text(field, in->last, number, sizeof(number));
	if (value.len == 0) {
		buffer_add_cstr(buf, "unknown");
	} else if (paste) {
		add_paste(buf, value);
	} else if (field->writer == EXPR_CLAIM) {
		buffer_add_char(buf, '"');
		buffer_add_clean(buf, value, CLAIM_SHOWN);
		buffer_add_char(buf, '"');
	} else {
		buffer_add_clean(buf, value, NAME_SHOWN);
	}
}

static void
add_codes(struct buffer *buf, const struct sv_alert *alert)
{
	bool some = false;

	for (size_t i = 0; i < alert->n_codes; i++) {
		if (alert->codes[i].code == 0 || alert->codes[i].outcome >= SV_OK)
			continue;
		buffer_addf(buf, "%s%u", some ? ", " : "", alert->codes[i].code);
		some = true;
	}
	if (!some)
		buffer_add_cstr(buf, "no code");
}

static void
add_distinct(struct buffer *buf, const struct expr_field *field,
	     const struct words_input *in)
{
	const struct measures *m = &in->rule->plan->measures;

	for (size_t i = 0; i < m->n_distinct; i++)
		if (m->distinct[i] == field)
			buffer_addf(buf, "%u", in->reading->distinct[i]);
}

/** The whole number of a measure. */
static void
add_number(struct buffer *buf, const struct words_input *in, enum slot_kind slot)
{
	enum sv_measure_kind kind = slot == SLOT_NEW           ? SV_MEASURE_NEW
				    : slot == SLOT_SEQUENCE    ? SV_MEASURE_SEQUENCE
				    : slot == SLOT_CONSECUTIVE ? SV_MEASURE_CONSECUTIVE
							       : SV_MEASURE_RATIO;

	buffer_addf(buf, "%llu", (unsigned long long)measure_of(in, kind)->numerator);
}

static void
add_part(struct buffer *buf, enum slot_kind kind, const struct sv_measure *ratio)
{
	if (kind == SLOT_RATIO)
		words_share(buf, ratio->value);
	else
		buffer_addf(buf, "%llu",
			    (unsigned long long)(kind == SLOT_NUMERATOR
							 ? ratio->numerator
						 : kind == SLOT_DENOMINATOR
							 ? ratio->denominator
							 : ratio->min));
}

static void
add_slot(struct buffer *buf, const struct slot *slot, const struct words_input *in,
	 bool paste)
{
	switch (slot->kind) {
	case SLOT_NONE:
		break;
	case SLOT_FIELD:
		add_field(buf, slot->field, in, paste);
		break;
	case SLOT_COUNT:
		buffer_addf(buf, "%u", in->reading->series[0]);
		break;
	case SLOT_LIMIT:
		add_limit(buf, in);
		break;
	case SLOT_WINDOW:
		words_span(buf, in->rule->plan->window);
		break;
	case SLOT_FIRST:
		add_time(buf, in->alert->first, in->alert->time);
		break;
	case SLOT_RULE:
		buffer_add_cstr(buf, in->rule->plan->name);
		break;
	case SLOT_CODES:
		add_codes(buf, in->alert);
		break;
	case SLOT_LOST:
		buffer_addf(buf, "%llu", (unsigned long long)in->alert->lost);
		break;
	case SLOT_RATIO:
	case SLOT_NUMERATOR:
	case SLOT_DENOMINATOR:
	case SLOT_MIN:
		add_part(buf, slot->kind, measure_of(in, SV_MEASURE_RATIO));
		break;
	case SLOT_RATE:
		buffer_addf(buf, "%.3g/s", measure_of(in, SV_MEASURE_RATE)->value);
		break;
	case SLOT_DISTINCT:
		add_distinct(buf, slot->field, in);
		break;
	case SLOT_BASELINE:
		words_baseline_usual(buf, measure_of(in, SV_MEASURE_BASELINE));
		break;
	case SLOT_NEW:
	case SLOT_SEQUENCE:
	case SLOT_CONSECUTIVE:
		add_number(buf, in, slot->kind);
		break;
	case SLOT_ABSENT:
		words_lasting(
			buf, (sv_usec)(measure_of(in, SV_MEASURE_ABSENT)->value * 1e6));
		break;
	}
}

/** Plain text between slots; "{{" is one brace. */
static void
add_plain(struct buffer *buf, struct sv_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		buffer_add_char(buf, text.ptr[i]);
		if (text.ptr[i] == '{' && i + 1 < text.len && text.ptr[i + 1] == '{')
			i++;
	}
}

void
words_fill(struct buffer *buf, const char *text, const struct words_input *in,
	   bool paste)
{
	struct sv_str all = str_of(text), name;
	size_t at = 0, done = 0, from;
	const char *hint;

	while (slot_next(all, &at, &from, &name)) {
		struct slot slot = slot_find(name, &hint);
		add_plain(buf, str_make(all.ptr + done, from - done));
		add_slot(buf, &slot, in, paste);
		done = at;
	}
	add_plain(buf, str_from(all, done));
}

/** What events of this outcome are, for a rule without `summary`. */
static const char *
noun_of(enum sv_outcome outcome, bool one)
{
	static const struct {
		const char *one, *many;
	} nouns[SV_OUTCOME_COUNT] = {
		[SV_REJECTED] = { "rejected credential", "rejected credentials" },
		[SV_UNKNOWN] = { "try for an unknown account",
				 "tries for unknown accounts" },
		[SV_ACL] = { "refusal by address", "refusals by address" },
		[SV_FORBIDDEN] = { "forbidden request", "forbidden requests" },
		[SV_NOTFOUND] = { "number not found", "numbers not found" },
		[SV_LOOP] = { "routing loop", "routing loops" },
		[SV_BUSY] = { "call refused busy", "calls refused busy" },
		[SV_NOANSWER] = { "call not answered", "calls not answered" },
		[SV_DECLINED] = { "declined call", "declined calls" },
		[SV_MEDIA] = { "media mismatch", "media mismatches" },
		[SV_TIMEOUT] = { "timeout", "timeouts" },
		[SV_CONGESTION] = { "failure by congestion", "failures by congestion" },
		[SV_ERROR] = { "server error", "server errors" },
		[SV_MALFORMED] = { "malformed packet", "malformed packets" },
		[SV_REFUSED] = { "refusal", "refusals" },
		[SV_BLOCKED] = { "blocked attempt", "blocked attempts" },
		[SV_UNREACHABLE] = { "loss of reachability", "losses of reachability" },
		[SV_UNREGISTERED] = { "lost registration", "lost registrations" },
		[SV_OK] = { "accepted attempt", "accepted attempts" },
		[SV_ABANDONED] = { "challenge left unanswered",
				   "challenges left unanswered" },
		[SV_GAP] = { "log gap", "log gaps" },
	};
	const char *noun = one ? nouns[outcome].one : nouns[outcome].many;

	return noun ? noun : one ? "event" : "events";
}

/** All outcomes that the rule selects are failures. */
static bool
only_failures(uint64_t outcomes)
{
	uint64_t failures = 0;

	for (unsigned v = SV_REJECTED; v <= SV_UNREGISTERED; v++)
		failures |= (uint64_t)1 << v;
	return (outcomes & ~failures) == 0;
}

static void
add_counted(struct buffer *buf, const struct words_input *in)
{
	uint64_t outcomes = in->rule->plan->outcomes;
	uint32_t n = in->reading->series[0];

	buffer_addf(buf, "%u ", n);
	if ((outcomes & (outcomes - 1)) == 0 && outcomes)
		buffer_add_cstr(buf, noun_of((enum sv_outcome)__builtin_ctzll(outcomes),
					     n == 1));
	else if (only_failures(outcomes))
		buffer_add_cstr(buf, n == 1 ? "failure" : "failures");
	else
		buffer_add_cstr(buf, n == 1 ? "event" : "events");
}

/** " for 12 users", " from 5 addresses" for each field whose values are counted. */
static void
add_values(struct buffer *buf, const struct words_input *in)
{
	const struct measures *m = &in->rule->plan->measures;

	for (size_t i = 0; i < m->n_distinct; i++) {
		const char *name = m->distinct[i]->name;
		uint32_t n = in->reading->distinct[i];
		const char *word =
			strcmp(name, "user") == 0 || strcmp(name, "account") == 0
				? "for"
			: strcmp(name, "dst") == 0 ? "to"
			: strcmp(name, "ua") == 0  ? "with"
						   : "from";
		if (n)
			buffer_addf(buf, " %s %u %s", word, n,
				    words_plural(m->distinct[i], n == 1));
	}
}

static void
add_codes_of(struct buffer *buf, const struct words_input *in,
	     const struct sv_measure *measure)
{
	if (!measure->numerator || !in->alert->code)
		return;
	buffer_add_cstr(buf, " (");
	add_codes(buf, in->alert);
	buffer_add_cstr(buf, ")");
}

static void
add_ratio(struct buffer *buf, const struct words_input *in,
	  const struct sv_measure *measure)
{
	buffer_addf(buf, "%llu of %llu %s", (unsigned long long)measure->numerator,
		    (unsigned long long)measure->denominator,
		    in->alert->method == SV_INVITE ? "calls" : "attempts");
	add_codes_of(buf, in, measure);
	buffer_add_cstr(buf, ": ");
	words_share(buf, measure->value);
}

/** The numbers in words, for a rule without `summary`. */
static void
add_default(struct buffer *buf, const struct words_input *in)
{
	size_t i = in->why ? in->why->measure : 0;
	const struct sv_measure *measure = &in->alert->measure[i];

	if (in->rule->plan->measures.measure[i].gauge) {
		if (measure->kind == SV_MEASURE_DISTINCT)
			add_counted(buf, in);
		words_gauge(buf, in, i);
		return;
	}
	switch (measure->kind) {
	case SV_MEASURE_RULE:
		words_gauge_rules(buf, in);
		break;
	case SV_MEASURE_ABSENT:
	case SV_MEASURE_NEW:
		break;
	case SV_MEASURE_COUNT:
	case SV_MEASURE_DISTINCT:
		add_counted(buf, in);
		add_values(buf, in);
		break;
	case SV_MEASURE_RATE:
		add_counted(buf, in);
		buffer_addf(buf, ": %.3g/s", measure->value);
		break;
	case SV_MEASURE_SEQUENCE:
		buffer_addf(buf, "%s, %llu times before it",
			    in->rule->plan->measures.measure[i].text,
			    (unsigned long long)measure->numerator);
		break;
	case SV_MEASURE_CONSECUTIVE:
		buffer_addf(buf, "%llu %s in a row",
			    (unsigned long long)measure->numerator,
			    in->alert->method == SV_INVITE ? "calls" : "attempts");
		add_codes_of(buf, in, measure);
		break;
	case SV_MEASURE_RATIO:
		add_ratio(buf, in, measure);
		break;
	case SV_MEASURE_BASELINE:
		if (in->rule->plan->measures.measure[i].baseline.share)
			add_ratio(buf, in, measure);
		else
			add_counted(buf, in);
		break;
	}
}

static bool
has_slot(const char *text, const char *name)
{
	struct sv_str found;
	size_t at = 0, from;

	while (slot_next(str_of(text), &at, &from, &found))
		if (str_eq(found, str_of(name)))
			return true;
	return false;
}

static void
add_gap(struct buffer *buf, const struct sv_alert *alert)
{
	if (alert->lost)
		buffer_addf(buf, "; log gap: %llu messages lost",
			    (unsigned long long)alert->lost);
	else if (alert->lower_bound)
		buffer_add_cstr(buf, "; log gap: messages may be missing");
}

static void
reason_over(struct buffer *buf, const struct words_input *in)
{
	const struct sv_alert *alert = in->alert;

	if (words_gauge_absent(in) && alert->state == SV_ALERT_RESOLVED) {
		words_gauge_returned(buf, in);
		return;
	}
	if (alert->state == SV_ALERT_UNKNOWN)
		buffer_add_cstr(buf, "cannot tell whether it is over: ");
	else
		buffer_add_cstr(buf, "over: ");
	if (in->at_least)
		buffer_add_cstr(buf, "at least ");
	add_default(buf, in);
	if (!words_gauge_of_rules(in)) {
		buffer_add_cstr(buf, " in ");
		words_span(buf, alert->window);
		words_baseline_learned(buf, in);
		buffer_add_cstr(buf, " (limit ");
		add_limit(buf, in);
		buffer_add_cstr(buf, ")");
	}
	buffer_add_cstr(buf, ", ");
	buffer_add_cstr(buf,
			alert->state == SV_ALERT_UNKNOWN ? "open for " : "lasted ");
	words_lasting(buf, alert->time - alert->start);
	add_gap(buf, alert);
}

void
words_reason(struct buffer *buf, const struct words_input *in)
{
	const char *summary = in->rule->plan->summary;

	if (in->alert->state == SV_ALERT_RESOLVED ||
	    in->alert->state == SV_ALERT_UNKNOWN) {
		reason_over(buf, in);
		return;
	}
	if (in->at_least && !words_gauge_absent(in))
		buffer_add_cstr(buf, "at least ");
	if (*summary)
		words_fill(buf, summary, in, false);
	else
		add_default(buf, in);
	if (words_gauge_of_rules(in)) {
		add_gap(buf, in->alert);
		return;
	}
	if (!has_slot(summary, "window") && !words_gauge_absent(in)) {
		buffer_add_cstr(buf, " in ");
		words_span(buf, in->alert->window);
	}
	if (!has_slot(summary, "baseline"))
		words_baseline_learned(buf, in);
	if (!has_slot(summary, "limit")) {
		buffer_add_cstr(buf, " (limit ");
		add_limit(buf, in);
		buffer_add_cstr(buf, ")");
	}
	if (!has_slot(summary, "first")) {
		buffer_add_cstr(buf, words_gauge_absent(in) ? ", last " : ", first ");
		add_time(buf, in->alert->first, in->alert->time);
	}
	if (in->rule->plan->measures.n_rules) {
		buffer_add_cstr(buf, ", ");
		words_gauge_rules(buf, in);
	}
	add_gap(buf, in->alert);
}
