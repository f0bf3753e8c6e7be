/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that syslog daemons put in front of lines are much alike: one is kept, and
 * lines that begin so are not split. */
#include "dialect/stream_state.h"

#include "base/text.h"
#include "dialect/registry.h"

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

size_t
stream_header_repeats(const struct stream *s, struct sv_str text)
{
	size_t len = s->header_len, host = s->header_host, pid = s->header_pid;
	size_t same = pid ? pid : len;

	if (!len || text.len <= len ||
	    memcmp(text.ptr + host, s->last_header + host, same - host) != 0 ||
	    text.ptr[host - 1] != ' ')
		return 0;
	if (pid) {
		for (len = pid; len < text.len && is_digit(text.ptr[len]); len++)
			;
		if (len == pid || len - pid > PID_DIGITS ||
		    !str_starts(str_from(text, len), SV_STR("]: ")))
			return 0;
		len += 3;
	}
	if (text.len <= len)
		return 0;
	char next = text.ptr[len];
	return next == 'm' || next == 'l' || next == '-' ? 0 : len;
}

/** Where the digits of "name[310]: " begin at the end of a header, 0 if it has none. */
static size_t
pid_at(struct sv_str header)
{
	size_t at;

	if (!str_ends(header, SV_STR("]: ")))
		return 0;
	for (at = header.len - 3; at > 0 && is_digit(header.ptr[at - 1]); at--)
		;
	return at > 1 && at < header.len - 3 && header.ptr[at - 1] == '[' ? at : 0;
}

void
stream_header_keep(struct stream *s, struct sv_str text)
{
	size_t len = (size_t)(s->header.text.ptr - text.ptr);

	s->header_len = 0;
	if (!s->has_header || !s->header.host.len || s->header.repeated > 1 ||
	    s->header.repeat_of_last || len > sizeof(s->last_header) ||
	    s->header.host.ptr <= text.ptr || s->header.host.ptr >= s->header.text.ptr)
		return;
	s->header_len = len;
	s->header_host = (size_t)(s->header.host.ptr - text.ptr);
	s->header_pid = pid_at(str_upto(text, len));
	if (s->header_pid < s->header_host)
		s->header_pid = 0;
	memcpy(s->last_header, text.ptr, len);
	/* what is kept must not point into the record */
	s->kept = s->header;
	s->kept.host.ptr = s->last_header + s->header_host;
	if (s->header.ident.ptr >= text.ptr && s->header.ident.ptr < text.ptr + len)
		s->kept.ident.ptr = s->last_header + (s->header.ident.ptr - text.ptr);
	else
		s->kept.ident = (struct sv_str){ 0 };
	s->kept_dialect = registry_by_ident(s->spec.registry, s->kept.ident);
}

void
stream_header_renew(struct stream *s, const struct sv_record *record)
{
	struct sv_str text = record->text;

	s->header_stale = false;
	if (record->flags & SV_RECORD_SYSLOG) {
		header_split_message(s->stamp, text, &s->header);
		return;
	}
	size_t used = date_take(text, &s->header.date);
	s->header.time = 0;
	s->header.time_source = SV_TIME_NONE;
	/* nothing between the date and the host */
	if (used && used + 1 == s->header_host)
		(void)stamp_resolve(s->stamp, &s->header.date, &s->header.time,
				    &s->header.time_source);
	else
		header_split(s->stamp, text, &s->header);
}
