/* SPDX-License-Identifier: Apache-2.0 */
/* One row a template: what Asterisk writes, what it says. */
#include "rig.h"

#define IN SV_LEG_IN
#define OUT SV_LEG_OUT
#define NO SV_LEG_UNKNOWN

/* An entry as its parts; the layouts below put a prefix in front. */
struct row {
	const char *level, *file, *message;
	enum sv_leg leg;
	enum sv_method method;
	unsigned code;
	enum sv_outcome outcome;
	const char *ip, *peer, *user, *dst, *phrase;
};

/* clang-format off */
static const struct row sip_rows[] = {
	{ "NOTICE", "chan_sip.c", "Registration from '<sip:1005@h>' failed for '127.0.0.10:45842' - Wrong password",
	  IN, SV_REGISTER, 403, SV_REJECTED, "127.0.0.10:45842", "", "1005", "", "" },
	{ "NOTICE", "chan_sip.c", "Registration from '\"a\" <sip:1005@h>' failed for '[2001:db8::9]:5060' - Username/auth name mismatch",
	  IN, SV_REGISTER, 403, SV_REJECTED, "2001:db8::9:5060", "", "1005", "", "" },
	{ "NOTICE", "chan_sip.c", "Registration from '<sip:9@h>' failed for '198.51.100.7' - No matching peer found",
	  IN, SV_REGISTER, 404, SV_UNKNOWN, "198.51.100.7", "", "9", "", "" },
	{ "NOTICE", "chan_sip.c", "Registration from '<sip:9@h>' failed for '198.51.100.7:5060' - Not a local domain",
	  IN, SV_REGISTER, 403, SV_FORBIDDEN, "198.51.100.7:5060", "", "9", "", "" },
	{ "NOTICE", "chan_sip.c", "Registration from '<sip:1030@h>' failed for '198.51.100.7:5060' - Peer is not supposed to register",
	  IN, SV_REGISTER, 403, SV_FORBIDDEN, "198.51.100.7:5060", "", "1030", "", "" },
	{ "NOTICE", "chan_sip.c", "Registration from '<sip:1020@h>' failed for '198.51.100.7:5060' - Device does not match ACL",
	  IN, SV_REGISTER, 403, SV_ACL, "198.51.100.7:5060", "", "1020", "", "" },
	{ "NOTICE", "chan_sip.c", "Registration from '<sip:1@h>' failed for '198.51.100.7:5060' - ACL error (permit/deny)",
	  IN, SV_REGISTER, 403, SV_ACL, "198.51.100.7:5060", "", "1", "", "" },
	{ "NOTICE", "chan_sip.c", "Registration from '<sip:1@h>' failed for '198.51.100.7:5060' - Device not configured to use this transport type",
	  IN, SV_REGISTER, 403, SV_FORBIDDEN, "198.51.100.7:5060", "", "1", "", "" },
	{ "NOTICE", "chan_sip.c", "Registration from '<sip:1@h>' failed for '198.51.100.7:5060' - RTP initialization failed",
	  IN, SV_REGISTER, 503, SV_ERROR, "198.51.100.7:5060", "", "1", "", "" },
	{ "NOTICE", "chan_sip.c", "Registration from '<sip:1@h>' failed for 'x.x.x.x:5060' - Wrong password",
	  IN, SV_REGISTER, 403, SV_REJECTED, "", "", "1", "", "" },
	{ "NOTICE", "chan_sip.c", "Call from '1001' (127.0.0.2:5066) to extension '+14155550100' rejected because extension not found in context 'internal'.",
	  IN, SV_INVITE, 404, SV_NOTFOUND, "127.0.0.2:5066", "1001", "", "+14155550100", "" },
	{ "NOTICE", "chan_sip.c", "Call from '' (127.0.0.2:5066) to extension 'it's' rejected because extension not found in context 'default'.",
	  IN, SV_INVITE, 404, SV_NOTFOUND, "127.0.0.2:5066", "", "", "it's", "" },
	{ "NOTICE", "chan_sip.c", "Failed to authenticate device \"1005\" <sip:1005@h>;tag=4u8 for INVITE, code = -1",
	  IN, SV_INVITE, 403, SV_REJECTED, "", "", "1005", "", "" },
	{ "NOTICE", "chan_sip.c", "Failed to authenticate device <sip:1005@h>;tag=4u8 for SUBSCRIBE, code = -3",
	  IN, SV_SUBSCRIBE, 403, SV_UNKNOWN, "", "", "1005", "", "" },
	{ "NOTICE", "chan_sip.c", "Failed to authenticate device <sip:1005@h>;tag=4u8 for INVITE, code = -7",
	  IN, SV_INVITE, 403, SV_ACL, "", "", "1005", "", "" },
	{ "NOTICE", "chan_sip.c", "Failed to authenticate device <sip:1005@h>;tag=4u8",
	  IN, SV_INVITE, 403, SV_REJECTED, "", "", "1005", "", "" },
	{ "NOTICE", "chan_sip.c", "Call limit reached for device <sip:1006@h>;tag=1 for INVITE, code = -4",
	  IN, SV_INVITE, 480, SV_BLOCKED, "", "", "1006", "", "" },
	{ "NOTICE", "chan_sip.c", "Call from peer '1006' rejected due to usage limit of 1",
	  IN, SV_INVITE, 480, SV_BLOCKED, "", "1006", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Failed to place call for device 1006, too many calls",
	  IN, SV_INVITE, 480, SV_BLOCKED, "", "1006", "", "", "" },
	{ "ERROR", "chan_sip.c", "Peer '1030' is trying to register, but not configured as host=dynamic",
	  IN, SV_REGISTER, 403, SV_FORBIDDEN, "", "1030", "", "", "" },
	{ "WARNING", "chan_sip.c", "Domain '127.0.0.14:47095' disallowed by contact ACL (violating IP 127.0.0.14)",
	  IN, SV_REGISTER, 603, SV_ACL, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "Failed to parse contact info",
	  IN, SV_REGISTER, 0, SV_MALFORMED, "", "", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Got SUBSCRIBE for extension 77@internal from 127.0.0.9:5060, but there is no hint for that extension.",
	  IN, SV_SUBSCRIBE, 404, SV_NOTFOUND, "127.0.0.9:5060", "", "", "77@internal", "" },
	{ "NOTICE", "chan_sip.c", "No compatible codecs, not accepting this offer!",
	  IN, SV_INVITE, 488, SV_MEDIA, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "Rejecting secure audio stream without encryption details: audio 40000 RTP/SAVP 0",
	  IN, SV_INVITE, 488, SV_MEDIA, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "Insufficient information for SDP (m= not found)",
	  IN, SV_INVITE, 488, SV_MEDIA, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "Received SIP INVITE with unsupported required extension: nosuchext",
	  IN, SV_INVITE, 420, SV_REFUSED, "", "", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Unknown SIP command 'FOO' from '127.0.0.9:5060'",
	  IN, SV_METHOD_OTHER, 501, SV_ERROR, "", "", "", "", "" },
	{ "ERROR", "chan_sip.c", "Dropping this SIP message with Call-ID 'x', it's incomplete.",
	  NO, SV_METHOD_UNKNOWN, 0, SV_MALFORMED, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "Rejecting TCP/TLS packet from '127.0.0.9:5060' because way too large: 70000",
	  NO, SV_METHOD_UNKNOWN, 0, SV_MALFORMED, "127.0.0.9:5060", "", "", "", "" },
	{ "VERBOSE", "chan_sip.c", "Got SIP response 503 \"Service \" back from 192.0.2.1\" back from 127.0.3.2:5060",
	  OUT, SV_REGISTER, 503, SV_CONGESTION, "127.0.3.2:5060", "", "", "", "Service \" back from 192.0.2.1" },
	{ "VERBOSE", "chan_sip.c", "Incoming call: Got SIP response 500 \"x\" back from 127.0.3.2:5060",
	  OUT, SV_METHOD_UNKNOWN, 500, SV_ERROR, "127.0.3.2:5060", "", "", "", "x" },
	{ "VERBOSE", "chan_sip.c", "Got SIP MESSAGE response 404 \"Not Found\" back from host '127.0.3.2:5060'",
	  OUT, SV_MESSAGE, 404, SV_NOTFOUND, "127.0.3.2:5060", "", "", "", "Not Found" },
	{ "WARNING", "chan_sip.c", "Received response: \"Forbidden\" from '\"1001\" <sip:1001@127.0.1.1>;tag=as1'",
	  OUT, SV_INVITE, 403, SV_FORBIDDEN, "", "", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Failed to authenticate on INVITE to '\"1001\" <sip:1001@127.0.1.1>;tag=as1'",
	  OUT, SV_INVITE, 0, SV_REJECTED, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "Forbidden - maybe wrong password on authentication for SUBSCRIBE",
	  OUT, SV_SUBSCRIBE, 403, SV_FORBIDDEN, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "Remote host can't match request BYE to call 'abc'. Giving up.",
	  OUT, SV_BYE, 481, SV_CANCELED, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "SIP identity required by proxy. SIP dialog 'x'. Giving up.",
	  OUT, SV_INVITE, 428, SV_REFUSED, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "Retransmission timeout reached on transmission a@b for seqno 102 (Critical Request) -- See https://wiki.asterisk.org/x",
	  OUT, SV_METHOD_UNKNOWN, 0, SV_TIMEOUT, "", "", "", "", "" },
	{ "WARNING", "chan_sip.c", "Retransmission timeout reached on transmission a for seqno 1 (Critical Request) -- See b for seqno 102 (Critical Response) -- See https://wiki.asterisk.org/x",
	  IN, SV_INVITE, 0, SV_TIMEOUT, "", "", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Disconnecting call 'SIP/trunk-a-0000001f' for lack of RTP activity in 31 seconds",
	  NO, SV_INVITE, 0, SV_MEDIA, "", "trunk-a", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Peer 'trunkflap' is now UNREACHABLE!  Last qualify: 0",
	  OUT, SV_OPTIONS, 0, SV_UNREACHABLE, "", "trunkflap", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Peer 'trunkflap' is now UNREACHABLE! Last qualify: 0",
	  OUT, SV_OPTIONS, 0, SV_UNREACHABLE, "", "trunkflap", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Peer '1001' is now Reachable. (1ms / 500ms)",
	  OUT, SV_OPTIONS, 0, SV_REACHABLE, "", "1001", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Peer '1001' is now Lagged. (900ms / 500ms)",
	  OUT, SV_OPTIONS, 0, SV_REACHABLE, "", "1001", "", "", "" },
	{ "VERBOSE", "chan_sip.c", "Registered SIP '1001' at 127.0.0.2:5066",
	  IN, SV_REGISTER, 0, SV_REGISTERED, "127.0.0.2:5066", "1001", "", "", "" },
	{ "VERBOSE", "chan_sip.c", "    -- Registered SIP '1001' at 127.0.0.2:5066",
	  IN, SV_REGISTER, 0, SV_REGISTERED, "127.0.0.2:5066", "1001", "", "", "" },
};

