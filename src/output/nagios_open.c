/* SPDX-License-Identifier: Apache-2.0 */
#include "output/nagios_open.h"

#include "alert/render.h"
#include "base/text.h"

#include <stdlib.h>

#define SUMMARY_MAX_BYTES ((size_t)700)

static enum nagios_code
code_of(enum sv_severity severity)
{
	switch (severity) {
	case SV_SEVERITY_OK:
		return NAGIOS_OK;
	case SV_SEVERITY_WARNING:
		return NAGIOS_WARNING;
	case SV_SEVERITY_CRITICAL:
		return NAGIOS_CRITICAL;
	case SV_SEVERITY_UNKNOWN:
		return NAGIOS_UNKNOWN;
	}
	return NAGIOS_UNKNOWN;
}

static void
remove_at(struct nagios_open *open, size_t at)
{
	free(open->alert[at].line);
	free(open->alert[at].summary);
	open->alert[at] = open->alert[--open->n];
}

void
nagios_open_done(struct nagios_open *open)
{
	while (open->n)
		remove_at(open, open->n - 1);
}

static size_t
find(const struct nagios_open *open, const struct sv_alert *alert)
{
	uint64_t fingerprint = str_hash(alert->fingerprint, 0);
	size_t at = 0;

	while (at < open->n && open->alert[at].fingerprint != fingerprint)
		at++;
	return at;
}

/* A free place; when there is none, that of a lesser alert. */
static struct nagios_alert *
take_place(struct nagios_open *open, enum nagios_code code)
{
	for (size_t i = 0; open->n == NAGIOS_MAX_OPEN && i < open->n; i++)
		if (nagios_text_worse(open->alert[i].code, code) != open->alert[i].code)
			remove_at(open, i);
	if (open->n == NAGIOS_MAX_OPEN) {
		open->dropped++;
		return NULL;
	}
	return &open->alert[open->n];
}

static char *
copy_of(const struct buffer *text)
{
	return buffer_failed(text) ? NULL : strndup(text->ptr, text->len);
}

static char *
line_of(const struct sv_alert *alert)
{
	struct buffer text;
	char *line;

	buffer_init(&text);
	render_alert_line(&text, alert);
	line = copy_of(&text);
	buffer_done(&text);
	return line;
}

static char *
summary_of(const struct sv_alert *alert)
{
	struct buffer text;
	char *summary;

	buffer_init(&text);
	buffer_add_clean(&text, alert->rule, 80);
	buffer_add_char(&text, ' ');
	render_alert_subject(&text, alert);
	buffer_add(&text, SV_STR(": "));
	buffer_add_clean(&text, alert->reason, SUMMARY_MAX_BYTES);
	render_alert_cause(&text, alert);
	summary = copy_of(&text);
	buffer_done(&text);
	return summary;
}

void
nagios_open_put(struct nagios_open *open, const struct sv_alert *alert, size_t service)
{
	size_t at = find(open, alert);
	struct nagios_alert *place;

	if (at < open->n)
		remove_at(open, at);
	if (alert->state == SV_ALERT_RESOLVED)
		return;
	bool held = sv_alert_is_held(alert);
	enum nagios_code code = held ? NAGIOS_OK : code_of(alert->severity);
	/* A rule that makes work for somebody wakes nobody. */
	if (alert->ticket && code == NAGIOS_CRITICAL)
		code = NAGIOS_WARNING;
	place = take_place(open, code);
	if (!place)
		return;
	*place = (struct nagios_alert){
		.fingerprint = str_hash(alert->fingerprint, 0),
		.service = service,
		.code = code,
		.held = held,
		.line = line_of(alert),
		.summary = summary_of(alert),
	};
	open->n++;
	if (!place->line || !place->summary)
		remove_at(open, open->n - 1);
}

static const struct nagios_alert *
worst_of(const struct nagios_open *open, size_t service)
{
	const struct nagios_alert *worst = NULL;

	for (size_t i = 0; i < open->n; i++) {
		const struct nagios_alert *at = &open->alert[i];
		if (at->service == service && !at->held &&
		    (!worst || nagios_text_worse(worst->code, at->code) != worst->code))
			worst = at;
	}
	return worst;
}

void
nagios_open_count(const struct nagios_open *open, size_t service,
		  struct nagios_counts *ret_counts)
{
	const struct nagios_alert *worst = worst_of(open, service);

	*ret_counts = (struct nagios_counts){
		.worst = worst ? worst->code : NAGIOS_OK,
		.summary = worst ? str_of(worst->summary) : SV_STR(""),
	};
	for (size_t i = 0; i < open->n; i++) {
		if (open->alert[i].service != service)
			continue;
		ret_counts->held += open->alert[i].held;
		if (open->alert[i].held)
			continue;
		ret_counts->all++;
		ret_counts->count[open->alert[i].code]++;
	}
}

size_t
nagios_open_details(const struct nagios_open *open, size_t service, struct sv_str note,
		    struct sv_str *details, size_t max)
{
	static const enum nagios_code order[] = { NAGIOS_CRITICAL, NAGIOS_WARNING,
						  NAGIOS_UNKNOWN };
	const struct nagios_alert *worst = worst_of(open, service);
	size_t n = 0;

	if (worst && n < max)
		details[n++] = str_of(worst->line);
	if (note.len && n < max)
		details[n++] = note;
	for (size_t p = 0; p < sizeof(order) / sizeof(order[0]); p++)
		for (size_t i = 0; i < open->n && n < max; i++) {
			const struct nagios_alert *at = &open->alert[i];
			if (at->service == service && at->code == order[p] &&
			    at != worst)
				details[n++] = str_of(at->line);
		}
	return n;
}
