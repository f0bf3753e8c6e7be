/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/unit.h"

#include <inttypes.h>
#include <stdio.h>

#define MINUTE (60 * SV_USEC_PER_SEC)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const struct {
	const char *word;
	sv_usec usec;
} spans[] = {
	{ "w", 7 * DAY },
	{ "d", DAY },
	{ "h", HOUR },
	{ "m", MINUTE },
	{ "min", MINUTE },
	{ "s", SV_USEC_PER_SEC },
	{ "sec", SV_USEC_PER_SEC },
	{ "ms", SV_USEC_PER_MSEC },
};

static const struct {
	const char *word;
	unsigned shift;
} sizes[] = {
	{ "", 0 },     { "B", 0 },    { "K", 10 },   { "M", 20 },
	{ "G", 30 },   { "KB", 10 },  { "MB", 20 },  { "GB", 30 },
	{ "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 },
};

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static size_t
take_word(struct sv_str text)
{
	size_t n = 0;

	while (n < text.len && letter(text.ptr[n]))
		n++;
	return n;
}

/** Length of one span, 0 if there is no such word. */
static sv_usec
span_of(struct sv_str word)
{
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		if (str_eq(word, str_of(spans[i].word)))
			return spans[i].usec;
	return 0;
}

enum unit_result
unit_duration(struct sv_str text, sv_usec *ret_usec)
{
	sv_usec total = 0, last = SV_USEC_NEVER;

	if (text.len == 0)
		return UNIT_NOT_A_VALUE;
	if (str_eq(text, SV_STR("0"))) {
		*ret_usec = 0;
		return UNIT_OK;
	}
	while (text.len) {
		uint64_t number;
		sv_usec product;
		size_t used = str_take_u64(text, &number);
		if (!used)
			return UNIT_NOT_A_VALUE;
		text = str_from(text, used);
		if (text.len && text.ptr[0] == ' ')
			text = str_from(text, 1);
		size_t n = take_word(text);
		if (n == 0)
			return text.len ? UNIT_NOT_A_VALUE : UNIT_MISSING;
		sv_usec span = span_of(str_upto(text, n));
		if (!span)
			return UNIT_UNKNOWN;
		if (span >= last)
			return UNIT_NOT_A_VALUE;
		if (__builtin_mul_overflow(number, span, &product) ||
		    __builtin_add_overflow(total, product, &total) ||
		    total == SV_USEC_NEVER)
			return UNIT_TOO_LARGE;
		last = span;
		text = str_trim(str_from(text, n));
	}
	*ret_usec = total;
	return UNIT_OK;
}

enum unit_result
unit_size(struct sv_str text, uint64_t *ret_bytes)
{
	uint64_t number;
	size_t used = str_take_u64(text, &number);

	if (!used)
		return UNIT_NOT_A_VALUE;
	struct sv_str word = str_trim(str_from(text, used));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (!str_eq(word, str_of(sizes[i].word)))
			continue;
		if (number > UINT64_MAX >> sizes[i].shift)
			return UNIT_TOO_LARGE;
		*ret_bytes = number << sizes[i].shift;
		return UNIT_OK;
	}
	return take_word(word) == word.len ? UNIT_UNKNOWN : UNIT_NOT_A_VALUE;
}

enum unit_result
unit_number(struct sv_str text, uint64_t *ret_number)
{
	uint64_t number;
	size_t used = str_take_u64(text, &number);

	if (!used || used != text.len)
		return UNIT_NOT_A_VALUE;
	*ret_number = number;
	return UNIT_OK;
}

enum unit_result
unit_switch(struct sv_str text, bool *ret_on)
{
	static const char *const words[][2] = { { "false", "true" },
						{ "no", "yes" },
						{ "off", "on" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (size_t on = 0; on < 2; on++)
			if (str_ieq(text, str_of(words[i][on]))) {
				*ret_on = on;
				return UNIT_OK;
			}
	return UNIT_NOT_A_VALUE;
}

void
unit_duration_print(sv_usec usec, char out[UNIT_TEXT_BYTES])
{
	static const char *const short_words[] = { "d", "h", "m", "s", "ms" };

	for (size_t i = 0; i < sizeof(short_words) / sizeof(short_words[0]); i++) {
		sv_usec span = span_of(str_of(short_words[i]));
		if (usec == 0 || usec % span)
			continue;
		snprintf(out, UNIT_TEXT_BYTES, "%" PRIu64 "%s", usec / span,
			 short_words[i]);
		return;
	}
	snprintf(out, UNIT_TEXT_BYTES, "%" PRIu64 "s", usec / SV_USEC_PER_SEC);
}

void
unit_size_print(uint64_t bytes, char out[UNIT_TEXT_BYTES])
{
	static const char letters[] = "GMK";

	for (unsigned i = 0; i < 3; i++) {
		unsigned shift = 30 - 10 * i;
		if (bytes == 0 || bytes & (((uint64_t)1 << shift) - 1))
			continue;
		snprintf(out, UNIT_TEXT_BYTES, "%" PRIu64 "%c", bytes >> shift,
			 letters[i]);
		return;
	}
	snprintf(out, UNIT_TEXT_BYTES, "%" PRIu64, bytes);
}