static const struct row register_rows[] = {
	{ "WARNING", "chan_sip.c", "Forbidden - wrong password on authentication for REGISTER for 'u403' to '127.0.3.1'",
	  OUT, SV_REGISTER, 403, SV_FORBIDDEN, "127.0.3.1", "u403@127.0.3.1", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Treating 403 response to REGISTER as non-fatal for u@carrier.example",
	  OUT, SV_REGISTER, 403, SV_FORBIDDEN, "", "u@carrier.example", "", "", "" },
	{ "WARNING", "chan_sip.c", "Got 404 Not found on SIP register to service u404@127.0.3.6, giving up",
	  OUT, SV_REGISTER, 404, SV_NOTFOUND, "127.0.3.6", "u404@127.0.3.6", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Failed to authenticate on REGISTER to 'uloop@127.0.3.4' (Tries 3)",
	  OUT, SV_REGISTER, 401, SV_REJECTED, "127.0.3.4", "uloop@127.0.3.4", "", "", "" },
	{ "NOTICE", "chan_sip.c", "Failed to authenticate on REGISTER to 'a@b@127.0.3.4' (tries '3')",
	  OUT, SV_REGISTER, 401, SV_REJECTED, "127.0.3.4", "a@b@127.0.3.4", "", "", "" },
	{ "WARNING", "chan_sip.c", "Got 423 Interval too brief for service u@h, minimum is 600 seconds",
	  OUT, SV_REGISTER, 423, SV_REFUSED, "", "u@h", "", "", "" },
	{ "WARNING", "chan_sip.c", "Got error 479 on register to u@h, giving up (check config)",
	  OUT, SV_REGISTER, 479, SV_MALFORMED, "", "u@h", "", "", "" },
	{ "NOTICE", "chan_sip.c", "   -- Registration for 'unone@127.0.3.5' timed out, trying again (Attempt #2)",
	  OUT, SV_REGISTER, 0, SV_TIMEOUT, "127.0.3.5", "unone@127.0.3.5", "", "", "" },
	{ "NOTICE", "chan_sip.c", "   -- Last Registration Attempt #8 failed, Giving up forever trying to register 'unone@127.0.3.5'",
	  OUT, SV_REGISTER, 0, SV_TIMEOUT, "127.0.3.5", "unone@127.0.3.5", "", "", "" },
	{ "WARNING", "chan_sip.c", "Probably a DNS error for registration to u@h.example, trying REGISTER again (after 20 seconds)",
	  OUT, SV_REGISTER, 0, SV_ERROR, "", "u@h.example", "", "", "" },
	{ "WARNING", "res_pjsip_outbound_registration.c", "Temporal response '503' received from 'sip:127.0.5.2' on registration attempt to 'sip:u@127.0.5.2', retrying in '10'",
	  OUT, SV_REGISTER, 503, SV_CONGESTION, "127.0.5.2", "sip:u@127.0.5.2", "", "", "" },
	{ "WARNING", "res_pjsip_outbound_registration.c", "No response received from 'sip:sip.example.net' on registration attempt to 'sip:u@127.0.5.5', retrying in '10'",
	  OUT, SV_REGISTER, 0, SV_TIMEOUT, "", "sip:u@127.0.5.5", "", "", "" },
	{ "WARNING", "res_pjsip_outbound_registration.c", "403 Forbidden fatal response received from 'sip:127.0.5.1:5070;transport=tcp' on registration attempt to 'sip:u@127.0.5.1', retrying in '15' seconds",
	  OUT, SV_REGISTER, 403, SV_FORBIDDEN, "127.0.5.1:5070", "sip:u@127.0.5.1", "", "", "" },
	{ "WARNING", "res_pjsip_outbound_registration.c", "'404' fatal response received from 'sip:127.0.5.6' on registration attempt to 'sip:u@127.0.5.6', retrying in '20' seconds",
	  OUT, SV_REGISTER, 404, SV_NOTFOUND, "127.0.5.6", "sip:u@127.0.5.6", "", "", "" },
	{ "WARNING", "res_pjsip_outbound_registration.c", "Fatal response '401' received from 'sip:127.0.5.4' on registration attempt to 'sip:u@127.0.5.4', stopping outbound registration",
	  OUT, SV_REGISTER, 401, SV_REJECTED, "127.0.5.4", "sip:u@127.0.5.4", "", "", "" },
	{ "WARNING", "res_pjsip_outbound_registration.c", "Maximum retries reached when attempting outbound registration to 'sip:127.0.5.3' with client 'sip:u@127.0.5.3', stopping registration attempt",
	  OUT, SV_REGISTER, 0, SV_ERROR, "127.0.5.3", "sip:u@127.0.5.3", "", "", "" },
	{ "WARNING", "res_pjsip_outbound_authenticator_digest.c", " pjtrunk:127.0.4.9: Authentication credentials not accepted by server. Credential failed to authenticate (PJSIP_EFAILEDCREDENTIAL)",
	  OUT, SV_METHOD_UNKNOWN, 0, SV_REJECTED, "127.0.4.9", "pjtrunk", "", "", "" },
	{ "ERROR", "res_pjsip_outbound_authenticator_digest.c", " pjtrunk:127.0.4.14: There were no auth ids available",
	  OUT, SV_METHOD_UNKNOWN, 0, SV_REJECTED, "127.0.4.14", "pjtrunk", "", "", "" },
	{ "WARNING", "res_pjsip_outbound_authenticator_digest.c", "Endpoint: 'x': Authentication credentials not accepted by server.",
	  OUT, SV_METHOD_UNKNOWN, 0, SV_REJECTED, "", "x", "", "", "" },
};

