/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of lines: what is taken out of them, and how many are kept. */
#include "base/shapes.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

static const struct {
	const char *line, *shape;
} rows[] = {
	{ "", "" },
	{ "  two   blanks\tand a tab  ", "two blanks and a tab" },
	{ "WARNING[1647] chan_sip.c:3021 retrans: gone", "WARNING[<n>] chan_sip.c:<n> "
							 "retrans: gone" },
	{ "[2026-11-22 19:15:34.123] NOTICE[466][C-0000002f] x",
	  "[<n> <n>] NOTICE[<n>][<hex>] x" },
	{ "from 203.0.113.9:5071, then 2001:db8::1 and [2001:db8::2]:5060.",
	  "from <ip>, then <ip> and [<ip>]:<n>." },
	{ "call 8cac38eb-3f3d-4e5b-a8a5-e56ab0bfb678 of \"Bob \" by 'eve'",
	  "call <hex> of \"<text>\" by '<text>'" },
	{ "it's 5 o'clock", "it's <n> o'clock" },
	{ "To: <sip:1001@pbx> and 1001@pbx, <script>: <null>",
	  "To: <uri> and <uri>, <script>: <null>" },
	{ "user=bob;code=486;reason=\"Busy Here\";x=",
	  "user=<v>;code=<v>;reason=\"<text>\";"
	  "x=" },
	{ "password: secret123 nonce = abc", "password: <v> nonce = abc" },
	{ "SIP/trunk-0000002f is ringing", "SIP/trunk-<hex> is ringing" },
	{ "open \"quote", "open \"quote" },
	{ "a\001b\033[31mc", "a b [<n>mc" },
};

Test(shape, leaves_what_lines_of_a_kind_have_in_common)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char shape[SHAPE_MAX_BYTES + 1];
		size_t len = shape_make(str_of(rows[i].line), shape);
		shape[len] = '\0';
		cr_expect(strcmp(shape, rows[i].shape) == 0, "of '%s': '%s'",
			  rows[i].line, shape);
	}
}

Test(shape, is_bounded)
{
	char shape[SHAPE_MAX_BYTES], sample[SHAPE_SAMPLE_BYTES];
	static char line[100000];

	for (int c = 0; c < 256; c++) {
		memset(line, c, sizeof(line));
		cr_expect(le(sz, shape_make(str_make(line, sizeof(line)), shape),
			     (size_t)SHAPE_MAX_BYTES));
		cr_expect(le(sz, shape_sample(str_make(line, sizeof(line)), sample),
			     (size_t)SHAPE_SAMPLE_BYTES));
	}
}

static const struct {
	const char *line, *sample;
} samples[] = {
	{ "from 203.0.113.9 user bob", "from 203.0.113.9 user bob" },
	{ "Password=\"geheim wort\" x", "Password=*** x" },
	{ "cnonce=f00d,nc=1", "cnonce=***,nc=1" },
	{ "password: geheim next", "password:*** next" },
	{ "Authorization: Digest username=\"bob\", realm=\"x\"", "Authorization:***" },
	{ "\"secret\": \"geheim\", \"a\": 1", "\"secret\":***, \"a\": 1" },
	{ "ReceivedChallenge=\"5355\",ReceivedHash=\"x\"",
	  "ReceivedChallenge=***,ReceivedHash=\"x\"" },
	{ "mapping: 5, Wrong password for bob", "mapping: 5, Wrong password for bob" },
	{ "a\tb\001c", "a.b.c" },
};

Test(shape, sample_hides_secrets_and_control_bytes)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		char sample[SHAPE_SAMPLE_BYTES + 1];
		size_t len = shape_sample(str_of(samples[i].line), sample);
		sample[len] = '\0';
		cr_expect(strcmp(sample, samples[i].sample) == 0, "of '%s': '%s'",
			  samples[i].line, sample);
	}
}

/** A word that differs in letters, not in digits. */
static void
add_kind(struct shapes *shapes, unsigned kind)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "kind %c%c%c of %u", 'a' + (char)(kind % 26),
		       'a' + (char)(kind / 26 % 26), 'a' + (char)(kind / 676 % 26),
		       kind);
	shapes_add(shapes, str_of(line));
}

Test(shapes, common_ones_stay_and_errors_are_told)
{
	struct shapes *shapes = shapes_new(8);
	const struct shapes_row *row;
	uint64_t sum = 0;

	cr_assert(shapes != NULL);
	for (unsigned i = 0; i < 1000; i++) {
		add_kind(shapes, 7777);
		add_kind(shapes, i);
		add_kind(shapes, i + 3000);
	}
	cr_expect(eq(u64, shapes_total(shapes), 3000));
	row = shapes_row(shapes, 0);
	cr_assert(row != NULL);
	cr_expect(str_starts(str_make(row->sample, row->sample_len),
			     SV_STR("kind dnl of")));
	/* never too low, and the error says how much too high */
	cr_expect(ge(u64, row->count, 1000));
	cr_expect(le(u64, row->count - row->error, 1000));
	for (size_t i = 0; (row = shapes_row(shapes, i)); i++) {
		cr_expect(lt(sz, i, (size_t)8));
		sum += row->count;
	}
	/* Space-Saving gives every line to a row */
	cr_expect(eq(u64, sum, 3000));
	shapes_clear(shapes);
	cr_expect(shapes_row(shapes, 0) == NULL);
	shapes_free(shapes);
	cr_expect(shapes_row(NULL, 0) == NULL);
}
