/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is either a program that runs or a mistake with a place inside the text. */
#include "fuzz.h"

#include "expr/expr.h"

#include <assert.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv_str text = { (const char *)data, size };
	struct expr_error error = { 0 };
	struct expr *expr = expr_new(text, &error);
	struct sv_event event = { .outcome = SV_BUSY, .code = 486, .count = 1 };
	struct expr_error mistake = { 0 };
	struct expr *silence = expr_new_alert(text, &mistake);
	const struct expr_alert alert = { .severity = 1, .rule = text };

	assert(silence || (mistake.message[0] && mistake.pos <= size));
	if (silence)
		(void)expr_test_alert(silence, &alert);
	expr_free(silence);

	if (!expr) {
		assert(error.message[0] && error.len > 0 && error.pos <= size);
		assert(memchr(error.message, '\0', sizeof(error.message)));
		return 0;
	}
	event.claim.user = text;
	event.claim.ua = text;
	if (expr_test(expr, &event))
		assert(expr_outcomes(expr) >> SV_BUSY & 1);
	expr_free(expr);
	return 0;
}
