/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alarms of Unified Communications Manager: "%[name=value][name=value]…: text". Nothing
 * is escaped: who chooses a value can write "][name=value" into it. So an address counts
 * where no such value stands in front of it.
 */
#include "dialect/cisco_line.h"

#include "base/address.h"
#include "sip/outcome.h"

#include <ctype.h>

/** CiscoLog cuts messages at 800 characters. */
#define WHOLE_MAX ((size_t)600)

struct pair {
	struct sv_str value;
	size_t at; /* of the first one */
	unsigned n;
};

/** The text begins with the name, whatever its blanks and capitals, and "=". Bytes, 0 if
 *  not. */
static size_t
name_length(struct sv_str s, const char *name)
{
	size_t i = 0;

	while (*name) {
		if (i == s.len)
			return 0;
		if (s.ptr[i] == ' ') {
			i++;
			continue;
		}
		if (tolower((unsigned char)s.ptr[i]) != tolower((unsigned char)*name))
			return 0;
		i++;
		name++;
	}
	while (i < s.len && s.ptr[i] == ' ')
		i++;
	return i < s.len && s.ptr[i] == '=' ? i + 1 : 0;
}

static struct pair
find(const struct cisco_line *line, const char *name)
{
	struct sv_str body = line->at.body;
	struct pair pair = { 0 };

	for (size_t from = 0; from < body.len;) {
		size_t open = str_find_char(str_from(body, from), '[');
		if (open == STR_NONE)
			break;
		from += open + 1;
		size_t n = name_length(str_from(body, from), name);
		if (n == 0)
			continue;
		struct sv_str rest = str_from(body, from + n);
		size_t close = str_find_char(rest, ']');
		if (pair.n++ == 0 && close != STR_NONE) {
			pair.value = str_trim(str_upto(rest, close));
			pair.at = from;
		}
	}
	return pair;
}

static bool
is_list(const struct cisco_line *line)
{
	return str_starts(line->at.body, SV_STR("%["));
}

/** The address, unless the other side's text could have brought it there. */
static void
set_address(const struct cisco_line *line, struct sv_event *ev,
	    const struct pair *address, const struct pair *theirs)
{
	bool behind = theirs->n && theirs->at < address->at;

	if (behind)
		ev->attribution = SV_ATTRIBUTION_FORGEABLE;
	/* long alarms are cut: then the true one may not be there any more */
	if (behind && (address->n != 1 || line->at.text.len > WHOLE_MAX))
		return;
	(void)address_parse(address->value, &ev->peer_ip);
}

enum sv_parse
cisco_manager_login(struct cisco_line *line)
{
	struct pair address = find(line, "LoginIPAddress/Hostname");
	struct pair user = find(line, "LoginUserID");
	struct sv_event ev;

	if (!is_list(line) || !address.n)
		return SV_PARSE_MALFORMED;
	cisco_begin(line, CISCO_LOGIN, &ev);
	ev.service = SV_SERVICE_HTTP;
	ev.leg = SV_LEG_IN;
	ev.outcome = SV_REJECTED;
	ev.claim.user = user.value;
	set_address(line, &ev, &address, &user);
	return cisco_emit(line, &ev);
}

enum sv_parse
cisco_manager_suspicious(struct cisco_line *line)
{
	struct pair address = find(line, "Address"), nothing = { 0 };
	struct sv_event ev;

	if (!is_list(line) || !address.n)
		return SV_PARSE_MALFORMED;
	cisco_begin(line, CISCO_SUSPICIOUS, &ev);
	ev.leg = SV_LEG_IN;
	ev.outcome = SV_BLOCKED;
	set_address(line, &ev, &address, &nothing);
	return cisco_emit(line, &ev);
}

/* ---- endpoints ---- */

/** SCCP and the like are no SIP; before version 8 the protocol was not always told. */
static bool
is_sip(const struct cisco_line *line)
{
	struct pair protocol = find(line, "Protocol");

	return !protocol.value.len || str_ieq(protocol.value, SV_STR("SIP"));
}

static struct pair
find_address(const struct cisco_line *line)
{
	struct pair address = find(line, "IPAddress");

	if (!address.value.len)
		address = find(line, "DeviceIPaddress");
	if (!address.value.len)
		address = find(line, "IPV6Address");
	return address;
}

