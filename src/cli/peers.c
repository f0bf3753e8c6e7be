/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "base/text.h"
#include "cli/glyph.h"
#include "cli/peer_text.h"

#include <inttypes.h>
#include <stdio.h>

#define LEG_COLUMNS 4
#define CALLS_COLUMNS 7
#define SHARE_COLUMNS 9
#define SPARK_COLUMNS 12
#define MIN_NAME 10
#define MAX_NAME 28
#define MAX_WORST 20
/** Gaps between columns. */
#define GAP 2

/** Widths of the columns that fit their content; spark 0: left out. */
struct widths {
	size_t name, worst, spark;
	size_t state; /* 0 = no limit */
};

static void
widen(size_t *width, struct sv_str text, size_t most)
{
	size_t columns = terminal_columns(text);

	if (columns > *width)
		*width = columns < most ? columns : most;
}

static size_t
fixed_columns(const struct widths *w)
{
	return w->name + LEG_COLUMNS + GAP + w->spark + CALLS_COLUMNS + SHARE_COLUMNS +
	       GAP + w->worst + GAP;
}

/* What there is not enough room for goes in this order: the rest of the state, of the
 * name, the bars. */
static void
fit(struct widths *w, size_t state, size_t columns)
{
	size_t least = state < 12 ? state : 12;

	if (columns == 0)
		return;
	if (fixed_columns(w) + state <= columns) {
		w->state = state;
		return;
	}
	while (w->name > 16 && fixed_columns(w) + least > columns)
		w->name--;
	if (fixed_columns(w) + least > columns)
		w->spark = 0;
	while (w->name > MIN_NAME && fixed_columns(w) + least > columns)
		w->name--;
	w->state = columns > fixed_columns(w) ? columns - fixed_columns(w) : 1;
}

static void
measure(struct online *online, struct widths *w)
{
	const json_t *peer;
	struct buffer text;
	size_t i, state = 5;

	*w = (struct widths){ .name = MIN_NAME, .spark = SPARK_COLUMNS };
	w->worst = terminal_columns(str_of(_("worst")));
	buffer_init(&text);
	json_array_foreach(online->reply.lines, i, peer)
	{
		buffer_clear(&text);
		buffer_add_clean(&text, str_of(online_text(peer, "peer")), 80);
		widen(&w->name, buffer_str(&text), MAX_NAME);
		buffer_clear(&text);
		peer_text_worst(&text, peer);
		widen(&w->worst, buffer_str(&text), MAX_WORST);
		buffer_clear(&text);
		peer_text_state(&text, peer);
		widen(&state, buffer_str(&text), 200);
	}
	buffer_done(&text);
	fit(w, state, online->terminal.columns);
}

static void
add_state(struct online *online, const json_t *peer, size_t width)
{
	enum sv_severity severity = online_severity(online_text(peer, "severity"));
	struct buffer state;

	buffer_init(&state);
	peer_text_state(&state, peer);
	if (state.len) {
		bool open = json_array_size(json_object_get(peer, "alerts")) > 0;
		if (open)
			buffer_add_cstr(&online->out,
					terminal_severity(&online->terminal, severity));
		if (width && terminal_columns(buffer_str(&state)) > width)
			terminal_cell(&online->out, buffer_str(&state), width);
		else
			buffer_add(&online->out, buffer_str(&state));
		if (open)
			buffer_add_cstr(&online->out,
					terminal_plain(&online->terminal));
	}
	buffer_done(&state);
}

