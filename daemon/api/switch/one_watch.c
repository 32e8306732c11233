/* Whether a switch answers, how loaded it is and who has registered there; and its death: see one.h. */
#include "daemon/api/switch/one_private.h"

#include "daemon/api/store/calls.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

enum { TICK_MS = 500, ONE_START_MS = 5000 };

/* ---- how it is ---- */

static void set_timer(struct event *timer, unsigned ms)
{
	const struct timeval tv = { ms / 1000, (suseconds_t)(ms % 1000) * 1000 };

	evtimer_add(timer, &tv);
}

static void on_status(const json_t *result, const json_t *error, void *arg)
{
	struct one *one = arg;
	struct watch *watch = &one->watch;

	watch->asked_us = 0;
	if (error || !result)
		return;
	watch->placed -= watch->counted;
	watch->counted = 0;
	watch->load = (struct one_load){
		.draining = json_is_true(json_object_get(result, "draining")),
		.calls = json_integer_value(json_object_get(result, "calls")),
		.max_calls = json_integer_value(json_object_get(result, "max_calls")),
	};
}

static void ask(struct one *one)
{
	if (!one->client || !control_client_is_up(one->client) || one->watch.asked_us)
		return;
	one->watch.asked_us = clock_mono_us();
	one->watch.counted = one->watch.placed;
	if (control_client_call(one->client, "switch.status", NULL, on_status, one))
		one->watch.asked_us = 0;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct one *one = arg;
	struct watch *watch = &one->watch;
	int64_t waited = watch->asked_us ? clock_mono_us() - watch->asked_us : 0;

	(void)fd, (void)what;
	/* Without a client it is to be connected to anew, because events could not be stored. */
	if (one->client && waited > (int64_t)one->setup.silence_ms * 1000) {
		log_warn("switch.silent", NULL, "name=%s for_ms=%u", one->setup.name, one->setup.silence_ms);
		control_client_hang_up(one->client);
	}
	ask(one);
	set_timer(watch->tick, TICK_MS);
}

/* ---- its users ---- */

static void note_contact(struct watch *watch, const json_t *told, bool there)
{
	const char *user = json_string_value(json_object_get(told, "user"));
	const char *contact = json_string_value(json_object_get(told, "contact"));
	json_t *contacts = user ? json_object_get(watch->users, user) : NULL;

	if (!user || !contact)
		return;
	if (there && !contacts) {
		contacts = json_object();
		json_object_set_new(watch->users, user, contacts);
	}
	if (there)
		json_object_set_new(contacts, contact, json_true());
	else if (contacts && !json_object_del(contacts, contact) && !json_object_size(contacts))
		json_object_del(watch->users, user);
}

static void on_registrations(const json_t *result, const json_t *error, void *arg)
{
	struct one *one = arg;
	const json_t *list = json_object_get(result, "registrations"), *told;
	size_t i;

	if (error || !list)
		return;
	json_object_clear(one->watch.users);
	json_array_foreach((json_t *)list, i, told) note_contact(&one->watch, told, true);
}

void watch_event(struct one *one, const char *method, const json_t *params)
{
	if (!one->watch.users)
		return;
	if (!strcmp(method, "registration.changed"))
		note_contact(&one->watch, params, json_integer_value(json_object_get(params, "expires")) > 0);
	else if (!strncmp(method, "switch.drain", 12))
		ask(one);
}

bool one_has_user(const struct one *one, const char *user)
{
	return one->ready && json_object_get(one->watch.users, user);
}

/* ---- its death, and after ---- */

static void on_death(evutil_socket_t fd, short what, void *arg)
{
	struct one *one = arg;

	(void)fd, (void)what;
	one->watch.gave_up = true;
	json_object_clear(one->watch.users);
	if (one->ingest)
		ingest_gone(one->ingest, "The switch that had this call is gone.");
}

/* Calls whose records have ended while the connection was away, and which the switch still has. */
static void on_calls(const json_t *result, const json_t *error, void *arg)
{
	struct one *one = arg;
	const json_t *list = json_object_get(result, "calls"), *call;
	size_t i;

	if (error || !list)
		return;
	one->watch.gave_up = false;
	json_array_foreach((json_t *)list, i, call)
	{
		const char *id = json_string_value(json_object_get(call, "id"));
		struct call_row row;

		if (!id || calls_get(one->setup.common.store, id, &row))
			continue;
		if (row.ended) {
			log_warn("call.given_up", id, "switch=%s", one->setup.name);
			one_call(
			    one, "call.hangup",
			    json_pack("{s:s, s:s, s:s, s:b}", "call", id, "by", "api", "reason",
				      "The API layer had lost the switch, and has ended this call's record.",
				      "brief", 1),
			    NULL, NULL);
		}
		call_row_clear(&row);
	}
}

void watch_subscribed(struct one *one)
{
	if (!one->watch.tick)
		return;
	control_client_call(one->client, "registration.list", NULL, on_registrations, one);
	if (one->watch.gave_up)
		control_client_call(one->client, "call.list", NULL, on_calls, one);
}

void watch_link(struct one *one, bool up)
{
	struct watch *watch = &one->watch;

	if (!watch->tick)
		return;
	watch->asked_us = 0;
	watch->placed = watch->counted = 0;
	if (up) {
		evtimer_del(watch->death);
		ask(one);
	} else if (!evtimer_pending(watch->death, NULL)) {
		set_timer(watch->death, one->setup.wait_ms);
	}
}

struct one_load one_load(const struct one *one)
{
	struct one_load load = one->watch.load;

	load.calls += one->watch.placed;
	return load;
}

void one_placed(struct one *one)
{
	one->watch.placed++;
}

/* ---- life ---- */

int watch_start(struct one *one)
{
	struct watch *watch = &one->watch;

	if (!*one->setup.name)
		return 0;
	watch->users = json_object();
	watch->tick = evtimer_new(one->setup.common.base, on_tick, one);
	watch->death = evtimer_new(one->setup.common.base, on_death, one);
	if (!watch->users || !watch->tick || !watch->death)
		return ENOMEM;
	/* It counts as lost from the start on until it is there. */
	watch->gave_up = true;
	set_timer(watch->tick, TICK_MS);
	set_timer(watch->death, one->setup.wait_ms > ONE_START_MS ? one->setup.wait_ms : ONE_START_MS);
	return 0;
}

void watch_stop(struct one *one)
{
	if (one->watch.tick)
		event_free(one->watch.tick);
	if (one->watch.death)
		event_free(one->watch.death);
	json_decref(one->watch.users);
}
