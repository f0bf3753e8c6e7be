/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of inputs: journal, file and syslog. */
#include "base/address.h"
#include "base/i18n.h"
#include "base/stamp.h"
#include "conf/build.h"
#include "conf/unit.h"

#include <errno.h>
#include <sipvigil/dialect.h>
#include <stdio.h>

#define MAX_DIALECTS 128

static void
check_dialect(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "dialect");
	const struct sv_dialect *const *dialects = build->dialects;
	const char *names[MAX_DIALECTS];
	char hint[256];
	size_t n = 0, used = 0;

	if (!dialects || !item || !item->n_values || !item->values[0].text[0])
		return;
	const char *name = item->values[0].text;
	for (; n < MAX_DIALECTS && dialects[n]; n++) {
		names[n] = dialects[n]->name;
		if (strcmp(name, names[n]) == 0)
			return;
	}
	const char *near = options_nearest(str_of(name), names, n);
	if (near)
		snprintf(hint, sizeof(hint), _("did you mean '%s'?"), near);
	for (size_t i = 0; !near && i < n && used < sizeof(hint); i++)
		used += (size_t)snprintf(hint + used, sizeof(hint) - used,
					 i ? ", %s" : "%s", names[i]);
	spot_error(build->diag, spot_value(section, &item->values[0]), hint,
		   _("there is no dialect '%.64s'"), name);
}

static void
check_timezone(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "timezone");
	struct stamp *stamp = NULL;

	if (!item || !item->n_values || !item->values[0].text[0])
		return;
	struct stamp_rules rules = { .zone = item->values[0].text };
	int r = stamp_new(&rules, &stamp);
	stamp_free(stamp);
	if (r == -EINVAL)
		spot_error(
			build->diag, spot_value(section, &item->values[0]),
			_("as Europe/Berlin or UTC; timedatectl list-timezones names "
			  "them"),
			_("there is no time zone '%.64s'"), item->values[0].text);
}

/** "habit", "off" or a duration of at least a second. */
static sv_usec
read_silence(struct build *build, const struct syntax_section *section)
{
	const char *text = values_text(section, "silence");
	const struct syntax_item *item = syntax_item(section, "silence");
	sv_usec usec = 0;

	if (!text || strcmp(text, "habit") == 0)
		return 0;
	if (strcmp(text, "off") == 0)
		return SV_USEC_NEVER;
	if (unit_duration(str_of(text), &usec) == UNIT_OK && usec >= SV_USEC_PER_SEC)
		return usec;
	spot_error(build->diag,
		   item && item->n_values ? spot_value(section, &item->values[0])
					  : spot_title(section),
		   _("as \"30m\", \"habit\" or \"off\""),
		   _("'%.64s' is no time of silence"), text);
	return 0;
}

/** The default of texts where none and an empty one mean the same. */
static const char *
text_or_null(const struct syntax_section *section, const char *name)
{
	const char *text = values_text(section, name);

	return text && text[0] ? text : NULL;
}

static void
add_journal(struct build *build, const struct syntax_section *section)
{
	struct conf *conf = build->conf;
	struct conf_journal journal = {
		.journal = { .title = section->name,
			     .name_space = values_text(section, "namespace"),
			     .directory = values_text(section, "directory"),
			     .from = values_number(section, "from")
					     ? INPUT_FROM_BEGINNING
					     : INPUT_FROM_END },
		.dialect = text_or_null(section, "dialect"),
		.silence = read_silence(build, section),
	};

	check_dialect(build, section);
	journal.journal.units =
		values_list(build->arena, section, "units", &journal.journal.n_units);
	journal.journal.identifiers = values_list(build->arena, section, "identifiers",
						  &journal.journal.n_identifiers);
	struct conf_journal *grown = arena_grow(build->arena, conf->journals,
						conf->n_journals, sizeof(*grown));
	if (!grown)
		return;
	conf->journals = grown;
	conf->journals[conf->n_journals++] = journal;
}

static void
check_paths(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "path");

	for (size_t i = 0; item && i < item->n_values; i++)
		if (item->values[i].text[0] != '/')
			spot_error(build->diag, spot_value(section, &item->values[i]),
				   NULL, _("the path of a log must begin with /"));
}

