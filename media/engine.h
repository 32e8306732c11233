/* engine: what the main thread has of the RTP engine: workers, sessions, ports, and the mail that comes back.
 *
 * Threads. The main thread's, but for engine_take_event(), whose address workers put into mail. */
#ifndef OFFHOOK_MEDIA_ENGINE_H
#define OFFHOOK_MEDIA_ENGINE_H

#include "media/address.h"
#include "media/filer.h"
#include "media/media.h"
#include "media/quality.h"
#include "media/worker.h"

#include <sys/queue.h>

struct event;
struct media_tap;
struct order;
struct stream_sockets;

enum { WORKERS_MAX = 64 };

/* A port of the range and the sockets on it and on the next one. */
struct ports {
	union address addresses[2]; /* of different families; the second AF_UNSPEC: there is one only */
	unsigned first, count;	    /* even ports */
	unsigned next; /* where the search begins, so that a port rests before it is used again */
	uint8_t *used;
};

struct media_session {
	TAILQ_ENTRY(media_session) link;
	struct media_engine *engine;
	struct worker *worker;
	struct stream *stream;	  /* the worker's; owned by it until it comes back closed */
	struct order *last_order; /* to close with, made beforehand: closing cannot fail for want of memory;
				     then it has the last statistics */
	char *id;
	void *arg;
	unsigned port_index;
	uint16_t port;
	const struct media_codec *codec;
	struct media_srtp srtp;	       /* as the worker has it */
	struct media_room *room;       /* or NULL */
	bool ends_room;		       /* its room ends when it leaves */
	unsigned pending;	       /* players, recorders and the stream itself that have not come back */
	unsigned recordings;	       /* that have not come back */
	struct media_tap *taps;	       /* that have not been taken off */
	bool closing;		       /* the handle is gone */
	struct quality history;	       /* once the stream is gone; likewise the next */
	struct media_headers *headers; /* or NULL */
};

TAILQ_HEAD(media_sessions, media_session);
TAILQ_HEAD(media_rooms, media_room);

struct media_room {
	TAILQ_ENTRY(media_room) link;
	struct media_engine *engine;
	struct worker *worker;
	struct room *room;	  /* the worker's */
	struct order *last_order; /* to close with */
	char *id;
	void *arg;
	unsigned count, max;
	bool closing;
	uint32_t recording; /* id of the recording that runs, or 0 */
	unsigned pending;   /* players, recorders and the room itself that have not come back */
};

struct media_engine {
	struct event *event;
	struct event *wake; /* at the end of the loop's turn */
	struct mailbox mailbox;
	struct filer filer;
	struct worker workers[WORKERS_MAX];
	unsigned worker_count;
	unsigned load[WORKERS_MAX]; /* sessions of each */
	struct ports ports;
	struct media_sessions sessions;
	struct media_rooms rooms;
	size_t session_count, room_count;
	uint32_t last_id; /* of plays and recordings */
	bool quiet;	  /* being freed: no handler is called */
	media_event_h *handler;
	void *arg;
};

/* `other`: of the other family, or NULL. Returns 0, EINVAL (no numeric address, or no even port in the
 * range), ENOMEM. */
int ports_init(struct ports *ports, const char *address, const char *other, unsigned port_min,
	       unsigned port_max) __attribute__((warn_unused_result));
void ports_free(struct ports *ports);
/* Binds a pair in `family`; AF_UNSPEC: in each family that there is, on the same ports. The first is for use,
 * the other to spare. `wanted`: this one alone, 0: any. Returns 0, EADDRINUSE, EAFNOSUPPORT, EMFILE … */
int ports_bind(struct ports *ports, int family, unsigned wanted, unsigned *out_index, uint16_t *out_port,
	       struct stream_sockets *out, struct stream_sockets *out_spare)
    __attribute__((warn_unused_result));
/* Closes those there are. */
void ports_close(const struct stream_sockets *sockets);
/* The sockets are closed. */
void ports_release(struct ports *ports, unsigned index);

/* Mail from workers. */
void engine_take_event(struct mail *mail, void *engine);
/* Calls the handler, unless the engine is being freed. `session` and `room` may be NULL. */
void engine_say(struct media_engine *engine, struct media_session *session, struct media_room *room,
		struct media_event *event);

/* Id of a play or recording, never 0. */
uint32_t engine_next_id(struct media_engine *engine);
/* The worker with the fewest sessions. */
struct worker *engine_idlest(struct media_engine *engine);

/* session.c: a player, recorder or stream of it has come back. The last one ends it. */
void session_settled(struct media_session *session);
/* Takes it to `worker`; it leaves its bridge or room, which does not reach across workers. Returns 0 or
 * ENOMEM. */
int session_bring_to(struct media_session *session, struct worker *worker)
    __attribute__((warn_unused_result));
/* session_sound.c: the mail of a player and of a recorder that come home; they may be a session's or a
 * room's. */
void session_played(struct mail *mail, void *engine);
void session_recorded(struct mail *mail, void *engine);

/* conference.c: it leaves its room, if any; the worker is told by whatever makes it leave. */
void conference_forget(struct media_session *session);
void conference_settled(struct media_room *room);

#endif
