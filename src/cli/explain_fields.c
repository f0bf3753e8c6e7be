/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain_fields.h"

#include "alert/render.h"
#include "base/address.h"
#include "base/i18n.h"
#include "base/text.h"
#include "sip/codes.h"
#include "sip/outcome.h"

#include <stdio.h>
#include <string.h>

static void
add_claim(struct buffer *buf, const char *name, struct sv_str text, bool *any)
{
	if (text.len == 0)
		return;
	buffer_addf(buf, "%s%s \"", *any ? ", " : "", name);
	buffer_add_clean(buf, text, 80);
	buffer_add_char(buf, '"');
	*any = true;
}

void
explain_fields_claims(struct buffer *buf, const struct sv_claims *claim)
{
	struct buffer line;
	bool any = false;

	buffer_init(&line);
	add_claim(&line, "user", claim->user, &any);
	add_claim(&line, "dst", claim->dst, &any);
	add_claim(&line, "ua", claim->ua, &any);
	add_claim(&line, "call_id", claim->call_id, &any);
	add_claim(&line, "phrase", claim->phrase, &any);
	if (any) {
		buffer_addf(buf, "%-9s ", _("claims"));
		buffer_add(buf, buffer_str(&line));
		buffer_add_cstr(buf, _("  (written by the other side)"));
		buffer_add_char(buf, '\n');
	}
	buffer_done(&line);
}

void
explain_fields_who(struct buffer *buf, const struct sv_event *raw)
{
	char ip[ADDRESS_TEXT_BYTES];

	buffer_addf(buf, "%-9s ", _("who"));
	if (address_print(&raw->peer_ip, ip)) {
		buffer_addf(buf,
			    raw->peer_ip.family == 6 && raw->peer_port ? "[%s]" : "%s",
			    ip);
		if (raw->peer_port)
			buffer_addf(buf, ":%u", (unsigned)raw->peer_port);
		buffer_add_cstr(buf, _("  (written by the PBX)"));
	} else {
		buffer_add_cstr(buf,
				_("no address: this line has none that the PBX wrote"));
	}
	if (raw->peer.len) {
		buffer_add_cstr(buf, _(", configured peer "));
		buffer_add_clean(buf, raw->peer, 80);
	}
	if (raw->attribution == SV_ATTRIBUTION_FORGEABLE)
		buffer_add_cstr(buf, _("; FORGEABLE: the other side could have written "
				       "the text around it"));
	buffer_add_char(buf, '\n');
}

/** " (/etc/sipvigil/conf.d/acme.conf:12)": where the template of a pattern stands. */
void
explain_fields_origin(struct buffer *buf, const struct pattern *pattern,
		      uint32_t template_id)
{
	unsigned line;
	const char *file = pattern ? pattern_origin(pattern, template_id, &line) : NULL;

	if (file)
		buffer_addf(buf, " (%s:%u)", file, line);
}

/** What each group of a pattern took, and who wrote that. */
void
explain_fields_groups(struct buffer *buf, struct pattern *pattern, struct sv_str text)
{
	struct pattern_span spans[PATTERN_FIELDS];
	uint32_t id;
	bool any = false;

	if (!pattern_read(pattern, text, &id, spans))
		return;
	for (unsigned i = 0; i < PATTERN_FIELDS; i++) {
		enum pattern_field field = (enum pattern_field)i;
		if (spans[i].at == STR_NONE)
			continue;
		buffer_addf(buf, "%-9s %s \"", any ? "" : _("groups"),
			    pattern_field_name(field));
		buffer_add_clean(buf, str_make(text.ptr + spans[i].at, spans[i].len),
				 80);
		buffer_addf(buf, "\"%s\n",
			    pattern_field_is_claim(field)
				    ? _("  (written by the other side)")
				    : _("  (written by the PBX)"));
		any = true;
	}
}

/** Where the time came from is what it is worth. */
static const char *
time_words(enum sv_time_source source)
{
	switch (source) {
	case SV_TIME_NONE:
		return N_("unknown");
	case SV_TIME_RECEIVED:
		return N_("when it was read: the line has none");
	case SV_TIME_STAMP:
		return N_("stamp without zone or year, completed here");
	case SV_TIME_ZONED:
		return N_("stamp with its zone");
	case SV_TIME_JOURNAL:
		return N_("the journal's");
	}
	return "";
}

void
explain_fields_when(struct buffer *buf, const struct sv_event *raw)
{
	char time[28];

	if (!raw->time)
		return;
	render_time(time, raw->time);
	buffer_addf(buf, "%-9s %s  (%s)", _("when"), time,
		    _(time_words(raw->time_source)));
	if (raw->host.len) {
		buffer_add_cstr(buf, _(", host "));
		buffer_add_clean(buf, raw->host, 80);
	}
	buffer_add_char(buf, '\n');
}

static void
add_field(struct buffer *buf, const char *name, const char *value, bool *any)
{
	if (!value[0])
		return;
	buffer_addf(buf, "%s%s %s", *any ? ", " : "", name, value);
	*any = true;
}

/** What the PBX said of the request, and what was made of it. */
void
explain_fields_what(struct buffer *buf, const struct sv_event *raw)
{
	char code[8] = "", q850[8] = "", category[64];
	bool any = false;

	if (raw->code)
		(void)snprintf(code, sizeof(code), "%u", (unsigned)raw->code);
	if (raw->q850)
		(void)snprintf(q850, sizeof(q850), "%u", (unsigned)raw->q850);
	(void)snprintf(category, sizeof(category), "%.*s",
		       (int)(raw->category.len < 63 ? raw->category.len : 63),
		       raw->category.ptr ? raw->category.ptr : "");
	buffer_addf(buf, "%-9s ", _("what"));
	add_field(buf, "leg", leg_name(raw->leg), &any);
	add_field(buf, "method", method_name(raw->method), &any);
	add_field(buf, "code", code, &any);
	add_field(buf, "q850", q850, &any);
	add_field(buf, "transport", transport_name(raw->transport), &any);
	if (raw->service != SV_SERVICE_SIP)
		add_field(buf, "service", service_name(raw->service), &any);
	buffer_add_cstr(buf, any ? _("  (written or implied by the PBX); ") : "");
	any = false;
	add_field(buf, "outcome", outcome_name(raw->outcome), &any);
	add_field(buf, "category", category, &any);
	buffer_add_cstr(buf, _("  (derived)\n"));
}

void
explain_fields_cause(struct buffer *buf, const struct sv_event *raw)
{
	const struct code_category *cause = codes_category_find(raw->category);
	const struct q850 *q850 = raw->q850 ? codes_q850_find(raw->q850) : NULL;
	enum codes_lang lang = i18n_is_russian() ? CODES_RU : CODES_EN;

	if (raw->q850)
		buffer_addf(buf, "%-9s %u %s\n", "Q.850", (unsigned)raw->q850,
			    q850 ? code_text(q850->name, lang) : "");
	if (cause)
		buffer_addf(buf, "%-9s %s: %s\n", _("cause"), cause->name,
			    code_text(cause->meaning, lang));
}
