/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/top_screen.h"

#include "base/i18n.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

#ifndef HAVE_NCURSES

int
top_screen_run(const struct command *command, const char *socket)
{
	(void)socket;
	fprintf(stderr,
		_("sipvigil %s: this sipvigil was built without ncurses\n"
		  "  next: sipvigil top --once, or watch -n 1 sipvigil top --once\n"),
		command->word);
	return EXIT_CANNOT;
}

#else

#include <inttypes.h>
#include <ncurses.h>
#include <time.h>

#define REFRESH (1 * SV_USEC_PER_SEC)
/** A daemon that hangs must not hang the keys for longer. */
#define PATIENCE (2 * SV_USEC_PER_SEC)
/** How long it is said that the daemon is back. */
#define BACK (10 * SV_USEC_PER_SEC)
#define WAIT_MSEC 100
#define KEY_ESCAPE 27
#define KEY_DELETE 127

struct screen {
	const char *socket;
	struct top_state state;
	struct top_frame *frame;
	struct client_reply reply; /* the last good one */
	bool has_reply, colored;
	sv_usec next;  /* question */
	sv_usec since; /* the daemon is gone since, or back since */
	uint64_t pid;
	bool changed;
};

static sv_usec
now_usec(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (sv_usec)t.tv_sec * SV_USEC_PER_SEC + (sv_usec)t.tv_nsec / 1000;
}

/* The terminal. */

static short
color_of(enum sv_severity severity)
{
	return (short)(severity + 1);
}

static bool
open_terminal(struct screen *screen)
{
	const char *no_color = getenv("NO_COLOR");

	if (!newterm(NULL, stdout, stdin))
		return false;
	(void)cbreak();
	(void)noecho();
	(void)keypad(stdscr, TRUE);
	(void)curs_set(0);
	set_escdelay(25);
	timeout(WAIT_MSEC);
	screen->colored = (!no_color || !no_color[0]) && has_colors();
	if (!screen->colored)
		return true;
	(void)start_color();
	(void)use_default_colors();
	(void)init_pair(color_of(SV_SEVERITY_OK), COLOR_GREEN, -1);
	(void)init_pair(color_of(SV_SEVERITY_WARNING), COLOR_YELLOW, -1);
	(void)init_pair(color_of(SV_SEVERITY_CRITICAL), COLOR_RED, -1);
	(void)init_pair(color_of(SV_SEVERITY_UNKNOWN), COLOR_MAGENTA, -1);
	return true;
}

static void
draw_row(const struct screen *screen, int at, const struct top_row *row)
{
	const char *text = screen->frame->text.ptr + row->begin;
	attr_t attribute =
		(row->bold ? A_BOLD : A_NORMAL) | (row->reverse ? A_REVERSE : A_NORMAL);
	attr_t mark = attribute | A_BOLD;

	if (screen->colored)
		mark |= (attr_t)COLOR_PAIR(color_of(row->severity));
	(void)move(at, 0);
	if (row->marked) {
		(void)attrset((int)mark);
		(void)addnstr(text, (int)row->marked);
	}
	(void)attrset((int)attribute);
	(void)addnstr(text + row->marked, (int)(row->len - row->marked));
	(void)attrset(A_NORMAL);
}

static void
draw(struct screen *screen)
{
	struct top_frame *frame = screen->frame;
	const json_t *answer =
		screen->has_reply ? json_array_get(screen->reply.lines, 0) : NULL;

	frame->columns = COLS > 0 ? (unsigned)COLS : 80;
	frame->rows = LINES > 0 ? (unsigned)LINES : 24;
	top_frame_draw(frame, &screen->state, answer);
	(void)erase();
	for (size_t i = 0; i < frame->n && i < frame->rows; i++)
		draw_row(screen, (int)i, &frame->row[i]);
	(void)refresh();
	screen->changed = false;
}

/* The daemon. */

static void
note_lost(struct screen *screen, const char *error)
{
	struct top_state *state = &screen->state;
	char clock[32];

	if (!state->lost) {
		screen->since = now_usec();
		state->lost = true;
	}
	online_clock(clock, (sv_usec)time(NULL) * SV_USEC_PER_SEC, true);
	(void)snprintf(state->note, sizeof(state->note),
		       _("%s  no answer for %" PRIu64 " s, trying again: %s"), clock,
		       (uint64_t)((now_usec() - screen->since) / SV_USEC_PER_SEC),
		       error);
}

