/* SPDX-License-Identifier: Apache-2.0 */
/* The gate as bytes, and back. */
#include "alert/gate_state.h"

#include "base/text.h"

#include <errno.h>

/** Layout of what is saved. */
#define FORMAT 2u

static void
save_silences(void *user, struct pack *out)
{
	silences_save(&((const struct gate *)user)->silences, out);
}

void
gate_save(const struct gate *gate, struct pack *out)
{
	struct gate copy = *gate;

	pack_u32(out, FORMAT);
	pack_blob(out, save_silences, &copy);
	pack_u64(out, gate->rung);
	pack_u64(out, gate->stats.silenced);
	pack_u64(out, gate->stats.inhibited);
	pack_u64(out, gate->stats.released);
	pack_u64(out, gate->stats.passed);
	pack_u64(out, gate->stats.grouped);
	groups_save(&gate->groups, out);
	held_save(&gate->held, out);
}

int
gate_load(struct gate *gate, struct unpack *in)
{
	int r;

	if (unpack_u32(in) != FORMAT)
		return -EBADMSG;
	struct unpack silences = unpack_of(unpack_blob(in));
	gate->rung = unpack_u64(in);
	gate->stats.silenced = unpack_u64(in);
	gate->stats.inhibited = unpack_u64(in);
	gate->stats.released = unpack_u64(in);
	gate->stats.passed = unpack_u64(in);
	gate->stats.grouped = unpack_u64(in);
	r = silences_load(&gate->silences, &silences);
	if (r == 0)
		r = groups_load(&gate->groups, in);
	return r < 0 ? r : held_load(&gate->held, in);
}

static bool
keep_none(void *user, const struct held *held)
{
	(void)user;
	(void)held;
	return false;
}

void
gate_forget(struct gate *gate)
{
	held_sweep(&gate->held, keep_none, NULL);
	for (size_t i = 0; i < gate->groups.n; i++)
		memset(gate->groups.of[i].members, 0,
		       sizeof(gate->groups.of[i].members));
}
