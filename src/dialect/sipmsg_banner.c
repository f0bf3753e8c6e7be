/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The banners: what each tool writes in front of a message. One row a tool. A row says
 * who is at which end, in which direction, when, and how the text behind it is shown.
 *
 * Direction and addresses come from here alone, never from the message's own headers.
 */
#include "dialect/sipmsg_cursor.h"

/** No banner is longer. */
#define BANNER_MAX ((size_t)1024)

struct tool {
	const char *name;
	const char *first; /* letters that its banner begins with */
	bool doubtful;     /* a sender can write what looks like a record */
	bool (*read)(struct sipmsg_cursor *c);
	/** Lines that a banner goes on with; NULL: sipmsg_capture_more(). */
	int (*more)(struct sipmsg_cursor *c);
};

#define DIGITS "0123456789"

static const struct tool tools[] = {
	{ "", "", false, NULL, NULL },
	{ "sngrep", DIGITS, true, sipmsg_capture_sngrep, NULL },
	{ "ngrep", "UT", true, sipmsg_capture_ngrep, NULL },
	{ "tcpdump", DIGITS, false, sipmsg_capture_tcpdump, NULL },
	{ "tshark", " " DIGITS, false, sipmsg_capture_tshark, NULL },
	{ "sipdump", "=", true, sipmsg_capture_sipdump, NULL },
	{ "siptrace", " rs", false, sipmsg_pbx_siptrace, NULL },
	{ "pjsip logger", "<", false, sipmsg_pbx_pjsip, NULL },
	{ "sip debug", "<RT", true, sipmsg_pbx_chan_sip, NULL },
	{ "pjsip history", DIGITS, false, sipmsg_pbx_history, NULL },
	{ "pjsua", " RT" DIGITS, true, sipmsg_pbx_pjsua, NULL },
	{ "audiocodes", "-", true, sipmsg_pbx_audiocodes, NULL },
	{ "oracle", "JFMASOND", true, sipmsg_pbx_oracle, NULL },
	{ "avaya", "S" DIGITS, true, sipmsg_pbx_avaya, NULL },
	{ "cisco", "RS", true, sipmsg_pbx_cisco, NULL },
	{ "ribbon", "[" DIGITS, true, sipmsg_vendor_ribbon, NULL },
	{ "yate", "<" DIGITS, true, sipmsg_vendor_yate, NULL },
	{ "avaya sm", DIGITS, true, sipmsg_vendor_avaya_sm,
	  sipmsg_vendor_avaya_sm_more },
	{ "avaya sbce", "[", true, sipmsg_vendor_avaya_sbce,
	  sipmsg_vendor_avaya_sbce_more },
	/* without banners of their own */
	{ "tshark -V", "", false, NULL, NULL },
	{ "tshark json", "", false, NULL, NULL },
	{ "record", "", false, NULL, NULL },
	/* the numbers above stand in checkpoints */
	{ "cisco debug", "*.JFMASOND" DIGITS, true, sipmsg_pbx_cisco_debug, NULL },
};
#define TOOLS (sizeof(tools) / sizeof(tools[0]))

const char *
sipmsg_tool_name(uint32_t tool)
{
	return tool > 0 && tool < TOOLS ? tools[tool].name : "?";
}

bool
sipmsg_tool_doubtful(uint32_t tool)
{
	return tool >= TOOLS || tools[tool].doubtful;
}

uint8_t
sipmsg_tool_find(const char *name)
{
	for (size_t i = 1; i < TOOLS; i++)
		if (strcmp(tools[i].name, name) == 0)
			return (uint8_t)i;
	return 0;
}

/** Most lines are headers of messages: seen through by their first letters. */
static bool
could_be_banner(const char *p)
{
	switch (p[0]) {
	case '<':
		return p[1] == '-' || p[1] == 's';
	case '=':
	case '-':
		return p[1] == '-' || p[1] == '=';
	case '[':
		return p[1] >= '0' && p[1] <= '9' && p[3] == '-';
	case 'U':
		return p[1] == ' ';
	case 'T':
		return p[1] == ' ' || p[1] == 'X' || p[1] == 'r';
	case 'R':
		return p[1] == 'X' || p[1] == 'e';
	case 'r':
		return p[1] == 'e' && p[2] == 'c';
	case 's':
		return p[1] == 'e' && p[2] == 'n';
	case ' ':
	case '*':
	case '.':
		return true;
	case 'S': /* "Sent", "SIP ", "Sep " */
		return p[3] == ' ' || (p[1] == 'e' && p[2] == 'n');
	case 'J':
	case 'F':
	case 'M':
	case 'A':
	case 'N':
	case 'D':
		return p[3] == ' ';
	case 'O':
		return p[3] == ' ' || p[2] == ' ';
	}
	return p[0] >= '0' && p[0] <= '9';
}

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/** An address and no time: what lines of other programs begin with behind a syslog
 *  daemon's date. Two of the tools look behind it, for words that few lines have. */
static bool
is_of_address(struct sv_str line)
{
	const char *p = line.ptr;
	size_t n = 1;

	while (n < 3 && is_digit(p[n]))
		n++;
	if (p[n] != '.' || !is_digit(p[n + 1]))
		return false;
	/* a year behind day and month */
	if (p[5] == '.' && is_digit(p[6]) && is_digit(p[7]) && is_digit(p[8]))
		return false;
	return str_find_char(str_upto(line, 80), 'X') == STR_NONE &&
	       str_find(str_upto(line, 160), SV_STR("DisplayMsg:")) == STR_NONE;
}

bool
sipmsg_banner_read(struct sv_parse_context *ctx, struct sv_str line,
		   struct sipmsg_banner *ret_banner)
{
	if (line.len < 12 || line.len > BANNER_MAX || !could_be_banner(line.ptr) ||
	    (is_digit(line.ptr[0]) && is_of_address(line)))
		return false;
	for (size_t i = 1; i < TOOLS; i++) {
		if (!tools[i].read || !strchr(tools[i].first, line.ptr[0]))
			continue;
		struct sipmsg_banner banner = { .tool = (uint8_t)i };
		struct sipmsg_cursor c = { ctx, line, &banner };
		if (!tools[i].read(&c))
			continue;
		*ret_banner = banner;
		return true;
	}
	return false;
}

int
sipmsg_banner_more(struct sipmsg_line *line, struct sv_str text)
{
	struct sipmsg_cursor c = { line->ctx, text, &line->state->wait.banner };
	uint8_t tool = c.banner->tool;

	if (tool == sipmsg_tool_find("cisco debug"))
		return sipmsg_pbx_cisco_way(&c) ? 2 : 0;
	if (tool < TOOLS && tools[tool].more)
		return tools[tool].more(&c);
	return sipmsg_capture_more(&c);
}
