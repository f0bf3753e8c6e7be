/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/online.h"
#include "cli/unknown.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

#define NAME_COLUMNS 22

static void
add_head(struct online *online, const json_t *status)
{
	size_t sources = json_array_size(json_object_get(status, "sources"));
	size_t outputs = json_array_size(json_object_get(status, "outputs"));
	char up[64], zone[32];
	struct buffer line;

	buffer_init(&line);
	online_age(up, online_u64(status, "uptime_sec"));
	online_zone(zone);
	buffer_addf(&line, _("sipvigild %s on %s, up %s, watching "),
		    online_text(status, "version"), online_text(status, "host"), up);
	buffer_addf(&line, ngettext("%zu source, ", "%zu sources, ", sources), sources);
	buffer_addf(&line, ngettext("%zu output", "%zu outputs", outputs), outputs);
	terminal_cell(&online->out, buffer_str(&line), 76);
	buffer_addf(&online->out, " %s\n", zone);
	buffer_done(&line);
}

/* Only when something is held back, or may be. */
static void
add_silences(struct online *online, const json_t *status)
{
	const json_t *silences = json_object_get(status, "silences");
	uint64_t active = online_u64(silences, "active");
	uint64_t held = online_u64(json_object_get(status, "alerts"), "held");

	if (!active && !held)
		return;
	buffer_addf(&online->out,
		    ngettext("%" PRIu64 " silence active",
			     "%" PRIu64 " silences active", active),
		    active);
	buffer_addf(&online->out,
		    ngettext(", %" PRIu64 " open alert held back",
			     ", %" PRIu64 " open alerts held back", held),
		    held);
	buffer_add_cstr(&online->out, _("   (sipvigil silence list)\n"));
}

static void
add_alerts(struct online *online, const json_t *status)
{
	const json_t *alerts = json_object_get(status, "alerts");
	uint64_t critical = online_u64(alerts, "critical");
	uint64_t warning = online_u64(alerts, "warning");
	enum sv_severity worst = critical  ? SV_SEVERITY_CRITICAL
				 : warning ? SV_SEVERITY_WARNING
					   : SV_SEVERITY_OK;

	buffer_add_cstr(&online->out, terminal_severity(&online->terminal, worst));
	if (critical + warning == 0)
		buffer_add_cstr(&online->out, _("no alert open"));
	else
		buffer_addf(&online->out,
			    ngettext("%" PRIu64 " alert open",
				     "%" PRIu64 " alerts open", critical + warning),
			    critical + warning);
	if (critical)
		buffer_addf(&online->out, _(": %" PRIu64 " critical"), critical);
	if (warning)
		buffer_addf(&online->out, _("%s%" PRIu64 " warning"),
			    critical ? ", " : ": ", warning);
	buffer_add_cstr(&online->out, terminal_plain(&online->terminal));
	buffer_add_cstr(&online->out,
			critical + warning ? _("   (sipvigil alerts)\n") : "\n");
	add_silences(online, status);
}

/* What is written of the state is worth a line only when something is wrong with it. */
static void
add_state(struct online *online, const json_t *state)
{
	const char *problem = online_text(state, "problem");
	uint64_t waiting = online_u64(state, "in_memory");
	uint64_t dropped = online_u64(state, "dropped");

	if (problem[0])
		buffer_addf(&online->out, _("state: %s\n"), problem);
	if (problem[0] && waiting)
		buffer_addf(&online->out,
			    _("state: %" PRIu64 " entries wait in memory\n"), waiting);
	if (dropped)
		buffer_addf(&online->out,
			    _("state: %" PRIu64 " alerts given up for the limits\n"),
			    dropped);
}

static void
add_notes(struct online *online, const json_t *status)
{
	const char *found = online_text(status, "found");
	const char *note = online_text(status, "note");

	if (json_is_true(json_object_get(status, "zero"))) {
		buffer_add_cstr(
			&online->out,
			online_text(status, "config")[0]
				? _("no input is configured; found on this host: ")
				: _("no configuration; found on this host: "));
		buffer_addf(&online->out, "%s\n", found[0] ? found : _("nothing"));
	}
	if (note[0])
		buffer_addf(&online->out, "%s\n", note);
	add_state(online, json_object_get(status, "state"));
}

static void
add_note_cell(struct online *online, const char *word, const char *text)
{
	if (!word[0] && !text[0])
		return;
	buffer_add_cstr(&online->out, "  ");
	buffer_add_cstr(&online->out, word);
	if (word[0] && text[0])
		buffer_add_cstr(&online->out, ": ");
	buffer_add_clean(&online->out, str_of(text), 240);
}

/** From this share of unknown lines on they are worth a word. */
#define UNKNOWN_SHARE 0.01

