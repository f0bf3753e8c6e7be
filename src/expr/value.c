/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/value.h"

#include "base/text.h"
#include "sip/outcome.h"

#include <stdio.h>
#include <time.h>

bool
value_has_order(const struct field *field)
{
	return field->kind == FIELD_U16 || field->kind == FIELD_U32 ||
	       field->kind == FIELD_TIME;
}

uint64_t
value_failures(void)
{
	uint64_t mask = 0;

	for (unsigned v = 0; v < SV_OUTCOME_COUNT; v++)
		if (outcome_is_failure((enum sv_outcome)v))
			mask |= (uint64_t)1 << v;
	return mask;
}

/** The field's words, for the message when none fits. */
static void
word_error(const struct expr_field *field, const struct lex_token *token,
	   struct expr_error *reterr_error)
{
	const struct field *f = field_info(field);
	const char *best = NULL;
	char hint[80] = "", show[48];
	size_t near = token->text.len / 3 + 2;
	size_t used = 0;

	for (unsigned v = 0; v == 0 || f->word(v)[0]; v++) {
		const char *word = f->word(v);
		size_t away = str_distance(token->text, str_of(word), near);
		if (word[0] && away < near && away < strlen(word)) {
			near = away;
			best = word;
		}
		/* capital letters are what people get wrong; distance counts each */
		if (word[0] &&
		    str_ieq(str_upto(token->text, strlen(word)),
			    str_upto(str_of(word), token->text.len)) &&
		    token->text.len >= 3) {
			near = 0;
			best = word;
		}
		if (word[0] && used + strlen(word) + 3 < sizeof(hint))
			used += (size_t)snprintf(hint + used, sizeof(hint) - used,
						 "%s%s", used ? ", " : "one of ", word);
	}
	if (best)
		(void)snprintf(hint, sizeof(hint), "did you mean '%s'?", best);
	lex_error(token, reterr_error, hint, "'%s' is no %s", lex_show(token, show),
		  field->name);
}

static bool
read_word(const struct expr_field *field, const struct lex_token *token,
	  struct test *test, struct expr_error *reterr_error)
{
	const struct field *f = field_info(field);

	test->kind = TEST_ENUM;
	for (unsigned v = 0; v == 0 || f->word(v)[0]; v++) {
		struct sv_str word =
			f->word(v)[0] ? str_of(f->word(v)) : SV_STR("none");
		if (str_ieq(token->text, word) ||
		    (token->text.len == 0 && f->word(v)[0] == '\0')) {
			test->with.mask = (uint64_t)1 << v;
			return true;
		}
	}
	word_error(field, token, reterr_error);
	return false;
}

static bool
read_bool(const struct expr_field *field, const struct lex_token *token,
	  struct test *test, struct expr_error *reterr_error)
{
	static const char *const words[] = { "false", "true", "no", "yes", "0", "1" };

	test->kind = TEST_ENUM;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_ieq(token->text, str_of(words[i]))) {
			test->with.mask = i % 2 ? value_failures() : ~value_failures();
			return true;
		}
	lex_error(token, reterr_error, "true or false", "'%s' is true or false",
		  field->name);
	return false;
}

static bool
read_address(const struct lex_token *token, struct test *test,
	     struct expr_error *reterr_error)
{
	char show[48], hint[ADDRESS_TEXT_BYTES + 20] = "", text[ADDRESS_TEXT_BYTES];
	size_t slash = str_find_char(token->text, '/');
	struct sv_ip ip;
	uint64_t bits = 0;

	test->kind = TEST_IP;
	if (token->text.len == 0 || str_ieq(token->text, SV_STR("none"))) {
		test->with.prefix = (struct prefix){ .bits = 0 };
		return true;
	}
	if (prefix_parse(token->text, &test->with.prefix))
		return true;
	if (slash != STR_NONE && address_parse(str_upto(token->text, slash), &ip) &&
	    str_take_u64(str_from(token->text, slash + 1), &bits) &&
	    bits <= (ip.family == 4 ? 32 : 128)) {
		ip = address_mask(&ip, (unsigned)bits);
		(void)address_print(&ip, text);
		(void)snprintf(hint, sizeof(hint), "did you mean '%s/%u'?", text,
			       (unsigned)bits);
	}
	lex_error(token, reterr_error, hint, "'%s' is no address or network",
		  lex_show(token, show));
	return false;
}

/** A number, or a class such as 4xx: *ret_least to *ret_most. */
static bool
read_number(const struct expr_field *field, struct sv_str text, uint64_t *ret_least,
	    uint64_t *ret_most)
{
	bool code = str_eq(str_of(field->name), SV_STR("code"));

	if (code && text.len == 3 && text.ptr[0] >= '1' && text.ptr[0] <= '9' &&
	    str_ieq(str_from(text, 1), SV_STR("xx"))) {
		*ret_least = (uint64_t)(text.ptr[0] - '0') * 100;
		*ret_most = *ret_least + 99;
		return true;
	}
	if (text.len == 0 || str_take_u64(text, ret_least) != text.len)
		return false;
	*ret_most = *ret_least;
	return true;
}

