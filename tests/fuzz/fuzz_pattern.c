/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any expression on any text. The first line is the expression, the rest the lines of a
 * log. What PCRE2 takes is read to its end by our reader of expressions, what it says of
 * it has places inside of the text, and the events keep their promises.
 */
#include "fuzz.h"

#include "base/text.h"
#include "dialect/pattern_scan.h"
#include "dialect/registry.h"
#include "dialect/stream.h"

#include <assert.h>
#include <stdlib.h>

static void
scan(const char *pattern)
{
	struct pattern_risk risks[PATTERN_MAX_RISKS];
	struct scan_tree *tree = malloc(sizeof(*tree));
	char literal[64];

	if (!tree)
		return;
	size_t n = pattern_risks(pattern, risks);
	assert(n <= PATTERN_MAX_RISKS);
	for (size_t i = 0; i < n; i++)
		assert(risks[i].why != PATTERN_SAFE &&
		       risks[i].at + risks[i].len <= strlen(pattern));
	scan_tree_read(tree, str_of(pattern));
	assert(tree->n >= 1 && tree->n <= SCAN_MAX_NODES);
	assert(scan_tree_literal(tree, literal, sizeof(literal)) <= sizeof(literal));
	free(tree);
}

static void
take(void *user, const struct sv_event *event)
{
	(void)user;
	assert(event->outcome == SV_REJECTED);
	assert(event->claim.user.len <= SV_CLAIM_MAX_BYTES);
	assert(event->peer.len <= PATTERN_MAX_NAME);
	assert(event->count >= 1 && event->count <= PATTERN_MAX_COUNT);
	assert(event->code <= 699 && event->q850 <= 127);
	assert(event->peer_ip.family == 0 || event->peer_ip.family == 4 ||
	       event->peer_ip.family == 6);
}

static void
match(const char *pattern, const uint8_t *data, size_t size)
{
	static const char *const probes[] = { "x" };
	const struct pattern_template t = { .name = "t",
					    .pattern = pattern,
					    .outcome = SV_REJECTED };
	const struct pattern_spec spec = { .name = "fuzz",
					   .doc = "",
					   .evidence = "documents",
					   .probes = probes,
					   .n_probes = 1,
					   .templates = &t,
					   .n_templates = 1 };
	struct registry *registry;
	struct stream *stream;

	if (registry_new(&spec, 1, &registry) < 0)
		return;
	const struct stream_spec stream_spec = { .source = "file:fuzz",
						 .dialect = "fuzz",
						 .registry = registry,
						 .stamps = { .zone = "UTC" },
						 .emit = take };
	if (stream_new(&stream_spec, &stream) == 0) {
		struct sv_str rest = { (const char *)data, size };
		while (rest.len) {
			size_t end = str_find_char(rest, '\n');
			const struct sv_record record = { .text = str_upto(rest, end) };
			(void)stream_feed(stream, &record);
			rest = str_from(rest, end == STR_NONE ? rest.len : end + 1);
		}
		stream_change(stream, NULL);
		stream_free(stream);
	}
	registry_free(registry);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pattern_error error = { 0 };
	char pattern[512];
	size_t len = 0;

	while (len < size && data[len] != '\n')
		len++;
	if (len >= sizeof(pattern))
		return 0;
	memcpy(pattern, data, len);
	pattern[len] = '\0';
	len = strlen(pattern);
	if (pattern_check(pattern, &error) < 0) {
		assert(error.message[0] && error.at <= len);
		return 0;
	}
	scan(pattern);
	if (size > len + 1)
		match(pattern, data + len + 1, size - len - 1);
	return 0;
}
