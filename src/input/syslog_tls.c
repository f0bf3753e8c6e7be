/* SPDX-License-Identifier: Apache-2.0 */
#include "input/syslog_tls.h"

#include "base/address.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct syslog_tls {
	SSL_CTX *context;
	struct syslog_tls_spec spec; /* borrowed */
	struct timespec changed[3];  /* its files, when they were read */
	unsigned users;              /* its owner and its sessions */
	char error[200];
};

struct syslog_tls_session {
	struct syslog_tls *tls;
	SSL *ssl;
	bool failed; /* nothing may be written any more */
	bool said;   /* that it ends */
};

__attribute__((format(printf, 2, 3))) static int
fail(struct syslog_tls *tls, const char *format, ...)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;
	va_list args;

	va_start(args, format);
	int n = vsnprintf(tls->error, sizeof(tls->error), format, args);
	va_end(args);
	if (reason && n >= 0 && (size_t)n < sizeof(tls->error))
		(void)snprintf(tls->error + n, sizeof(tls->error) - (size_t)n, ": %s",
			       reason);
	ERR_clear_error();
	return -EINVAL;
}

/* ---- settings ---- */

/* A key that asks for a password cannot be used: nobody is there to answer. */
static int
no_password(char *buf, int size, int rwflag, void *user)
{
	(void)rwflag, (void)user;
	if (size > 0)
		buf[0] = '\0';
	return 0;
}

/* When the files were changed last, zeros where they cannot be seen. */
static void
look_at_files(const struct syslog_tls_spec *spec, struct timespec changed[3])
{
	const char *const files[3] = { spec->certificate, spec->key, spec->ca };

	for (size_t i = 0; i < 3; i++) {
		struct stat st;
		changed[i] = (struct timespec){ 0 };
		if (files[i] && stat(files[i], &st) == 0)
			changed[i] = st.st_ctim;
	}
}

bool
syslog_tls_is_stale(const struct syslog_tls *tls)
{
	struct timespec now[3];

	look_at_files(&tls->spec, now);
	for (size_t i = 0; i < 3; i++)
		if (now[i].tv_sec != tls->changed[i].tv_sec ||
		    now[i].tv_nsec != tls->changed[i].tv_nsec)
			return true;
	return false;
}

void
syslog_tls_keep(struct syslog_tls *tls)
{
	look_at_files(&tls->spec, tls->changed);
}

