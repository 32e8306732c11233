#include "media/worker.h"

#include "lib/clock.h"
#include "media/engine.h"
#include "media/frames.h"
#include "media/stream.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { BATCH = 256, TICKS_AT_ONCE = 5, DIGIT_SILENCE_US = 150000, DIGIT_WAIT_MS = 50, PRIORITY = -11 };

/* What an epoll entry is about: a stream's address with the lowest bit set for its RTCP socket, or one of
 * these. */
enum { MARK_MAIL = 1, MARK_TICK = 3, MARK_SECOND = 5, MARK_ARRIVAL = 7, MARK_LAST = 7 };

static int watch(struct worker *w, int fd, uint64_t mark)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = mark };
	return epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &e) ? errno : 0;
}

/* Without kernel memory for it the stream hears nothing, and its timeout will say so. */
static void watch_rtp(struct worker *w, struct stream *s)
{
	s->watched = watch(w, s->rtp_fd, (uintptr_t)s) == 0;
}

static void unwatch_rtp(struct worker *w, struct stream *s)
{
	if (s->watched)
		epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, s->rtp_fd, NULL);
	s->watched = false;
}

void worker_add(struct worker *w, struct stream *s)
{
	s->worker = w;
	TAILQ_INSERT_TAIL(&w->streams, s, link);
	s->in_list = true;
	if (s->path_stale)
		TAILQ_INSERT_TAIL(&w->stale, s, stale_link);
	watch_rtp(w, s);
	watch(w, s->rtcp_fd, (uintptr_t)s | 1);
	w->open_digits += digits_pressed(s);
	s->late_ticks -= w->late_ticks; /* those before it came are not its own */
	if (s->path == PATH_FRAMES)
		worker_tick_add(w, s);
}

void worker_remove(struct worker *w, struct stream *s)
{
	if (!s->in_list)
		return;
	w->open_digits -= digits_pressed(s);
	worker_tick_remove(w, s);
	unwatch_rtp(w, s);
	epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, s->rtcp_fd, NULL);
	TAILQ_REMOVE(&w->streams, s, link);
	s->late_ticks += w->late_ticks;
	s->in_list = false;
	if (s->path_stale)
		TAILQ_REMOVE(&w->stale, s, stale_link); /* and into that of the worker it moves to */
}

void worker_settle_paths(struct worker *w)
{
	struct stream *s;
	while ((s = TAILQ_FIRST(&w->stale)))
		stream_choose_path(s);
}

