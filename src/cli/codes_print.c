/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/codes_print.h"

#include "base/text.h"
#include "cli/terminal.h"
#include "sip/outcome.h"

#include <assert.h>
#include <stdio.h>

#define LABEL_COLUMNS 12
#define CODE_COLUMNS 5
#define WORD_COLUMNS 17

enum label { LOOK, OUTCOME, CATEGORY, SETS, PHRASES, SENT_AS, MADE_OF, CODES };

/** Labels speak the catalogue's language, whatever the locale is. */
static const struct code_text labels[] = {
	[LOOK] = { "Look at", "Проверить" },    [OUTCOME] = { "Outcome", "Итог" },
	[CATEGORY] = { "Category", "Причина" }, [SETS] = { "Sets", "Наборы" },
	[PHRASES] = { "Phrases", "Фразы" },     [SENT_AS] = { "SIP", "SIP" },
	[MADE_OF] = { "Made of", "Из кодов" },  [CODES] = { "Codes", "Коды" },
};

static const struct code_text outcome_texts[SV_OUTCOME_COUNT] = {
	[SV_FORBIDDEN] = { "refused by policy; counts as a failure",
			   "отказ по правилам; считается отказом" },
	[SV_NOTFOUND] = { "the number; a failure, not of the trunk",
			  "номер; отказ, но не сбой транка" },
	[SV_LOOP] = { "routing loop; counts as a failure",
		      "петля маршрутизации; считается отказом" },
	[SV_BUSY] = { "a failed call, not a failure of the trunk; effective in SEER",
		      "вызов не состоялся, но это не сбой транка; в SEER эффективен" },
	[SV_NOANSWER] = { "a failed call, not a failure of the trunk; effective in "
			  "SEER",
			  "вызов не состоялся, но это не сбой транка; в SEER "
			  "эффективен" },
	[SV_DECLINED] = { "a failed call, not a failure of the trunk",
			  "вызов не состоялся, но это не сбой транка" },
	[SV_MEDIA] = { "the ends do not agree; counts as a failure",
		       "стороны не договорились; считается отказом" },
	[SV_TIMEOUT] = { "nobody answers: a failure of the peer or the path to it",
			 "нет ответа: сбой удалённой стороны или пути до неё" },
	[SV_CONGESTION] = { "no capacity: a failure of the peer or carrier",
			    "нет ресурсов: сбой удалённой стороны или оператора" },
	[SV_ERROR] = { "a failure of the server that answered",
		       "сбой ответившего сервера" },
	[SV_MALFORMED] = { "broken request; counts as a failure",
			   "некорректный запрос; считается отказом" },
	[SV_REFUSED] = { "request refused; counts as a failure",
			 "запрос отклонён; считается отказом" },
	[SV_REJECTED] = { "credentials given and refused; counts as a failure",
			  "учётные данные отклонены; считается отказом" },
	[SV_OK] = { "no failure", "не отказ" },
	[SV_CHALLENGED] = { "no failure; rejected if credentials had been given",
			    "не отказ; rejected, если данные уже были переданы" },
	[SV_CANCELED] = { "normal noise, no failure", "обычное событие, не отказ" },
};

/** Columns that UTF-8 text of the catalogue takes: one a character. */
static unsigned
columns(struct sv_str text)
{
	unsigned n = 0;

	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return n;
}

/** Text in a column of its own: at least one blank follows. */
static void
cell(const struct codes_view *view, const char *text, unsigned wide)
{
	unsigned used = columns(str_of(text));

	buffer_add_cstr(view->out, text);
	do
		buffer_add_char(view->out, ' ');
	while (++used < wide);
}

/** Words of `text` from column `indent` on, broken at the view's width. */
static void
wrap(const struct codes_view *view, unsigned indent, const char *text)
{
	terminal_wrap(view->out, str_of(text), indent, view->width);
}

static void
field(const struct codes_view *view, const char *label, const char *text)
{
	if (!text || !text[0])
		return;
	cell(view, label, LABEL_COLUMNS);
	wrap(view, LABEL_COLUMNS, text);
}

static const char *
label(const struct codes_view *view, enum label which)
{
	return code_text(labels[which], view->lang);
}

