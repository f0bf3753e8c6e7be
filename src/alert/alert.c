/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert.h"

#include <openssl/evp.h>
#include <string.h>

/* names the layout of what is digested: another layout gives other ids */
#define ID_LAYOUT "sipvigil-alert-1"
#define ID_AGAIN "sipvigil-again-1"

static const char hex_digits[] = "0123456789abcdef";

static void
hex(const unsigned char *bytes, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++) {
		*out++ = hex_digits[bytes[i] >> 4];
		*out++ = hex_digits[bytes[i] & 15];
	}
}

static size_t
put(char *out, size_t at, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && at < ALERT_FINGERPRINT_BYTES; i++)
		out[at++] = bytes[i];
	return at;
}

static size_t
put_escaped(char *out, size_t at, struct sv_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];
		char escape[3] = { '%', hex_digits[c >> 4], hex_digits[c & 15] };
		bool plain = c > 0x20 && c < 0x7f && c != '|' && c != '%';
		if (at + (plain ? 1 : 3) > ALERT_FINGERPRINT_BYTES)
			break;
		at = plain ? put(out, at, (const char *)&c, 1)
			   : put(out, at, escape, sizeof(escape));
	}
	return at;
}

static size_t
put_digest(char *out, size_t at, struct sv_str s)
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	char text[16];

	(void)EVP_Digest(s.ptr, s.len, digest, NULL, EVP_sha256(), NULL);
	hex(digest, sizeof(text) / 2, text);
	return put(out, at, text, sizeof(text));
}

size_t
alert_fingerprint(struct sv_str rule, const struct sv_key_part *key, size_t n_key,
		  char out[ALERT_FINGERPRINT_BYTES])
{
	size_t at = put_escaped(out, 0, rule);

	for (size_t i = 0; i < n_key; i++) {
		at = put(out, at, "|", 1);
		at = put(out, at, key[i].field.ptr, key[i].field.len);
		at = put(out, at, "=", 1);
		at = key[i].claim ? put_digest(out, at, key[i].value)
				  : put_escaped(out, at, key[i].value);
	}
	return at;
}

static void
digest_number(EVP_MD_CTX *md, uint64_t v)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(v >> (56 - 8 * i));
	(void)EVP_DigestUpdate(md, bytes, sizeof(bytes));
}

static void
digest_text(EVP_MD_CTX *md, struct sv_str s)
{
	digest_number(md, s.len);
	if (s.len)
		(void)EVP_DigestUpdate(md, s.ptr, s.len);
}

static void
id_of(const struct sv_alert *alert, uint32_t sequence, char out[SV_ALERT_ID_LEN + 1])
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1) {
		digest_text(md, (struct sv_str){ ID_LAYOUT, sizeof(ID_LAYOUT) - 1 });
		digest_text(md, alert->rule);
		digest_number(md, alert->n_key);
		for (size_t i = 0; i < alert->n_key; i++) {
			digest_text(md, alert->key[i].field);
			digest_text(md, alert->key[i].value);
		}
		digest_number(md, alert->start);
		digest_number(md, sequence);
		(void)EVP_DigestFinal_ex(md, digest, NULL);
	}
	EVP_MD_CTX_free(md);
	hex(digest, SV_ALERT_ID_LEN / 2, out);
	out[SV_ALERT_ID_LEN] = '\0';
}

void
alert_ids(struct sv_alert *alert)
{
	id_of(alert, alert->sequence, alert->id);
	id_of(alert, 0, alert->incident);
}

void
alert_id_again(struct sv_alert *alert)
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1) {
		digest_text(md, (struct sv_str){ ID_AGAIN, sizeof(ID_AGAIN) - 1 });
		digest_text(md, (struct sv_str){ alert->id, SV_ALERT_ID_LEN });
		digest_number(md, alert->time);
		(void)EVP_DigestFinal_ex(md, digest, NULL);
	}
	EVP_MD_CTX_free(md);
	hex(digest, SV_ALERT_ID_LEN / 2, alert->id);
}
