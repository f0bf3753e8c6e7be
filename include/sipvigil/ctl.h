/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control protocol between sipvigild and its clients (sipvigil, check_sipvigil).
 *
 * A unix stream socket, mode 0660. One request a connection: a JSON object in one line,
 * {"v":1,"command":"alerts","args":["--all"]}, answered by lines of JSON. Each line is
 * one object of the answer; the last one is {"end":true,"exit":0} or
 * {"end":true,"exit":3,"error":"…","remedy":"…"}. The daemon closes after it.
 */
#pragma once

#define SV_CTL_VERSION 1
#define SV_CTL_SOCKET "/run/sipvigil/control"
/** Longest request line, bytes. */
#define SV_CTL_MAX_REQUEST 16384
/** Connections served at once; more wait in the kernel's queue. */
#define SV_CTL_MAX_CLIENTS 32
/** A client that neither reads nor writes for this long is closed, seconds. */
#define SV_CTL_IDLE_SEC 10
/** When another one waits for its place, one that is silent for this long before its
 *  request is complete gives way, seconds. */
#define SV_CTL_YIELD_SEC 1
