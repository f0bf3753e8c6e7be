/* SPDX-License-Identifier: Apache-2.0 */
/* What Kamailio and OpenSIPS keep out of their logs: the level, accounting of failures
 * with the caller's address, refused credentials. */
#include "base/i18n.h"
#include "base/text.h"
#include "doctor/kamcfg.h"
#include "doctor/rsyslog.h"

#include <stdio.h>

#define KAMAILIO "kamailio"
#define OPENSIPS "opensips"
/** acc writes with this level, unless it is told otherwise. */
#define NOTICE_KAMAILIO 1
#define NOTICE_OPENSIPS 2
#define THEN_KAMAILIO "kamailio -c && systemctl restart kamailio"
#define THEN_OPENSIPS "opensips -C && systemctl restart opensips"

static const char *const kamailio_paths[] = { "/etc/kamailio/kamailio.cfg",
					      "/usr/local/etc/kamailio/kamailio.cfg",
					      "/usr/local/kamailio/etc/kamailio/"
					      "kamailio.cfg",
					      NULL };
static const char *const opensips_paths[] = { "/etc/opensips/opensips.cfg",
					      "/usr/local/etc/opensips/opensips.cfg",
					      NULL };

/** Where a missing setting of a module belongs: behind the module. */
static struct doctor_remedy
after(const struct kamcfg_item *item, const char *path, const char *change,
      const char *then)
{
	return (struct doctor_remedy){ .file = item ? item->file : path,
				       .line = item ? item->line + 1 : 0,
				       .change = change,
				       .then = then };
}

static struct doctor_remedy
at(const struct kamcfg_item *item, const char *change, const char *then)
{
	return (struct doctor_remedy){
		.file = item->file, .line = item->line, .change = change, .then = then
	};
}

/** The last module that is loaded: what is missing is loaded behind it. */
static const struct kamcfg_item *
last_module(const struct kamcfg *cfg)
{
	for (size_t i = cfg->n_items; i-- > 0;)
		if (cfg->items[i].kind == KAMCFG_MODULE)
			return &cfg->items[i];
	return NULL;
}

static bool
contains(struct sv_str text, const char *what)
{
	size_t len = strlen(what);

	for (size_t i = 0; i + len <= text.len; i++)
		if (strncasecmp(text.ptr + i, what, len) == 0)
			return true;
	return false;
}

static const char *const checks[] = { "auth_check",
				      "www_authenticate",
				      "proxy_authenticate",
				      "pv_www_authenticate",
				      "pv_proxy_authenticate",
				      "pv_auth_check",
				      "www_authorize",
				      "proxy_authorize",
				      "pv_www_authorize",
				      "pv_proxy_authorize",
				      "radius_www_authorize",
				      "radius_proxy_authorize",
				      NULL };
static const char *const logs[] = { "xlog",  "xlogl", "xlogm", "xnotice",
				    "xwarn", "xerr",  "xinfo", "xalert",
				    "xcrit", "log",   NULL };

static bool
is_one_of(struct sv_str name, const char *const *list)
{
	for (; *list; list++)
		if (str_eq(name, str_of(*list)))
			return true;
	return false;
}

/** Credentials are checked, and nobody says when they are refused: neither proxy does so
 *  by itself. */
static void
look_at_auth(const struct kamcfg *cfg, const char *area, const char *change,
	     const char *then)
{
	const struct kamcfg_item *check = NULL;

	for (size_t i = 0; i < cfg->n_items; i++) {
		const struct kamcfg_item *item = &cfg->items[i];
		if (item->kind != KAMCFG_CALL)
			continue;
		if (is_one_of(item->name, logs) && contains(item->value, "auth"))
			return;
		if (!check && is_one_of(item->name, checks))
			check = item;
	}
	if (!check)
		return;
	struct doctor_remedy remedy = after(check, NULL, change, then);
	doctor_say(cfg->doctor, DOCTOR_FIX, area, &remedy,
		   _("%.*s() checks credentials (%s:%u), and a refusal is not logged: "
		     "guessing of passwords is not seen"),
		   (int)check->name.len, check->name.ptr, check->file, check->line);
}

