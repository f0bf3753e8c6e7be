/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dialects that are data: a PBX that its user describes by regular expressions whose
 * named groups are fields of an event. The configuration fills a plain struct
 * pattern_spec; pattern_new() copies what it needs and is then a dialect like the
 * others (pattern_dialect()).
 *
 *   pattern.c        a spec becomes a dialect; a record becomes an event
 *   pattern_code.c   PCRE2, with its limits (all of that library)
 *   pattern_field.c  the names that groups may have
 *   pattern_event.c  texts of groups become fields
 *   pattern_scan.c   the syntax of an expression, as a tree
 *   pattern_risk.c   which groups could hold text of the other side
 *
 * Text of a log is bytes: no UTF-8 is assumed, '.' is any byte, '$' the very end.
 * Reading a record allocates nothing: match data, match context and JIT stack are made
 * by pattern_new(). An expression that needs more than its limits is given up for this
 * record, which is counted.
 *
 * Whose address: an event is certain when nothing that the other side writes can move
 * the group of its address, as far as the expression itself shows (pattern_risk.c);
 * else it is forgeable, unless the user says otherwise. A text in that group that is no
 * address yields none, and counts.
 */
#pragma once

#include <sipvigil/dialect.h>

/** Dialects by pattern, templates and samples of one configuration. */
#define PATTERN_MAX_DIALECTS 64
#define PATTERN_MAX_TEMPLATES 512
#define PATTERN_MAX_SAMPLES 4096
/** What one match may cost before it is given up: steps, nested steps, heap and stack. */
#define PATTERN_MATCH_LIMIT 100000
#define PATTERN_DEPTH_LIMIT 20000
#define PATTERN_HEAP_KIB 2048
#define PATTERN_JIT_STACK_BYTES ((size_t)256 * 1024)
/** Capturing groups of one expression. */
#define PATTERN_MAX_GROUPS 64
/** Largest `count` that a line can claim. */
#define PATTERN_MAX_COUNT 1000000
/** What the PBX wrote about a peer, bytes; longer names are cut. */
#define PATTERN_MAX_NAME 256
/** A record as long as this may have been cut by a syslog daemon on its way: what an
 *  expression takes for its end is then perhaps none. */
#define PATTERN_WHOLE_MAX ((size_t)900)

/** Fields that a group can give. */
enum pattern_field {
	PATTERN_PEER_IP,
	PATTERN_PEER_PORT,
	PATTERN_TRANSPORT,
	PATTERN_PEER,
	PATTERN_LEG,
	PATTERN_METHOD,
	PATTERN_CODE,
	PATTERN_Q850,
	PATTERN_OUTCOME,
	PATTERN_COUNT,
	PATTERN_TIME,
	/* claims: from here on the other side writes */
	PATTERN_USER,
	PATTERN_DST,
	PATTERN_UA,
	PATTERN_CALL_ID,
	PATTERN_PHRASE,
	PATTERN_FIELDS
};

/** Is the address that the expression names certain? */
enum pattern_attribution {
	PATTERN_JUDGED, /* by pattern_risks() */
	PATTERN_CERTAIN,
	PATTERN_FORGEABLE,
};

/** A text of the log and what it means: for the group `code`, or `outcome`. */
struct pattern_mapping {
	const char *text;
	uint16_t code;
	enum sv_outcome outcome;
};

/** One shape of a line. */
struct pattern_template {
	const char *name;
	const char *pattern; /* PCRE2 */
	bool ignore;         /* recognised, on purpose no event */
	/* what each line of this shape means; a group has precedence */
	enum sv_outcome outcome;
	enum sv_leg leg;
	enum sv_method method;
	enum sv_service service;
	enum sv_transport transport;
	uint16_t code, q850;
	const char *category; /* NULL = by code, phrase and outcome */
	enum pattern_attribution attribution;
	const struct pattern_mapping *codes, *outcomes;
	size_t n_codes, n_outcomes;
	const char *file; /* where it stands */
	unsigned line;
};

