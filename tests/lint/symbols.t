#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the objects say about the house: what is exported is declared, pure rooms
# call nothing that has a clock, a descriptor or a log, and no file hides an instance in a
# variable of its own.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ -z "${top_builddir:-}" ] || ! command -v nm >/dev/null; then
	skip "symbols" "run it by make check; it needs nm (binutils)"
	tap_end
fi
cd "$top_builddir" || exit 1

objects=$(project_objects)

output=$(for object in $objects; do
	declared=$(cat "$src/$(dirname "$object")"/*.h | grep -oE '[a-z_0-9]+ *[(;\[]' | tr -d ' (;[' | sort -u | tr '\n' ' ')
	nm -g --defined-only "$object" | awk -v object="$object" -v declared="$declared" '
	$3 ~ /^(__|asan|_*odr|main$)/ { next }
	index(" " declared, " " $3 " ") == 0 { print object ": " $3 " is in no header of its room: make it static" }'
done)
[ -z "$output" ]
tap $? "exported names are declared in a header of their room"

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
