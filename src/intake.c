/* SPDX-License-Identifier: Apache-2.0 */
#include "intake_parts.h"

#include "base/log.h"
#include "base/text.h"
#include "instep.h"
#include "signature.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/** Files that are gone and may be missed, of one input. */
#define MAX_RESTING 32

int
intake_new(const struct intake_spec *spec, struct intake **ret_intake)
{
	struct intake *intake = calloc(1, sizeof(*intake));

	if (!intake)
		return -ENOMEM;
	intake->spec = *spec;
	intake->spec.loop = sd_event_ref(spec->loop);
	intake->catching_up = true;
	*ret_intake = intake;
	return 0;
}

static void
item_free(struct item *item)
{
	if (!item)
		return;
	if (item->input)
		input_stop(item->input);
	input_free(item->input);
	while (item->sources) {
		struct source *source = item->sources;
		item->sources = source->next;
		source_free(source);
	}
	free(item->signature);
	free(item->dialect);
	free(item->timezone);
	free(item);
}

void
intake_free(struct intake *intake)
{
	if (!intake)
		return;
	for (size_t i = 0; i < intake->n; i++)
		item_free(intake->items[i]);
	free(intake->items);
	free(intake->views);
	free(intake->receivers);
	intake_saved_free(intake->saved);
	sd_event_unref(intake->spec.loop);
	free(intake);
}

/* The sink of the inputs. */

static void
unlink_source(struct item *item, struct source *source)
{
	for (struct source **at = &item->sources; *at; at = &(*at)->next) {
		if (*at != source)
			continue;
		*at = source->next;
		item->n_sources--;
		return;
	}
}

/* Files that were already read when this one came are those that it follows: what is
 * found together at the start stands side by side. */
static void
succeed(struct item *item, struct source *source)
{
	struct source *next;

	for (struct source *old = item->sources; old; old = next) {
		next = old->next;
		if (!source->family || old->family != source->family ||
		    old->succeeded || !(old->resting || old->heard))
			continue;
		source_succeed(source, old);
		if (!old->resting)
			continue;
		unlink_source(item, old);
		source_free(old);
	}
}

/* It was read, and nothing is in its place: it will be missed. */
static bool
is_missed(const struct item *item, const struct source *source)
{
	size_t resting = 0;

	for (const struct source *s = item->sources; s; s = s->next)
		resting += s->resting;
	return source->family && !source->succeeded && source_known(source) > 0 &&
	       resting < MAX_RESTING;
}

static void *
opened(void *user, const struct input_source *found)
{
	struct item *item = user;
	struct intake *intake = item->intake;
	struct source *source;
	struct source_spec spec = {
		.stream = { .source = found->name,
			    .dialect = item->dialect,
			    .registry = intake->registry,
			    .host = intake->spec.host,
			    .stamps = { .zone = item->timezone,
					.reference = found->reference },
			    .id = found->id },
		.path = found->path,
		.clock = intake->clock,
		.silence = item->silence,
		.raw = intake->spec.raw,
		.user = intake->spec.user,
	};

	if (source_new(&spec, &source) < 0) {
		log_error("%s: out of memory", found->name);
		return NULL;
	}
	if (found->saved.len && source_load(source, found->saved) < 0)
		log_notice(
			"%s: its saved state is of another build; it is read on, but "
			"what was under way when it was saved is not remembered",
			found->name);
	succeed(item, source);
	source->item = item;
	source->rank = item->rank + item->n_opened++;
	source->next = item->sources;
	item->sources = source;
	item->n_sources++;
	return source;
}

static void
record(void *user, void *source_user, const struct sv_record *record)
{
	struct source *source = source_user;

	(void)user;
	if (source)
		source_feed(source, record);
}

/* It has not had its first look: what it has to read is not known. One that waits for
 * something missing holds up nobody. */
static bool
is_unknown(const struct item *item)
{
	struct input_stats stats;

	if (!item->input)
		return false;
	input_stats_get(item->input, &stats);
	return !stats.caught_up && !stats.problem[0] && item->n_sources == 0;
}

static bool
hold(void *user, void *source_user, const struct sv_record *record)
{
	const struct intake *intake = ((const struct item *)user)->intake;
	struct source *source = source_user;

	if (!intake->catching_up || !source || !source->stream)
		return false;
	source_looks_at(source, record);
	for (size_t i = 0; i < intake->n; i++) {
		const struct item *item = intake->items[i];
		if (is_unknown(item))
			return true;
		for (const struct source *s = item->sources; s; s = s->next) {
			struct instep other = { .reached = s->reached,
						.behind = s != source &&
							  !s->caught_up && s->stream &&
							  !item->stats.problem[0],
						.first = s->rank < source->rank };
			if (instep_waits(source->reached, &other))
				return true;
		}
	}
	return false;
}