static const struct row pjsip_rows[] = {
	{ "NOTICE", "res_pjsip/pjsip_distributor.c", "Request 'REGISTER' from '\"2005\" <sip:2005@h>' failed for '127.0.0.10:34168' (callid: c1) - Failed to authenticate",
	  IN, SV_REGISTER, 401, SV_REJECTED, "127.0.0.10:34168", "", "2005", "", "" },
	{ "NOTICE", "res_pjsip/pjsip_distributor.c", "Request 'INVITE' from '<sip:9@h>' failed for '[2001:db8::1]:5060' (callid: a) b) - No matching endpoint found",
	  IN, SV_INVITE, 401, SV_UNKNOWN, "2001:db8::1:5060", "", "9", "", "" },
	{ "NOTICE", "res_pjsip/pjsip_distributor.c", "Request 'REGISTER' from '<sip:9@h>' failed for '127.0.0.9:5060' (callid: x) - No matching endpoint found after 5 tries in 12.345 ms",
	  IN, SV_REGISTER, 401, SV_UNKNOWN, "127.0.0.9:5060", "", "9", "", "" },
	{ "NOTICE", "res_pjsip/pjsip_distributor.c", "Request from '<sip:9@h>' failed for '127.0.0.9:5060' (callid: x) - No matching endpoint found",
	  IN, SV_METHOD_UNKNOWN, 401, SV_UNKNOWN, "127.0.0.9:5060", "", "9", "", "" },
	{ "NOTICE", "res_pjsip/pjsip_distributor.c", "Request 'FOO' from '' failed for '127.0.0.9:5060' (callid: x) - Not match Endpoint Contact ACL",
	  IN, SV_METHOD_OTHER, 401, SV_ACL, "127.0.0.9:5060", "", "", "", "" },
	{ "NOTICE", "res_pjsip/pjsip_distributor.c", "Request 'OPTIONS' from '<sip:' failed for '127.0.0.9:5060' (callid: x) - Error to authenticate",
	  IN, SV_OPTIONS, 500, SV_ERROR, "127.0.0.9:5060", "", "", "", "" },
	{ "WARNING", "res_pjsip_acl.c", "Incoming SIP message from 127.0.0.66:34012 did not pass ACL test",
	  IN, SV_METHOD_UNKNOWN, 403, SV_ACL, "127.0.0.66:34012", "", "", "", "" },
	{ "NOTICE", "acl.c", "SIP ACL: Rejecting '127.0.0.66' due to a failure to pass ACL '(BASELINE)'",
	  IN, SV_METHOD_UNKNOWN, 0, SV_ACL, "127.0.0.66", "", "", "", "" },
	{ "NOTICE", "acl.c", "SIP Contact ACL: Rejecting '127.0.0.66' due to a failure to pass ACL 'x'",
	  IN, SV_METHOD_UNKNOWN, 0, SV_ACL, "", "", "", "", "" },
	{ "NOTICE", "res_pjsip_session.c", " 2001: Call (UDP:127.0.0.2:43237) to extension '5551' rejected because extension not found in context 'internal'.",
	  IN, SV_INVITE, 404, SV_NOTFOUND, "127.0.0.2:43237", "2001", "", "5551", "" },
	{ "NOTICE", "res_pjsip_session.c", "Call from '2001' (TCP:[127.0.0.2]:61470) to extension '5551' rejected because extension not found in context 'internal'.",
	  IN, SV_INVITE, 404, SV_NOTFOUND, "127.0.0.2:61470", "2001", "", "5551", "" },
	{ "ERROR", "res_pjsip_session.c", " 2004: Couldn't negotiate stream 0:audio-0:audio:sendrecv (nothing)",
	  NO, SV_INVITE, 488, SV_MEDIA, "", "2004", "", "", "" },
	{ "WARNING", "res_pjsip_registrar.c", "AOR 'x' not found for endpoint '2022' (127.0.0.22:36991)",
	  IN, SV_REGISTER, 404, SV_UNKNOWN, "127.0.0.22:36991", "2022", "", "x", "" },
	{ "WARNING", "res_pjsip_registrar.c", "AOR 'y' not found for endpoint '1' (192.0.2.1:1)' not found for endpoint '2022' (2001:db8::1:5060)",
	  IN, SV_REGISTER, 404, SV_UNKNOWN, "2001:db8::1:5060", "2022", "", "y' not found for endpoint '1' (192.0.2.1:1)", "" },
	{ "WARNING", "res_pjsip_registrar.c", "Endpoint '2022' (127.0.0.22:36991) has no configured AORs",
	  IN, SV_REGISTER, 403, SV_FORBIDDEN, "127.0.0.22:36991", "2022", "", "", "" },
	{ "WARNING", "res_pjsip_registrar.c", "Endpoint '2022' has no configured AORs",
	  IN, SV_REGISTER, 403, SV_FORBIDDEN, "", "2022", "", "", "" },
	{ "WARNING", "res_pjsip_registrar.c", "AOR '2023' has no configured max_contacts. Endpoint '2023' (127.0.0.22:36991) unable to register",
	  IN, SV_REGISTER, 403, SV_FORBIDDEN, "127.0.0.22:36991", "2023", "", "2023", "" },
	{ "WARNING", "res_pjsip_registrar.c", "Registration attempt from endpoint '2006' (127.0.0.65:48477) to AOR '2006' will exceed max contacts of 1",
	  IN, SV_REGISTER, 403, SV_FORBIDDEN, "127.0.0.65:48477", "2006", "", "2006", "" },
	{ "WARNING", "res_pjsip_registrar.c", "Failed to validate contacts in REGISTER request from '2006'",
	  IN, SV_REGISTER, 400, SV_MALFORMED, "", "2006", "", "", "" },
	{ "VERBOSE", "res_pjsip_registrar.c", "Added contact 'sip:2001@127.0.0.2:5066' to AOR '2001' with expiration of 60 seconds",
	  IN, SV_REGISTER, 0, SV_REGISTERED, "", "2001", "", "", "" },
	{ "VERBOSE", "res_pjsip_registrar.c", "Removed contact 'sip:2001@127.0.0.2:5066' from AOR '2001' due to expiration",
	  IN, SV_REGISTER, 0, SV_UNREGISTERED, "", "2001", "", "", "" },
	{ "VERBOSE", "res_pjsip/pjsip_options.c", "Contact 2001/sip:2001@127.0.0.2:43237 is now Unreachable.  RTT: 0.000 msec",
	  OUT, SV_OPTIONS, 0, SV_UNREACHABLE, "", "2001", "", "", "" },
	{ "VERBOSE", "res_pjsip/pjsip_options.c", "Contact 2001/sip:2001@127.0.0.2:43237 is now Reachable.  RTT: 1.115 msec",
	  OUT, SV_OPTIONS, 0, SV_REACHABLE, "", "2001", "", "", "" },
	{ "VERBOSE", "res_pjsip/pjsip_configuration.c", "Contact 2001/sip:2001@127.0.0.2:43237 is now Unavailable",
	  OUT, SV_OPTIONS, 0, SV_UNREACHABLE, "", "2001", "", "", "" },
	{ "VERBOSE", "res_pjsip/pjsip_configuration.c", "Endpoint pjtrunk200 is now Unreachable",
	  OUT, SV_OPTIONS, 0, SV_UNREACHABLE, "", "pjtrunk200", "", "", "" },
	{ "WARNING", "pjproject", "\t       sip_transport.c Dropping 357 bytes packet from UDP 127.0.0.68:52237 : PJSIP syntax error exception when parsing 'Authorization' header on line 10 col 22",
	  NO, SV_METHOD_UNKNOWN, 0, SV_MALFORMED, "127.0.0.68:52237", "", "", "", "" },
	{ "ERROR", "pjproject", "\t        sip_endpoint.c Error processing packet from 127.0.0.25:60510: Missing required header(s) (PJSIP_EMISSINGHDR) Call-ID [code 171050]:",
	  NO, SV_METHOD_UNKNOWN, 0, SV_MALFORMED, "127.0.0.25:60510", "", "", "", "" },
	{ "ERROR", "pjproject", "\t             sip_inv.c .Error parsing/validating SDP body: Invalid SDP descriptor (PJMEDIA_SDP_EINSDP)",
	  NO, SV_INVITE, 0, SV_MEDIA, "", "", "", "", "" },
	{ "WARNING", "res_pjsip_pubsub.c", "No registered subscribe handler for event nosuchevent from 2003",
	  IN, SV_SUBSCRIBE, 489, SV_REFUSED, "", "2003", "", "", "" },
	{ "NOTICE", "res_pjsip_exten_state.c", "Endpoint '2003' state subscription failed: Extension 'nohint' does not exist in context 'internal' or has no associated hint",
	  IN, SV_SUBSCRIBE, 404, SV_NOTFOUND, "", "2003", "", "nohint", "" },
	{ "NOTICE", "res_pjsip_exten_state.c", "Extension nohint does not exist or has no associated hint",
	  IN, SV_SUBSCRIBE, 404, SV_NOTFOUND, "", "", "", "nohint", "" },
	{ "ERROR", "res_pjsip.c", "Error 120101 'Network is unreachable' sending OPTIONS request to endpoint N",
	  OUT, SV_OPTIONS, 0, SV_ERROR, "", "N", "", "", "Network is unreachable" },
};

