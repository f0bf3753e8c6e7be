/* SPDX-License-Identifier: Apache-2.0 */
/* Other doors of the PBX, and what the log says of itself. */
#include "dialect/asterisk_line.h"

#include "base/address.h"
#include "sip/outcome.h"

#include <ctype.h>

#define IN SV_LEG_IN
#define ANY LEVEL_REFUSAL

/** Which door an ACL's prefix names. */
static enum sv_service
acl_service(struct sv_str prefix)
{
	if (str_find(prefix, SV_STR("Manager")) != STR_NONE)
		return SV_SERVICE_MANAGER;
	if (str_find(prefix, SV_STR("IAX")) != STR_NONE)
		return SV_SERVICE_IAX2;
	if (str_find(prefix, SV_STR("HTTP")) != STR_NONE)
		return SV_SERVICE_HTTP;
	return SV_SERVICE_SIP;
}

static enum sv_parse
finish_acl(struct asterisk_line *line, struct sv_event *ev)
{
	struct asterisk_state *st = line->state;
	struct sv_str prefix = ev->claim.phrase;

	ev->claim.phrase = (struct sv_str){ 0 };
	ev->service = acl_service(prefix);
	if (str_starts(prefix, SV_STR("SIP contact ACL")) ||
	    str_starts(prefix, SV_STR("SIP Contact ACL"))) {
		/* the address stood in the peer's Contact */
		ev->peer_ip.family = 0;
		ev->hint.template_id = ASTERISK_CONTACT_ACL;
		ev->hint.alone = false;
		return asterisk_emit(line, ev);
	}
	if (str_starts(prefix, SV_STR("SIP Peer ACL"))) {
		st->acl.seen = true;
		st->acl.used = ev->peer_ip.family != 0;
		st->acl.ip = ev->peer_ip;
		st->acl.thread = line->thread;
	}
	return asterisk_emit(line, ev);
}

static enum sv_parse
finish_lost(struct asterisk_line *line, struct sv_event *ev)
{
	struct sv_str s = line->message;
	size_t at = str_find(s, SV_STR("Logging resumed. "));
	uint64_t number = 0;

	if (at != STR_NONE) {
		s = str_trim(str_from(s, at + strlen("Logging resumed. ")));
		str_take_u64(s, &number);
	}
	ev->count = number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
	ev->category = str_of(gap_name(SV_GAP_OVERFLOW));
	ev->hint.channel = SV_CHANNEL_OTHER;
	return asterisk_emit(line, ev);
}

/** A SECURITY event that could not be written because its text is no UTF-8. */
static enum sv_parse
finish_missing(struct asterisk_line *line, struct sv_event *ev)
{
	struct sv_str type = ev->claim.phrase;

	ev->claim.phrase = (struct sv_str){ 0 };
	if (str_eq(type, SV_STR("InvalidAccountID")))
		ev->outcome = SV_UNKNOWN;
	else if (str_eq(type, SV_STR("FailedACL")))
		ev->outcome = SV_ACL;
	else if (str_eq(type, SV_STR("ChallengeSent")) ||
		 str_eq(type, SV_STR("SuccessfulAuth")))
		return SV_PARSE_SKIP;
	return asterisk_emit(line, ev);
}

/* clang-format off */
static const struct asterisk_row acl_rows[] = {
	{ "%hRejecting '%a' due to a failure to pass ACL '%s'",
	  ASTERISK_ACL, 0, ANY, IN, 0, SV_ACL, 0, finish_acl },
	{ "%hRejecting '%a' due to use of an invalid ACL '%s'.",
	  ASTERISK_ACL, 0, ANY, IN, 0, SV_ACL, 0, finish_acl },
	{ "Incoming SIP message from %a did not pass ACL test",
	  ASTERISK_PJSIP_GLOBAL_ACL, 403, ANY, IN, 0, SV_ACL, 0, NULL },
	{ 0 },
};

static const struct asterisk_row manager_rows[] = {
	{ "%a tried to authenticate with nonexistent user '%u'",
	  ASTERISK_MANAGER_USER, 0, ANY, IN, 0, SV_UNKNOWN, SV_SERVICE_MANAGER, NULL },
	{ "%a failed to pass IP ACL as '%u'",
	  ASTERISK_MANAGER_ACL, 0, ANY, IN, 0, SV_ACL, SV_SERVICE_MANAGER, NULL },
	{ "%a failed to authenticate as '%u'",
	  ASTERISK_MANAGER_FAILED, 0, ANY, IN, 0, SV_REJECTED, SV_SERVICE_MANAGER, NULL },
	{ 0 },
};

