/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/pattern.h"

#include "base/text.h"
#include "dialect/pattern_code.h"
#include "dialect/pattern_event.h"
#include "dialect/pattern_scan.h"

#include <errno.h>
#include <stdlib.h>

#define LITERAL_BYTES 64

/** A template, ready to match. */
struct shape {
	struct pattern_template spec; /* texts of its own */
	struct pattern_code *code;
	struct {
		enum pattern_field field;
		unsigned group;
	} groups[PATTERN_MAX_GROUPS];
	size_t n_groups;
	char literal[LITERAL_BYTES]; /* each match holds it */
	size_t n_literal;
	bool forgeable; /* always */
	bool by_end;    /* certain only when the line is whole */
	bool limited, told;
};

struct pattern {
	struct sv_dialect dialect;
	struct pattern_limits *limits;
	struct shape *shapes;
	size_t n_shapes;
	char **probes;
	size_t n_probes;
	char *file;
	unsigned line;
	struct pattern_counts counts;
};

int
pattern_check(const char *pattern, struct pattern_error *reterr)
{
	struct pattern_code *code;
	int r = pattern_code_new(str_of(pattern), NULL, &code, reterr);

	if (r == 0)
		pattern_code_free(code);
	return r;
}

bool
pattern_has(const char *pattern, enum pattern_field field)
{
	struct pattern_code *code;
	struct pattern_error error;
	struct sv_str name;
	unsigned group;
	bool found = false;

	if (pattern_code_new(str_of(pattern), NULL, &code, &error) < 0)
		return false;
	for (size_t i = 0; pattern_code_name(code, i, &name, &group); i++)
		found |= pattern_field_find(name) == field;
	pattern_code_free(code);
	return found;
}

/* Copies. */

static char *
copy(const char *text, bool *failed)
{
	char *own = text ? strdup(text) : NULL;

	*failed |= text && !own;
	return own;
}

static char **
copy_list(const char *const *list, size_t n, bool *failed)
{
	char **own = calloc(n + 1, sizeof(*own));

	*failed |= !own;
	for (size_t i = 0; own && i < n; i++)
		own[i] = copy(list[i], failed);
	return own;
}

static size_t
list_length(const char *const *list)
{
	size_t n = 0;

	while (list && list[n])
		n++;
	return n;
}

static void
list_free(char *const *list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	/* made by copy_list() */
	free((void *)(uintptr_t)list);
}

static struct pattern_mapping *
copy_mappings(const struct pattern_mapping *rows, size_t n, bool *failed)
{
	struct pattern_mapping *own = calloc(n + 1, sizeof(*own));

	*failed |= !own;
	for (size_t i = 0; own && i < n; i++) {
		own[i] = rows[i];
		own[i].text = copy(rows[i].text, failed);
	}
	return own;
}

static void
text_free(const char *text)
{
	free((void *)(uintptr_t)text);
}

static void
mappings_free(const struct pattern_mapping *rows, size_t n)
{
	for (size_t i = 0; rows && i < n; i++)
		text_free(rows[i].text);
	free((void *)(uintptr_t)rows);
}

static void
shape_done(struct shape *shape)
{
	pattern_code_free(shape->code);
	mappings_free(shape->spec.codes, shape->spec.n_codes);
	mappings_free(shape->spec.outcomes, shape->spec.n_outcomes);
	text_free(shape->spec.name);
	text_free(shape->spec.pattern);
	text_free(shape->spec.category);
	text_free(shape->spec.file);
}

/** Whether the line alone says whose address it is. */
static void
attribute(struct shape *shape)
{
	struct pattern_risk risks[PATTERN_MAX_RISKS];
	size_t n;

	switch (shape->spec.attribution) {
	case PATTERN_CERTAIN:
		return;
	case PATTERN_FORGEABLE:
		shape->forgeable = true;
		return;
	case PATTERN_JUDGED:
		break;
	}
	n = pattern_risks(shape->spec.pattern, risks);
	for (size_t i = 0; i < n; i++)
		shape->forgeable |= risks[i].why != PATTERN_LOOSE;
	shape->by_end = pattern_rests_on_end(shape->spec.pattern);
}

