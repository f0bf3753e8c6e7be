#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2119 # daemon_start takes further options only where some are given
# Files of the state that are locked, gone, damaged or another's, and a folder that is
# full or read-only as the kernel makes it: each is said, and logs are read meanwhile.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need
command -v python3 >/dev/null || skip_all "python3 not found: apt-get install python3"
. "$top_srcdir/tests/lib/state.sh"

# Another process holds the database for a while.
fresh
daemon_start
attack 1
tenacious 20 told 1
python3 - "$database" "$scratch/held" "$scratch/release" <<'PYTHON' &
import os, sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open(sys.argv[2], "w").close()
end = time.time() + 60
while time.time() < end and not os.path.exists(sys.argv[3]):
    time.sleep(0.05)
db.execute("ROLLBACK")
PYTHON
started="$started $!"
tenacious 20 test -e "$scratch/held"
attack 2
try "locked by another process: alerts go out" tenacious 20 told 2
try "locked: it is said" tenacious 20 says "another process holds it" ask status
attack 3
try "locked: logs are read on" tenacious 20 told 3
touch "$scratch/release"
try "locked: that it is over is said" tenacious 30 has "$daemon_log" "can be written again"
try "locked: all is there" tenacious 20 complete
try "the database is in order" sh -c "python3 -c '
import sqlite3, sys
db = sqlite3.connect(\"$database\")
sys.exit(db.execute(\"PRAGMA integrity_check\").fetchone()[0] != \"ok\")'"

# The folder goes away and comes back.
mv "$state" "$state.away"
attack 4
try "without its folder: alerts go out" tenacious 20 told 4
try "without its folder: it is said, with the remedy" tenacious 30 says "create the folder" ask status
mv "$state.away" "$state"
try "the folder is back: that is said" tenacious 30 has "$daemon_log" "can be written again" 2
try "the folder is back: all is there" tenacious 30 complete
rm "$database"
attack 5
try "alerts.db is removed: that is said" tenacious 20 has "$daemon_log" "was removed while it was in use"
try "and made anew" tenacious 10 test -s "$database"
daemon_stop
ok $? "it ends with code 0"

# Bad files at the start.
bad_start()
{
	attack 6
	daemon_start
	ok $? "$1: it starts"
	try "$1: that is said" has "$daemon_log" "$2"
	attack 7
	try "$1: it alerts" tenacious 20 told 7
	try "$1: and knows it" tenacious 20 says "203.0.113.7" ask alerts
	daemon_stop
	ok $? "$1: it ends with code 0"
}
before_bad()
{
	fresh
	daemon_start
	attack 1
	tenacious 20 told 1
	daemon_stop
}
before_bad
head -c 3000 /dev/urandom | dd of="$database" conv=notrunc 2>/dev/null
bad_start "alerts.db with garbage at its head" "is damaged or no database; it was set aside as $database.bad-"
before_bad
truncate -s 5000 "$database"
bad_start "alerts.db cut" "set aside as $database.bad-"
before_bad
: >"$database"
bad_start "alerts.db empty" "$database was empty"
before_bad
rm "$database"
mkdir "$database"
bad_start "alerts.db a folder" "is no regular file; it was set aside as"
before_bad
python3 -c "
import sqlite3
db = sqlite3.connect('$database')
db.execute('PRAGMA user_version = 77')"
bad_start "alerts.db of a newer sipvigil" "is of a newer sipvigil; it was set aside as"
before_bad
rm "$database"
python3 -c "
import sqlite3
db = sqlite3.connect('$database')
db.execute('CREATE TABLE theirs (x)')"
bad_start "alerts.db of another program" "is a database of another program; it was set aside as"
before_bad
printf 'garbage' | dd of="$state/checkpoint" bs=1 seek=300 conv=notrunc 2>/dev/null
bad_start "checkpoint damaged" "is damaged (its checksum does not fit), set aside as $state/checkpoint.bad-"
before_bad
truncate -s 200 "$state/checkpoint"
bad_start "checkpoint cut" "is cut short or too long, set aside as"
try "what was set aside is there" sh -c "ls '$state'/checkpoint.bad-*"

# A folder that it may not write, and one that is full, as the kernel makes them.
rm -rf "$state"
mkdir "$state"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=2m tmpfs "$state" 2>/dev/null; then
	: >"$daemon_log"
	rm -f "$out" "$log"
	: >"$log"
	head -c 3m /dev/zero >"$state/fill" 2>/dev/null
	daemon_start
	ok $? "a folder without a free byte: it starts"
	attack 1
	try "a folder without a free byte: it alerts" tenacious 20 told 1
	try "and says so, with the remedy" tenacious 20 says "make room on its disk" ask status
	rm "$state/fill"
	try "with room again: that is said" tenacious 30 has "$daemon_log" "can be written again"
	attack 2
	tenacious 20 told 2
	try "and all is there" tenacious 30 complete
	head -c 3m /dev/zero >"$state/fill" 2>/dev/null
	attack 3
	try "full while it runs: it alerts" tenacious 20 told 3
	try "and says so" tenacious 20 says "No space left on device" ask status
	rm "$state/fill"
	try "with room again: all is there" tenacious 30 complete
	daemon_stop
	mount -o remount,ro "$state"
	attack 4
	daemon_start
	try "a read-only folder: it alerts" tenacious 20 told 4
	try "and says so, with the remedy" tenacious 20 says "must be able to write" ask status
	mount -o remount,rw "$state"
	try "writable again: all is there" tenacious 30 complete
	daemon_stop
	ok $? "it ends with code 0"
	umount "$state"
else
	ok 0 "a real full disk # SKIP needs root to mount a tmpfs"
fi
try "no sanitizer has anything to say" sh -c "! grep -q 'runtime error\|AddressSanitizer' '$daemon_log'"
finish
