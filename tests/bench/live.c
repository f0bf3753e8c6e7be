/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon's live path takes for a datagram, from the dialect through ledger,
 * windows and the rules of a configuration, without the sockets: the messages of a file,
 * one a line, over and over, each STEP µs after the one before. Prints CPU time each,
 * beside that of a bare look at each message, and digests of what was settled and told,
 * which must not change when something is made faster.
 *
 * usage: live CONFIGURATION MESSAGES COUNT STEP
 */
#include "base/text.h"
#include "ruleset.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_LINES = 100000 };

struct digest {
	uint64_t events, alerts;
	uint64_t n_events, n_alerts;
};

static uint64_t
cpu_nsec(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
mix_str(uint64_t *digest, struct sv_str s)
{
	*digest = str_hash(s, *digest + s.len);
}

static void
mix_number(uint64_t *digest, uint64_t n)
{
	*digest = str_hash(str_make((const char *)&n, sizeof(n)), *digest);
}

static void
settled(void *user, const struct sv_event *e)
{
	struct digest *digest = user;
	uint64_t *d = &digest->events;

	digest->n_events++;
	mix_number(d, e->time);
	mix_number(d, (uint64_t)e->outcome << 32 | (uint64_t)e->leg << 16 | e->method);
	mix_number(d, (uint64_t)e->code << 32 | (uint64_t)e->q850 << 16 | e->peer_port);
	mix_number(d, (uint64_t)e->service << 32 | (uint64_t)e->attribution << 16 |
			      e->transport);
	mix_number(d, (uint64_t)e->n_records << 32 | e->count);
	mix_str(d, str_make((const char *)e->peer_ip.bytes, sizeof(e->peer_ip.bytes)));
	mix_str(d, e->peer);
	mix_str(d, e->host);
	mix_str(d, e->category);
	mix_str(d, e->claim.user);
	mix_str(d, e->claim.dst);
	mix_str(d, e->claim.ua);
	mix_str(d, e->claim.call_id);
	mix_str(d, e->claim.phrase);
}

static void
told(void *user, const struct sv_alert *alert)
{
	struct digest *digest = user;

	digest->n_alerts++;
	mix_str(&digest->alerts, str_of(alert->id));
	mix_str(&digest->alerts, alert->reason);
}

static size_t
read_lines(const char *path, struct sv_str lines[MAX_LINES])
{
	FILE *file = fopen(path, "re");
	size_t n = 0, cap = 0;
	char *line = NULL;
	ssize_t len;

	while (file && n < MAX_LINES && (len = getline(&line, &cap, file)) > 0) {
		while (len && line[len - 1] == '\n')
			len--;
		lines[n++] = str_make(strndup(line, (size_t)len), (size_t)len);
	}
	free(line);
	if (file)
		(void)fclose(file);
	return n;
}

/** The least that anyone can do with them: each is looked at once. */
static uint64_t
look(const struct sv_str *lines, size_t n, uint64_t count)
{
	uint64_t begin = cpu_nsec(), seen = 0;

	for (uint64_t i = 0; i < count; i++)
		seen += str_find_char(lines[i % n], '\n') == STR_NONE;
	return seen == count ? cpu_nsec() - begin : 0;
}

static uint64_t
feed(struct stream *stream, const struct sv_str *lines, size_t n,
     const uint64_t count_step[2])
{
	struct sv_record record = { .time = 1772323200 * SV_USEC_PER_SEC,
				    .time_source = SV_TIME_JOURNAL,
				    .flags = SV_RECORD_WHOLE | SV_RECORD_SYSLOG,
				    .sender = { .family = 4,
						.bytes = { 127, 0, 0, 1 } } };
	uint64_t begin = cpu_nsec();

	for (uint64_t i = 0; i < count_step[0]; i++) {
		record.text = lines[i % n];
		record.time += count_step[1];
		(void)stream_feed(stream, &record);
	}
	return cpu_nsec() - begin;
}

int
main(int argc, char **argv)
{
	static struct sv_str lines[MAX_LINES];
	struct digest digest = { 0 };
	struct ruleset_sinks sinks = { .event = settled,
				       .alert = told,
				       .user = &digest };
	struct stream_spec spec = { .source = "syslog:bench" };
	struct ruleset ruleset;
	struct stream *stream;
	struct buffer text;

	buffer_init(&text);
	if (argc != 5) {
		fprintf(stderr, "usage: live CONFIGURATION MESSAGES COUNT STEP\n");
		return 2;
	}
	uint64_t count_step[2] = { strtoull(argv[3], NULL, 10),
				   strtoull(argv[4], NULL, 10) };
	size_t n = read_lines(argv[2], lines);
	struct conf *conf = ruleset_load(argv[1], &text, false);
	if (!conf || n == 0 || ruleset_new(conf, &sinks, &ruleset, &text) < 0 ||
	    pipeline_stream(ruleset.pipeline, &spec, &stream) < 0) {
		fprintf(stderr, "live: %.*s\n", (int)text.len, text.ptr);
		return 1;
	}
	uint64_t bare = look(lines, n, count_step[0]);
	uint64_t took = feed(stream, lines, n, count_step);
	printf("  %8" PRIu64 " messages: %6.2f us each, x %.0f of a look; %" PRIu64
	       " events %016" PRIx64 ", %" PRIu64 " alerts %016" PRIx64 "\n",
	       count_step[0], (double)took / 1e3 / (double)count_step[0],
	       (double)took / (double)(bare ? bare : 1), digest.n_events, digest.events,
	       digest.n_alerts, digest.alerts);
	stream_free(stream);
	ruleset_done(&ruleset);
	conf_free(conf);
	buffer_done(&text);
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)lines[i].ptr);
	return 0;
}
