/* SPDX-License-Identifier: Apache-2.0 */
/* The last hour of each peer: counted where it belongs, bounded, saved. */
#include "base/buffer.h"
#include "base/text.h"
#include "engine/engine.h"
#include "engine/saved.h"
#include "engine/trail.h"
#include "sip/outcome.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define SEC SV_USEC_PER_SEC
/* The beginning of a step. */
#define BASE ((sv_usec)1795339800 / 300 * 300 * SEC)
#define MAX 64

static const struct rule_spec rule = { .name = "quiet",
				       .ruleset = "test",
				       .by = { "peer_ip" },
				       .n_by = 1,
				       .window = 60 * SEC,
				       .warning = "count >= 1000000000" };

static struct engine *
engine_of(size_t max_peers)
{
	struct engine_spec spec = {
		.rules = &rule, .n_rules = 1, .grace = 30 * SEC, .max_peers = max_peers
	};
	struct expr_error error;
	struct engine *engine = NULL;
	size_t which;

	cr_assert_eq(engine_new(&spec, &engine, &which, &error), 0, "%s",
		     error.message);
	return engine;
}

static struct sv_event
call_at(sv_usec time, const char *peer, enum sv_outcome outcome, uint16_t code)
{
	return (struct sv_event){ .time = time,
				  .outcome = outcome,
				  .code = code,
				  .leg = SV_LEG_OUT,
				  .method = SV_INVITE,
				  .count = 1,
				  .peer = str_of(peer) };
}

static struct sv_event
attack_at(sv_usec time, uint32_t address, const char *account)
{
	struct sv_event event = { .time = time,
				  .outcome = SV_REJECTED,
				  .code = 401,
				  .leg = SV_LEG_IN,
				  .method = SV_REGISTER,
				  .count = 1,
				  .peer = str_of(account),
				  .peer_ip = { .family = 4 } };

	for (int i = 0; i < 4; i++)
		event.peer_ip.bytes[i] = (uint8_t)(address >> (24 - 8 * i));
	return event;
}

/* Peers as text, to be compared whole. */
static void
list(void *user, const struct engine_peer *p)
{
	struct buffer *out = user;

	buffer_addf(out, "%.*s %s %llu/%llu calls %llu/%llu", (int)p->name.len,
		    p->name.ptr, leg_name(p->leg), (unsigned long long)p->failures,
		    (unsigned long long)p->events, (unsigned long long)p->calls_failed,
		    (unsigned long long)p->calls);
	for (size_t i = 0; i < p->n_kinds; i++) {
		const struct engine_kind *k = &p->kind[i];
		buffer_addf(out, " %s%u:%llu@", k->others ? "others" : "", k->code,
			    (unsigned long long)k->count);
		for (size_t s = 0; s < ENGINE_SPARKS; s++)
			buffer_addf(out, "%u,", k->spark[s]);
	}
	buffer_addf(out, " worst %s%u x%llu\n", outcome_name(p->worst), p->worst_code,
		    (unsigned long long)p->worst_count);
}

static char *
peers_of(struct engine *engine, sv_usec now, const char *name)
{
	struct engine_peer_query query = { .now = now,
					   .name = str_of(name),
					   .max = 10 };
	struct buffer out;

	buffer_init(&out);
	buffer_add_cstr(&out, "");
	engine_peers(engine, &query, list, &out);
	buffer_add_char(&out, '\0');
	return out.ptr;
}

static void
expect_peers(struct engine *engine, sv_usec now, const char *name, const char *text)
{
	char *got = peers_of(engine, now, name);

	cr_expect_str_eq(got, text);
	free(got);
}

