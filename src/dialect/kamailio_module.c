/* SPDX-License-Identifier: Apache-2.0 */
/* What modules and the core of both proxies say of requests, peers and our own
 * registrations. Most of their lines hold a packet's text and no address. */
#include "dialect/kamailio_line.h"

#define IN SV_LEG_IN
#define OUT SV_LEG_OUT

/** "I'm terribly sorry, server error occurred (1/SL)", "Unresolvable destination
 *  (478/SL)": the code where it is one. */
static enum sv_parse
finish_stateless(struct kamailio_line *line, struct sv_event *ev)
{
	size_t open = str_find_last(ev->claim.phrase, SV_STR("("));
	uint64_t code = 0;

	if (open != STR_NONE)
		(void)str_take_u64(str_from(ev->claim.phrase, open + 1), &code);
	ev->code = code >= 400 && code < 700 ? (uint16_t)code : 500;
	ev->outcome = ev->code == 478 ? SV_CONGESTION : SV_ERROR;
	return kamailio_emit(line, ev);
}

static enum sv_parse
finish_database(struct kamailio_line *line, struct sv_event *ev)
{
	ev->category = SV_STR("database");
	return kamailio_emit(line, ev);
}

static enum sv_parse
finish_connections(struct kamailio_line *line, struct sv_event *ev)
{
	ev->transport = SV_TCP;
	return kamailio_emit(line, ev);
}

static enum sv_parse
finish_tls(struct kamailio_line *line, struct sv_event *ev)
{
	ev->transport = SV_TLS;
	return kamailio_emit(line, ev);
}

/** "1002@carrier.example.com" of "sip:1002@carrier.example.com". */
static enum sv_parse
finish_aor(struct kamailio_line *line, struct sv_event *ev)
{
	if (str_starts(ev->peer, SV_STR("sip:")))
		ev->peer = str_from(ev->peer, 4);
	return kamailio_emit(line, ev);
}

/* clang-format off */
static const struct kamailio_row pike_rows[] = {
	{ "PIKE - BLOCKing ip %a, node=%w",
	  KAMAILIO_PIKE, 0, IN, 0, SV_BLOCKED, kamailio_block_begin },
	{ "PIKE - UNBLOCKing node %w",
	  KAMAILIO_PIKE_END, 0, 0, 0, SV_OK, kamailio_block_end },
	{ "PIKE - UNBLOCKing ip %a",
	  KAMAILIO_PIKE_END, 0, 0, 0, SV_OK, kamailio_block_end },
	{ 0 },
};

static const struct kamailio_row core_rows[] = {
	{ "core parsing of SIP message failed (%b/%t)",
	  KAMAILIO_PARSER, 400, IN, 0, SV_MALFORMED, NULL },
	{ "maximum number of connections exceeded: %d/%d",
	  KAMAILIO_CONNECTIONS, 0, IN, 0, SV_BLOCKED, finish_connections },
	{ 0 },
};

static const struct kamailio_row tls_rows[] = {
	{ "src addr: %b", KAMAILIO_TLS, 0, 0, 0, SV_ERROR, finish_tls },
	{ "source IP: %a", KAMAILIO_TLS, 0, 0, 0, SV_ERROR, finish_tls },
	{ 0 },
};

static const struct kamailio_row registrar_rows[] = {
	{ "too many contacts for AOR <%u> (%s)",
	  KAMAILIO_REGISTRAR, 503, IN, SV_REGISTER, SV_BLOCKED, NULL },
	{ "too many contacts for AOR <%u>, max=%d",
	  KAMAILIO_REGISTRAR, 503, IN, SV_REGISTER, SV_BLOCKED, NULL },
	{ "too many contacts for AOR <%u>",
	  KAMAILIO_REGISTRAR, 503, IN, SV_REGISTER, SV_BLOCKED, NULL },
	{ "invalid cseq for aor <%u>",
	  KAMAILIO_REGISTRAR, 400, IN, SV_REGISTER, SV_MALFORMED, NULL },
	{ 0 },
};

static const struct kamailio_row sl_rows[] = {
	{ "stateless error reply used: %h",
	  KAMAILIO_STATELESS, 0, IN, 0, SV_ERROR, finish_stateless },
	{ 0 },
};