static const struct row other_rows[] = {
	{ "WARNING", "Ext. s", "\"Rejecting unknown SIP connection from 127.0.0.23\"",
	  IN, SV_INVITE, 0, SV_UNKNOWN, "127.0.0.23", "", "", "", "" },
	{ "WARNING", "pbx.c", "Maximum call limit of 5 calls exceeded by 'PJSIP/2001-0000000a'!",
	  IN, SV_INVITE, 503, SV_BLOCKED, "", "2001", "", "", "" },
	{ "ERROR", "tcptls.c", "Unable to connect SIP socket to 127.0.0.9:5061: Connection refused",
	  OUT, SV_METHOD_UNKNOWN, 0, SV_ERROR, "127.0.0.9:5061", "", "", "", "Connection refused" },
	{ "ERROR", "security_events.c", "Failed to issue security event of type InvalidAccountID.",
	  IN, SV_METHOD_UNKNOWN, 0, SV_UNKNOWN, "", "", "", "", "" },
	{ "WARNING", "logger", "Log queue threshold (1000) exceeded.  Discarding new messages.",
	  NO, SV_METHOD_UNKNOWN, 0, SV_GAP, "", "", "", "", "" },
	{ "NOTICE", "manager.c", "127.0.0.30 failed to authenticate as 'opsuser'",
	  IN, SV_METHOD_UNKNOWN, 0, SV_REJECTED, "127.0.0.30", "", "opsuser", "", "" },
	{ "NOTICE", "manager.c", "127.0.0.30 tried to authenticate with nonexistent user 'nobody'",
	  IN, SV_METHOD_UNKNOWN, 0, SV_UNKNOWN, "127.0.0.30", "", "nobody", "", "" },
	{ "NOTICE", "chan_iax2.c", "Host 127.0.0.30 failed MD5 authentication for 'u' (a != b)",
	  IN, SV_METHOD_UNKNOWN, 0, SV_REJECTED, "127.0.0.30", "", "u", "", "" },
	{ "NOTICE", "chan_iax2.c", "No registration for peer 'u' (from 127.0.0.30)",
	  IN, SV_METHOD_UNKNOWN, 0, SV_UNKNOWN, "127.0.0.30", "", "u", "", "" },
};

