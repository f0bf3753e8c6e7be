/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "sip/message.h"

#include <criterion/criterion.h>

#define EQ(actual, wanted)                                                  \
	cr_expect(str_eq((actual), str_of(wanted)), "\"%.*s\", not \"%s\"", \
		  (int)(actual).len, (actual).ptr ? (actual).ptr : "", (wanted))

Test(message, start_lines)
{
	/* clang-format off */
	static const struct {
		const char *line;
		bool is_start;
	} rows[] = {
		{ "SIP/2.0 401 Unauthorized", true },
		{ "SIP/2.0 401", true },
		{ "SIP/2.0 401 ", true },
		{ "SIP/2.0 401 Unauthorized\r\nVia: x", true },
		{ "SIP/2.0 99 x", false },
		{ "SIP/2.0 700 x", false },
		{ "SIP/2.0 4011 x", false },
		{ "SIP/2.0 40x y", false },
		{ "SIP/2.0  401 x", false },
		{ "SIP/2.0/UDP 192.0.2.1;branch=z", false },
		{ "REGISTER sip:192.0.2.1 SIP/2.0", true },
		{ "INVITE tel:+491234 SIP/2.0\r", true },
		{ "X-NEW.1 sips:a@b SIP/2.0", true },
		{ "REGISTER sip:192.0.2.1 SIP/2.0 ", false },
		{ "REGISTER sip:192.0.2.1 SIP/3.0", false },
		{ "REGISTER sip:a b SIP/2.0", false },
		{ "REGISTER  SIP/2.0", false },
		{ "REGISTER nothing SIP/2.0", false },
		{ " REGISTER sip:a SIP/2.0", false },
		{ "THIS-IS-NO-METHOD-BUT-A-VERY-LONG-WORD sip:a SIP/2.0", false },
		{ "", false },
		{ "SIP/2.0 ", false },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_eq(message_is_start(str_of(rows[i].line)), rows[i].is_start,
			     "%s", rows[i].line);
}

Test(message, reads_a_request)
{
	struct message m;
	struct sv_str text =
		SV_STR("INVITE sip:+49@192.0.2.1 SIP/2.0\r\n"
		       "v: SIP/2.0/UDP 192.0.2.7:5060 ;rport; branch=z9hG4bK1 ,"
		       " SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK2\r\n"
		       "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK3\r\n"
		       "f: \"A: B\" <sip:1001:pw@h>;tag=x\r\n"
		       "TO : <sip:2002@h>\r\n"
		       "i:abc\r\n"
		       "CSEQ: 7 INVITE\r\n"
		       "proxy-authorization: Digest username=\"1001\",\r\n"
		       "\tresponse=\"0\"\r\n"
		       "no header at all\r\n"
		       "l: 4\r\n"
		       "\r\n"
		       "v=0\nand more");

	cr_assert(message_read(text, &m));
	cr_expect(m.is_request && m.complete && m.has_length && m.has_cseq);
	cr_expect_eq(m.method, SV_INVITE);
	cr_expect_eq(m.cseq, 7);
	EQ(m.uri, "sip:+49@192.0.2.1");
	EQ(m.branch, "z9hG4bK1");
	EQ(m.header[MESSAGE_CALL_ID], "abc");
	EQ(message_user(m.header[MESSAGE_FROM]), "1001");
	EQ(message_user(m.header[MESSAGE_TO]), "2002");
	EQ(message_user(m.uri), "+49");
	EQ(m.header[MESSAGE_PROXY_AUTHORIZATION],
	   "Digest username=\"1001\",\r\n\tresponse=\"0\"");
	EQ(m.body, "v=0\n");
	cr_expect_eq(message_end(&m, text), m.head_len + 4);
}

Test(message, reads_a_response)
{
	struct message m;

	cr_assert(message_read(
		SV_STR("SIP/2.0 401 Wrong\xff phrase\n"
		       "CSeq: 2 REGISTER\n"
		       "WWW-Authenticate: Digest realm=\"x\"\n"
		       "WWW-Authenticate: Digest nonce=\"y\", STALE=\"True\"\n"
		       "Reason: SIP;cause=401, Q.850;cause=21;text=\"no\"\n"
		       "\n"),
		&m));
	cr_expect(!m.is_request && m.complete && m.stale);
	cr_expect_eq(m.code, 401);
	cr_expect_eq(m.method, SV_REGISTER);
	EQ(m.phrase, "Wrong\xff phrase");
	cr_expect_eq(message_q850(m.header[MESSAGE_REASON]), 21);
}

Test(message, the_first_of_equal_headers_counts)
{
	struct message m;

	cr_assert(
		message_read(SV_STR("BYE sip:a@h SIP/2.0\r\nCall-ID: one\r\n"
				    "i: two\r\nCSeq: 1 BYE\r\nCSeq: 9 INVITE\r\n\r\n"),
			     &m));
	EQ(m.header[MESSAGE_CALL_ID], "one");
	cr_expect_eq(m.cseq, 1);
	cr_expect_eq(m.cseq_method, SV_BYE);
}

Test(message, what_was_cut_is_read_as_far_as_it_goes)
{
	struct message m;
	struct sv_str text = SV_STR("OPTIONS sip:a@h SIP/2.0\r\nCall-ID: one\r\nCSe");

	cr_assert(message_read(text, &m));
	cr_expect(!m.complete && !m.has_cseq);
	EQ(m.header[MESSAGE_CALL_ID], "one");
	cr_expect_eq(message_end(&m, text), 0);
}

Test(message, numbers_that_are_none)
{
	struct message m;

	cr_assert(message_read(SV_STR("BYE sip:a@h SIP/2.0\r\nContent-Length: 12x\r\n"
				      "CSeq: 99999999999 BYE\r\n\r\n"),
			       &m));
	cr_expect(!m.has_length && !m.has_cseq);
	cr_assert(message_read(SV_STR("BYE sip:a@h SIP/2.0\r\n"
				      "Content-Length: 18446744073709551615\r\n\r\n"),
			       &m));
	cr_expect_eq(m.length, SV_RECORD_MAX_BYTES);
	cr_expect_eq(message_q850(SV_STR("Q.850;cause=999")), 0);
	cr_expect_eq(message_q850(SV_STR("Q.850, SIP;cause=16")), 0);
	EQ(message_user(SV_STR("<sip:192.0.2.1>;x=a@b")), "");
	EQ(message_user(SV_STR("tel:+49")), "");
}
