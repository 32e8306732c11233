#include "media/engine.h"

#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void engine_say(struct media_engine *engine, struct media_session *session, struct media_room *room,
		struct media_event *event)
{
	if (engine->quiet)
		return;
	if (!room && session)
		room = session->room;
	if (room)
		event->room_arg = room->arg;
	if (session) {
		event->session_id = session->id;
		event->session_arg = session->arg;
	}
	engine->handler(event, engine->arg);
}

void engine_take_event(struct mail *mail, void *owner)
{
	struct worker_event *e = (struct worker_event *)mail; /* `mail` is its first member */
	engine_say(owner, e->session, NULL, &e->event);
	worker_event_return(e);
}

static void wake_workers(struct media_engine *engine)
{
	for (unsigned i = 0; i < engine->worker_count; i++) {
		if (engine->workers[i].to_be_woken)
			mailbox_wake(&engine->workers[i].mailbox);
		engine->workers[i].to_be_woken = false;
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	wake_workers(arg);
}

/* Wakes cost a switch of threads each, and a call's beginning is several mails. */
void worker_post(struct worker *worker, struct mail *mail)
{
	if (!mailbox_put(&worker->mailbox, mail))
		return;
	worker->to_be_woken = true;
	event_active(worker->engine->wake, 0, 0);
}

static void on_mail(evutil_socket_t fd, short what, void *arg)
{
	struct media_engine *engine = arg;
	(void)fd;
	(void)what;
	mailbox_run(&engine->mailbox, engine);
}

static unsigned worker_count(unsigned asked)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = asked ? asked : cores > 1 ? (unsigned)cores - 1 : 1;
	return n < WORKERS_MAX ? n : WORKERS_MAX;
}

static void stop_threads(struct media_engine *engine)
{
	for (unsigned i = 0; i < engine->worker_count; i++)
		worker_stop(&engine->workers[i]);
	filer_stop(&engine->filer);
	if (engine->mailbox.fd >= 0)
		mailbox_run(&engine->mailbox, engine);
	for (unsigned i = 0; i < engine->worker_count; i++)
		worker_free(&engine->workers[i]);
}

static void engine_destroy(struct media_engine *engine)
{
	stop_threads(engine);
	if (engine->event)
		event_free(engine->event);
	if (engine->wake)
		event_free(engine->wake);
	if (engine->mailbox.fd >= 0)
		mailbox_close(&engine->mailbox);
	ports_free(&engine->ports);
	free(engine);
}

static int start_threads(struct media_engine *engine, unsigned workers, const struct media_limits *limits)
{
	int err = filer_start(&engine->filer);
	for (unsigned i = 0; !err && i < workers; i++) {
		err = worker_open(&engine->workers[i], engine, &engine->mailbox, &engine->filer, limits);
		if (err)
			break;
		engine->worker_count++;
		err = worker_start(&engine->workers[i]);
	}
	return err;
}

static struct media_limits limits_of(const struct media_limits *asked)
{
	return (struct media_limits){
		.loss_percent = asked->loss_percent ? asked->loss_percent : 5,
		.jitter_ms = asked->jitter_ms ? asked->jitter_ms : 30,
		.silence_s = asked->silence_s ? asked->silence_s : 10,
		.one_way_s = asked->one_way_s ? asked->one_way_s : 3,
	};
}