/* lines like those above that tell nothing of SIP */
static const struct row silent_rows[] = {
	{ .level = "DEBUG", .file = "chan_sip.c", .message = "Registration from '<sip:1@h>' failed for '1.2.3.4:5' - Wrong password" },
	{ .level = "NOTICE", .file = "app_queue.c", .message = "Registration from '<sip:1@h>' failed for '1.2.3.4:5' - Wrong password" },
	{ .level = "WARNING", .file = "res_rtp_asterisk.c", .message = "PJ ICE Rx error status code: 370401 'Unauthorized'." },
	{ .level = "VERBOSE", .file = "chan_sip.c", .message = "Unregistered SIP '1001'" },
	{ .level = "VERBOSE", .file = "res_pjsip_registrar.c", .message = "Removed contact 'sip:1@h' from AOR '1' due to request" },
	{ .level = "WARNING", .file = "func_hangupcause.c", .message = "Unable to find information for channel " },
	{ .level = "NOTICE", .file = "chan_sip.c", .message = "Peer '1001' is now something else" },
	{ .level = "VERBOSE", .file = "asterisk.c", .message = "Remote UNIX connection" },
	{ .level = "ERROR", .file = "security_events.c", .message = "Failed to issue security event of type ChallengeSent." },
	{ .level = "NOTICE", .file = "app_dial.c", .message = "Unable to create channel of type 'DAHDI' (cause 17 - User busy)" },
	{ .level = "WARNING", .file = "Ext. x: y", .message = "\"Rejecting unknown SIP connection from 127.0.0.23\"" },
};
/* clang-format on */

