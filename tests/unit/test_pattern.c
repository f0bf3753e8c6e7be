/* SPDX-License-Identifier: Apache-2.0 */
/* Dialects made of patterns: what a line becomes, what its limits are, whose address it
 * is, and how they stand among the other dialects. */
#include "dialect/registry.h"
#include "rig.h"

#include <errno.h>
#include <time.h>

/** A spec with one dialect "acme" and these templates. */
static struct registry *
registry_of(const struct pattern_template *templates, size_t n)
{
	static const char *const idents[] = { "acmed", NULL };
	static const char *const probes[] = { "acme: " };
	const struct pattern_spec spec = { .name = "acme",
					   .doc = "a box",
					   .evidence = "documents",
					   .idents = idents,
					   .probes = probes,
					   .n_probes = 1,
					   .templates = templates,
					   .n_templates = n,
					   .file = "acme.conf",
					   .line = 3 };
	struct registry *registry = NULL;

	cr_assert_eq(registry_new(&spec, 1, &registry), 0);
	return registry;
}

static void
open_rig(struct rig *rig, const struct registry *registry, const char *dialect)
{
	const struct stream_spec spec = { .source = "file:x",
					  .dialect = dialect,
					  .registry = registry,
					  .stamps = { .zone = "UTC", .year = 2026 },
					  .emit = rig_take,
					  .user = rig };

	*rig = (struct rig){ 0 };
	cr_assert_eq(stream_new(&spec, &rig->stream), 0);
}

static enum sv_parse
feed(struct rig *rig, const char *text, size_t len)
{
	const struct sv_record record = { .text = { text, len },
					  .flags = SV_RECORD_WHOLE,
					  .time = 1,
					  .time_source = SV_TIME_JOURNAL };

	return stream_feed(rig->stream, &record);
}

#define FEED(rig, text) feed(rig, text, sizeof(text) - 1)

static const struct pattern_mapping codes[] = { { "wrong password", 403, 0 },
						{ "Unknown User", 404, 0 } };
static const struct pattern_mapping words[] = { { "nope", 0, SV_REJECTED } };

static const struct pattern_template templates[] = {
	{ .name = "noise", .pattern = "^acme: tick", .ignore = true },
	{ .name = "auth",
	  .pattern = "^acme: (?<method>[A-Z]+) of (?<user>.*) from "
		     "(?<peer_ip>[^ ]+):(?<peer_port>[0-9]+)/(?<transport>[a-z]+): "
		     "(?<code>[a-zA-Z ]+)$",
	  .leg = SV_LEG_IN,
	  .outcome = SV_REJECTED,
	  .codes = codes,
	  .n_codes = 2 },
	{ .name = "call",
	  .pattern = "^(?:(?<time>[0-9]{14}) )?acme: (?<leg>in|out) via "
		     "(?<peer>[a-z0-9]+) x(?<count>[0-9]+): (?<code>[0-9]{3}) "
		     "q(?<q850>[0-9]+) to (?<dst>[^ ]*) id (?<call_id>[^ ]*) ua "
		     "(?<ua>[^|]*)\\|(?<phrase>.*)$",
	  .method = SV_INVITE,
	  .service = SV_SERVICE_SIP },
	{ .name = "word",
	  .pattern = "^acme: (?<peer_ip>[0-9a-fA-F:.]+) (?<outcome>[a-z]+)$",
	  .leg = SV_LEG_IN,
	  .category = "credentials",
	  .outcomes = words,
	  .n_outcomes = 1 },
};

