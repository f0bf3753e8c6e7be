/* SPDX-License-Identifier: Apache-2.0 */
/* Words that say where syslog comes in: "udp:[::1]:5514", "unix:/run/…", … */
#include "input/input.h"

#include "base/address.h"
#include "base/i18n.h"
#include "base/text.h"

#include <sys/un.h>

#define SOCKET_NAME_MAX 255

static const struct {
	struct sv_str word;
	enum syslog_way way;
	bool tls;
} ways[] = {
	{ { "udp", 3 }, SYSLOG_UDP, false },
	{ { "tcp", 3 }, SYSLOG_TCP, false },
	{ { "tls", 3 }, SYSLOG_TLS, true },
	{ { "unix", 4 }, SYSLOG_UNIX, false },
	{ { "systemd", 7 }, SYSLOG_HANDED, false },
	{ { "systemd-tls", 11 }, SYSLOG_HANDED, true },
};

static bool
is_address(struct sv_str text, struct syslog_listen *listen)
{
	size_t colon = text.len ? str_find_last(text, SV_STR(":")) : STR_NONE;

	/* port 0 lets the kernel choose; address_parse_port() knows no such port */
	if (colon == STR_NONE || !address_parse(str_upto(text, colon), &listen->ip))
		return false;
	if (listen->ip.family == 6 && text.ptr[0] != '[')
		return false;
	struct sv_str port = str_from(text, colon + 1);
	uint64_t number = 0;
	if (!port.len || str_take_u64(port, &number) != port.len || number > 65535)
		return false;
	listen->port = (uint16_t)number;
	return true;
}

static bool
is_name(struct sv_str text)
{
	if (!text.len || text.len > SOCKET_NAME_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] == ':' || text.ptr[i] >= 127)
			return false;
	return true;
}

static bool
take_place(struct sv_str place, struct syslog_listen *listen, const char **reterr_hint)
{
	struct sockaddr_un address;

	switch (listen->way) {
	case SYSLOG_UDP:
	case SYSLOG_TCP:
	case SYSLOG_TLS:
		*reterr_hint = N_("an address and a port, as 192.0.2.1:5514 or "
				  "[2001:db8::1]:5514; [::]:5514 is all addresses");
		return is_address(place, listen);
	case SYSLOG_UNIX:
		*reterr_hint = N_("the path of a socket: it begins with / and has at "
				  "most 107 bytes");
		listen->name = place;
		return place.len && place.ptr[0] == '/' &&
		       place.len < sizeof(address.sun_path);
	case SYSLOG_HANDED:
		*reterr_hint = N_("a name as FileDescriptorName= of the socket unit "
				  "gives it");
		listen->name = place;
		return is_name(place);
	}
	return false;
}

bool
syslog_listen_parse(const char *word, struct syslog_listen *ret_listen,
		    const char **reterr_hint)
{
	struct sv_str text = str_of(word);
	size_t colon = text.len ? str_find_char(text, ':') : STR_NONE;

	*reterr_hint = N_("as udp:ADDRESS:PORT, tcp:ADDRESS:PORT, tls:ADDRESS:PORT, "
			  "unix:PATH, systemd:NAME or systemd-tls:NAME");
	for (size_t i = 0; colon != STR_NONE && i < sizeof(ways) / sizeof(ways[0]);
	     i++) {
		struct syslog_listen listen = { .way = ways[i].way,
						.tls = ways[i].tls };
		if (!str_eq(str_upto(text, colon), ways[i].word))
			continue;
		if (!take_place(str_from(text, colon + 1), &listen, reterr_hint))
			return false;
		*ret_listen = listen;
		return true;
	}
	return false;
}
