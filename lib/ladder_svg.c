/* A ladder as SVG. See ladder.h. */
#include "lib/ladder_private.h"

#include "lib/clock.h"
#include "lib/xml_text.h"

#include <stdlib.h>

enum { LEFT = 110, COLUMN = 210, TOP = 56, ROW = 34 };

static int middle(size_t column)
{
	return LEFT + (int)column * COLUMN + COLUMN / 2;
}

static void write_head(FILE *out, const struct ladder *ladder)
{
	int height = TOP + (int)ladder->count * ROW + 16;
	int width = LEFT + (int)ladder->column_count * COLUMN + 10;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
		"role=\"img\" aria-label=\"SIP messages of a call\" font-family=\"sans-serif\" "
		"font-size=\"13\">\n"
		"<defs><marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"10\" refY=\"5\" markerWidth=\"8\" "
		"markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 10 5 0 10z\" "
		"fill=\"#1a5fb4\"/></marker></defs>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
		width, height, width, height);
	for (size_t i = 0; i < ladder->column_count; i++) {
		fprintf(out, "<text x=\"%d\" y=\"24\" text-anchor=\"middle\" font-weight=\"bold\">",
			middle(i));
		xml_text_write(out, ladder->columns[i]);
		fprintf(out, "</text>\n<line x1=\"%d\" y1=\"34\" x2=\"%d\" y2=\"%d\" stroke=\"#9a9996\"/>\n",
			middle(i), middle(i), height - 8);
	}
}

static void write_arrow(FILE *out, const struct ladder_arrow *arrow, int y)
{
	char time[CLOCK_TEXT_SIZE];

	clock_format_rfc3339(arrow->time_us / 1000, time);
	fprintf(out, "<text x=\"8\" y=\"%d\" fill=\"#5e5c64\">%.12s</text>\n", y + 4,
		time + sizeof "2026-11-28T" - 1);
	fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">",
		(middle(arrow->from) + middle(arrow->to)) / 2, y - 5);
	xml_text_write(out, arrow->label);
	fprintf(
	    out,
	    "</text>\n<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#1a5fb4\" stroke-width=\"1.5\" "
	    "marker-end=\"url(#head)\"/>\n",
	    middle(arrow->from), y, middle(arrow->to), y);
}

char *ladder_svg(const json_t *trace)
{
	struct ladder ladder;
	FILE *out = ladder_open(&ladder, trace);

	if (!out)
		return NULL;
	write_head(out, &ladder);
	for (size_t i = 0; i < ladder.count; i++)
		write_arrow(out, &ladder.arrows[i], TOP + (int)i * ROW);
	fputs("</svg>\n", out);
	return ladder_close(&ladder, out);
}
