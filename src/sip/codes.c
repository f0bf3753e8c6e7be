/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/codes_data.h"

#include "base/text.h"

/** Longest phrase that is looked at; the rest of a longer one tells nothing. */
#define PHRASE_MAX_BYTES 96

/** Words that tell the cause in phrases that nobody listed. The first one counts. */
static const struct {
	const char *word; /* lower case */
	const char *category;
} telling_words[] = {
	{ "codec", "codec" },
	{ "money", "funds" },
	{ "balance", "funds" },
	{ "credit", "funds" },
	{ "funds", "funds" },
	{ "license", "license" },
	{ "licence", "license" },
	{ "database", "database" },
	{ "password", "credentials" },
	{ "credential", "credentials" },
	{ "blacklist", "acl" },
	{ "blocked", "acl" },
	{ "cps", "rate" },
	{ "too many", "rate" },
	{ "disabled", "account-disabled" },
	{ "suspended", "account-disabled" },
	{ "no route", "no-route" },
	{ "timeout", "timeout" },
	{ "timed out", "timeout" },
	{ "quota", "quota" },
	{ "tariff", "tariff" },
	{ "limit", "rate" },
	{ "capacity", "overload" },
	{ "congestion", "overload" },
	{ "overload", "overload" },
	{ "maintenance", "overload" },
	{ "busy", "busy" },
	{ "nonce", "credentials" },
	{ "authentication", "credentials" },
	{ "authorization", "credentials" },
	{ "sql", "database" },
	{ "dns", "no-route" },
	{ "srtp", "codec" },
	{ "unallocated", "number-invalid" },
	{ "unassigned", "number-invalid" },
	{ "spam", "declined" },
	{ "unreachable", "unreachable" },
	{ "connection refused", "unreachable" },
	{ "unresolvable", "no-route" },
};

const struct code *
codes_all(size_t *ret_n)
{
	*ret_n = codes_table_n;
	return codes_table;
}

const struct code_phrase *
codes_all_phrases(size_t *ret_n)
{
	*ret_n = codes_phrases_n;
	return codes_phrases;
}

const struct code_category *
codes_all_categories(size_t *ret_n)
{
	*ret_n = codes_categories_n;
	return codes_categories;
}

const struct q850 *
codes_all_q850(size_t *ret_n)
{
	*ret_n = codes_q850_n;
	return codes_q850_table;
}

