#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016 # variables of Kamailio's and OpenSIPS's scripts
# sipvigil doctor on prepared trees: each PBX with settings that keep failures out of its
# logs, and the same after the advised lines were written.
. "${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}/tests/lib/wait.sh"
. "$top_srcdir/tests/lib/sipvigild.sh"
daemon_need

root=$scratch/root
said=$scratch/said
tap_notes="$said"

# tree: an empty host with the daemon's user.
tree()
{
	rm -rf "$root"
	mkdir -p "$root/etc" "$root/run/log/journal" "$root/var/log/journal" "$root/proc/77"
	echo 'sipvigil:x:64999:64999::/var/lib/sipvigil:/usr/sbin/nologin' >"$root/etc/passwd"
	printf 'adm:x:4:sipvigil\nsipvigil:x:64999:\n' >"$root/etc/group"
	chmod -R a+rX "$root"
}

# put FILE: standard input, below the root.
put()
{
	mkdir -p "$(dirname "$root$1")"
	cat >"$root$1"
}

doctor()
{
	"$sipvigil" doctor --root "$root" "$@" >"$said" 2>&1
}

# found LEVEL AREA FILE LINE CHANGE: such a finding is among those of the last doctor --json;
# FILE, LINE and CHANGE may be left out from the right.
found()
{
	jq -se --arg level "$1" --arg area "$2" --arg file "${3:-}" --arg line "${4:-}" --arg change "${5:-}" \
		'any(.[]; .level == $level and .area == $area and
			($file == "" or .file == $file) and
			($line == "" or (.line | tostring) == $line) and
			($change == "" or (.change // "" | contains($change))))' "$said" >/dev/null
}

# told LEVEL TEXT: a finding says so.
told()
{
	jq -se --arg level "$1" --arg text "$2" \
		'any(.[]; .level == $level and (.text | contains($text)))' "$said" >/dev/null
}

# apply: writes what is to be fixed into the files, at the lines that were told: lines that are
# there are replaced when they set the same, else one is put before them.
apply()
{
	jq -rs --arg root "$root" '.[] | select(.level == "fix" or .level == "fail") | select(.file and .change) |
		[$root + .file, (.line // 0 | tostring), .change] | @json' "$said" >"$scratch/fixes"
	python3 - "$scratch/fixes" <<-'END'
	import json, re, sys
	fixes = {}
	for row in open(sys.argv[1]):
	    path, line, change = json.loads(row)
	    fixes.setdefault(path, []).append((int(line), change))
	def key(text):
	    text = text.strip().lstrip(";# ")
	    found = re.match(r'(?:modparam\("(\w+)", *"(\w+)"|<param name="([^"]+)"|do_accounting|[\w.$-]+)', text)
	    return found.group(0) if found else None
	for path, changes in fixes.items():
	    lines = open(path).read().split("\n")
	    for line, change in sorted(changes, reverse=True):
	        at = line - 1 if line else len(lines)
	        replaces = at < len(lines) and key(lines[at]) and key(lines[at]) == key(change.split("\n")[0])
	        lines[at:at + 1 if replaces else at] = change.split("\n")
	    open(path, "w").write("\n".join(lines))
	END
}

# Nothing there.
tree
doctor
ok $? "a host without a PBX has nothing to be fixed"
try "which is said" has "$said" "no PBX found"
"$sipvigil" doctor --root "$scratch/nowhere" >"$said" 2>&1
[ $? -eq 3 ]
ok $? "a root that is not there cannot be looked at"
"$sipvigil" doctor --frobnicate >"$said" 2>&1
[ $? -eq 2 ]
ok $? "an unknown option is a wrong use"

# Asterisk as it comes, with two trunks.
tree
put /etc/asterisk/logger.conf <<'END'
; as installed
[general]
;dateformat=%F %T

;--
security => security  in a comment of several lines
--;
[logfiles]
console => notice,warning,error,verbose,security
;security => security
messages => notice,warning,error
#include "logger.d/*.conf"
END
put /etc/asterisk/logger.d/more.conf <<'END'
full => notice,warning,error,verbose(1)
END
put /etc/asterisk/pjsip.conf <<'END'
[asked](!)
type = aor
qualify_frequency = 30
[carrier-a](asked)
contact = sip:198.51.100.10
[carrier-b]
type=aor
contact=sip:198.51.100.20
[1001]
type=aor
max_contacts=1
END
put /etc/asterisk/sip.conf <<'END'
[general]
alwaysauthreject = no
allowguest=no
[old]
host=198.51.100.30
qualify=no
END
put /var/log/asterisk/full </dev/null
put /var/log/asterisk/full.1 </dev/null
chmod 600 "$root/var/log/asterisk/full"
echo asterisk >"$root/proc/77/comm"
put /usr/sbin/asterisk </dev/null
doctor --json
[ $? -eq 1 ]
ok $? "Asterisk as installed: there is something to be fixed"
try "the security channel is off, and the comment that holds it is named" \
	found fix asterisk /etc/asterisk/logger.conf 10 "security => security"
try "verbosity 1 is too low, and it stands in an included file" \
	found fix asterisk /etc/asterisk/logger.d/more.conf 1 "full => notice,warning,error,verbose(3)"
try "stamps without year and zone" found note asterisk /etc/asterisk/logger.conf 3 "dateformat"
try "a trunk without qualify is named" found note asterisk /etc/asterisk/pjsip.conf 7 qualify_frequency
[ "$(jq -r 'select(.file == "/etc/asterisk/pjsip.conf") | .text' "$said" | wc -l)" -eq 1 ]
ok $? "one that inherits it, and a phone, are not"
try "alwaysauthreject" found fix asterisk /etc/asterisk/sip.conf 2 "alwaysauthreject=yes"
try "chan_sip's trunk" found note asterisk /etc/asterisk/sip.conf 6 "qualify=yes"
try "a log that the daemon may not read" told fix "may not read /var/log/asterisk/full"
try "what was found of it is said" told ok "/usr/sbin/asterisk, running; logs /var/log/asterisk/full"
chmod 644 "$root/var/log/asterisk/full"
apply
doctor --json
ok $? "after the lines were written nothing is to be fixed"

# Containers log to the console.
tree
put /.dockerenv </dev/null
put /etc/asterisk/logger.conf <<'END'
[logfiles]
console => notice,warning,error
END
doctor --json
try "in a container the console is the log" found fix asterisk /etc/asterisk/logger.conf 2 "console => notice,warning,error,verbose(3),security"

# Kamailio: a configuration of its own, and the packaged one.
tree
put /etc/kamailio/kamailio.cfg <<'END'
#!KAMAILIO
#!define WITH_AUTH
#!ifdef WITH_DEBUG
#!define LEVEL 3
#!else
#!define LEVEL 0
#!endif
debug=LEVEL
log_facility=LOG_LOCAL0
/* loadmodule "never.so"
modparam("acc", "failed_transaction_flag", 9) */
loadmodule "/usr/lib/x86_64-linux-gnu/kamailio/modules/acc.so"
loadmodule "auth_db.so"
modparam("acc", "log_flag", 1)
modparam("acc", "log_extra", "src_user=$fU;"
	"ua=$ua")
import_file "kamailio-local.cfg"
request_route {
	#!ifdef WITH_AUTH
	if (!auth_check("$fd", "subscriber", "1")) {
		auth_challenge("$fd", "0");
		exit;
	}
	#!endif
}
END
put /etc/rsyslog.conf <<'END'
*.*;local0.none;auth,authpriv.none	-/var/log/syslog
local0.*	-/var/log/kamailio.log
END
rm -rf "$root/var/log/journal" "$root/run/log/journal"
doctor --json
try "Kamailio: the level, through #!define" found fix kamailio /etc/kamailio/kamailio.cfg 8 "debug=2"
try "failed calls are not accounted" found fix kamailio /etc/kamailio/kamailio.cfg 13 failed_transaction_flag
try "nor with the caller's address" found fix kamailio /etc/kamailio/kamailio.cfg 15 'src_ip=$si'
try "a refusal is not logged" found fix kamailio /etc/kamailio/kamailio.cfg 21 'Auth_error for $fU@$fd from $si cause $rc'
try "acc goes to another file of rsyslog" found fix kamailio /etc/kamailio/kamailio.cfg 13 '"log_facility", "LOG_LOCAL0"'
if told note "cannot be read"; then missed=1; else missed=0; fi
ok "$missed" "a file of import_file may be missing"
packaged=/etc/kamailio/kamailio.cfg
if [ -r "$packaged" ]; then
	tree
	put /etc/kamailio/kamailio.cfg <"$packaged"
	doctor --json
	ok $? "the packaged configuration has nothing to be fixed"
	sed -i '2i #!define WITH_MYSQL\n#!define WITH_AUTH' "$root$packaged"
	doctor --json
	line=$(grep -n 'if (!auth_check' "$root$packaged" | tail -n 1 | cut -d: -f1)
	first=$(grep -nE '(auth_check|authenticate) *\(' "$root$packaged" | head -n 1 | cut -d: -f1)
	found fix kamailio "$packaged" "$((line + 1))" "Auth_error" || found fix kamailio "$packaged" "$((first + 1))" "Auth_error"
	ok $? "with accounts switched on, refusals are to be logged"
	apply
	doctor --json
	ok $? "after the line was written nothing is"
	if command -v kamailio >/dev/null && sed -e '/WITH_MYSQL/d' "$root$packaged" >"$scratch/try.cfg" &&
		kamailio -c -f "$packaged" >/dev/null 2>&1; then
		sed -e '2,3d' "$root$packaged" >"$scratch/try.cfg"
		try "and Kamailio takes it" kamailio -c -f "$scratch/try.cfg"
	fi
else
	ok 1 "kamailio is not installed: apt-get install kamailio"
fi

# OpenSIPS.
tree
put /etc/opensips/opensips.cfg <<'END'
log_level=1
loadmodule "acc.so"
loadmodule "auth_db.so"
route{
	if (!www_authorize("", "subscriber")) {
		www_challenge("", "auth");
		exit;
	}
	if (is_method("BYE")) {
		do_accounting("log","failed");
	}
	if (is_method("INVITE")) {
		do_accounting("log");
	}
}
END
doctor --json
try "OpenSIPS: the level" found fix opensips /etc/opensips/opensips.cfg 1 "log_level=3"
try "calls that fail" found fix opensips /etc/opensips/opensips.cfg 13 'do_accounting("log", "failed|missed");'
try "with the caller's address" found fix opensips /etc/opensips/opensips.cfg 3 '$acc_extra(src_ip) = $si'
try "a refusal is not logged" found fix opensips /etc/opensips/opensips.cfg 6 Auth_error
apply
doctor --json
ok $? "after the lines were written nothing is to be fixed"

# FreeSWITCH as it comes.
tree
fs=/etc/freeswitch
put $fs/autoload_configs/modules.conf.xml <<'END'
<configuration name="modules.conf">
  <modules>
    <load module="mod_console"/>
    <load module="mod_logfile"/>
    <!-- <load module="mod_fail2ban"/> -->
  </modules>
</configuration>
END
put $fs/autoload_configs/logfile.conf.xml <<'END'
<configuration name="logfile.conf">
  <settings><param name="rotate-on-hup" value="true"/></settings>
  <profiles>
    <profile name="default">
      <settings>
        <param name="uuid" value="true"/>
      </settings>
      <mappings>
        <map name="all" value="debug,info,notice,warning,err,crit,alert"/>
      </mappings>
    </profile>
  </profiles>
</configuration>
END
put $fs/autoload_configs/switch.conf.xml <<'END'
<configuration name="switch.conf"><settings>
  <param name="loglevel" value="err"/>
</settings></configuration>
END
put $fs/sip_profiles/internal.xml <<'END'
<profile name="internal">
  <gateways>
  </gateways>
  <settings>
    <param name="log-auth-failures" value="false"/>
  </settings>
</profile>
END
put $fs/sip_profiles/external/carrier.xml <<'END'
<include>
  <gateway name="carrier-c">
    <param name="proxy" value="198.51.100.40"/>
  </gateway>
</include>
END
doctor --json
try "FreeSWITCH: the level" found fix freeswitch $fs/autoload_configs/switch.conf.xml 2 'value="info"'
try "refused credentials" found fix freeswitch $fs/sip_profiles/internal.xml 5 'name="log-auth-failures" value="true"'
try "a log that cannot be forged, ready to be put in" found fix freeswitch $fs/autoload_configs/logfile.conf.xml 12 '<map name="sofia_reg.c"'
try "a trunk without ping" found note freeswitch $fs/sip_profiles/external/carrier.xml 3 'name="ping"'
apply
doctor --json
ok $? "after the lines were written nothing is to be fixed"
if command -v xmllint >/dev/null; then
	try "and the file is well formed" xmllint --noout "$root$fs/autoload_configs/logfile.conf.xml"
else
	try "and the file is well formed" python3 -c "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])" "$root$fs/autoload_configs/logfile.conf.xml"
fi

# What stands between a PBX and its log.
tree
put /etc/systemd/journald.conf <<'END'
[Journal]
#RateLimitBurst=10000
RateLimitBurst=200
Storage=volatile
END
put /etc/rsyslog.conf <<'END'
$RepeatedMsgReduction on
module(load="imjournal" StateFile="imjournal.state")
module(load="imuxsock" SysSock.RateLimit.Interval="5")
END
put /etc/logrotate.d/asterisk <<'END'
/var/log/dpkg.log { copytruncate }
/var/log/asterisk/full /var/log/asterisk/messages {
	weekly
	copytruncate
}
END
doctor --json
try "journald drops messages" found fix journald /etc/systemd/journald.conf 3 RateLimitBurst
try "its journal is volatile" found note journald /etc/systemd/journald.conf 4 Storage=persistent
try "rsyslog puts messages together" found note rsyslog /etc/rsyslog.conf 1
try "and drops those of the journal" found note rsyslog /etc/rsyslog.conf "" Ratelimit
try "and those of programs" found fix rsyslog /etc/rsyslog.conf 3
try "copytruncate, of a PBX's log alone" found note logrotate /etc/logrotate.d/asterisk 4
[ "$(jq -r 'select(.area == "logrotate") | .line' "$said" | wc -l)" -eq 1 ]
ok $? "once"

# Broken and endless configurations end the reading, not the doctor.
tree
head -c 3000000 /dev/urandom >"$scratch/noise"
put /etc/asterisk/logger.conf <"$scratch/noise"
put /etc/asterisk/pjsip.conf <<'END'
[a](b)
type=aor
[b](a)
contact=sip:x
#include "pjsip.conf"
END
put /etc/kamailio/kamailio.cfg <"$scratch/noise"
put $fs/autoload_configs/logfile.conf.xml <"$scratch/noise"
mkfifo "$root/etc/logrotate.d-fifo"
mkdir -p "$root/etc/logrotate.d"
mv "$root/etc/logrotate.d-fifo" "$root/etc/logrotate.d/fifo"
timeout 20 "$sipvigil" doctor --root "$root" --json >"$said" 2>&1
[ $? -le 1 ]
ok $? "noise, loops and a fifo are no trouble"
jq -e . "$said" >/dev/null
ok $? "and the answer is JSON"

# With the daemon.
tree
: >"$log"
daemon_conf "file \"full\" { path = {\"$log\"} }" "stream \"out\" { path = \"$out\" }" \
	"exec \"page\" { command = {\"$scratch/no-such-program\"} }"
daemon_start
ok $? "a daemon runs"
wrong_password 203.0.113.7 12
tenacious 20 says '"told":12' ask status --json
"$sipvigil" doctor --root "$root" --socket "$control" >"$said" 2>&1
try "it is asked" has "$said" "sipvigild"
try "and its outputs are told" has "$said" "stream:out"
daemon_stop
"$sipvigil" doctor --root "$root" --socket "$control" >"$said" 2>&1
[ $? -eq 1 ] && has "$said" "FAIL  sipvigil: the daemon is not asked"
ok $? "without it that is a failure"
finish
