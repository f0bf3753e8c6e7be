/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call detail records: a row of titles, then rows of values between "|". Columns can be
 * chosen by the administrator, so the titles say where each stands.
 *
 * Call-ID, URIs, names and the reason's words are the other side's, and nothing keeps
 * "|" out of them. A row with more columns than titles is read in every way in which its
 * columns can be placed: what all ways agree about is believed, in doubt; the rest is
 * not told.
 */
#include "dialect/audiocodes_line.h"

#include "base/address.h"
#include "sip/codes.h"
#include "sip/message.h"
#include "sip/outcome.h"

#include <ctype.h>

#define FIELDS_MAX 80
/** More columns than titles: so many are tried. */
#define SURPLUS_MAX 16
/** Syslog daemons that keep to RFC 3164 cut a datagram at 1024 bytes: of a row of this
 *  length what stands behind the cut may have been more. */
#define CUT_LEAST ((size_t)900)
#define CUT_MOST ((size_t)1024)

static const struct {
	const char *title;
	enum audiocodes_column column;
	bool begins; /* "IPGroup (name)" */
} titles[] = {
	{ "SBCReportType", COLUMN_TYPE, false },
	{ "CDRReportType", COLUMN_TYPE, false },
	{ "EPTyp", COLUMN_ENDPOINT, false },
	{ "SIPCallId", COLUMN_CALL_ID, false },
	{ "Orig", COLUMN_ORIGIN, false },
	{ "SourceIp", COLUMN_SOURCE_IP, false },
	{ "SourcePort", COLUMN_SOURCE_PORT, false },
	{ "DestIp", COLUMN_DEST_IP, false },
	{ "DestPort", COLUMN_DEST_PORT, false },
	{ "TransportType", COLUMN_TRANSPORT, false },
	{ "SrcURI", COLUMN_SOURCE_URI, false },
	{ "DstURI", COLUMN_DEST_URI, false },
	{ "TrmReasonCategory", COLUMN_CATEGORY, false },
	{ "SIPTrmReason", COLUMN_REASON, false },
	{ "SIPTermDesc", COLUMN_DESCRIPTION, false },
	{ "IPGroup", COLUMN_GROUP, true },
};

/** What the manuals show, for rows whose titles were not seen; 33 to 39 columns, which
 *  begin alike. */
static const struct audiocodes_titles usual = {
	.place = { [COLUMN_TYPE] = 1,
		   [COLUMN_ENDPOINT] = 2,
		   [COLUMN_CALL_ID] = 3,
		   [COLUMN_ORIGIN] = 5,
		   [COLUMN_SOURCE_IP] = 6,
		   [COLUMN_SOURCE_PORT] = 7,
		   [COLUMN_DEST_IP] = 8,
		   [COLUMN_DEST_PORT] = 9,
		   [COLUMN_TRANSPORT] = 10,
		   [COLUMN_SOURCE_URI] = 11,
		   [COLUMN_DEST_URI] = 13,
		   [COLUMN_CATEGORY] = 18,
		   [COLUMN_GROUP] = 26,
		   [COLUMN_REASON] = 33,
		   [COLUMN_DESCRIPTION] = 34 },
};
static const uint8_t usual_counts[] = { 33, 36, 38, 39 };

struct row {
	struct appliance_line *line;
	struct audiocodes_titles titles;
	bool sure;    /* the box sent these titles */
	size_t extra; /* columns more than titles */
	size_t n;
	struct sv_str field[FIELDS_MAX];
};

static size_t
split(struct sv_str s, struct sv_str field[FIELDS_MAX])
{
	size_t n = 0;

	for (;;) {
		size_t end = str_find_char(s, '|');
		if (n < FIELDS_MAX)
			field[n] = str_trim(str_upto(s, end == STR_NONE ? s.len : end));
		n++;
		if (end == STR_NONE)
			return n;
		s = str_from(s, end + 1);
	}
}

/* ---- titles ---- */

static uint64_t
box_of(const struct appliance_line *line)
{
	const struct sv_record *r = line->record;

	return str_hash(r->host.len ? r->host : line->host, 3);
}

static struct audiocodes_titles *
find_titles(struct audiocodes_state *st, uint64_t box)
{
	for (size_t i = 0; i < AUDIOCODES_BOXES; i++)
		if (st->titles[i].age && st->titles[i].box == box)
			return &st->titles[i];
	return NULL;
}

