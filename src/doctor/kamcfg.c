/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/kamcfg.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/** Arguments of a call that are kept. */
#define ARGUMENTS_MAX ((size_t)2048)

/* One file being read. */
struct scan {
	struct kamcfg *cfg;
	const char *path;
	struct sv_str text;
	size_t at;
	unsigned line;
	unsigned braces;
	bool off[KAMCFG_NESTED + 1]; /* by #!ifdef */
	unsigned nested, too_deep;
};

enum kind { END, WORD, STRING, MARK };

struct token {
	enum kind kind;
	struct sv_str text; /* a string with its quotes */
	unsigned line;
};

static void read_file(struct kamcfg *cfg, const char *path, bool needed);

static void
take_line(struct scan *scan, struct sv_str *ret_line)
{
	struct sv_str rest = str_from(scan->text, scan->at);
	size_t end = str_find_char(rest, '\n');

	*ret_line = str_upto(rest, end == STR_NONE ? rest.len : end);
	scan->at += ret_line->len;
}

static bool
is_defined(const struct kamcfg *cfg, struct sv_str name)
{
	for (size_t i = 0; i < cfg->n_defines; i++)
		if (str_eq(cfg->defines[i].name, name))
			return true;
	return false;
}

static void
define(struct kamcfg *cfg, struct sv_str rest)
{
	struct sv_str name = tree_next_word(&rest);

	for (size_t i = 0; i < cfg->n_defines; i++) {
		if (str_eq(cfg->defines[i].name, name)) {
			cfg->defines[i].value = rest;
			return;
		}
	}
	if (cfg->n_defines < KAMCFG_DEFINES)
		cfg->defines[cfg->n_defines++] =
			(struct kamcfg_define){ .name = name, .value = rest };
	else
		cfg->more = true;
}

static void
begin_if(struct scan *scan, bool holds)
{
	if (scan->nested == KAMCFG_NESTED) {
		scan->too_deep++;
		scan->cfg->more = true;
		return;
	}
	scan->off[scan->nested + 1] = scan->off[scan->nested] || !holds;
	scan->nested++;
}

static void
end_if(struct scan *scan)
{
	if (scan->too_deep)
		scan->too_deep--;
	else if (scan->nested)
		scan->nested--;
}

static void
turn_if(struct scan *scan)
{
	if (!scan->too_deep && scan->nested)
		scan->off[scan->nested] =
			scan->off[scan->nested - 1] || !scan->off[scan->nested];
}

/** "#!word …" at the start of a line. */
static void
directive(struct scan *scan)
{
	struct sv_str line;

	scan->at += 2;
	take_line(scan, &line);
	struct sv_str word = tree_next_word(&line), first = line;
	struct sv_str name = tree_next_word(&first);
	if (str_eq(word, SV_STR("ifdef")))
		begin_if(scan, is_defined(scan->cfg, name));
	else if (str_eq(word, SV_STR("ifndef")))
		begin_if(scan, !is_defined(scan->cfg, name));
	else if (str_eq(word, SV_STR("ifexp")))
		begin_if(scan, true); /* expressions are not worked out */
	else if (str_eq(word, SV_STR("else")))
		turn_if(scan);
	else if (str_eq(word, SV_STR("endif")))
		end_if(scan);
	else if (!scan->off[scan->nested] &&
		 (str_eq(word, SV_STR("define")) || str_eq(word, SV_STR("def")) ||
		  str_eq(word, SV_STR("redefine")) || str_eq(word, SV_STR("redef")) ||
		  (str_eq(word, SV_STR("trydef")) && !is_defined(scan->cfg, name))))
		define(scan->cfg, line);
}

/** Over blanks, comments, directives and what #!ifdef takes out. */
static void
skip(struct scan *scan)
{
	struct sv_str ignored;

	while (scan->at < scan->text.len) {
		struct sv_str rest = str_from(scan->text, scan->at);
		bool begins = scan->at == 0 || rest.ptr[-1] == '\n';
		if (begins && (str_starts(rest, SV_STR("#!")) ||
			       str_starts(rest, SV_STR("!!")))) {
			directive(scan);
		} else if (rest.ptr[0] == '\n') {
			scan->line++;
			scan->at++;
		} else if (scan->off[scan->nested] || rest.ptr[0] == '#' ||
			   str_starts(rest, SV_STR("//"))) {
			take_line(scan, &ignored);
		} else if (str_starts(rest, SV_STR("/*"))) {
			size_t end = str_find(rest, SV_STR("*/"));
			size_t len = end == STR_NONE ? rest.len : end + 2;
			scan->line +=
				(unsigned)str_count(str_upto(rest, len), SV_STR("\n"));
			scan->at += len;
		} else if (isspace((unsigned char)rest.ptr[0])) {
			scan->at++;
		} else {
			return;
		}
	}
}

