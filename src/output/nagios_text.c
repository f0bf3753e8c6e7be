/* SPDX-License-Identifier: Apache-2.0 */
#include "output/nagios_text.h"

#include "base/text.h"

#include <inttypes.h>

/* Room for "and N more" and the line end behind the last detail that fits. */
#define TAIL_BYTES 64
/* The summary must leave room for performance data. */
#define SUMMARY_MAX_BYTES 1024

const char *
nagios_text_word(enum nagios_code code)
{
	switch (code) {
	case NAGIOS_OK:
		return "OK";
	case NAGIOS_WARNING:
		return "WARNING";
	case NAGIOS_CRITICAL:
		return "CRITICAL";
	case NAGIOS_UNKNOWN:
		return "UNKNOWN";
	}
	return "UNKNOWN";
}

static unsigned
weight(enum nagios_code code)
{
	switch (code) {
	case NAGIOS_OK:
		return 0;
	case NAGIOS_UNKNOWN:
		return 1;
	case NAGIOS_WARNING:
		return 2;
	case NAGIOS_CRITICAL:
		return 3;
	}
	return 1;
}

enum nagios_code
nagios_text_worse(enum nagios_code a, enum nagios_code b)
{
	return weight(b) > weight(a) ? b : a;
}

bool
nagios_text_name_ok(const char *name)
{
	if (!name[0])
		return false;
	for (const char *c = name; *c; c++)
		if (*c == ';' || *c == '|' || (unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return true;
}

/* Nagios turns "\\" and "\n" back; a '|' would begin performance data. Text is clean of
 * other control characters before it comes here, but a raw line end would begin a
 * command of its own, so none passes whatever happened before. */
static void
add_escaped(struct buffer *buf, struct sv_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if (c == '\\')
			buffer_add(buf, SV_STR("\\\\"));
		else if (c == '|')
			buffer_add_char(buf, '/');
		else if ((unsigned char)c < 0x20 || c == 0x7f)
			buffer_add_char(buf, ' ');
		else
			buffer_add_char(buf, c);
	}
}

void
nagios_text_line(struct buffer *buf, const struct nagios_result *result)
{
	size_t i;

	buffer_clear(buf);
	buffer_addf(buf,
		    "[%" PRIu64 "] PROCESS_SERVICE_CHECK_RESULT;%s;%s;%d;SIP %s - ",
		    result->time / SV_USEC_PER_SEC, result->host, result->service,
		    (int)result->code, nagios_text_word(result->code));
	add_escaped(buf, str_upto(result->summary, SUMMARY_MAX_BYTES));
	if (result->perfdata.len) {
		buffer_add(buf, SV_STR(" | "));
		buffer_add(buf, result->perfdata);
	}
	for (i = 0; i < result->n_details; i++) {
		size_t before = buf->len;
		buffer_add(buf, SV_STR("\\n"));
		add_escaped(buf, result->details[i]);
		if (buf->len + TAIL_BYTES <= NAGIOS_LINE_MAX_BYTES)
			continue;
		buf->len = before;
		break;
	}
	if (i < result->n_details)
		buffer_addf(buf, "\\n... and %zu more: sipvigil alerts",
			    result->n_details - i);
	buffer_add_char(buf, '\n');
}
