/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sipvigild: watches logs of SIP telephone systems and raises alerts.
 *
 * The map of the source. A line of log goes down this list:
 *
 *   input/     journal.c, tail.c          a record: one log message and its position
 *   intake.c, source.c                    the inputs of the daemon, a stream each
 *   dialect/   stream.c, registry.c       whose line it is; asterisk*.c, freeswitch*.c: what it says
 *              pattern*.c                 dialects that the configuration describes
 *   pipeline.c                            the only composer of what follows
 *   engine/    ledger.c                   many lines about one attempt are one event
 *              engine.c, window.c         events counted per rule and key
 *              watch.c, report.c          what is due; the arithmetic in words
 *   alert/     cycle.c, render*.c         life cycle and ids; JSON and text
 *   delivery.c                            the outputs of the daemon
 *   output/    stream.c journal.c kafka.c nagios.c exec.c
 *
 * Beside that road:
 *
 *   daemon.c                              loop, time, reload, start and stop
 *   ruleset.c                             the pipeline and the rules it rests on
 *   leftover.c                            alerts that nobody would end any more
 *   signature.c                           what a reload may leave running
 *   intake_trouble.c, trouble.c, habit.c  is what is read whole, usual, and understood
 *   intake_view.c                         the inputs as others see them
 *   drift.c                               more lines than usual are not understood
 *   timekeeper.c                          is the clock to be trusted
 *   state.c state_lock.c saver.c store/   what outlives the daemon
 *   conf/                                 the configuration: read, checked as a whole
 *   expr/                                 the expression language of rules and filters
 *   sip/                                  codes, causes and their meaning
 *   ctl/                                  control socket, commands, counters, client
 *   doctor/                               what hosts and PBXes keep out of their logs
 *   cli/                                  the programs sipvigil and check_sipvigil
 *   base/                                 text, addresses, time stamps, buffers, log
 *   include/sipvigil/                     the contracts: record, event, dialect, alert
 */
#include "base/i18n.h"
#include "base/log.h"
#include "daemon.h"

#include <getopt.h>
#include <malloc.h>
#include <stdio.h>

/** Bytes; glibc's own default. */
#define MMAP_THRESHOLD (128 * 1024)

static void
print_help(void)
{
	printf(_("Usage: sipvigild [-c FILE] [-f] [-n]\n"
		 "Watches logs of SIP telephone systems and raises alerts.\n"
		 "\n"
		 "  -c, --config FILE   configuration instead of "
		 "%s/sipvigil/sipvigil.conf;\n"
		 "                      without any, the PBXes of this host are found\n"
		 "  -f, --foreground    a person watches: alerts are told on stderr "
		 "too\n"
		 "  -n, --check         check the configuration and end\n"
		 "  -v, --verbose       say more\n"
		 "  -h, --help          this text\n"
		 "  -V, --version       version\n"
		 "\n"
		 "It stays in the foreground. SIGHUP reads the configuration anew, "
		 "SIGTERM "
		 "ends it.\n"
		 "Exit codes: 0 done, 2 wrong usage or configuration, 3 could not "
		 "start.\n"),
	       SYSCONFDIR);
}

enum what { RUN, CHECK, LEAVE, WRONG };

static enum what
take_options(int argc, char **argv, struct daemon_options *options)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "check", no_argument, NULL, 'n' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	enum what what = RUN;
	int option;

	while ((option = getopt_long(argc, argv, "c:fnvhV", longs, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'f':
			options->foreground = true;
			break;
		case 'n':
			what = CHECK;
			break;
		case 'v':
			log_setup("sipvigild", LOG_LEVEL_DEBUG);
			break;
		case 'h':
			print_help();
			return LEAVE;
		case 'V':
			printf("sipvigild %s\n", PACKAGE_VERSION);
			return LEAVE;
		default:
			fprintf(stderr, _("More: sipvigild --help\n"));
			return WRONG;
		}
	}
	if (optind == argc)
		return what;
	fprintf(stderr,
		_("sipvigild: '%s' is not understood\nMore: sipvigild --help\n"),
		argv[optind]);
	return WRONG;
}

static enum daemon_exit
run(const struct daemon_options *options)
{
	struct daemon *daemon;
	enum daemon_exit code = daemon_new(options, &daemon);

	if (code != DAEMON_DONE)
		return code;
	code = daemon_run(daemon);
	daemon_free(daemon);
	return code;
}

int
main(int argc, char **argv)
{
	struct daemon_options options = { 0 };

	/* Large tables come zeroed from the kernel and cost only what is touched of
	 * them. Left to itself, malloc would take them from the heap once one was freed
	 * (a reload does that), and touch them all. */
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	/* The thread that writes alerts.db allocates little: no heap of its own. */
	(void)mallopt(M_ARENA_MAX, 1);
	i18n_setup();
	log_setup("sipvigild", LOG_LEVEL_INFO);
	switch (take_options(argc, argv, &options)) {
	case RUN:
		return run(&options);
	case CHECK:
		return daemon_check(&options);
	case LEAVE:
		return DAEMON_DONE;
	case WRONG:
		break;
	}
	return DAEMON_CONFIG;
}
