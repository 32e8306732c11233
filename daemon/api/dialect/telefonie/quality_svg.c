#include "daemon/api/dialect/telefonie/quality_svg.h"

#include "lib/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WIDTH = 960,
	LEFT = 70,
	RIGHT = 940,
	TOP = 96,    /* of the first panel */
	PANEL = 120, /* its height */
	PITCH = 154, /* from one to the next */
	PANELS = 4,
	HEIGHT = TOP + PANELS * PITCH + 14,
	POINTS_MAX = 435, /* a point every two pixels */
	LABELS_MAX = 12,
	LABEL_WIDTH = 70,
};

#define UNKNOWN (-1.0)

/* One line of a panel. */
struct series {
	const char *class;
	double (*value)(const struct quality_second *s); /* UNKNOWN where there is none */
	bool low_is_bad;
};

struct panel {
	const char *title, *unit;
	double floor, ceiling; /* of the axis; more when a value is above */
	double good;	       /* the line to what is still good */
	int divisions;
	const struct series *series;
	size_t count;
};

static double mos_in(const struct quality_second *s)
{
	return s->mos_in ? (double)s->mos_in / QUALITY_MOS_SCALE : UNKNOWN;
}

static double mos_out(const struct quality_second *s)
{
	return s->mos_out ? (double)s->mos_out / QUALITY_MOS_SCALE : UNKNOWN;
}

static double loss_in(const struct quality_second *s)
{
	unsigned expected = s->packets_in + s->lost_in;

	return expected ? s->lost_in * 100.0 / expected : UNKNOWN;
}

static double loss_out(const struct quality_second *s)
{
	return s->mos_out ? s->loss_out_percent : UNKNOWN;
}

static double jitter_in(const struct quality_second *s)
{
	return s->packets_in ? s->jitter_in / 10.0 : UNKNOWN;
}

static double jitter_out(const struct quality_second *s)
{
	return s->mos_out ? s->jitter_out / 10.0 : UNKNOWN;
}

static double rtt(const struct quality_second *s)
{
	return s->rtt_ms ? s->rtt_ms : UNKNOWN;
}

static const struct series mos_series[] = { { "in", mos_in, true }, { "out", mos_out, true } };
static const struct series loss_series[] = { { "in", loss_in, false }, { "out", loss_out, false } };
static const struct series jitter_series[] = { { "in", jitter_in, false }, { "out", jitter_out, false } };
static const struct series rtt_series[] = { { "both", rtt, false } };

static const struct panel panels[PANELS] = {
	{ "Estimated MOS", "", 1, 5, 3.6, 4, mos_series, 2 },
	{ "Packet loss", "%", 0, 5, 1, 5, loss_series, 2 },
	{ "Jitter", "ms", 0, 50, 20, 5, jitter_series, 2 },
	{ "Round trip", "ms", 0, 200, 150, 5, rtt_series, 1 },
};

/* Without variables: many viewers know none. The background is drawn: not all take one from the style. */
static const char style[] =
    "<style>.b{fill:#fff}text{font:12px system-ui,sans-serif;fill:#1b1f24}.h{font-size:16px;font-weight:600}"
    ".s{fill:#5f6873}.e{text-anchor:end}.m{text-anchor:middle}.t{fill:#c01f2e}.g{stroke:#e3e6ea}"
    ".k{stroke:#2b8a57;stroke-dasharray:2 4}.a{stroke:#c01f2e;stroke-dasharray:4 3}"
    ".in,.out,.both{fill:none;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}"
    ".in{stroke:#1668b8}.out{stroke:#c25b00}.both{stroke:#5b4bb5}"
    "@media(prefers-color-scheme:dark){.b{fill:#14181d}text{fill:#e8ebef}.s{fill:#98a2ad}.t{fill:#ff6b74}"
    ".g{stroke:#2b323a}.k{stroke:#5cc48d}.a{stroke:#ff6b74}.in{stroke:#6cb4f5}.out{stroke:#f2a45c}"
    ".both{stroke:#b0a4f5}}</style>\n<rect class=\"b\" width=\"100%\" height=\"100%\"/>\n";

/* What is drawn, and where. */
struct drawing {
	FILE *to;
	const struct quality *quality;
	size_t step;	 /* seconds in a point */
	double length_s; /* of the whole, at least one */
};

int64_t quality_start(const struct quality *quality)
{
	return quality->ended - (int64_t)quality->count * quality->length_s * 1000;
}

static void escape(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (strchr("<>&\"'", *text))
			fprintf(to, "&#%d;", *text);
		else if ((unsigned char)*text >= ' ')
			fputc(*text, to);
	}
}

static double x_of(const struct drawing *d, double second)
{
	return LEFT + (RIGHT - LEFT) * second / d->length_s;
}

