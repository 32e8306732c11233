/* A ladder as lines of text. See ladder.h. */
#include "lib/ladder_private.h"

#include "lib/clock.h"
#include "lib/json_get.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 26, MARGIN = 14 /* characters of a column, of the times */ };

static void repeat(FILE *out, const char *what, size_t times)
{
	while (times--)
		fputs(what, out);
}

static size_t characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* In the middle of `width` characters. */
static void centre(FILE *out, const char *text, size_t width)
{
	size_t n = characters(text), left = n < width ? (width - n) / 2 : 0;

	repeat(out, " ", left);
	fputs(text, out);
	repeat(out, " ", n < width ? width - n - left : 0);
}

static void write_head(FILE *out, const struct ladder *ladder, const json_t *trace)
{
	const json_t *calls = json_object_get(trace, "calls"), *call;
	size_t i;

	json_array_foreach((json_t *)calls, i, call)
	{
		fprintf(out, "%s  %-8s  %s -> %s\n", json_member_text(call, "call"),
			json_member_text(call, "direction"), json_member_text(call, "from"),
			json_member_text(call, "to"));
	}
	if (json_array_size(calls))
		fputc('\n', out);
	repeat(out, " ", MARGIN);
	for (i = 0; i < ladder->column_count; i++)
		centre(out, ladder->columns[i], WIDTH);
	fputc('\n', out);
	repeat(out, " ", MARGIN);
	for (i = 0; i < ladder->column_count; i++)
		fputs(" ───────────┬──────────── ", out);
	fputc('\n', out);
}

/* What stands between the columns of an arrow's ends, `width` characters. */
typedef void between_h(FILE *out, const struct ladder_arrow *arrow, size_t width);

static void put_label(FILE *out, const struct ladder_arrow *arrow, size_t width)
{
	centre(out, arrow->label, width);
}

static void put_shaft(FILE *out, const struct ladder_arrow *arrow, size_t width)
{
	fputs(arrow->to < arrow->from ? " <" : " ", out);
	repeat(out, "─", width - 3);
	fputs(arrow->to > arrow->from ? "> " : " ", out);
}

/* The lines of the columns, and what is between two of them. */
static void write_row(FILE *out, const struct ladder *ladder, const struct ladder_arrow *arrow,
		      between_h *between)
{
	size_t left = arrow->from < arrow->to ? arrow->from : arrow->to;
	size_t right = arrow->from < arrow->to ? arrow->to : arrow->from;

	repeat(out, " ", WIDTH / 2 - 1);
	for (size_t i = 0; i < ladder->column_count; i++) {
		fputs("│", out);
		if (i == left && right > left) {
			between(out, arrow, (right - left) * WIDTH - 1);
			i = right - 1;
		} else if (i + 1 < ladder->column_count)
			repeat(out, " ", WIDTH - 1);
	}
}

/* Its two lines; `before` the one above it, or NULL. */
static void write_arrow(FILE *out, const struct ladder *ladder, const struct ladder_arrow *arrow,
			const struct ladder_arrow *before)
{
	char time[CLOCK_TEXT_SIZE];

	clock_format_rfc3339(arrow->time_us / 1000, time);
	fprintf(out, "%.12s  ", time + sizeof "2026-11-28T" - 1);
	write_row(out, ladder, arrow, put_label);
	if (arrow->from == arrow->to)
		fprintf(out, "  %s", arrow->label);
	fputc('\n', out);
	if (before)
		fprintf(out, "%+12.6f  ", (double)(arrow->time_us - before->time_us) / 1e6);
	else
		repeat(out, " ", MARGIN);
	write_row(out, ladder, arrow, put_shaft);
	fputc('\n', out);
}

char *ladder_text(const json_t *trace)
{
	struct ladder ladder;
	FILE *out = ladder_open(&ladder, trace);

	if (!out)
		return NULL;
	write_head(out, &ladder, trace);
	for (size_t i = 0; i < ladder.count; i++)
		write_arrow(out, &ladder, &ladder.arrows[i], i ? &ladder.arrows[i - 1] : NULL);
	if (json_is_true(json_object_get(trace, "truncated")))
		fputs("There is more than this.\n", out);
	return ladder_close(&ladder, out);
}
