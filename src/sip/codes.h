/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue: SIP codes, the reason phrases that switches send with them, the causes
 * behind the phrases, Q.850 causes, and sets of codes; each with its meaning and what
 * to check, in English and Russian.
 *
 * Constant tables; all pointers stay valid for ever, nothing allocates. The Russian
 * text stands here and not among the translated messages because it must be had without
 * a Russian locale on the machine. codes_category() is meant for every event; the
 * searches are for people who wait for an answer.
 */
#pragma once

#include <sipvigil/event.h>

enum codes_lang { CODES_EN, CODES_RU };

/** A text in the catalogue's languages. */
struct code_text {
	const char *en, *ru;
};
static inline const char *
code_text(struct code_text text, enum codes_lang lang)
{
	return lang == CODES_RU ? text.ru : text.en;
}

enum code_origin {
	CODE_REGISTERED,   /* in the IANA registry */
	CODE_UNREGISTERED, /* on the wire all the same; counts as the x00 of its class
			    */
	CODE_INTERNAL,     /* made up by a SIP stack, only in logs */
};

struct code {
	uint16_t code;
	enum code_origin origin;
	const char *category;  /* cause when the phrase tells nothing more */
	const char *phrase;    /* standard phrase, "" if there is none */
	const char *reference; /* "RFC 3261 21.4.24", "Kamailio" */
	struct code_text meaning;
};

struct code_phrase {
	uint16_t code;
	const char *phrase;
	const char *category;
	struct code_text meaning;
};

struct code_category {
	const char *name; /* the word in events: "funds" */
	struct code_text meaning;
	struct code_text look; /* what to check */
};

/** What to check for one code, more exactly than its category says. */
struct code_advice {
	uint16_t code;
	struct code_text look;
	const char *asterisk; /* what an Asterisk log shows, or NULL */
};

/** Larger ones are made up by a SIP stack. */
#define Q850_MAX_CAUSE 127
#define Q850_MAX_SIP 2
#define Q850_MAX_FROM 8

struct q850 {
	uint16_t cause; /* from 142 on numbers of FreeSWITCH, not of Q.850 */
	struct code_text name;
	const char *reference;
	const char *freeswitch, *asterisk; /* their constants, or NULL */
	uint16_t sip[Q850_MAX_SIP];        /* code that a gateway sends; 0 = none */
	uint16_t from_sip[Q850_MAX_FROM];  /* codes that become this cause */
	uint16_t freeswitch_sends, asterisk_sends; /* 0 = not told */
	const char *category; /* cause that it stands for; NULL: it tells none */
};

/** A named set of codes and causes: "@busy". */
struct code_set {
	const char *name;  /* with its @ */
	const char *codes; /* "486 600", "2xx 480": codes and classes */
	const char *q850;  /* "18 19", or "" */
	struct code_text note;
};

/** All codes in order; *ret_n gets their number. Same for the other tables. */
const struct code *codes_all(size_t *ret_n);
const struct code_phrase *codes_all_phrases(size_t *ret_n);
const struct code_category *codes_all_categories(size_t *ret_n);
const struct q850 *codes_all_q850(size_t *ret_n);
const struct code_set *codes_all_sets(size_t *ret_n);

/** NULL if the catalogue does not have it. */
const struct code *codes_find(uint16_t code);
/** The row that an unknown code counts as: the x00 of its class (183 for 1xx); the
 * code's own row if it is known, NULL outside 100 to 699. */
const struct code *codes_find_class(uint16_t code);
/** "4xx request failure" without the digits; "" outside 100 to 699. */
const char *codes_class_name(uint16_t code, enum codes_lang lang);
/** The phrases of one code, NULL and 0 if there are none. */
const struct code_phrase *codes_phrases_of(uint16_t code, size_t *ret_n);
const struct code_category *codes_category_find(struct sv_str name);
/** NULL if the code has no advice of its own; then its category's holds. */
const struct code_advice *codes_advice_of(uint16_t code);
const struct q850 *codes_q850_find(uint16_t cause);
/** Cause that a gateway makes of this code, or NULL. */
const struct q850 *codes_q850_of(uint16_t code);

/** Set by name, with or without its @; NULL if there is none. */
const struct code_set *codes_set_find(struct sv_str name);
bool codes_set_has(const struct code_set *set, uint16_t code);

/**
 * The cause category of a final answer: of this phrase under this code, else of the
 * same phrase under any code, else by a telling word in the phrase, else of the code
 * alone. Case and blanks around the phrase do not matter; the phrase may be empty.
 * Empty text for no code. The text lives for ever.
 */
struct sv_str codes_category(uint16_t code, struct sv_str phrase);

/**
 * The cause category of an event that went wrong; the first that tells one:
 *
 *   1. what came of the attempt, where that is a cause itself: a wrong password is
 *      "credentials", whatever was said about it;
 *   2. the phrase, where it says more than its code;
 *   3. the Q.850 cause, of the PBX or of a Reason header;
 *   4. the code, with the phrase that belongs to it;
 *   5. the outcome.
 *
 * Empty for what went well or is not known. A phrase is what the far side says of
 * itself when it answers us. On a leg where we were asked it may be a third party's
 * (the callee of a proxy), so there it may not say that the caller is at fault: causes
 * that accuse come from outcome and code alone. No phrase changes code, outcome or peer.
 */
struct sv_str codes_cause(const struct sv_event *event);
/** The same without phrase and Q.850 cause: what code and outcome tell by themselves. */
struct sv_str codes_cause_plain(enum sv_outcome outcome, uint16_t code);

/** A match of codes_search(): exactly one of the two pointers is set. */
struct code_hit {
	const struct code *code;
	const struct code_phrase *phrase;
};

enum codes_match { CODES_NOTHING, CODES_EXACT, CODES_CONTAINING, CODES_SIMILAR };

/**
 * Rows whose phrase is `text`; if none is, those that contain it; if none does, those
 * spelled like it. Standard phrases come as their code's row. Fills at most `max` hits
 * and gives their number.
 */
enum codes_match codes_search(struct sv_str text, struct code_hit *hits, size_t max,
			      size_t *ret_n);
