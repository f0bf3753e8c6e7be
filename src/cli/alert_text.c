/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/alert_text.h"

#include "base/i18n.h"
#include "base/text.h"

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
alert_text_line(struct online *online, const char *title, struct sv_str text)
{
	size_t room = online->terminal.columns ? online->terminal.columns -
							 ALERT_TEXT_TITLE
					       : SIZE_MAX;

	terminal_cell(&online->out, str_of(title), ALERT_TEXT_TITLE);
	if (terminal_columns(text) > room)
		terminal_cell(&online->out, text, room);
	else
		buffer_add(&online->out, text);
	buffer_add_char(&online->out, '\n');
}
