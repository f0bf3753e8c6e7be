# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# For the TAP scripts of tests/lint: counts, prints and ends. $src is the source tree.
src=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
count=0

# tap STATUS NAME: one result; what stands in $output is shown when it failed.
tap()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		[ -z "${output:-}" ] || printf '%s\n' "$output" | sed 's/^/# /'
	fi
}

skip()
{
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# The harness reads the lines, so the exit status only says that the script came to its end.
tap_end()
{
	echo "1..$count"
	exit 0
}

# Files of the project by pattern, without build folders: from git where there is one.
project_files()
{
	if [ -e "$src/.git" ] && command -v git >/dev/null &&
		git -C "$src" rev-parse >/dev/null 2>&1; then
		git -C "$src" ls-files -- "$@"
	else
		for pattern; do
			(cd "$src" && find . -path './build*' -prune -o -path './.git' -prune \
				-o -type f -path "./$pattern" -print | sed 's|^\./||')
		done
	fi | LC_ALL=C sort -u
}

# Objects of the sources that exist, in the build folder; stale ones are left out.
project_objects()
{
	for source in $(project_files 'src/*.c'); do
		object=${source%.c}.o
		[ ! -f "$top_builddir/$object" ] || echo "$object"
	done
}
