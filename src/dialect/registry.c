/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/registry.h"

#include "base/date.h"
#include "base/text.h"
#include "dialect/asterisk.h"
#include "dialect/audiocodes.h"
#include "dialect/cisco.h"
#include "dialect/freeswitch.h"
#include "dialect/kamailio.h"
#include "dialect/oracle.h"
#include "dialect/repro.h"
#include "dialect/sipmsg.h"
#include "dialect/yate.h"

#include <errno.h>
#include <stdlib.h>

/* clang-format off */
static const struct sv_dialect *const dialects[] = {
	&asterisk_dialect,
	&freeswitch_dialect,
	&kamailio_dialect,
	&opensips_dialect,
	&cisco_dialect,
	&audiocodes_dialect,
	&oracle_dialect,
	&repro_dialect,
	&threecx_dialect,
	&yate_dialect,
	&sipmsg_dialect,
	NULL,
};
/* clang-format on */

#define N_BUILTIN (sizeof(dialects) / sizeof(dialects[0]) - 1)

/* Their places above, as bits. */
enum {
	ASTERISK = 1 << 0,
	FREESWITCH = 1 << 1,
	KAMAILIO = 1 << 2,
	OPENSIPS = 1 << 3,
	CISCO = 1 << 4,
	AUDIOCODES = 1 << 5,
	ORACLE = 1 << 6,
	REPRO = 1 << 7,
	THREECX = 1 << 8,
	YATE = 1 << 9,
	SIPMSG = 1 << 10,

	PROXIES = KAMAILIO | OPENSIPS,
	BOXES = CISCO | ORACLE,
	ALL = (1 << 11) - 1
};

/* Whose lines may begin with a byte, of those dialects for which that says something. Each
 * line of a mixed log is asked about, and most of them are nobody's. */
/* clang-format off */
static const uint16_t begins[256] = {
	['\r'] = ASTERISK, ['\033'] = ASTERISK | FREESWITCH | PROXIES,
	[' '] = PROXIES | BOXES,
	['%'] = CISCO, ['*'] = CISCO, ['('] = PROXIES, ['@'] = PROXIES, ['<'] = YATE,
	['.'] = BOXES | YATE, ['-'] = FREESWITCH | BOXES, ['_'] = BOXES, [':'] = KAMAILIO | BOXES,
	['0' ... '9'] = FREESWITCH | PROXIES | BOXES | YATE,
	['A'] = FREESWITCH | PROXIES | BOXES | REPRO,
	['B' ... 'C'] = PROXIES | BOXES | REPRO,
	['D' ... 'E'] = ASTERISK | PROXIES | BOXES | REPRO,
	['F'] = FREESWITCH | BOXES | REPRO,
	['G' ... 'H'] = BOXES | REPRO, ['I'] = PROXIES | BOXES | REPRO,
	['J' ... 'M'] = BOXES | REPRO, ['N'] = ASTERISK | PROXIES | BOXES | REPRO,
	['O' ... 'R'] = BOXES | REPRO, ['S'] = ASTERISK | BOXES | REPRO,
	['T' ... 'U'] = BOXES | REPRO, ['V'] = ASTERISK | BOXES | REPRO,
	['W'] = ASTERISK | PROXIES | BOXES | REPRO, ['X' ... 'Z'] = BOXES | REPRO,
	['['] = ASTERISK | PROXIES | ORACLE,
	['a' ... 'f'] = FREESWITCH | BOXES, ['g' ... 'z'] = BOXES,
	['{'] = ASTERISK | FREESWITCH | PROXIES,
};
/* clang-format on */

/* Nothing that Asterisk's dialect looks for behind other beginnings stands further on. */
#define ASTERISK_FRONT ((size_t)80)

/* The same of AudioCodes and 3CX. */
#define BRACKET_FRONT ((size_t)200)

/* What the names of syslog tags begin with that a built-in dialect claims. */
#define IDENT_BEGINS "asfFkory/"

