/* conf_error: see conf_error.h. */
#define _GNU_SOURCE /* vasprintf */
#include "lib/conf_error.h"

#include "lib/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ERRORS_MAX = 100 };

static char *format_line(const char *file, int line, const char *what)
{
	char *text = NULL;
	int n;

	if (line > 0)
		n = asprintf(&text, "%s:%d: %s", file, line, what);
	else
		n = asprintf(&text, "%s: %s", file, what);
	return n < 0 ? NULL : text;
}

void conf_errors_add(struct conf_errors *errors, const char *file, int line, const char *fmt, ...)
{
	char **lines;
	char *what = NULL;
	va_list ap;

	if (errors->closed || errors->count > ERRORS_MAX)
		return;
	lines = realloc(errors->lines, (errors->count + 1) * sizeof(*lines));
	if (!lines) {
		/* Whoever asks sees a count without the lines. */
		if (!errors->lines)
			errors->count = errors->count ? errors->count : 1;
		return;
	}
	errors->lines = lines;
	if (errors->count == ERRORS_MAX) {
		lines[errors->count++] = strdup("there are more errors; these come first");
		return;
	}
	va_start(ap, fmt);
	if (vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	va_end(ap);
	lines[errors->count++] = what ? format_line(file, line, what) : NULL;
	free(what);
}

void conf_errors_print(const struct conf_errors *errors, FILE *to)
{
	for (size_t i = 0; i < errors->count; i++)
		fprintf(to, "%s%s\n", to == stderr ? log_priority(LOG_LEVEL_ERROR) : "",
			errors->lines && errors->lines[i] ? errors->lines[i] : "out of memory");
}

void conf_errors_free(struct conf_errors *errors)
{
	for (size_t i = 0; errors->lines && i < errors->count; i++)
		free(errors->lines[i]);
	free(errors->lines);
	errors->lines = NULL;
	errors->count = 0;
}
