/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own registrations. Each attempt of PJSIP yields one line. chan_sip's timer goes
 * on after a refusal, so that one attempt may yield two lines: the refusal and, when
 * the timer fires, "timed out". The second one is an attempt only when there was no
 * first one.
 */
#include "dialect/asterisk_line.h"

#include "base/address.h"

#include <stdio.h>

#define OUT SV_LEG_OUT
#define W LEVEL_WARNING
#define N LEVEL_NOTICE

static struct asterisk_registration *
registration_find(struct asterisk_state *st, uint64_t key)
{
	for (size_t i = 0; i < ASTERISK_REGISTRATIONS; i++)
		if (st->registrations[i].key == key)
			return &st->registrations[i];
	return NULL;
}

/** The entry with this key, made in the place of the oldest if need be. */
static struct asterisk_registration *
registration_get(struct asterisk_state *st, uint64_t key)
{
	struct asterisk_registration *r = registration_find(st, key);

	if (!r) {
		r = &st->registrations[0];
		for (size_t i = 1; i < ASTERISK_REGISTRATIONS; i++)
			if (!st->registrations[i].key ||
			    (r->key &&
			     st->clock - st->registrations[i].age > st->clock - r->age))
				r = &st->registrations[i];
		*r = (struct asterisk_registration){ .key = key };
	}
	r->age = ++st->clock;
	return r;
}

static uint64_t
key_of_ip(const struct sv_ip *ip)
{
	return address_hash(ip) | 1;
}

static uint64_t
key_of_name(struct sv_str name)
{
	return str_hash(name, 1) | 1;
}

void
asterisk_register_answered(struct asterisk_line *line, const struct sv_ip *ip)
{
	registration_get(line->state, key_of_ip(ip))->answered = true;
}

bool
asterisk_register_known(struct asterisk_line *line, const struct sv_ip *ip)
{
	return registration_find(line->state, key_of_ip(ip)) != NULL;
}

/** "user@host": where the host is an address, it is the registrar's. */
static void
name_address(struct sv_event *ev)
{
	size_t at = str_find_last(ev->peer, SV_STR("@"));

	if (at != STR_NONE)
		asterisk_address(str_from(ev->peer, at + 1), ev);
}

static enum sv_parse
finish_refused(struct asterisk_line *line, struct sv_event *ev)
{
	name_address(ev);
	registration_get(line->state, key_of_name(ev->peer))->answered = true;
	return asterisk_emit(line, ev);
}

/** PJSIP: remember the outcome, for the line that only says that it was the last. */
static enum sv_parse
finish_pjsip(struct asterisk_line *line, struct sv_event *ev)
{
	registration_get(line->state, key_of_name(ev->peer))->outcome =
		(uint8_t)ev->outcome;
	return asterisk_emit(line, ev);
}

static enum sv_parse
finish_last(struct asterisk_line *line, struct sv_event *ev)
{
	struct asterisk_registration *r =
		registration_find(line->state, key_of_name(ev->peer));

	if (r && r->outcome)
		ev->outcome = (enum sv_outcome)r->outcome;
	return asterisk_emit(line, ev);
}

/** User and host stand apart in this line. */
static enum sv_parse
finish_password(struct asterisk_line *line, struct sv_event *ev)
{
	char name[160];
	int n = snprintf(name, sizeof(name), "%.*s@%.*s",
			 (int)str_upto(ev->peer, 70).len, ev->peer.ptr,
			 (int)str_upto(ev->claim.dst, 70).len, ev->claim.dst.ptr);

	ev->claim.dst = (struct sv_str){ 0 };
	ev->peer = str_make(name, (size_t)n);
	return finish_refused(line, ev);
}

static enum sv_parse
finish_timer(struct asterisk_line *line, struct sv_event *ev)
{
	struct asterisk_registration *by_name, *by_ip = NULL;
	bool answered;

	name_address(ev);
	by_name = registration_find(line->state, key_of_name(ev->peer));
	if (ev->peer_ip.family)
		by_ip = registration_find(line->state, key_of_ip(&ev->peer_ip));
	answered = (by_name && by_name->answered) || (by_ip && by_ip->answered);
	if (by_name)
		by_name->answered = false;
	if (by_ip)
		by_ip->answered = false;
	if (answered) {
		ev->hint.template_id = ASTERISK_OUT_REGISTER_TIMER;
		ev->hint.tell = SV_TELL_DETAIL;
		ev->hint.alone = false;
	}
	return asterisk_emit(line, ev);
}

static enum sv_parse
finish_dns(struct asterisk_line *line, struct sv_event *ev)
{
	ev->category = SV_STR("no-route");
	return asterisk_emit(line, ev);
}

static enum sv_parse
finish_challenge(struct asterisk_line *line, struct sv_event *ev)
{
	return asterisk_call_answer(line, ev) ? SV_PARSE_EVENT
					      : asterisk_emit(line, ev);
}