/* Some lines are not understood, though nothing is wrong with the source as a whole. */
static void
add_unknown_note(struct online *online, const json_t *source)
{
	uint64_t unknown = online_u64(source, "unknown");
	double share = online_double(source, "recognised");
	char text[32];

	if (isnan(share) || 1 - share < UNKNOWN_SHARE)
		return;
	online_number(text, unknown);
	buffer_addf(&online->out,
		    ngettext("  %s line unknown (sipvigil status --unknown)",
			     "  %s lines unknown (sipvigil status --unknown)", unknown),
		    text);
}

static void
add_source(struct online *online, const json_t *source)
{
	double share = online_double(source, "recognised");
	double lag = online_double(source, "lag_sec");
	bool has_data = json_is_true(json_object_get(source, "has_data"));
	const char *problem = online_text(source, "problem");
	char text[32];

	terminal_cell(&online->out, str_of(online_text(source, "name")), NAME_COLUMNS);
	(void)snprintf(text, sizeof(text), "%.1f",
		       online_double(source, "lines_per_sec"));
	terminal_cell_right(&online->out, str_of(text), 9);
	(void)snprintf(text, sizeof(text), "%.1f %%", share * 100);
	terminal_cell_right(&online->out, isnan(share) ? SV_STR("–") : str_of(text),
			    12);
	(void)snprintf(text, sizeof(text), "%.1f s", lag);
	terminal_cell_right(&online->out, has_data ? str_of(text) : SV_STR("–"), 9);
	if (!problem[0] && !has_data)
		problem = online_u64(source, "lines") ? _("no line of a known PBX yet")
						      : _("no line yet");
	add_note_cell(online, has_data ? "" : "UNKNOWN", problem);
	if (has_data && !problem[0])
		add_unknown_note(online, source);
	buffer_add_char(&online->out, '\n');
}

/* "; down for 5 min, next try in 12 s" */
static void
add_down(struct online *online, const json_t *output)
{
	sv_usec now = (sv_usec)time(NULL) * SV_USEC_PER_SEC;
	sv_usec since = online_time(output, "down_since");
	sv_usec next = online_time(output, "next_try");
	char text[64];

	if (!since)
		return;
	online_age(text, now > since ? (now - since) / SV_USEC_PER_SEC : 0);
	buffer_addf(&online->out, _("; down for %s"), text);
	if (!next)
		return;
	online_age(text, next > now ? (next - now) / SV_USEC_PER_SEC : 0);
	buffer_addf(&online->out, _(", next try in %s"), text);
}

static void
add_output(struct online *online, const json_t *output)
{
	char text[32];
	uint64_t dropped = online_u64(output, "dropped");
	uint64_t failed = online_u64(output, "failed");

	terminal_cell(&online->out, str_of(online_text(output, "name")), NAME_COLUMNS);
	online_number(text, online_u64(output, "delivered"));
	terminal_cell_right(&online->out, str_of(text), 9);
	online_number(text, online_u64(output, "waiting"));
	terminal_cell_right(&online->out, str_of(text), 12);
	online_number(text, dropped);
	terminal_cell_right(&online->out, str_of(text), 9);
	add_note_cell(online, "", online_text(output, "problem"));
	add_down(online, output);
	if (failed)
		buffer_addf(&online->out, _("  %" PRIu64 " refused"), failed);
	buffer_add_char(&online->out, '\n');
}

/* Of a syslog receiver: what did not come in. Its senders are sources. */
static void
add_receiver(struct online *online, const json_t *receiver)
{
	static const struct {
		const char *key, *words;
	} counts[] = {
		{ "lost", N_("lost") },
		{ "refused", N_("not permitted") },
		{ "connections_refused", N_("connections too many") },
		{ "broken", N_("connections broken") },
		{ "tls_refused", N_("refused by TLS") },
	};
	uint64_t senders = online_u64(receiver, "senders");
	uint64_t connections = online_u64(receiver, "connections");

	buffer_addf(&online->out, "%s  ", online_text(receiver, "name"));
	buffer_add_clean(&online->out, str_of(online_text(receiver, "listen")), 240);
	buffer_addf(&online->out,
		    ngettext(": %" PRIu64 " sender", ": %" PRIu64 " senders", senders),
		    senders);
	buffer_addf(&online->out,
		    ngettext(", %" PRIu64 " connection", ", %" PRIu64 " connections",
			     connections),
		    connections);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		char text[32];
		uint64_t n = online_u64(receiver, counts[i].key);
		online_number(text, n);
		if (n)
			buffer_addf(&online->out, ", %s %s", text, _(counts[i].words));
	}
	buffer_add_char(&online->out, '\n');
}

/* Those with a problem first, the rest in their order. */
static void
add_rows(struct online *online, const json_t *rows,
	 void (*add)(struct online *online, const json_t *row))
{
	const json_t *row;
	size_t i;

	for (int pass = 0; pass < 2; pass++) {
		json_array_foreach(rows, i, row)
		{
			bool bad = online_text(row, "problem")[0] ||
				   json_is_false(json_object_get(row, "has_data"));
			if (bad == (pass == 0))
				add(online, row);
		}
	}
}