static void
say_not_known(const struct kamcfg *cfg, const char *area, const char *path)
{
	static const char *const engines[] = { "app_lua",  "app_python", "app_python3",
					       "app_jsdt", "app_ruby",   "app_sqlang",
					       NULL };
	const struct kamcfg_item *module = NULL;

	for (size_t i = 0; engines[i] && !module; i++)
		module = kamcfg_module(cfg, engines[i]);
	if (module)
		doctor_say(cfg->doctor, DOCTOR_NOTE, area, NULL,
			   _("routes may be written in another language (%.*s): what "
			     "they log is not looked at"),
			   (int)module->module.len, module->module.ptr);
	if (cfg->more)
		doctor_say(cfg->doctor, DOCTOR_NOTE, area, NULL,
			   _("%s includes something that cannot be read here; what it "
			     "sets is not known"),
			   path);
}

/* Kamailio. */

static void
look_at_level(const struct kamcfg *cfg, const char *path)
{
	const struct kamcfg_item *debug = kamcfg_set(cfg, "debug");
	const struct kamcfg_item *acc = kamcfg_param(cfg, "acc", "log_level");
	int64_t level = kamcfg_number(cfg, debug, debug ? NOTICE_KAMAILIO : 0);
	int64_t needed = kamcfg_number(cfg, acc, NOTICE_KAMAILIO);
	char change[32];

	if (level >= needed)
		return;
	(void)snprintf(change, sizeof(change), "debug=%d",
		       (int)(needed > 2 ? needed : 2));
	struct doctor_remedy remedy = debug ? at(debug, change, THEN_KAMAILIO)
					    : after(NULL, path, change, THEN_KAMAILIO);
	doctor_say(cfg->doctor, DOCTOR_FIX, KAMAILIO, &remedy,
		   _("the level %d is too low: failed calls (acc) are written with "
		     "level %d"),
		   (int)level, (int)needed);
}

#define ACC_EXTRA                                                \
	"\"src_user=$fU;src_domain=$fd;src_ip=$si;src_port=$sp;" \
	"dst_ouser=$tU;dst_user=$rU;dst_domain=$rd\""

static void
look_at_extra(const struct kamcfg *cfg, const struct kamcfg_item *acc)
{
	const struct kamcfg_item *extra = kamcfg_param(cfg, "acc", "log_extra");
	char change[700];

	if (!extra) {
		struct doctor_remedy remedy = after(
			acc, NULL, "modparam(\"acc\", \"log_extra\", " ACC_EXTRA ")",
			THEN_KAMAILIO);
		doctor_say(cfg->doctor, DOCTOR_FIX, KAMAILIO, &remedy,
			   _("failed calls are logged without the caller's address "
			     "(log_extra)"));
		return;
	}
	if (contains(extra->value, "$si") || contains(extra->value, "$su") ||
	    contains(extra->value, "$siz"))
		return;
	struct sv_str value = tree_unquote(extra->value);
	(void)snprintf(change, sizeof(change),
		       "modparam(\"acc\", \"log_extra\", \"%.*s;src_ip=$si\")",
		       (int)(value.len < 600 ? value.len : 600), value.ptr);
	struct doctor_remedy remedy = at(extra, change, THEN_KAMAILIO);
	doctor_say(cfg->doctor, DOCTOR_FIX, KAMAILIO, &remedy,
		   _("failed calls are logged without the caller's address "
		     "(log_extra)"));
}