/** The device is one that the administrator knows: its name is no claim. */
static enum sv_parse
endpoint(struct cisco_line *line, enum cisco_template id, enum sv_outcome outcome)
{
	struct pair name = find(line, "DeviceName"), nothing = { 0 };
	struct pair address = find_address(line);
	struct sv_event ev;

	if (!is_list(line) || !name.value.len)
		return SV_PARSE_MALFORMED;
	if (!is_sip(line))
		return SV_PARSE_SKIP;
	cisco_begin(line, id, &ev);
	ev.method = SV_REGISTER;
	ev.leg = SV_LEG_IN;
	ev.outcome = outcome;
	ev.peer = name.value;
	set_address(line, &ev, &address, &nothing);
	return cisco_emit(line, &ev);
}

enum sv_parse
cisco_manager_unregistered(struct cisco_line *line)
{
	/* restarted by the administrator or by its user: informational */
	if (line->severity >= '6')
		return SV_PARSE_SKIP;
	return endpoint(line, CISCO_UNREGISTERED, SV_UNREGISTERED);
}

enum sv_parse
cisco_manager_registered(struct cisco_line *line)
{
	return endpoint(line, CISCO_REGISTERED, SV_REGISTERED);
}

/** Connected, and gone before it was registered: anybody can do that under any name. */
enum sv_parse
cisco_manager_transient(struct cisco_line *line)
{
	struct pair name = find(line, "DeviceName"), address = find_address(line);
	struct sv_event ev;

	if (!is_list(line))
		return SV_PARSE_MALFORMED;
	if (!is_sip(line))
		return SV_PARSE_SKIP;
	cisco_begin(line, CISCO_TRANSIENT, &ev);
	ev.method = SV_REGISTER;
	ev.leg = SV_LEG_IN;
	ev.outcome = SV_ABANDONED;
	ev.claim.user = name.value;
	set_address(line, &ev, &address, &name);
	return cisco_emit(line, &ev);
}

/* ---- trunks ---- */

static struct sv_str
trunk_name(const struct cisco_line *line)
{
	struct pair name = find(line, "DeviceName");

	return name.value.len ? name.value : find(line, "SIPTrunkName").value;
}

/** "carrier.example.com 192.0.2.1:5060 Remote=503": the words that tell something. */
static void
read_remote(struct sv_str s, struct sv_event *ev)
{
	uint64_t number;

	while (s.len) {
		size_t n = 0;
		while (n < s.len && s.ptr[n] != ' ' && s.ptr[n] != ',')
			n++;
		struct sv_str word = str_upto(s, n);
		s = str_from(s, n + 1);
		if (!ev->peer_ip.family)
			(void)address_parse_port(word, &ev->peer_ip, &ev->peer_port);
		if (!appliance_skip(&word, "Remote"))
			continue;
		/* "Remote=503" or "Remote = 503" */
		if (!word.len)
			word = s;
		appliance_skip_blanks(&word);
		(void)appliance_skip(&word, "=");
		appliance_skip_blanks(&word);
		if (str_take_u64(word, &number) == 3 && number >= 300 && number <= 699)
			ev->code = (uint16_t)number;
	}
}

static enum sv_parse
trunk(struct cisco_line *line, enum cisco_template id, enum sv_outcome outcome)
{
	struct sv_str name = trunk_name(line);
	struct sv_str remotes =
		find(line, "UnavailableRemotePeersWithReasonCode").value;
	struct sv_event ev;

	if (!is_list(line) || !name.len)
		return SV_PARSE_MALFORMED;
	cisco_begin(line, id, &ev);
	ev.method = SV_OPTIONS;
	ev.leg = SV_LEG_OUT;
	ev.outcome = outcome;
	/* a trunk that is partly in service is not down: its address is told alone */
	if (id != CISCO_TRUNK_PART)
		ev.peer = name;
	/* of several addresses none is the one */
	size_t end = str_find_char(remotes, ';');
	bool one = end == STR_NONE || str_trim(str_from(remotes, end + 1)).len == 0;
	if (one && outcome == SV_UNREACHABLE)
		read_remote(str_upto(remotes, end == STR_NONE ? remotes.len : end),
			    &ev);
	return cisco_emit(line, &ev);
}

enum sv_parse
cisco_manager_trunk_down(struct cisco_line *line)
{
	return trunk(line, CISCO_TRUNK_DOWN, SV_UNREACHABLE);
}

enum sv_parse
cisco_manager_trunk_part(struct cisco_line *line)
{
	return trunk(line, CISCO_TRUNK_PART, SV_UNREACHABLE);
}

enum sv_parse
cisco_manager_trunk_up(struct cisco_line *line)
{
	return trunk(line, CISCO_TRUNK_UP, SV_REACHABLE);
}