/* Layouts: @L level, @F file, @M message. */
static const struct layout {
	const char *name, *format;
	bool json;
} layouts[] = {
	{ "default", "[2026-11-22 19:15:34] @L[466] @F: @M", false },
	{ "no year", "[Nov 22 19:15:34] @L[466] @F: @M", false },
	{ "fraction", "[2026-11-22 19:15:34.151] @L[466] @F: @M", false },
	{ "plain", "[Nov 22 19:15:34] @L[466]: @F:4711 some_function: @M", false },
	{ "colours",
	  "[Nov 22 19:15:34] \033[1;33m@L\033[0m[466]: \033[1;37m@F\033[0m:"
	  "\033[1;37m4711\033[0m \033[1;37msome_function\033[0m: @M\r",
	  false },
	{ "syslog",
	  "Nov 22 19:15:34 pbx1 asterisk[51]: @L[466]: @F:4711 in some_function: "
	  "@M",
	  false },
	{ "rfc 5424",
	  "<133>1 2026-11-22T19:15:34.000000+00:00 pbx1 asterisk 51 - -  @L[466]: "
	  "@F:4711 in some_function: @M",
	  false },
	{ "journal", "@L[466]: @F:4711 in some_function: @M", false },
	{ "json",
	  "{\"hostname\":\"\",\"timestamp\":\"Nov 22 "
	  "19:15:34\",\"identifiers\":{\"lwp\":"
	  "466,\"callid\":\"\"},\"logmsg\":{\"location\":{\"filename\":\"@F\","
	  "\"function\":\"f\",\"line\":1},\"level\":\"@L\",\"message\":\"@M\\n\"}}",
	  true },
};

