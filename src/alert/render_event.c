/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/render.h"

#include "base/emit.h"
#include "base/address.h"
#include "base/text.h"
#include "sip/outcome.h"

#include <inttypes.h>
#include <time.h>

/* Text of the other side in a line for people: enough to recognise it. */
#define LINE_CLAIM_MAX_BYTES 48

void
render_time(char out[28], sv_usec time)
{
	emit_time_text(out, time);
}

/* Inputs are called "file:<path>"; the path alone is the file's name. */
static struct sv_str
file_name(struct sv_str source)
{
	return str_starts(source, SV_STR("file:")) ? str_from(source, 5) : source;
}

static size_t
known_records(const struct sv_event *event)
{
	return event->n_records < SV_EVENT_MAX_RECORDS ? event->n_records
						       : SV_EVENT_MAX_RECORDS;
}

static void
add_records(struct buffer *buf, const struct sv_event *event)
{
	if (!event->n_records)
		return;
	emit_open(buf, "records", '[');
	for (size_t i = 0; i < known_records(event); i++)
		render_origin_json(buf, NULL, &event->records[i]);
	emit_close(buf, ']');
}

void
render_origin_json(struct buffer *buf, const char *key, const struct sv_origin *origin)
{
	emit_open(buf, key, '{');
	if (origin->cursor.len) {
		emit_text(buf, "source", origin->source);
		emit_text(buf, "cursor", origin->cursor);
	} else if (origin->line) {
		emit_text(buf, "file", file_name(origin->source));
		emit_u64(buf, "line", origin->line);
	} else {
		emit_text(buf, "source", origin->source);
	}
	emit_close(buf, '}');
}

static void
add_claims(struct buffer *buf, const struct sv_claims *claim)
{
	if (!claim->user.len && !claim->dst.len && !claim->ua.len &&
	    !claim->call_id.len && !claim->phrase.len)
		return;
	emit_open(buf, "claims", '{');
	emit_text(buf, "user", claim->user);
	emit_text(buf, "dst", claim->dst);
	emit_text(buf, "ua", claim->ua);
	emit_text(buf, "call_id", claim->call_id);
	emit_text(buf, "phrase", claim->phrase);
	emit_close(buf, '}');
}

static void
add_peer(struct buffer *buf, const struct sv_event *event)
{
	char ip[ADDRESS_TEXT_BYTES];

	if (address_print(&event->peer_ip, ip))
		emit_word(buf, "peer_ip", ip);
	if (event->peer_port)
		emit_u64(buf, "peer_port", event->peer_port);
	emit_word(buf, "transport", transport_name(event->transport));
	emit_text(buf, "peer", event->peer);
	if (event->attribution != SV_ATTRIBUTION_CERTAIN)
		emit_word(buf, "attribution", attribution_name(event->attribution));
}

void
render_event_json(struct buffer *buf, const struct sv_event *event)
{
	buffer_add_char(buf, '{');
	emit_time(buf, "time", event->time);
	if (event->n_records)
		emit_text(buf, "source", event->records[0].source);
	emit_text(buf, "host", event->host);
	emit_text(buf, "pbx", event->pbx);
	if (event->service != SV_SERVICE_SIP)
		emit_word(buf, "service", service_name(event->service));
	emit_word(buf, "leg", leg_name(event->leg));
	emit_word(buf, "method", method_name(event->method));
	if (event->code)
		emit_u64(buf, "code", event->code);
	if (event->q850)
		emit_u64(buf, "q850", event->q850);
	emit_word(buf, "outcome", outcome_name(event->outcome));
	emit_bool(buf, "failure", outcome_is_failure(event->outcome));
	/* A gap of unknown size has no count. */
	if (event->outcome != SV_GAP || event->count)
		emit_u64(buf, "count", event->count);
	add_peer(buf, event);
	add_claims(buf, &event->claim);
	emit_text(buf, "category", event->category);
	add_records(buf, event);
	buffer_add_char(buf, '}');
}

