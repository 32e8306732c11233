/* metrics_text: writes the text format of Prometheus (exposition format 0.0.4): each family once, with its
 * type and its help, then its samples. */
#ifndef OFFHOOK_API_METRICS_TEXT_H
#define OFFHOOK_API_METRICS_TEXT_H

#include "lib/histogram.h"

#include <jansson.h>

struct evbuffer;

enum { METRICS_LABELS_MAX = 4 };

/* Ends with a NULL name; a value of NULL is "". */
struct metrics_label {
	const char *name, *value;
};

/* `type` is "counter", "gauge" or "histogram". */
void metrics_family(struct evbuffer *out, const char *name, const char *type, const char *help);
/* `labels` NULL: none. */
void metrics_sample(struct evbuffer *out, const char *name, const struct metrics_label *labels, double value);
/* A family of one sample. */
void metrics_one(struct evbuffer *out, const char *name, const char *type, const char *help, double value);
/* A family of one histogram. */
void metrics_histogram(struct evbuffer *out, const char *name, const char *help,
		       const struct histogram *histogram, const struct histogram_bounds *bounds);
/* The samples of what histogram_json() has written; at most METRICS_LABELS_MAX labels. Of anything else
 * nothing is written. */
void metrics_histogram_json(struct evbuffer *out, const char *name, const struct metrics_label *labels,
			    const json_t *histogram);

#endif
