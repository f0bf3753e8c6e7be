/* SPDX-License-Identifier: Apache-2.0 */
/* rule(NAME) of a condition, from text. */
#include "base/text.h"
#include "engine/measure.h"

#include <stdlib.h>

bool
measure_rule(struct reader *r, struct measure *measure)
{
	struct measures *m = r->measures;
	char show[48];
	size_t i;

	lex_next(&r->lex);
	struct lex_token name = r->lex.token;
	if (name.kind != LEX_WORD && name.kind != LEX_STRING) {
		lex_error(&name, r->error, measure_example(SV_MEASURE_RULE),
			  "expected the name of a rule, not '%s'",
			  lex_show(&name, show));
		return false;
	}
	lex_next(&r->lex);
	if (r->lex.token.kind != LEX_CLOSE) {
		lex_error(&r->lex.token, r->error, measure_example(SV_MEASURE_RULE),
			  "expected ')' after '%s'", lex_show(&name, show));
		return false;
	}
	for (i = 0; i < m->n_rules; i++)
		if (str_eq(name.text, str_of(m->rule[i].text)))
			break;
	measure->rule = (uint8_t)i;
	if (i < m->n_rules)
		return true;
	if (i == SV_ALERT_MAX_MEASURES) {
		lex_error(&name, r->error, NULL, "more than %d rules in one condition",
			  SV_ALERT_MAX_MEASURES);
		return false;
	}
	m->rule[i] = (struct rule_name){ .text = strndup(name.text.ptr, name.text.len),
					 .pos = name.pos,
					 .len = name.len };
	if (!m->rule[i].text)
		return measure_no_memory(r->error);
	m->n_rules++;
	return true;
}