struct registry {
	const struct sv_dialect *const *rows;
	size_t n;
	/* of its own, none for the built-in one */
	const struct sv_dialect **own_rows;
	struct pattern **patterns;
	size_t n_patterns;
};

static const struct registry builtin = { .rows = dialects, .n = N_BUILTIN };

const struct registry *
registry_builtin(void)
{
	return &builtin;
}

static const struct registry *
of(const struct registry *registry)
{
	return registry ? registry : &builtin;
}

int
registry_new(const struct pattern_spec *patterns, size_t n,
	     struct registry **ret_registry)
{
	struct registry *registry = calloc(1, sizeof(*registry));
	int r = 0;

	if (!registry)
		return -ENOMEM;
	if (n > PATTERN_MAX_DIALECTS)
		r = -EINVAL;
	registry->own_rows =
		calloc(N_BUILTIN + n + 1, sizeof(const struct sv_dialect *));
	registry->patterns = calloc(n + 1, sizeof(struct pattern *));
	if (!registry->own_rows || !registry->patterns)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < N_BUILTIN; i++)
		registry->own_rows[i] = dialects[i];
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = pattern_new(&patterns[i], &registry->patterns[i]);
		if (r < 0)
			break;
		registry->own_rows[N_BUILTIN + i] =
			pattern_dialect(registry->patterns[i]);
		registry->n_patterns++;
	}
	if (r < 0) {
		registry_free(registry);
		return r;
	}
	registry->rows = registry->own_rows;
	registry->n = N_BUILTIN + n;
	*ret_registry = registry;
	return 0;
}

void
registry_free(struct registry *registry)
{
	if (!registry)
		return;
	for (size_t i = 0; i < registry->n_patterns; i++)
		pattern_free(registry->patterns[i]);
	free(registry->patterns);
	free(registry->own_rows);
	free(registry);
}

const struct sv_dialect *const *
registry_dialects(const struct registry *registry)
{
	return of(registry)->rows;
}

size_t
registry_count(const struct registry *registry)
{
	return of(registry)->n;
}

const struct sv_dialect *
registry_find(const struct registry *registry, struct sv_str name)
{
	const struct sv_dialect *const *rows = of(registry)->rows;

	for (size_t i = 0; rows[i]; i++)
		if (str_eq(name, str_of(rows[i]->name)))
			return rows[i];
	return NULL;
}

static bool
list_holds(const char *const *list, struct sv_str word)
{
	for (; list && *list; list++)
		if ((*list)[0] == word.ptr[0] && str_eq(str_of(*list), word))
			return true;
	return false;
}

const struct sv_dialect *
registry_by_ident(const struct registry *registry, struct sv_str ident)
{
	const struct sv_dialect *const *rows = of(registry)->rows;
	size_t i = 0;

	if (ident.len && !memchr(IDENT_BEGINS, ident.ptr[0], sizeof(IDENT_BEGINS) - 1))
		i = N_BUILTIN;
	for (; ident.len && rows[i]; i++)
		if (list_holds(rows[i]->idents, ident))
			return rows[i];
	return NULL;
}

const struct sv_dialect *
registry_by_unit(const struct registry *registry, struct sv_str unit)
{
	const struct sv_dialect *const *rows = of(registry)->rows;

	for (size_t i = 0; unit.len && rows[i]; i++)
		if (list_holds(rows[i]->units, unit))
			return rows[i];
	return NULL;
}

static bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* Behind a number, of those that begin with one: a date, or a mark of their own. */
static unsigned
behind_number(struct sv_str text, bool dated)
{
	unsigned none = 0;
	size_t n = 1;

	if (dated || text.len < 12)
		return ALL;
	while (n < text.len && is_digit(text.ptr[n]))
		n++;
	if (n == text.len || text.ptr[n] != '(') /* a process */
		none |= PROXIES;
	/* a date that is none, a UUID */
	if (text.ptr[2] != '-' && text.ptr[4] != '-' && text.ptr[8] != '-')
		none |= FREESWITCH;
	if (!is_digit(text.ptr[11]) && text.ptr[11] != '.')
		none |= YATE;
	return ALL & ~none;
}

