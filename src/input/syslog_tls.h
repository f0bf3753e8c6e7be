/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS for syslog (RFC 5425), all of OpenSSL that the inputs use: at least version 1.2,
 * no renegotiation, no compression, never waits. With authorities of senders each must
 * show a certificate of one of them, and with names of peers the certificate must bear
 * one of these.
 */
#pragma once

#include "input/input.h"

#include <sys/types.h>

struct syslog_tls;
struct syslog_tls_session;

/** 0; -EINVAL: a file cannot be used, syslog_tls_error() of *ret_tls says why. *ret_tls
 *  is to be freed either way; NULL without memory. The texts of `spec` are borrowed for
 *  as long as there are sessions. */
int syslog_tls_new(const struct syslog_tls_spec *spec, struct syslog_tls **ret_tls);
/** Sessions of it go on. */
void syslog_tls_free(struct syslog_tls *tls);
/** What is at its files now cannot be used: it goes on as it is until they change. */
void syslog_tls_keep(struct syslog_tls *tls);
/** A file of it is not the one that was read: a certificate was renewed. */
bool syslog_tls_is_stale(const struct syslog_tls *tls);
/** What went wrong last, in words. */
const char *syslog_tls_error(const struct syslog_tls *tls);

/** The server's side of a connection; the descriptor stays the caller's. */
int syslog_tls_begin(struct syslog_tls *tls, int fd,
		     struct syslog_tls_session **ret_session);
/** 0: hands are shaken; -EAGAIN: once more when the descriptor is ready; -EPROTO. */
int syslog_tls_accept(struct syslog_tls_session *session);
bool syslog_tls_wants_write(const struct syslog_tls_session *session);
/** Bytes, 0 at the end, -EAGAIN, -EPROTO. */
ssize_t syslog_tls_read(struct syslog_tls_session *session, char *out, size_t cap);
/** Something was read from the descriptor and not taken. */
bool syslog_tls_pending(const struct syslog_tls_session *session);
/** Nothing will be written any more, not even at its end. */
void syslog_tls_be_silent(struct syslog_tls_session *session);
/** Says so to the other side if it can and may. NULL is allowed. */
void syslog_tls_end(struct syslog_tls_session *session);
