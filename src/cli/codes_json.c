/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/codes_print.h"

#include "base/text.h"
#include "sip/outcome.h"

struct code_text
codes_look(const struct code *code)
{
	const struct code_advice *advice = codes_advice_of(code->code);
	const struct code_category *category =
		codes_category_find(str_of(code->category));

	if (advice)
		return advice->look;
	return category ? category->look : (struct code_text){ "", "" };
}

static void
begin(const struct codes_view *view, const char *kind)
{
	buffer_addf(view->out, "{\"kind\":\"%s\"", kind);
}

static void
end(const struct codes_view *view)
{
	buffer_add_cstr(view->out, "}\n");
}

static void
text_field(const struct codes_view *view, const char *key, const char *text)
{
	if (!text || !text[0])
		return;
	buffer_addf(view->out, ",\"%s\":", key);
	buffer_add_json(view->out, str_of(text));
}

static void
number_field(const struct codes_view *view, const char *key, unsigned number)
{
	if (number)
		buffer_addf(view->out, ",\"%s\":%u", key, number);
}

static void
numbers_field(const struct codes_view *view, const char *key, const uint16_t *numbers,
	      size_t max)
{
	if (!numbers[0])
		return;
	buffer_addf(view->out, ",\"%s\":[", key);
	for (size_t i = 0; i < max && numbers[i]; i++)
		buffer_addf(view->out, i ? ",%u" : "%u", numbers[i]);
	buffer_add_char(view->out, ']');
}

static void
sets_field(const struct codes_view *view, uint16_t code)
{
	size_t n, found = 0;
	const struct code_set *sets = codes_all_sets(&n);

	for (size_t i = 0; i < n; i++) {
		if (sets[i].name[0] != '@' || !codes_set_has(&sets[i], code))
			continue;
		buffer_add_cstr(view->out, found++ ? "," : ",\"sets\":[");
		buffer_add_json(view->out, str_of(sets[i].name));
	}
	if (found)
		buffer_add_char(view->out, ']');
}

void
codes_json_code(const struct codes_view *view, const struct code *code)
{
	static const char *const origins[] = {
		[CODE_REGISTERED] = "registered",
		[CODE_UNREGISTERED] = "unregistered",
		[CODE_INTERNAL] = "internal",
	};
	const struct code_advice *advice = codes_advice_of(code->code);
	const struct q850 *cause = codes_q850_of(code->code);
	enum sv_outcome outcome = outcome_of_code(code->code);

	begin(view, "code");
	number_field(view, "code", code->code);
	text_field(view, "phrase", code->phrase);
	text_field(view, "class", codes_class_name(code->code, CODES_EN));
	text_field(view, "origin", origins[code->origin]);
	text_field(view, "reference", code->reference);
	text_field(view, "meaning", code_text(code->meaning, view->lang));
	text_field(view, "category", code->category);
	text_field(view, "outcome", outcome_name(outcome));
	buffer_addf(view->out, ",\"failure\":%s",
		    outcome_is_failure(outcome) ? "true" : "false");
	number_field(view, "q850", cause ? cause->cause : 0);
	sets_field(view, code->code);
	text_field(view, "look", code_text(codes_look(code), view->lang));
	text_field(view, "asterisk", advice ? advice->asterisk : NULL);
	end(view);
}

void
codes_json_phrase(const struct codes_view *view, const struct code_phrase *phrase)
{
	const struct code_category *category =
		codes_category_find(str_of(phrase->category));

	begin(view, "phrase");
	number_field(view, "code", phrase->code);
	text_field(view, "phrase", phrase->phrase);
	text_field(view, "meaning", code_text(phrase->meaning, view->lang));
	text_field(view, "category", phrase->category);
	text_field(view, "outcome", outcome_name(outcome_of_code(phrase->code)));
	if (category)
		text_field(view, "look", code_text(category->look, view->lang));
	end(view);
}

void
codes_json_q850(const struct codes_view *view, const struct q850 *cause)
{
	begin(view, "q850");
	buffer_addf(view->out, ",\"q850\":%u", cause->cause);
	text_field(view, "name", code_text(cause->name, view->lang));
	text_field(view, "reference", cause->reference);
	numbers_field(view, "sip", cause->sip, Q850_MAX_SIP);
	numbers_field(view, "sip_from_rfc3398", cause->from_sip, Q850_MAX_FROM);
	text_field(view, "freeswitch", cause->freeswitch);
	number_field(view, "freeswitch_sends", cause->freeswitch_sends);
	text_field(view, "asterisk", cause->asterisk);
	number_field(view, "asterisk_pjsip_sends", cause->asterisk_sends);
	text_field(view, "category", cause->category);
	end(view);
}

void
codes_json_set(const struct codes_view *view, const struct code_set *set)
{
	begin(view, "set");
	text_field(view, "set", set->name);
	text_field(view, "codes", set->codes);
	text_field(view, "q850", set->q850);
	text_field(view, "note", code_text(set->note, view->lang));
	end(view);
}

void
codes_json_category(const struct codes_view *view, const struct code_category *category)
{
	begin(view, "category");
	text_field(view, "category", category->name);
	text_field(view, "meaning", code_text(category->meaning, view->lang));
	text_field(view, "look", code_text(category->look, view->lang));
	end(view);
}