/* Packets that are read on the tick came before it. */
static void want_timestamps(const struct stream *s, int on)
{
	setsockopt(s->rtp_fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

void worker_tick_add(struct worker *w, struct stream *s)
{
	if (s->on_tick)
		return;
	TAILQ_INSERT_TAIL(&w->frames, s, frames_link);
	s->on_tick = true;
	unwatch_rtp(w, s);
	want_timestamps(s, true);
	if (w->ticking)
		return;
	w->ticking = true;
	w->tick_us = clock_mono_us();
	const struct itimerspec every = { { 0, TICK_US * 1000 }, { 0, TICK_US * 1000 } };
	timerfd_settime(w->tick_fd, 0, &every, NULL);
}

void worker_tick_remove(struct worker *w, struct stream *s)
{
	if (!s->on_tick)
		return;
	TAILQ_REMOVE(&w->frames, s, frames_link);
	s->on_tick = false;
	want_timestamps(s, false);
	watch_rtp(w, s);
	if (!TAILQ_EMPTY(&w->frames))
		return;
	w->ticking = false;
	const struct itimerspec never = { 0 };
	timerfd_settime(w->tick_fd, 0, &never, NULL);
}

void worker_swap_sockets(struct worker *w, struct stream *s)
{
	const struct stream_sockets old = { s->family, s->rtp_fd, s->rtcp_fd };
	unwatch_rtp(w, s);
	epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, s->rtcp_fd, NULL);
	s->family = s->spare.family;
	s->rtp_fd = s->spare.rtp_fd;
	s->rtcp_fd = s->spare.rtcp_fd;
	s->spare = old;
	watch(w, s->rtcp_fd, (uintptr_t)s | 1);
	if (s->on_tick)
		want_timestamps(s, true);
	else
		watch_rtp(w, s);
}

static uint64_t expirations(int fd)
{
	uint64_t count = 0;
	return read(fd, &count, sizeof count) == sizeof count ? count : 0;
}

static void tick(struct worker *w)
{
	uint64_t count = expirations(w->tick_fd);
	if (!w->ticking)
		return;
	if (count > TICKS_AT_ONCE) {
		atomic_fetch_add_explicit(&w->lateness.skipped, count - TICKS_AT_ONCE, memory_order_relaxed);
		w->tick_us += (int64_t)(count - TICKS_AT_ONCE) * TICK_US;
		count = TICKS_AT_ONCE;
	}
	for (; count > 0 && w->ticking; count--) {
		w->tick_us += TICK_US;
		int64_t late = clock_mono_us() - w->tick_us;
		lateness_add(&w->lateness, late > 0 ? (uint32_t)late : 0);
		w->late_ticks += late >= TICK_US;
		frames_tick(w);
	}
}

static void second(struct worker *w)
{
	struct stream *s;
	expirations(w->second_fd);
	TAILQ_FOREACH(s, &w->streams, link)
		report_second(s);
}

static void expire_digits(struct worker *w)
{
	struct stream *s;
	TAILQ_FOREACH(s, &w->streams, link)
		if (digits_pressed(s))
			digits_expire(s, w->now_us - DIGIT_SILENCE_US);
}

static void leave(struct mail *mail, void *owner)
{
	struct worker_move *move = (struct worker_move *)mail; /* `leave` is its first member */
	worker_remove(owner, move->stream);
	mailbox_post(&move->to->arrivals, &move->arrive);
}

static void arrive(struct mail *mail, void *owner)
{
	struct worker_move *move =
	    (struct worker_move *)((char *)mail - offsetof(struct worker_move, arrive));
	worker_add(owner, move->stream);
	move->arrived = true;
}

static void expect(struct mail *mail, void *owner)
{
	(void)owner;
	free((char *)mail - offsetof(struct worker_move, expect));
}

static bool must_wait(const struct mail *mail)
{
	if (mail->run != expect)
		return false;
	const struct worker_move *move =
	    (const struct worker_move *)((const char *)mail - offsetof(struct worker_move, expect));
	return !move->arrived;
}

void worker_move(struct worker_move *move, struct stream *s, struct worker *from, struct worker *to)
{
	*move = (struct worker_move){ { .run = leave }, { .run = expect }, { .run = arrive }, s, to, false };
	mailbox_post(&from->mailbox, &move->leave);
	mailbox_post(&to->mailbox, &move->expect);
}

static void run_mail(struct worker *w)
{
	struct mail *mail;
	*w->waiting_end = mailbox_take(&w->mailbox);
	while (*w->waiting_end)
		w->waiting_end = &(*w->waiting_end)->next;
	while ((mail = w->waiting) && !must_wait(mail)) {
		w->waiting = mail->next;
		if (!w->waiting)
			w->waiting_end = &w->waiting;
		mail->run(mail, w);
	}
	worker_settle_paths(w);
}

static bool read_socket(uint64_t mark)
{
	if (mark <= MARK_LAST)
		return false;
	if (mark & 1)
		report_receive_socket((struct stream *)(uintptr_t)(mark & ~UINT64_C(1)));
	else
		receive_rtp((struct stream *)(uintptr_t)mark);
	return true;
}

void worker_read(struct worker *w)
{
	struct epoll_event events[BATCH];
	int n = epoll_wait(w->epoll_fd, events, BATCH, 0);
	w->now_us = clock_mono_us();
	for (int i = 0; i < n; i++)
		read_socket(events[i].data.u64); /* the others come again */
}

static void turn(struct worker *w)
{
	struct epoll_event events[BATCH];
	bool happened[MARK_LAST + 1] = { false };
	int n = epoll_wait(w->epoll_fd, events, BATCH, w->open_digits ? DIGIT_WAIT_MS : -1);
	w->now_us = clock_mono_us();
	for (int i = 0; i < n; i++)
		if (!read_socket(events[i].data.u64))
			happened[events[i].data.u64] = true;
	worker_settle_paths(w); /* of those whose far end speaks another codec */
	if (happened[MARK_TICK])
		tick(w);
	if (happened[MARK_SECOND])
		second(w);
	if (w->open_digits)
		expire_digits(w);
	if (happened[MARK_ARRIVAL])
		mailbox_run(&w->arrivals, w);
	if (happened[MARK_MAIL] || happened[MARK_ARRIVAL])
		run_mail(w);
	if (w->main_waits)
		mailbox_wake(w->main);
	w->main_waits = false;
}

static void *run(void *arg)
{
	struct worker *w = arg;
	prctl(PR_SET_NAME, "media"); /* for an admin's top(1) */
	setpriority(PRIO_PROCESS, 0,
		    PRIORITY); /* this thread's; where it is not allowed, it is not needed to go on */
	while (!w->stop)
		turn(w);
	return NULL;
}

static void close_all(struct worker *w)
{
	close(w->epoll_fd);
	close(w->tick_fd);
	close(w->second_fd);
	mailbox_close(&w->mailbox);
	mailbox_close(&w->arrivals);
	mailbox_close(&w->returned_events);
	free(w->events);
	free(w->batch);
	w->events = NULL;
	w->batch = NULL;
}

static int open_all(struct worker *w)
{
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	w->tick_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	w->second_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	w->mailbox.fd = w->arrivals.fd = w->returned_events.fd = -1;
	if (w->epoll_fd < 0 || w->tick_fd < 0 || w->second_fd < 0)
		return errno;
	int err = mailbox_open(&w->mailbox);
	if (!err)
		err = mailbox_open(&w->arrivals);
	if (!err)
		err = mailbox_open(&w->returned_events);
	if (!err)
		err = watch(w, w->mailbox.fd, MARK_MAIL);
	if (!err)
		err = watch(w, w->arrivals.fd, MARK_ARRIVAL);
	if (!err)
		err = watch(w, w->tick_fd, MARK_TICK);
	if (!err)
		err = watch(w, w->second_fd, MARK_SECOND);
	if (err)
		return err;
	w->events = calloc(EVENTS_PER_WORKER, sizeof *w->events);
	w->batch = receive_batch_new();
	if (!w->events || !w->batch)
		return ENOMEM;
	for (size_t i = 0; i < EVENTS_PER_WORKER; i++) {
		w->events[i].home = w;
		w->events[i].mail.next = w->free_events;
		w->free_events = &w->events[i].mail;
	}
	const struct itimerspec every = { { 1, 0 }, { 1, 0 } };
	timerfd_settime(w->second_fd, 0, &every, NULL);
	return 0;
}

int worker_open(struct worker *w, struct media_engine *engine, struct mailbox *main, struct filer *filer,
		const struct media_limits *limits)
{
	memset(w, 0, sizeof *w);
	w->engine = engine;
	w->main = main;
	w->filer = filer;
	w->limits = *limits;
	TAILQ_INIT(&w->streams);
	TAILQ_INIT(&w->frames);
	TAILQ_INIT(&w->stale);
	TAILQ_INIT(&w->rooms);
	w->waiting_end = &w->waiting;
	w->bell = -1;
	w->now_us = clock_mono_us();
	w->utc_offset_us = clock_utc_ms() * 1000 - w->now_us;
	int err = open_all(w);
	if (err)
		close_all(w);
	return err;
}

int worker_start(struct worker *w)
{
	int err = pthread_create(&w->thread, NULL, run, w);
	w->started = !err;
	return err;
}

static void stop(struct mail *mail, void *owner)
{
	struct worker *w = owner;
	(void)mail;
	w->stop = true;
}

void worker_stop(struct worker *w)
{
	if (!w->started)
		return;
	struct mail end = { .run = stop };
	mailbox_put(&w->mailbox, &end);
	mailbox_wake(&w->mailbox); /* whatever waited for the end of a turn goes with it */
	pthread_join(w->thread, NULL);
	w->started = false;
}

void worker_free(struct worker *w)
{
	close_all(w);
}

void worker_tell_main(struct worker *w, struct mail *mail)
{
	if (mailbox_put(w->main, mail))
		w->main_waits = true;
}

struct worker_event *worker_event_new(struct worker *w, const struct stream *s, enum media_event_kind kind)
{
	if (!w->free_events)
		w->free_events = mailbox_take(&w->returned_events);
	struct mail *mail = w->free_events;
	if (!mail) {
		atomic_fetch_add_explicit(&w->events_lost, 1, memory_order_relaxed);
		return NULL;
	}
	w->free_events = mail->next;
	struct worker_event *e = (struct worker_event *)mail; /* `mail` is its first member */
	e->session = s->session;
	memset(&e->event, 0, sizeof e->event);
	e->event.kind = kind;
	return e;
}

void worker_event_send(struct worker *w, struct worker_event *e)
{
	e->mail.run = engine_take_event;
	worker_tell_main(w, &e->mail);
}

void worker_event_return(struct worker_event *e)
{
	mailbox_post(&e->home->returned_events, &e->mail);
}