static void
look_at_acc(const struct kamcfg *cfg, const char *path)
{
	const struct kamcfg_item *acc = kamcfg_module(cfg, "acc");

	if (!acc) {
		struct doctor_remedy remedy = after(
			last_module(cfg), path,
			"loadmodule \"acc.so\"\n"
			"modparam(\"acc\", \"log_flag\", 1)\n"
			"modparam(\"acc\", \"log_missed_flag\", 2)\n"
			"modparam(\"acc\", \"failed_transaction_flag\", 3)\n"
			"modparam(\"acc\", \"log_extra\", " ACC_EXTRA ")\n"
			"# and for each INVITE: setflag(1); setflag(2); setflag(3);",
			THEN_KAMAILIO);
		doctor_say(cfg->doctor, DOCTOR_FIX, KAMAILIO, &remedy,
			   _("the module acc is not loaded: failed calls are not "
			     "logged"));
		return;
	}
	if (!kamcfg_param(cfg, "acc", "log_flag") &&
	    !kamcfg_param(cfg, "acc", "log_missed_flag")) {
		struct doctor_remedy remedy =
			after(acc, path,
			      "modparam(\"acc\", \"log_flag\", FLT_ACC)\n"
			      "modparam(\"acc\", \"log_missed_flag\", FLT_ACCMISSED)",
			      THEN_KAMAILIO);
		doctor_say(cfg->doctor, DOCTOR_FIX, KAMAILIO, &remedy,
			   _("acc writes nothing to the log (log_flag, "
			     "log_missed_flag)"));
		return;
	}
	if (!kamcfg_param(cfg, "acc", "failed_transaction_flag")) {
		struct doctor_remedy remedy =
			after(acc, path,
			      "modparam(\"acc\", \"failed_transaction_flag\", "
			      "FLT_ACCFAILED)",
			      THEN_KAMAILIO);
		doctor_say(cfg->doctor, DOCTOR_FIX, KAMAILIO, &remedy,
			   _("calls that fail are not accounted "
			     "(failed_transaction_flag)"));
	}
	look_at_extra(cfg, acc);
}

/** Files of rsyslog that hold acc's lines and all the others. acc has a facility of its
 *  own. */
static void
look_at_facility(const struct kamcfg *cfg)
{
	const struct kamcfg_item *own = kamcfg_param(cfg, "acc", "log_facility");
	const struct kamcfg_item *all = kamcfg_set(cfg, "log_facility");
	const struct kamcfg_item *acc = kamcfg_module(cfg, "acc");
	char file[TREE_PATH_BYTES], acc_file[TREE_PATH_BYTES], change[100];
	struct sv_str facility =
		all ? kamcfg_value(cfg, all->value) : SV_STR("LOG_DAEMON");
	struct sv_str acc_facility =
		own ? kamcfg_value(cfg, own->value) : SV_STR("LOG_DAEMON");

	if (!acc || !rsyslog_target(cfg->doctor, facility, file) ||
	    !rsyslog_target(cfg->doctor, acc_facility, acc_file) ||
	    strcmp(file, acc_file) == 0)
		return;
	(void)snprintf(change, sizeof(change),
		       "modparam(\"acc\", \"log_facility\", \"%.*s\")",
		       (int)(facility.len < 40 ? facility.len : 40), facility.ptr);
	struct doctor_remedy remedy = own ? at(own, change, THEN_KAMAILIO)
					  : after(acc, NULL, change, THEN_KAMAILIO);
	doctor_say(cfg->doctor,
		   tree_exists(cfg->doctor, "/var/log/journal") ? DOCTOR_NOTE
								: DOCTOR_FIX,
		   KAMAILIO, &remedy,
		   _("rsyslog writes failed calls (acc, %.*s) to %s and all else "
		     "(%.*s) to %s"),
		   (int)acc_facility.len, acc_facility.ptr, acc_file, (int)facility.len,
		   facility.ptr, file);
}

void
kamailio_look(struct doctor *doctor)
{
	for (size_t i = 0; kamailio_paths[i]; i++) {
		struct kamcfg cfg;
		if (kamcfg_read(doctor, kamailio_paths[i], &cfg)) {
			look_at_level(&cfg, kamailio_paths[i]);
			look_at_acc(&cfg, kamailio_paths[i]);
			look_at_facility(&cfg);
			look_at_auth(&cfg, KAMAILIO,
				     "xlog(\"L_NOTICE\", \"Auth_error for $fU@$fd from "
				     "$si cause $rc\\n\");",
				     THEN_KAMAILIO);
			say_not_known(&cfg, KAMAILIO, kamailio_paths[i]);
		}
		kamcfg_done(&cfg);
	}
}