Test(pattern, makes_events_of_groups_constants_and_mappings)
{
	struct registry *registry = registry_of(templates, 4);
	struct rig rig;

	open_rig(&rig, registry, "acme");
	cr_expect_eq(FEED(&rig, "acme: REGISTER of bob from 192.0.2.9:5071/udp: Wrong "
				"Password"),
		     SV_PARSE_EVENT);
	cr_assert_eq(rig.n, 1);
	const struct sv_event *e = &rig.seen[0].e;
	cr_expect_str_eq(rig.seen[0].ip, "192.0.2.9:5071");
	cr_expect_str_eq(rig.seen[0].user, "bob");
	cr_expect_eq(e->code, 403, "texts are found in any case");
	cr_expect_eq(e->method, SV_REGISTER);
	cr_expect_eq(e->transport, SV_UDP);
	cr_expect_eq(e->outcome, SV_REJECTED);
	cr_expect_eq(e->leg, SV_LEG_IN);
	cr_expect_eq(e->count, 1);
	cr_expect_str_eq(registry_template(registry_find(registry, SV_STR("acme")),
					   e->hint.template_id),
			 "auth");

	cr_expect_eq(FEED(&rig, "acme: out via trunk1 x5: 486 q17 to 4930 id a@b ua X "
				"Y|Busy Here"),
		     SV_PARSE_EVENT);
	e = &rig.seen[1].e;
	cr_expect_str_eq(rig.seen[1].peer, "trunk1");
	cr_expect_str_eq(rig.seen[1].dst, "4930");
	cr_expect_str_eq(rig.seen[1].phrase, "Busy Here");
	cr_expect_str_eq(rig.seen[1].call_id, "a@b");
	cr_expect_eq(e->count, 5);
	cr_expect_eq(e->code, 486);
	cr_expect_eq(e->q850, 17);
	cr_expect_eq(e->leg, SV_LEG_OUT);
	cr_expect_eq(e->outcome, SV_BUSY, "by the code");
	cr_expect_neq(e->hint.session, 0, "the Call-ID ties records together");

	cr_expect_eq(FEED(&rig, "acme: 2001:db8::1 nope"), SV_PARSE_EVENT);
	cr_expect_str_eq(rig.seen[2].ip, "2001:db8::1");
	cr_expect_eq(rig.seen[2].e.outcome, SV_REJECTED);
	cr_expect_eq(FEED(&rig, "acme: 192.0.2.1 busy"), SV_PARSE_EVENT,
		     "words of the list need no mapping");
	cr_expect_eq(rig.seen[3].e.outcome, SV_BUSY);

	cr_expect_eq(FEED(&rig, "acme: tick"), SV_PARSE_SKIP);
	cr_expect_eq(FEED(&rig, "acme: tack"), SV_PARSE_FOREIGN);
	cr_expect_eq(FEED(&rig, "acme: out via t x1: 180 q0 to 1 id a ua x|Ringing"),
		     SV_PARSE_SKIP, "no final answer");
	cr_expect_eq(rig.n, 4);
	stream_free(rig.stream);
	registry_free(registry);
}

Test(pattern, counts_what_means_nothing)
{
	struct registry *registry = registry_of(templates, 4);
	struct pattern_counts counts;
	struct rig rig;

	open_rig(&rig, registry, "acme");
	FEED(&rig, "acme: REGISTER of x from 192.0.2.900:5060/udp: wrong password");
	FEED(&rig, "acme: REGISTER of x from localhost:5060/udp: no idea");
	FEED(&rig, "acme: 192.0.2.1 frobnicated");
	registry_counts(registry, &counts);
	cr_expect_eq(counts.not_addresses, 2);
	cr_expect_eq(counts.unmapped, 2);
	cr_expect_eq(rig.n, 2);
	cr_expect_str_eq(rig.seen[0].ip, "", "a text that is no address blames nobody");
	cr_expect_eq(rig.seen[0].e.code, 403);
	cr_expect_eq(rig.seen[1].e.code, 0);

	/* a registry that takes its place goes on counting */
	struct registry *next = registry_of(templates, 1);
	registry_counts_take(next, registry);
	registry_counts(next, &counts);
	cr_expect_eq(counts.not_addresses, 2);
	stream_free(rig.stream);
	registry_free(registry);
	registry_free(next);
}

Test(pattern, reads_any_bytes)
{
	static const char line[] = "acme: REGISTER of b\xFF\x00\xC3(\n' from "
				   "192.0.2.9:1/tcp: wrong password";
	static const struct pattern_template end[] = {
		{ .name = "end",
		  .pattern = "^acme: (?<user>.*) from (?<peer_ip>[0-9.]+)$",
		  .outcome = SV_REJECTED }
	};
	struct registry *registry = registry_of(templates, 4);
	struct rig rig;

	open_rig(&rig, registry, "acme");
	cr_expect_eq(feed(&rig, line, sizeof(line) - 1), SV_PARSE_EVENT);
	cr_expect_str_eq(rig.seen[0].ip, "192.0.2.9:1");
	cr_expect_eq(rig.seen[0].e.claim.user.len, 7);
	stream_free(rig.stream);
	registry_free(registry);

	/* '$' is the very end, not the place before a last line break */
	registry = registry_of(end, 1);
	open_rig(&rig, registry, "acme");
	cr_expect_eq(FEED(&rig, "acme: x from 192.0.2.9\n"), SV_PARSE_FOREIGN);
	cr_expect_eq(FEED(&rig, "acme: x from 192.0.2.9"), SV_PARSE_EVENT);
	stream_free(rig.stream);
	registry_free(registry);
}

