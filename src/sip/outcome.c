/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/outcome.h"

#include "base/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const outcome_words[] = {
	[SV_OUTCOME_NONE] = "",
	[SV_REJECTED] = "rejected",
	[SV_UNKNOWN] = "unknown",
	[SV_ACL] = "acl",
	[SV_FORBIDDEN] = "forbidden",
	[SV_NOTFOUND] = "notfound",
	[SV_LOOP] = "loop",
	[SV_BUSY] = "busy",
	[SV_NOANSWER] = "noanswer",
	[SV_DECLINED] = "declined",
	[SV_MEDIA] = "media",
	[SV_TIMEOUT] = "timeout",
	[SV_CONGESTION] = "congestion",
	[SV_ERROR] = "error",
	[SV_MALFORMED] = "malformed",
	[SV_REFUSED] = "refused",
	[SV_BLOCKED] = "blocked",
	[SV_UNREACHABLE] = "unreachable",
	[SV_UNREGISTERED] = "unregistered",
	[SV_OK] = "ok",
	[SV_CHALLENGED] = "challenged",
	[SV_ABANDONED] = "abandoned",
	[SV_CANCELED] = "canceled",
	[SV_REACHABLE] = "reachable",
	[SV_REGISTERED] = "registered",
	[SV_GAP] = "gap",
};
_Static_assert(COUNT(outcome_words) == SV_OUTCOME_COUNT, "a word for every outcome");

static const char *const leg_words[] = {
	[SV_LEG_UNKNOWN] = "",
	[SV_LEG_IN] = "in",
	[SV_LEG_OUT] = "out",
};

static const char *const method_words[] = {
	[SV_METHOD_UNKNOWN] = "",     [SV_REGISTER] = "REGISTER",
	[SV_INVITE] = "INVITE",       [SV_OPTIONS] = "OPTIONS",
	[SV_SUBSCRIBE] = "SUBSCRIBE", [SV_NOTIFY] = "NOTIFY",
	[SV_MESSAGE] = "MESSAGE",     [SV_PUBLISH] = "PUBLISH",
	[SV_INFO] = "INFO",           [SV_BYE] = "BYE",
	[SV_CANCEL] = "CANCEL",       [SV_ACK] = "ACK",
	[SV_REFER] = "REFER",         [SV_UPDATE] = "UPDATE",
	[SV_PRACK] = "PRACK",         [SV_METHOD_OTHER] = "OTHER",
};

static const char *const service_words[] = {
	[SV_SERVICE_SIP] = "sip",
	[SV_SERVICE_IAX2] = "iax2",
	[SV_SERVICE_MANAGER] = "manager",
	[SV_SERVICE_HTTP] = "http",
};

static const char *const transport_words[] = {
	[SV_TRANSPORT_UNKNOWN] = "",
	[SV_UDP] = "udp",
	[SV_TCP] = "tcp",
	[SV_TLS] = "tls",
	[SV_WS] = "ws",
	[SV_WSS] = "wss",
	[SV_SCTP] = "sctp",
};

static const char *const attribution_words[] = {
	[SV_ATTRIBUTION_CERTAIN] = "certain",
	[SV_ATTRIBUTION_FORGEABLE] = "forgeable",
};

static const char *const gap_words[] = {
	[SV_GAP_UNTOLD] = "",
	[SV_GAP_SUPPRESSED] = "suppressed",
	[SV_GAP_OVERFLOW] = "overflow",
	[SV_GAP_LOST] = "lost",
	[SV_GAP_CLOCK] = "clock",
	[SV_GAP_SKEW] = "skew",
	[SV_GAP_SILENT] = "silent",
	[SV_GAP_NODATA] = "nodata",
	[SV_GAP_UNREADABLE] = "unreadable",
	[SV_GAP_UNRECOGNISED] = "unrecognised",
};
_Static_assert(COUNT(gap_words) == SV_GAP_COUNT, "a word for every kind of gap");