/* clang-format off */
static const struct asterisk_row sip_rows[] = {
	{ "Forbidden - wrong password on authentication for REGISTER for '%p' to '%x'",
	  ASTERISK_OUT_REGISTER_REFUSED, 403, W, OUT, SV_REGISTER, 0, 0, finish_password },
	{ "Treating 403 response to REGISTER as non-fatal for %p",
	  ASTERISK_OUT_REGISTER_REFUSED, 403, N, OUT, SV_REGISTER, 0, 0, finish_refused },
	{ "Got 404 Not found on SIP register to service %p, giving up",
	  ASTERISK_OUT_REGISTER_REFUSED, 404, W, OUT, SV_REGISTER, 0, 0, finish_refused },
	{ "Failed to authenticate on REGISTER to '%P' (Tries %d)",
	  ASTERISK_OUT_REGISTER_REFUSED, 401, N, OUT, SV_REGISTER, 0, 0, finish_refused },
	{ "Failed to authenticate on REGISTER to '%P' (tries '%d')",
	  ASTERISK_OUT_REGISTER_REFUSED, 401, N, OUT, SV_REGISTER, 0, 0, finish_refused },
	{ "Got 423 Interval too brief for service %P, minimum is %d seconds",
	  ASTERISK_OUT_REGISTER_REFUSED, 423, W, OUT, SV_REGISTER, 0, 0, finish_refused },
	{ "Required expiration time from %p is too high, giving up",
	  ASTERISK_OUT_REGISTER_REFUSED, 423, W, OUT, SV_REGISTER, 0, 0, finish_refused },
	{ "Got error %c on register to %P, giving up (check config)",
	  ASTERISK_OUT_REGISTER_REFUSED, 0, W, OUT, SV_REGISTER, 0, 0, finish_refused },
	{ "Registration for '%P' timed out, trying again (Attempt #%d)",
	  ASTERISK_OUT_REGISTER_TIMEOUT, 0, N, OUT, SV_REGISTER, SV_TIMEOUT, 0,
	  finish_timer },
	{ "Last Registration Attempt #%d failed, Giving up forever trying to register '%p'",
	  ASTERISK_OUT_REGISTER_GIVE_UP, 0, N, OUT, SV_REGISTER, SV_TIMEOUT, 0,
	  finish_timer },
	{ "Probably a DNS error for registration to %P, trying REGISTER again (after %d seconds)",
	  ASTERISK_OUT_REGISTER_LOCAL, 0, W, OUT, SV_REGISTER, SV_ERROR, 0, finish_dns },
	{ "No authorization available for authentication of registration to %p",
	  ASTERISK_OUT_REGISTER_LOCAL, 0, W, OUT, SV_REGISTER, SV_REJECTED, 0,
	  finish_refused },
	{ 0 },
};

/* the server's URI stands first, the client's names the registration */
static const struct asterisk_row pjsip_rows[] = {
	{ "Temporal response '%c' received from '%a' on registration attempt to '%p', retrying in '%d'",
	  ASTERISK_OUT_REGISTER_REFUSED, 0, W, OUT, SV_REGISTER, 0, 0, finish_pjsip },
	{ "No response received from '%a' on registration attempt to '%p', retrying in '%d'",
	  ASTERISK_OUT_REGISTER_TIMEOUT, 0, W, OUT, SV_REGISTER, SV_TIMEOUT, 0, finish_pjsip },
	{ "403 Forbidden fatal response received from '%a' on registration attempt to '%p', retrying in '%d' seconds",
	  ASTERISK_OUT_REGISTER_REFUSED, 403, W, OUT, SV_REGISTER, 0, 0, finish_pjsip },
	{ "'%c' fatal response received from '%a' on registration attempt to '%p', retrying in '%d' seconds",
	  ASTERISK_OUT_REGISTER_REFUSED, 0, W, OUT, SV_REGISTER, 0, 0, finish_pjsip },
	{ "Fatal response '%c' received from '%a' on registration attempt to '%p', stopping outbound registration",
	  ASTERISK_OUT_REGISTER_REFUSED, 0, W, OUT, SV_REGISTER, 0, 0, finish_pjsip },
	{ "Maximum retries reached when attempting outbound registration to '%a' with client '%p', stopping registration attempt",
	  ASTERISK_OUT_REGISTER_GIVE_UP, 0, W, OUT, SV_REGISTER, SV_ERROR, 0, finish_last },
	{ "Fatal registration attempt to '%a', stopping outbound registration",
	  ASTERISK_OUT_REGISTER_LOCAL, 0, W, OUT, SV_REGISTER, SV_ERROR, 0, NULL },
	{ 0 },
};

#define EW (LEVEL_ERROR | LEVEL_WARNING | LEVEL_NOTICE)
static const struct asterisk_row challenge_rows[] = {
	{ "Endpoint: '%p': Authentication credentials not accepted by server.%r",
	  ASTERISK_PJSIP_AUTH_REFUSED, 0, EW, OUT, 0, SV_REJECTED, 0, finish_challenge },
	{ "%p:%a: Authentication credentials not accepted by server.%r",
	  ASTERISK_PJSIP_AUTH_REFUSED, 0, EW, OUT, 0, SV_REJECTED, 0, finish_challenge },
	{ "%p:%a: There were no auth ids available",
	  ASTERISK_PJSIP_AUTH_REFUSED, 0, EW, OUT, 0, SV_REJECTED, 0, finish_challenge },
	{ "%p:%a: No auth objects matching realm/algorithm(s) '%S' from challenge found.",
	  ASTERISK_PJSIP_AUTH_REFUSED, 0, EW, OUT, 0, SV_REJECTED, 0, finish_challenge },
	{ "There were no auth ids available",
	  ASTERISK_PJSIP_AUTH_REFUSED, 0, EW, OUT, 0, SV_REJECTED, 0, finish_challenge },
	{ "Authentication credentials not accepted by server.%r",
	  ASTERISK_PJSIP_AUTH_REFUSED, 0, EW, OUT, 0, SV_REJECTED, 0, finish_challenge },
	{ 0 },
};
/* clang-format on */

enum sv_parse
asterisk_sip_register_parse(struct asterisk_line *line)
{
	return asterisk_rows(line, sip_rows);
}

enum sv_parse
asterisk_register_parse(struct asterisk_line *line)
{
	return asterisk_rows(line, pjsip_rows);
}

enum sv_parse
asterisk_authenticator_parse(struct asterisk_line *line)
{
	return asterisk_rows(line, challenge_rows);
}
