/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/alert_text.h"

#include "base/i18n.h"
#include "base/text.h"

#include <inttypes.h>

#define PARAGRAPH_BYTES 2000

const char *
alert_text_rule(const json_t *alert)
{
	return online_text(json_object_get(alert, "rule"), "name");
}

sv_usec
alert_text_start(const json_t *alert)
{
	const json_t *event = json_object_get(alert, "event");
	sv_usec start = online_time(event, "start");

	return start ? start : online_time(alert, "@timestamp");
}

bool
alert_text_is_over(const json_t *alert)
{
	return strcmp(online_text(alert, "state"), "resolved") == 0;
}

void
alert_text_severity(struct online *online, const json_t *alert)
{
	enum sv_severity severity = online_severity(online_text(alert, "severity"));
	const char *word = _("UNKNOWN");

	if (alert_text_is_over(alert))
		word = _("RESOLVED");
	else if (severity == SV_SEVERITY_CRITICAL)
		word = _("CRITICAL");
	else if (severity == SV_SEVERITY_WARNING)
		word = _("WARNING");
	buffer_add_cstr(&online->out, terminal_severity(&online->terminal, severity));
	terminal_cell(&online->out, str_of(word), 8);
	buffer_add_cstr(&online->out, terminal_plain(&online->terminal));
	buffer_add_cstr(&online->out, "  ");
}

void
alert_text_paragraph(struct online *online, const char *title, const char *text)
{
	if (!text[0])
		return;
	struct buffer clean;

	buffer_init(&clean);
	buffer_add_clean(&clean, str_of(text), PARAGRAPH_BYTES);
	terminal_cell(&online->out, str_of(title), ALERT_TEXT_TITLE);
	terminal_wrap(&online->out, buffer_str(&clean), ALERT_TEXT_TITLE,
		      online->terminal.columns);
	buffer_done(&clean);
}

void
alert_text_command(struct online *online, const char *title, struct sv_str command)
{
	if (title[0])
		buffer_addf(&online->out, "%s\n", title);
	buffer_add_cstr(&online->out, "   ");
	buffer_add(&online->out, command);
	buffer_add_char(&online->out, '\n');
}

void
alert_text_arithmetic(struct buffer *out, const json_t *measure)
{
	const char *kind = online_text(measure, "kind");
	double value = online_double(measure, "value");
	double limit = online_double(measure, "limit");
	char span[64], gone[64];

	if (strcmp(kind, "rule") == 0)
		return;
	bool absent = strcmp(kind, "absent") == 0;
	online_age(gone, absent ? (uint64_t)value : 0);
	online_age(span, absent ? (uint64_t)limit : online_u64(measure, "window_sec"));
	if (json_is_true(json_object_get(measure, "at_least")))
		buffer_add_cstr(out, "≥ ");
	if (strcmp(kind, "ratio") == 0)
		buffer_addf(out, _("%.0f %% of %" PRIu64 " (%.0f %%)"), value * 100,
			    online_u64(measure, "denominator"), limit * 100);
	else if (strcmp(kind, "distinct") == 0)
		buffer_addf(out, _("%.0f %s of %.0f in %s"), value,
			    online_text(measure, "field"), limit, span);
	else if (strcmp(kind, "new") == 0)
		buffer_addf(out, _("%.0f new %s of %.0f in %s"), value,
			    online_text(measure, "field"), limit, span);
	else if (absent)
		buffer_addf(out, _("none for %s (%s)"), gone, span);
	else if (strcmp(kind, "consecutive") == 0)
		buffer_addf(out, _("%.0f of %.0f in a row"), value, limit);
	else if (strcmp(kind, "rate") == 0)
		buffer_addf(out, _("%.2g/s of %.2g/s in %s"), value, limit, span);
	else
		buffer_addf(out, _("%.0f of %.0f in %s"), value, limit, span);
}
