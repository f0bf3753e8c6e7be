/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/codes_print.h"

#include "base/text.h"

#include <criterion/criterion.h>

/** A view into `out`, 80 columns. */
static struct codes_view
view_into(struct buffer *out, enum codes_lang lang, bool json)
{
	buffer_init(out);
	return (struct codes_view){
		.out = out, .lang = lang, .json = json, .width = 80
	};
}

static const char *
text_of(struct buffer *out)
{
	buffer_add_char(out, '\0');
	return out->ptr;
}

Test(codes_print, one_code_for_people)
{
	struct buffer out;
	struct codes_view view = view_into(&out, CODES_EN, false);

	cr_assert(codes_print_code(&view, 487));
	cr_expect_str_eq(text_of(&out),
			 "487 Request Terminated                    RFC 3261 21.4.25 · "
			 "4xx request failure\n"
			 "The request was ended by CANCEL or BYE, as a rule because "
			 "the caller hung up\n"
			 "before the answer.\n"
			 "Outcome     canceled (normal noise, no failure)\n"
			 "Category    cancelled\n"
			 "Sets        @noanswer\n"
			 "Look at     nothing; if calls end after the same time, the "
			 "ring timeout\n"
			 "Asterisk    DIALSTATUS CANCEL\n");
	buffer_done(&out);
}

Test(codes_print, lines_fit_the_width_in_both_languages)
{
	for (int lang = CODES_EN; lang <= CODES_RU; lang++) {
		struct buffer out;
		struct codes_view view = view_into(&out, (enum codes_lang)lang, false);
		size_t n;
		const struct code *rows = codes_all(&n);
		for (size_t i = 0; i < n; i++)
			cr_assert(codes_print_code(&view, rows[i].code));
		codes_print_all(&view);
		codes_print_sets(&view);
		codes_print_phrases(&view);
		unsigned wide = 0;
		for (size_t i = 0; i < out.len; i++) {
			if (out.ptr[i] == '\n')
				wide = 0;
			else if (((unsigned char)out.ptr[i] & 0xc0) != 0x80)
				wide++;
			cr_assert_leq(wide, 80, "%.*s", 100, out.ptr + i - 80);
		}
		buffer_done(&out);
	}
}

Test(codes_print, an_unknown_code_is_said_to_be_one)
{
	struct buffer out;
	struct codes_view view = view_into(&out, CODES_RU, false);

	cr_expect(codes_print_code(&view, 467));
	cr_expect(str_starts(buffer_str(&out), SV_STR("467 нигде не")));
	cr_expect_not(codes_print_code(&view, 999));
	cr_expect_not(codes_print_code(&view, 99));
	cr_expect_not(codes_print_q850(&view, 600));
	buffer_done(&out);
}

Test(codes_print, json_has_code_then_phrases)
{
	struct buffer out;
	struct codes_view view = view_into(&out, CODES_EN, true);

	cr_assert(codes_print_code(&view, 486));
	struct sv_str text = buffer_str(&out);
	cr_expect(str_starts(text, SV_STR("{\"kind\":\"code\",\"code\":486,"
					  "\"phrase\":\"Busy Here\"")));
	cr_expect_neq(str_find(text, SV_STR("\"outcome\":\"busy\",\"failure\":true,"
					    "\"q850\":17,\"sets\":[\"@busy\"")),
		      STR_NONE);
	cr_expect_neq(str_find(text, SV_STR("}\n{\"kind\":\"phrase\",\"code\":486")),
		      STR_NONE);
	cr_expect(str_ends(text, SV_STR("}\n")));
	buffer_done(&out);
}

Test(codes_print, a_set_lists_its_members)
{
	struct buffer out;
	struct codes_view view = view_into(&out, CODES_EN, false);

	codes_print_set(&view, codes_set_find(SV_STR("@media")));
	cr_expect_eq(str_count(buffer_str(&out), SV_STR("\n")), 9, "%s", text_of(&out));
	cr_expect_eq(codes_print_range(&view, 480, 489), 10);
	cr_expect_eq(codes_print_range(&view, 700, 700), 0);
	buffer_done(&out);
}
