/* SPDX-License-Identifier: Apache-2.0 */
/* Silences that come and go by command. Each is saved before it is answered: a daemon
 * that is killed then knows of it, and what it tells again is what it has told. */
#include "daemon_parts.h"

#include <errno.h>

static sv_usec
event_time(struct daemon *daemon)
{
	struct engine_stats stats;

	engine_stats_get(pipeline_engine(daemon->rules.pipeline), &stats);
	return stats.now;
}

static int
save(struct daemon *daemon)
{
	return state_save(daemon->state) < 0 ? -EIO : 0;
}

int
daemon_silence_add(void *user, const struct silence_spec *spec,
		   const struct silence **ret_silence, struct expr_error *reterr_error)
{
	struct daemon *daemon = user;
	int r = gate_add(pipeline_gate(daemon->rules.pipeline), spec,
			 event_time(daemon), ret_silence, reterr_error);

	if (r < 0)
		return r;
	buffer_clear(&daemon->scratch);
	buffer_add_clean(&daemon->scratch, str_of((*ret_silence)->author), 80);
	buffer_add_cstr(&daemon->scratch, ": ");
	buffer_add_clean(&daemon->scratch, str_of((*ret_silence)->where), 400);
	log_notice("silence %s was added by %.*s", (*ret_silence)->id,
		   (int)daemon->scratch.len, daemon->scratch.ptr);
	return save(daemon);
}

int
daemon_silence_remove(void *user, struct sv_str id)
{
	struct daemon *daemon = user;
	int r = gate_remove(pipeline_gate(daemon->rules.pipeline), id,
			    event_time(daemon));

	if (r < 0)
		return r;
	buffer_clear(&daemon->scratch);
	buffer_add_clean(&daemon->scratch, id, SILENCE_ID_BYTES);
	log_notice("silence %.*s was removed", (int)daemon->scratch.len,
		   daemon->scratch.ptr);
	return save(daemon);
}