/* OpenSIPS. */

static void
look_at_opensips_level(const struct kamcfg *cfg)
{
	const struct kamcfg_item *level = kamcfg_set(cfg, "log_level");

	if (!level)
		level = kamcfg_set(cfg, "debug");
	int64_t number = kamcfg_number(cfg, level, NOTICE_OPENSIPS);
	if (number >= NOTICE_OPENSIPS)
		return;
	struct doctor_remedy remedy = at(level, "log_level=3", THEN_OPENSIPS);
	doctor_say(cfg->doctor, DOCTOR_FIX, OPENSIPS, &remedy,
		   _("the level %d is too low: failed calls (acc) are written with "
		     "level %d"),
		   (int)number, NOTICE_OPENSIPS);
}

/** Are transactions accounted to the log? One that leaves failures out is in *ret_call. */
static bool
accounts(const struct kamcfg *cfg, const struct kamcfg_item **ret_call)
{
	bool any = false;

	*ret_call = NULL;
	for (size_t i = 0; i < cfg->n_items; i++) {
		const struct kamcfg_item *item = &cfg->items[i];
		if (item->kind != KAMCFG_CALL ||
		    !str_eq(item->name, SV_STR("do_accounting")) ||
		    !contains(item->value, "log"))
			continue;
		any = true;
		if (!contains(item->value, "failed") &&
		    !contains(item->value, "missed"))
			*ret_call = item;
	}
	return any;
}

static void
look_at_opensips_acc(const struct kamcfg *cfg, const char *path)
{
	const struct kamcfg_item *acc = kamcfg_module(cfg, "acc"), *call;
	const struct kamcfg_item *extra = kamcfg_param(cfg, "acc", "extra_fields");

	if (!acc || !accounts(cfg, &call)) {
		struct doctor_remedy remedy =
			after(acc ? acc : last_module(cfg), path,
			      "loadmodule \"acc.so\"\n"
			      "modparam(\"acc\", \"extra_fields\", \"log: src_ip\")\n"
			      "# and for each INVITE: $acc_extra(src_ip) = $si; "
			      "do_accounting(\"log\", \"failed|missed\");",
			      THEN_OPENSIPS);
		doctor_say(cfg->doctor, DOCTOR_FIX, OPENSIPS, &remedy,
			   _("failed calls are not accounted to the log "
			     "(do_accounting)"));
		return;
	}
	if (call) {
		struct doctor_remedy remedy =
			at(call, "do_accounting(\"log\", \"failed|missed\");",
			   THEN_OPENSIPS);
		doctor_say(cfg->doctor, DOCTOR_FIX, OPENSIPS, &remedy,
			   _("calls that fail are not accounted (\"failed\" in "
			     "do_accounting)"));
	}
	if (!extra || !contains(extra->value, "ip")) {
		struct doctor_remedy remedy =
			after(acc, path,
			      "modparam(\"acc\", \"extra_fields\", \"log: src_ip\")\n"
			      "# and before do_accounting(): $acc_extra(src_ip) = $si;",
			      THEN_OPENSIPS);
		doctor_say(cfg->doctor, DOCTOR_FIX, OPENSIPS, &remedy,
			   _("failed calls are logged without the caller's address "
			     "(extra_fields)"));
	}
}

void
kamailio_opensips_look(struct doctor *doctor)
{
	for (size_t i = 0; opensips_paths[i]; i++) {
		struct kamcfg cfg;
		if (kamcfg_read(doctor, opensips_paths[i], &cfg)) {
			look_at_opensips_level(&cfg);
			look_at_opensips_acc(&cfg, opensips_paths[i]);
			look_at_auth(&cfg, OPENSIPS,
				     "xlog(\"L_NOTICE\", \"Auth_error for $fU@$fd from "
				     "$si cause $retcode\\n\");",
				     THEN_OPENSIPS);
			say_not_known(&cfg, OPENSIPS, opensips_paths[i]);
		}
		kamcfg_done(&cfg);
	}
}