int media_engine_alloc(struct media_engine **out, struct event_base *base,
		       const struct media_engine_params *params)
{
	if (!params->handler)
		return EINVAL;
	struct media_engine *engine = calloc(1, sizeof *engine);
	if (!engine)
		return ENOMEM;
	engine->handler = params->handler;
	engine->arg = params->arg;
	engine->mailbox.fd = -1;
	engine->quiet = true;
	TAILQ_INIT(&engine->sessions);
	TAILQ_INIT(&engine->rooms);
	const struct media_limits limits = limits_of(&params->limits);
	codec_g711_init();
	(void)secure_start(); /* where it does not work, sessions are told when they want it */
	int err = ports_init(&engine->ports, params->address, params->other_address, params->port_min,
			     params->port_max);
	if (!err)
		err = mailbox_open(&engine->mailbox);
	if (!err) {
		engine->event = event_new(base, engine->mailbox.fd, EV_READ | EV_PERSIST, on_mail, engine);
		engine->wake = event_new(base, -1, 0, on_wake, engine);
		if (!engine->event || !engine->wake || event_add(engine->event, NULL))
			err = ENOMEM;
	}
	if (!err)
		err = start_threads(engine, worker_count(params->workers), &limits);
	if (err) {
		engine_destroy(engine);
		return err;
	}
	engine->quiet = false;
	*out = engine;
	return 0;
}

void media_engine_free(struct media_engine *engine)
{
	struct media_session *session, *next;
	if (!engine)
		return;
	engine->quiet = true;
	for (session = TAILQ_FIRST(&engine->sessions); session; session = next) {
		next = TAILQ_NEXT(session, link);
		if (!session->closing)
			media_session_close(session);
	}
	struct media_room *room, *next_room;
	for (room = TAILQ_FIRST(&engine->rooms); room; room = next_room) {
		next_room = TAILQ_NEXT(room, link);
		if (!room->closing)
			media_room_close(room);
	}
	struct pollfd p = { .fd = engine->mailbox.fd, .events = POLLIN };
	while (engine->session_count + engine->room_count > 0) {
		wake_workers(engine); /* no loop runs any more that would */
		poll(&p, 1, -1);
		mailbox_run(&engine->mailbox, engine);
	}
	engine_destroy(engine);
}

uint32_t engine_next_id(struct media_engine *engine)
{
	if (++engine->last_id == 0)
		engine->last_id = 1;
	return engine->last_id;
}

struct worker *engine_idlest(struct media_engine *engine)
{
	unsigned best = 0;
	for (unsigned i = 1; i < engine->worker_count; i++)
		if (engine->load[i] < engine->load[best])
			best = i;
	return &engine->workers[best];
}

size_t media_engine_sessions(const struct media_engine *engine)
{
	return engine->session_count;
}

const uint32_t media_late_bounds_us[MEDIA_LATE_BOUNDS] = { 255,	 511,	1023,  2047,  4095,
							   8191, 16383, 32767, 131071 };

static uint64_t read_total(const atomic_uint_fast64_t *total)
{
	return atomic_load_explicit(total, memory_order_relaxed);
}

static void add_totals(struct media_load *out, const struct worker_totals *of)
{
	out->rx_packets += read_total(&of->rx_packets);
	out->rx_lost += read_total(&of->rx_lost);
	out->rx_late += read_total(&of->rx_late);
	out->tx_packets += read_total(&of->tx_packets);
	out->rx_concealed_ms += read_total(&of->concealed_ms);
}

void media_engine_get_load(const struct media_engine *engine, struct media_load *out)
{
	struct lateness all = { 0 };
	memset(out, 0, sizeof *out);
	out->workers = engine->worker_count;
	out->sessions = engine->session_count;
	out->rooms = engine->room_count;
	for (unsigned i = 0; i < engine->worker_count; i++) {
		const struct worker *w = &engine->workers[i];
		lateness_join(&all, &w->lateness);
		out->events_lost += read_total(&w->events_lost);
		add_totals(out, &w->totals);
	}
	out->ticks = all.ticks;
	out->ticks_skipped = all.skipped;
	out->late_p50_us = lateness_quantile(&all, 500);
	out->late_p99_us = lateness_quantile(&all, 990);
	out->late_max_us = all.max_us;
	out->late_sum_us = all.sum_us;
	for (size_t i = 0; i < MEDIA_LATE_BOUNDS; i++)
		out->late_within[i] = lateness_within(&all, media_late_bounds_us[i]);
}