static void
add_row(struct online *online, const struct widths *w, const json_t *peer)
{
	struct buffer *out = &online->out;
	struct buffer text;
	char number[32];

	buffer_init(&text);
	buffer_add_clean(&text, str_of(online_text(peer, "peer")), 80);
	terminal_cell(out, buffer_str(&text), w->name);
	buffer_add_cstr(out, "  ");
	terminal_cell(out, str_of(online_text(peer, "leg")), LEG_COLUMNS);
	if (w->spark)
		glyph_spark(out, json_object_get(peer, "spark"));
	online_number(number, online_u64(peer, "calls"));
	terminal_cell_right(out, str_of(number), CALLS_COLUMNS);
	peer_text_share(number, peer);
	terminal_cell_right(out, str_of(number), SHARE_COLUMNS);
	buffer_add_cstr(out, "  ");
	buffer_clear(&text);
	peer_text_worst(&text, peer);
	terminal_cell(out, buffer_str(&text), w->worst);
	buffer_add_cstr(out, "  ");
	add_state(online, peer, w->state);
	buffer_add_char(out, '\n');
	buffer_done(&text);
}

static void
add_title(struct online *online, const struct widths *w, const json_t *first)
{
	struct buffer *out = &online->out;
	char span[64], title[96];

	online_age(span, online_u64(first, "span_sec"));
	if (online_u64(first, "span_sec") == 3600)
		(void)snprintf(title, sizeof(title), "%s", _("last hour"));
	else
		(void)snprintf(title, sizeof(title), _("last %s"), span);
	buffer_add_cstr(out, terminal_bold(&online->terminal));
	terminal_cell(out, str_of(_("peer")), w->name);
	buffer_add_cstr(out, "  ");
	terminal_cell(out, str_of(_("leg")), LEG_COLUMNS);
	if (w->spark)
		terminal_cell(out, str_of(title), SPARK_COLUMNS);
	terminal_cell_right(out, str_of(_("calls")), CALLS_COLUMNS);
	terminal_cell_right(out, str_of(_("failed")), SHARE_COLUMNS);
	buffer_add_cstr(out, "  ");
	terminal_cell(out, str_of(_("worst")), w->worst);
	buffer_addf(out, "  %s", _("state"));
	buffer_add_cstr(out, terminal_plain(&online->terminal));
	buffer_add_char(out, '\n');
}

static void
say_nothing(struct online *online)
{
	if (online->n_words)
		buffer_addf(&online->out,
			    _("nothing was told about '%s' in that time (all: sipvigil "
			      "peers --all)\n"),
			    online->args[online->n_args - 1]);
	else
		buffer_add_cstr(&online->out,
				_("no SIP attempt was told of in the last hour\n"));
}

static void
show(struct online *online)
{
	const json_t *lines = online->reply.lines, *peer;
	struct widths widths;
	size_t i;

	if (json_array_size(lines) == 0) {
		say_nothing(online);
	} else if (online->n_words) {
		json_array_foreach(lines, i, peer)
		{
			if (i)
				buffer_add_char(&online->out, '\n');
			peer_text_full(online, peer);
		}
	} else {
		measure(online, &widths);
		add_title(online, &widths, json_array_get(lines, 0));
		json_array_foreach(lines, i, peer)
		{
			add_row(online, &widths, peer);
		}
	}
	if (online->reply.omitted)
		buffer_addf(&online->out,
			    _("… %" PRIu64 " more (sipvigil peers --all)\n"),
			    online->reply.omitted);
	glyph_degrade(&online->out);
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
	.summary = N_("what each peer did in the last hour, worst first"),
	.help = N_(
		"A peer is a trunk, endpoint or gateway as it is named in the "
		"configuration of the\n"
		"PBX; an address where the log tells no name, and for whoever was not "
		"let in.\n"
		"`leg in`: it asked us, `leg out`: we asked it. Bars are failures by "
		"5 minutes.\n"
		"\n"
		"  PEER             this one in full: codes over the hour, shares as "
		"RFC 6076 and\n"
		"                   ITU-T E.425 define them, last failures, open "
		"alerts\n"
		"  --all            all, not the first 20\n"
		"  --span SECONDS   less than the hour, in steps of 300\n"
		"  --socket PATH    control socket (/run/sipvigil/control)\n"
		"  --json           one object a peer\n"),
	.run = run,
};