static size_t
string_len(struct sv_str rest)
{
	size_t n = 1;

	while (n < rest.len && rest.ptr[n] != rest.ptr[0])
		n += rest.ptr[n] == '\\' ? 2 : 1;
	return n < rest.len ? n + 1 : rest.len;
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '$' ||
	       c == '.';
}

static struct token
next(struct scan *scan)
{
	struct token token = { .kind = END };
	size_t n = 1;

	skip(scan);
	struct sv_str rest = str_from(scan->text, scan->at);
	token.line = scan->line;
	if (!rest.len)
		return token;
	token.kind = MARK;
	if (rest.ptr[0] == '"' || rest.ptr[0] == '\'') {
		token.kind = STRING;
		n = string_len(rest);
		scan->line += (unsigned)str_count(str_upto(rest, n), SV_STR("\n"));
	} else if (is_word(rest.ptr[0])) {
		token.kind = WORD;
		while (n < rest.len && is_word(rest.ptr[n]))
			n++;
	}
	token.text = str_upto(rest, n);
	scan->at += n;
	return token;
}

static bool
is_mark(const struct token *token, char c)
{
	return token->kind == MARK && token->text.ptr[0] == c;
}

static void
add(struct scan *scan, const struct kamcfg_item *item)
{
	if (scan->cfg->n_items == KAMCFG_ITEMS) {
		scan->cfg->more = true;
		return;
	}
	scan->cfg->items[scan->cfg->n_items++] = *item;
}

/** From `begin` to the parenthesis that closes; the scan stands behind it. */
static struct sv_str
arguments(struct scan *scan)
{
	size_t begin = scan->at, end = begin;
	unsigned open = 1;

	while (open) {
		struct token token = next(scan);
		if (token.kind == END || scan->at - begin > ARGUMENTS_MAX)
			break;
		open += is_mark(&token, '(');
		open -= is_mark(&token, ')');
		if (open)
			end = scan->at;
	}
	return str_make(scan->text.ptr + begin, end - begin);
}

/** "acc" of "/usr/lib/…/acc.so" or "acc". */
static struct sv_str
module_name(struct sv_str text)
{
	size_t slash;

	text = tree_unquote(text);
	slash = str_find_last(text, SV_STR("/"));
	if (slash != STR_NONE)
		text = str_from(text, slash + 1);
	return str_ends(text, SV_STR(".so")) ? str_upto(text, text.len - 3) : text;
}

/** modparam("acc", "log_extra", "…" "…") */
static void
add_param(struct scan *scan, struct sv_str in, unsigned line)
{
	size_t first = str_find_char(in, ','), second;

	if (first == STR_NONE)
		return;
	struct sv_str rest = str_from(in, first + 1);
	second = str_find_char(rest, ',');
	if (second == STR_NONE)
		return;
	add(scan, &(struct kamcfg_item){ .kind = KAMCFG_PARAM,
					 .module = module_name(str_upto(in, first)),
					 .name = tree_unquote(str_upto(rest, second)),
					 .value = str_trim(str_from(rest, second + 1)),
					 .file = scan->path,
					 .line = line });
}

static void
include(struct scan *scan, struct sv_str name, bool needed)
{
	char path[TREE_PATH_BYTES];
	size_t slash = str_find_last(str_of(scan->path), SV_STR("/"));

	name = tree_unquote(name);
	if (!name.len || name.len > 300)
		return;
	(void)snprintf(path, sizeof(path), "%.*s%.*s",
		       name.ptr[0] == '/' ? 0 : (int)slash + 1, scan->path,
		       (int)name.len, name.ptr);
	read_file(scan->cfg, path, needed);
}

