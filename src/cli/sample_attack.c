/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sample_attack.h"

#include "base/address.h"
#include "base/text.h"
#include "dialect/stream.h"

#include <errno.h>
#include <stdlib.h>

/** The innocent: addresses of documentation (RFC 5737, RFC 3849), and a name. */
#define INNOCENT_4 SV_STR("198.51.100.77")
#define INNOCENT_6 SV_STR("2001:db8::77")
#define INNOCENT_NAME SV_STR("innocent")
/** How much of what stands around the address is copied. */
#define CONTEXT 16

struct run {
	struct stream *stream;
	struct pattern *pattern;
	struct sample_attack *attack;
	struct sv_str innocent;
	enum pattern_field target; /* peer_ip or peer */
	struct sv_ip true_ip;      /* of the sample */
	struct sv_str true_peer;   /* in `text` */
	bool blamed, told;         /* by the last line */
	char *text; /* of the present sample line, without header; NULL: none */
	size_t len;
	bool failed;
};

static void
take(void *user, const struct sv_event *raw)
{
	struct run *run = user;

	run->told = true;
	if (!run->text) {
		/* the first one: what the sample itself is */
		run->text = strndup(raw->records[0].text.ptr, raw->records[0].text.len);
		run->len = raw->records[0].text.len;
		run->failed |= !run->text;
		run->attack->template_id = raw->hint.template_id;
		run->true_ip = raw->peer_ip;
		return;
	}
	run->blamed |= !pattern_is_doubted(run->pattern, raw->hint.template_id) &&
		       (run->target == PATTERN_PEER
				? raw->peer.len && !str_eq(raw->peer, run->true_peer)
				: raw->peer_ip.family &&
					  !address_equal(&raw->peer_ip, &run->true_ip));
}

/** One forged line. It comes whole: what breaks lines is not the pattern's to say. */
static void
throw_line(struct run *run, const struct buffer *line)
{
	const struct sv_record record = { .text = buffer_str(line),
					  .flags = SV_RECORD_WHOLE };

	run->blamed = run->told = false;
	if (buffer_failed(line))
		run->failed = true;
	else
		(void)stream_feed(run->stream, &record);
}

/** The line with the innocent in the place of the target. */
struct copy {
	struct sv_str text;
	size_t claim, claim_end, target, target_end;
};

static struct copy
copy_of(struct buffer *buf, struct sv_str text, struct sv_str innocent,
	struct pattern_span claim, struct pattern_span target)
{
	struct copy copy = { .target = target.at,
			     .target_end = target.at + innocent.len };
	bool behind = claim.at >= target.at + target.len;
	size_t shift = innocent.len - target.len; /* wraps; added again below */

	buffer_add(buf, str_upto(text, target.at));
	buffer_add(buf, innocent);
	buffer_add(buf, str_from(text, target.at + target.len));
	copy.text = buffer_str(buf);
	copy.claim = claim.at + (behind ? shift : 0);
	copy.claim_end = copy.claim + claim.len;
	return copy;
}

static struct sv_str
slice(struct sv_str text, size_t from, size_t to)
{
	return to > from ? str_from(str_upto(text, to), from) : (struct sv_str){ 0 };
}

/** What an attacker would write into the claim. */
#define PAYLOADS 9
static size_t
payloads(const struct copy *copy, struct sv_str innocent, struct sv_str out[PAYLOADS])
{
	size_t near = copy->target > CONTEXT ? copy->target - CONTEXT : 0, n = 0;

	out[n++] = copy->text;
	out[n++] = slice(copy->text, copy->claim_end, copy->text.len);
	out[n++] = slice(copy->text, copy->claim_end, copy->target_end);
	out[n++] = slice(copy->text, 0, copy->target_end);
	out[n++] = slice(copy->text, 0, copy->claim);
	out[n++] = slice(copy->text, near, copy->text.len);
	out[n++] = slice(copy->text, near, copy->target_end);
	out[n++] = slice(copy->text, copy->target, copy->text.len);
	out[n++] = innocent;
	return n;
}

static void
keep_line(struct buffer *into, const struct buffer *line)
{
	buffer_clear(into);
	buffer_add(into, buffer_str(line));
}

/** Text in the place of a claim: before, behind, instead of it. */
static void
write_claim(struct buffer *line, struct sv_str text, struct pattern_span claim,
	    struct sv_str payload, unsigned mode)
{
	buffer_clear(line);
	buffer_add(line, str_upto(text, claim.at));
	if (mode == 0)
		buffer_add(line, slice(text, claim.at, claim.at + claim.len));
	buffer_add(line, payload);
	if (mode == 1)
		buffer_add(line, slice(text, claim.at, claim.at + claim.len));
	buffer_add(line, str_from(text, claim.at + claim.len));
}