static void
note_answer(struct screen *screen)
{
	struct top_state *state = &screen->state;
	uint64_t pid = online_u64(json_array_get(screen->reply.lines, 0), "pid");

	if (state->lost) {
		state->lost = false;
		screen->since = now_usec();
		(void)snprintf(state->note, sizeof(state->note), "%s",
			       screen->pid == pid
				       ? _("sipvigild answers again")
				       : _("sipvigild is back, it was started anew"));
	} else if (state->note[0] && now_usec() - screen->since > BACK) {
		state->note[0] = '\0';
	}
	screen->pid = pid;
}

static void
ask(struct screen *screen)
{
	struct client_question question = { .socket = screen->socket,
					    .command = "top",
					    .timeout = PATIENCE };
	struct client_reply reply;
	int r = client_ask(&question, &reply);

	screen->next = now_usec() + REFRESH;
	screen->changed = true;
	if (r < 0 || reply.error[0] || json_array_size(reply.lines) == 0) {
		note_lost(screen, reply.error);
		client_reply_done(&reply);
		return;
	}
	if (screen->has_reply)
		client_reply_done(&screen->reply);
	screen->reply = reply;
	screen->has_reply = true;
	note_answer(screen);
}

/* Keys. */

static void
type_filter(struct top_state *state, int key)
{
	size_t len = strlen(state->filter);

	if (key == KEY_ESCAPE) {
		state->filter[0] = '\0';
		state->typing = false;
	} else if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		state->typing = false;
	} else if (key == KEY_BACKSPACE || key == KEY_DELETE || key == '\b') {
		if (len)
			state->filter[len - 1] = '\0';
	} else if (key >= ' ' && key < KEY_DELETE && len + 1 < sizeof(state->filter)) {
		state->filter[len] = (char)key;
		state->filter[len + 1] = '\0';
	}
	state->scroll = 0;
}

static void
scroll_by(struct screen *screen, long rows)
{
	struct top_state *state = &screen->state;

	if (rows < 0 && (size_t)-rows > state->scroll)
		state->scroll = 0;
	else
		state->scroll = (size_t)((long)state->scroll + rows);
}

static void
toggle_view(struct top_state *state, enum top_view view)
{
	state->view = state->view == view ? TOP_ALL : view;
	state->scroll = 0;
}

static void
move_list(struct screen *screen, int key)
{
	long page = (long)screen->frame->list_rows;

	switch (key) {
	case KEY_UP:
	case 'k':
		scroll_by(screen, -1);
		break;
	case KEY_DOWN:
	case 'j':
		scroll_by(screen, 1);
		break;
	case KEY_PPAGE:
		scroll_by(screen, -page);
		break;
	case KEY_NPAGE:
	case ' ':
		scroll_by(screen, page);
		break;
	case KEY_HOME:
		screen->state.scroll = 0;
		break;
	case KEY_END:
		screen->state.scroll = screen->frame->listed;
		break;
	default:
		break;
	}
}

/* False: quit. */
static bool
take_key(struct screen *screen, int key)
{
	struct top_state *state = &screen->state;

	screen->changed = true;
	if (key == KEY_RESIZE)
		return true;
	if (state->typing) {
		type_filter(state, key);
		return true;
	}
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case 'p':
		toggle_view(state, TOP_PEERS);
		break;
	case 'r':
		toggle_view(state, TOP_RULES);
		break;
	case 'a':
		toggle_view(state, TOP_ALL);
		break;
	case '/':
		state->typing = true;
		break;
	case KEY_ESCAPE:
		state->filter[0] = '\0';
		break;
	default:
		move_list(screen, key);
		break;
	}
	return true;
}

static void
follow(struct screen *screen)
{
	bool goes_on = true;

	while (goes_on) {
		if (now_usec() >= screen->next)
			ask(screen);
		if (screen->changed)
			draw(screen);
		int key = getch();
		if (key != ERR)
			goes_on = take_key(screen, key);
	}
}

int
top_screen_run(const struct command *command, const char *socket)
{
	struct screen screen = { .socket = socket };
	int code = EXIT_DONE;

	screen.frame = malloc(sizeof(*screen.frame));
	if (!screen.frame)
		return EXIT_CANNOT;
	top_frame_init(screen.frame);
	if (open_terminal(&screen)) {
		follow(&screen);
		(void)endwin();
	} else {
		fprintf(stderr,
			_("sipvigil %s: the terminal type '%s' is not known here\n"
			  "  next: TERM=xterm sipvigil %s, or sipvigil %s --once\n"),
			command->word, getenv("TERM") ? getenv("TERM") : "",
			command->word, command->word);
		code = EXIT_CANNOT;
	}
	if (screen.has_reply)
		client_reply_done(&screen.reply);
	top_frame_done(screen.frame);
	free(screen.frame);
	return code;
}

#endif
