/* SPDX-License-Identifier: Apache-2.0 */
/* Which groups of an expression could hold text of the other side. */
#include "dialect/pattern.h"
#include "dialect/pattern_scan.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define IP "(?<peer_ip>[0-9A-Fa-f:.]+)"
#define PORT "(?<peer_port>[0-9]+)"
#define USER "(?<user>.*)"

static const struct {
	const char *pattern;
	enum pattern_why why;
} rows[] = {
	/* from the left: nothing before it is of the other side, or ends twice */
	{ "^from " IP " user " USER, PATTERN_SAFE },
	{ "\\Afrom " IP " user " USER, PATTERN_SAFE },
	{ "^from " IP ":" PORT " user " USER, PATTERN_SAFE },
	{ "^from \\[?" IP "\\]?:" PORT " user " USER, PATTERN_SAFE },
	{ "^\\[[^\\]]+\\] x\\[\\d+\\]: " IP "," USER, PATTERN_SAFE },
	{ "^(?:a|b) (?:wrong|bad|not) " IP " " USER, PATTERN_SAFE },
	{ "^(?:wrong password|wrong user) " IP " " USER, PATTERN_SAFE },
	{ "^[a-z ]+: " IP " " USER, PATTERN_SAFE },
	{ "^(?:\\d+ )?x " IP " " USER, PATTERN_SAFE },
	{ "^(?i)From " IP " " USER, PATTERN_SAFE },
	{ "^(?:x|y " IP ") " USER, PATTERN_SAFE },
	{ "^\\Qa.b\\E+ " IP " " USER, PATTERN_SAFE },
	{ "^a\\x41\\t[[:alpha:]]+\\.\\s+" IP " " USER, PATTERN_SAFE },
	{ "^gw (?<peer>[^ ]+) " USER, PATTERN_SAFE },
	{ "^gw '(?<peer>[^']+)': " USER, PATTERN_SAFE },
	/* from the right */
	{ "^" USER " from " IP "$", PATTERN_SAFE },
	{ "^" USER " from " IP "\\z", PATTERN_SAFE },
	{ "^" USER " from " IP ":" PORT "$", PATTERN_SAFE },
	{ "^" USER " from " IP " failed: [a-z ]+$", PATTERN_SAFE },
	{ "^" USER " from (?<peer_ip>[0-9.]+)(?: failed: (?<code>[a-z ]+))?$",
	  PATTERN_SAFE },
	{ "^" USER " via (?<peer>[a-z]+)$", PATTERN_SAFE },
	/* anywhere */
	{ "from " IP " user", PATTERN_UNANCHORED },
	{ "from " IP "$", PATTERN_UNANCHORED },
	{ "^x|from " IP, PATTERN_UNANCHORED },
	{ "(?:^)?from " IP, PATTERN_UNANCHORED },
	/* behind claims */
	{ "^" USER " from " IP " x", PATTERN_BEHIND_CLAIM },
	{ "^" USER " from " IP " x (?<phrase>.*)$", PATTERN_BEHIND_CLAIM },
	{ "^" USER " from " IP "(?: failed: (?<code>[a-z ]+))?$",
	  PATTERN_BEHIND_CLAIM },
	{ "^(?<ua>[^ ]+) from " IP " x", PATTERN_BEHIND_CLAIM },
	{ "^(?<dst>\\d{4}) from " IP " x", PATTERN_BEHIND_CLAIM },
	{ "^(?:(?<call_id>\\S+) )?from " IP " x", PATTERN_BEHIND_CLAIM },
	{ "^(?:x (?<user>\\S+)|y) from " IP " x", PATTERN_BEHIND_CLAIM },
	{ "^" USER " via (?<peer>.+) x", PATTERN_BEHIND_CLAIM },
	/* parts that may end in several places */
	{ "^.* from " IP " x", PATTERN_BEHIND_WIDE },
	{ "^.*? from " IP " x", PATTERN_BEHIND_WIDE },
	{ "^[^:]* from " IP " x", PATTERN_BEHIND_WIDE },
	{ "^[a-z: ]+: " IP " x", PATTERN_BEHIND_WIDE },
	{ "^(?:\\w+ )*from " IP " x", PATTERN_BEHIND_WIDE },
	{ "^from " IP "(?<user>.*)$", PATTERN_BEHIND_WIDE },
	{ "^from " IP ":" PORT "(?<user>.*)$", PATTERN_BEHIND_WIDE },
	{ "^gw (?<peer>.*) failed", PATTERN_BEHIND_WIDE },
	{ "^gw (?<peer>.*) failed: (?<phrase>.*)$", PATTERN_BEHIND_WIDE },
	/* alternatives */
	{ "^(?:a|a b) " IP " x", PATTERN_BEHIND_PATHS },
	{ "^(?:x\\d+|x[^ ]) " IP " x", PATTERN_BEHIND_PATHS },
	/* what is not judged */
	{ "^a(?=x)" IP " x", PATTERN_UNCLEAR },
	{ "^(a)\\1" IP " x", PATTERN_UNCLEAR },
	{ "^(?:" IP " )+x", PATTERN_UNCLEAR },
	{ "(?x)^ " IP " x", PATTERN_UNCLEAR },
	{ "(?m)^" IP " x", PATTERN_UNCLEAR },
	{ "^(?(?=a)a|b" IP ") x", PATTERN_UNCLEAR },
	{ "^(?=x" IP ").* x", PATTERN_UNCLEAR },
	{ "^a\\K" IP " x", PATTERN_UNCLEAR },
	{ "^(?<method>(?&peer_ip))" IP " x", PATTERN_UNCLEAR },
	{ "^\\p{L}+ " IP " x", PATTERN_UNCLEAR },
	/* more than an address */
	{ "^from (?<peer_ip>\\S+) " USER, PATTERN_LOOSE },
	{ "^from (?<peer_ip>[^:]+):" PORT " " USER, PATTERN_LOOSE },
};