Test(trail, counts_each_kind_in_its_five_minutes)
{
	struct engine *engine = engine_of(MAX);

	for (int i = 0; i < 7; i++) {
		struct sv_event e =
			call_at(BASE + (sv_usec)i * 100 * SEC, "carrier-a",
				i < 3 ? SV_OK : SV_CONGESTION, i < 3 ? 200 : 503);
		engine_feed(engine, &e);
	}
	struct sv_event busy = call_at(BASE + 650 * SEC, "carrier-a", SV_BUSY, 486);
	busy.count = 2;
	engine_feed(engine, &busy);
	expect_peers(engine, BASE + 660 * SEC, NULL,
		     "carrier-a out 6/9 calls 6/9"
		     " 503:4@0,0,0,0,0,0,0,0,0,0,3,1,"
		     " 200:3@0,0,0,0,0,0,0,0,0,3,0,0,"
		     " 486:2@0,0,0,0,0,0,0,0,0,0,0,2,"
		     " worst congestion503 x4\n");
	/* an hour later only the last five minutes are left of it, then nothing */
	expect_peers(engine, BASE + 3600 * SEC + 600 * SEC - SEC, NULL,
		     "carrier-a out 3/3 calls 3/3"
		     " 486:2@2,0,0,0,0,0,0,0,0,0,0,0,"
		     " 503:1@1,0,0,0,0,0,0,0,0,0,0,0,"
		     " worst busy486 x2\n");
	expect_peers(engine, BASE + 3600 * SEC + 900 * SEC, NULL, "");
	engine_free(engine);
}

Test(trail, who_is_not_let_in_is_known_by_his_address)
{
	struct engine *engine = engine_of(MAX);
	struct sv_event wrong = attack_at(BASE, 0xcb007109, "1001");
	struct sv_event known = attack_at(BASE + SEC, 0xc6336401, "carrier-a");
	struct sv_event own = attack_at(BASE + 2 * SEC, 0xcb007109, "1001");

	known.role = SV_STR("trunk"); /* sipvigil's own configuration knows the address
				       */
	own.outcome = SV_OK;
	own.code = 200;
	engine_feed(engine, &wrong);
	engine_feed(engine, &known);
	engine_feed(engine, &own);
	expect_peers(engine, 0, "203.0.113.9",
		     "203.0.113.9 in 1/1 calls 0/0 401:1@0,0,0,0,0,0,0,0,0,0,0,1,"
		     " worst rejected401 x1\n");
	expect_peers(engine, 0, "1001",
		     "1001 in 0/1 calls 0/0 200:1@0,0,0,0,0,0,0,0,0,0,0,1,"
		     " worst 0 x0\n");
	expect_peers(engine, 0, "carrier-a",
		     "carrier-a in 1/1 calls 0/0 401:1@0,0,0,0,0,0,0,0,0,0,0,1,"
		     " worst rejected401 x1\n");
	engine_free(engine);
}

Test(trail, kinds_beyond_the_cap_are_counted_together)
{
	struct engine *engine = engine_of(MAX);
	char *text;

	for (unsigned i = 0; i < 20; i++) {
		struct sv_event e =
			call_at(BASE, "carrier-a", SV_ERROR, (uint16_t)(500 + i));
		engine_feed(engine, &e);
	}
	text = peers_of(engine, BASE, NULL);
	cr_expect(strstr(text, "carrier-a out 20/20 calls 20/20 others0:8@"), "%s",
		  text);
	free(text);
	/* an hour later the old kinds make room */
	for (unsigned i = 0; i < 3; i++) {
		struct sv_event e = call_at(BASE + 3700 * SEC, "carrier-a", SV_ERROR,
					    (uint16_t)(580 + i));
		engine_feed(engine, &e);
	}
	text = peers_of(engine, BASE + 3700 * SEC, NULL);
	cr_expect(strstr(text, " 580:1@") && strstr(text, " 582:1@"), "%s", text);
	cr_expect_null(strstr(text, "others"), "%s", text);
	free(text);
	engine_free(engine);
}

