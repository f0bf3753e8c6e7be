#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Words that have no place in a finished source: marks of unfinished work, paths of
# somebody's machine; and every file of code says its licence.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$src" || exit 1

# The catalogue (src/sip/codes_*) quotes phrases of the standards and is left out.
# The words are put together here so that this file does not find itself.
unfinished="TO""DO|FIX""ME|XX""X[ :]|HA""CK"
phrases="for"" now|not"" yet implemented|place""holder|tempo""rary solution"
machine="/ho""me/[a-z]|/wo""rk/|\.\./sha""red"
code=$(project_files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'tests/*.t' 'tests/lint/layers' 'build-aux/*' \
	'*.mk' 'configure.ac' 'Makefile.am' 'etc/*' 'packaging/*' '.ci/*' | grep -v '/corpus/\|/seeds/\|^src/sip/codes_')
prose=$(project_files '*.md' 'doc/*')

# shellcheck disable=SC2086
output=$(grep -nIE "\b($unfinished)\b" $code $prose)
[ -z "$output" ]
tap $? "no marks of unfinished work"

# shellcheck disable=SC2086
output=$(grep -nIiE "\b($phrases)\b" $code $prose)
[ -z "$output" ]
tap $? "nothing is there for the time being"

# shellcheck disable=SC2086
output=$(grep -nIE "($machine)" $code $prose)
[ -z "$output" ]
tap $? "no paths of one machine"

output=$(for file in $(project_files 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'tests/*.t'); do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
done)
[ -z "$output" ]
tap $? "every file of code names the licence"

tap_end
