/* SPDX-License-Identifier: Apache-2.0 */
#include "dialect/resip.h"

#include "base/text.h"
#include "sip/outcome.h"

struct sv_str
resip_claim(struct sv_str text)
{
	return str_upto(text, SV_CLAIM_MAX_BYTES);
}

static struct sv_str
take_word(struct sv_str *s)
{
	size_t n = str_find_char(*s, ' ');
	struct sv_str word = str_upto(*s, n == STR_NONE ? s->len : n);

	*s = str_from(*s, n == STR_NONE ? s->len : n + 1);
	return word;
}

static bool
skip(struct sv_str *s, struct sv_str word)
{
	if (!str_starts(*s, word))
		return false;
	*s = str_from(*s, word.len);
	return true;
}

/** " / 2 from(wire)", perhaps with the name of a TLS domain behind it. */
static bool
tail_read(struct sv_str text, struct resip_brief *b)
{
	struct sv_str wire = SV_STR(" from(wire)"), tu = SV_STR(" from(tu)");
	size_t slash = str_find_last(text, SV_STR(" / "));
	uint64_t number;

	if (slash == STR_NONE)
		return false;
	struct sv_str s = str_from(text, slash + 3);
	size_t n = str_take_u64(s, &number);
	s = str_from(s, n);
	b->from_wire = str_starts(s, wire);
	if (n == 0 || (!b->from_wire && !str_starts(s, tu)))
		return false;
	s = str_from(s, b->from_wire ? wire.len : tu.len);
	return s.len == 0 || str_starts(s, SV_STR(" tlsd="));
}

/** "cseq=2 REGISTER", older ones "cseq=REGISTER". */
static bool
cseq_read(struct sv_str *s, struct resip_brief *b)
{
	uint64_t number;

	if (!skip(s, SV_STR("cseq=")))
		return false;
	size_t n = str_take_u64(*s, &number);
	*s = str_from(*s, n);
	if (n && !skip(s, SV_STR(" ")))
		return false;
	b->method = method_of(take_word(s));
	return true;
}

bool
resip_brief_read(struct sv_str text, struct resip_brief *ret_brief)
{
	struct resip_brief b = { 0 };
	uint64_t code;

	text = str_trim(text);
	if (!tail_read(text, &b))
		return false;
	if (skip(&text, SV_STR("SipReq:"))) {
		text = str_trim(text);
		b.is_request = true;
		b.method = method_of(take_word(&text));
		size_t at = str_find_last(text, SV_STR(" contact="));
		size_t slash = str_find_last(text, SV_STR(" / "));
		if (at != STR_NONE && slash != STR_NONE && at + 9 < slash)
			b.contact = str_make(text.ptr + at + 9, slash - at - 9);
		*ret_brief = b;
		return b.method != SV_METHOD_UNKNOWN;
	}
	if (!skip(&text, SV_STR("SipResp: ")) || str_take_u64(text, &code) != 3 ||
	    code < 100 || code > 699)
		return false;
	text = str_from(text, 3);
	if (!skip(&text, SV_STR(" tid=")))
		return false;
	b.code = (uint16_t)code;
	b.tid = take_word(&text);
	if (!cseq_read(&text, &b))
		return false;
	*ret_brief = b;
	return true;
}