/** Title at the left, where it stands at the right; on two lines if it must be. */
static void
head(const struct codes_view *view, const char *title, const char *where)
{
	unsigned used = columns(str_of(title)), room = columns(str_of(where));

	if (used + 2 + room <= view->width)
		buffer_addf(view->out, "%s%*s%s\n", title,
			    (int)(view->width - used - room), "", where);
	else
		buffer_addf(view->out, "%s\n%s\n", title, where);
}

static void
print_sets_of(const struct codes_view *view, uint16_t code)
{
	char text[160];
	size_t n, used = 0;
	const struct code_set *sets = codes_all_sets(&n);

	text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		if (sets[i].name[0] == '@' && codes_set_has(&sets[i], code) &&
		    used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 used ? " %s" : "%s", sets[i].name);
	field(view, label(view, SETS), text);
}

/** "busy  Call waiting off: …" lines below the label. */
static void
print_phrases_of(const struct codes_view *view, const struct code *code)
{
	size_t n, shown = 0;
	const struct code_phrase *rows = codes_phrases_of(code->code, &n);

	for (size_t i = 0; i < n; i++) {
		char text[512];
		if (str_ieq(str_of(rows[i].phrase), str_of(code->phrase)) &&
		    str_eq(str_of(rows[i].category), str_of(code->category)))
			continue; /* says what the head has said */
		snprintf(text, sizeof(text), "\"%s\" %s: %s", rows[i].phrase,
			 rows[i].category, code_text(rows[i].meaning, view->lang));
		field(view, shown++ ? "" : label(view, PHRASES), text);
	}
}

static void
print_outcome(const struct codes_view *view, uint16_t code)
{
	enum sv_outcome outcome = outcome_of_code(code);
	const char *text = code_text(outcome_texts[outcome], view->lang);
	char line[256];

	if (outcome == SV_OUTCOME_NONE)
		return;
	snprintf(line, sizeof(line), "%s (%s)", outcome_name(outcome), text);
	field(view, label(view, OUTCOME), line);
}

static void
print_known(const struct codes_view *view, const struct code *row)
{
	const struct code_category *category =
		codes_category_find(str_of(row->category));
	const struct code_advice *advice = codes_advice_of(row->code);
	const struct q850 *cause = codes_q850_of(row->code);
	char title[128], where[160];

	snprintf(title, sizeof(title), "%u %s", (unsigned)row->code, row->phrase);
	if (row->origin == CODE_INTERNAL)
		snprintf(where, sizeof(where), "%s", row->reference);
	else
		snprintf(where, sizeof(where), "%s · %uxx %s", row->reference,
			 (unsigned)row->code / 100,
			 codes_class_name(row->code, view->lang));
	head(view, title, where);
	wrap(view, 0, code_text(row->meaning, view->lang));
	print_outcome(view, row->code);
	if (category) {
		snprintf(title, sizeof(title), "%s", category->name);
		field(view, label(view, CATEGORY), title);
	}
	if (cause) {
		snprintf(title, sizeof(title), "%u %s", cause->cause,
			 code_text(cause->name, view->lang));
		field(view, "Q.850", title);
	}
	print_sets_of(view, row->code);
	field(view, label(view, LOOK), code_text(codes_look(row), view->lang));
	field(view, "Asterisk", advice ? advice->asterisk : NULL);
	print_phrases_of(view, row);
}

bool
codes_print_code(const struct codes_view *view, uint16_t code)
{
	static const struct code_text unknown = {
		"stands in no registry; it counts as the x00 of its class:",
		"нигде не зарегистрирован; считается как x00 своего класса:"
	};
	const struct code *row = codes_find(code);
	size_t n;

	if (!row) {
		row = codes_find_class(code);
		if (!row)
			return false;
		if (!view->json)
			buffer_addf(view->out, "%u %s\n\n", code,
				    code_text(unknown, view->lang));
	}
	if (!view->json) {
		print_known(view, row);
		return true;
	}
	codes_json_code(view, row);
	const struct code_phrase *phrases = codes_phrases_of(row->code, &n);
	for (size_t i = 0; i < n; i++)
		codes_json_phrase(view, &phrases[i]);
	return true;
}

