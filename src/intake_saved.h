/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saved positions of inputs by their names ("file:asterisk"), between reading them and
 * giving them to the inputs. For intake.c.
 */
#pragma once

#include "input/input.h"

struct intake_saved;

/** Copies what intake_save() packed. 0, -EBADMSG, -ENOMEM. */
int intake_saved_new(struct unpack *in, struct intake_saved **ret_saved);
/** Of a running input: what `save` packs, under this name. 0 or -ENOMEM. */
int intake_saved_take(void (*save)(void *user, struct pack *out), void *user,
		      const char *name, struct intake_saved **ret_saved);
void intake_saved_free(struct intake_saved *saved);
/** Restore the input from what is saved under the name; nothing is no error. */
int intake_saved_give(const struct intake_saved *saved, const char *name,
		      struct input *input);