static void
save(void *user, void *source_user, struct pack *out)
{
	(void)user;
	if (source_user)
		source_save(source_user, out);
}

static void
caught_up(void *user, void *source_user)
{
	struct source *source = source_user;

	(void)user;
	if (source)
		source->caught_up = true;
}

static void
hand_over(void *user, void *from, void *to)
{
	(void)user;
	if (from && to)
		source_hand_over(from, to);
}

static void
closed(void *user, void *source_user)
{
	struct item *item = user;
	struct source *source = source_user;

	if (!source)
		return;
	if (is_missed(item, source)) {
		source_rest(source);
		return;
	}
	unlink_source(item, source);
	if (source->stream)
		stream_flush(source->stream);
	source_free(source);
}

/* Making and keeping inputs. */

/* One section as the loop over the configuration sees it: one of these. */
struct section {
	const struct conf_file *file;
	const struct conf_journal *journal;
	const struct conf_syslog *syslog;
};

static char *
signature_of(const struct section *section)
{
	struct buffer buf;
	char *text = NULL;

	buffer_init(&buf);
	if (section->file)
		signature_file(&buf, section->file);
	else if (section->journal)
		signature_journal(&buf, section->journal);
	else
		signature_syslog(&buf, section->syslog);
	if (!buffer_failed(&buf))
		text = strndup(buf.ptr, buf.len);
	buffer_done(&buf);
	return text;
}

static bool
take_texts(struct item *item, const char *dialect, const char *zone)
{
	if (dialect)
		item->dialect = strdup(dialect);
	if (zone)
		item->timezone = strdup(zone);
	return (!dialect || item->dialect) && (!zone || item->timezone);
}

static int
make_input(struct item *item, const struct section *section)
{
	struct input_sink sink = { .opened = opened,
				   .record = record,
				   .caught_up = caught_up,
				   .closed = closed,
				   .save = save,
				   .hold = hold,
				   .hand_over = hand_over,
				   .user = item };
	sd_event *loop = item->intake->spec.loop;

	if (section->file) {
		const struct conf_file *file = section->file;
		item->silence = file->silence;
		return take_texts(item, file->dialect, file->timezone)
			       ? tail_new(&file->tail, loop, &sink, &item->input)
			       : -ENOMEM;
	}
	if (section->journal) {
		const struct conf_journal *journal = section->journal;
		item->silence = journal->silence;
		return take_texts(item, journal->dialect, NULL)
			       ? journal_new(&journal->journal, loop, &sink,
					     &item->input)
			       : -ENOMEM;
	}
	const struct conf_syslog *syslog = section->syslog;
	item->silence = syslog->silence;
	return take_texts(item, syslog->dialect, syslog->timezone)
		       ? syslog_new(&syslog->syslog, loop, &sink, &item->input)
		       : -ENOMEM;
}

static void
save_input(void *user, struct pack *out)
{
	const struct item *item = user;

	item->input->ops->save(item->input, out);
}

void
intake_save(const struct intake *intake, struct pack *out)
{
	for (size_t i = 0; i < intake->n; i++) {
		struct item *item = intake->items[i];
		if (!item->input || !item->input->ops->save)
			continue;
		pack_str(out, str_of(item->name));
		pack_blob(out, save_input, item);
	}
	pack_str(out, (struct sv_str){ 0 });
}

int
intake_restore(struct intake *intake, struct unpack *in)
{
	return intake_saved_new(in, &intake->saved);
}

/* An input whose section was changed goes on where the old one stands. */
static void
go_on(struct intake *intake, struct item *item)
{
	struct intake_saved *running = NULL;
	struct item *old = NULL;
	int r = 0;

	for (size_t i = 0; i < intake->n && !old; i++)
		if (intake->items[i] && intake->items[i]->input &&
		    strcmp(intake->items[i]->name, item->name) == 0)
			old = intake->items[i];
	if (old)
		r = intake_saved_take(save_input, old, item->name, &running);
	if (r >= 0)
		r = intake_saved_give(running ? running : intake->saved, item->name,
				      item->input);
	if (r < 0)
		log_warning("%s: its saved positions cannot be used (%s); it is begun "
			    "by its setting 'from'",
			    item->name, strerror(-r));
	intake_saved_free(running);
}

static void
name_item(struct item *item, const struct section *section)
{
	const char *title = section->file      ? section->file->tail.title
			    : section->journal ? section->journal->journal.title
					       : section->syslog->syslog.title;

	item->kind = section->file ? "file" : section->journal ? "journal" : "syslog";
	(void)snprintf(item->name, sizeof(item->name), "%s:%s", item->kind, title);
}

