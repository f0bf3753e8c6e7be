/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tools of syntax.c: moving over tokens, going on behind a mistake, and the words
 * of the longer messages. Nobody else includes this header.
 */
#pragma once

#include "conf/spot.h"
#include "conf/token.h"

/** Longest piece of the file that a message repeats. */
#define QUOTED_BYTES 64

struct parser {
	struct arena *arena;
	struct diag *diag;
	struct syntax_file *file;
	size_t section; /* the one we are in; 0: outside of all */
	struct token token;
};

/** A word that begins a statement. */
struct head {
	size_t begin, len;
	struct sv_str text;
};

/** The bytes of a text for "%.*s". */
#define SHOWN(text) \
	(int)((text).len < QUOTED_BYTES ? (text).len : QUOTED_BYTES), (text).ptr

/** The section that we are in. */
struct syntax_section *parser_section(const struct parser *p);
/** Places of the present token and of a statement's first word. */
struct spot parser_spot(const struct parser *p);
struct spot parser_spot_head(const struct parser *p, const struct head *head);
/** The present token as written, without its quotes. */
struct sv_str parser_text(const struct parser *p);
/** … and as a value. */
struct syntax_value parser_value(const struct parser *p);

/** To the next token that is none in error; those are reported. */
enum token_kind parser_advance(struct parser *p);
/** The token after the present one, without going there; TOKEN_ERROR as it is. */
enum token_kind parser_ahead(const struct parser *p, bool *ret_line_start);
/** Goes on where the next statement may begin: on a new line or at a brace. */
void parser_recover(struct parser *p);
/** From an opening brace to behind the one that closes it. */
void parser_skip_body(struct parser *p);

/** ` in rule "name"`, for messages; empty outside of sections. */
const char *parser_place(const struct parser *p, const struct syntax_section *section,
			 char out[2 * QUOTED_BYTES]);
/** A value that does not end where it should: what is wrong with it. */
void parser_report_value(struct parser *p, const struct head *head,
			 const struct syntax_value *value, bool list);
/** Unknown words; `near` may be NULL. */
void parser_report_key(struct parser *p, const struct head *head,
		       const struct syntax_section *section, const char *near);
void parser_report_section(struct parser *p, const struct head *head, const char *near);
