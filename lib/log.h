/* log: one line an event on stderr, key=value, for an admin's eyes and for grep.
 *
 *   2026-11-20T09:22:01.123Z info call.answered call=3f0c… code=200 codec=PCMU
 *
 * Where stderr is systemd's journal a line goes there by its own protocol, with event and call as fields
 * (journal.h) and without the time, which the journal has itself.
 *
 * Threads: any thread may log; a line is written with one write(2). Media workers do not log in a tick.
 * Values that may hold spaces, quotes or control characters (anything that came from outside) are passed with
 * log_quote(), which makes them safe and bounded. */
#ifndef OFFHOOK_LIB_LOG_H
#define OFFHOOK_LIB_LOG_H

#include <stddef.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* Lines below `level` are dropped from now on. Default: info. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* Parses "debug", "info", "warn" or "error". Returns 0, or EINVAL and leaves *out. */
int log_level_parse(const char *name, enum log_level *out);

/* Writes one line. `event` is a dotted name of ours ("call.answered"); `call_id` the call that the line is
 * about, or NULL; `fmt` the rest as key=value pairs, or "" for none. */
void log_write(enum log_level level, const char *event, const char *call_id, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* What stands in front of a line on stderr: its priority where stderr is the journal, "<4>", else "". For
 * lines that are written in another way than by log_write(). */
const char *log_priority(enum log_level level);

/* Puts `text` in double quotes with everything unprintable escaped, cut at a few hundred characters.
 * Returns a string in one of eight thread-local buffers, valid until the eighth next call of this thread.
 * NULL gives "". */
const char *log_quote(const char *text);
const char *log_quote_n(const char *text, size_t length);

/* The arguments of a line that is not written are not evaluated. */
#define log_at(level, ...)                               \
	do {                                             \
		if (log_get_level() <= (level))          \
			log_write((level), __VA_ARGS__); \
	} while (0)
#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...)  log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