Test(pattern, bounds_what_it_takes)
{
	static const struct pattern_template wide[] = {
		{ .name = "t",
		  .pattern = "^acme: x(?<count>[0-9]+) by (?<peer>[^ ]+) "
			     "(?<user>.*)$",
		  .outcome = SV_REJECTED }
	};
	struct registry *registry = registry_of(wide, 1);
	static char line[4096];
	struct rig rig;
	int n = snprintf(line, sizeof(line), "acme: x9999999 by ");

	memset(line + n, 'p', 1000);
	line[n + 1000] = ' ';
	memset(line + n + 1001, 'u', 1000);
	open_rig(&rig, registry, "acme");
	cr_expect_eq(feed(&rig, line, (size_t)n + 2001), SV_PARSE_EVENT);
	cr_expect_eq(rig.seen[0].e.count, 1, "more than a line can stand for");
	cr_expect_eq(rig.seen[0].e.peer.len, PATTERN_MAX_NAME);
	cr_expect_eq(rig.seen[0].e.claim.user.len, SV_CLAIM_MAX_BYTES);
	stream_free(rig.stream);
	registry_free(registry);
}

static double
seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

Test(pattern, gives_up_patterns_that_explode)
{
	static const char *const bad[] = {
		"^acme: (a+)+$",
		"^acme: (a|aa)+$",
		"^acme: (.*a){25}$",
		"^acme: (?:a?){64}a{64}$",
		"^acme: (a*)*b$",
		"^acme: ((a|b)*)*c$",
		"^acme: (?<user>(?:[^ ]+ ?)+)end$",
		"^acme: (a)(?:(?1)|a)*$(?!x)",
		/* as where memory must not be written and run */
		"(*NO_JIT)^acme: (a+)+$",
		"(*NO_JIT)^acme: (a*)*b$",
		"(*NO_JIT)^acme: (?:a|(b))*$",
	};
	static char line[1200];

	memset(line, 'a', sizeof(line));
	memcpy(line, "acme: ", 6);
	line[sizeof(line) - 1] = '!';
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct pattern_template t[] = {
			{ .name = "bad", .pattern = bad[i], .outcome = SV_REJECTED },
			{ .name = "good",
			  .pattern = "^acme: a+!$",
			  .outcome = SV_REJECTED },
		};
		struct registry *registry = registry_of(t, 2);
		struct pattern_counts counts;
		struct rig rig;

		open_rig(&rig, registry, "acme");
		double before = seconds();
		enum sv_parse parse = feed(&rig, line, sizeof(line));
		double took = seconds() - before;
		cr_expect_lt(took, 1.0, "%s: %.3f s", bad[i], took);
		registry_counts(registry, &counts);
		/* the next template is asked all the same */
		cr_expect_eq(parse, SV_PARSE_EVENT, "%s", bad[i]);
		if (counts.limits) {
			struct pattern *p = registry_pattern(
				registry_find(registry, SV_STR("acme")));
			cr_expect_eq(counts.limits, 1);
			cr_expect_eq(rig.seen[0].e.attribution,
				     SV_ATTRIBUTION_FORGEABLE,
				     "what comes first was not read");
			const char *name = pattern_limit_told(p);
			cr_expect(name && strcmp(name, "bad") == 0, "%s", bad[i]);
			cr_expect_null(pattern_limit_told(p), "said once");
		}
		/* the first three explode whatever the library does */
		if (i < 3)
			cr_expect_eq(counts.limits, 1, "%s", bad[i]);
		stream_free(rig.stream);
		registry_free(registry);
	}
}

Test(pattern, a_line_that_is_given_up_is_malformed)
{
	static const struct pattern_template t[] = {
		{ .name = "bad", .pattern = "^acme: (a+)+$", .outcome = SV_REJECTED }
	};
	struct registry *registry = registry_of(t, 1);
	struct rig rig;

	open_rig(&rig, registry, "acme");
	cr_expect_eq(FEED(&rig, "acme: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"),
		     SV_PARSE_MALFORMED);
	stream_free(rig.stream);
	registry_free(registry);
}

