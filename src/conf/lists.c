/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of addresses, from cidr = {…} and from files, and the peers. */
#include "base/address.h"
#include "base/i18n.h"
#include "conf/build.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/** Most entries of one list. */
#define LIST_MAX_ENTRIES 1000000

struct filling {
	struct build *build;
	const struct syntax_section *section;
	const struct syntax_value *value; /* the pattern that names the file */
	const char **cidr;
	struct list_place *places;
	size_t n;
};

/** Says what is wrong with a text that should be an address or a network. */
static void
report_address(struct diag *diag, struct spot spot, const char *text)
{
	char hint[160], printed[ADDRESS_TEXT_BYTES];
	const char *slash = strchr(text, '/');
	struct sv_str head =
		slash ? str_make(text, (size_t)(slash - text)) : str_of(text);
	struct sv_ip ip;
	uint64_t bits;

	if (!address_parse(head, &ip)) {
		spot_error(diag, spot, NULL, _("%.64s is not an address"), text);
		return;
	}
	size_t used = slash ? str_take_u64(str_of(slash + 1), &bits) : 0;
	unsigned most = ip.family == 4 ? 32 : 128;
	if (!slash || !used || slash[1 + used] || bits > most) {
		snprintf(hint, sizeof(hint), _("a network is written %.*s/0 to /%u"),
			 (int)(head.len < 45 ? head.len : 45), head.ptr, most);
		spot_error(diag, spot, hint, _("%.64s is not a network"), text);
		return;
	}
	struct sv_ip base = address_mask(&ip, (unsigned)bits);
	address_print(&base, printed);
	snprintf(hint, sizeof(hint), _("write %s/%u or %.*s"), printed, (unsigned)bits,
		 (int)(head.len < 45 ? head.len : 45), head.ptr);
	spot_error(diag, spot, hint, _("%.64s is an address inside of a network"),
		   text);
}

/** Whether a text is an address or a network; reported when it is not. */
static bool
check_address(struct build *build, struct spot spot, const char *text)
{
	struct prefix prefix;

	if (prefix_parse(str_of(text), &prefix))
		return true;
	report_address(build->diag, spot, text);
	return false;
}

static void
list_add(struct filling *fill, const char *text, struct list_place place)
{
	const char **grown = arena_grow(fill->build->arena, fill->cidr, fill->n,
					sizeof(fill->cidr[0]));
	struct list_place *places = arena_grow(fill->build->arena, fill->places,
					       fill->n, sizeof(fill->places[0]));
	if (!grown || !places || !text)
		return;
	fill->cidr = grown;
	fill->places = places;
	fill->places[fill->n] = place;
	fill->cidr[fill->n++] = text;
}

/** One line of a list file. */
static void
read_line(struct filling *fill, const struct syntax_file *file, struct sv_str line,
	  unsigned number)
{
	size_t comment = str_find_char(line, '#');

	line = str_trim(comment == STR_NONE ? line : str_upto(line, comment));
	if (line.len == 0)
		return;
	struct spot spot = { file, (size_t)(line.ptr - file->text.ptr), line.len };
	const char *text = arena_copy(fill->build->arena, line);
	if (fill->n >= LIST_MAX_ENTRIES)
		return;
	if (text && check_address(fill->build, spot, text))
		list_add(fill, text, (struct list_place){ file->path, number });
}

static void
read_file(void *user, const char *path)
{
	struct filling *fill = user;
	struct build *build = fill->build;
	struct syntax_file file = { .path = arena_copy(build->arena, str_of(path)) };
	int r = source_text(build->arena, path, &file.text);

	if (r < 0 && r != -ENOMEM)
		spot_error(build->diag, spot_value(fill->section, fill->value), NULL,
			   _("cannot read %.300s: %s"), path, strerror(-r));
	if (r < 0)
		return;
	unsigned number = 1;
	for (struct sv_str rest = file.text; rest.len;) {
		size_t end = str_find_char(rest, '\n');
		read_line(fill, &file, str_upto(rest, end == STR_NONE ? rest.len : end),
			  number++);
		rest = str_from(rest, end == STR_NONE ? rest.len : end + 1);
	}
}