Test(trail, spoofed_addresses_do_not_push_out_a_trunk)
{
	struct engine *engine = engine_of(MAX);
	struct sv_event trunk = call_at(BASE, "carrier-a", SV_CONGESTION, 503);
	struct engine_stats stats;

	engine_feed(engine, &trunk);
	for (uint32_t i = 0; i < 100000; i++) {
		struct sv_event e = attack_at(BASE + i * 1000, 0x0a000000 + i, NULL);
		engine_feed(engine, &e);
	}
	engine_stats_get(engine, &stats);
	cr_expect_eq(stats.peers, MAX);
	cr_expect_eq(stats.peers_forgotten, 100001 - MAX);
	expect_peers(engine, 0, "carrier-a",
		     "carrier-a out 1/1 calls 1/1 503:1@0,0,0,0,0,0,0,0,0,0,0,1,"
		     " worst congestion503 x1\n");
	engine_free(engine);
}

Test(trail, a_trunk_that_has_been_silent_for_an_hour_makes_room)
{
	struct engine *engine = engine_of(1);
	struct sv_event trunk = call_at(BASE, "carrier-a", SV_OK, 200);
	struct sv_event late = attack_at(BASE + 3700 * SEC, 1, NULL);

	engine_feed(engine, &trunk);
	engine_feed(engine, &late);
	expect_peers(engine, 0, NULL,
		     "0.0.0.1 in 1/1 calls 0/0 401:1@0,0,0,0,0,0,0,0,0,0,0,1,"
		     " worst rejected401 x1\n");
	engine_free(engine);
}

/* Each event again and again, by hand. */
Test(trail, random_events_give_what_a_recount_gives)
{
	enum { EVENTS = 4000, PEERS = 5 };
	static const char *const names[PEERS] = { "a", "b", "c", "d", "e" };
	static struct {
		sv_usec time;
		unsigned peer, failed;
	} all[EVENTS];
	struct engine *engine = engine_of(MAX);
	sv_usec now = BASE;

	srand(7);
	for (unsigned i = 0; i < EVENTS; i++) {
		now += (sv_usec)(rand() % 4) * SEC;
		all[i].time = now - (sv_usec)(rand() % 20) * SEC;
		all[i].peer = (unsigned)rand() % PEERS;
		all[i].failed = (unsigned)rand() % 2;
		struct sv_event e = call_at(all[i].time, names[all[i].peer],
					    all[i].failed ? SV_BUSY : SV_OK,
					    all[i].failed ? 486 : 200);
		engine_feed(engine, &e);
	}
	sv_usec oldest = (now / TRAIL_STEP - (TRAIL_STEPS - 1)) * TRAIL_STEP;
	for (unsigned p = 0; p < PEERS; p++) {
		unsigned n = 0, failed = 0;
		char want[64], *text = peers_of(engine, now, names[p]);
		for (unsigned i = 0; i < EVENTS; i++) {
			if (all[i].peer != p || all[i].time < oldest)
				continue;
			n++;
			failed += all[i].failed;
		}
		(void)snprintf(want, sizeof(want), "%s out %u/%u calls %u/%u ",
			       names[p], failed, n, failed, n);
		cr_expect_eq(strncmp(text, want, strlen(want)), 0, "%s not %s", text,
			     want);
		free(text);
	}
	engine_free(engine);
}

/* Saved and loaded. */

static int
keep_bytes(void *user, const char *bytes, size_t n)
{
	buffer_add(user, str_make(bytes, n));
	return 0;
}

static void
save(const struct engine *engine, struct buffer *out)
{
	char piece[256];
	struct pack pack = {
		.buf = piece, .cap = sizeof(piece), .write = keep_bytes, .user = out
	};

	buffer_init(out);
	engine_save(engine, &pack);
	cr_assert_eq(pack_finish(&pack), 0);
}

static void
fill(struct engine *engine)
{
	for (unsigned i = 0; i < 500; i++) {
		struct sv_event call =
			call_at(BASE + i * 10 * SEC, i % 3 ? "carrier-a" : "carrier-b",
				i % 5 ? SV_OK : SV_BUSY, i % 5 ? 200 : 486);
		struct sv_event attack =
			attack_at(BASE + i * 10 * SEC, 0x0a000000 + i % 7, "1001");
		engine_feed(engine, &call);
		engine_feed(engine, &attack);
	}
}