Test(pattern_risk, judges_expressions)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pattern_risk risks[PATTERN_MAX_RISKS];
		struct pattern_error error;
		cr_expect_eq(pattern_check(rows[i].pattern, &error), 0, "%s: %s",
			     rows[i].pattern, error.message);
		size_t n = pattern_risks(rows[i].pattern, risks);
		enum pattern_why why = n ? risks[0].why : PATTERN_SAFE;
		cr_expect_eq(why, rows[i].why, "%s: %d, expected %d", rows[i].pattern,
			     (int)why, (int)rows[i].why);
	}
}

Test(pattern_risk, says_where_and_why)
{
	struct pattern_risk risks[PATTERN_MAX_RISKS];
	const char *pattern = "^u (?<ua>.*) from (?<peer_ip>[0-9.]+) x";

	cr_assert_eq(pattern_risks(pattern, risks), 1);
	cr_expect_eq(risks[0].field, PATTERN_PEER_IP);
	cr_expect_eq(risks[0].claim, PATTERN_UA);
	cr_expect_eq(strncmp(pattern + risks[0].at, "peer_ip", risks[0].len), 0);
	cr_expect_eq(risks[0].len, 7);
}

Test(pattern_risk, knows_what_rests_on_the_end)
{
	cr_expect(pattern_rests_on_end("^" USER " from " IP "$"));
	cr_expect(!pattern_rests_on_end("^from " IP " " USER "$"));
	cr_expect(!pattern_rests_on_end("^" USER "$"), "it names nobody");
}

Test(pattern_risk, finds_the_text_that_each_match_holds)
{
	static const struct {
		const char *pattern, *literal;
	} cases[] = {
		{ "^abc (?<user>.*) defghi$", " defghi" },
		{ "^(?:abcd|x) (?<user>.*) efg$", " efg" },
		{ "^a(?:bcd(?:ef))g", "abcdefg" },
		{ "^abcd?ef", "abc" },
		{ "^abcd*", "abc" },
		{ "(?i)abcdef", "" },
		{ "abc|def", "" },
		{ "^(?=abc)abcd", "" },
		{ "^abc(*ACCEPT)def", "" },
		{ "^\\Qa.b*c\\E", "a.b*c" },
		{ "^[x]yz\\.\\(", "xyz.(" },
		{ "^ab", "" },
	};
	struct scan_tree *tree = malloc(sizeof(*tree));
	char literal[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scan_tree_read(tree, str_of(cases[i].pattern));
		size_t n = scan_tree_literal(tree, literal, sizeof(literal));
		cr_expect(str_eq(str_make(literal, n), str_of(cases[i].literal)),
			  "%s: '%.*s'", cases[i].pattern, (int)n, literal);
	}
	free(tree);
}
