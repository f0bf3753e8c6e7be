/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_samples.h"

#include "base/i18n.h"
#include "base/text.h"
#include "cli/sample_attack.h"
#include "cli/sample_test.h"

#include <stdio.h>
#include <stdlib.h>

/** What is known of each template of a dialect. */
struct proof {
	bool matched, blamed, hidden;
};

static void
print_failed(struct check_samples *check, const struct pattern_sample *sample,
	     const struct sample_result *result)
{
	struct buffer *out = check->out;

	if (check->json) {
		buffer_add_cstr(out, "{\"kind\":\"sample\",\"name\":");
		buffer_add_json(out, str_of(sample->name));
		buffer_add_cstr(out, ",\"file\":");
		buffer_add_json(out, str_of(sample->file));
		buffer_addf(out,
			    ",\"line\":%u,\"passed\":false,\"message\":", sample->line);
		buffer_add_json(out, str_of(result->why));
		buffer_add_cstr(out, "}\n");
		return;
	}
	buffer_addf(out, "%s:%u: ", sample->file, sample->line);
	buffer_addf(out, _("sample \"%s\": failed: %s\n"), sample->name, result->why);
	for (size_t i = 0; i < sample->n_expect; i++) {
		buffer_addf(out, "    %-9s ", _("expected"));
		buffer_add_clean(out, str_of(sample->expect[i]), 1000);
		buffer_add_char(out, '\n');
	}
	for (struct sv_str rest = buffer_str(&result->events); rest.len;) {
		size_t end = str_find_char(rest, '\n');
		buffer_addf(out, "    %-9s ", _("was"));
		buffer_add_clean(out, str_upto(rest, end), 1000);
		buffer_add_char(out, '\n');
		rest = str_from(rest, end + 1);
	}
	if (!result->n_events && sample->n_lines) {
		buffer_addf(out, "    %-9s ", _("line"));
		buffer_add_clean(out, str_of(sample->lines[0]), 1000);
		buffer_add_char(out, '\n');
	}
}

/** A warning about a template, with a line that shows it. */
static void
warn(struct check_samples *check, const struct pattern *pattern, uint32_t template_id,
     const char *message, const struct buffer *line)
{
	struct buffer shown;
	unsigned number;
	const char *file = pattern_origin(pattern, template_id, &number);

	buffer_init(&shown);
	buffer_add_cstr(&shown, message);
	if (line) {
		buffer_add_char(&shown, ' ');
		buffer_add_clean(&shown, buffer_str(line), 1000);
	}
	buffer_add_char(&shown, '\0');
	if (!buffer_failed(&shown))
		diag_add(check->diag, DIAG_WARNING, file, number, 0, 0, NULL, shown.ptr,
			 NULL);
	buffer_done(&shown);
}

static bool
attack(struct check_samples *check, const struct pattern_sample *sample,
       const struct pattern *pattern, struct proof *proofs)
{
	struct sample_attack found;
	char message[512];
	const char *template;
	bool enough = sample_attack_run(sample, check->registry, &found) == 0;
	struct proof *proof = &proofs[found.template_id];

	template = registry_template(pattern_dialect(pattern), found.template_id);
	if (enough && found.blamed && !proof->blamed) {
		snprintf(message, sizeof(message),
			 _("template \"%.64s\": whoever writes '%s' can have somebody "
			   "else blamed, as by this line:"),
			 template, pattern_field_name(found.claim));
		warn(check, pattern, found.template_id, message, &found.line);
		proof->blamed = true;
	}
	if (enough && found.hidden && !proof->hidden) {
		snprintf(message, sizeof(message),
			 _("template \"%.64s\": whoever writes '%s' can have the line "
			   "go unseen, as this one:"),
			 template, pattern_field_name(found.hider));
		warn(check, pattern, found.template_id, message, &found.hiding);
		proof->hidden = true;
	}
	sample_attack_done(&found);
	return enough;
}

static bool
run_sample(struct check_samples *check, const struct pattern_sample *sample,
	   const struct pattern *pattern, struct proof *proofs)
{
	struct sample_result result;
	bool enough = sample_test_run(sample, check->registry, &result) == 0;

	check->samples++;
	if (enough && !result.passed) {
		check->failed++;
		print_failed(check, sample, &result);
	}
	if (enough && result.found) {
		char message[256];
		snprintf(message, sizeof(message),
			 _("sample \"%.64s\": where no dialect is named this line is "
			   "read as '%.32s': name the dialect in the input's section"),
			 sample->name, result.found);
		diag_add(check->diag, DIAG_WARNING, sample->file, sample->line, 0, 0,
			 NULL, message, NULL);
	}
	proofs[result.template_id].matched = true;
	bool told = enough && result.passed && result.n_events;
	sample_result_done(&result);
	return told ? attack(check, sample, pattern, proofs) : enough;
}

/** An ignored line has no event to tell its template. */
static void
note_ignored(const struct pattern_sample *sample, struct pattern *pattern,
	     struct proof *proofs)
{
	struct pattern_span spans[PATTERN_FIELDS];
	uint32_t id;

	for (size_t i = 0; i < sample->n_lines; i++) {
		struct sv_str line = str_of(sample->lines[i]);
		/* behind whatever header there is */
		for (size_t at = 0; at < line.len && at < 128; at++)
			if (pattern_read(pattern, str_from(line, at), &id, spans)) {
				proofs[id].matched = true;
				break;
			}
	}
}

static bool
run_dialect(struct check_samples *check, const struct pattern_spec *spec,
	    struct pattern *pattern)
{
	struct proof *proofs = calloc(spec->n_templates + 1, sizeof(*proofs));
	bool enough = proofs != NULL;
	char message[256];

	for (size_t i = 0; enough && i < check->conf->n_samples; i++) {
		const struct pattern_sample *sample = &check->conf->samples[i];
		if (strcmp(sample->dialect, spec->name) != 0)
			continue;
		enough = run_sample(check, sample, pattern, proofs);
		if (strcmp(sample->expect[0], "ignored") == 0)
			note_ignored(sample, pattern, proofs);
	}
	for (size_t i = 1; enough && i <= spec->n_templates; i++) {
		if (proofs[i].matched)
			continue;
		snprintf(message, sizeof(message),
			 _("template \"%.64s\" has no sample: nothing shows that it "
			   "matches"),
			 spec->templates[i - 1].name);
		warn(check, pattern, (uint32_t)i, message, NULL);
	}
	free(proofs);
	return enough;
}

bool
check_samples_run(struct check_samples *check)
{
	for (size_t i = 0; i < check->conf->n_patterns; i++) {
		const struct pattern_spec *spec = &check->conf->patterns[i];
		struct pattern *pattern = registry_pattern(
			registry_find(check->registry, str_of(spec->name)));
		if (pattern && !run_dialect(check, spec, pattern))
			return false;
	}
	return true;
}