static void
take_word(struct scan *scan, const struct token *word)
{
	struct scan ahead = *scan;
	struct token after = next(&ahead);

	if (after.kind == STRING && (str_eq(word->text, SV_STR("loadmodule")) ||
				     str_eq(word->text, SV_STR("loadmodulex")))) {
		*scan = ahead;
		add(scan, &(struct kamcfg_item){ .kind = KAMCFG_MODULE,
						 .module = module_name(after.text),
						 .file = scan->path,
						 .line = word->line });
	} else if (after.kind == STRING &&
		   (str_eq(word->text, SV_STR("include_file")) ||
		    str_eq(word->text, SV_STR("import_file")))) {
		*scan = ahead;
		include(scan, after.text, str_eq(word->text, SV_STR("include_file")));
	} else if (is_mark(&after, '(')) {
		/* the arguments may hold calls: they are read once more for those */
		*scan = ahead;
		struct sv_str in = arguments(&ahead);
		if (str_eq(word->text, SV_STR("modparam")))
			add_param(scan, in, word->line);
		else
			add(scan, &(struct kamcfg_item){ .kind = KAMCFG_CALL,
							 .name = word->text,
							 .value = in,
							 .file = scan->path,
							 .line = word->line });
	} else if (is_mark(&after, '=') && scan->braces == 0) {
		struct token value = next(&ahead);
		*scan = ahead;
		add(scan, &(struct kamcfg_item){ .kind = KAMCFG_SET,
						 .name = word->text,
						 .value = value.text,
						 .file = scan->path,
						 .line = word->line });
	}
}

/** Unless it is `needed` it may be missing (import_file). */
static void
read_file(struct kamcfg *cfg, const char *path, bool needed)
{
	const struct tree_text *file = NULL;
	struct scan scan = { .cfg = cfg, .line = 1 };
	struct token token;

	if (cfg->depth < TREE_DEPTH)
		file = tree_read(cfg->doctor, path);
	if (!file) {
		cfg->more |= needed;
		return;
	}
	scan.path = file->path;
	scan.text = file->text;
	cfg->depth++;
	while ((token = next(&scan)).kind != END) {
		if (token.kind == WORD)
			take_word(&scan, &token);
		else if (is_mark(&token, '{'))
			scan.braces++;
		else if (is_mark(&token, '}') && scan.braces)
			scan.braces--;
	}
	cfg->depth--;
}

bool
kamcfg_read(struct doctor *doctor, const char *path, struct kamcfg *ret_cfg)
{
	*ret_cfg = (struct kamcfg){ .doctor = doctor };
	if (!tree_read(doctor, path))
		return false;
	ret_cfg->items = calloc(KAMCFG_ITEMS, sizeof(*ret_cfg->items));
	if (!ret_cfg->items)
		return false;
	read_file(ret_cfg, path, true);
	return true;
}

void
kamcfg_done(struct kamcfg *cfg)
{
	free(cfg->items);
}

static const struct kamcfg_item *
find(const struct kamcfg *cfg, enum kamcfg_kind kind, const char *module,
     const char *name)
{
	for (size_t i = cfg->n_items; i-- > 0;) {
		const struct kamcfg_item *item = &cfg->items[i];
		if (item->kind == kind &&
		    (!module || str_eq(item->module, str_of(module))) &&
		    (!name || str_eq(item->name, str_of(name))))
			return item;
	}
	return NULL;
}

const struct kamcfg_item *
kamcfg_module(const struct kamcfg *cfg, const char *name)
{
	return find(cfg, KAMCFG_MODULE, name, NULL);
}

const struct kamcfg_item *
kamcfg_param(const struct kamcfg *cfg, const char *module, const char *name)
{
	return find(cfg, KAMCFG_PARAM, module, name);
}

const struct kamcfg_item *
kamcfg_set(const struct kamcfg *cfg, const char *name)
{
	return find(cfg, KAMCFG_SET, NULL, name);
}

struct sv_str
kamcfg_value(const struct kamcfg *cfg, struct sv_str value)
{
	for (size_t i = 0; i < cfg->n_defines; i++)
		if (str_eq(cfg->defines[i].name, value))
			return tree_unquote(cfg->defines[i].value);
	return tree_unquote(value);
}

int64_t
kamcfg_number(const struct kamcfg *cfg, const struct kamcfg_item *item,
	      int64_t otherwise)
{
	struct sv_str text =
		item ? kamcfg_value(cfg, item->value) : (struct sv_str){ 0 };
	bool negative = text.len && text.ptr[0] == '-';
	uint64_t number;

	if (!str_take_u64(str_from(text, negative ? 1 : 0), &number) || number > 1000)
		return otherwise;
	return negative ? -(int64_t)number : (int64_t)number;
}
