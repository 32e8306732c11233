/* worker: a thread that has streams, their sockets and the 20 ms tick.
 *
 * Concept. One epoll set a worker holds the sockets of its streams that are not on the tick, the mailbox and
 * two timers: the tick, armed while a stream is on the frame path, and the second. A loop reads the sockets
 * that are ready, then ticks, then takes mail. Streams appear and disappear in mail only, so what epoll
 * returned stays valid for the whole turn.
 *
 * Threads. Everything here is used by the worker's own thread, except worker_open(), worker_start(),
 * worker_stop(), worker_free(), worker_post() and worker_event_return().
 *
 * Shutdown. worker_stop() after all streams are closed, then worker_free(). */
#ifndef OFFHOOK_MEDIA_WORKER_H
#define OFFHOOK_MEDIA_WORKER_H

#include "media/codec.h"
#include "media/lateness.h"
#include "media/mailbox.h"
#include "media/rtp.h"
#include "media/secure.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct media_engine;
struct media_session;
struct stream;
struct filer;

struct room;

struct receive_batch;

TAILQ_HEAD(stream_list, stream);
TAILQ_HEAD(room_list, room);

enum { TICK_US = FRAME_MS * 1000, EVENTS_PER_WORKER = 1024 };

/* An event on its way to the main thread, from a fixed pool, so that saying something never allocates. */
struct worker_event {
	struct mail mail;
	struct worker *home;
	struct media_session *session;
	struct media_event event;
};

/* What all of its streams, also those that are closed, have counted. Written by the worker alone, once a
 * second and stream. */
struct worker_totals {
	atomic_uint_fast64_t rx_packets, rx_lost, rx_late, tx_packets, concealed_ms;
};

struct worker {
	struct media_engine *engine;
	struct mailbox *main; /* where the main thread reads */
	struct filer *filer;
	pthread_t thread;
	bool started, stop;
	int epoll_fd, tick_fd, second_fd;
	struct mailbox mailbox, arrivals;    /* orders; streams that come from another worker */
	struct mail *waiting, **waiting_end; /* orders taken and not carried out yet */
	struct stream_list streams;	     /* all */
	struct stream_list frames;	     /* those on the frame path */
	struct stream_list stale;	     /* those whose path is to be chosen anew */
	struct room_list rooms;
	bool to_be_woken; /* main thread's: there is new mail */
	bool ticking;
	bool main_waits; /* for a wake-up at the end of the turn */
	int bell;	 /* to be rung after this tick (media/tap.h), or −1 */
	struct lateness lateness;
	uint64_t late_ticks; /* by a frame or more: what was sent then came late */
	struct worker_totals totals;
	struct media_limits limits;
	int64_t utc_offset_us; /* UTC − monotonic */
	int64_t now_us;	       /* monotonic, of this turn */
	int64_t tick_us;       /* nominal time of this tick */
	struct worker_event *events;
	struct mail *free_events;
	struct mailbox returned_events;
	atomic_uint_fast64_t events_lost; /* the pool was empty */
	unsigned open_digits;		  /* streams with a digit that has not ended */
	uint8_t packet[RTP_PACKET_MAX] __attribute__((aligned(8))); /* what is being received */
	struct receive_batch *batch;				    /* the same, on the tick */
	uint8_t out_packet[RTP_HEADER + CODEC_MAX_PAYLOAD];
	uint8_t sealed[RTP_PACKET_MAX + SECURE_TRAILER]; /* what is being sent, encrypted */
	int16_t frame[FRAME_MAX];			 /* what is being sent */
	int16_t scratch[CODEC_MAX_RATE / 1000 * CODEC_MAX_MS];
};

/* Makes it, without its thread. Returns 0, EMFILE, ENOMEM. */
int worker_open(struct worker *worker, struct media_engine *engine, struct mailbox *main, struct filer *filer,
		const struct media_limits *limits) __attribute__((warn_unused_result));
/* Starts the thread. Returns 0 or EAGAIN. */
int worker_start(struct worker *worker) __attribute__((warn_unused_result));
/* Ends the thread; mail that it has not taken stays. */
void worker_stop(struct worker *worker);
/* Closes what is left of it, once no event of it is on its way any more. */
void worker_free(struct worker *worker);

/* Main thread. It is woken at the end of the main loop's turn, once for all that was posted. */
void worker_post(struct worker *worker, struct mail *mail);

/* Takes a stream in, and gives it away. */
void worker_add(struct worker *worker, struct stream *stream);
void worker_remove(struct worker *worker, struct stream *stream);
/* Listens and sends on the spare sockets from now on; those used so far become the spare ones. */
void worker_swap_sockets(struct worker *worker, struct stream *stream);

/* Chooses the paths anew of those that wait for it. */
void worker_settle_paths(struct worker *worker);

/* Posts to the main thread, which is woken at the end of the turn, once for all. */
void worker_tell_main(struct worker *worker, struct mail *mail);

/* How a stream gets from one worker to another: the main thread posts `leave` to the one and then `expect` to
 * the other, where all later orders wait until the stream has come, so that each is carried out after it. */
struct worker_move {
	struct mail leave, expect, arrive;
	struct stream *stream;
	struct worker *to;
	bool arrived; /* `to` only */
};

/* Main thread. `move` is freed by the new worker. */
void worker_move(struct worker_move *move, struct stream *stream, struct worker *from, struct worker *to);

/* Reads the sockets in the epoll set that are ready, and does nothing else: between two halves of a long
 * tick. */
void worker_read(struct worker *worker);

/* Puts a stream on the tick, and takes it off. On the tick its RTP socket is not watched, but read then:
 * nothing is done with a packet earlier anyway, and a wake-up costs more than the packet. */
void worker_tick_add(struct worker *worker, struct stream *stream);
void worker_tick_remove(struct worker *worker, struct stream *stream);

/* An event to fill and to send with worker_event_send(); NULL when the pool is empty (counted). */
struct worker_event *worker_event_new(struct worker *worker, const struct stream *stream,
				      enum media_event_kind kind);
void worker_event_send(struct worker *worker, struct worker_event *event);

/* The main thread is done with it. */
void worker_event_return(struct worker_event *event);

#endif
