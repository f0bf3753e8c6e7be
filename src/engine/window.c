/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/window.h"

#include <errno.h>
#include <string.h>

#define FIRST_CAP 2 /* plain entries of a new ring: one pool unit */

static size_t
entry_bytes(bool runs)
{
	return runs ? sizeof(struct run) : sizeof(sv_usec);
}

static size_t
slot(const struct window *w, size_t i)
{
	size_t at = (size_t)w->head + i;

	return at < w->cap ? at : at - w->cap;
}

static sv_usec *
plain_at(const struct window *w, const struct window_spec *spec, size_t i)
{
	return (sv_usec *)pool_at(spec->pool, w->ring) + slot(w, i);
}

static struct run *
run_at(const struct window *w, const struct window_spec *spec, size_t i)
{
	return (struct run *)pool_at(spec->pool, w->ring) + slot(w, i);
}

static void
drop_head(struct window *w)
{
	w->head = (uint16_t)slot(w, 1);
	w->n--;
}

void
window_drop(struct window *w, const struct window_spec *spec, sv_usec cut)
{
	while (w->n && !w->runs && *plain_at(w, spec, 0) <= cut) {
		drop_head(w);
		w->sum--;
	}
	while (w->n && w->runs) {
		struct run *run = run_at(w, spec, 0);
		if (run->first > cut)
			break;
		if (!run->gone) {
			w->sum -= run->weight;
			run->gone = true;
		}
		if (run->last > cut)
			break;
		drop_head(w);
	}
	if (w->n == 0 && w->ring)
		window_done(w, spec);
}

/** All entries in order, as runs, equal times in one. Returns how many. */
static size_t
unroll(const struct window *w, const struct window_spec *spec, struct run *out)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct run run = { .weight = 1 };
		if (w->runs)
			run = *run_at(w, spec, i);
		else
			run.first = run.last = *plain_at(w, spec, i);
		struct run *before = n ? &out[n - 1] : NULL;
		if (before && before->first == run.first && before->last == run.last &&
		    !before->gone && !run.gone)
			before->weight += run.weight;
		else
			out[n++] = run;
	}
	return n;
}

/** Neighbours that lie in one quantum of time become one run. */
static size_t
melt(struct run *runs, size_t n, sv_usec quantum)
{
	size_t out = 0;

	for (size_t i = 1; i < n; i++) {
		struct run *into = &runs[out];
		if (!into->gone && into->first / quantum == runs[i].last / quantum) {
			into->last = runs[i].last;
			into->weight += runs[i].weight;
		} else {
			runs[++out] = runs[i];
		}
	}
	return n ? out + 1 : 0;
}

/** Write the entries back as runs into a ring of `cap`; false without memory. */
static bool
store(struct window *w, const struct window_spec *spec, size_t n, size_t cap)
{
	size_t was = w->cap * entry_bytes(w->runs);
	pool_handle ring = w->ring;

	if (pool_round(cap * sizeof(struct run)) != pool_round(was)) {
		ring = pool_take(spec->pool, cap * sizeof(struct run), w->cap > 0);
		if (ring == 0)
			return false;
		pool_give(spec->pool, w->ring, was);
	}
	w->ring = ring;
	w->cap = (uint16_t)cap;
	w->head = 0;
	w->n = (uint16_t)n;
	w->runs = true;
	memcpy(pool_at(spec->pool, ring), spec->scratch, n * sizeof(struct run));
	return true;
}

/** The ring may not grow: melt until a quarter of it is free. */
static void
compress(struct window *w, const struct window_spec *spec)
{
	size_t cap = w->cap * entry_bytes(w->runs) / sizeof(struct run);
	sv_usec quantum = spec->span / (cap > 4 ? cap / 2 : 2);

	if (w->n == 0)
		return;
	if (cap < 2) {
		/* Room for less than two runs: the youngest event counts on, the others
		 * are lost from the sum. */
		w->head = (uint16_t)slot(w, w->n - 1u);
		w->n = 1;
		w->sum = 1;
		return;
	}
	if (w->runs && cap < 8 && run_at(w, spec, 0)->gone)
		drop_head(w); /* no room to remember what is gone */
	size_t n = unroll(w, spec, spec->scratch);
	while (n > cap - (cap + 3) / 4) {
		quantum = quantum ? quantum : 1;
		n = melt(spec->scratch, n, quantum);
		quantum = quantum < SV_USEC_NEVER / 2 ? quantum * 2 : SV_USEC_NEVER;
	}
	(void)store(w, spec, n, cap);
}

