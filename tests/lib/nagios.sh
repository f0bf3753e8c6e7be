# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A real Nagios Core in the scratch folder, without root's configuration. Source wait.sh
# first.

nagios_need()
{
	nagios_program=$(command -v nagios4 || command -v nagios || ls /usr/sbin/nagios4 2>/dev/null) ||
		skip_all "Nagios Core not found: apt-get install nagios4-core"
}

# nagios_service NAME FRESHNESS_SEC: one more passive service of host pbx1.
nagios_service()
{
	cat >>"$nagios_dir/objects.cfg" <<-EOF
	define service {
	 host_name pbx1
	 service_description $1
	 check_command no-report
	 max_check_attempts 1
	 check_interval 60
	 retry_interval 60
	 active_checks_enabled 0
	 passive_checks_enabled 1
	 check_freshness 1
	 freshness_threshold $2
	 check_period always
	 notification_period always
	 contacts nobody
	}
	EOF
}

# nagios_setup SERVICE...: folders and configuration, all services fresh for an hour.
nagios_setup()
{
	nagios_dir=$scratch/nagios
	nagios_fifo=$nagios_dir/rw/nagios.cmd
	nagios_status=$nagios_dir/status.dat
	mkdir -p "$nagios_dir/rw" "$nagios_dir/results" "$nagios_dir/archives" "$nagios_dir/tmp"
	nagios_user=$(id -un)
	printf '#!/bin/sh\necho "UNKNOWN - no report from sipvigil"\nexit 3\n' >"$nagios_dir/no-report"
	chmod +x "$nagios_dir/no-report"
	cat >"$nagios_dir/nagios.cfg" <<-EOF
	log_file=$nagios_dir/nagios.log
	cfg_file=$nagios_dir/objects.cfg
	object_cache_file=$nagios_dir/objects.cache
	status_file=$nagios_status
	status_update_interval=1
	nagios_user=$nagios_user
	nagios_group=$(id -gn)
	check_external_commands=1
	command_file=$nagios_fifo
	lock_file=$nagios_dir/nagios.lock
	temp_file=$nagios_dir/nagios.tmp
	temp_path=$nagios_dir/tmp
	check_result_path=$nagios_dir/results
	log_archive_path=$nagios_dir/archives
	state_retention_file=$nagios_dir/retention.dat
	query_socket=$nagios_dir/rw/nagios.qh
	interval_length=1
	check_service_freshness=1
	service_freshness_check_interval=2
	enable_environment_macros=0
	use_syslog=0
	EOF
	cat >"$nagios_dir/objects.cfg" <<-EOF
	define timeperiod {
	 timeperiod_name always
	 alias always
	 sunday 00:00-24:00
	 monday 00:00-24:00
	 tuesday 00:00-24:00
	 wednesday 00:00-24:00
	 thursday 00:00-24:00
	 friday 00:00-24:00
	 saturday 00:00-24:00
	}
	define command {
	 command_name no-report
	 command_line $nagios_dir/no-report
	}
	define command {
	 command_name tell-nobody
	 command_line /bin/true
	}
	define contact {
	 contact_name nobody
	 host_notification_period always
	 service_notification_period always
	 host_notification_options n
	 service_notification_options n
	 host_notification_commands tell-nobody
	 service_notification_commands tell-nobody
	}
	define host {
	 host_name pbx1
	 address 127.0.0.1
	 max_check_attempts 1
	 active_checks_enabled 0
	 check_period always
	 contacts nobody
	}
	EOF
	for nagios_name; do
		nagios_service "$nagios_name" 3600
	done
}

nagios_start()
{
	"$nagios_program" "$nagios_dir/nagios.cfg" >>"$nagios_dir/stdout.log" 2>&1 9>&- &
	nagios_pid=$!
	started="$started $nagios_pid"
	tenacious 20 test -p "$nagios_fifo"
}

nagios_stop()
{
	kill "$nagios_pid"
	wait "$nagios_pid" 2>/dev/null
	return 0
}

# nagios_has SERVICE KEY=VALUE: status.dat says so of the service now. VALUE may end in *.
nagios_has()
{
	awk -v service="$1" -v want="$2" '
	/^servicestatus/ { inside = 1; mine = found = 0 }
	inside && $0 == "\tservice_description=" service { mine = 1 }
	inside {
		line = substr($0, 2)
		if (line == want || (want ~ /\*$/ && index(line, substr(want, 1, length(want) - 1)) == 1))
			found = 1
	}
	/^\t}/ { if (inside && mine && found) ok = 1; inside = 0 }
	END { exit !ok }' "$nagios_status"
}
