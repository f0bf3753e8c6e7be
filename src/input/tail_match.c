/* SPDX-License-Identifier: Apache-2.0 */
#include "input/tail_match.h"

#include <stdlib.h>
#include <string.h>

static int
compare_ages(const void *a, const void *b)
{
	const struct tail_match *x = a, *y = b;

	if (x->st.st_mtim.tv_sec != y->st.st_mtim.tv_sec)
		return x->st.st_mtim.tv_sec < y->st.st_mtim.tv_sec ? -1 : 1;
	if (x->st.st_mtim.tv_nsec != y->st.st_mtim.tv_nsec)
		return x->st.st_mtim.tv_nsec < y->st.st_mtim.tv_nsec ? -1 : 1;
	return 0;
}

void
tail_match_sort(struct tail_match *matches, size_t n)
{
	if (n)
		qsort(matches, n, sizeof(*matches), compare_ages);
}

bool
tail_match_is_log(const struct tail_match *match, char *const *named, size_t n_named)
{
	if (S_ISREG(match->st.st_mode))
		return true;
	for (size_t i = 0; i < n_named; i++)
		if (strcmp(named[i], match->path) == 0)
			return true;
	return false;
}
