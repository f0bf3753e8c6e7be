/* SPDX-License-Identifier: Apache-2.0 */
#include "base/emit.h"

#include "base/text.h"

#include <math.h>

/* Last microsecond of the year 9999, the last that has four digits. */
#define TIME_LAST ((sv_usec)253402300799 * SV_USEC_PER_SEC + 999999)

static void
add_key(struct buffer *buf, const char *key)
{
	char last = buf->len ? buf->ptr[buf->len - 1] : '{';

	if (last != '{' && last != '[')
		buffer_add_char(buf, ',');
	if (!key)
		return;
	buffer_add_char(buf, '"');
	buffer_add_cstr(buf, key);
	buffer_add(buf, SV_STR("\":"));
}

void
emit_open(struct buffer *buf, const char *key, char bracket)
{
	add_key(buf, key);
	buffer_add_char(buf, bracket);
}

void
emit_close(struct buffer *buf, char bracket)
{
	buffer_add_char(buf, bracket);
}

void
emit_text(struct buffer *buf, const char *key, struct sv_str text)
{
	if (!text.len)
		return;
	add_key(buf, key);
	buffer_add_json(buf, text);
}

void
emit_word(struct buffer *buf, const char *key, const char *word)
{
	if (!word[0])
		return;
	add_key(buf, key);
	buffer_add_char(buf, '"');
	buffer_add_cstr(buf, word);
	buffer_add_char(buf, '"');
}

void
emit_u64(struct buffer *buf, const char *key, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	add_key(buf, key);
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	buffer_add(buf, str_make(digits + at, sizeof(digits) - at));
}

void
emit_double(struct buffer *buf, const char *key, double value)
{
	if (!isfinite(value))
		return;
	if (value >= 0 && value < 1e15 && value == floor(value)) {
		emit_u64(buf, key, (uint64_t)value);
		return;
	}
	add_key(buf, key);
	buffer_addf(buf, "%.6g", value);
}

void
emit_true(struct buffer *buf, const char *key)
{
	emit_bool(buf, key, true);
}

void
emit_bool(struct buffer *buf, const char *key, bool value)
{
	add_key(buf, key);
	buffer_add_cstr(buf, value ? "true" : "false");
}

/* `width` decimal digits of value. */
static void
put_digits(char *at, unsigned width, uint64_t value)
{
	while (width--) {
		at[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

void
emit_time_text(char out[EMIT_TIME_BYTES + 1], sv_usec time)
{
	if (time > TIME_LAST)
		time = TIME_LAST;
	uint64_t sec = time / SV_USEC_PER_SEC;
	uint64_t second_of_day = sec % 86400;
	/* Days to a civil date, counted from 0000-03-01 so that the leap day is a
	 * year's last: a cycle of 400 years has 146097 days, its first 39 centuries
	 * end without a leap day. */
	uint64_t day = sec / 86400 + 719468;
	uint64_t cycle = day / 146097, day_of_cycle = day % 146097;
	uint64_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460 +
				  day_of_cycle / 36524 - day_of_cycle / 146096) /
				 365;
	uint64_t day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 -
					       year_of_cycle / 100);
	uint64_t from_march = (5 * day_of_year + 2) / 153;
	uint64_t month = from_march < 10 ? from_march + 3 : from_march - 9;

	memcpy(out, "0000-00-00T00:00:00.000000Z", EMIT_TIME_BYTES + 1);
	put_digits(out, 4, cycle * 400 + year_of_cycle + (month <= 2));
	put_digits(out + 5, 2, month);
	put_digits(out + 8, 2, day_of_year - (153 * from_march + 2) / 5 + 1);
	put_digits(out + 11, 2, second_of_day / 3600);
	put_digits(out + 14, 2, second_of_day / 60 % 60);
	put_digits(out + 17, 2, second_of_day % 60);
	put_digits(out + 20, 6, time % SV_USEC_PER_SEC);
}

void
emit_time(struct buffer *buf, const char *key, sv_usec time)
{
	char text[EMIT_TIME_BYTES + 1];

	if (!time)
		return;
	emit_time_text(text, time);
	emit_word(buf, key, text);
}
