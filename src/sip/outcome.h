/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words of the closed lists of <sipvigil/event.h>: what JSON, expressions, reports and
 * configuration call an outcome, a leg, a method … and back. Pure tables.
 *
 * X_name() gives the word, "" for the value that means "not known" (and for a value
 * outside the list). X_find() wants the whole text to be the word, in any case; it sets
 * *ret on success only and never finds "".
 */
#pragma once

#include <sipvigil/event.h>

const char *outcome_name(enum sv_outcome outcome);
bool outcome_find(struct sv_str word, enum sv_outcome *ret_outcome);
/** The outcome counts as a failed attempt. */
bool outcome_is_failure(enum sv_outcome outcome);
/**
 * What a final SIP code means when nothing but the code is known.
 *
 * 401 and 407 are SV_CHALLENGED: whether credentials were given is for the dialect and
 * the ledger to say. 0 (no code), 1xx and numbers that are no codes are
 * SV_OUTCOME_NONE. An unknown code counts as the x00 of its class, but an unknown 6xx
 * as SV_ERROR: nobody said that the callee was busy. Internal codes of SIP stacks that
 * stand in logs (pjsip 70x, sofia-sip 90x) are known as well.
 */
enum sv_outcome outcome_of_code(uint16_t code);

const char *leg_name(enum sv_leg leg);
bool leg_find(struct sv_str word, enum sv_leg *ret_leg);

/** "REGISTER" …, "OTHER" for SV_METHOD_OTHER. */
const char *method_name(enum sv_method method);
bool method_find(struct sv_str word, enum sv_method *ret_method);
/** For request lines: a word that is no known method is SV_METHOD_OTHER, an empty one
 *  SV_METHOD_UNKNOWN. */
enum sv_method method_of(struct sv_str word);

/** "sip", "iax2", "manager", "http". */
const char *service_name(enum sv_service service);
bool service_find(struct sv_str word, enum sv_service *ret_service);

/** "udp", "tcp", "tls", "ws", "wss", "sctp". */
const char *transport_name(enum sv_transport transport);
bool transport_find(struct sv_str word, enum sv_transport *ret_transport);

/** "certain", "forgeable". */
const char *attribution_name(enum sv_attribution attribution);
bool attribution_find(struct sv_str word, enum sv_attribution *ret_attribution);

/** "suppressed", "overflow", "lost", "clock", "skew", "silent", "nodata", "unreadable",
 *  "unrecognised". */
const char *gap_name(enum sv_gap gap);
bool gap_find(struct sv_str word, enum sv_gap *ret_gap);

/** "received", "stamp", "zoned", "journal". */
const char *time_source_name(enum sv_time_source source);
bool time_source_find(struct sv_str word, enum sv_time_source *ret_source);