static enum sv_parse
learn(struct appliance_line *line, const struct row *row)
{
	struct audiocodes_state *st = line->ctx->state;
	uint64_t box = box_of(line);
	struct audiocodes_titles *to = find_titles(st, box);

	if (line->doubtful || row->n > FIELDS_MAX)
		return SV_PARSE_SKIP;
	for (size_t i = 0; !to && i < AUDIOCODES_BOXES; i++)
		if (!st->titles[i].age)
			to = &st->titles[i];
	if (!to) {
		to = &st->titles[0];
		for (size_t i = 1; i < AUDIOCODES_BOXES; i++)
			if (st->titles[i].age < to->age)
				to = &st->titles[i];
	}
	memset(to, 0, sizeof(*to));
	to->box = box;
	to->age = ++st->clock;
	to->count = (uint8_t)row->n;
	for (size_t i = 0; i < row->n; i++)
		for (size_t k = 0; k < sizeof(titles) / sizeof(titles[0]); k++) {
			struct sv_str title = str_of(titles[k].title);
			if (str_ieq(titles[k].begins
					    ? str_upto(row->field[i], title.len)
					    : row->field[i],
				    title) &&
			    !to->place[titles[k].column])
				to->place[titles[k].column] = (uint8_t)(i + 1);
		}
	return SV_PARSE_SKIP;
}

/** Which columns this row has; false: it cannot be told. */
static bool
place(struct row *row)
{
	const struct audiocodes_titles *known =
		find_titles(row->line->ctx->state, box_of(row->line));

	row->sure = known != NULL;
	row->titles = known ? *known : usual;
	if (!known)
		for (size_t i = 0; i < sizeof(usual_counts); i++)
			if (usual_counts[i] == row->n ||
			    (usual_counts[i] + 1u == row->n && row->n <= FIELDS_MAX &&
			     !row->field[row->n - 1].len))
				row->titles.count = usual_counts[i];
	if (row->titles.count == 0 || row->n < row->titles.count)
		return false;
	/* rows may end with a "|" */
	if (row->n == row->titles.count + 1u && row->n <= FIELDS_MAX &&
	    !row->field[row->n - 1].len)
		row->n--;
	row->extra = row->n - row->titles.count;
	/* who brings so many is seen all the same */
	if (row->extra > SURPLUS_MAX)
		row->extra = SURPLUS_MAX;
	if (row->n > FIELDS_MAX)
		row->n = FIELDS_MAX;
	return row->titles.place[COLUMN_ORIGIN] &&
	       row->titles.place[COLUMN_SOURCE_IP] &&
	       row->titles.place[COLUMN_DEST_IP] && row->titles.place[COLUMN_REASON];
}

/* ---- values ---- */

/** A value where columns behind a caller's text moved by `shift`. */
static struct sv_str
value(const struct row *row, enum audiocodes_column column, size_t shift)
{
	size_t at = row->titles.place[column];

	if (at == 0)
		return (struct sv_str){ 0 };
	if (column > COLUMN_CALL_ID)
		at += shift;
	return at <= row->n ? row->field[at - 1] : (struct sv_str){ 0 };
}

struct ends {
	enum sv_leg leg;
	struct sv_ip ip;
	uint16_t port;
	enum sv_transport transport;
};

static bool
read_ends(const struct row *row, size_t shift, struct ends *ret)
{
	struct sv_str origin = value(row, COLUMN_ORIGIN, shift);
	bool in = str_eq(origin, SV_STR("RMT"));
	struct sv_ip other;
	uint64_t port;

	if (!in && !str_eq(origin, SV_STR("LCL")))
		return false;
	struct sv_str peer = value(row, in ? COLUMN_SOURCE_IP : COLUMN_DEST_IP, shift);
	struct sv_str own = value(row, in ? COLUMN_DEST_IP : COLUMN_SOURCE_IP, shift);
	struct sv_str digits =
		value(row, in ? COLUMN_SOURCE_PORT : COLUMN_DEST_PORT, shift);
	*ret = (struct ends){ .leg = in ? SV_LEG_IN : SV_LEG_OUT };
	if (!address_parse(peer, &ret->ip) || !address_parse(own, &other))
		return false;
	if (appliance_number(digits, &port) && port <= UINT16_MAX)
		ret->port = (uint16_t)port;
	(void)transport_find(value(row, COLUMN_TRANSPORT, shift), &ret->transport);
	return true;
}

/** In all ways to place the columns. False: they disagree, or there is none. */
static bool
find_ends(const struct row *row, struct ends *ret)
{
	struct ends ends;
	bool found = false;

	for (size_t i = 0; i <= row->extra; i++) {
		if (!read_ends(row, i, &ends))
			continue;
		if (found && (ends.leg != ret->leg || ends.port != ret->port ||
			      !address_equal(&ends.ip, &ret->ip)))
			return false;
		*ret = ends;
		found = true;
	}
	return found;
}

