/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "output/nagios_text.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const struct nagios_result plain = {
	.time = (sv_usec)1795339867 * SV_USEC_PER_SEC,
	.host = "pbx1",
	.service = "SIP trunks",
	.code = NAGIOS_CRITICAL,
};

Test(nagios_text, is_the_line_that_nagios_takes)
{
	static const struct sv_str details[] = { SV_STR("WARNING other: 1 of 2") };
	struct nagios_result result = plain;
	struct buffer buf;

	result.summary = SV_STR("trunk-down carrier-a: 12 of 21");
	result.perfdata = SV_STR("'a'=1;;0;0");
	result.details = details;
	result.n_details = 1;
	buffer_init(&buf);
	nagios_text_line(&buf, &result);
	buffer_add_char(&buf, '\0');
	cr_expect_str_eq(buf.ptr, "[1795339867] PROCESS_SERVICE_CHECK_RESULT;pbx1;SIP "
				  "trunks;2;SIP CRITICAL - trunk-down carrier-a: 12 of "
				  "21 | 'a'=1;;0;0\\nWARNING other: 1 of 2\n");
	buffer_done(&buf);
}

Test(nagios_text, no_text_begins_a_command_or_performance_data)
{
	struct nagios_result result = plain;
	struct buffer buf;

	result.summary = SV_STR("a|b\\n\n[0] SHUTDOWN_PROCESS\r\0;x");
	buffer_init(&buf);
	nagios_text_line(&buf, &result);
	buffer_add_char(&buf, '\0');
	cr_expect_str_eq(buf.ptr, "[1795339867] PROCESS_SERVICE_CHECK_RESULT;pbx1;SIP "
				  "trunks;2;SIP CRITICAL - a/b\\\\n [0] "
				  "SHUTDOWN_PROCESS  ;x\n");
	cr_expect_eq(strchr(buf.ptr, '\n'), buf.ptr + buf.len - 2, "one line");
	buffer_done(&buf);
}

Test(nagios_text, never_exceeds_one_atomic_write)
{
	struct nagios_result result = plain;
	struct sv_str details[40];
	char *long_text = malloc(600);
	struct buffer buf;

	cr_assert(long_text);
	memset(long_text, '\\', 600);
	for (size_t i = 0; i < 40; i++)
		details[i] = str_make(long_text, i * 15);
	result.details = details;
	buffer_init(&buf);
	for (size_t n = 0; n <= 40; n++) {
		result.summary = str_make(long_text, 600);
		result.n_details = n;
		nagios_text_line(&buf, &result);
		cr_expect_leq(buf.len, NAGIOS_LINE_MAX_BYTES, "%zu details", n);
		cr_expect_eq(buf.ptr[buf.len - 1], '\n');
	}
	buffer_add_char(&buf, '\0');
	cr_expect(strstr(buf.ptr, " more: sipvigil alerts\n"), "says what is left out");
	buffer_done(&buf);
	free(long_text);
}

Test(nagios_text, worse_is_not_the_larger_number)
{
	cr_expect_eq(nagios_text_worse(NAGIOS_UNKNOWN, NAGIOS_CRITICAL),
		     NAGIOS_CRITICAL);
	cr_expect_eq(nagios_text_worse(NAGIOS_CRITICAL, NAGIOS_UNKNOWN),
		     NAGIOS_CRITICAL);
	cr_expect_eq(nagios_text_worse(NAGIOS_UNKNOWN, NAGIOS_WARNING), NAGIOS_WARNING);
	cr_expect_eq(nagios_text_worse(NAGIOS_OK, NAGIOS_UNKNOWN), NAGIOS_UNKNOWN);
}

Test(nagios_text, names_that_would_break_the_line_are_refused)
{
	static const struct {
		const char *name;
		bool ok;
	} rows[] = {
		{ "pbx1", true },  { "SIP trunks", true }, { "a;b", false },
		{ "a\nb", false }, { "", false },          { "a|b", false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(nagios_text_name_ok(rows[i].name), rows[i].ok, "row %zu",
			     i);
}
