/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct sv_event: what one or more records say about SIP.
 *
 * A dialect yields *raw* events (one per telling record), the ledger turns them into
 * *settled* events: one per attempt, however many records told of it. Both have this
 * shape. Every field says who wrote it; text of the other side stands in `claim` alone
 * and never decides who is blamed.
 *
 * All text is borrowed and dies when the callback returns.
 */
#pragma once

#include <sipvigil/record.h>

#define SV_EVENT_SCHEMA 1

/** Longest claim that is kept, in bytes; longer ones are cut. */
#define SV_CLAIM_MAX_BYTES 256
/** Records that one settled event names; further ones are only counted. */
#define SV_EVENT_MAX_RECORDS 8

enum sv_leg {
	SV_LEG_UNKNOWN,
	SV_LEG_IN,  /* the remote party asked us */
	SV_LEG_OUT, /* we asked the remote party */
};

/** Closed list. Order: failures first; sv_outcome_is_failure() in src/sip/outcome.h. */
enum sv_outcome {
	SV_OUTCOME_NONE,
	/* failures */
	SV_REJECTED,   /* credentials given and wrong */
	SV_UNKNOWN,    /* no such account or endpoint */
	SV_ACL,        /* address not allowed */
	SV_FORBIDDEN,  /* 403 by policy */
	SV_NOTFOUND,   /* the number: 404 410 484 485 604 */
	SV_LOOP,       /* 482 483 */
	SV_BUSY,       /* 486 600 */
	SV_NOANSWER,   /* 480; rang out */
	SV_DECLINED,   /* 603 607 608 */
	SV_MEDIA,      /* 415 488 606 */
	SV_TIMEOUT,    /* 408 504, no reply */
	SV_CONGESTION, /* 503; circuits busy */
	SV_ERROR,      /* 500 501 502 505 513, other 5xx and 6xx */
	SV_MALFORMED,  /* 400, broken packets */
	SV_REFUSED,    /* other 4xx */
	SV_BLOCKED,    /* limited or banned by the PBX itself */
	SV_UNREACHABLE,
	SV_UNREGISTERED,
	/* not failures */
	SV_OK,
	SV_CHALLENGED, /* raw events only */
	SV_ABANDONED,  /* a challenge never answered */
	SV_CANCELED,   /* 487 481 491 and other normal noise */
	SV_REACHABLE,
	SV_REGISTERED,
	/* not about SIP but about the log: messages are missing, or may be; `category`
	 * is the word of an enum sv_gap */
	SV_GAP,
	SV_OUTCOME_COUNT
};

enum sv_transport {
	SV_TRANSPORT_UNKNOWN,
	SV_UDP,
	SV_TCP,
	SV_TLS,
	SV_WS,
	SV_WSS,
	SV_SCTP,
};

/** Request methods of RFC 3261 and its extensions; others are SV_METHOD_OTHER. */
enum sv_method {
	SV_METHOD_UNKNOWN,
	SV_REGISTER,
	SV_INVITE,
	SV_OPTIONS,
	SV_SUBSCRIBE,
	SV_NOTIFY,
	SV_MESSAGE,
	SV_PUBLISH,
	SV_INFO,
	SV_BYE,
	SV_CANCEL,
	SV_ACK,
	SV_REFER,
	SV_UPDATE,
	SV_PRACK,
	SV_METHOD_OTHER,
};

/** Which door of the PBX, when it is not SIP. */
enum sv_service {
	SV_SERVICE_SIP,
	SV_SERVICE_IAX2,
	SV_SERVICE_MANAGER, /* AMI, ARI, ESL */
	SV_SERVICE_HTTP,
};

enum sv_attribution {
	SV_ATTRIBUTION_CERTAIN,
	SV_ATTRIBUTION_FORGEABLE, /* the other side could have written the text around
				     it */
};

/** What the other side wrote. Never terminated, never cleaned, at most
 *  SV_CLAIM_MAX_BYTES each; cleaned of control bytes when it leaves the program. */
struct sv_claims {
	struct sv_str user;
	struct sv_str dst;
	struct sv_str ua;
	struct sv_str call_id;
	struct sv_str phrase;
};