struct pattern_spec {
	const char *name, *doc;
	const char *evidence; /* "recordings" or "documents" */
	const char *documented;
	const char *const *idents, *const *units, *const *files; /* NULL-terminated */
	const char *const *probes; /* texts, one of which is in each line of it */
	size_t n_probes;
	const struct pattern_template *templates; /* tried in this order */
	size_t n_templates;
	const char *file;
	unsigned line;
};

/** What is wrong with an expression, and where in its text. */
struct pattern_error {
	size_t at, len;
	char message[256];
	char hint[128];
};

/** Would pattern_new() take it? 0, -EINVAL, -ENOMEM. */
int pattern_check(const char *pattern, struct pattern_error *reterr);
/** The expression has a group for this field. */
bool pattern_has(const char *pattern, enum pattern_field field);

/** Name of a group, and back; PATTERN_FIELDS for a name that is none. */
const char *pattern_field_name(enum pattern_field field);
enum pattern_field pattern_field_find(struct sv_str name);
/** The other side writes it. */
static inline bool
pattern_field_is_claim(enum pattern_field field)
{
	return field >= PATTERN_USER;
}

/** Why a group's text might be of the other side's making. */
enum pattern_why {
	PATTERN_SAFE,
	PATTERN_UNANCHORED, /* the match may begin anywhere */
	PATTERN_BEHIND_CLAIM,
	PATTERN_BEHIND_WIDE,  /* behind a part that may end in more than one place */
	PATTERN_BEHIND_PATHS, /* behind alternatives that do not exclude each other */
	PATTERN_UNCLEAR,      /* uses what cannot be judged: (?=…), \1, (?R) … */
	PATTERN_LOOSE,        /* the group takes more than an address: not forgeable */
};

struct pattern_risk {
	enum pattern_why why;
	enum pattern_field field; /* peer_ip, peer_port, peer */
	enum pattern_field claim; /* of PATTERN_BEHIND_CLAIM */
	size_t at, len;           /* the group's name in the text */
};

#define PATTERN_MAX_RISKS 16
/** All groups of the expression that name a peer and are not safe. Conservative: what
 *  it calls safe is safe, not the other way round. Number of risks. */
size_t pattern_risks(const char *pattern, struct pattern_risk risks[PATTERN_MAX_RISKS]);

/** A dialect made of a spec. */
struct pattern;

/** 0; -EINVAL: a template's expression (pattern_check() tells); -ENOMEM. */
int pattern_new(const struct pattern_spec *spec, struct pattern **ret_pattern);
void pattern_free(struct pattern *pattern);
/** As the streams see it; lives as long as the pattern. */
const struct sv_dialect *pattern_dialect(const struct pattern *pattern);
/** "file:line" of a template or, with a number that there is not, of the dialect. */
const char *pattern_origin(const struct pattern *pattern, uint32_t template_id,
			   unsigned *ret_line);

/** The user says of the template that its address may be forged. */
bool pattern_is_doubted(const struct pattern *pattern, uint32_t template_id);

struct pattern_counts {
	uint64_t limits;        /* matches given up: steps, depth, heap, stack */
	uint64_t not_addresses; /* texts of peer_ip that are no address */
	uint64_t unmapped;      /* words for a code or an outcome that are not mapped */
};

void pattern_counts_get(const struct pattern *pattern,
			struct pattern_counts *ret_counts);
/** Goes on counting where another one was. */
void pattern_counts_take(struct pattern *pattern, const struct pattern *from);
/** The template that was given up first and was not told yet, NULL if there is none;
 *  it counts as told then. */
const char *pattern_limit_told(struct pattern *pattern);

/** A text of the subject; at = STR_NONE: the group took no part. */
struct pattern_span {
	size_t at, len;
};
/** Which template a text matches, and what each field got: for explanations. False:
 *  none. Counts nothing. */
bool pattern_read(struct pattern *pattern, struct sv_str text, uint32_t *ret_template,
		  struct pattern_span ret_spans[PATTERN_FIELDS]);