Test(trail, a_restart_does_not_lose_the_hour)
{
	struct engine *engine = engine_of(MAX), *next = engine_of(MAX);
	struct engine_loaded loaded;
	struct buffer bytes;

	fill(engine);
	save(engine, &bytes);
	struct unpack in = unpack_of(buffer_str(&bytes));
	cr_assert_eq(engine_load(next, &in, NULL, NULL, &loaded), 0);
	char *before = peers_of(engine, 0, NULL), *after = peers_of(next, 0, NULL);
	cr_expect_str_eq(after, before);
	cr_expect(strlen(before) > 400);
	free(before);
	free(after);
	/* it goes on: the same peer, not a second one of the same name */
	struct sv_event more = call_at(BASE + 5000 * SEC, "carrier-a", SV_BUSY, 486);
	engine_feed(engine, &more);
	engine_feed(next, &more);
	before = peers_of(engine, 0, NULL);
	after = peers_of(next, 0, NULL);
	cr_expect_str_eq(after, before);
	free(before);
	free(after);
	buffer_done(&bytes);
	engine_free(engine);
	engine_free(next);
}

Test(trail, a_smaller_table_takes_what_it_has_room_for)
{
	struct engine *engine = engine_of(MAX), *small = engine_of(2), *none;
	struct engine_loaded loaded;
	struct engine_stats stats;
	struct buffer bytes;

	fill(engine);
	save(engine, &bytes);
	struct unpack in = unpack_of(buffer_str(&bytes));
	cr_expect_eq(engine_load(small, &in, NULL, NULL, &loaded), 0);
	engine_stats_get(small, &stats);
	cr_expect_eq(stats.peers, 2);
	cr_expect_eq(stats.peers_forgotten, 7);
	none = engine_of(0);
	in = unpack_of(buffer_str(&bytes));
	cr_expect_eq(engine_load(none, &in, NULL, NULL, &loaded), 0);
	expect_peers(none, 0, NULL, "");
	buffer_done(&bytes);
	engine_free(engine);
	engine_free(small);
	engine_free(none);
}

Test(trail, cut_and_spoiled_bytes_are_refused_or_harmless)
{
	struct trail trail, next;
	struct buffer bytes;
	char piece[256];
	struct pack pack = {
		.buf = piece, .cap = sizeof(piece), .write = keep_bytes, .user = &bytes
	};

	buffer_init(&bytes);
	cr_assert_eq(trail_init(&trail, MAX), 0);
	for (unsigned i = 0; i < 20; i++) {
		struct sv_event e = i % 2 ? attack_at(BASE + i * SEC, i, NULL)
					  : call_at(BASE, "carrier-a", SV_BUSY, 486);
		trail_add(&trail, &e);
	}
	trail_save(&trail, &pack);
	cr_assert_eq(pack_finish(&pack), 0);
	for (size_t n = 4; n < bytes.len; n++) {
		struct unpack in = unpack_of(str_make(bytes.ptr, n));
		cr_assert_eq(trail_init(&next, MAX), 0);
		cr_expect_neq(trail_load(&next, &in), 0, "%zu of %zu bytes", n,
			      bytes.len);
		trail_done(&next);
	}
	for (size_t n = 4; n < bytes.len; n++) {
		struct unpack in;
		bytes.ptr[n] = (char)(bytes.ptr[n] ^ 0xa5);
		in = unpack_of(buffer_str(&bytes));
		cr_assert_eq(trail_init(&next, MAX), 0);
		(void)trail_load(&next, &in);
		cr_expect_leq(next.n, (size_t)MAX);
		trail_done(&next);
		bytes.ptr[n] = (char)(bytes.ptr[n] ^ 0xa5);
	}
	buffer_done(&bytes);
	trail_done(&trail);
}
