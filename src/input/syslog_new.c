/* SPDX-License-Identifier: Apache-2.0 */
/* A syslog receiver is made and unmade: its settings are copied, and what can be worked
 * out of them once is. */
#include "input/syslog_parts.h"

#include "base/text.h"
#include "input/strings.h"
#include "input/syslog_tls.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>

static void
free_texts(struct syslog_spec *spec)
{
	const char *const *const lists[] = { spec->listen, spec->allow, spec->relays,
					     spec->users, spec->tls.peers };
	const char *const texts[] = { spec->title, spec->host, spec->tls.certificate,
				      spec->tls.key, spec->tls.ca };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		strings_free((char **)(uintptr_t)lists[i]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free((void *)(uintptr_t)texts[i]);
}

static bool
copy_list(const char *const **list, size_t n)
{
	*list = (const char *const *)strings_copy(*list, n);
	return *list != NULL;
}

static bool
copy_text(const char **text)
{
	if (!*text)
		return true;
	*text = strdup(*text);
	return *text != NULL;
}

/* All pointers of `in->spec` are its own, or NULL, whatever is returned. */
static bool
copy_spec(struct syslog *in, const struct syslog_spec *spec)
{
	struct syslog_spec *own = &in->spec;
	bool ok;

	*own = *spec;
	own->title = spec->title ? spec->title : "";
	own->host = spec->host ? spec->host : "";
	ok = copy_text(&own->title);
	ok &= copy_text(&own->host);
	ok &= copy_text(&own->tls.certificate);
	ok &= copy_text(&own->tls.key);
	ok &= copy_text(&own->tls.ca);
	ok &= copy_list(&own->listen, own->n_listen);
	ok &= copy_list(&own->allow, own->n_allow);
	ok &= copy_list(&own->relays, own->n_relays);
	ok &= copy_list(&own->users, own->n_users);
	ok &= copy_list(&own->tls.peers, own->tls.n_peers);
	return ok && asprintf(&in->name, "syslog%s%s", own->title[0] ? ":" : "",
			      own->title) >= 0;
}

static int
take_prefixes(const char *const *texts, size_t n, struct prefix **ret_prefixes)
{
	struct prefix *prefixes = calloc(n + 1, sizeof(*prefixes));

	*ret_prefixes = prefixes;
	if (!prefixes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!prefix_parse(str_of(texts[i]), &prefixes[i]))
			return -EINVAL;
	return 0;
}

/* A number, or a name of this host. */
static bool
user_of(const char *name, uid_t *ret_user)
{
	struct sv_str text = str_of(name);
	struct passwd entry, *found = NULL;
	char buf[4096];
	uint64_t number = 0;

	if (text.len && str_take_u64(text, &number) == text.len &&
	    number < UINT32_MAX) {
		*ret_user = (uid_t)number;
		return true;
	}
	if (getpwnam_r(name, &entry, buf, sizeof(buf), &found) != 0 || !found)
		return false;
	*ret_user = found->pw_uid;
	return true;
}

/* A name that nobody has is said, and permits nobody. */
static int
take_users(struct syslog *in)
{
	in->users = calloc(in->spec.n_users + 1, sizeof(*in->users));
	if (!in->users)
		return -ENOMEM;
	for (size_t i = 0; i < in->spec.n_users; i++) {
		uid_t user = (uid_t)-1;

		if (!user_of(in->spec.users[i], &user))
			log_warning("%s: there is no user '%s'", in->name,
				    in->spec.users[i]);
		in->users[in->n_users++] = user;
	}
	return 0;
}

static void
syslog_free(struct input *input)
{
	struct syslog *in = (struct syslog *)input;

	syslog_stop(input);
	syslog_senders_done(in);
	syslog_batch_free(in->batch);
	syslog_tls_free(in->tls);
	free(in->saved.bytes);
	free(in->allow);
	free(in->relays);
	free(in->users);
	free(in->name);
	free_texts(&in->spec);
	sd_event_unref(in->loop);
	free(in);
}

static const struct input_ops syslog_ops = {
	.kind = "syslog",
	.start = syslog_start,
	.stop = syslog_stop,
	.drain = syslog_drain,
	.stats = syslog_stats,
	.save = syslog_save,
	.restore = syslog_restore,
	.free = syslog_free,
};

static int
prepare(struct syslog *in)
{
	int r = take_prefixes(in->spec.allow, in->spec.n_allow, &in->allow);

	if (r >= 0)
		r = take_prefixes(in->spec.relays, in->spec.n_relays, &in->relays);
	if (r >= 0)
		r = take_users(in);
	if (r >= 0)
		r = syslog_sockets_init(in);
	if (r >= 0)
		r = syslog_senders_init(&in->senders, in->spec.max_senders);
	if (r >= 0)
		r = syslog_batch_new(in, &in->batch);
	return r;
}

int
syslog_new(const struct syslog_spec *spec, sd_event *loop,
	   const struct input_sink *sink, struct input **ret_input)
{
	struct syslog *in = calloc(1, sizeof(*in));
	int r;

	if (!in)
		return -ENOMEM;
	in->input.ops = &syslog_ops;
	in->loop = sd_event_ref(loop);
	in->sink = *sink;
	r = copy_spec(in, spec) ? prepare(in) : -ENOMEM;
	if (r < 0) {
		syslog_free(&in->input);
		return r;
	}
	in->input.title = in->spec.title;
	*ret_input = &in->input;
	return 0;
}