/** Where an event was read. */
struct sv_origin {
	struct sv_str
		source; /* name of the input, e.g. "file:messages", "journal:pbx" */
	uint64_t line;  /* 0 if none */
	struct sv_str cursor; /* journal only */
	struct sv_str text;   /* the record's own text (first line), for evidence */
};

/** Which log channel of the PBX a record came by. Records of different channels may
 * tell of the same attempt; two records of one channel and stream never do, but for the
 *  steps that sv_tell names. */
enum sv_channel {
	SV_CHANNEL_MAIN,     /* NOTICE, WARNING, ERROR: the module that refused */
	SV_CHANNEL_SECURITY, /* a security event channel */
	SV_CHANNEL_VERBOSE,  /* call progress */
	SV_CHANNEL_OTHER,
	SV_CHANNEL_COUNT
};

/** What a record is within an attempt. */
enum sv_tell {
	/** The whole of it: one such record a channel and attempt. */
	SV_TELL_ATTEMPT,
	/** One request of it was refused or challenged; the attempt may go on with a
	 * second request (session needed): PJSIP "No matching endpoint found". */
	SV_TELL_REQUEST,
	/** The verdict on the request told just before (or on one that was not told),
	 * which ends the attempt: PJSIP "Failed to authenticate". */
	SV_TELL_ANSWER,
	/** A refused request, of which an attempt has one or two: the PBX answers the
	 * first with a challenge for show and logs the second as well (chan_sip "Device
	 * does not match ACL" with alwaysauthreject=yes). */
	SV_TELL_PAIR,
	/** Adds to what another record tells (an address, a name): acl.c "Rejecting …",
	 *  "Everyone is busy/congested". If nothing else tells of the attempt it counts
	 * by itself only when `alone` is set. */
	SV_TELL_DETAIL,
};

/** Hints of the dialect for the ledger: what tells that two records are about the same
 *  attempt. Not printed. */
struct sv_hints {
	uint32_t template_id; /* the dialect's number of the line's template */
	uint32_t stream_id;   /* which stream delivered it */
	uint32_t thread;      /* PBX thread id, 0 if none */
	uint32_t call_mark;   /* Asterisk [C-xxxxxxxx], valid if has_call_mark */
	uint32_t dial; /* which dialling within that call, from 1; 0 = not known */
	bool has_call_mark;
	bool alone;
	enum sv_channel channel;
	enum sv_tell tell;
	uint64_t session; /* hash of what ties records of one attempt together (Call-ID,
			   * chan_sip's session pointer); 0 = none */
	uint64_t text_hash; /* of the message without prefix: equal in copies of one
			       record */
};

struct sv_event {
	sv_usec time;
	enum sv_time_source time_source;
	enum sv_outcome outcome;     /* derived */
	enum sv_leg leg;             /* PBX */
	enum sv_method method;       /* PBX */
	enum sv_service service;     /* PBX */
	enum sv_transport transport; /* PBX */
	enum sv_attribution attribution;
	uint16_t code;          /* final SIP code; 0 = none or no reply */
	uint16_t q850;          /* Q.850 cause; 0 = none */
	uint16_t peer_port;     /* 0 = unknown */
	uint32_t count;         /* attempts this event stands for, at least 1;
				 * SV_GAP: messages lost, 0 = unknown number */
	struct sv_ip peer_ip;   /* PBX or kernel; family 0 = not told */
	struct sv_str peer;     /* configured name in the PBX */
	struct sv_str pbx;      /* dialect name */
	struct sv_str host;     /* host that logged */
	struct sv_str account;  /* peer, or without one the user, before a peer section
				 * gave it another name; else empty */
	struct sv_str role;     /* of the configured peer section, e.g. "trunk" */
	struct sv_str category; /* cause category of the phrase (src/sip/codes.h);
				 * SV_GAP: kind of gap */
	struct sv_claims claim;
	struct sv_hints hint;
	uint32_t n_records;
	struct sv_origin records[SV_EVENT_MAX_RECORDS]; /* of them n_records are set */
};