static double y_of(const struct panel *panel, double ceiling, double top, double value)
{
	return top + PANEL - PANEL * (value - panel->floor) / (ceiling - panel->floor);
}

/* The worst known value of the seconds from `first` on that make one point. */
static double worst(const struct drawing *d, const struct series *series, size_t first)
{
	double found = UNKNOWN;

	for (size_t i = first; i < first + d->step && i < d->quality->count; i++) {
		double value = series->value(&d->quality->seconds[i]);

		if (value != UNKNOWN &&
		    (found == UNKNOWN || (series->low_is_bad ? value < found : value > found)))
			found = value;
	}
	return found;
}

/* Where the axis ends: where it always does, or at a round number above every value. */
static double ceiling_of(const struct drawing *d, const struct panel *panel)
{
	static const double round[] = { 1, 2, 2.5, 5, 10 };
	double most = panel->ceiling, scale = 1;

	for (size_t n = 0; n < panel->count; n++)
		for (size_t i = 0; i < d->quality->count; i++)
			if (panel->series[n].value(&d->quality->seconds[i]) > most)
				most = panel->series[n].value(&d->quality->seconds[i]);
	if (most <= panel->ceiling)
		return panel->ceiling;
	while (scale * 10 < most)
		scale *= 10;
	for (size_t i = 0; i < sizeof round / sizeof *round; i++)
		if (round[i] * scale >= most)
			return round[i] * scale;
	return most;
}

static void draw_line(const struct drawing *d, const struct panel *panel, const struct series *series,
		      double ceiling, double top)
{
	bool down = false;

	fprintf(d->to, "<path class=\"%s\" d=\"", series->class);
	for (size_t i = 0; i < d->quality->count; i += d->step) {
		double value = worst(d, series, i), x;

		if (value == UNKNOWN) {
			down = false;
			continue;
		}
		x = x_of(d, ((double)i + (double)d->step / 2) * d->quality->length_s);
		fprintf(d->to, "%c%.1f %.1f", down ? 'L' : 'M', x > RIGHT ? RIGHT : x,
			y_of(panel, ceiling, top, value));
		/* A single point is seen, too: round caps. */
		if (!down)
			fputs("h.1", d->to);
		down = true;
	}
	fputs("\"/>\n", d->to);
}

/* Mean and worst, for those who do not want to look closely. */
static void draw_summary(const struct drawing *d, const struct panel *panel, double top)
{
	static const char *const names[] = { "received", "sent" };
	int x = RIGHT;

	for (size_t n = panel->count; n-- > 0;) {
		const struct series *series = &panel->series[n];
		double sum = 0, extreme = UNKNOWN;
		size_t known = 0;

		for (size_t i = 0; i < d->quality->count; i++) {
			double value = series->value(&d->quality->seconds[i]);

			if (value == UNKNOWN)
				continue;
			sum += value;
			known++;
			if (extreme == UNKNOWN || (series->low_is_bad ? value < extreme : value > extreme))
				extreme = value;
		}
		fprintf(d->to, "<text class=\"e s\" x=\"%d\" y=\"%.0f\">%s", x, top - 8,
			panel->count > 1 ? names[n] : "");
		if (known)
			fprintf(d->to, " mean %.*f, worst %.*f%s%s</text>\n", extreme >= 100 ? 0 : 1,
				sum / (double)known, extreme >= 100 ? 0 : 1, extreme, *panel->unit ? " " : "",
				panel->unit);
		else
			fputs(" not known</text>\n", d->to);
		x -= 260;
	}
}

static void draw_panel(const struct drawing *d, const struct panel *panel, double top)
{
	double ceiling = ceiling_of(d, panel);

	fprintf(d->to, "<text x=\"%d\" y=\"%.0f\">%s%s%s%s</text>\n", LEFT, top - 8, panel->title,
		*panel->unit ? " (" : "", panel->unit, *panel->unit ? ")" : "");
	draw_summary(d, panel, top);
	for (int i = 0; i <= panel->divisions; i++) {
		double value = panel->floor + (ceiling - panel->floor) * i / panel->divisions;
		double y = y_of(panel, ceiling, top, value);

		fprintf(d->to,
			"<path class=\"g\" d=\"M%d %.1fH%d\"/><text class=\"e s\" x=\"%d\" "
			"y=\"%.1f\">%.4g</text>\n",
			LEFT, y, RIGHT, LEFT - 8, y + 4, value);
	}
	fprintf(d->to, "<path class=\"k\" d=\"M%d %.1fH%d\"/>\n", LEFT,
		y_of(panel, ceiling, top, panel->good), RIGHT);
	for (size_t i = 0; i < panel->count; i++)
		draw_line(d, panel, &panel->series[i], ceiling, top);
}