/** What the other side writes cannot move the address, or the event says so. */
Test(pattern, marks_what_can_be_forged)
{
	static const struct {
		const char *pattern;
		enum pattern_attribution given;
		bool forgeable;
	} rows[] = {
		{ "^acme: (?<peer_ip>[0-9.]+) (?<user>.*)$", PATTERN_JUDGED, false },
		{ "^acme: (?<user>.*) (?<peer_ip>[0-9.]+) x$", PATTERN_JUDGED, true },
		{ "acme: (?<peer_ip>[0-9.]+) (?<user>.*)$", PATTERN_JUDGED, true },
		{ "acme: (?<peer_ip>[0-9.]+) (?<user>.*)$", PATTERN_CERTAIN, false },
		{ "^acme: (?<peer_ip>[0-9.]+) (?<user>.*)$", PATTERN_FORGEABLE, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pattern_template t = { .name = "t",
						    .pattern = rows[i].pattern,
						    .outcome = SV_REJECTED,
						    .attribution = rows[i].given };
		struct registry *registry = registry_of(&t, 1);
		struct rig rig;

		open_rig(&rig, registry, "acme");
		FEED(&rig, "acme: 192.0.2.1 192.0.2.1 x");
		cr_assert_eq(rig.n, 1, "%s", rows[i].pattern);
		/* one of them is safe by its end alone, in a line that is short */
		bool forgeable = rows[i].forgeable && i != 1;
		cr_expect_eq(rig.seen[0].e.attribution == SV_ATTRIBUTION_FORGEABLE,
			     forgeable, "%s", rows[i].pattern);
		stream_free(rig.stream);
		registry_free(registry);
	}
}

Test(pattern, a_line_that_was_cut_has_no_end)
{
	static const struct pattern_template t[] = {
		{ .name = "t",
		  .pattern = "^acme: (?<user>.*) from (?<peer_ip>[0-9.]+)$",
		  .outcome = SV_REJECTED }
	};
	struct registry *registry = registry_of(t, 1);
	static char line[1024];
	struct rig rig;

	/* what a syslog daemon leaves of a long line ends as the attacker likes */
	memset(line, 'x', sizeof(line));
	memcpy(line, "acme: ", 6);
	memcpy(line + sizeof(line) - 15, " from 192.0.2.1", 15);
	open_rig(&rig, registry, "acme");
	feed(&rig, line, sizeof(line));
	cr_assert_eq(rig.n, 1);
	cr_expect_eq(rig.seen[0].e.attribution, SV_ATTRIBUTION_FORGEABLE);
	memmove(line + 6, line + 600, sizeof(line) - 600);
	feed(&rig, line, sizeof(line) - 594);
	cr_assert_eq(rig.n, 2);
	cr_expect_eq(rig.seen[1].e.attribution, SV_ATTRIBUTION_CERTAIN);
	stream_free(rig.stream);
	registry_free(registry);
}

Test(pattern, stands_behind_the_built_in_dialects)
{
	struct registry *registry = registry_of(templates, 4);
	const struct sv_dialect *acme = registry_find(registry, SV_STR("acme"));

	cr_assert_not_null(acme);
	cr_expect_null(registry_find(NULL, SV_STR("acme")));
	cr_expect_eq(registry_count(registry), registry_count(NULL) + 1);
	cr_expect_eq(registry_index(registry, acme), registry_count(NULL));
	cr_expect_eq(registry_by_ident(registry, SV_STR("acmed")), acme);
	cr_expect_eq(registry_by_content(registry, SV_STR("acme: x")), acme);
	cr_expect_null(registry_by_content(NULL, SV_STR("acme: x")));
	/* the probe in somebody else's line takes it from nobody */
	const struct sv_dialect *other = registry_by_content(
		registry, SV_STR("[2026-09-12 10:00:00] NOTICE[2101] chan_sip.c: "
				 "Registration from '<sip:acme: x@pbx>' failed for "
				 "'203.0.113.9:5071' - Wrong password"));
	cr_assert_not_null(other);
	cr_expect_str_eq(other->name, "asterisk");
	registry_free(registry);
}

Test(pattern, a_stream_takes_other_dialects)
{
	struct registry *first = registry_of(templates, 4);
	struct registry *second = registry_of(templates + 3, 1);
	struct stream_stats stats;
	struct rig rig;

	open_rig(&rig, first, NULL);
	FEED(&rig, "acme: REGISTER of b from 192.0.2.9:5071/udp: wrong password");
	FEED(&rig, "[2026-09-12 10:00:00] NOTICE[2101] chan_sip.c: Registration from "
		   "'<sip:1@pbx>' failed for '203.0.113.9:5071' - Wrong password");
	cr_expect_eq(rig.n, 2);
	stream_change(rig.stream, second);
	registry_free(first);
	cr_expect_eq(FEED(&rig, "acme: REGISTER of b from 192.0.2.9:5071/udp: wrong "
				"password"),
		     SV_PARSE_FOREIGN, "its template is gone");
	cr_expect_eq(FEED(&rig, "acme: 192.0.2.1 nope"), SV_PARSE_EVENT);
	stream_stats_get(rig.stream, &stats);
	cr_expect_eq(stats.events, 3, "it counts on");
	stream_change(rig.stream, NULL);
	registry_free(second);
	cr_expect_eq(FEED(&rig, "acme: 192.0.2.1 nope"), SV_PARSE_FOREIGN);
	stream_flush(rig.stream);
	stream_free(rig.stream);
}

Test(pattern, a_saved_stream_may_know_more_dialects)
{
	struct registry *registry = registry_of(templates, 4);
	struct pack count = { 0 }, out = { 0 };
	struct rig rig;

	open_rig(&rig, registry, NULL);
	FEED(&rig, "acme: 192.0.2.1 nope");
	stream_save(rig.stream, &count);
	out.cap = (size_t)count.total;
	out.buf = malloc(out.cap);
	cr_assert_not_null(out.buf);
	stream_save(rig.stream, &out);
	stream_free(rig.stream);
	registry_free(registry);
	/* the pattern is not configured any more */
	struct unpack in = unpack_of(str_make(out.buf, out.len));
	struct stream_stats stats;
	open_rig(&rig, NULL, NULL);
	cr_expect_eq(stream_load(rig.stream, &in), 0);
	stream_stats_get(rig.stream, &stats);
	cr_expect_eq(stats.events, 1);
	stream_free(rig.stream);
	free(out.buf);
}

Test(pattern, reads_compact_stamps)
{
	static const struct pattern_template t[] = {
		{ .name = "t",
		  .pattern = "^(?<time>[^ ]+) acme: (?<peer_ip>[0-9.]+)$",
		  .outcome = SV_REJECTED }
	};
	static const struct {
		const char *line;
		sv_usec time;
	} rows[] = {
		{ "20260812104225.123456 acme: 192.0.2.1", 1786531345123456 },
		{ "20260812-104225 acme: 192.0.2.1", 1786531345000000 },
		{ "2026-08-12T10:42:25Z acme: 192.0.2.1", 1786531345000000 },
		{ "yesterday acme: 192.0.2.1", 1786531345123456 },
	};
	struct registry *registry = registry_of(t, 1);
	struct rig rig;

	open_rig(&rig, registry, "acme");
	for (size_t i = 0; i < 4; i++) {
		const struct sv_record record = { .text = str_of(rows[i].line),
						  .flags = SV_RECORD_WHOLE };
		stream_feed(rig.stream, &record);
		cr_assert_eq(rig.n, i + 1, "%s", rows[i].line);
		cr_expect_eq(rig.seen[i].e.time, rows[i].time, "%s: %llu", rows[i].line,
			     (unsigned long long)rig.seen[i].e.time);
	}
	stream_free(rig.stream);
	registry_free(registry);
}

Test(pattern, tells_mistakes_with_their_place)
{
	static const struct {
		const char *pattern;
		size_t at;
		const char *message, *hint;
	} rows[] = {
		{ "^a(b", 4, "missing closing parenthesis", "" },
		{ "^a[b-", 5, "missing terminating ] for character class", "" },
		{ "a(?<peer_pi>x)", 4, "'peer_pi' is no field of an event",
		  "did you mean 'peer_ip'?" },
		{ "(?<gateway>x)", 3, "'gateway' is no field of an event",
		  "the fields: sipvigil-patterns(5)" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pattern_error error = { 0 };
		cr_expect_eq(pattern_check(rows[i].pattern, &error), -EINVAL);
		cr_expect_eq(error.at, rows[i].at, "%s: %zu", rows[i].pattern,
			     error.at);
		cr_expect_str_eq(error.message, rows[i].message);
		cr_expect_str_eq(error.hint, rows[i].hint);
	}
	struct pattern_error error = { 0 };
	cr_expect_eq(pattern_check("(*UTF)x", &error), -EINVAL, "bytes, always");
}