/** "486  busy             Busy Here: The called end …" */
static void
print_line(const struct codes_view *view, const struct code *row)
{
	char text[512];

	assert(row);

	if (view->json) {
		codes_json_code(view, row);
		return;
	}
	snprintf(text, sizeof(text), "%u", row->code);
	cell(view, text, CODE_COLUMNS);
	const char *outcome = outcome_name(outcome_of_code(row->code));
	cell(view, outcome[0] ? outcome : "-", WORD_COLUMNS - CODE_COLUMNS);
	snprintf(text, sizeof(text), "%s%s%s", row->phrase, row->phrase[0] ? ": " : "",
		 code_text(row->meaning, view->lang));
	wrap(view, WORD_COLUMNS, text);
}

size_t
codes_print_range(const struct codes_view *view, uint16_t first, uint16_t last)
{
	size_t n, shown = 0;
	const struct code *rows = codes_all(&n);

	for (size_t i = 0; rows && i < n; i++) {
		if (rows[i].code < first || rows[i].code > last)
			continue;
		print_line(view, &rows[i]);
		shown++;
	}
	return shown;
}

void
codes_print_set(const struct codes_view *view, const struct code_set *set)
{
	size_t n;
	const struct code *rows = codes_all(&n);
	char text[96];

	if (view->json) {
		codes_json_set(view, set);
	} else {
		head(view, set->name, code_text(set->note, view->lang));
		if (set->name[0] == '@')
			field(view, label(view, CODES), set->codes);
		if (set->q850[0]) {
			snprintf(text, sizeof(text), "%s", set->q850);
			field(view, "Q.850", text);
		}
		buffer_add_char(view->out, '\n');
	}
	for (size_t i = 0; i < n; i++)
		if (codes_set_has(set, rows[i].code))
			print_line(view, &rows[i]);
}

void
codes_print_sets(const struct codes_view *view)
{
	size_t n;
	const struct code_set *sets = codes_all_sets(&n);

	for (size_t i = 0; i < n; i++) {
		char text[256];
		if (view->json) {
			codes_json_set(view, &sets[i]);
			continue;
		}
		cell(view, sets[i].name, WORD_COLUMNS);
		snprintf(text, sizeof(text), "%s%s%s: %s", sets[i].codes,
			 sets[i].q850[0] ? ", Q.850 " : "", sets[i].q850,
			 code_text(sets[i].note, view->lang));
		wrap(view, WORD_COLUMNS, text);
	}
}

static void
list_numbers(char *text, size_t bytes, const uint16_t *numbers, size_t max)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < max && numbers[i] && used < bytes; i++) {
		const struct code *row = codes_find(numbers[i]);
		used += (size_t)snprintf(text + used, bytes - used, "%s%u%s%s",
					 used ? ", " : "", numbers[i], row ? " " : "",
					 row ? row->phrase : "");
	}
}

static void
print_stack(const struct codes_view *view, const char *stack, const char *constant,
	    unsigned sends)
{
	char text[96];

	if (!constant)
		return;
	if (sends)
		snprintf(text, sizeof(text), "%s → %u", constant, sends);
	else
		snprintf(text, sizeof(text), "%s", constant);
	field(view, stack, text);
}

bool
codes_print_q850(const struct codes_view *view, uint16_t cause)
{
	const struct q850 *row = codes_q850_find(cause);
	char text[512];

	if (!row)
		return false;
	if (view->json) {
		codes_json_q850(view, row);
		return true;
	}
	snprintf(text, sizeof(text), "%s %u %s", cause < 142 ? "Q.850" : "FreeSWITCH",
		 cause, code_text(row->name, view->lang));
	head(view, text, row->reference);
	list_numbers(text, sizeof(text), row->sip, Q850_MAX_SIP);
	field(view, label(view, SENT_AS), text);
	list_numbers(text, sizeof(text), row->from_sip, Q850_MAX_FROM);
	field(view, label(view, MADE_OF), text);
	print_stack(view, "FreeSWITCH", row->freeswitch, row->freeswitch_sends);
	print_stack(view, "Asterisk", row->asterisk, row->asterisk_sends);
	const struct code *code =
		codes_find(row->sip[0] ? row->sip[0] : row->freeswitch_sends);
	if (code)
		field(view, label(view, LOOK), code_text(codes_look(code), view->lang));
	return true;
}

