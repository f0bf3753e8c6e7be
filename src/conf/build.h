/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The making of a snapshot, inside of this room: conf.c has the files read and calls
 * one function for each kind of section, which fills its part of struct conf and
 * reports what does not fit together. None of them fails: running out of memory is
 * sticky in the arena.
 */
#pragma once

#include "conf/conf.h"
#include "conf/source.h"
#include "conf/spot.h"
#include "conf/values.h"

struct build {
	struct conf *conf;
	struct arena *arena;
	struct diag *diag;
	const struct conf_options *options;
	struct syntax_section preset; /* keys outside of sections that nobody gives */
	const struct sv_dialect *const *dialects; /* built-in ones and patterns; NULL
						     = names are not checked */
	struct source patterns; /* sections of the folders of patterns */
	struct source packs;    /* sections of the rule packs */
	struct source files;    /* of the main file and conf.d */
};

/** lists.c: needs nothing. */
void lists_build(struct build *build);
/** lists.c too, for it is about addresses. */
void lists_build_peers(struct build *build);
/** sets.c: needs nothing; all that has expressions needs it. */
void sets_build(struct build *build);
/** rules.c: needs lists. */
void rules_build(struct build *build);
/** silences.c: needs rules. */
void silences_build(struct build *build);
/** Where a rule of build->conf->rules says which others it holds back. */
struct inhibits_place {
	const struct syntax_section *section;
	const struct syntax_item *item; /* NULL: it does not say */
};
/** inhibits.c: what rules say of each other; one place for each of conf->rules. `names`:
 *  of all rules, those that are off too. */
void inhibits_check(struct build *build, const struct inhibits_place *places,
		    const char *const *names, size_t n_names);
/** tests.c: needs rules. */
void tests_build(struct build *build);
/** patterns.c: needs nothing. Fills `dialects` too. */
void patterns_build(struct build *build);
/** templates.c: one template's expression and what it says. False: not sound. */
bool templates_read(struct build *build, const struct syntax_section *section,
		    struct pattern_template *ret_template);
/** inputs.c: needs patterns, for their names. */
void inputs_build(struct build *build);
/** outputs.c: needs rules (the services of Nagios). */
void outputs_build(struct build *build);
/** zero.c: finds the PBXes of this host when no input is configured. */
void zero_build(struct build *build);

/** The n-th section over folders of patterns, packs and files, NULL behind the last.
 *  *ret_pack: it stands in one of the former. */
const struct syntax_section *build_section(const struct build *build, size_t n,
					   bool *ret_pack);
/** An earlier section of the same kind and name in the same file is a mistake, and so
 *  is one in another file unless later ones replace. True: report made. */
bool build_duplicate(struct build *build, size_t n, bool replaces);

/** The n-th section stands in a folder of patterns. */
bool build_of_patterns(const struct build *build, size_t n);
/** The configuration says that the rule came from a rule pack. */
#define BUILD_PACK "default"
