/* SPDX-License-Identifier: Apache-2.0 */
/* One template of a dialect: its expression, what its lines mean, and a warning where
 * the other side could choose who is blamed. */
#include "base/i18n.h"
#include "conf/build.h"
#include "conf/unit.h"
#include "sip/codes.h"
#include "sip/outcome.h"

#include <stdio.h>

/** A closed list of words: name(1), name(2) … up to the last. */
struct words {
	const char *(*name)(int value);
	int last;
};

static const char *
outcome_word(int value)
{
	/* gaps are no attempts */
	return value == SV_GAP ? "" : outcome_name((enum sv_outcome)value);
}
static const char *
method_word(int value)
{
	return method_name((enum sv_method)value);
}
static const char *
service_word(int value)
{
	return service_name((enum sv_service)value);
}
static const char *
transport_word(int value)
{
	return transport_name((enum sv_transport)value);
}

static const struct words outcomes = { outcome_word, SV_OUTCOME_COUNT - 1 };
static const struct words methods = { method_word, SV_METHOD_OTHER };
static const struct words services = { service_word, SV_SERVICE_HTTP };
static const struct words transports = { transport_word, SV_SCTP };

#define MAX_WORDS 32

/** The value of a word, or -1; then *ret_near is the nearest one or NULL. */
static int
word_find(const struct words *words, struct sv_str text, const char **ret_near)
{
	const char *names[MAX_WORDS];
	size_t n = 0;

	for (int i = 0; i <= words->last && n < MAX_WORDS; i++) {
		const char *name = words->name(i);
		if (name[0] && str_ieq(text, str_of(name)))
			return i;
		if (name[0])
			names[n++] = name;
	}
	*ret_near = options_nearest(text, names, n);
	return -1;
}

static void
report_word(struct build *build, struct spot spot, struct sv_str text, const char *key,
	    const char *near)
{
	char hint[96];

	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near);
	spot_error(build->diag, spot, near ? hint : NULL,
		   _("'%.*s' is no value of '%s'"),
		   (int)(text.len < 64 ? text.len : 64), text.ptr, key);
}

/** The value of a key whose value is such a word; 0 when it is not given. */
static int
read_word(struct build *build, const struct syntax_section *section, const char *key,
	  const struct words *words)
{
	const struct syntax_item *item = syntax_item(section, key);
	const char *near = NULL;

	if (!item || !item->n_values || !item->values[0].text[0])
		return 0;
	int value = word_find(words, str_of(item->values[0].text), &near);
	if (value < 0)
		report_word(build, spot_value(section, &item->values[0]),
			    str_of(item->values[0].text), key, near);
	return value < 0 ? 0 : value;
}

/** `text = what it means`: the last sign counts, texts may have some. */
static bool
split_mapping(const char *value, struct sv_str *ret_text, struct sv_str *ret_means)
{
	struct sv_str whole = str_of(value);
	size_t sign = str_find_last(whole, SV_STR("="));

	if (sign == STR_NONE)
		return false;
	*ret_text = str_trim(str_upto(whole, sign));
	*ret_means = str_trim(str_from(whole, sign + 1));
	return ret_text->len && ret_means->len;
}

static bool
read_mapping(struct build *build, const struct syntax_section *section, const char *key,
	     const struct syntax_value *value, struct pattern_mapping *ret_mapping)
{
	struct sv_str text, means;
	const char *near = NULL;
	uint64_t code = 0;
	bool codes = strcmp(key, "codes") == 0;

	if (!split_mapping(value->text, &text, &means)) {
		spot_error(build->diag, spot_value(section, value),
			   codes ? _("as \"wrong password = 403\"")
				 : _("as \"wrong password = rejected\""),
			   _("'%.64s' says nothing of the form text = value"),
			   value->text);
		return false;
	}
	ret_mapping->text = arena_copy(build->arena, text);
	struct spot spot =
		spot_part(section, value, (size_t)(means.ptr - value->text), means.len);
	if (!codes) {
		int outcome = word_find(&outcomes, means, &near);
		if (outcome < 0)
			report_word(build, spot, means, key, near);
		ret_mapping->outcome = (enum sv_outcome)(outcome < 0 ? 0 : outcome);
		return outcome > 0 && ret_mapping->text;
	}
	if (unit_number(means, &code) != UNIT_OK || code < 100 || code > 699) {
		spot_error(build->diag, spot, _("from 100 to 699"),
			   _("'%.*s' is no SIP code"),
			   (int)(means.len < 64 ? means.len : 64), means.ptr);
		return false;
	}
	ret_mapping->code = (uint16_t)code;
	return ret_mapping->text;
}

static const struct pattern_mapping *
read_mappings(struct build *build, const struct syntax_section *section,
	      const char *key, size_t *ret_n)
{
	const struct syntax_item *item = syntax_item(section, key);
	struct pattern_mapping *rows =
		item ? arena_alloc(build->arena, (item->n_values + 1) * sizeof(*rows))
		     : NULL;

	*ret_n = 0;
	for (size_t i = 0; rows && i < item->n_values; i++)
		*ret_n += read_mapping(build, section, key, &item->values[i],
				       &rows[*ret_n]);
	return rows;
}

static const char *
read_category(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "category");
	const char *names[128];
	size_t n;
	const struct code_category *all = codes_all_categories(&n);

	if (!item || !item->n_values || !item->values[0].text[0])
		return NULL;
	struct sv_str text = str_of(item->values[0].text);
	if (codes_category_find(text))
		return item->values[0].text;
	n = n < 128 ? n : 128;
	for (size_t i = 0; i < n; i++)
		names[i] = all[i].name;
	report_word(build, spot_value(section, &item->values[0]), text, "category",
		    options_nearest(text, names, n));
	return NULL;
}

