/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/online.h"

#include "base/i18n.h"
#include "base/text.h"
#include "ctl/alert_detail.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SUBJECT_MAX_BYTES 80

static bool
is_one_of(const char *word, const char *const *list)
{
	for (; list && *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

static bool
add_arg(struct online *online, const char *text)
{
	if (online->n_args == ONLINE_MAX_ARGS)
		return false;
	online->args[online->n_args++] = text;
	return true;
}

/* One word of the command line (at *at, moved on over its value): EXIT_DONE or
 * EXIT_USAGE. */
static int
take_word(struct online *online, const struct command *command, char **argv, int *at,
	  const struct online_spec *spec)
{
	const char *word = argv[*at], *next = argv[*at + 1];
	bool fits = true;

	if (strcmp(word, "--json") == 0) {
		online->json = true;
	} else if (strncmp(word, "--socket=", 9) == 0) {
		online->socket = word + 9;
	} else if (strcmp(word, "--socket") == 0 || is_one_of(word, spec->values)) {
		if (!next)
			return command_usage(command, _("%s needs a value"), word);
		++*at;
		if (word[2] == 's' && word[3] == 'o')
			online->socket = next;
		else
			fits = add_arg(online, word) && add_arg(online, next);
	} else if (is_one_of(word, spec->flags)) {
		fits = add_arg(online, word);
	} else if (word[0] == '-') {
		return command_usage(command, _("unknown option %s"), word);
	} else {
		fits = online->n_words++ < spec->max_words && add_arg(online, word);
	}
	return fits ? EXIT_DONE
		    : command_usage(command, _("'%s' is not expected"), word);
}

static void
print_error(const struct command *command, const struct client_reply *reply)
{
	fprintf(stderr, "sipvigil %s: %s\n", command->word, reply->error);
	if (reply->remedy[0])
		fprintf(stderr, _("  next: %s\n"), reply->remedy);
}

static void
print_json(const struct online *online)
{
	const json_t *line;
	size_t i;

	json_array_foreach(online->reply.lines, i, line)
	{
		if (json_dumpf(line, stdout, JSON_COMPACT) == 0)
			(void)fputc('\n', stdout);
	}
}

bool
online_ask(struct online *online, const struct command *command, int argc, char **argv,
	   const struct online_spec *spec, int *ret_code)
{
	struct client_question question = { .command = command->word,
					    .args = online->args };
	int r;

	*online = (struct online){ 0 };
	buffer_init(&online->out);
	terminal_init(&online->terminal, 1);
	for (int i = 1; i < argc; i++) {
		*ret_code = take_word(online, command, argv, &i, spec);
		if (*ret_code)
			return false;
	}
	question.socket = online->socket;
	question.n_args = online->n_args;
	r = client_ask(&question, &online->reply);
	*ret_code = online->reply.exit;
	if (online->json)
		print_json(online);
	if (r < 0 || online->reply.error[0])
		print_error(command, &online->reply);
	return r >= 0 && !online->json && !online->reply.error[0];
}

int
online_end(struct online *online)
{
	return terminal_print(&online->out) ? online->reply.exit : EXIT_CANNOT;
}

void
online_done(struct online *online)
{
	client_reply_done(&online->reply);
	buffer_done(&online->out);
}

const char *
online_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

uint64_t
online_u64(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

double
online_double(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

sv_usec
online_time(const json_t *object, const char *key)
{
	struct tm tm = { 0 };
	int year, month, usec = 0;
	time_t seconds;

	if (sscanf(online_text(object, key), "%4d-%2d-%2dT%2d:%2d:%2d.%6d", &year,
		   &month, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &usec) < 6)
		return 0;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	seconds = timegm(&tm);
	return seconds < 0 ? 0
			   : (sv_usec)seconds * SV_USEC_PER_SEC +
				     (sv_usec)(usec > 0 ? usec : 0);
}

void
online_number(char out[32], uint64_t number)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	size_t n = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			out[n++] = ',';
		out[n++] = digits[i];
	}
	out[n] = '\0';
}

void
online_bytes(char out[32], uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(out, 32, value < 10 && unit ? "%.1f %s" : "%.0f %s", value,
		       units[unit]);
}

void
online_age(char out[64], uint64_t seconds)
{
	if (seconds >= 2 * 86400)
		(void)snprintf(out, 64, _("%" PRIu64 " days"), seconds / 86400);
	else if (seconds >= 2 * 3600)
		(void)snprintf(out, 64, _("%" PRIu64 " h"), seconds / 3600);
	else if (seconds >= 2 * 60)
		(void)snprintf(out, 64, _("%" PRIu64 " min"), seconds / 60);
	else
		(void)snprintf(out, 64, _("%" PRIu64 " s"), seconds);
}

void
online_clock(char out[32], sv_usec time_usec, bool seconds)
{
	time_t then = (time_t)(time_usec / SV_USEC_PER_SEC), now = time(NULL);
	struct tm at, today;
	bool same_year, same_day;

	out[0] = '\0';
	if (!time_usec || !localtime_r(&then, &at) || !localtime_r(&now, &today))
		return;
	same_year = at.tm_year == today.tm_year;
	same_day = same_year && at.tm_yday == today.tm_yday;
	if (same_day && seconds)
		(void)strftime(out, 32, "%H:%M:%S", &at);
	else if (same_day)
		(void)strftime(out, 32, "%H:%M", &at);
	else if (same_year)
		(void)strftime(out, 32, "%b %d %H:%M", &at);
	else
		(void)strftime(out, 32, "%Y-%m-%d %H:%M", &at);
}

void
online_zone(char out[32])
{
	time_t now = time(NULL);
	struct tm tm;

	out[0] = '\0';
	if (localtime_r(&now, &tm))
		(void)strftime(out, 32, "%Z", &tm);
}

enum sv_severity
online_severity(const char *word)
{
	if (strcmp(word, "critical") == 0)
		return SV_SEVERITY_CRITICAL;
	if (strcmp(word, "warning") == 0)
		return SV_SEVERITY_WARNING;
	return strcmp(word, "ok") == 0 ? SV_SEVERITY_OK : SV_SEVERITY_UNKNOWN;
}

void
online_subject(struct buffer *buf, const json_t *alert)
{
	const json_t *own = json_object_get(alert, "sipvigil");
	json_t *key = json_object_get(own, "key"), *value;
	const char *field;
	bool more = false;

	json_object_foreach(key, field, value)
	{
		const char *text = json_string_value(value);
		const char *quote = alert_detail_is_claim(own, field) ? "\"" : "";

		if (more)
			buffer_add_char(buf, ' ');
		more = true;
		buffer_add_cstr(buf, quote);
		buffer_add_clean(buf, text && text[0] ? str_of(text) : SV_STR("?"),
				 SUBJECT_MAX_BYTES);
		buffer_add_cstr(buf, quote);
	}
	if (!more)
		buffer_add_cstr(buf, "-");
}
