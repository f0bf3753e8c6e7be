/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays seeds through a fuzz target where libFuzzer is not linked: `make check` uses
 * it with every compiler. Without arguments it takes tests/fuzz/seeds/<target>/ of the
 * source tree (environment `srcdir`), else the files and folders named. Before the
 * seeds the target gets the empty input, and of every seed also its first half, so that
 * a parser sees texts that end early. Prints TAP: one test, "<target> replays N
 * inputs".
 *
 * To replay a crash that libFuzzer wrote: tests/fuzz/fuzz_header crash-1234
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEED_MAX_BYTES ((size_t)16 * 1024 * 1024)

static void
run_bytes(const unsigned char *bytes, size_t len)
{
	/* A block of exactly this size, so that AddressSanitizer sees a read past it.
	 */
	unsigned char *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, bytes, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

/** Inputs run, or negative errno. */
static int
run_file(const char *path, off_t size)
{
	int ret = -EIO;
	FILE *file = NULL;
	unsigned char *bytes = NULL;
	size_t len = (size_t)size;

	if (len > SEED_MAX_BYTES)
		return -EFBIG;
	bytes = malloc(len ? len : 1);
	if (!bytes)
		return -ENOMEM;
	file = fopen(path, "rbe");
	if (!file) {
		ret = -errno;
		goto out;
	}
	if (fread(bytes, 1, len, file) != len)
		goto out;
	run_bytes(bytes, len);
	run_bytes(bytes, len / 2);
	ret = 2;
out:
	if (file)
		fclose(file);
	free(bytes);
	return ret;
}

static int run_path(const char *path);

static int
run_folder(const char *path)
{
	int total = 0;
	struct dirent **names = NULL;
	int n = scandir(path, &names, NULL, alphasort);

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		char name[4096];

		if (total >= 0 && names[i]->d_name[0] != '.') {
			snprintf(name, sizeof(name), "%s/%s", path, names[i]->d_name);
			int done = run_path(name);
			total = done < 0 ? done : total + done;
		}
		free(names[i]);
	}
	free(names);
	return total;
}

static int
run_path(const char *path)
{
	struct stat st;
	int done;

	if (stat(path, &st) < 0)
		done = -errno;
	else
		done = S_ISDIR(st.st_mode) ? run_folder(path)
					   : run_file(path, st.st_size);
	if (done < 0)
		printf("# %s: %s\n", path, strerror(-done));
	return done;
}

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	const char *srcdir = getenv("srcdir");
	const char *target = strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name;
	int inputs = 1, named = 0;
	bool failed = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..1\n");
	run_bytes(NULL, 0);
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		int done = run_path(argv[i]);
		failed |= done < 0;
		inputs += done < 0 ? 0 : done;
		named++;
	}
	if (named == 0) {
		char folder[4096];

		snprintf(folder, sizeof(folder), "%s/tests/fuzz/seeds/%s",
			 srcdir ? srcdir : ".", target);
		int done = run_path(folder);
		/* A target without seeds proves nothing. */
		failed = done < 2;
		inputs += done < 0 ? 0 : done;
	}
	printf("%sok 1 - %s replays %d inputs\n", failed ? "not " : "", name, inputs);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