static bool
grow_plain(struct window *w, const struct window_spec *spec)
{
	size_t cap = w->cap ? (size_t)w->cap * 2 : FIRST_CAP;
	pool_handle ring = pool_take(spec->pool, cap * sizeof(sv_usec), w->cap > 0);

	if (ring == 0)
		return false;
	for (size_t i = 0; i < w->n; i++)
		((sv_usec *)pool_at(spec->pool, ring))[i] = *plain_at(w, spec, i);
	pool_give(spec->pool, w->ring, w->cap * sizeof(sv_usec));
	w->ring = ring;
	w->cap = (uint16_t)cap;
	w->head = 0;
	return true;
}

/** Times repeat so often that runs take less room. */
static bool
repeats(const struct window *w, const struct window_spec *spec)
{
	size_t different = 1;

	for (size_t i = 1; i < w->n; i++)
		different += *plain_at(w, spec, i) != *plain_at(w, spec, i - 1);
	return w->n >= 16 && different * 4 <= w->n;
}

/** Turn into runs without losing anything; `cap` for them. */
static bool
to_runs(struct window *w, const struct window_spec *spec, size_t cap)
{
	size_t n = unroll(w, spec, spec->scratch);

	if (n + 1 > cap)
		cap = n + 1;
	return cap <= spec->max_entries && store(w, spec, n, cap);
}

/** Make room for one more entry. */
static void
make_room(struct window *w, const struct window_spec *spec)
{
	size_t cap = w->cap ? (size_t)w->cap * 2 : FIRST_CAP;

	if (w->n < w->cap)
		return;
	if (!w->runs && w->n && repeats(w, spec) && to_runs(w, spec, w->n / 2))
		return;
	if (cap <= spec->max_entries &&
	    (w->runs ? to_runs(w, spec, cap) : grow_plain(w, spec)))
		return;
	compress(w, spec);
}

static void
insert(struct window *w, const struct window_spec *spec, const struct run *entry)
{
	size_t i = w->n++;

	if (w->runs) {
		for (; i > 0 && run_at(w, spec, i - 1)->first > entry->first; i--)
			*run_at(w, spec, i) = *run_at(w, spec, i - 1);
		*run_at(w, spec, i) = *entry;
	} else {
		for (; i > 0 && *plain_at(w, spec, i - 1) > entry->first; i--)
			*plain_at(w, spec, i) = *plain_at(w, spec, i - 1);
		*plain_at(w, spec, i) = entry->first;
	}
}

/** A run that covers `time` takes it in, so that runs never overlap. What falls into
 * one that has left the sum is part of the error. */
static bool
absorb(struct window *w, const struct window_spec *spec, sv_usec time, uint32_t weight)
{
	for (size_t i = w->n; w->runs && i-- > 0;) {
		struct run *run = run_at(w, spec, i);
		if (run->first > time)
			continue;
		if (run->last < time)
			return false;
		if (weight > UINT32_MAX - run->weight)
			weight = UINT32_MAX - run->weight;
		run->weight += weight;
		w->sum += run->gone ? 0 : weight;
		return true;
	}
	return false;
}

void
window_put(struct window *w, const struct window_spec *spec, sv_usec time,
	   uint32_t weight)
{
	struct run entry = { .first = time, .last = time, .weight = weight };

	if (weight > UINT32_MAX - w->sum) /* so that leaving takes off what came */
		entry.weight = weight = UINT32_MAX - w->sum;
	if (weight == 0)
		return;
	if (weight > 1 && !w->runs) {
		if (w->cap == 0)
			(void)grow_plain(w, spec);
		if (!to_runs(w, spec, w->n < 2 ? 2 : w->n + 1u))
			compress(w, spec);
	}
	if (absorb(w, spec, time, weight))
		return;
	make_room(w, spec);
	/* it may have turned into runs by that; or there is no memory at all */
	if (absorb(w, spec, time, weight) || w->n == w->cap)
		return;
	insert(w, spec, &entry);
	w->sum += w->runs ? weight : 1;
}

sv_usec
window_falls(const struct window *w, const struct window_spec *spec)
{
	if (w->n == 0)
		return SV_USEC_NEVER;
	if (!w->runs)
		return *plain_at(w, spec, 0) + spec->span;
	const struct run *run = run_at(w, spec, 0);
	return (run->gone ? run->last : run->first) + spec->span;
}

