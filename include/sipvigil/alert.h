/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct sv_alert: one transition of an alert, as every output gets it.
 *
 * src/alert fills it, src/output and src/ctl read it. All text is borrowed and dies
 * when the publish call returns; an output that keeps an alert keeps its rendered form.
 * The JSON form (alert/render.h) is described by doc/schema/alert-1.json.
 */
#pragma once

#include <sipvigil/event.h>

#define SV_ALERT_SCHEMA 1
#define SV_ALERT_MAX_KEY_PARTS 4
#define SV_ALERT_MAX_MEASURES 4
#define SV_ALERT_MAX_EVIDENCE 5
#define SV_ALERT_MAX_CODES 8
#define SV_ALERT_MAX_CAUSES 6
/** Members that a group names. */
#define SV_ALERT_MAX_NAMES 5
/** Name of a cause category with its NUL; longer ones are cut. */
#define SV_CATEGORY_BYTES 24
/** Longest evidence line, bytes; longer ones are cut. */
#define SV_EVIDENCE_MAX_BYTES 512
/** Hex digits of ids: SHA-256 cut to 128 bits. */
#define SV_ALERT_ID_LEN 32

enum sv_alert_state {
	SV_ALERT_FIRING,  /* the first transition of an incident */
	SV_ALERT_CHANGED, /* severity rose or fell while it goes on */
	SV_ALERT_RESOLVED,
	SV_ALERT_UNKNOWN, /* held: the input has a gap */
};

enum sv_severity {
	SV_SEVERITY_OK,
	SV_SEVERITY_WARNING,
	SV_SEVERITY_CRITICAL,
	SV_SEVERITY_UNKNOWN,
};

enum sv_measure_kind {
	SV_MEASURE_COUNT,
	SV_MEASURE_RATE,  /* per second */
	SV_MEASURE_RATIO, /* numerator / denominator */
	SV_MEASURE_DISTINCT,
	SV_MEASURE_CONSECUTIVE, /* in a row, without another event in between */
	SV_MEASURE_SEQUENCE,    /* of one kind, before the newest of another kind */
	SV_MEASURE_ABSENT,      /* seconds without an event */
	SV_MEASURE_NEW,         /* values that are not known yet */
	SV_MEASURE_RULE,        /* 1 while an alert of that rule is open, else 0 */
	SV_MEASURE_BASELINE,    /* a count or a ratio against what is usual */
};

/** The arithmetic behind a transition: one term of the rule's conditions. Limits that
 *  the rule does not have are NaN. */
struct sv_measure {
	enum sv_measure_kind kind;
	const char *text;  /* as in the rule: "count", "distinct(user)" */
	const char *field; /* distinct: field name, else NULL */
	double value;
	uint64_t numerator;   /* ratio: a part; else the number itself */
	uint64_t denominator; /* ratio: all; else 0 */
	uint64_t min;         /* ratio: least denominator; baseline: also least count */
	double warning, critical, clear;
	double usual; /* baseline: value that is usual, NaN while it is not known; its
		       * limits are what follows from it */
	uint32_t periods; /* baseline: earlier weeks or days that it rests on */
	uint64_t error;   /* value may be too low by up to this much; 0 = exact */
};

struct sv_key_part {
	struct sv_str field; /* "peer_ip" */
	struct sv_str value; /* "203.0.113.9" */
	bool claim;          /* written by the other side */
};

struct sv_code_count {
	uint16_t code; /* 0 = no SIP code told */
	enum sv_outcome outcome;
	uint64_t count;
};

/** Failures by cause category. A category may rest on a phrase of the far side: it
 *  says what is probably wrong, and proves nothing. */
struct sv_cause_count {
	char category[SV_CATEGORY_BYTES];
	uint16_t code;           /* of the latest one */
	enum sv_outcome outcome; /* of the latest one */
	uint64_t count;
};

