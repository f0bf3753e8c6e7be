/* SPDX-License-Identifier: Apache-2.0 */
#include "output/output.h"

#include "output/queue.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void
output_problem(char *reterr_problem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reterr_problem, OUTPUT_PROBLEM_BYTES, format, args);
	va_end(args);
}

int
output_filter_new(const char *text, struct expr **ret_filter, char *reterr_problem)
{
	struct expr_error error;

	if (!text || !text[0]) {
		*ret_filter = NULL;
		return 0;
	}
	struct expr *filter = expr_new(str_of(text), &error);
	if (!filter) {
		output_problem(reterr_problem, "where: %s at byte %zu of '%s'%s%s",
			       error.message, error.pos + 1, text,
			       error.hint[0] ? ": " : "", error.hint);
		return -EINVAL;
	}
	*ret_filter = filter;
	return 0;
}

int
output_spool(struct queue *queue, const struct output_identity *id, const char *kind,
	     const char *title)
{
	char name[OUTPUT_PROBLEM_BYTES];

	(void)snprintf(name, sizeof(name), "%s:%s", kind, title);
	return queue_spool(queue, id->spool, name);
}