static void
attack_claim(struct run *run, enum pattern_field field, struct pattern_span claim,
	     struct pattern_span target)
{
	struct sample_attack *attack = run->attack;
	struct sv_str text = str_make(run->text, run->len), list[PAYLOADS];
	struct buffer line, forged;

	buffer_init(&line);
	buffer_init(&forged);
	const struct copy copy = copy_of(&forged, text, run->innocent, claim, target);
	size_t n = buffer_failed(&forged) ? 0 : payloads(&copy, run->innocent, list);
	for (size_t i = 0; i < 3 * n && !attack->blamed; i++) {
		if (!list[i / 3].len)
			continue;
		write_claim(&line, text, claim, list[i / 3], i % 3);
		throw_line(run, &line);
		if (!run->blamed)
			continue;
		attack->blamed = true;
		attack->claim = field;
		keep_line(&attack->line, &line);
	}
	buffer_done(&line);
	buffer_done(&forged);
}

/** Bytes that other sides like to send. */
static void
hide_claim(struct run *run, enum pattern_field field, struct pattern_span claim)
{
	static const char *const texts[] = { " x", "\"", "'", ">", "]" };
	struct buffer line;

	buffer_init(&line);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !run->attack->hidden;
	     i++) {
		write_claim(&line, str_make(run->text, run->len), claim,
			    str_of(texts[i]), 0);
		throw_line(run, &line);
		if (run->told)
			continue;
		run->attack->hidden = true;
		run->attack->hider = field;
		keep_line(&run->attack->hiding, &line);
	}
	buffer_done(&line);
}

static bool
overlap(struct pattern_span a, struct pattern_span b)
{
	return a.at < b.at + b.len && b.at < a.at + a.len;
}

static void
attack_line(struct run *run, const char *text)
{
	struct pattern_span spans[PATTERN_FIELDS];
	const struct sv_record record = { .text = str_of(text) };
	uint32_t id;

	(void)stream_feed(run->stream, &record);
	if (!run->text ||
	    !pattern_read(run->pattern, str_make(run->text, run->len), &id, spans))
		return;
	run->target =
		spans[PATTERN_PEER_IP].at != STR_NONE ? PATTERN_PEER_IP : PATTERN_PEER;
	struct pattern_span target = spans[run->target];
	bool six = target.at != STR_NONE &&
		   str_find_char(str_make(run->text + target.at, target.len), ':') !=
			   STR_NONE;
	if (run->target == PATTERN_PEER)
		run->innocent = INNOCENT_NAME;
	else
		run->innocent = six ? INNOCENT_6 : INNOCENT_4;
	run->true_peer = (struct sv_str){ 0 };
	if (target.at != STR_NONE)
		run->true_peer = str_make(run->text + target.at, target.len);
	for (unsigned i = PATTERN_USER; i < PATTERN_FIELDS; i++) {
		if (spans[i].at == STR_NONE)
			continue;
		if (target.at != STR_NONE && !overlap(spans[i], target))
			attack_claim(run, (enum pattern_field)i, spans[i], target);
		hide_claim(run, (enum pattern_field)i, spans[i]);
	}
}

void
sample_attack_done(struct sample_attack *attack)
{
	buffer_done(&attack->line);
	buffer_done(&attack->hiding);
}

int
sample_attack_run(const struct pattern_sample *sample, const struct registry *registry,
		  struct sample_attack *ret_attack)
{
	struct run run = { .attack = ret_attack,
			   .pattern = registry_pattern(
				   registry_find(registry, str_of(sample->dialect))) };
	const struct stream_spec spec = { .source = "sample",
					  .dialect = sample->dialect,
					  .registry = registry,
					  .stamps = { .zone = "UTC" },
					  .emit = take,
					  .user = &run };

	*ret_attack = (struct sample_attack){ .claim = PATTERN_FIELDS,
					      .hider = PATTERN_FIELDS };
	buffer_init(&ret_attack->line);
	buffer_init(&ret_attack->hiding);
	if (!run.pattern || stream_new(&spec, &run.stream) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < sample->n_lines && !run.failed; i++) {
		attack_line(&run, sample->lines[i]);
		free(run.text);
		run.text = NULL;
	}
	stream_free(run.stream);
	return run.failed || buffer_failed(&ret_attack->line) ? -ENOMEM : 0;
}