static void
escape(const char *from, char *to, size_t size)
{
	size_t n = 0;

	for (; *from && n + 8 < size; from++) {
		if (*from == '"' || *from == '\\')
			to[n++] = '\\';
		if (*from == '\t')
			n += (size_t)snprintf(to + n, size - n, "\\t");
		else
			to[n++] = *from;
	}
	to[n] = '\0';
}

static void
lay_out(char *out, size_t size, const struct layout *layout, const struct row *row)
{
	char escaped[1024];
	size_t n = 0;

	escape(row->message, escaped, sizeof(escaped));
	for (const char *f = layout->format; *f && n < size; f++) {
		const char *put = NULL;
		if (f[0] == '@' && f[1] == 'L')
			put = row->level;
		else if (f[0] == '@' && f[1] == 'F')
			put = row->file;
		else if (f[0] == '@' && f[1] == 'M')
			put = layout->json ? escaped : row->message;
		if (put) {
			n += (size_t)snprintf(out + n, size - n, "%s", put);
			f++;
		} else {
			out[n++] = *f;
		}
	}
	cr_assert_lt(n, size);
	out[n] = '\0';
}

static void
check_row(const struct row *row, const struct layout *layout)
{
	char text[2048], want[64], got[64];
	struct rig rig;

	lay_out(text, sizeof(text), layout, row);
	rig_open(&rig, NULL);
	rig_line(&rig, text);
	rig_close(&rig);
	cr_assert_eq(rig.n, 1, "%s: %u events: %s", layout->name, rig.n, text);
	const struct rig_event *e = &rig.seen[0];
	cr_expect_str_eq(outcome_name(e->e.outcome), outcome_name(row->outcome), "%s",
			 text);
	cr_expect_eq(e->e.leg, row->leg, "leg of %s", text);
	cr_expect_str_eq(method_name(e->e.method), method_name(row->method), "%s",
			 text);
	cr_expect_eq(e->e.code, row->code, "code %u of %s", e->e.code, text);
	cr_expect_eq(e->e.attribution, SV_ATTRIBUTION_CERTAIN, "%s", text);
	cr_expect_str_eq(e->ip, row->ip, "address %s of %s", e->ip, text);
	cr_expect_str_eq(e->peer, row->peer, "peer %s of %s", e->peer, text);
	cr_expect_str_eq(e->user, row->user, "user %s of %s", e->user, text);
	cr_expect_str_eq(e->dst, row->dst, "dst %s of %s", e->dst, text);
	cr_expect_str_eq(e->phrase, row->phrase, "phrase %s of %s", e->phrase, text);
	cr_expect_neq(e->e.hint.template_id, 0, "%s", text);
	if (strcmp(layout->name, "journal") != 0) {
		sv_usec at = e->e.time / SV_USEC_PER_SEC;
		snprintf(want, sizeof(want), "%s", "1795374934");
		snprintf(got, sizeof(got), "%llu", (unsigned long long)at);
		cr_expect_str_eq(got, want, "time %s of %s", got, text);
	}
}

static void
check_rows(const struct row *rows, size_t n)
{
	for (size_t l = 0; l < sizeof(layouts) / sizeof(layouts[0]); l++)
		for (size_t i = 0; i < n; i++)
			check_row(&rows[i], &layouts[l]);
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

Test(asterisk, chan_sip_tells_of_requests_and_answers)
{
	CHECK(sip_rows);
}

Test(asterisk, outbound_registrations_name_the_registrar)
{
	CHECK(register_rows);
}

Test(asterisk, pjsip_tells_of_requests_and_contacts)
{
	CHECK(pjsip_rows);
}

Test(asterisk, other_modules_tell_of_their_doors)
{
	CHECK(other_rows);
}

Test(asterisk, lines_that_look_alike_tell_nothing)
{
	for (size_t l = 0; l < sizeof(layouts) / sizeof(layouts[0]); l++)
		for (size_t i = 0; i < sizeof(silent_rows) / sizeof(silent_rows[0]);
		     i++) {
			char text[2048];
			struct rig rig;
			if (layouts[l].json)
				continue;
			lay_out(text, sizeof(text), &layouts[l], &silent_rows[i]);
			rig_open(&rig, "asterisk");
			rig_line(&rig, text);
			rig_close(&rig);
			cr_expect_eq(rig.n, 0, "%s", text);
		}
}

Test(asterisk, copies_of_one_record_have_the_same_hash)
{
	struct rig rig;

	for (size_t i = 0; i < sizeof(pjsip_rows) / sizeof(pjsip_rows[0]); i++) {
		uint64_t hash = 0;
		for (size_t l = 0; l < sizeof(layouts) / sizeof(layouts[0]); l++) {
			char text[2048];
			lay_out(text, sizeof(text), &layouts[l], &pjsip_rows[i]);
			rig_open(&rig, NULL);
			rig_line(&rig, text);
			rig_close(&rig);
			cr_assert_eq(rig.n, 1, "%s", text);
			if (l == 0)
				hash = rig.seen[0].e.hint.text_hash;
			cr_expect_eq(rig.seen[0].e.hint.text_hash, hash, "%s", text);
		}
	}
}

Test(asterisk, lost_messages_are_counted)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, "[Nov 22 19:15:34] WARNING[466] logger: Logging resumed.  17 "
		       "messages discarded.");
	rig_close(&rig);
	cr_assert_eq(rig.n, 1);
	cr_expect_eq(rig.seen[0].e.outcome, SV_GAP);
	cr_expect_eq(rig.seen[0].e.count, 17);
}

