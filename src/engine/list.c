/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static int
compare(const void *a, const void *b)
{
	const struct prefix *x = a, *y = b;
	int order = memcmp(x->ip.bytes, y->ip.bytes, sizeof(x->ip.bytes));

	return order ? order : (int)x->bits - (int)y->bits;
}

/** Sort; drop what an earlier, wider prefix contains. */
static size_t
settle(struct prefix *p, size_t n)
{
	size_t out = 0;

	if (n == 0)
		return 0;
	qsort(p, n, sizeof(*p), compare);
	for (size_t i = 1; i < n; i++)
		if (!prefix_contains(&p[out], &p[i].ip))
			p[++out] = p[i];
	return out + 1;
}

int
cidr_set_init(struct cidr_set *set, const struct list_spec *spec,
	      struct expr_error *reterr_error)
{
	struct prefix prefix;

	*set = (struct cidr_set){ .name = strdup(spec->name) };
	set->v4 = calloc(spec->n_cidr + 1, sizeof(*set->v4));
	set->v6 = calloc(spec->n_cidr + 1, sizeof(*set->v6));
	if (!set->name || !set->v4 || !set->v6)
		return -ENOMEM;
	for (size_t i = 0; i < spec->n_cidr; i++) {
		struct sv_str text = str_of(spec->cidr[i]);
		if (!prefix_parse(text, &prefix)) {
			*reterr_error =
				(struct expr_error){ .len = text.len ? text.len : 1 };
			(void)snprintf(reterr_error->message,
				       sizeof(reterr_error->message),
				       "list '%.32s': '%.64s' is no address or network",
				       spec->name, spec->cidr[i]);
			return -EINVAL;
		}
		if (prefix.ip.family == 4)
			set->v4[set->n_v4++] = prefix;
		else
			set->v6[set->n_v6++] = prefix;
	}
	set->n_v4 = settle(set->v4, set->n_v4);
	set->n_v6 = settle(set->v6, set->n_v6);
	return 0;
}

void
cidr_set_done(struct cidr_set *set)
{
	free(set->name);
	free(set->v4);
	free(set->v6);
	*set = (struct cidr_set){ 0 };
}

bool
cidr_set_has(const struct cidr_set *set, const struct sv_ip *ip)
{
	const struct prefix *p = ip->family == 4 ? set->v4 : set->v6;
	size_t low = 0, high = ip->family == 4 ? set->n_v4 : set->n_v6;

	if (ip->family == 0)
		return false;
	/* the last prefix that does not begin after ip; none overlap */
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (memcmp(p[mid].ip.bytes, ip->bytes, sizeof(ip->bytes)) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 && prefix_contains(&p[low - 1], ip);
}