sv_usec
window_first(const struct window *w, const struct window_spec *spec)
{
	if (w->n == 0)
		return 0;
	if (!w->runs)
		return *plain_at(w, spec, 0);
	const struct run *run = run_at(w, spec, 0);
	if (!run->gone)
		return run->first;
	return w->n > 1 ? run_at(w, spec, 1)->first : run->last;
}

sv_usec
window_newest(const struct window *w, const struct window_spec *spec)
{
	if (w->n == 0)
		return 0;
	return w->runs ? run_at(w, spec, w->n - 1u)->last
		       : *plain_at(w, spec, w->n - 1u);
}

uint32_t
window_until(const struct window *w, const struct window_spec *spec, sv_usec time)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (!w->runs && *plain_at(w, spec, i) > time)
			break;
		if (!w->runs)
			sum++;
		else if (run_at(w, spec, i)->last <= time && !run_at(w, spec, i)->gone)
			sum += run_at(w, spec, i)->weight;
	}
	return sum;
}

uint32_t
window_error(const struct window *w, const struct window_spec *spec)
{
	if (w->n == 0 || !w->runs)
		return 0;
	const struct run *run = run_at(w, spec, 0);
	return run->gone ? run->weight : 0;
}

void
window_done(struct window *w, const struct window_spec *spec)
{
	pool_give(spec->pool, w->ring, w->cap * entry_bytes(w->runs));
	*w = (struct window){ 0 };
}

/* A run has a hole behind it: field by field. */
static void
save_run(const struct run *run, struct pack *out)
{
	pack_u64(out, run->first);
	pack_u64(out, run->last);
	pack_u32(out, run->weight);
	pack_u8(out, run->gone);
}

void
window_save(const struct window *w, const struct window_spec *spec, struct pack *out)
{
	pack_u8(out, w->runs);
	pack_u16(out, w->n);
	pack_u16(out, w->cap);
	for (size_t i = 0; i < w->n; i++)
		if (w->runs)
			save_run(run_at(w, spec, i), out);
		else
			pack_u64(out, *plain_at(w, spec, i));
}

static bool
read_run(struct unpack *in, struct run *run)
{
	uint8_t gone;

	run->first = unpack_u64(in);
	run->last = unpack_u64(in);
	run->weight = unpack_u32(in);
	gone = unpack_u8(in);
	run->gone = gone == 1;
	return gone <= 1 && run->first <= run->last;
}

/* The entries of `w`, which has its form, n and cap, into its ring; without a ring they
 * are only looked at. */
static int
read_entries(struct window *w, const struct window_spec *spec, struct unpack *in)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct run run = { .weight = 1 };
		if (w->runs && !read_run(in, &run))
			return -EBADMSG;
		if (!w->runs)
			run.first = unpack_u64(in);
		if (!unpack_ok(in))
			return -EBADMSG;
		sum += run.gone ? 0 : run.weight;
		if (w->ring && w->runs)
			*run_at(w, spec, i) = run;
		else if (w->ring)
			*plain_at(w, spec, i) = run.first;
	}
	if (sum > UINT32_MAX)
		return -EBADMSG;
	w->sum = (uint32_t)sum;
	return 0;
}

static int
read_form(struct window *w, struct unpack *in)
{
	uint8_t runs = unpack_u8(in);

	*w = (struct window){ .runs = runs == 1 };
	w->n = unpack_u16(in);
	w->cap = unpack_u16(in);
	return unpack_ok(in) && runs <= 1 && w->n <= w->cap &&
			       w->cap * entry_bytes(w->runs) < POOL_CHUNK_BYTES
		       ? 0
		       : -EBADMSG;
}

int
window_pass(struct unpack *in)
{
	struct window w;
	int r = read_form(&w, in);

	return r < 0 ? r : read_entries(&w, NULL, in);
}

int
window_load(struct window *window, const struct window_spec *spec, struct unpack *in)
{
	struct window w;
	int r = read_form(&w, in);

	if (r < 0)
		return r;
	if (w.n)
		w.ring = pool_take(spec->pool, w.cap * entry_bytes(w.runs), true);
	r = read_entries(&w, spec, in);
	if (r < 0 && w.ring)
		pool_give(spec->pool, w.ring, w.cap * entry_bytes(w.runs));
	if (r >= 0 && w.ring)
		*window = w;
	return r;
}