static const struct asterisk_row iax_rows[] = {
	{ "Host %a failed to authenticate as '%u'",
	  ASTERISK_IAX, 0, ANY, IN, 0, SV_REJECTED, SV_SERVICE_IAX2, NULL },
	{ "Host %a failed to authenticate as %u",
	  ASTERISK_IAX, 0, ANY, IN, 0, SV_REJECTED, SV_SERVICE_IAX2, NULL },
	{ "Host %a failed MD5 authentication for '%U' (%r",
	  ASTERISK_IAX, 0, ANY, IN, 0, SV_REJECTED, SV_SERVICE_IAX2, NULL },
	{ "No registration for peer '%U' (from %a)",
	  ASTERISK_IAX, 0, ANY, IN, 0, SV_UNKNOWN, SV_SERVICE_IAX2, NULL },
	{ 0 },
};

static const struct asterisk_row tls_rows[] = {
	{ "Unable to set up ssl connection with peer '%a'",
	  ASTERISK_TLS, 0, ANY, 0, 0, SV_ERROR, 0, NULL },
	{ "Certificate from peer '%a' did not verify: %r",
	  ASTERISK_TLS, 0, ANY, 0, 0, SV_ERROR, 0, NULL },
	{ "No SSL certificate to verify from peer '%a'",
	  ASTERISK_TLS, 0, ANY, 0, 0, SV_ERROR, 0, NULL },
	{ "Certificate common name from peer '%a' did not match (%r",
	  ASTERISK_TLS, 0, ANY, 0, 0, SV_ERROR, 0, NULL },
	{ "Unable to connect SIP socket to %a: %h",
	  ASTERISK_TLS, 0, ANY, SV_LEG_OUT, 0, SV_ERROR, 0, NULL },
	{ 0 },
};

static const struct asterisk_row log_rows[] = {
	{ "Log queue threshold (%d) exceeded. Discarding new messages.",
	  ASTERISK_LOG_LOST, 0, ANY, 0, 0, SV_GAP, 0, finish_lost },
	{ "Logging resumed. %d message%s discarded.",
	  ASTERISK_LOG_LOST, 0, ANY, 0, 0, SV_GAP, 0, finish_lost },
	{ "Failed to issue security event of type %h.",
	  ASTERISK_SECURITY_MISSING, 0, LEVEL_ERROR, IN, 0, SV_REJECTED, 0, finish_missing },
	{ 0 },
};

/* FreePBX's Log() application; the address is what the dialplan put there */
static const struct asterisk_row dialplan_rows[] = {
	{ "\"Rejecting unknown SIP connection from %a\"",
	  ASTERISK_DIALPLAN_REJECT, 0, ANY, IN, SV_INVITE, SV_UNKNOWN, 0, NULL },
	{ "\"Friendly Scanner from %a\"",
	  ASTERISK_DIALPLAN_REJECT, 0, ANY, IN, SV_INVITE, SV_BLOCKED, 0, NULL },
	{ 0 },
};
/* clang-format on */

enum sv_parse
asterisk_acl_parse(struct asterisk_line *line)
{
	return asterisk_rows(line, acl_rows);
}

enum sv_parse
asterisk_manager_parse(struct asterisk_line *line)
{
	return asterisk_rows(line, manager_rows);
}

enum sv_parse
asterisk_iax_parse(struct asterisk_line *line)
{
	return asterisk_rows(line, iax_rows);
}

/** The dialled number is the file's name here: only plain ones are taken. */
static bool
is_plain_extension(struct sv_str file)
{
	for (size_t i = strlen("Ext. "); i < file.len; i++)
		if (!isalnum((unsigned char)file.ptr[i]) &&
		    !(file.ptr[i] && strchr("_+*#-", file.ptr[i])))
			return false;
	return true;
}

enum sv_parse
asterisk_other_parse(struct asterisk_line *line)
{
	if (line->file.ptr[0] == 'E')
		return is_plain_extension(line->file)
			       ? asterisk_rows(line, dialplan_rows)
			       : SV_PARSE_SKIP;
	if (line->file.ptr[0] == 't')
		return asterisk_rows(line, tls_rows);
	return asterisk_rows(line, log_rows);
}
