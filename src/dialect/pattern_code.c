/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "dialect/pattern_code.h"

#include "base/i18n.h"
#include "base/text.h"

#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

/** The stack of compiled code begins with this much. */
#define JIT_STACK_LEAST ((size_t)32 * 1024)

/* Bytes, never characters: one byte that is no UTF-8 must not hide a line. '.' takes line
 * breaks too, since a record may hold some, and '$' is the very end: nothing that the
 * other side wrote stands behind it. */
#define OPTIONS                                                                    \
	(PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | \
	 PCRE2_NEVER_BACKSLASH_C)

struct pattern_limits {
	pcre2_match_context *context;
	pcre2_jit_stack *stack; /* NULL: no JIT on this machine */
};

struct pattern_code {
	const struct pattern_limits *limits;
	pcre2_code *code;
	pcre2_match_data *match;
	uint32_t n_names, name_bytes;
	PCRE2_SPTR names;
};

int
pattern_limits_new(struct pattern_limits **ret_limits)
{
	struct pattern_limits *limits = calloc(1, sizeof(*limits));

	if (!limits)
		return -ENOMEM;
	limits->context = pcre2_match_context_create(NULL);
	if (!limits->context) {
		free(limits);
		return -ENOMEM;
	}
	pcre2_set_match_limit(limits->context, PATTERN_MATCH_LIMIT);
	pcre2_set_depth_limit(limits->context, PATTERN_DEPTH_LIMIT);
	pcre2_set_heap_limit(limits->context, PATTERN_HEAP_KIB);
	limits->stack =
		pcre2_jit_stack_create(JIT_STACK_LEAST, PATTERN_JIT_STACK_BYTES, NULL);
	if (limits->stack)
		pcre2_jit_stack_assign(limits->context, NULL, limits->stack);
	*ret_limits = limits;
	return 0;
}

void
pattern_limits_free(struct pattern_limits *limits)
{
	if (!limits)
		return;
	pcre2_jit_stack_free(limits->stack);
	pcre2_match_context_free(limits->context);
	free(limits);
}

static void
fail(struct pattern_error *error, int number, size_t at)
{
	PCRE2_UCHAR text[sizeof(error->message)];

	if (pcre2_get_error_message(number, text, sizeof(text)) == PCRE2_ERROR_BADDATA)
		text[0] = '\0';
	*error = (struct pattern_error){ .at = at, .len = 1 };
	(void)snprintf(error->message, sizeof(error->message), "%s",
		       (const char *)text);
}

/** Where the name of a group stands: (?<name>, (?'name' */
static size_t
name_place(struct sv_str pattern, struct sv_str name)
{
	for (size_t at = 0; at < pattern.len;) {
		size_t next = str_find(str_from(pattern, at), name);
		if (next == STR_NONE)
			break;
		at += next;
		char before = at ? pattern.ptr[at - 1] : '\0';
		if (before == '<' || before == '\'')
			return at;
		at++;
	}
	return 0;
}

static void
fail_name(struct pattern_error *error, struct sv_str pattern, struct sv_str name)
{
	size_t least = 3;

	*error = (struct pattern_error){ .at = name_place(pattern, name),
					 .len = name.len };
	(void)snprintf(error->message, sizeof(error->message),
		       _("'%.*s' is no field of an event"), (int)name.len, name.ptr);
	(void)snprintf(error->hint, sizeof(error->hint),
		       _("the fields: sipvigil-patterns(5)"));
	for (unsigned i = 0; i < PATTERN_FIELDS; i++) {
		const char *field = pattern_field_name((enum pattern_field)i);
		size_t distance = str_distance(name, str_of(field), least);
		if (distance >= least)
			continue;
		least = distance;
		(void)snprintf(error->hint, sizeof(error->hint),
			       _("did you mean '%s'?"), field);
	}
}

/** What the library takes, but is no name or no number of ours. */
static int
look_at_groups(const struct pattern_code *code, struct sv_str pattern,
	       struct pattern_error *error)
{
	uint32_t groups = 0;
	struct sv_str name;
	unsigned group;

