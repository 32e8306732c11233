/* The switch as a whole: what it says, ending. See sw.h; starting is in sw_start.c, reloading in sw_reload.c.
 */
#include "daemon/offhookd/sw/sw_private.h"

#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/control/server.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/phones/bindings.h"
#include "daemon/offhookd/conference/conference.h"
#include "daemon/offhookd/phones/digest.h"
#include "daemon/offhookd/phones/keepalive.h"
#include "daemon/offhookd/phones/registrar.h"
#include "daemon/offhookd/money/spend.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "lib/conf_error.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

enum { MEDIA_LOOK_MS = 5, MEDIA_WAIT_MS = 2000 };

/* ---- events ---- */

void sw_publish(struct sw *sw, const char *method, json_t *params)
{
	control_events_publish(sw->events, method, params);
}

bool sw_has_subscribers(const struct sw *sw)
{
	return control_events_subscribers(sw->events) > 0;
}

/* ---- ending ---- */

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
	sw->stopping = sw->draining = true;
	log_info("switch.stopping", NULL, "calls=%zu", sw->call_count);
	HASH_ITER(hh, sw->calls, call, next)
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
		next = sw->calls;
	}
	conference_end_all(sw);
	keepalive_free(sw->keepalive);
	sw->keepalive = NULL;
	trunk_table_stop(sw->trunks, on_trunks_left, sw);
}

void sw_shutdown(struct sw *sw, bool drain)
{
	if (!drain || sw->call_count == 0) {
		stop_now(sw);
		return;
	}
	if (sw->draining)
		return;
	sw->draining = true;
	log_info("switch.draining", NULL, "calls=%zu", sw->call_count);
	sw_publish(sw, "switch.draining", json_object());
}

void sw_call_gone(struct sw *sw)
{
	if (sw->draining && !sw->stopping && sw->call_count == 0)
		stop_now(sw);
}

void sw_free(struct sw *sw)
{
	struct call *call, *next;

	if (!sw)
		return;
	media_engine_free(sw->media);
	DL_FOREACH_SAFE2(sw->ended, call, next, ended_next)
	{
		HASH_DELETE(hh, sw->ended_table, call);
		DL_DELETE2(sw->ended, call, ended_prev, ended_next);
		if (call->media_open)
			ref_drop(call);
		ref_drop(call);
	}
	spend_free(sw->spend);
	sw->spend = NULL;
	trunk_table_free(sw->trunks);
	if (sw->ua_down)
		ua_free(sw->ua);
	control_events_free(sw->events);
	control_server_free(sw->control);
	registrar_stop(sw);
	bans_free(sw->bans);
	conf_free(sw->conf);
	free(sw->methods);
	free(sw);
}
