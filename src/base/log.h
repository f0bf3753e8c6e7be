/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program's own log: to the journal's stderr protocol ("<4>…") under systemd, plain
 * lines otherwise. Used by main files, daemon, input, output and ctl alone; all other
 * rooms return what they have to say.
 *
 * struct complaint is for what may go wrong again and again (a broker that is down): it
 * speaks at once, then at growing intervals with the number of repeats, and says when
 * it is over.
 */
#pragma once

#include <sipvigil/base.h>

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

/** `program` is kept, not copied. Nothing above `max` is written. */
void log_setup(const char *program, enum log_level max);
__attribute__((format(printf, 2, 3))) void log_say(enum log_level level,
						   const char *format, ...);

#define log_error(...) log_say(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_say(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_say(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_say(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_say(LOG_LEVEL_DEBUG, __VA_ARGS__)

struct complaint {
	sv_usec next; /* monotonic µs: silent until then */
	sv_usec interval;
	uint64_t repeats; /* since the last word */
	bool open;
};

/** `now` is monotonic. First at once, then after 1 min, 5 min, 30 min, then hourly. */
__attribute__((format(printf, 4, 5))) void complain(struct complaint *c, sv_usec now,
						    enum log_level level,
						    const char *format, ...);
/** The trouble is over: says so once if it had been announced. */
__attribute__((format(printf, 2, 3))) void release(struct complaint *c,
						   const char *format, ...);
