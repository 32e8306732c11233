/* See trunk_health.h. */
#include "daemon/offhookd/trunks/trunk_health.h"

#include "daemon/offhookd/trunks/trunk_private.h"
#include "daemon/offhookd/ua/client.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_MS = 4000 };

struct trunk_health {
	struct trunk *trunk;
	struct ua_client *client;
	struct event *timer;
	enum trunk_health_state state;
	bool known; /* there was an answer, or none in time */
	char reason[TRUNK_REASON_MAX];
	size_t hop; /* being asked */
};

static void ask(struct trunk_health *h);

/* The round is over: the next begins after the interval. */
static void conclude(struct trunk_health *h, enum trunk_health_state state,
		     const struct ua_client_answer *answer)
{
	h->reason[0] = '\0';
	if (state != TRUNK_HEALTH_UP)
		snprintf(h->reason, sizeof h->reason, "OPTIONS: %d %.80s.", answer->code,
			 answer->phrase ? answer->phrase : "");
	h->state = state;
	h->known = true;
	h->hop = 0;
	event_add(h->timer, &(struct timeval){ h->trunk->conf->health_interval_s, 0 });
	trunk_update(h->trunk);
}

static void on_answer(const struct ua_client_answer *answer, void *arg)
{
	struct trunk_health *h = arg;

	if (answer->code != 408 && answer->code < 500)
		conclude(h, TRUNK_HEALTH_UP, answer);
	else if (++h->hop < h->trunk->hop_count)
		ask(h);
	else
		conclude(h, answer->code == 408 ? TRUNK_HEALTH_SILENT : TRUNK_HEALTH_DOWN, answer);
}

static void ask(struct trunk_health *h)
{
	const struct conf_trunk *conf = h->trunk->conf;
	char uri[300], us[300];
	struct ua_client_request request = { .method = "OPTIONS",
					     .uri = uri,
					     .from = us,
					     .to = uri,
					     .expires_s = -1,
					     .timeout_ms = ANSWER_MS };
	struct ua_client_answer failed = { .code = 503, .phrase = "it cannot be sent" };

	if (h->hop >= h->trunk->hop_count) {
		/* no server is known yet */
		h->hop = 0;
		event_add(h->timer, &(struct timeval){ 1, 0 });
		return;
	}
	request.hop = h->trunk->hops[h->hop];
	snprintf(uri, sizeof uri, "sip:%s", conf->domain ? conf->domain : conf->address);
	snprintf(us, sizeof us, "sip:%s", h->trunk->table->conf->sip.domain);
	if (ua_client_send(h->client, &request))
		conclude(h, TRUNK_HEALTH_DOWN, &failed);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	ask(arg);
}

int trunk_health_alloc(struct trunk_health **out, struct trunk *trunk)
{
	struct trunk_health *h = calloc(1, sizeof *h);
	struct ua_client_params params = { trunk->conf->username, trunk->conf->password, on_answer, h };

	if (!h)
		return ENOMEM;
	h->trunk = trunk;
	h->timer = evtimer_new(trunk->table->base, on_timer, h);
	if (!h->timer || ua_client_alloc(&h->client, trunk->table->ua, &params)) {
		trunk_health_free(h);
		return ENOMEM;
	}
	event_add(h->timer, &(struct timeval){ 0, 0 });
	*out = h;
	return 0;
}

void trunk_health_free(struct trunk_health *h)
{
	if (!h)
		return;
	ua_client_free(h->client);
	if (h->timer)
		event_free(h->timer);
	free(h);
}

enum trunk_health_state trunk_health_state(const struct trunk_health *h)
{
	return h->state;
}

bool trunk_health_is_known(const struct trunk_health *h)
{
	return h->known;
}

const char *trunk_health_reason(const struct trunk_health *h)
{
	return h->reason;
}