static struct list_spec
list_make(struct build *build, const struct syntax_section *section)
{
	struct filling fill = { .build = build, .section = section };
	const struct syntax_item *cidr = syntax_item(section, "cidr");
	const struct syntax_item *file = syntax_item(section, "file");

	for (size_t i = 0; cidr && i < cidr->n_values; i++)
		if (check_address(build, spot_value(section, &cidr->values[i]),
				  cidr->values[i].text))
			list_add(&fill, cidr->values[i].text,
				 (struct list_place){
					 section->file->path,
					 spot_line(section->file,
						   cidr->values[i].begin) });
	for (size_t i = 0; file && i < file->n_values; i++) {
		fill.value = &file->values[i];
		const char *path = source_path(build->arena, section->file->path,
					       file->values[i].text);
		if (path)
			source_glob(path, read_file, &fill);
	}
	if (fill.n >= LIST_MAX_ENTRIES)
		spot_error(build->diag, spot_title(section), NULL,
			   _("a list has at most %d entries"), LIST_MAX_ENTRIES);
	return (struct list_spec){ .name = section->name,
				   .cidr = fill.cidr,
				   .n_cidr = fill.n,
				   .places = fill.places };
}

static void
digest_file(void *user, const char *path)
{
	uint64_t *digest = user;
	struct stat st;

	*digest = str_hash(str_of(path), *digest);
	if (stat(path, &st) < 0)
		return;
	const uint64_t now[] = { (uint64_t)st.st_dev, (uint64_t)st.st_ino,
				 (uint64_t)st.st_size, (uint64_t)st.st_mtim.tv_sec,
				 (uint64_t)st.st_mtim.tv_nsec };
	*digest = str_hash(str_make((const char *)now, sizeof(now)), *digest);
}

uint64_t
conf_list_digest(const struct conf *conf)
{
	uint64_t digest = 1;

	for (size_t i = 0; i < conf->n_list_files; i++)
		source_glob(conf->list_files[i], digest_file, &digest);
	return digest;
}

/** The files of all lists, by their patterns, as they are before they are read. */
static void
note_files(struct build *build)
{
	struct conf *conf = build->conf;
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		const struct syntax_item *file = section->row->kind == SECTION_LIST
							 ? syntax_item(section, "file")
							 : NULL;
		for (size_t k = 0; file && k < file->n_values; k++) {
			const char *path =
				source_path(build->arena, section->file->path,
					    file->values[k].text);
			const char **grown =
				arena_grow(build->arena, conf->list_files,
					   conf->n_list_files, sizeof(*grown));
			if (!path || !grown)
				return;
			conf->list_files = grown;
			conf->list_files[conf->n_list_files++] = path;
		}
	}
	conf->list_digest = conf_list_digest(conf);
}

void
lists_build(struct build *build)
{
	struct conf *conf = build->conf;
	const struct syntax_section *section;
	bool pack;

	note_files(build);
	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		if (section->row->kind != SECTION_LIST ||
		    build_duplicate(build, i, true))
			continue;
		struct list_spec list = list_make(build, section);
		size_t at = 0;
		while (at < conf->n_lists &&
		       strcmp(conf->lists[at].name, list.name) != 0)
			at++;
		if (at == conf->n_lists) {
			struct list_spec *grown =
				arena_grow(build->arena, conf->lists, conf->n_lists,
					   sizeof(*grown));
			if (!grown)
				return;
			conf->lists = grown;
			conf->n_lists++;
		}
		conf->lists[at] = list;
	}
}

void
lists_build_peers(struct build *build)
{
	struct conf *conf = build->conf;
	const struct syntax_section *section;
	bool pack;

	for (size_t i = 0; (section = build_section(build, i, &pack)); i++) {
		if (section->row->kind != SECTION_PEER)
			continue;
		struct peer_spec peer = { .name = section->name,
					  .role = values_text(section, "role") };
		const struct syntax_item *address = syntax_item(section, "address");
		for (size_t j = 0; address && j < address->n_values; j++)
			check_address(build, spot_value(section, &address->values[j]),
				      address->values[j].text);
		peer.addresses = values_list(build->arena, section, "address",
					     &peer.n_addresses);
		peer.endpoints = values_list(build->arena, section, "endpoint",
					     &peer.n_endpoints);
		if (peer.n_addresses + peer.n_endpoints == 0)
			spot_error(build->diag, spot_title(section), NULL,
				   _("a peer needs an address or an endpoint"));
		struct peer_spec *grown = arena_grow(build->arena, conf->peers,
						     conf->n_peers, sizeof(*grown));
		if (!grown)
			return;
		conf->peers = grown;
		conf->peers[conf->n_peers++] = peer;
	}
}
