/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wall clock that a test sets: to be preloaded into a program. CLOCK_REALTIME is off by
 * as many seconds as stand in the file that SIPVIGIL_TEST_CLOCK names; the clocks that
 * cannot be set go as they go, as when an administrator sets the time.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long
offset_sec(void)
{
	const char *path = getenv("SIPVIGIL_TEST_CLOCK");
	FILE *file = path ? fopen(path, "re") : NULL;
	char text[32] = "";

	if (!file)
		return 0;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	(void)fclose(file);
	return strtol(text, NULL, 10);
}

int
clock_gettime(clockid_t id, struct timespec *ret_time)
{
	int r = (int)syscall(SYS_clock_gettime, id, ret_time);

	if (r == 0 && id == CLOCK_REALTIME)
		ret_time->tv_sec += offset_sec();
	return r;
}