/* "[S=1718543]" of AudioCodes near the beginning, "[CM102001]" of 3CX as its first one;
 * newer versions of that have a sentence in place of the number. */
static unsigned
behind_bracket(struct sv_str text)
{
	struct sv_str front = str_upto(text, BRACKET_FRONT), s = front;
	unsigned found = 0;

	for (size_t at, first = 1; (at = str_find_char(s, '[')) != STR_NONE;
	     first = 0) {
		s = str_from(s, at + 1);
		if (s.len > 1 && s.ptr[0] == 'S' && s.ptr[1] == '=')
			found |= AUDIOCODES;
		if (first && (s.len < 2 || (s.ptr[0] == 'C' && s.ptr[1] == 'M')))
			found |= THREECX;
	}
	if (str_find_char(front, 'U') != STR_NONE)
		found |= THREECX;
	return found;
}

/* The built-in dialects that are to be asked about a text, by their bits. */
static unsigned
candidates(struct sv_str text)
{
	struct date date;

	if (!text.len)
		return ALL;
	unsigned all = begins[(unsigned char)text.ptr[0]] | SIPMSG;
	size_t n = date_take(text, &date);
	/* a date whose bracket is lost; a console's prompt */
	if ((n && n < text.len && text.ptr[n] == ']') ||
	    str_find_char(str_upto(text, ASTERISK_FRONT), '*') != STR_NONE)
		all |= ASTERISK;
	if (is_digit(text.ptr[0]))
		all &= behind_number(text, n > 0);
	return all | behind_bracket(text);
}

const struct sv_dialect *
registry_by_content(const struct registry *registry, struct sv_str text)
{
	const struct sv_dialect *const *rows = of(registry)->rows;
	unsigned asked = candidates(text);

	for (size_t i = 0; i < N_BUILTIN; i++)
		if (asked >> i & 1 && rows[i]->probe(text))
			return rows[i];
	for (size_t i = N_BUILTIN; rows[i]; i++)
		if (rows[i]->probe_data(rows[i]->data, text))
			return rows[i];
	return NULL;
}

size_t
registry_index(const struct registry *registry, const struct sv_dialect *dialect)
{
	const struct sv_dialect *const *rows = of(registry)->rows;
	size_t i = 0;

	while (rows[i] && rows[i] != dialect)
		i++;
	return i;
}

const char *
registry_template(const struct sv_dialect *dialect, uint32_t template_id)
{
	if (dialect && dialect->template_name_data)
		return dialect->template_name_data(dialect->data, template_id);
	return dialect && dialect->template_name ? dialect->template_name(template_id)
						 : "?";
}

struct pattern *
registry_pattern(const struct sv_dialect *dialect)
{
	return dialect && dialect->probe_data ? dialect->data : NULL;
}

void
registry_counts(const struct registry *registry, struct pattern_counts *ret_counts)
{
	struct pattern_counts one;

	*ret_counts = (struct pattern_counts){ 0 };
	for (size_t i = 0; i < of(registry)->n_patterns; i++) {
		pattern_counts_get(registry->patterns[i], &one);
		ret_counts->limits += one.limits;
		ret_counts->not_addresses += one.not_addresses;
		ret_counts->unmapped += one.unmapped;
	}
}

void
registry_counts_take(struct registry *registry, const struct registry *from)
{
	for (size_t i = 0; i < registry->n_patterns; i++) {
		struct pattern *pattern = registry->patterns[i];
		const struct pattern *old = registry_pattern(
			registry_find(from, str_of(pattern_dialect(pattern)->name)));
		if (old)
			pattern_counts_take(pattern, old);
	}
}