	pcre2_pattern_info(code->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	if (groups > PATTERN_MAX_GROUPS) {
		*error = (struct pattern_error){ .at = 0, .len = pattern.len };
		(void)snprintf(error->message, sizeof(error->message),
			       _("an expression has at most %d capturing groups"),
			       PATTERN_MAX_GROUPS);
		(void)snprintf(error->hint, sizeof(error->hint),
			       _("write (?:…) where nothing is captured"));
		return -EINVAL;
	}
	for (size_t i = 0; pattern_code_name(code, i, &name, &group); i++) {
		if (pattern_field_find(name) != PATTERN_FIELDS)
			continue;
		fail_name(error, pattern, name);
		return -EINVAL;
	}
	return 0;
}

int
pattern_code_new(struct sv_str pattern, const struct pattern_limits *limits,
		 struct pattern_code **ret_code, struct pattern_error *reterr)
{
	struct pattern_code *code = calloc(1, sizeof(*code));
	PCRE2_SIZE at = 0;
	int number = 0, r = -ENOMEM;

	if (!code)
		return -ENOMEM;
	code->limits = limits;
	code->code = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, OPTIONS,
				   &number, &at, NULL);
	if (!code->code) {
		fail(reterr, number, at);
		r = -EINVAL;
		goto failed;
	}
	pcre2_pattern_info(code->code, PCRE2_INFO_NAMECOUNT, &code->n_names);
	pcre2_pattern_info(code->code, PCRE2_INFO_NAMEENTRYSIZE, &code->name_bytes);
	pcre2_pattern_info(code->code, PCRE2_INFO_NAMETABLE, &code->names);
	r = look_at_groups(code, pattern, reterr);
	if (r < 0)
		goto failed;
	if (limits) {
		/* Where memory must not be both written and run there is no JIT: the
		 * same matches, more slowly. */
		if (limits->stack)
			(void)pcre2_jit_compile(code->code, PCRE2_JIT_COMPLETE);
		code->match = pcre2_match_data_create_from_pattern(code->code, NULL);
		if (!code->match) {
			r = -ENOMEM;
			goto failed;
		}
		/* The interpreter gets its first memory now, not at a line. */
		(void)pattern_code_match(code, SV_STR(""));
	}
	*ret_code = code;
	return 0;
failed:
	pattern_code_free(code);
	return r;
}

void
pattern_code_free(struct pattern_code *code)
{
	if (!code)
		return;
	pcre2_match_data_free(code->match);
	pcre2_code_free(code->code);
	free(code);
}

bool
pattern_code_name(const struct pattern_code *code, size_t n, struct sv_str *ret_name,
		  unsigned *ret_group)
{
	if (n >= code->n_names)
		return false;
	/* two bytes of number, the name, a zero */
	PCRE2_SPTR entry = code->names + n * code->name_bytes;
	*ret_group = (unsigned)entry[0] << 8 | entry[1];
	*ret_name = str_of((const char *)(entry + 2));
	return true;
}

enum pattern_match
pattern_code_match(struct pattern_code *code, struct sv_str subject)
{
	const char *text = subject.ptr ? subject.ptr : "";
	int r = pcre2_match(code->code, (PCRE2_SPTR)text, subject.len, 0, 0,
			    code->match, code->limits->context);

	if (r >= 0)
		return PATTERN_MATCH;
	return r == PCRE2_ERROR_NOMATCH ? PATTERN_NO_MATCH : PATTERN_GIVEN_UP;
}

struct pattern_span
pattern_code_group(const struct pattern_code *code, unsigned group)
{
	const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(code->match);
	struct pattern_span none = { STR_NONE, 0 };

	if (group >= pcre2_get_ovector_count(code->match))
		return none;
	PCRE2_SIZE from = ends[2 * (size_t)group], to = ends[2 * (size_t)group + 1];
	if (from == PCRE2_UNSET || to < from)
		return none;
	return (struct pattern_span){ from, to - from };
}