/** YYYY-MM-DD[T| ]HH:MM[:SS[.ffffff]][Z|+HH:MM], or the date alone. */
static bool
read_time(struct sv_str text, uint64_t *ret_time)
{
	char buf[40];
	struct tm tm = { 0 };
	int used = 0, more = 0, off_h = 0, off_m = 0;
	char sign[2] = "+";
	double sec = 0;

	if (text.len >= sizeof(buf) || str_find_char(text, '\0') != STR_NONE)
		return false;
	memcpy(buf, text.ptr, text.len);
	buf[text.len] = '\0';
	if (sscanf(buf, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) !=
		    3 ||
	    tm.tm_year < 1970 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31)
		return false;
	const char *rest = buf + used;
	if (*rest == 'T' || *rest == ' ') {
		rest++;
		if (sscanf(rest, "%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &more) != 2)
			return false;
		rest += more;
		more = 0;
		if (*rest == ':' && sscanf(rest, ":%9lf%n", &sec, &more) != 1)
			return false;
		rest += more;
	}
	if (*rest == 'Z') {
		rest++;
	} else if (*rest) {
		more = 0;
		if (sscanf(rest, "%1[+-]%2d:%2d%n", sign, &off_h, &off_m, &more) != 3)
			return false;
		rest += more;
	}
	if (*rest || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
	    tm.tm_min > 59 || !(sec >= 0 && sec < 61) || off_h < 0 || off_m < 0)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	time_t at =
		timegm(&tm) - (sign[0] == '-' ? -1 : 1) * (off_h * 3600 + off_m * 60);
	*ret_time =
		at < 0 ? 0
		       : (uint64_t)at * SV_USEC_PER_SEC + (uint64_t)(sec * 1e6 + 0.5);
	return true;
}

/** The range of values for which "value op [least, most]" holds. */
static void
range_set(struct test *test, enum lex_kind op, uint64_t least, uint64_t most)
{
	uint64_t from = 0, to = UINT64_MAX;

	if (op == LEX_EQ || op == LEX_NE)
		from = least, to = most;
	else if (op == LEX_GE)
		from = least;
	else if (op == LEX_GT)
		from = most + 1;
	else if (op == LEX_LE)
		to = most;
	else if (least == 0) /* below zero: never */
		from = 1, to = 0;
	else
		to = least - 1;
	test->with.range.least = from;
	test->with.range.most = to;
}

static bool
read_range(const struct expr_field *field, enum lex_kind op,
	   const struct lex_token *token, struct test *test,
	   struct expr_error *reterr_error)
{
	const struct field *f = field_info(field);
	uint64_t least, most, limit = UINT16_MAX;
	char show[48];

	test->kind = f->kind == FIELD_TIME  ? TEST_TIME
		     : f->kind == FIELD_U32 ? TEST_U32
					    : TEST_U16;
	if (f->kind == FIELD_TIME) {
		if (!read_time(token->text, &least)) {
			lex_error(token, reterr_error, "'2026-11-22T09:31:07Z'",
				  "'%s' is no time", lex_show(token, show));
			return false;
		}
		range_set(test, op, least, least);
		return true;
	}
	if (f->kind == FIELD_U32)
		limit = UINT32_MAX;
	else if (f->offset == offsetof(struct sv_event, code))
		limit = 999;
	else if (f->offset == offsetof(struct sv_event, q850))
		limit = 127;
	if (!read_number(field, token->text, &least, &most) || most > limit) {
		lex_error(token, reterr_error,
			  limit == 999 ? "a number such as 403, or a class: 4xx" : "",
			  "'%s' is no %s (0 to %llu)", lex_show(token, show),
			  field->name, (unsigned long long)limit);
		return false;
	}
	range_set(test, op, least, most);
	return true;
}

bool
value_read(const struct expr_field *field, enum lex_kind op,
	   const struct lex_token *token, struct test *test,
	   struct expr_error *reterr_error)
{
	switch (field_info(field)->kind) {
	case FIELD_ENUM:
		return read_word(field, token, test, reterr_error);
	case FIELD_BOOL:
		return read_bool(field, token, test, reterr_error);
	case FIELD_IP:
		return read_address(token, test, reterr_error);
	case FIELD_U16:
	case FIELD_U32:
	case FIELD_TIME:
		return read_range(field, op, token, test, reterr_error);
	case FIELD_TEXT:
	case FIELD_PREFIX:
	case FIELD_ACCOUNT:
	case FIELD_DIAL:
		break;
	}
	lex_error(token, reterr_error, NULL, "'%s' cannot be compared", field->name);
	return false;
}
