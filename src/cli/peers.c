/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>

#define PEER_COLUMNS 24
#define SPARKS 12

/* Failures in twelfths of the span, as a row of bars; digits of the logarithm where the
 * terminal has no such characters. */
static void
add_spark(struct buffer *out, const json_t *peer)
{
	static const char *const bars[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	const json_t *spark = json_object_get(peer, "spark"), *value;
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	json_int_t most = 1;
	size_t i;

	json_array_foreach(spark, i, value)
	{
		if (json_integer_value(value) > most)
			most = json_integer_value(value);
	}
	json_array_foreach(spark, i, value)
	{
		json_int_t n = json_integer_value(value);
		size_t height = n > 0 ? (size_t)(1 + (n * 6 + most / 2) / most) : 0;

		if (utf8)
			buffer_add_cstr(out, bars[height > 7 ? 7 : height]);
		else
			buffer_add_char(out, (char)('0' + (height > 7 ? 7 : height)));
	}
}

static void
add_worst(struct buffer *out, const json_t *peer)
{
	uint64_t code = online_u64(peer, "worst_code");
	struct buffer text;
	char count[32];

	buffer_init(&text);
	if (online_u64(peer, "worst_count")) {
		online_number(count, online_u64(peer, "worst_count"));
		if (code)
			buffer_addf(&text, "%s %" PRIu64 " ×%s",
				    online_text(peer, "worst"), code, count);
		else
			buffer_addf(&text, "%s ×%s", online_text(peer, "worst"), count);
	}
	terminal_cell(out, buffer_str(&text), 24);
	buffer_done(&text);
}

static void
add_state(struct online *online, const json_t *peer)
{
	enum sv_severity severity = online_severity(online_text(peer, "severity"));
	const json_t *rule;
	size_t i;

	if (json_array_size(json_object_get(peer, "alerts")) == 0)
		return;
	buffer_add_cstr(&online->out, terminal_severity(&online->terminal, severity));
	json_array_foreach(json_object_get(peer, "alerts"), i, rule)
	{
		buffer_addf(&online->out, "%s%s", i ? ", " : "",
			    json_string_value(rule));
	}
	buffer_add_cstr(&online->out, terminal_plain(&online->terminal));
}

static void
add_row(struct online *online, const json_t *peer)
{
	uint64_t events = online_u64(peer, "events");
	uint64_t failures = online_u64(peer, "failures");
	struct buffer name;
	char text[32];

	buffer_init(&name);
	buffer_add_clean(&name, str_of(online_text(peer, "peer")), 80);
	terminal_cell(&online->out, buffer_str(&name), PEER_COLUMNS);
	terminal_cell(&online->out, str_of(online_text(peer, "leg")), 5);
	add_spark(&online->out, peer);
	online_number(text, online_u64(peer, "calls"));
	terminal_cell_right(&online->out, str_of(text), 8);
	online_number(text, failures);
	terminal_cell_right(&online->out, str_of(text), 9);
	(void)snprintf(text, sizeof(text), "%.1f %%",
		       events ? 100.0 * (double)failures / (double)events : 0.0);
	terminal_cell_right(&online->out, events ? str_of(text) : SV_STR("–"), 9);
	buffer_add_cstr(&online->out, "  ");
	add_worst(&online->out, peer);
	add_state(online, peer);
	buffer_add_char(&online->out, '\n');
	buffer_done(&name);
}

static void
add_title(struct online *online, const json_t *first)
{
	char span[64];

	online_age(span, online_u64(first, "span_sec"));
	buffer_add_cstr(&online->out, terminal_bold(&online->terminal));
	terminal_cell(&online->out, str_of(_("peer")), PEER_COLUMNS);
	terminal_cell(&online->out, str_of(_("leg")), 5);
	terminal_cell(&online->out, str_of(_("failures")), SPARKS);
	terminal_cell_right(&online->out, str_of(_("calls")), 8);
	terminal_cell_right(&online->out, str_of(_("failed")), 9);
	terminal_cell_right(&online->out, str_of(_("share")), 9);
	buffer_add_cstr(&online->out, "  ");
	terminal_cell(&online->out, str_of(_("worst")), 24);
	buffer_addf(&online->out, _("alerts   (last %s)\n"), span);
	buffer_add_cstr(&online->out, terminal_plain(&online->terminal));
}

static void
show(struct online *online)
{
	const json_t *lines = online->reply.lines, *peer;
	size_t i;

	if (json_array_size(lines) == 0) {
		if (online->n_words)
			buffer_addf(
				&online->out,
				_("nothing told about '%s' in that time (an hour, "
				  "or --span SECONDS; all: sipvigil peers --all)\n"),
				online->args[online->n_args - 1]);
		else
			buffer_add_cstr(&online->out,
					_("no SIP attempt was told of in that time (an "
					  "hour, or --span SECONDS)\n"));
		return;
	}
	add_title(online, json_array_get(lines, 0));
	json_array_foreach(lines, i, peer)
	{
		add_row(online, peer);
	}
	if (online->reply.omitted)
		buffer_addf(&online->out,
			    _("… %" PRIu64 " more (sipvigil peers --all)\n"),
			    online->reply.omitted);
}

static int
run(int argc, char **argv)
{
	static const char *const flags[] = { "--all", NULL };
	static const char *const values[] = { "--span", NULL };
	static const struct online_spec spec = { .flags = flags,
						 .values = values,
						 .max_words = 1 };
	struct online online;
	int code;

	if (online_ask(&online, &command_peers, argc, argv, &spec, &code)) {
		show(&online);
		code = online_end(&online);
	}
	online_done(&online);
	return code;
}

const struct command command_peers = {
	.word = "peers",
	.arguments = "[PEER] [--all] [--span SECONDS] [--socket PATH] [--json]",
	.summary = N_("what each peer did lately, most failures first"),
	.help = N_("A peer is a trunk, endpoint or gateway as it is named in the "
		   "configuration of the\n"
		   "PBX, or an address. `leg in`: it asked us, `leg out`: we asked it. "
		   "Seen from the\n"
		   "recent events that the daemon keeps in 1 MiB of memory.\n"
		   "\n"
		   "  PEER             this one alone\n"
		   "  --all            all, not the first 20\n"
		   "  --span SECONDS   how far back, instead of 3600\n"
		   "  --socket PATH    control socket (/run/sipvigil/control)\n"
		   "  --json           one object a peer\n"),
	.run = run,
};
