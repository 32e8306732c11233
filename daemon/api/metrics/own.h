/* own: what offhook-api itself counts, as metrics. */
#ifndef OFFHOOK_API_METRICS_OWN_H
#define OFFHOOK_API_METRICS_OWN_H

struct evbuffer;
struct metrics_setup;

void metrics_own(struct evbuffer *out, const struct metrics_setup *with);

#endif