/* A number of `width` digits, zeros in front. */
static void
put_digits(char *to, int width, unsigned value)
{
	while (width-- > 0) {
		to[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

/* Local time of day with seconds: what a person looks for in the log itself. A line is
 * printed for each event, and printf() would be most of its time. */
static void
add_clock(struct buffer *buf, sv_usec time)
{
	time_t sec = (time_t)(time / SV_USEC_PER_SEC);
	char text[] = "YYYY-mm-dd HH:MM:SS";
	struct tm tm;

	if (!time || !localtime_r(&sec, &tm) || tm.tm_year < -900 ||
	    tm.tm_year > 8099) {
		buffer_add(buf, SV_STR("-                  "));
		return;
	}
	put_digits(text, 4, (unsigned)tm.tm_year + 1900);
	put_digits(text + 5, 2, (unsigned)tm.tm_mon + 1);
	put_digits(text + 8, 2, (unsigned)tm.tm_mday);
	put_digits(text + 11, 2, (unsigned)tm.tm_hour);
	put_digits(text + 14, 2, (unsigned)tm.tm_min);
	put_digits(text + 17, 2, (unsigned)tm.tm_sec);
	buffer_add(buf, str_make(text, sizeof(text) - 1));
}

/* A word, and blanks up to the next column. */
static void
add_column(struct buffer *buf, const char *word, size_t width)
{
	static const char blanks[] = "            ";
	size_t len = strlen(word);

	buffer_add(buf, str_make(word, len));
	if (len < width)
		buffer_add(buf, str_make(blanks, width - len));
}

static void
add_number(struct buffer *buf, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	buffer_add(buf, str_make(digits + at, sizeof(digits) - at));
}

static void
add_quoted(struct buffer *buf, const char *label, struct sv_str claim)
{
	if (!claim.len)
		return;
	buffer_add_char(buf, ' ');
	buffer_add_cstr(buf, label);
	buffer_add(buf, SV_STR(" \""));
	buffer_add_clean(buf, claim, LINE_CLAIM_MAX_BYTES);
	buffer_add_char(buf, '"');
}

static void
add_remote(struct buffer *buf, const struct sv_event *event)
{
	char ip[ADDRESS_TEXT_BYTES];

	if (event->peer.len) {
		buffer_add_char(buf, ' ');
		buffer_add_clean(buf, event->peer, SV_CLAIM_MAX_BYTES);
	}
	size_t len = address_print(&event->peer_ip, ip);
	if (len == 0) {
		if (!event->peer.len && event->outcome != SV_GAP)
			buffer_add(buf, SV_STR(" (no address told)"));
		return;
	}
	bool bracket = event->peer_ip.family == 6 && event->peer_port;
	buffer_add(buf, bracket ? SV_STR(" [") : SV_STR(" "));
	buffer_add(buf, str_make(ip, len));
	if (bracket)
		buffer_add_char(buf, ']');
	if (event->peer_port) {
		buffer_add_char(buf, ':');
		add_number(buf, event->peer_port);
	}
}

void
render_event_line(struct buffer *buf, const struct sv_event *event, bool color)
{
	bool failure = outcome_is_failure(event->outcome);

	add_clock(buf, event->time);
	buffer_add(buf, SV_STR("  "));
	add_column(buf, leg_name(event->leg), 3);
	buffer_add_char(buf, ' ');
	add_column(buf, method_name(event->method), 9);
	buffer_add_char(buf, ' ');
	if (color && failure)
		buffer_add(buf, SV_STR("\033[31m"));
	add_column(buf, outcome_name(event->outcome), 12);
	if (color && failure)
		buffer_add(buf, SV_STR("\033[0m"));
	if (event->code >= 100 && event->code <= 999) {
		buffer_add_char(buf, ' ');
		add_number(buf, event->code);
	} else if (event->code) {
		buffer_addf(buf, " %3u", event->code);
	} else {
		buffer_add(buf, SV_STR("    "));
	}
	add_remote(buf, event);
	add_quoted(buf, "user", event->claim.user);
	add_quoted(buf, "to", event->claim.dst);
	add_quoted(buf, "ua", event->claim.ua);
	add_quoted(buf, "said", event->claim.phrase);
	if (event->outcome == SV_GAP && !event->count)
		buffer_add(buf, SV_STR(" an unknown number of messages is missing"));
	else if (event->outcome == SV_GAP)
		buffer_addf(buf, " at least %" PRIu32 " messages are missing",
			    event->count);
	else if (event->count > 1)
		buffer_addf(buf, " ×%" PRIu32, event->count);
	if (event->attribution == SV_ATTRIBUTION_FORGEABLE)
		buffer_add(buf, SV_STR(" (address may be forged)"));
	if (event->n_records && event->records[0].line) {
		buffer_add(buf, SV_STR("  "));
		buffer_add_clean(buf, file_name(event->records[0].source), 256);
		buffer_add_char(buf, ':');
		add_number(buf, event->records[0].line);
	}
}
