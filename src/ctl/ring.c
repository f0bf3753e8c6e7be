/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct slot {
	char id[SV_ALERT_ID_LEN + 1], incident[SV_ALERT_ID_LEN + 1];
	char *json; /* owned */
	size_t len;
};

struct ring {
	struct slot slots[RING_MAX_ALERTS];
	size_t first, n; /* oldest, number */
	size_t bytes;
	uint64_t lost;
};

int
ring_new(struct ring **ret_ring)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return -ENOMEM;
	*ret_ring = ring;
	return 0;
}

static void
drop_oldest(struct ring *ring)
{
	struct slot *slot = &ring->slots[ring->first];

	ring->bytes -= slot->len;
	free(slot->json);
	*slot = (struct slot){ 0 };
	ring->first = (ring->first + 1) % RING_MAX_ALERTS;
	ring->n--;
	ring->lost++;
}

void
ring_free(struct ring *ring)
{
	if (!ring)
		return;
	while (ring->n)
		drop_oldest(ring);
	free(ring);
}

void
ring_put(struct ring *ring, const struct sv_alert *alert, struct sv_str json)
{
	char *copy = json.len <= RING_MAX_BYTES ? malloc(json.len + 1) : NULL;
	struct slot *slot;

	if (!copy) {
		ring->lost++;
		return;
	}
	if (json.len)
		memcpy(copy, json.ptr, json.len);
	copy[json.len] = '\0';
	while (ring->n == RING_MAX_ALERTS || ring->bytes + json.len > RING_MAX_BYTES)
		drop_oldest(ring);
	slot = &ring->slots[(ring->first + ring->n) % RING_MAX_ALERTS];
	memcpy(slot->id, alert->id, sizeof(slot->id));
	memcpy(slot->incident, alert->incident, sizeof(slot->incident));
	slot->json = copy;
	slot->len = json.len;
	ring->n++;
	ring->bytes += json.len;
}

void
ring_each(const struct ring *ring,
	  bool (*each)(void *user, const char *id, const char *incident,
		       struct sv_str json),
	  void *user)
{
	for (size_t i = ring->n; i-- > 0;) {
		const struct slot *slot =
			&ring->slots[(ring->first + i) % RING_MAX_ALERTS];
		struct sv_str json = { slot->json, slot->len };

		if (!each(user, slot->id, slot->incident, json))
			return;
	}
}

size_t
ring_count(const struct ring *ring)
{
	return ring->n;
}

uint64_t
ring_lost(const struct ring *ring)
{
	return ring->lost;
}
