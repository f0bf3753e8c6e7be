/* SPDX-License-Identifier: Apache-2.0 */
#include "input/syslog_parts.h"

#include "base/text.h"
#include "input/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/** One who sent within so long is not forgotten for the sake of a new one: addresses
 *  that somebody makes up must not drive out those that are true. */
#define QUIET_USEC (60 * SV_USEC_PER_SEC)

int
syslog_senders_init(struct syslog_senders *senders, size_t max)
{
	size_t n = 16;

	while (n < max)
		n *= 2;
	senders->buckets = calloc(n, sizeof(struct syslog_sender *));
	senders->n_buckets = n;
	senders->max = max;
	return senders->buckets ? 0 : -ENOMEM;
}

/* ---- order of the last record ---- */

static void
unlink_sender(struct syslog_senders *all, struct syslog_sender *sender)
{
	*(sender->older ? &sender->older->newer : &all->oldest) = sender->newer;
	*(sender->newer ? &sender->newer->older : &all->newest) = sender->older;
	sender->older = sender->newer = NULL;
}

static void
link_newest(struct syslog_senders *all, struct syslog_sender *sender)
{
	sender->older = all->newest;
	*(all->newest ? &all->newest->newer : &all->oldest) = sender;
	all->newest = sender;
}

void
syslog_senders_calm(struct syslog *in)
{
	for (struct syslog_sender *s = in->senders.newest; s; s = s->older)
		s->burst = 0;
}

/* ---- making and forgetting ---- */

static void
forget(struct syslog *in, struct syslog_sender *sender)
{
	struct syslog_senders *all = &in->senders;
	struct syslog_sender **at = &all->buckets[sender->hash & (all->n_buckets - 1)];

	for (; *at; at = &(*at)->chain) {
		if (*at != sender)
			continue;
		*at = sender->chain;
		unlink_sender(all, sender);
		all->n--;
		break;
	}
	for (at = &all->touched; *at; at = &(*at)->touched_next) {
		if (*at != sender)
			continue;
		*at = sender->touched_next;
		break;
	}
	if (all->last == sender)
		all->last = NULL;
	if (in->sink.closed)
		in->sink.closed(in->sink.user, sender->user);
	free(sender);
}

void
syslog_senders_done(struct syslog *in)
{
	struct syslog_senders *all = &in->senders;

	while (all->oldest)
		forget(in, all->oldest);
	if (all->others)
		forget(in, all->others);
	all->others = NULL;
	free(all->buckets);
	*all = (struct syslog_senders){ 0 };
}

static void
name_sender(const struct syslog *in, const struct sv_ip *ip, struct sv_str host,
	    char out[SYSLOG_NAME_BYTES])
{
	char address[ADDRESS_TEXT_BYTES];

	address_print(ip, address);
	(void)snprintf(out, SYSLOG_NAME_BYTES, "%s/%s%s%.*s", in->name,
		       ip->family ? address : "unix", host.len ? "/" : "",
		       (int)host.len, host.ptr ? host.ptr : "");
}

/* What records of it name as their host: what its relay said, its address, or this host
 * where it is that. */
static struct sv_str
host_of(const struct syslog *in, const struct sv_ip *ip, struct sv_str host,
	char address[ADDRESS_TEXT_BYTES])
{
	if (host.len)
		return host;
	if (!ip->family || address_is_loopback(ip))
		return str_of(in->spec.host);
	return str_make(address, address_print(ip, address));
}

static struct syslog_sender *
sender_new(struct syslog *in, const struct sv_ip *ip, struct sv_str host,
	   const struct input_source *source)
{
	char address[ADDRESS_TEXT_BYTES];
	struct sv_str named = host_of(in, ip, host, address);
	struct syslog_sender *sender = calloc(1, sizeof(*sender) + named.len + 1);

	if (!sender)
		return NULL;
	if (named.len)
		memcpy(sender->text, named.ptr, named.len);
	sender->host = str_make(sender->text, named.len);
	sender->ip = *ip;
	if (in->sink.opened)
		sender->user = in->sink.opened(in->sink.user, source);
	return sender;
}

/* The one source of all for whom there is no room. */
static struct syslog_sender *
get_others(struct syslog *in)
{
	char name[SYSLOG_NAME_BYTES];
	static const struct sv_ip nobody = { 0 };

	in->counts.senders_merged++;
	if (in->senders.others)
		return in->senders.others;
	(void)snprintf(name, sizeof(name), "%s/others", in->name);
	struct input_source source = { .name = name,
				       .id = (uint32_t)str_hash(str_of(name), 2),
				       .reference = clock_now(CLOCK_REALTIME) };
	in->senders.others = sender_new(in, &nobody, SV_STR(""), &source);
	return in->senders.others;
}

static struct syslog_sender *
make(struct syslog *in, const struct sv_ip *ip, struct sv_str host, struct sv_str saved)
{
	struct syslog_senders *all = &in->senders;
	char name[SYSLOG_NAME_BYTES];

	if (all->n >= all->max) {
		if (clock_now(CLOCK_MONOTONIC) - all->oldest->last < QUIET_USEC)
			return NULL;
		in->counts.senders_forgotten++;
		forget(in, all->oldest);
	}
	name_sender(in, ip, host, name);
	struct input_source source = { .name = name,
				       .id = (uint32_t)str_hash(str_of(name), 2),
				       .reference = clock_now(CLOCK_REALTIME),
				       .saved = saved };
	struct syslog_sender *sender = sender_new(in, ip, host, &source);
	if (!sender)
		return NULL;
	sender->relayed = host.len > 0;
	all->n++;
	return sender;
}

/* ---- finding ---- */

static uint64_t
hash_of(const struct sv_ip *ip, struct sv_str host)
{
	uint64_t hash = str_hash(host, address_hash(ip));

	return hash ^ hash >> 32;
}

static bool
is_it(const struct syslog_sender *sender, uint64_t hash, const struct sv_ip *ip,
      struct sv_str host)
{
	return sender->hash == hash && address_equal(&sender->ip, ip) &&
	       sender->relayed == (host.len > 0) &&
	       (!host.len || str_eq(sender->host, host));
}

struct syslog_sender *
syslog_sender_get(struct syslog *in, const struct sv_ip *ip, struct sv_str host,
		  struct sv_str saved)
{
	struct syslog_senders *all = &in->senders;
	uint64_t hash = hash_of(ip, host);
	struct syslog_sender *sender = all->last;

	if (sender && is_it(sender, hash, ip, host))
		return sender;
	struct syslog_sender **bucket = &all->buckets[hash & (all->n_buckets - 1)];
	for (sender = *bucket; sender && !is_it(sender, hash, ip, host);)
		sender = sender->chain;
	if (!sender) {
		sender = make(in, ip, host, saved);
		if (!sender)
			return get_others(in);
		sender->hash = hash;
		sender->chain = *bucket;
		*bucket = sender;
	} else {
		unlink_sender(all, sender);
	}
	link_newest(all, sender);
	all->last = sender;
	return sender;
}
