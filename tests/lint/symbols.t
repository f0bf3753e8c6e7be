#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the objects say about the house: exported names carry their file's noun, pure rooms
# call nothing that has a clock, a descriptor or a log, and no file hides an instance in a
# variable of its own.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ -z "${top_builddir:-}" ] || ! command -v nm >/dev/null; then
	skip "symbols" "run it by make check; it needs nm (binutils)"
	tap_end
fi
cd "$top_builddir" || exit 1

objects=
for source in $(project_files 'src/*.c'); do
	object=${source%.c}.o
	[ ! -f "$object" ] || objects="$objects $object"
done

# Names that stand beside their file's noun on purpose.
#   log.c: words that read as a sentence. address.c: a prefix is an address with a length.
#   text.c: a view of text is a str. outcome.c: the words of all closed
#   lists. keep.c: keeps an event, which is then a kept one.
allowed='log:complain log:release address:prefix text:str outcome:* keep:kept'

output=$(for object in $objects; do
	noun=$(basename "$object" .o)
	nm -g --defined-only "$object" | awk -v object="$object" -v noun="$noun" -v allowed="$allowed" '
	function known(name,   word) {
		word = name
		sub(/^sv_/, "", word)
		if (index(word, noun "_") == 1 || word == noun)
			return 1
		# a file of several: attempts.c has attempt_
		if (noun ~ /s$/ && index(word, substr(noun, 1, length(noun) - 1) "_") == 1)
			return 1
		# a noun that has helper files: dialect/asterisk_security.c serves asterisk_
		if (split(noun, part, "_") > 1 && index(word, part[1] "_") == 1)
			return 1
		if (index(" " allowed " ", " " noun ":* ") > 0)
			return 1
		split(name, part, "_")
		return index(" " allowed " ", " " noun ":" part[1] " ") > 0
	}
	BEGIN { gsub(/-/, "_", noun) }
	$3 ~ /^(__|asan|_*odr|main$)/ { next }
	object ~ /src\/cli\// && $3 ~ /^(command|cli)_/ { next }
	!known($3) { print object ": " $3 " does not begin with " noun "_ (exceptions: tests/lint/symbols.t)" }'
done)
[ -z "$output" ]
tap $? "exported names begin with their file's noun"

output=$(for object in $objects; do
	case $object in
	src/sip/* | src/expr/* | src/dialect/* | src/engine/* | src/alert/*) ;;
	*) continue ;;
	esac
	nm -u "$object" | awk -v object="$object" '
	$2 ~ /^(time|clock|clock_gettime|gettimeofday|localtime|mktime|tzset|getenv|setenv)(@|$)/ ||
	$2 ~ /^(open|open64|fopen|fopen64|read|write|fread|fwrite|pread|close|socket|send|recv|poll|ioctl)(@|$)/ ||
	$2 ~ /^(printf|__printf_chk|fprintf|__fprintf_chk|puts|putchar|perror|syslog|stderr|stdout|log_say)(@|$)/ ||
	$2 ~ /^(exit|_exit|abort|system|popen|fork|execv|getaddrinfo|gethostbyname|regcomp|regexec)(@|$)/ ||
	$2 ~ /^(sd_|rd_kafka|pthread_|rand|random|srand|strtok|setlocale)/ {
		print object ": calls " $2
	}'
done)
[ -z "$output" ]
tap $? "pure rooms have no clock, descriptor, log or process"

# Instrumented objects carry variables of the instrumentation.
output=$(for object in $objects; do
	case $object in
	src/base/log.o | src/sipvigild.o | src/cli/sipvigil.o | src/cli/check_sipvigil.o) continue ;;
	esac
	nm -f sysv "$object" | awk -F'|' -v object="$object" '
	/__gcov|__asan|__ubsan|\.Lubsan/ { exit }
	$7 ~ /^\.(data|bss)$/ && $4 ~ /OBJECT/ {
		gsub(/ /, "", $1)
		print object ": variable " $1 " outlives its call: keep state in a struct"
	}'
done)
[ -z "$output" ]
tap $? "no file-level mutable variable"
tap_end