/* "1:05", "1:02:05" */
static const char *clock_of(double second, char text[24])
{
	unsigned s = (unsigned)(second + 0.5);

	if (s < 3600)
		snprintf(text, 24, "%u:%02u", s / 60, s % 60);
	else
		snprintf(text, 24, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
	return text;
}

static void draw_time(const struct drawing *d)
{
	static const unsigned steps[] = { 1,   2,   5,	 10,   15,   30,   60,	  120,
					  300, 600, 900, 1800, 3600, 7200, 14400, 28800 };
	unsigned step = steps[0];
	char text[24];

	for (size_t i = 0; i < sizeof steps / sizeof *steps && d->length_s / step > 10; i++)
		step = steps[i];
	for (double at = 0; at <= d->length_s + 0.01; at += step) {
		for (int i = 0; i < PANELS; i++)
			fprintf(d->to, "<path class=\"g\" d=\"M%.1f %dv%d\"/>", x_of(d, at), TOP + i * PITCH,
				PANEL);
		fprintf(d->to, "<text class=\"m s\" x=\"%.1f\" y=\"%d\">%s</text>\n", x_of(d, at),
			HEIGHT - 30, clock_of(at, text));
	}
	fprintf(d->to,
		"<text class=\"m s\" x=\"%d\" y=\"%d\">minutes and seconds since the media began; above "
		"(MOS) and below the dotted lines it is good</text>\n",
		(LEFT + RIGHT) / 2, HEIGHT - 10);
}

/* Lines where the switch said that something was bad; names where there is room for them. */
static void draw_alerts(const struct drawing *d, const json_t *alerts)
{
	int64_t start = quality_start(d->quality), time;
	double labelled = -LABEL_WIDTH;
	int labels = 0;
	json_t *alert;
	size_t i;

	json_array_foreach((json_t *)alerts, i, alert)
	{
		const char *what = json_string_value(json_object_get(alert, "what"));
		const char *when = json_string_value(json_object_get(alert, "time"));
		double at, x;

		if (!what || !when || clock_parse_rfc3339(when, &time))
			continue;
		at = (double)(time - start) / 1000;
		x = x_of(d, at < 0 ? 0 : at > d->length_s ? d->length_s : at);
		fprintf(d->to, "<path class=\"a\" d=\"M%.1f %dV%d\"><title>", x, TOP,
			TOP + (PANELS - 1) * PITCH + PANEL);
		escape(d->to, what);
		fputs("</title></path>\n", d->to);
		if (x - labelled < LABEL_WIDTH || labels == LABELS_MAX)
			continue;
		labelled = x;
		labels++;
		fprintf(d->to, "<text class=\"%st\" x=\"%.1f\" y=\"%d\">",
			x > RIGHT - LABEL_WIDTH ? "e " : "", x, TOP - 28);
		escape(d->to, what);
		fputs("</text>\n", d->to);
	}
}

static void draw_head(const struct drawing *d, const char *call_id, size_t alerts)
{
	char start[CLOCK_TEXT_SIZE], length[24];

	fprintf(d->to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
		"role=\"img\">\n"
		"<title>Quality of call ",
		WIDTH, HEIGHT, WIDTH, HEIGHT);
	escape(d->to, call_id);
	fprintf(d->to, "</title>\n%s<text class=\"h\" x=\"%d\" y=\"28\">Call ", style, LEFT);
	escape(d->to, call_id);
	fprintf(d->to,
		"</text>\n<text class=\"s\" x=\"%d\" y=\"48\">media from %s, %s long; %zu alert%s</text>\n"
		"<path class=\"in\" d=\"M%d 24h24\"/><text x=\"%d\" y=\"28\">received: as we heard the far "
		"end</text>\n"
		"<path class=\"out\" d=\"M%d 44h24\"/><text x=\"%d\" y=\"48\">sent: as the far end reports "
		"it</text>\n",
		LEFT, clock_format_rfc3339(quality_start(d->quality), start), clock_of(d->length_s, length),
		alerts, alerts == 1 ? "" : "s", RIGHT - 256, RIGHT - 224, RIGHT - 256, RIGHT - 224);
}

char *quality_svg(const char *call_id, const struct quality *quality, const json_t *alerts)
{
	struct drawing d = { .quality = quality };
	char *text = NULL;
	size_t size;

	d.to = open_memstream(&text, &size);
	if (!d.to)
		return NULL;
	d.step = (quality->count + POINTS_MAX - 1) / POINTS_MAX;
	if (!d.step)
		d.step = 1;
	d.length_s = quality->count ? (double)quality->count * quality->length_s : 1;
	draw_head(&d, call_id, json_array_size(alerts));
	draw_time(&d);
	for (int i = 0; i < PANELS; i++)
		draw_panel(&d, &panels[i], TOP + i * PITCH);
	draw_alerts(&d, alerts);
	fputs("</svg>\n", d.to);
	if (fclose(d.to)) {
		free(text);
		return NULL;
	}
	return text;
}