void
codes_print_all_q850(const struct codes_view *view)
{
	size_t n;
	const struct q850 *rows = codes_all_q850(&n);

	for (size_t i = 0; i < n; i++) {
		char text[32];
		if (view->json) {
			codes_json_q850(view, &rows[i]);
			continue;
		}
		snprintf(text, sizeof(text), "%u", rows[i].cause);
		cell(view, text, CODE_COLUMNS);
		if (rows[i].sip[0])
			snprintf(text, sizeof(text), "%u", rows[i].sip[0]);
		cell(view, rows[i].sip[0] ? text : "-", CODE_COLUMNS);
		wrap(view, 2 * CODE_COLUMNS, code_text(rows[i].name, view->lang));
	}
}

static void
print_phrase(const struct codes_view *view, const struct code_phrase *row)
{
	char text[512];

	if (view->json) {
		codes_json_phrase(view, row);
		return;
	}
	snprintf(text, sizeof(text), "%u", row->code);
	cell(view, text, CODE_COLUMNS);
	snprintf(text, sizeof(text), "%s (%s): %s", row->phrase, row->category,
		 code_text(row->meaning, view->lang));
	wrap(view, CODE_COLUMNS, text);
}

void
codes_print_category(const struct codes_view *view,
		     const struct code_category *category)
{
	size_t n;
	const struct code_phrase *rows = codes_all_phrases(&n);

	if (view->json) {
		codes_json_category(view, category);
	} else {
		head(view, category->name, code_text(category->meaning, view->lang));
		field(view, label(view, LOOK), code_text(category->look, view->lang));
		buffer_add_char(view->out, '\n');
	}
	for (size_t i = 0; i < n; i++)
		if (str_eq(str_of(rows[i].category), str_of(category->name)))
			print_phrase(view, &rows[i]);
}

void
codes_print_categories(const struct codes_view *view)
{
	size_t n;
	const struct code_category *rows = codes_all_categories(&n);

	for (size_t i = 0; i < n; i++) {
		if (view->json) {
			codes_json_category(view, &rows[i]);
			continue;
		}
		cell(view, rows[i].name, WORD_COLUMNS + 1);
		wrap(view, WORD_COLUMNS + 1, code_text(rows[i].meaning, view->lang));
	}
}

void
codes_print_phrases(const struct codes_view *view)
{
	size_t n;
	const struct code_phrase *rows = codes_all_phrases(&n);

	for (size_t i = 0; i < n; i++)
		print_phrase(view, &rows[i]);
}

void
codes_print_hits(const struct codes_view *view, const struct code_hit *hits, size_t n)
{
	if (n == 1 && hits[0].code) {
		(void)codes_print_code(view, hits[0].code->code);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (hits[i].phrase)
			print_phrase(view, hits[i].phrase);
		else
			print_line(view, hits[i].code);
	}
	if (view->json || n != 1 || !hits[0].phrase)
		return;
	const struct code_category *category =
		codes_category_find(str_of(hits[0].phrase->category));
	if (category)
		field(view, label(view, LOOK), code_text(category->look, view->lang));
}

void
codes_print_all(const struct codes_view *view)
{
	static const uint16_t bounds[] = { 100, 200, 300, 400, 500, 600, 700, 1000 };

	for (size_t i = 0; i + 1 < sizeof(bounds) / sizeof(bounds[0]); i++) {
		if (!view->json && bounds[i] < 700)
			buffer_addf(view->out, "%s%uxx %s\n", i ? "\n" : "",
				    bounds[i] / 100u,
				    codes_class_name(bounds[i], view->lang));
		else if (!view->json)
			buffer_addf(view->out, "\npjsip, sofia-sip, FreeSWITCH\n");
		(void)codes_print_range(view, bounds[i], bounds[i + 1] - 1);
	}
	if (!view->json)
		return;
	codes_print_phrases(view);
	codes_print_all_q850(view);
	codes_print_sets(view);
	codes_print_categories(view);
}