static void
add_file(struct build *build, const struct syntax_section *section)
{
	struct conf *conf = build->conf;
	struct conf_file file = {
		.tail = { .title = section->name,
			  .from = values_number(section, "from") ? INPUT_FROM_BEGINNING
								 : INPUT_FROM_END,
			  .max_line_bytes = values_number(section, "max_line"),
			  .poll_usec = values_number(section, "poll"),
			  .max_files = values_number(section, "max_files") },
		.dialect = text_or_null(section, "dialect"),
		.timezone = text_or_null(section, "timezone"),
		.silence = read_silence(build, section),
	};

	check_dialect(build, section);
	check_timezone(build, section);
	check_paths(build, section);
	file.tail.paths =
		values_list(build->arena, section, "path", &file.tail.n_paths);
	struct conf_file *grown =
		arena_grow(build->arena, conf->files, conf->n_files, sizeof(*grown));
	if (!grown)
		return;
	conf->files = grown;
	conf->files[conf->n_files++] = file;
}

/** An octal mode of a file, as chmod takes it. */
static unsigned
read_mode(struct build *build, const struct syntax_section *section)
{
	const char *text = values_text(section, "socket_mode");
	const struct syntax_item *item = syntax_item(section, "socket_mode");
	unsigned mode = 0, digits = 0;

	for (; text[digits] >= '0' && text[digits] <= '7' && digits < 5; digits++)
		mode = mode * 8 + (unsigned)(text[digits] - '0');
	if (digits && !text[digits] && mode <= 0777)
		return mode;
	spot_error(build->diag,
		   item && item->n_values ? spot_value(section, &item->values[0])
					  : spot_title(section),
		   _("as \"0660\" or \"0666\""), _("'%.64s' is no mode of a file"),
		   text);
	return 0;
}

static void
check_prefixes(struct build *build, const struct syntax_section *section,
	       const char *name)
{
	const struct syntax_item *item = syntax_item(section, name);
	struct prefix prefix;

	for (size_t i = 0; item && i < item->n_values; i++)
		if (!prefix_parse(str_of(item->values[i].text), &prefix))
			spot_error(build->diag, spot_value(section, &item->values[i]),
				   _("as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"),
				   _("'%.64s' is no address and no network"),
				   item->values[i].text);
}

static bool
is_any(const struct sv_ip *ip)
{
	static const uint8_t any[16] = { 0 };

	return memcmp(ip->bytes, any, sizeof(any)) == 0;
}

/** Both would have the same socket, or the kernel gives it to one alone. [::] is IPv4 as
 *  well. */
static bool
is_same_place(const struct syslog_listen *a, const struct syslog_listen *b)
{
	bool local = a->way == SYSLOG_UNIX || a->way == SYSLOG_HANDED;

	if (local)
		return a->way == b->way && str_eq(a->name, b->name);
	if (b->way == SYSLOG_UNIX || b->way == SYSLOG_HANDED ||
	    (a->way == SYSLOG_UDP) != (b->way == SYSLOG_UDP) || a->port != b->port ||
	    !a->port)
		return false;
	bool meet = a->ip.family == b->ip.family ||
		    (a->ip.family == 6 ? is_any(&a->ip) : is_any(&b->ip));
	return address_equal(&a->ip, &b->ip) ||
	       (meet && (is_any(&a->ip) || is_any(&b->ip)));
}

/** The word of an earlier place that is the same, in this section or in another. */
static const char *
find_same(const struct build *build, const struct syntax_item *item, size_t n,
	  const struct syslog_listen *listen)
{
	const struct conf *conf = build->conf;
	struct syslog_listen other;
	const char *hint;

	for (size_t i = 0; i < n; i++)
		if (syslog_listen_parse(item->values[i].text, &other, &hint) &&
		    is_same_place(&other, listen))
			return item->values[i].text;
	for (size_t i = 0; i < conf->n_syslogs; i++)
		for (size_t k = 0; k < conf->syslogs[i].syslog.n_listen; k++) {
			const char *word = conf->syslogs[i].syslog.listen[k];
			if (syslog_listen_parse(word, &other, &hint) &&
			    is_same_place(&other, listen))
				return word;
		}
	return NULL;
}

static void
check_place(struct build *build, const struct syntax_section *section,
	    const struct syntax_item *item, size_t n,
	    const struct syslog_listen *listen)
{
	const char *same = find_same(build, item, n, listen);

	if (same)
		spot_error(build->diag, spot_value(section, &item->values[n]),
			   _("leave one of them out"),
			   _("'%.64s' is the same place as '%.64s'"),
			   item->values[n].text, same);
	else if (n == SYSLOG_LISTEN_MAX)
		spot_error(build->diag, spot_value(section, &item->values[n]),
			   _("a second syslog section takes more"),
			   _("at most %d places to listen at"), SYSLOG_LISTEN_MAX);
}