/* Takes the signature. NULL only without memory. */
static struct item *
item_new(struct intake *intake, const struct section *section, char *signature)
{
	struct item *item = calloc(1, sizeof(*item));
	int r;

	if (!item) {
		free(signature);
		return NULL;
	}
	item->intake = intake;
	item->signature = signature;
	name_item(item, section);
	/* As in an offline merge: files before journals, then as they are configured. */
	item->rank = (uint64_t)(section->file == NULL) << 63 | intake->n_made++ << 32;
	r = make_input(item, section);
	if (r >= 0) {
		go_on(intake, item);
		r = input_start(item->input);
	}
	if (r >= 0)
		return item;
	(void)snprintf(item->problem, sizeof(item->problem), "cannot be read: %s%s",
		       strerror(-r),
		       r == -EACCES ? "; add user sipvigil to the group that may read "
				      "it (adm, systemd-journal)"
				    : "");
	log_error("%s: %s", item->name, item->problem);
	if (item->input)
		input_stats_get(item->input, &item->stats);
	input_free(item->input);
	item->input = NULL;
	return item;
}

static struct item *
take_running(struct intake *intake, const char *signature)
{
	for (size_t i = 0; i < intake->n; i++) {
		struct item *item = intake->items[i];

		if (!item || !item->input || strcmp(item->signature, signature))
			continue;
		intake->items[i] = NULL;
		return item;
	}
	return NULL;
}

static struct item *
keep_or_make(struct intake *intake, const struct section *section)
{
	char *signature = signature_of(section);
	struct item *item;

	if (!signature)
		return NULL;
	item = take_running(intake, signature);
	if (!item)
		return item_new(intake, section, signature);
	free(signature);
	return item;
}

static struct section
nth_section(const struct conf *conf, size_t i)
{
	struct section section = { 0 };

	if (i < conf->n_journals)
		section.journal = &conf->journals[i];
	else if (i - conf->n_journals < conf->n_files)
		section.file = &conf->files[i - conf->n_journals];
	else
		section.syslog = &conf->syslogs[i - conf->n_journals - conf->n_files];
	return section;
}

void
intake_change(struct intake *intake, const struct registry *registry)
{
	intake->registry = registry;
	for (size_t i = 0; i < intake->n; i++)
		for (struct source *source = intake->items[i]->sources; source;
		     source = source->next)
			source_change(source, registry);
}

size_t
intake_apply(struct intake *intake, const struct conf *conf)
{
	size_t wanted = conf_inputs(conf);
	struct item **items = calloc(wanted + 1, sizeof(struct item *));
	size_t n = 0, failed = 0;

	if (!items)
		return wanted;
	for (size_t i = 0; i < wanted; i++) {
		struct section section = nth_section(conf, i);
		struct item *item = keep_or_make(intake, &section);
		if (item)
			items[n++] = item;
		failed += !item || !item->input;
	}
	for (size_t i = 0; i < intake->n; i++)
		item_free(intake->items[i]);
	free(intake->items);
	intake->items = items;
	intake->n = n;
	intake->zero = conf->zero;
	intake->again = conf->gap_interval;
	intake->catching_up = true;
	intake_saved_free(intake->saved);
	intake->saved = NULL;
	return failed;
}

void
intake_drain(struct intake *intake)
{
	for (size_t i = 0; i < intake->n; i++) {
		struct input *input = intake->items[i]->input;
		if (input && input->ops->drain)
			input->ops->drain(input);
	}
}

bool
intake_caught_up(const struct intake *intake)
{
	struct input_stats stats;

	for (size_t i = 0; i < intake->n; i++) {
		/* An input that has not had its first look has no sources yet: if time
		 * went on with the clock now, all that it is about to read would be
		 * late. One that waits for something missing does not hold up time. */
		if (intake->items[i]->input) {
			input_stats_get(intake->items[i]->input, &stats);
			if (!stats.caught_up && !stats.problem[0])
				return false;
		}
		for (const struct source *source = intake->items[i]->sources; source;
		     source = source->next)
			if (!source->caught_up)
				return false;
	}
	return true;
}

bool
intake_reachable(const struct intake *intake)
{
	for (size_t i = 0; i < intake->n; i++)
		if (item_problem(intake->items[i])[0])
			return false;
	return true;
}

uint64_t
intake_records(const struct intake *intake)
{
	struct input_stats stats;
	uint64_t records = 0;

	for (size_t i = 0; i < intake->n; i++) {
		if (!intake->items[i]->input)
			continue;
		input_stats_get(intake->items[i]->input, &stats);
		records += stats.records;
	}
	return records;
}

void
intake_look_at_backlog(struct intake *intake)
{
	uint64_t records = intake_records(intake);

	if (!intake->catching_up || intake->n == 0)
		return;
	if (intake_caught_up(intake) || (records && records == intake->records_then))
		intake->catching_up = false;
	intake->records_then = records;
}
