#include "daemon/api/metrics/metrics_text.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX = 100 };

void metrics_family(struct evbuffer *out, const char *name, const char *type, const char *help)
{
	evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A backslash, a quotation mark and a line's end are written with a backslash. */
static void write_value(struct evbuffer *out, const char *text)
{
	for (size_t n; *text; text += n) {
		n = strcspn(text, "\\\"\n");
		evbuffer_add(out, text, n);
		if (!text[n])
			break;
		evbuffer_add(out, text[n] == '\n' ? "\\n" : text[n] == '"' ? "\\\"" : "\\\\", 2);
		n++;
	}
}

void metrics_sample(struct evbuffer *out, const char *name, const struct metrics_label *labels, double value)
{
	const char *before = "{";

	evbuffer_add(out, name, strlen(name));
	for (const struct metrics_label *l = labels; l && l->name; l++) {
		evbuffer_add_printf(out, "%s%s=\"", before, l->name);
		write_value(out, l->value ? l->value : "");
		evbuffer_add(out, "\"", 1);
		before = ",";
	}
	evbuffer_add_printf(out, "%s %.15g\n", *before == ',' ? "}" : "", value);
}

void metrics_one(struct evbuffer *out, const char *name, const char *type, const char *help, double value)
{
	metrics_family(out, name, type, help);
	metrics_sample(out, name, NULL, value);
}

/* What a histogram's samples have in common. */
struct series {
	struct evbuffer *out;
	const char *name;
	struct metrics_label labels[METRICS_LABELS_MAX + 2]; /* with room for "le", and the end */
	size_t count;
	uint64_t total;
};

static void series_begin(struct series *s, struct evbuffer *out, const char *name,
			 const struct metrics_label *labels)
{
	memset(s, 0, sizeof *s);
	s->out = out;
	s->name = name;
	while (labels && labels[s->count].name && s->count < METRICS_LABELS_MAX) {
		s->labels[s->count] = labels[s->count];
		s->count++;
	}
}

static void series_add(struct series *s, const char *bound, uint64_t count)
{
	char name[NAME_MAX];

	s->total += count;
	snprintf(name, sizeof name, "%s_bucket", s->name);
	s->labels[s->count] = (struct metrics_label){ "le", bound };
	metrics_sample(s->out, name, s->labels, (double)s->total);
	s->labels[s->count] = (struct metrics_label){ NULL, NULL };
}

static void series_end(struct series *s, double sum)
{
	char name[NAME_MAX];

	snprintf(name, sizeof name, "%s_sum", s->name);
	metrics_sample(s->out, name, s->labels, sum);
	snprintf(name, sizeof name, "%s_count", s->name);
	metrics_sample(s->out, name, s->labels, (double)s->total);
}

void metrics_histogram(struct evbuffer *out, const char *name, const char *help,
		       const struct histogram *histogram, const struct histogram_bounds *bounds)
{
	struct series s;
	char bound[32];

	metrics_family(out, name, "histogram", help);
	series_begin(&s, out, name, NULL);
	for (size_t i = 0; i < bounds->count; i++) {
		snprintf(bound, sizeof bound, "%g", bounds->at[i]);
		series_add(&s, bound, histogram->counts[i]);
	}
	series_add(&s, "+Inf", histogram->counts[bounds->count]);
	series_end(&s, histogram->sum);
}

void metrics_histogram_json(struct evbuffer *out, const char *name, const struct metrics_label *labels,
			    const json_t *histogram)
{
	const json_t *bounds = json_object_get(histogram, "bounds"),
		     *counts = json_object_get(histogram, "counts");
	const size_t count = json_array_size(bounds);
	struct series s;
	char bound[32];

	if (!count || json_array_size(counts) != count + 1)
		return;
	series_begin(&s, out, name, labels);
	for (size_t i = 0; i < count; i++) {
		snprintf(bound, sizeof bound, "%g", json_number_value(json_array_get(bounds, i)));
		series_add(&s, bound, (uint64_t)json_integer_value(json_array_get(counts, i)));
	}
	series_add(&s, "+Inf", (uint64_t)json_integer_value(json_array_get(counts, count)));
	series_end(&s, json_number_value(json_object_get(histogram, "sum")));
}
