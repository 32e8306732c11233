/* log: see log.h. */
#include "lib/log.h"

#include "lib/clock.h"
#include "lib/journal.h"
#include "lib/service.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	LINE_SIZE = 4096,    /* a line longer than this is cut */
	QUOTE_BUFFERS = 8,   /* as log.h promises */
	QUOTE_TEXT_MAX = 384 /* bytes of quoted text before it is cut */
};

static const char *const level_names[] = { "debug", "info", "warn", "error" };
static _Atomic int current_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&current_level, (int)level, memory_order_relaxed);
}

enum log_level log_get_level(void)
{
	return (enum log_level)atomic_load_explicit(&current_level, memory_order_relaxed);
}

int log_level_parse(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (name && strcmp(name, level_names[i]) == 0) {
			*out = (enum log_level)i;
			return 0;
		}
	}
	return EINVAL;
}

/* In front of a line of stderr that the journal reads; the digit is the priority itself. */
static const char *const priorities[] = { "<7>", "<6>", "<4>", "<3>" };

const char *log_priority(enum log_level level)
{
	return service_has_journal() ? priorities[level] : "";
}

/* Appends to the line; what does not fit is dropped. */
static size_t append(char *line, size_t used, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static size_t append(char *line, size_t used, const char *fmt, va_list ap)
{
	int n = vsnprintf(line + used, LINE_SIZE - used, fmt, ap);

	if (n < 0)
		return used;
	return (size_t)n >= LINE_SIZE - used ? LINE_SIZE - 1 : used + (size_t)n;
}

static size_t appendf(char *line, size_t used, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static size_t appendf(char *line, size_t used, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	used = append(line, used, fmt, ap);
	va_end(ap);
	return used;
}

/* With fields of its own, and without the priority in front. Returns whether it was taken. */
static bool give_to_journal(enum log_level level, const char *event, const char *call_id, const char *line,
			    size_t size)
{
	size_t front = strlen(priorities[level]);

	return journal_send(priorities[level][1] - '0', event, call_id, line + front, size - front);
}

void log_write(enum log_level level, const char *event, const char *call_id, const char *fmt, ...)
{
	char line[LINE_SIZE], now[CLOCK_TEXT_SIZE];
	size_t used;
	va_list ap;
	int saved = errno;

	if (level < log_get_level())
		return;
	if (service_has_journal()) /* it has a time for each line already */
		used = appendf(line, 0, "%s%s %s", log_priority(level), level_names[level], event);
	else
		used = appendf(line, 0, "%s %s %s", clock_format_rfc3339(clock_utc_ms(), now),
			       level_names[level], event);
	if (call_id)
		used = appendf(line, used, " call=%s", call_id);
	if (fmt[0]) {
		used = appendf(line, used, " ");
		va_start(ap, fmt);
		used = append(line, used, fmt, ap);
		va_end(ap);
	}
	/* A line without pairs was given an empty text, since gcc warns about an empty format. */
	while (used > 0 && line[used - 1] == ' ')
		used--;
	if (!service_has_journal() || !give_to_journal(level, event, call_id, line, used)) {
		/* The last byte was vsnprintf's NUL. */
		line[used++] = '\n';
		while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
			;
	}
	errno = saved;
}

/* Length of the UTF-8 sequence at `text` (at most `left` bytes), or 0 when there is none that is safe to
 * show: malformed, a C1 control, a line separator or a character that turns the direction of writing. */
static size_t shown_sequence(const unsigned char *text, size_t left)
{
	size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
	uint32_t point = text[0] & (0x7f >> length);

	if (text[0] < 0xc2 || text[0] > 0xf4 || length > left)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	if (point < 0xa0 || (length == 3 && point < 0x800) || (length == 4 && point < 0x10000))
		return 0;
	if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff)
		return 0;
	if (point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
	    (point >= 0x2066 && point <= 0x2069) || point == 0xfeff)
		return 0;
	return length;
}

const char *log_quote_n(const char *text, size_t length)
{
	static const char hex[] = "0123456789abcdef";
	/* Room for the escapes of one more character, three dots, the quote and the NUL. */
	static _Thread_local char buffers[QUOTE_BUFFERS][QUOTE_TEXT_MAX + 16];
	static _Thread_local unsigned next;
	char *out = buffers[next++ % QUOTE_BUFFERS];
	size_t used = 0;
	size_t i = 0;

	out[used++] = '"';
	while (text && i < length && used < QUOTE_TEXT_MAX) {
		unsigned char c = (unsigned char)text[i];
		size_t sequence = c >= 0x80 ? shown_sequence((const unsigned char *)text + i, length - i) : 1;

		if (c == '"' || c == '\\') {
			out[used++] = '\\';
			out[used++] = (char)c;
		} else if (sequence == 0 || c < 0x20 || c == 0x7f) {
			out[used++] = '\\';
			out[used++] = 'x';
			out[used++] = hex[c >> 4];
			out[used++] = hex[c & 15];
			sequence = 1;
		} else {
			memcpy(out + used, text + i, sequence);
			used += sequence;
		}
		i += sequence;
	}
	if (text && i < length) {
		memcpy(out + used, "...", 3);
		used += 3;
	}
	out[used++] = '"';
	out[used] = '\0';
	return out;
}

const char *log_quote(const char *text)
{
	return log_quote_n(text, text ? strlen(text) : 0);
}