/** Nothing can come of it, or what is written has no effect. */
static void
check_sense(struct build *build, const struct syntax_section *section,
	    const struct pattern_template *t)
{
	bool code = pattern_has(t->pattern, PATTERN_CODE);
	bool outcome = pattern_has(t->pattern, PATTERN_OUTCOME);
	const struct syntax_item *codes = syntax_item(section, "codes");
	const struct syntax_item *words = syntax_item(section, "outcomes");

	if (!t->ignore && !code && !outcome && !t->code && !t->outcome)
		spot_error(build->diag, spot_title(section),
			   _("give 'outcome' or 'code', a group of these names, or "
			     "ignore = true"),
			   _("no event can come of this template"));
	if (codes && codes->n_values && !code)
		spot_error(build->diag, spot_key(section, codes), NULL,
			   _("the pattern has no group '%s'"), "code");
	if (words && words->n_values && !outcome)
		spot_error(build->diag, spot_key(section, words), NULL,
			   _("the pattern has no group '%s'"), "outcome");
}

static void
warn(struct build *build, struct spot spot, const struct pattern_risk *risk)
{
	const char *field = pattern_field_name(risk->field);
	const char *anchor = _("match all of the line, with ^ and $; or accept it: "
			       "attribution = \"forgeable\"");

	switch (risk->why) {
	case PATTERN_SAFE:
		break;
	case PATTERN_UNANCHORED:
		spot_warning(build->diag, spot, _("begin the pattern with ^"),
			     _("'%s' may be text of the other side: the match may "
			       "begin anywhere"),
			     field);
		break;
	case PATTERN_BEHIND_CLAIM:
		spot_warning(build->diag, spot, anchor,
			     _("'%s' may be text of the other side: it stands behind "
			       "'%s', which the other side writes"),
			     field, pattern_field_name(risk->claim));
		break;
	case PATTERN_BEHIND_WIDE:
		spot_warning(build->diag, spot,
			     _("write [^…]* with the byte that follows, instead of "
			       ".*; or anchor it with $"),
			     _("'%s' may be text of the other side: it, or a part "
			       "before it, "
			       "may end in several places"),
			     field);
		break;
	case PATTERN_BEHIND_PATHS:
		spot_warning(build->diag, spot, anchor,
			     _("'%s' may be text of the other side: alternatives "
			       "before it do not exclude each other"),
			     field);
		break;
	case PATTERN_UNCLEAR:
		spot_warning(build->diag, spot, anchor,
			     _("'%s' may be text of the other side: what stands "
			       "before it cannot be judged"),
			     field);
		break;
	case PATTERN_LOOSE:
		spot_warning(build->diag, spot,
			     risk->field == PATTERN_PEER_IP ? _("write [0-9A-Fa-f:.]+")
							    : _("write [0-9]+"),
			     risk->field == PATTERN_PEER_IP
				     ? _("'%s' takes more than an address")
				     : _("'%s' takes more than a number"),
			     field);
		break;
	}
}

/** One warning for each reason: what holds of the address holds of its port. */
static void
check_risks(struct build *build, const struct syntax_section *section,
	    const struct pattern_template *t)
{
	struct pattern_risk risks[PATTERN_MAX_RISKS];
	const struct syntax_item *item = syntax_item(section, "pattern");
	bool judged = t->attribution == PATTERN_JUDGED;
	size_t n = t->ignore ? 0 : pattern_risks(t->pattern, risks);

	for (size_t i = 0; i < n; i++) {
		bool told = false;
		for (size_t k = 0; k < i; k++)
			told |= risks[k].why == risks[i].why;
		if (told || (!judged && risks[i].why != PATTERN_LOOSE))
			continue;
		warn(build,
		     spot_part(section, &item->values[0], risks[i].at,
			       risks[i].len ? risks[i].len : 1),
		     &risks[i]);
	}
}

bool
templates_read(struct build *build, const struct syntax_section *section,
	       struct pattern_template *ret_template)
{
	const struct syntax_item *item = syntax_item(section, "pattern");
	struct pattern_template *t = ret_template;
	struct pattern_error error = { 0 };
	size_t errors = build->diag->errors;

	if (!item || !item->n_values)
		return false;
	*t = (struct pattern_template){
		.name = section->name,
		.pattern = item->values[0].text,
		.ignore = values_number(section, "ignore") != 0,
		.leg = values_given(section, "leg")
			       ? (values_number(section, "leg") ? SV_LEG_OUT
								: SV_LEG_IN)
			       : SV_LEG_UNKNOWN,
		.code = (uint16_t)values_number(section, "code"),
		.q850 = (uint16_t)values_number(section, "q850"),
		.attribution =
			(enum pattern_attribution)values_number(section, "attribution"),
		.file = section->file->path,
		.line = spot_line(section->file, section->begin),
	};
	if (pattern_check(t->pattern, &error) < 0) {
		spot_error(build->diag,
			   spot_part(section, &item->values[0], error.at, error.len),
			   error.hint[0] ? error.hint : NULL, "%s", error.message);
		return false;
	}
	t->outcome = (enum sv_outcome)read_word(build, section, "outcome", &outcomes);
	t->method = (enum sv_method)read_word(build, section, "method", &methods);
	t->service = (enum sv_service)read_word(build, section, "service", &services);
	t->transport =
		(enum sv_transport)read_word(build, section, "transport", &transports);
	t->category = read_category(build, section);
	t->codes = read_mappings(build, section, "codes", &t->n_codes);
	t->outcomes = read_mappings(build, section, "outcomes", &t->n_outcomes);
	if (build->diag->errors == errors)
		check_sense(build, section, t);
	check_risks(build, section, t);
	return build->diag->errors == errors;
}
