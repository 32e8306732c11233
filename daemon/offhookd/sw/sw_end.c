/* How the switch ends. See sw.h. */
#include "daemon/offhookd/sw/sw_private.h"

#include "daemon/offhookd/control/server.h"
#include "lib/control_tls.h"
#include "daemon/offhookd/money/spend.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/phones/keepalive.h"
#include "daemon/offhookd/phones/registrar.h"
#include "daemon/offhookd/trunks/kept_numbers.h"
#include "lib/log.h"

#include <errno.h>
#include "lib/pid_lock.h"
#include "lib/ref.h"

#include <event2/event.h>
#include <stdlib.h>

enum { MEDIA_LOOK_MS = 5, MEDIA_WAIT_MS = 2000 };

/* The last words of media (recordings that are complete, the quality of calls) are told before the end. */
static void wait_for_media(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval look = { .tv_usec = MEDIA_LOOK_MS * 1000 };
	struct sw *sw = arg;

	(void)fd, (void)what;
	if (media_engine_sessions(sw->media) + media_engine_rooms(sw->media) > 0 &&
	    sw->media_looks++ < MEDIA_WAIT_MS / MEDIA_LOOK_MS &&
	    !event_base_once(sw->base, -1, EV_TIMEOUT, wait_for_media, sw, &look))
		return;
	event_base_loopbreak(sw->base);
}

static void on_ua_down(void *arg)
{
	struct sw *sw = arg;

	sw->ua_down = true;
	wait_for_media(-1, 0, sw);
}

static void on_trunks_left(void *arg)
{
	struct sw *sw = arg;

	ua_shutdown(sw->ua, on_ua_down, sw);
}

static void stop_now(struct sw *sw)
{
	struct call *call, *next;

	if (sw->stopping)
		return;
	sw->stopping = sw->draining = sw->place.draining = true;
	ua_set_draining(sw->ua, true);
	log_info("switch.stopping", NULL, "calls=%zu", sw->calls.count);
	HASH_ITER(hh, sw->calls.live, call, next)
	{
		/* ending one may end others, the next among them */
		ref_hold(call);
		call_end(call,
			 &(struct call_why){ .status = CALL_FAILED,
					     .by = CALL_ENDED_BY_FAULT,
					     .code = 503,
					     .q850 = 41,
					     .lost = true,
					     .reason = "The switch was shut down while the call was up." });
		ref_drop(call);
		next = sw->calls.live;
	}
	conference_end_all(&sw->conferences);
	keepalive_free(sw->phones.keepalive);
	sw->phones.keepalive = NULL;
	trunk_table_stop(sw->trunks, on_trunks_left, sw);
}

void sw_shutdown(struct sw *sw, bool drain)
{
	if (!drain || sw->calls.count == 0) {
		stop_now(sw);
		return;
	}
	if (sw->draining)
		return;
	sw->draining = sw->place.draining = true;
	ua_set_draining(sw->ua, true);
	log_info("switch.draining", NULL, "calls=%zu", sw->calls.count);
	control_events_publish(sw->events, "switch.draining", json_object());
}

int sw_drain(struct sw *sw, bool on)
{
	if (sw->draining)
		return on ? 0 : EBUSY;
	if (sw->place.draining == on)
		return 0;
	sw->place.draining = on;
	ua_set_draining(sw->ua, on);
	log_info("switch.drain", NULL, "on=%d calls=%zu", on, sw->calls.count);
	control_events_publish(sw->events, "switch.drain", json_pack("{s:b}", "on", on));
	return 0;
}

void sw_call_gone(void *arg)
{
	struct sw *sw = arg;

	if (sw->draining && !sw->stopping && sw->calls.count == 0)
		stop_now(sw);
}

void sw_free(struct sw *sw)
{
	if (!sw)
		return;
	streams_stop(sw->streams);
	media_engine_free(sw->media);
	streams_free(sw->streams);
	tally_free(sw->tally);
	resume_free(sw->resume);
	calls_free(&sw->calls);
	spend_free(sw->money.spend);
	sw->money.spend = NULL;
	kept_numbers_free(sw->methods.numbers);
	trunk_table_free(sw->trunks);
	testtrunk_stop(sw->testtrunk);
	if (sw->ua_down)
		ua_free(sw->ua);
	alive_free(sw->alive);
	control_events_free(sw->events);
	control_server_free(sw->control);
	control_tls_free(sw->control_tls);
	registrar_stop(&sw->phones);
	bans_free(sw->phones.bans);
	trace_free(sw->trace);
	methods_free(&sw->methods);
	conf_free(sw->conf);
	pid_lock_drop(sw->lock);
	free(sw);
}
