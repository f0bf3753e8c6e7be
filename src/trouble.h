/* SPDX-License-Identifier: Apache-2.0 */
/*
 * States in which a source, an input or the host cannot be trusted, as events of the
 * log itself (SV_GAP): one when a state begins, and again at an interval while it lasts,
 * so that a rule that counts them stays raised and clears when it is over. Plain data.
 */
#pragma once

#include <sipvigil/event.h>

#define TROUBLE_TEXT_BYTES 256

struct trouble {
	bool on;
	bool due;     /* it is to be told, and was not yet */
	sv_usec left; /* until it is told again */
	char text[TROUBLE_TEXT_BYTES];
};

/** `passed` µs after the last look: is it there now? */
void trouble_look(struct trouble *trouble, bool on, sv_usec passed, sv_usec again);
__attribute__((format(printf, 2, 3))) void trouble_say(struct trouble *trouble,
						       const char *format, ...);

/** Who tells, and to whom. */
struct trouble_teller {
	sv_usec time;     /* event time that is reached: telling never moves it */
	const char *host; /* of the source */
	void (*raw)(void *user, const struct sv_event *raw);
	void *user;
};

/** `source` NULL: all sources of the host. More sources that it concerns may stand in
 *  `also`, as many as an event names. */
void trouble_tell(const struct trouble_teller *teller, enum sv_gap kind,
		  const char *text, const char *source, const char *const *also,
		  size_t n_also);