/** Of an alert that stands for many keys of its rule. */
struct sv_alert_group {
	uint64_t members, open;                 /* ever, and now */
	uint64_t limit;                         /* alerts that are told one by one */
	struct sv_str name[SV_ALERT_MAX_NAMES]; /* the first ones */
	size_t n_names;
};

/* Bits of sv_alert.mixed: in these an alert has what its newest event that tells it has,
 * and others that it counts have something else. Whoever sends the newest chooses it. */
#define SV_ALERT_MIXED_PEER 1u /* or none */
#define SV_ALERT_MIXED_IP 2u
#define SV_ALERT_MIXED_METHOD 4u
#define SV_ALERT_MIXED_LEG 8u

struct sv_alert {
	char id[SV_ALERT_ID_LEN + 1]; /* of this transition */
	char incident[SV_ALERT_ID_LEN +
		      1];          /* same for all transitions of one incident */
	struct sv_str fingerprint; /* "rule|field=value|…", claims hashed: Kafka key */
	enum sv_alert_state state;
	enum sv_severity severity; /* RESOLVED: OK */
	enum sv_severity previous;
	uint32_t sequence; /* transition number in the incident, from 1 */
	sv_usec time;      /* event time of the transition */
	sv_usec start;     /* event time of the incident's first transition */
	sv_usec first;     /* event time of the oldest event counted */
	sv_usec window;    /* span in µs */
	struct sv_str rule;
	struct sv_str ruleset;   /* "default" or the configuration file's name */
	struct sv_str service;   /* Nagios service the rule belongs to */
	struct sv_str technique; /* MITRE ATT&CK id, e.g. "T1110.001", or empty */
	struct sv_key_part key[SV_ALERT_MAX_KEY_PARTS];
	size_t n_key;
	struct sv_measure measure[SV_ALERT_MAX_MEASURES];
	size_t n_measure;
	struct sv_str reason; /* the arithmetic in words, one line, clean */
	struct sv_str likely; /* what it probably is */
	struct sv_str check;  /* what to look at next, a command if there is one */
	enum sv_leg leg;
	enum sv_method method;
	uint16_t code; /* the most frequent one, 0 if none */
	struct sv_code_count codes[SV_ALERT_MAX_CODES];
	size_t n_codes;
	struct sv_cause_count causes[SV_ALERT_MAX_CAUSES]; /* most frequent first */
	size_t n_causes;
	struct sv_ip peer_ip; /* last address seen for this key */
	struct sv_str peer;   /* configured name, if known */
	struct sv_str host;   /* host whose log it was, if one */
	bool lower_bound;     /* counts say "at least": a gap lies in the window */
	uint64_t lost;        /* messages known to be lost in the window */
	bool forgeable;       /* an event counted here carries attribution doubt */
	bool observe;         /* rule runs in mode observe: do not page */
	bool ticket;   /* mode ticket: work for somebody, no reason to wake them */
	uint8_t mixed; /* SV_ALERT_MIXED_…: in what the counted events differ */
	/* Nothing changed: an alert that is still open is told for this time again, from
	 * 1. 0: the transition is one. */
	uint32_t repeat;
	/* Why nobody is to be paged for it (alert/gate.h), each empty if it is not so: id
	 * of a silence, name of a rule whose open alert covers it, its group. */
	struct sv_str silenced, inhibited;
	struct sv_str grouped; /* incident of the alert that stands for it */
	const struct sv_alert_group *group; /* it stands for others; else NULL */
	/* It was held back until now: "silence CHG-1841 has ended". Its numbers are those
	 * of `measured`, 0: of `time`. */
	struct sv_str released;
	sv_usec measured;
	struct sv_origin evidence[SV_ALERT_MAX_EVIDENCE]; /* newest last */
	sv_usec evidence_time[SV_ALERT_MAX_EVIDENCE];
	size_t n_evidence;
};

/** It is recorded, and nobody is paged for it. */
static inline bool
sv_alert_is_held(const struct sv_alert *alert)
{
	return alert->silenced.len || alert->inhibited.len || alert->grouped.len;
}
