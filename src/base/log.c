/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The one file-level mutable state outside the main files (HOUSE rule): where and how
 * loud this process logs. */
static const char *log_program = "sipvigil";
static enum log_level log_max = LOG_LEVEL_INFO;
static bool log_prefixed;

void
log_setup(const char *program, enum log_level max)
{
	log_program = program;
	log_max = max;
	log_prefixed = getenv("JOURNAL_STREAM") != NULL;
}

static void
write_line(enum log_level level, const char *text)
{
	if (log_prefixed)
		fprintf(stderr, "<%d>%s\n", (int)level, text);
	else
		fprintf(stderr, "%s: %s\n", log_program, text);
}

void
log_say(enum log_level level, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (level > log_max)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	write_line(level, text);
}

static sv_usec
next_interval(sv_usec interval)
{
	static const unsigned steps_sec[] = { 60, 300, 1800, 3600 };

	for (size_t i = 0; i < sizeof(steps_sec) / sizeof(steps_sec[0]); i++)
		if (interval < steps_sec[i] * SV_USEC_PER_SEC)
			return steps_sec[i] * SV_USEC_PER_SEC;
	return interval;
}

void
complain(struct complaint *c, sv_usec now, enum log_level level, const char *format,
	 ...)
{
	char text[900];
	va_list args;

	if (c->open && now < c->next) {
		c->repeats++;
		return;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (c->repeats)
		log_say(level, "%s (%" PRIu64 " times more since last said)", text,
			c->repeats);
	else
		log_say(level, "%s", text);
	c->interval = c->open ? next_interval(c->interval) : 60 * SV_USEC_PER_SEC;
	c->next = now + c->interval;
	c->repeats = 0;
	c->open = true;
}

void
release(struct complaint *c, const char *format, ...)
{
	char text[900];
	va_list args;

	if (!c->open)
		return;
	*c = (struct complaint){ 0 };
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_say(LOG_LEVEL_NOTICE, "%s", text);
}