/** "BYE", "CANCEL", "404". False: no reason is written like this. */
static bool
read_reason(struct sv_str s, struct sv_event *ev)
{
	uint64_t code;

	ev->code = 0;
	if (str_eq(s, SV_STR("BYE")))
		ev->outcome = SV_OK;
	else if (str_eq(s, SV_STR("CANCEL")))
		ev->outcome = SV_CANCELED;
	else if (s.len == 3 && appliance_number(s, &code) && code >= 300 &&
		 code <= 699) {
		ev->code = (uint16_t)code;
		ev->outcome = outcome_of_code(ev->code);
	} else {
		return false;
	}
	return true;
}

static void
find_reason(const struct row *row, struct sv_event *ev)
{
	static const struct {
		const char *word;
		enum sv_outcome outcome;
	} categories[] = {
		{ "NORMAL_CALL_CLEAR", SV_OK }, { "BUSY", SV_BUSY },
		{ "NO_ANSWER", SV_NOANSWER },   { "NO_RESOURCES", SV_CONGESTION },
		{ "NO_MATCH", SV_MEDIA },       { "FORWARDED", SV_CANCELED },
		{ "GENERAL_FAILED", SV_ERROR },
	};
	struct sv_event one = { 0 };
	bool found = false;

	for (size_t i = 0; i <= row->extra; i++) {
		if (!read_reason(value(row, COLUMN_REASON, i), &one))
			continue;
		if (found && (one.code != ev->code || one.outcome != ev->outcome)) {
			/* it failed, or nobody would have hidden how it ended */
			ev->code = 0;
			ev->outcome = SV_REFUSED;
			return;
		}
		ev->code = one.code;
		ev->outcome = one.outcome;
		found = true;
	}
	if (found)
		return;
	ev->outcome = SV_REFUSED;
	struct sv_str word = value(row, COLUMN_CATEGORY, 0);
	for (size_t i = 0;
	     !row->extra && i < sizeof(categories) / sizeof(categories[0]); i++)
		if (str_eq(word, str_of(categories[i].word)))
			ev->outcome = categories[i].outcome;
}

static enum sv_parse
tell(struct row *row)
{
	struct ends ends = { 0 };
	struct sv_event ev;

	audiocodes_begin(row->line, AUDIOCODES_CDR, &ev);
	if (row->extra || !row->sure ||
	    (row->line->text.len >= CUT_LEAST && row->line->text.len <= CUT_MOST))
		ev.attribution = SV_ATTRIBUTION_FORGEABLE;
	ev.method = SV_INVITE;
	find_reason(row, &ev);
	if (find_ends(row, &ends)) {
		ev.leg = ends.leg;
		ev.peer_ip = ends.ip;
		ev.peer_port = ends.port;
		ev.transport = ends.transport;
	}
	if (row->extra == 0) {
		struct sv_str about = value(row, COLUMN_DESCRIPTION, 0);
		ev.claim.call_id = value(row, COLUMN_CALL_ID, 0);
		ev.claim.user = appliance_user(value(row, COLUMN_SOURCE_URI, 0));
		ev.claim.dst = appliance_user(value(row, COLUMN_DEST_URI, 0));
		ev.claim.phrase = about;
		ev.q850 = message_q850(about);
		if (ev.outcome != SV_OK)
			ev.hint.session = appliance_session(ev.claim.call_id);
		/* the group of a leg that the box made is the trunk it chose */
		if (ev.leg == SV_LEG_OUT)
			ev.peer = value(row, COLUMN_GROUP, 0);
	}
	/* the far end's challenge is a step on the way */
	if (ev.outcome == SV_OUTCOME_NONE ||
	    (ev.outcome == SV_CHALLENGED && ev.leg == SV_LEG_OUT))
		return SV_PARSE_SKIP;
	return appliance_emit(row->line, &ev);
}

enum sv_parse
audiocodes_cdr(struct appliance_line *line, struct sv_str text)
{
	struct row row = { .line = line };

	row.n = split(text, row.field);
	if (str_eq(row.field[0], SV_STR("SBCReportType")) ||
	    str_eq(row.field[0], SV_STR("CDRReportType")))
		return learn(line, &row);
	/* the begin of a call, media, a gateway's telephone side */
	if (!str_eq(row.field[0], SV_STR("CALL_END")) || row.n < 2 ||
	    !str_eq(row.field[1], SV_STR("SBC")))
		return SV_PARSE_SKIP;
	if (!place(&row))
		return SV_PARSE_MALFORMED;
	return tell(&row);
}