static int
take_files(struct syslog_tls *tls)
{
	const struct syslog_tls_spec *spec = &tls->spec;

	look_at_files(spec, tls->changed);
	if (!spec->certificate || !spec->key)
		return fail(tls, "no certificate is set");
	SSL_CTX_set_default_passwd_cb(tls->context, no_password);
	if (SSL_CTX_use_certificate_chain_file(tls->context, spec->certificate) != 1)
		return fail(tls, "certificate %.100s", spec->certificate);
	if (SSL_CTX_use_PrivateKey_file(tls->context, spec->key, SSL_FILETYPE_PEM) != 1)
		return fail(tls, "key %.100s", spec->key);
	if (SSL_CTX_check_private_key(tls->context) != 1)
		return fail(tls, "key %.100s is not that of the certificate",
			    spec->key);
	if (!spec->ca)
		return 0;
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(spec->ca);
	if (!names ||
	    SSL_CTX_load_verify_locations(tls->context, spec->ca, NULL) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return fail(tls, "authorities %.100s", spec->ca);
	}
	SSL_CTX_set_client_CA_list(tls->context, names);
	SSL_CTX_set_verify(tls->context,
			   SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return 0;
}

int
syslog_tls_new(const struct syslog_tls_spec *spec, struct syslog_tls **ret_tls)
{
	struct syslog_tls *tls = calloc(1, sizeof(*tls));

	*ret_tls = tls;
	if (!tls)
		return -ENOMEM;
	tls->spec = *spec;
	tls->users = 1;
	tls->context = SSL_CTX_new(TLS_server_method());
	if (!tls->context)
		return fail(tls, "OpenSSL");
	if (SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION) != 1)
		return fail(tls, "OpenSSL");
	SSL_CTX_set_options(tls->context,
			    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
				    SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(tls->context, SSL_MODE_RELEASE_BUFFERS);
	/* Senders stay connected: sessions to be resumed are only memory. */
	SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(tls->context, 0);
	return take_files(tls);
}

void
syslog_tls_free(struct syslog_tls *tls)
{
	if (!tls || --tls->users)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

const char *
syslog_tls_error(const struct syslog_tls *tls)
{
	return tls ? tls->error : "out of memory";
}

/* ---- names of certificates ---- */

/* "*.example.net" is one label more than ".example.net"; case does not matter. */
static bool
name_matches(struct sv_str pattern, struct sv_str name)
{
	if (!str_starts(pattern, SV_STR("*.")))
		return str_ieq(pattern, name);
	size_t dot = name.len ? str_find_char(name, '.') : STR_NONE;
	return dot != STR_NONE && dot > 0 &&
	       str_ieq(str_from(pattern, 1), str_from(name, dot));
}

static bool
is_permitted_name(const struct syslog_tls_spec *spec, struct sv_str name)
{
	/* a NUL within would hide what follows it from others who read it */
	if (!name.len || str_find_char(name, '\0') != STR_NONE)
		return false;
	for (size_t i = 0; i < spec->n_peers; i++)
		if (name_matches(str_of(spec->peers[i]), name))
			return true;
	return false;
}

static struct sv_str
text_of(const ASN1_STRING *string)
{
	return str_make((const char *)ASN1_STRING_get0_data(string),
			(size_t)ASN1_STRING_length(string));
}

static bool
is_permitted_address(const struct syslog_tls_spec *spec, const ASN1_STRING *address)
{
	struct sv_str bytes = text_of(address);
	struct sv_ip ip = { .family = bytes.len == 4 ? 4 : 6 }, peer;

	if (bytes.len != 4 && bytes.len != 16)
		return false;
	memcpy(ip.bytes, bytes.ptr, bytes.len);
	for (size_t i = 0; i < spec->n_peers; i++)
		if (address_parse(str_of(spec->peers[i]), &peer) &&
		    address_equal(&peer, &ip))
			return true;
	return false;
}

/* The common name counts only where there are no alternative names (RFC 5425 §5.2). */
static bool
has_permitted_name(const struct syslog_tls_spec *spec, X509 *certificate)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool found = false, any = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		if (name->type == GEN_DNS) {
			any = true;
			found = is_permitted_name(spec, text_of(name->d.dNSName));
		} else if (name->type == GEN_IPADD) {
			any = true;
			found = is_permitted_address(spec, name->d.iPAddress);
		}
	}
	GENERAL_NAMES_free(names);
	if (any)
		return found;
	const X509_NAME *subject = X509_get_subject_name(certificate);
	for (int at = -1;
	     (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0 &&
	     !found;)
		found = is_permitted_name(spec,
					  text_of(X509_NAME_ENTRY_get_data(
						  X509_NAME_get_entry(subject, at))));
	return found;
}

static bool
check_peer(struct syslog_tls_session *session)
{
	struct syslog_tls *tls = session->tls;
	bool permitted;

	if (!tls->spec.n_peers)
		return true;
	X509 *certificate = SSL_get1_peer_certificate(session->ssl);
	permitted = certificate && has_permitted_name(&tls->spec, certificate);
	X509_free(certificate);
	if (!permitted)
		(void)fail(tls, "its certificate bears none of the names in "
				"'tls_peers'");
	return permitted;
}

/* ---- sessions ---- */

int
syslog_tls_begin(struct syslog_tls *tls, int fd,
		 struct syslog_tls_session **ret_session)
{
	struct syslog_tls_session *session = calloc(1, sizeof(*session));

	if (!session)
		return -ENOMEM;
	session->tls = tls;
	tls->users++;
	session->ssl = SSL_new(tls->context);
	if (!session->ssl || SSL_set_fd(session->ssl, fd) != 1) {
		syslog_tls_end(session);
		return -ENOMEM;
	}
	SSL_set_accept_state(session->ssl);
	*ret_session = session;
	return 0;
}

/* -EAGAIN, 0 at the end, -EPROTO. */
static int
trouble_of(struct syslog_tls_session *session, int result)
{
	long verified = SSL_get_verify_result(session->ssl);

	switch (SSL_get_error(session->ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	}
	session->failed = true;
	if (verified != X509_V_OK)
		(void)fail(session->tls, "%s", X509_verify_cert_error_string(verified));
	else
		(void)fail(session->tls, "the connection was closed or broken");
	return -EPROTO;
}

int
syslog_tls_accept(struct syslog_tls_session *session)
{
	int r;

	ERR_clear_error();
	r = SSL_accept(session->ssl);
	if (r == 1)
		return check_peer(session) ? 0 : -EPROTO;
	r = trouble_of(session, r);
	return r == 0 ? -EPROTO : r;
}

bool
syslog_tls_wants_write(const struct syslog_tls_session *session)
{
	return SSL_want_write(session->ssl);
}

ssize_t
syslog_tls_read(struct syslog_tls_session *session, char *out, size_t cap)
{
	size_t n = 0;

	ERR_clear_error();
	int r = SSL_read_ex(session->ssl, out, cap, &n);
	return r == 1 ? (ssize_t)n : trouble_of(session, r);
}

bool
syslog_tls_pending(const struct syslog_tls_session *session)
{
	return SSL_pending(session->ssl) > 0;
}

void
syslog_tls_be_silent(struct syslog_tls_session *session)
{
	session->said = true;
}

static void
say_end(struct syslog_tls_session *session)
{
	if (!session->failed && !session->said && SSL_is_init_finished(session->ssl))
		(void)SSL_shutdown(session->ssl);
	session->said = true;
	ERR_clear_error();
}

void
syslog_tls_end(struct syslog_tls_session *session)
{
	if (!session)
		return;
	if (session->ssl)
		say_end(session);
	SSL_free(session->ssl);
	syslog_tls_free(session->tls);
	free(session);
}