static const char *const time_source_words[] = {
	[SV_TIME_NONE] = "",           [SV_TIME_RECEIVED] = "received",
	[SV_TIME_STAMP] = "stamp",     [SV_TIME_ZONED] = "zoned",
	[SV_TIME_JOURNAL] = "journal",
};

/** Index of the word in its table, -1 if it is not there. */
static int
word_index(const char *const *words, size_t n, struct sv_str word)
{
	if (word.len == 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if ((words[i][0] | 0x20) == (word.ptr[0] | 0x20) &&
		    str_ieq(word, str_of(words[i])))
			return (int)i;
	return -1;
}

static const char *
word_at(const char *const *words, size_t n, size_t index)
{
	return index < n ? words[index] : "";
}

const char *
outcome_name(enum sv_outcome outcome)
{
	return word_at(outcome_words, COUNT(outcome_words), outcome);
}

bool
outcome_find(struct sv_str word, enum sv_outcome *ret_outcome)
{
	int i = word_index(outcome_words, COUNT(outcome_words), word);

	if (i >= 0)
		*ret_outcome = (enum sv_outcome)i;
	return i >= 0;
}

bool
outcome_is_failure(enum sv_outcome outcome)
{
	return outcome >= SV_REJECTED && outcome <= SV_UNREGISTERED;
}

static enum sv_outcome
outcome_of_4xx(unsigned code)
{
	static const uint8_t known[100] = {
		[0] = SV_MALFORMED,   [1] = SV_CHALLENGED, [2] = SV_REFUSED,
		[3] = SV_FORBIDDEN,   [4] = SV_NOTFOUND,   [5] = SV_REFUSED,
		[6] = SV_REFUSED,     [7] = SV_CHALLENGED, [8] = SV_TIMEOUT,
		[9] = SV_REFUSED,     [10] = SV_NOTFOUND,  [11] = SV_REFUSED,
		[12] = SV_REFUSED,    [13] = SV_REFUSED,   [14] = SV_REFUSED,
		[15] = SV_MEDIA,      [16] = SV_REFUSED,   [17] = SV_REFUSED,
		[20] = SV_REFUSED,    [21] = SV_REFUSED,   [22] = SV_REFUSED,
		[23] = SV_REFUSED,    [24] = SV_REFUSED,   [25] = SV_REFUSED,
		[28] = SV_REFUSED,    [29] = SV_REFUSED,   [30] = SV_REFUSED,
		[33] = SV_REFUSED,    [36] = SV_REFUSED,   [37] = SV_REFUSED,
		[38] = SV_REFUSED,    [39] = SV_REFUSED,   [40] = SV_REFUSED,
		[69] = SV_REFUSED,    [70] = SV_REFUSED,   [77] = SV_CONGESTION,
		[78] = SV_CONGESTION, [79] = SV_MALFORMED, [80] = SV_NOANSWER,
		[81] = SV_CANCELED,   [82] = SV_LOOP,      [83] = SV_LOOP,
		[84] = SV_NOTFOUND,   [85] = SV_NOTFOUND,  [86] = SV_BUSY,
		[87] = SV_CANCELED,   [88] = SV_MEDIA,     [89] = SV_REFUSED,
		[91] = SV_CANCELED,   [93] = SV_REFUSED,   [94] = SV_REFUSED,
	};
	enum sv_outcome outcome = known[code - 400];

	return outcome == SV_OUTCOME_NONE ? SV_MALFORMED : outcome;
}

static enum sv_outcome
outcome_of_6xx(unsigned code)
{
	switch (code) {
	case 600:
		return SV_BUSY;
	case 603:
	case 607:
	case 608:
		return SV_DECLINED;
	case 604:
		return SV_NOTFOUND;
	case 606:
		return SV_MEDIA;
	default:
		return SV_ERROR;
	}
}

/** Codes that SIP stacks make up for themselves and that never were on a wire. */
static enum sv_outcome
outcome_of_internal(unsigned code)
{
	switch (code) {
	case 701: /* pjsip: no response */
	case 908: /* FreeSWITCH: REGISTER timed out */
		return SV_TIMEOUT;
	case 702: /* pjsip: cannot resolve */
	case 703: /* pjsip: cannot send */
		return SV_CONGESTION;
	case 904: /* sofia-sip: the challenge was repeated */
		return SV_REJECTED;
	case 900:
	case 901:
		return SV_ERROR;
	default:
		return SV_OUTCOME_NONE;
	}
}

enum sv_outcome
outcome_of_code(uint16_t code)
{
	switch (code / 100) {
	case 2:
		return SV_OK;
	case 3: /* "ask there": the attempt goes on elsewhere */
		return SV_CANCELED;
	case 4:
		return outcome_of_4xx(code);
	case 5:
		if (code == 503)
			return SV_CONGESTION;
		return code == 504 ? SV_TIMEOUT : SV_ERROR;
	case 6:
		return outcome_of_6xx(code);
	default:
		return outcome_of_internal(code);
	}
}

const char *
leg_name(enum sv_leg leg)
{
	return word_at(leg_words, COUNT(leg_words), leg);
}

bool
leg_find(struct sv_str word, enum sv_leg *ret_leg)
{
	int i = word_index(leg_words, COUNT(leg_words), word);

	if (i >= 0)
		*ret_leg = (enum sv_leg)i;
	return i >= 0;
}

const char *
method_name(enum sv_method method)
{
	return word_at(method_words, COUNT(method_words), method);
}

bool
method_find(struct sv_str word, enum sv_method *ret_method)
{
	int i = word_index(method_words, COUNT(method_words), word);

	if (i >= 0)
		*ret_method = (enum sv_method)i;
	return i >= 0;
}

enum sv_method
method_of(struct sv_str word)
{
	enum sv_method method = SV_METHOD_OTHER;

	if (word.len == 0)
		return SV_METHOD_UNKNOWN;
	(void)method_find(word, &method);
	return method;
}

const char *
service_name(enum sv_service service)
{
	return word_at(service_words, COUNT(service_words), service);
}

bool
service_find(struct sv_str word, enum sv_service *ret_service)
{
	int i = word_index(service_words, COUNT(service_words), word);

	if (i >= 0)
		*ret_service = (enum sv_service)i;
	return i >= 0;
}

const char *
transport_name(enum sv_transport transport)
{
	return word_at(transport_words, COUNT(transport_words), transport);
}

bool
transport_find(struct sv_str word, enum sv_transport *ret_transport)
{
	int i = word_index(transport_words, COUNT(transport_words), word);

	if (i >= 0)
		*ret_transport = (enum sv_transport)i;
	return i >= 0;
}

const char *
gap_name(enum sv_gap gap)
{
	return word_at(gap_words, COUNT(gap_words), gap);
}

bool
gap_find(struct sv_str word, enum sv_gap *ret_gap)
{
	int i = word_index(gap_words, COUNT(gap_words), word);

	if (i >= 0)
		*ret_gap = (enum sv_gap)i;
	return i >= 0;
}

const char *
attribution_name(enum sv_attribution attribution)
{
	return word_at(attribution_words, COUNT(attribution_words), attribution);
}

bool
attribution_find(struct sv_str word, enum sv_attribution *ret_attribution)
{
	int i = word_index(attribution_words, COUNT(attribution_words), word);

	if (i >= 0)
		*ret_attribution = (enum sv_attribution)i;
	return i >= 0;
}

const char *
time_source_name(enum sv_time_source source)
{
	return word_at(time_source_words, COUNT(time_source_words), source);
}

bool
time_source_find(struct sv_str word, enum sv_time_source *ret_source)
{
	int i = word_index(time_source_words, COUNT(time_source_words), word);

	if (i >= 0)
		*ret_source = (enum sv_time_source)i;
	return i >= 0;
}