Test(asterisk, a_timer_after_a_refusal_is_no_attempt_of_its_own)
{
	static const char refused[] =
		"[Nov 22 19:15:21] NOTICE[466] chan_sip.c: Failed to "
		"authenticate on REGISTER to 'u@127.0.3.4' (Tries 3)";
	static const char timer[] =
		"[Nov 22 19:15:31] NOTICE[466] chan_sip.c:    -- Registration for "
		"'u@127.0.3.4' timed out, trying again (Attempt #5)";
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, refused);
	rig_line(&rig, timer);
	rig_line(&rig, timer);
	rig_close(&rig);
	cr_assert_eq(rig.n, 3);
	cr_expect_eq(rig.seen[0].e.hint.tell, SV_TELL_ATTEMPT);
	cr_expect_eq(rig.seen[1].e.hint.tell, SV_TELL_DETAIL);
	cr_expect_not(rig.seen[1].e.hint.alone);
	cr_expect_eq(rig.seen[2].e.hint.tell, SV_TELL_ATTEMPT);
}

Test(asterisk, the_acl_line_names_the_address)
{
	struct rig rig;

	/* an escape byte in To ate the real address: what is left reads well */
	rig_open(&rig, NULL);
	rig_line(&rig, "[Nov 22 19:15:21] NOTICE[466] acl.c: SIP Peer ACL: Rejecting "
		       "'127.0.0.14' due to a failure to pass ACL '(BASELINE)'");
	rig_line(&rig,
		 "[Nov 22 19:15:21] NOTICE[466] chan_sip.c: Registration from "
		 "'<sip:1020@h>' failed for '192.0.2.5:5060' - Device does not match "
		 "ACL");
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_str_eq(rig.seen[1].ip, "127.0.0.14");
}

Test(asterisk, verbose_lines_of_a_console_have_no_date)
{
	struct rig rig;

	rig_open(&rig, "asterisk");
	rig_line(&rig, "  == Using SIP RTP CoS mark 5");
	rig_line(&rig, "    -- Registered SIP '1001' at 127.0.0.2:5066");
	rig_line(&rig,
		 "[Nov 22 19:15:34] NOTICE[466]: chan_sip.c:25029 f: Peer '1001' is "
		 "now Reachable. (1ms / 500ms)");
	rig_line(&rig, "  == Endpoint 2001 is now Unreachable");
	rig_close(&rig);
	cr_assert_eq(rig.n, 3);
	cr_expect_eq(rig.seen[0].e.outcome, SV_REGISTERED);
	cr_expect_eq(rig.seen[2].e.outcome, SV_UNREACHABLE);
	cr_expect_str_eq(rig.seen[2].peer, "2001");
}

Test(asterisk, a_contact_and_its_endpoint_are_one_however_late_they_come)
{
	static const char *const lines[] = {
		"2026-11-22T19:30:10.013314+00:00 pbx1 asterisk[3487]: VERBOSE[3518]: "
		"res_pjsip/pjsip_configuration.c:1576 in f: Endpoint 2001 is now "
		"Unreachable",
		"2026-11-22T19:30:10.013463+00:00 pbx1 asterisk[3487]: VERBOSE[3518]: "
		"res_pjsip/pjsip_options.c:741 in f: Contact "
		"2001/sip:2001@127.0.0.2:50559 is now Unreachable.  RTT: 0.000 msec",
	};
	struct rig rig;

	rig_open(&rig, "asterisk");
	for (size_t i = 0; i < 2; i++) {
		struct sv_record record = {
			.text = str_of(lines[i]),
			.flags = SV_RECORD_SYSLOG,
			.time = (UINT64_C(1795375811) + 5 * i) * SV_USEC_PER_SEC,
			.time_source = SV_TIME_RECEIVED,
		};
		cr_expect_eq(stream_feed(rig.stream, &record), SV_PARSE_EVENT);
	}
	rig_close(&rig);
	cr_assert_eq(rig.n, 2);
	cr_expect_eq(rig.seen[0].e.hint.tell, SV_TELL_ATTEMPT);
	cr_expect_eq(rig.seen[1].e.hint.tell, SV_TELL_DETAIL);
}

Test(asterisk, a_file_with_prefixes_has_no_console_lines)
{
	struct rig rig;

	rig_open(&rig, NULL);
	rig_line(&rig, "[Nov 22 19:15:34] NOTICE[466] chan_sip.c: Peer '1001' is now "
		       "Reachable. (1ms / 500ms)");
	rig_line(&rig, "    -- Registered SIP '1001' at 192.0.2.2:5066");
	rig_close(&rig);
	cr_expect_eq(rig.n, 1);
}