static int
shape_init(struct shape *shape, const struct pattern_template *spec,
	   const struct pattern_limits *limits)
{
	struct pattern_error error;
	struct scan_tree *tree;
	struct sv_str name;
	unsigned group;
	bool failed = false;

	shape->spec = *spec;
	shape->spec.name = copy(spec->name, &failed);
	shape->spec.pattern = copy(spec->pattern, &failed);
	shape->spec.category = copy(spec->category, &failed);
	shape->spec.file = copy(spec->file, &failed);
	shape->spec.codes = copy_mappings(spec->codes, spec->n_codes, &failed);
	shape->spec.outcomes = copy_mappings(spec->outcomes, spec->n_outcomes, &failed);
	if (failed)
		return -ENOMEM;
	int r = pattern_code_new(str_of(shape->spec.pattern), limits, &shape->code,
				 &error);
	if (r < 0)
		return r;
	for (size_t i = 0; pattern_code_name(shape->code, i, &name, &group) &&
			   shape->n_groups < PATTERN_MAX_GROUPS;
	     i++) {
		shape->groups[shape->n_groups].field = pattern_field_find(name);
		shape->groups[shape->n_groups++].group = group;
	}
	attribute(shape);
	tree = calloc(1, sizeof(*tree));
	if (!tree)
		return -ENOMEM;
	scan_tree_read(tree, str_of(shape->spec.pattern));
	shape->n_literal =
		scan_tree_literal(tree, shape->literal, sizeof(shape->literal));
	free(tree);
	return 0;
}

static struct shape *
shape_at(const struct pattern *pattern, uint32_t template_id)
{
	/* numbers begin at 1, so that 0 is none */
	return template_id >= 1 && template_id <= pattern->n_shapes
		       ? &pattern->shapes[template_id - 1]
		       : NULL;
}

static const char *
template_name(const void *data, uint32_t template_id)
{
	const struct shape *shape = shape_at(data, template_id);

	return shape ? shape->spec.name : "?";
}

static bool
probe(const void *data, struct sv_str text)
{
	const struct pattern *pattern = data;

	for (size_t i = 0; i < pattern->n_probes; i++)
		if (str_find(text, str_of(pattern->probes[i])) != STR_NONE)
			return true;
	return false;
}

static bool
no_probe(struct sv_str text)
{
	(void)text;
	return false;
}

/** The first template that the text matches; *ret_given_up: a template before it that
 *  took too long. */
static struct shape *
match(struct pattern *pattern, struct sv_str text, struct shape **ret_given_up)
{
	*ret_given_up = NULL;
	for (size_t i = 0; i < pattern->n_shapes; i++) {
		struct shape *shape = &pattern->shapes[i];
		if (shape->n_literal &&
		    str_find(text, str_make(shape->literal, shape->n_literal)) ==
			    STR_NONE)
			continue;
		switch (pattern_code_match(shape->code, text)) {
		case PATTERN_MATCH:
			return shape;
		case PATTERN_GIVEN_UP:
			*ret_given_up = shape;
			break;
		case PATTERN_NO_MATCH:
			break;
		}
	}
	return NULL;
}

static void
spans_of(const struct shape *shape, struct pattern_span spans[PATTERN_FIELDS])
{
	for (size_t i = 0; i < PATTERN_FIELDS; i++)
		spans[i] = (struct pattern_span){ STR_NONE, 0 };
	for (size_t i = 0; i < shape->n_groups; i++) {
		struct pattern_span *span = &spans[shape->groups[i].field];
		if (span->at == STR_NONE)
			*span = pattern_code_group(shape->code, shape->groups[i].group);
	}
}

static enum sv_parse
parse(struct sv_parse_context *ctx, const struct sv_record *record)
{
	struct pattern *pattern = ctx->data;
	struct pattern_reading reading = { .record = record };
	struct pattern_span spans[PATTERN_FIELDS];
	struct shape *given_up;
	struct sv_str text = record->text;
	struct sv_event event;

	if (text.len && text.ptr[text.len - 1] == '\r')
		text.len--;
	struct shape *shape = match(pattern, text, &given_up);
	if (given_up) {
		pattern->counts.limits++;
		given_up->limited = true;
	}
	if (!shape)
		return given_up ? SV_PARSE_MALFORMED : SV_PARSE_FOREIGN;
	if (shape->spec.ignore)
		return SV_PARSE_SKIP;
	spans_of(shape, spans);
	for (size_t i = 0; i < PATTERN_FIELDS; i++)
		if (spans[i].at != STR_NONE)
			reading.texts[i] =
				str_make(text.ptr + spans[i].at, spans[i].len);
	reading.template = &shape->spec;
	reading.forgeable = shape->forgeable || given_up ||
			    (shape->by_end && (text.len > PATTERN_WHOLE_MAX ||
					       (record->flags & SV_RECORD_TRUNCATED)));
	enum sv_parse result = pattern_event(ctx, &reading, &pattern->counts, &event);
	if (result != SV_PARSE_EVENT)
		return result;
	event.hint.template_id = (uint32_t)(shape - pattern->shapes) + 1;
	ctx->emit(ctx->user, &event);
	return SV_PARSE_EVENT;
}