/** All ways in are words of their kind; what they ask for stands elsewhere. */
static void
check_listen(struct build *build, const struct syntax_section *section)
{
	const struct syntax_item *item = syntax_item(section, "listen");
	bool tls = false, open = false;

	for (size_t i = 0; item && i < item->n_values; i++) {
		struct syslog_listen listen;
		const char *hint;

		if (!syslog_listen_parse(item->values[i].text, &listen, &hint)) {
			spot_error(build->diag, spot_value(section, &item->values[i]),
				   hint ? _(hint) : NULL,
				   _("'%.64s' is no place to listen at"),
				   item->values[i].text);
			continue;
		}
		check_place(build, section, item, i, &listen);
		tls |= listen.tls;
		open |= (listen.way == SYSLOG_UDP || listen.way == SYSLOG_TCP) &&
			!address_is_loopback(&listen.ip);
	}
	if (tls && (!values_text(section, "tls_certificate") ||
		    !values_text(section, "tls_key")))
		spot_error(build->diag, spot_title(section), NULL,
			   _("TLS needs 'tls_certificate' and 'tls_key'"));
	if (values_given(section, "tls_peers") && !values_text(section, "tls_ca"))
		spot_error(
			build->diag,
			spot_key(section, syntax_item(section, "tls_peers")), NULL,
			_("names of senders are proved by certificates: 'tls_ca' says "
			  "whose"));
	if (open && !values_given(section, "allow"))
		spot_warning(
			build->diag, spot_title(section),
			_("allow = {\"192.0.2.0/24\"} says who may"),
			_("every host that reaches this one may send what it likes"));
}

static void
fill_syslog(struct build *build, const struct syntax_section *section,
	    struct syslog_spec *spec)
{
	struct arena *arena = build->arena;

	*spec = (struct syslog_spec){
		.title = section->name,
		.host = build->conf->host,
		.received = values_number(section, "time") != 0,
		.max_message_bytes = values_number(section, "max_message"),
		.max_senders = values_number(section, "max_senders"),
		.max_connections = values_number(section, "max_connections"),
		.max_connections_per_sender =
			values_number(section, "max_connections_per_sender"),
		.idle_usec = values_number(section, "idle_timeout"),
		.frame_usec = values_number(section, "frame_timeout"),
		.receive_buffer_bytes = values_number(section, "receive_buffer"),
		.socket_mode = read_mode(build, section),
		.tls = { .certificate = text_or_null(section, "tls_certificate"),
			 .key = text_or_null(section, "tls_key"),
			 .ca = text_or_null(section, "tls_ca") },
	};
	spec->listen = values_list(arena, section, "listen", &spec->n_listen);
	spec->allow = values_list(arena, section, "allow", &spec->n_allow);
	spec->relays = values_list(arena, section, "relays", &spec->n_relays);
	spec->users = values_list(arena, section, "users", &spec->n_users);
	spec->tls.peers = values_list(arena, section, "tls_peers", &spec->tls.n_peers);
}

static void
add_syslog(struct build *build, const struct syntax_section *section)
{
	struct conf *conf = build->conf;
	struct conf_syslog syslog = {
		.dialect = text_or_null(section, "dialect"),
		.timezone = text_or_null(section, "timezone"),
		.silence = read_silence(build, section),
	};

	check_dialect(build, section);
	check_timezone(build, section);
	check_prefixes(build, section, "allow");
	check_prefixes(build, section, "relays");
	check_listen(build, section);
	fill_syslog(build, section, &syslog.syslog);
	struct conf_syslog *grown = arena_grow(build->arena, conf->syslogs,
					       conf->n_syslogs, sizeof(*grown));
	if (!grown)
		return;
	conf->syslogs = grown;
	conf->syslogs[conf->n_syslogs++] = syslog;
}

void
inputs_build(struct build *build)
{
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		if (section->row->kind == SECTION_JOURNAL)
			add_journal(build, section);
		else if (section->row->kind == SECTION_FILE)
			add_file(build, section);
		else if (section->row->kind == SECTION_SYSLOG)
			add_syslog(build, section);
	}
}
