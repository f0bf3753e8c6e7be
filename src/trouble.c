/* SPDX-License-Identifier: Apache-2.0 */
#include "trouble.h"

#include "base/text.h"
#include "sip/outcome.h"

#include <stdarg.h>
#include <stdio.h>

void
trouble_look(struct trouble *trouble, bool on, sv_usec passed, sv_usec again)
{
	if (!on) {
		trouble->on = trouble->due = false;
		return;
	}
	if (!trouble->on || trouble->left <= passed) {
		trouble->due = true;
		trouble->left = again;
	} else {
		trouble->left -= passed;
	}
	trouble->on = true;
}

void
trouble_say(struct trouble *trouble, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(trouble->text, sizeof(trouble->text), format, args);
	va_end(args);
}

void
trouble_tell(const struct trouble_teller *teller, enum sv_gap kind, const char *text,
	     const char *source, const char *const *also, size_t n_also)
{
	struct sv_event ev = {
		.time = teller->time,
		.time_source = SV_TIME_RECEIVED,
		.outcome = SV_GAP,
		.category = str_of(gap_name(kind)),
		.host = str_of(teller->host),
		.hint = { .channel = SV_CHANNEL_OTHER, .alone = true },
	};

	ev.records[0] =
		(struct sv_origin){ .source = str_of(source), .text = str_of(text) };
	ev.n_records = 1;
	for (size_t i = 0; i < n_also && ev.n_records < SV_EVENT_MAX_RECORDS; i++)
		ev.records[ev.n_records++].source = str_of(also[i]);
	teller->raw(teller->user, &ev);
}