static void
flush(struct sv_parse_context *ctx)
{
	(void)ctx; /* each record stands for itself */
}

static int
fill(struct pattern *pattern, const struct pattern_spec *spec)
{
	struct sv_dialect *d = &pattern->dialect;
	bool failed = false;

	*d = (struct sv_dialect){
		.name = copy(spec->name, &failed),
		.doc = copy(spec->doc, &failed),
		.evidence = copy(spec->evidence, &failed),
		.documented = copy(spec->documented, &failed),
		.idents = (const char *const *)copy_list(
			spec->idents, list_length(spec->idents), &failed),
		.units = (const char *const *)copy_list(
			spec->units, list_length(spec->units), &failed),
		.files = (const char *const *)copy_list(
			spec->files, list_length(spec->files), &failed),
		.state_size = 1, /* a stream counts on there being one */
		.probe = no_probe,
		.parse = parse,
		.flush = flush,
		.data = pattern,
		.probe_data = probe,
		.template_name_data = template_name,
	};
	pattern->file = copy(spec->file, &failed);
	pattern->line = spec->line;
	pattern->probes = copy_list(spec->probes, spec->n_probes, &failed);
	pattern->n_probes = spec->n_probes;
	pattern->shapes = calloc(spec->n_templates + 1, sizeof(*pattern->shapes));
	return failed || !pattern->shapes ? -ENOMEM : 0;
}

int
pattern_new(const struct pattern_spec *spec, struct pattern **ret_pattern)
{
	struct pattern *pattern = calloc(1, sizeof(*pattern));
	int r = -ENOMEM;

	if (!pattern)
		return -ENOMEM;
	if (spec->n_templates > PATTERN_MAX_TEMPLATES)
		r = -EINVAL;
	else
		r = fill(pattern, spec);
	if (r == 0)
		r = pattern_limits_new(&pattern->limits);
	for (size_t i = 0; r == 0 && i < spec->n_templates; i++) {
		pattern->n_shapes++;
		r = shape_init(&pattern->shapes[i], &spec->templates[i],
			       pattern->limits);
	}
	if (r < 0) {
		pattern_free(pattern);
		return r;
	}
	*ret_pattern = pattern;
	return 0;
}

void
pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	for (size_t i = 0; i < pattern->n_shapes; i++)
		shape_done(&pattern->shapes[i]);
	free(pattern->shapes);
	pattern_limits_free(pattern->limits);
	list_free((char *const *)(uintptr_t)pattern->dialect.idents);
	list_free((char *const *)(uintptr_t)pattern->dialect.units);
	list_free((char *const *)(uintptr_t)pattern->dialect.files);
	list_free(pattern->probes);
	text_free(pattern->dialect.name);
	text_free(pattern->dialect.doc);
	text_free(pattern->dialect.evidence);
	text_free(pattern->dialect.documented);
	free(pattern->file);
	free(pattern);
}

const struct sv_dialect *
pattern_dialect(const struct pattern *pattern)
{
	return &pattern->dialect;
}

const char *
pattern_origin(const struct pattern *pattern, uint32_t template_id, unsigned *ret_line)
{
	const struct shape *shape = shape_at(pattern, template_id);

	*ret_line = shape ? shape->spec.line : pattern->line;
	return shape ? shape->spec.file : pattern->file;
}

bool
pattern_is_doubted(const struct pattern *pattern, uint32_t template_id)
{
	const struct shape *shape = shape_at(pattern, template_id);

	return shape && shape->spec.attribution == PATTERN_FORGEABLE;
}

void
pattern_counts_get(const struct pattern *pattern, struct pattern_counts *ret_counts)
{
	*ret_counts = pattern->counts;
}

void
pattern_counts_take(struct pattern *pattern, const struct pattern *from)
{
	pattern->counts = from->counts;
}

const char *
pattern_limit_told(struct pattern *pattern)
{
	for (size_t i = 0; i < pattern->n_shapes; i++) {
		struct shape *shape = &pattern->shapes[i];
		if (!shape->limited || shape->told)
			continue;
		shape->told = true;
		return shape->spec.name;
	}
	return NULL;
}

bool
pattern_read(struct pattern *pattern, struct sv_str text, uint32_t *ret_template,
	     struct pattern_span ret_spans[PATTERN_FIELDS])
{
	struct shape *given_up, *shape = match(pattern, text, &given_up);

	if (!shape)
		return false;
	*ret_template = (uint32_t)(shape - pattern->shapes) + 1;
	spans_of(shape, ret_spans);
	return true;
}