static const struct kamailio_row auth_db_rows[] = {
	{ "failed to query database",
	  KAMAILIO_DATABASE, 0, IN, 0, SV_ERROR, finish_database },
	{ "failed to query the database",
	  KAMAILIO_DATABASE, 0, IN, 0, SV_ERROR, finish_database },
	{ 0 },
};

static const struct kamailio_row uac_rows[] = {
	{ "got sip response %c while registering [%p]",
	  KAMAILIO_OUT_REGISTER, 0, OUT, SV_REGISTER, 0, NULL },
	{ "got sip response %c while registering",
	  KAMAILIO_OUT_REGISTER, 0, OUT, SV_REGISTER, 0, NULL },
	{ "authentication failed for <%p>",
	  KAMAILIO_OUT_REGISTER, 0, OUT, SV_REGISTER, SV_REJECTED, NULL },
	{ 0 },
};

static const struct kamailio_row receive_rows[] = {
	{ "Unable to parse msg received from [%b]",
	  KAMAILIO_PARSER, 400, IN, 0, SV_MALFORMED, NULL },
	{ 0 },
};

static const struct kamailio_row registrant_rows[] = {
	{ "Wrong credentials for [%p]",
	  KAMAILIO_OUT_REGISTER, 0, OUT, SV_REGISTER, SV_REJECTED, finish_aor },
	{ "Unexpected [%c] notification cb in state [%s]",
	  KAMAILIO_OUT_REGISTER, 0, OUT, SV_REGISTER, 0, NULL },
	{ 0 },
};

static const struct kamailio_row balancer_rows[] = {
	{ "disable destination %d <%p> after %c reply on probe",
	  KAMAILIO_GATEWAY_DOWN, 0, OUT, SV_OPTIONS, SV_UNREACHABLE, finish_aor },
	{ "re-enable destination %d <%p> after %c reply on probe",
	  KAMAILIO_GATEWAY_UP, 0, OUT, SV_OPTIONS, SV_REACHABLE, finish_aor },
	{ 0 },
};

static const struct kamailio_row dispatcher_rows[] = {
	{ "failed to send probe for <%p>, set %d",
	  KAMAILIO_GATEWAY_DOWN, 0, OUT, SV_OPTIONS, SV_UNREACHABLE, finish_aor },
	{ 0 },
};
/* clang-format on */

struct module {
	const char *name;
	const struct kamailio_row *rows;
	bool complete; /* these are all the lines that it writes of packets */
};

static const struct module kamailio_modules[] = {
	{ "pike", pike_rows, true }, { "core", core_rows, false },
	{ "tls", tls_rows, false },  { "registrar", registrar_rows, false },
	{ "sl", sl_rows, false },    { "auth_db", auth_db_rows, false },
	{ "uac", uac_rows, false },  { NULL, NULL, false },
};

static const struct module opensips_modules[] = {
	{ "core", receive_rows, false },
	{ "registrar", registrar_rows, false },
	{ "auth_db", auth_db_rows, false },
	{ "uac_registrant", registrant_rows, false },
	{ "load_balancer", balancer_rows, false },
	{ "dispatcher", dispatcher_rows, false },
	{ NULL, NULL, false },
};

static enum kamailio_way
modules_read(const struct module *m, const struct kamailio_line *line,
	     const struct kamailio_head *head, struct kamailio_reading *reading)
{
	for (; m->name; m++) {
		if (!str_eq(head->module, str_of(m->name)))
			continue;
		if (kamailio_rows(m->rows, line, head, reading))
			return KAMAILIO_FITS;
		return m->complete ? KAMAILIO_IMPOSSIBLE : KAMAILIO_OPEN;
	}
	return KAMAILIO_OPEN;
}

enum kamailio_way
kamailio_module_read(const struct kamailio_line *line, const struct kamailio_head *head,
		     struct kamailio_reading *reading)
{
	if (!line->opensips)
		return modules_read(kamailio_modules, line, head, reading);
	/* pike's lines bear no name there */
	if (!head->module.len)
		return kamailio_rows(pike_rows, line, head, reading) ? KAMAILIO_FITS
								     : KAMAILIO_OPEN;
	return modules_read(opensips_modules, line, head, reading);
}
