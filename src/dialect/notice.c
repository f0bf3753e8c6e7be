/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsyslog (versions 5 to 8), with its name before the text or without:
 *
 *   imuxsock[pid: 466, name: /usr/sbin/asterisk] from <pbx1:asterisk>: begin to drop
 *     messages due to rate-limiting
 *   imjournal from <asterisk>: begin to drop messages due to rate-limiting
 *   imuxsock[pid: 466, name: /usr/sbin/asterisk]: 4711 messages lost due to
 *     rate-limiting (200 allowed within 5 seconds)
 *   imuxsock lost 4711 messages from pid 466 due to rate-limiting
 *   imuxsock begins to drop messages from pid 466 due to rate-limiting
 *   imjournal: 4711 messages lost due to rate-limiting (20000 allowed within 600 seconds)
 *
 * journald, where rsyslog fetches from it (imjournal):
 *
 *   Suppressed 4711 messages from asterisk.service
 */
#include "dialect/notice.h"

#include "base/text.h"

#define LIMITED SV_STR(" due to rate-limiting")

/** The number that stands before `at`, behind a blank or at the very beginning. */
static uint64_t
number_before(struct sv_str text, size_t at)
{
	uint64_t number = 0;
	size_t begin = at;

	while (begin > 0 && text.ptr[begin - 1] >= '0' && text.ptr[begin - 1] <= '9')
		begin--;
	if (begin > 0 && text.ptr[begin - 1] != ' ')
		return 0;
	(void)str_take_u64(str_make(text.ptr + begin, at - begin), &number);
	return number;
}

/** What stands between `open` and the first of `close`; of that what is behind the last
 *  of `lead`: a host's name, a folder. */
static struct sv_str
name_between(struct sv_str text, struct sv_str open, char close, char lead)
{
	size_t at = str_find(text, open), end;

	if (at == STR_NONE)
		return (struct sv_str){ 0 };
	text = str_from(text, at + open.len);
	end = str_find_char(text, close);
	if (end == STR_NONE)
		return (struct sv_str){ 0 };
	text = str_upto(text, end);
	const char *last = text.len ? memrchr(text.ptr, lead, text.len) : NULL;
	return last ? str_from(text, (size_t)(last - text.ptr) + 1) : text;
}

static bool
read_rsyslog(struct sv_str text, struct notice *ret_notice)
{
	size_t at = str_find(text, LIMITED);

	/* what it wanted to say itself is no loss of others */
	if (at == STR_NONE || str_starts(text, SV_STR("rsyslogd[internal_messages]")))
		return false;
	struct sv_str said = str_upto(text, at);
	size_t lost = str_find_last(said, SV_STR(" messages lost"));
	size_t old = str_find(said, SV_STR(" lost "));
	size_t begins = str_find(said, SV_STR(" to drop messages"));

	if (lost != STR_NONE)
		ret_notice->lost = number_before(said, lost);
	else if (old != STR_NONE)
		(void)str_take_u64(str_from(said, old + 6), &ret_notice->lost);
	else if (begins == STR_NONE)
		return false;
	ret_notice->program = name_between(said, SV_STR("from <"), '>', ':');
	if (!ret_notice->program.len)
		ret_notice->program = name_between(said, SV_STR("name: "), ']', '/');
	return true;
}

static bool
read_journald(struct sv_str text, struct notice *ret_notice)
{
	struct sv_str lead = SV_STR("Suppressed ");
	struct sv_str from = SV_STR(" messages from ");

	if (!str_starts(text, lead))
		return false;
	text = str_from(text, lead.len);
	text = str_from(text, str_take_u64(text, &ret_notice->lost));
	if (!ret_notice->lost || !str_starts(text, from))
		return false;
	ret_notice->program = str_trim(str_from(text, from.len));
	return true;
}

bool
notice_read(struct sv_str ident, struct sv_str text, struct notice *ret_notice)
{
	*ret_notice = (struct notice){ 0 };
	/* "rsyslogd-2177" in older versions */
	if (str_starts(ident, SV_STR("rsyslogd")))
		return read_rsyslog(text, ret_notice);
	if (str_eq(ident, SV_STR("systemd-journald")) ||
	    str_eq(ident, SV_STR("systemd-journal")) ||
	    str_eq(ident, SV_STR("journal")))
		return read_journald(text, ret_notice);
	return false;
}
