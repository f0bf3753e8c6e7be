/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/held.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_ROOM ((size_t)64)

void
held_done(struct held_table *table)
{
	free(table->of);
	*table = (struct held_table){ 0 };
}

static unsigned
nibble(char c)
{
	return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
	       : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
				      : 16;
}

static bool
read_id(const char *text, unsigned char id[HELD_ID_BYTES])
{
	for (size_t i = 0; i < HELD_ID_BYTES; i++) {
		unsigned high = nibble(text[2 * i]);
		unsigned low = high > 15 ? 16 : nibble(text[2 * i + 1]);
		if (low > 15)
			return false;
		id[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

/** Where it would stand if nothing were in the way: ids are digests, any bytes do. */
static size_t
home_of(const struct held_table *table, const unsigned char *id)
{
	uint64_t word;

	memcpy(&word, id, sizeof(word));
	return (size_t)word & (table->room - 1);
}

/** Its place, or the free one where it belongs. The table is never full. */
static struct held *
place_of(const struct held_table *table, const unsigned char *id)
{
	size_t at = home_of(table, id);

	while (table->of[at].why != HELD_FREE &&
	       memcmp(table->of[at].id, id, HELD_ID_BYTES) != 0)
		at = (at + 1) & (table->room - 1);
	return &table->of[at];
}

struct held *
held_find(const struct held_table *table, const char *incident)
{
	unsigned char id[HELD_ID_BYTES];

	if (table->n == 0 || !read_id(incident, id))
		return NULL;
	struct held *held = place_of(table, id);
	return held->why == HELD_FREE ? NULL : held;
}

static bool
make_room(struct held_table *table)
{
	struct held_table grown = { .n = table->n,
				    .room = table->room ? table->room * 2
							: FIRST_ROOM };

	if ((table->n + 1) * 4 <= table->room * 3)
		return true;
	grown.of = calloc(grown.room, sizeof(*grown.of));
	if (!grown.of)
		return false;
	for (size_t i = 0; i < table->room; i++)
		if (table->of[i].why != HELD_FREE)
			*place_of(&grown, table->of[i].id) = table->of[i];
	free(table->of);
	*table = grown;
	return true;
}

static struct held *
add(struct held_table *table, const unsigned char *id)
{
	if (table->n >= HELD_MAX || !make_room(table))
		return NULL;
	struct held *held = place_of(table, id);
	if (held->why == HELD_FREE)
		table->n++;
	*held = (struct held){ .why = HELD_SILENCED };
	memcpy(held->id, id, HELD_ID_BYTES);
	return held;
}

struct held *
held_add(struct held_table *table, const char *incident)
{
	unsigned char id[HELD_ID_BYTES];

	return read_id(incident, id) ? add(table, id) : NULL;
}

void
held_name(struct held *held, struct sv_str by)
{
	by = str_upto(by, sizeof(held->by) - 1);
	memset(held->by, 0, sizeof(held->by));
	if (by.len)
		memcpy(held->by, by.ptr, by.len);
}

/* Those behind it that could not stand where they belong move up, so that no search
 * ends too early. */
void
held_remove(struct held_table *table, struct held *held)
{
	size_t mask = table->room - 1, hole = (size_t)(held - table->of), at = hole;

	table->n--;
	for (;;) {
		at = (at + 1) & mask;
		if (table->of[at].why == HELD_FREE)
			break;
		size_t home = home_of(table, table->of[at].id);
		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		table->of[hole] = table->of[at];
		hole = at;
	}
	table->of[hole] = (struct held){ .why = HELD_FREE };
}

/* A removal may move another entry to the place, and over the end of the table back to
 * its beginning: looked at again, and a second time around. */
void
held_sweep(struct held_table *table, bool (*keep)(void *user, const struct held *held),
	   void *user)
{
	for (size_t i = 0; i < 2 * table->room && table->n; i++) {
		struct held *held = &table->of[i & (table->room - 1)];
		while (held->why != HELD_FREE && !keep(user, held))
			held_remove(table, held);
	}
}

void
held_save(const struct held_table *table, struct pack *out)
{
	pack_u32(out, (uint32_t)table->n);
	for (size_t i = 0; i < table->room; i++) {
		const struct held *held = &table->of[i];
		if (held->why == HELD_FREE)
			continue;
		pack_bytes(out, held->id, sizeof(held->id));
		pack_u8(out, held->why);
		pack_u8(out, held->told);
		pack_u8(out, held->severity);
		pack_str(out, str_of(held->by));
	}
}

int
held_load(struct held_table *table, struct unpack *in)
{
	uint32_t n = unpack_u32(in);

	for (uint32_t i = 0; i < n && unpack_ok(in); i++) {
		const unsigned char *id = unpack_bytes(in, HELD_ID_BYTES);
		uint8_t why = unpack_u8(in), told = unpack_u8(in);
		uint8_t severity = unpack_u8(in);
		struct sv_str by = unpack_str(in);
		if (!id || !unpack_ok(in) || why == HELD_FREE || why > HELD_GROUPED ||
		    severity > SV_SEVERITY_UNKNOWN || told > SV_SEVERITY_UNKNOWN)
			return -EBADMSG;
		struct held *held = add(table, id);
		if (!held)
			return table->n >= HELD_MAX ? -EBADMSG : -ENOMEM;
		held->why = why;
		held->told = told;
		held->severity = severity;
		held_name(held, by);
	}
	return unpack_ok(in) ? 0 : -EBADMSG;
}
