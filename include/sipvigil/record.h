/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct sv_record: one log message as an input delivers it.
 *
 * Inputs fill it, streams (src/dialect/stream.h) read it. All text is borrowed from
 * the input's memory and dies when the sink returns.
 */
#pragma once

#include <sipvigil/base.h>

/** Where sv_record.time came from, best last. */
enum sv_time_source {
	SV_TIME_NONE,     /* not known yet: the text may carry a stamp */
	SV_TIME_RECEIVED, /* when we got it */
	SV_TIME_STAMP,    /* a stamp without zone or year, resolved by configuration */
	SV_TIME_ZONED,    /* a stamp with date, time and zone */
	SV_TIME_JOURNAL,  /* _SOURCE_REALTIME_TIMESTAMP or __REALTIME_TIMESTAMP */
};

enum sv_record_flags {
	/** One datagram or journal entry: line breaks inside text belong to the
	 * message. Without it the record is one physical line of a file or a stream. */
	SV_RECORD_WHOLE = 1 << 0,
	/** The input cut the text at its cap (SV_RECORD_MAX_BYTES). */
	SV_RECORD_TRUNCATED = 1 << 1,
	/** Not a message but news of loss: `lost` messages are missing before this
	 * point (0 = unknown number), text says in words what happened. */
	SV_RECORD_GAP = 1 << 2,
	/** The input does not order this record after the previous one of its source
	 *  (start, reopen after a loss): open multi-line state must be dropped. */
	SV_RECORD_DISCONTINUOUS = 1 << 3,
	/** The text is a whole message as syslog sends it, its header included. Goes
	 *  with SV_RECORD_WHOLE. */
	SV_RECORD_SYSLOG = 1 << 4,
	/** Set by a stream for its dialects: what stood in front of the text is put in
	 *  front of each line of a program's output (a container's log, grep's), not
	 *  of each message. */
	SV_RECORD_OUTPUT = 1 << 5,
};

/** What kind of gap: why messages are missing, or why what is read cannot be trusted. The
 *  word of it (gap_name() in src/sip/outcome.h) is the category of the SV_GAP event. */
enum sv_gap {
	SV_GAP_UNTOLD,
	/* moments: one event each */
	SV_GAP_SUPPRESSED, /* a rate limit dropped messages: journald, rsyslog */
	SV_GAP_OVERFLOW,   /* the PBX dropped them: its own log queue was full */
	SV_GAP_LOST,       /* file or journal entries went before they were read */
	SV_GAP_CLOCK,      /* the clock of this host was set */
	/* states: an event when one begins and again while it lasts */
	SV_GAP_SKEW,         /* the source's stamps are far off the clock */
	SV_GAP_SILENT,       /* nothing comes, longer than is usual */
	SV_GAP_NODATA,       /* nothing readable ever came */
	SV_GAP_UNREADABLE,   /* it cannot be opened, or is not there */
	SV_GAP_UNRECOGNISED, /* lines come, none of them is understood */
	SV_GAP_COUNT
};

/** Longest text an input delivers; the rest is dropped and counted. */
#define SV_RECORD_MAX_BYTES ((size_t)256 * 1024)

struct sv_record {
	struct sv_str
		text; /* without the line end; framing bytes of the transport removed */
	struct sv_str host; /* given by the transport (journal, syslog receiver), else
			       empty */
	struct sv_str
		ident; /* SYSLOG_IDENTIFIER or syslog tag where the transport gave it */
	struct sv_str unit;   /* _SYSTEMD_UNIT, not forgeable */
	struct sv_str cursor; /* journal cursor; inputs may leave it empty and give it
				 on demand */
	sv_usec time;         /* 0 with SV_TIME_NONE */
	enum sv_time_source time_source;
	unsigned flags;      /* enum sv_record_flags */
	uint64_t line;       /* 1-based line number in a file, 0 if there is none */
	uint64_t offset;     /* byte offset of the text in its file */
	uint64_t lost;       /* with SV_RECORD_GAP: how many messages, a lower bound */
	enum sv_gap gap;     /* with SV_RECORD_GAP: why */
	struct sv_ip sender; /* network syslog: address given by the kernel */
};