static void
add_title(struct online *online, const char *const titles[4], bool note)
{
	static const size_t columns[] = { NAME_COLUMNS, 9, 12, 9 };

	buffer_add_char(&online->out, '\n');
	buffer_add_cstr(&online->out, terminal_bold(&online->terminal));
	terminal_cell(&online->out, str_of(titles[0]), columns[0]);
	for (size_t i = 1; i < 4; i++)
		terminal_cell_right(&online->out, str_of(titles[i]), columns[i]);
	if (note)
		buffer_addf(&online->out, "  %s", _("note"));
	buffer_add_cstr(&online->out, terminal_plain(&online->terminal));
	buffer_add_char(&online->out, '\n');
}

static void
add_limits(struct online *online, const json_t *status)
{
	char keys[32], keys_max[32], memory[32], memory_max[32], late[32], evicted[32];

	online_number(keys, online_u64(status, "keys"));
	online_number(keys_max, online_u64(status, "keys_max"));
	online_bytes(memory, online_u64(status, "memory_bytes"));
	online_bytes(memory_max, online_u64(status, "memory_max"));
	online_number(late, online_u64(status, "late"));
	online_number(evicted, online_u64(status, "evicted"));
	buffer_addf(&online->out,
		    _("\nkeys %s of %s   memory %s of %s   late %s   evicted %s\n"),
		    keys, keys_max, memory, memory_max, late, evicted);
}

static void
show(struct online *online, const json_t *status)
{
	const json_t *sources = json_object_get(status, "sources");
	const json_t *outputs = json_object_get(status, "outputs");
	const json_t *receivers = json_object_get(status, "receivers"), *receiver;
	size_t i;
	const char *source_titles[] = { _("source"), _("lines/s"), _("recognised"),
					_("lag") };
	const char *output_titles[] = { _("output"), _("delivered"), _("waiting"),
					_("dropped") };

	add_head(online, status);
	add_alerts(online, status);
	add_notes(online, status);
	if (json_array_size(sources)) {
		add_title(online, source_titles, true);
		add_rows(online, sources, add_source);
	} else {
		buffer_add_cstr(&online->out,
				_("\nUNKNOWN: nothing is read; add a section \"file\", "
				  "\"journal\" or \"syslog\" to sipvigil.conf(5)\n"));
	}
	json_array_foreach(receivers, i, receiver)
	{
		if (i == 0)
			buffer_add_char(&online->out, '\n');
		add_receiver(online, receiver);
	}
	if (json_array_size(outputs)) {
		add_title(online, output_titles, true);
		add_rows(online, outputs, add_output);
	}
	add_limits(online, status);
}

/* Sources with the most unknown lines first. */
static void
show_unknown(struct online *online)
{
	json_t *lines = online->reply.lines;
	size_t n = json_array_size(lines);
	bool any = false;

	for (size_t left = n; left; left--) {
		size_t most = 0;
		for (size_t i = 1; i < left; i++)
			if (online_u64(json_array_get(lines, i), "unknown") >
			    online_u64(json_array_get(lines, most), "unknown"))
				most = i;
		const json_t *source = json_array_get(lines, most);
		any |= online_u64(source, "unknown") > 0;
		unknown_add(&online->out, &online->terminal, source);
		(void)json_array_remove(lines, most);
	}
	if (any)
		unknown_add_next(&online->out);
	if (!n)
		buffer_add_cstr(&online->out, _("nothing is read: sipvigil status\n"));
}

static int
run(int argc, char **argv)
{
	static const char *const flags[] = { "--unknown", NULL };
	static const struct online_spec spec = { .flags = flags };
	struct online online;
	int code;

	if (online_ask(&online, &command_status, argc, argv, &spec, &code)) {
		if (online.n_args)
			show_unknown(&online);
		else
			show(&online, json_array_get(online.reply.lines, 0));
		code = online_end(&online);
	}
	online_done(&online);
	return code;
}

const struct command command_status = {
	.word = "status",
	.arguments = "[--unknown] [--socket PATH] [--json]",
	.summary = N_("how the daemon is: alerts open, sources, outputs, limits"),
	.help = N_(
		"Sources: lines a second over the last minute, share of them that are "
		"lines of a\n"
		"known PBX, and how old the newest was when it was read. A source that "
		"never\n"
		"delivered a readable line is UNKNOWN.\n"
		"\n"
		"  --unknown       instead: how many lines of each source told an "
		"event, "
		"were\n"
		"                  ignored, are unknown, and what the unknown ones "
		"look "
		"like,\n"
		"                  most common first: <n> a number, <ip> an address, "
		"<text> quoted,\n"
		"                  <v> a value\n"
		"  --socket PATH   control socket (/run/sipvigil/control)\n"
		"  --json          one object with all of it; with --unknown one a "
		"source\n"),
	.run = run,
};