const struct code *
codes_find(uint16_t code)
{
	size_t low = 0, high = codes_table_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (codes_table[middle].code == code)
			return &codes_table[middle];
		if (codes_table[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct code *
codes_find_class(uint16_t code)
{
	const struct code *known = codes_find(code);

	if (code < 100 || code > 699)
		return NULL;
	if (known)
		return known;
	return codes_find(code < 200 ? 183 : (uint16_t)(code / 100 * 100));
}

const char *
codes_class_name(uint16_t code, enum codes_lang lang)
{
	static const struct code_text names[] = {
		{ "", "" },
		{ "provisional", "предварительный ответ" },
		{ "success", "успешное завершение" },
		{ "redirection", "переадресация" },
		{ "request failure", "отказ по запросу" },
		{ "server failure", "отказ сервера" },
		{ "global failure", "глобальный отказ" },
	};
	size_t class = code / 100;

	return code_text(names[class <= 6 ? class : 0], lang);
}

const struct code_phrase *
codes_phrases_of(uint16_t code, size_t *ret_n)
{
	size_t low = 0, high = codes_phrases_n, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (codes_phrases[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < codes_phrases_n && codes_phrases[end].code == code; end++)
		;
	*ret_n = end - low;
	return end > low ? &codes_phrases[low] : NULL;
}

const struct code_category *
codes_category_find(struct sv_str name)
{
	for (size_t i = 0; i < codes_categories_n; i++)
		if (str_ieq(name, str_of(codes_categories[i].name)))
			return &codes_categories[i];
	return NULL;
}

const struct code_advice *
codes_advice_of(uint16_t code)
{
	for (size_t i = 0; i < codes_advice_n; i++)
		if (codes_advice[i].code == code)
			return &codes_advice[i];
	return NULL;
}

const struct q850 *
codes_q850_find(uint16_t cause)
{
	for (size_t i = 0; i < codes_q850_n; i++)
		if (codes_q850_table[i].cause == cause)
			return &codes_q850_table[i];
	return NULL;
}

const struct q850 *
codes_q850_of(uint16_t code)
{
	for (size_t i = 0; i < codes_q850_n; i++)
		for (size_t k = 0; k < Q850_MAX_FROM; k++)
			if (code && codes_q850_table[i].from_sip[k] == code)
				return &codes_q850_table[i];
	return NULL;
}

/**
 * Is it this row's phrase? A number or mark that a stack puts behind it does not matter
 * where the row is known to have one: "retry after XXX", Kamailio's "(477/TM)".
 */
static bool
phrase_is(const struct code_phrase *row, struct sv_str phrase)
{
	struct sv_str known = str_of(row->phrase);

	if (str_ends(known, SV_STR(" XXX")))
		known.len -= 3;
	else if (row->code < 477 || row->code > 479)
		return str_ieq(known, phrase);
	return phrase.len >= known.len && str_ieq(str_upto(phrase, known.len), known);
}

static const struct code_phrase *
find_phrase(const struct code_phrase *rows, size_t n, struct sv_str phrase)
{
	/* the first letter, without case, rules most rows out before their length is
	 * known; phrases begin with letters */
	for (size_t i = 0; i < n; i++)
		if (((rows[i].phrase[0] ^ phrase.ptr[0]) & ~0x20) == 0 &&
		    phrase_is(&rows[i], phrase))
			return &rows[i];
	return NULL;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** By a telling word that begins a word of the phrase. */
static const char *
category_by_word(struct sv_str phrase)
{
	for (size_t at = 0; at < phrase.len; at++) {
		struct sv_str rest = str_from(phrase, at);
		if (rest.len < 2 || !is_letter(rest.ptr[0]) ||
		    (at && is_letter(rest.ptr[-1])))
			continue;
		for (size_t i = 0; i < sizeof(telling_words) / sizeof(telling_words[0]);
		     i++) {
			const char *word = telling_words[i].word;
			if ((rest.ptr[0] | 0x20) == word[0] &&
			    (rest.ptr[1] | 0x20) == word[1] &&
			    str_ieq(str_upto(rest, strlen(word)), str_of(word)))
				return telling_words[i].category;
		}
	}
	return NULL;
}

/** An unknown 4xx or 6xx is handled as 400 or 600 but says nothing of their cause. */
static struct sv_str
category_by_code(uint16_t code)
{
	const struct code *row = codes_find(code);

	if (!row && (code / 100 == 4 || code / 100 == 6))
		return SV_STR("other");
	if (!row)
		row = codes_find_class(code);
	return row ? str_of(row->category) : str_of(NULL);
}

/** What a phrase tells; category NULL: nothing known. */
struct told {
	const char *category;
	bool plain; /* no more than its code does */
};

static struct told
told_by_phrase(uint16_t code, struct sv_str phrase)
{
	const struct code *row = codes_find(code);
	const struct code_phrase *hit;
	size_t n;

	phrase = str_upto(str_trim(phrase), PHRASE_MAX_BYTES);
	if (phrase.len == 0)
		return (struct told){ NULL, true };
	bool standard = row && str_ieq(phrase, str_of(row->phrase));
	const struct code_phrase *own = codes_phrases_of(code, &n);
	hit = find_phrase(own, n, phrase);
	if (!hit && standard)
		return (struct told){ row->category, true };
	if (!hit)
		hit = find_phrase(codes_phrases, codes_phrases_n, phrase);
	const char *category = hit ? hit->category : category_by_word(phrase);
	return (struct told){ category,
			      standard || (category && row &&
					   strcmp(category, row->category) == 0) };
}

struct sv_str
codes_category(uint16_t code, struct sv_str phrase)
{
	struct told told = told_by_phrase(code, phrase);

	return told.category ? str_of(told.category) : category_by_code(code);
}

/** Outcomes that are causes themselves, whatever phrase came along; else NULL. */
static const char *
category_by_outcome(enum sv_outcome outcome)
{
	if (outcome == SV_REJECTED)
		return "credentials";
	if (outcome == SV_UNKNOWN)
		return "account-missing";
	return outcome == SV_ACL ? "acl" : NULL;
}

/** Without phrase and code the outcome is all there is. */
static const char *
category_of_last_resort(enum sv_outcome outcome)
{
	static const char *const categories[SV_OUTCOME_COUNT] = {
		[SV_FORBIDDEN] = "other",      [SV_NOTFOUND] = "number-invalid",
		[SV_LOOP] = "protocol",        [SV_BUSY] = "busy",
		[SV_NOANSWER] = "unreachable", [SV_DECLINED] = "declined",
		[SV_MEDIA] = "codec",          [SV_TIMEOUT] = "timeout",
		[SV_CONGESTION] = "overload",  [SV_ERROR] = "server",
		[SV_MALFORMED] = "protocol",   [SV_REFUSED] = "other",
		[SV_BLOCKED] = "rate",         [SV_UNREACHABLE] = "unreachable",
		[SV_UNREGISTERED] = "other",   [SV_ABANDONED] = "challenge",
		[SV_CANCELED] = "cancelled",
	};

	return outcome < SV_OUTCOME_COUNT ? categories[outcome] : NULL;
}

/** Causes that lie with whoever asked: no third party may say them of him. */
static bool
accuses(const char *category)
{
	static const char *const words[] = { "credentials", "account-missing",
					     "account-disabled", "acl", "rate" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], category) == 0)
			return true;
	return false;
}

static struct told
told_of(const struct sv_event *event)
{
	struct told told = told_by_phrase(event->code, event->claim.phrase);

	if (told.category && event->leg != SV_LEG_OUT && accuses(told.category))
		return (struct told){ NULL, true };
	return told;
}

struct sv_str
codes_cause_plain(enum sv_outcome outcome, uint16_t code)
{
	const char *category = category_by_outcome(outcome);

	if (category)
		return str_of(category);
	if (!category_of_last_resort(outcome))
		return str_of(NULL); /* nothing went wrong */
	return code ? category_by_code(code) : str_of(category_of_last_resort(outcome));
}

struct sv_str
codes_cause(const struct sv_event *event)
{
	struct sv_str plain = codes_cause_plain(event->outcome, event->code);

	if (plain.len == 0 || category_by_outcome(event->outcome))
		return plain;
	struct told told = told_of(event);
	if (told.category && !told.plain)
		return str_of(told.category);
	const struct q850 *cause = event->q850 ? codes_q850_find(event->q850) : NULL;
	if (cause && cause->category)
		return str_of(cause->category);
	return told.category ? str_of(told.category) : plain;
}
