/* order: something that the main thread has a worker do to a stream or a room; it comes back to be freed. */
#ifndef OFFHOOK_MEDIA_ORDER_H
#define OFFHOOK_MEDIA_ORDER_H

#include "media/engine.h"
#include "media/stream.h"

struct room;
struct room_member;

struct order {
	struct mail mail; /* must be first */
	void (*carry_out)(struct stream *stream, struct order *order);
	void (*carried_out)(struct order *order); /* main thread, or NULL */
	bool kept;				  /* carried_out() sees to it that it is freed */
	struct worker *worker;
	struct stream *stream;	       /* or NULL */
	struct media_session *session; /* or NULL */
	struct room *room;	       /* or NULL */
	union {
		struct {
			struct media_remote remote;
			struct secure *seal, *open; /* new ones there, the old ones back; `open` also
						       without new_open, as secure_expect_restart() has it */
			bool new_seal, new_open;
		} far;
		struct stream *peer;
		struct player *player;
		struct media_tap *tap;
		struct detector *detector; /* a new one there, the old one back */
		struct activity *activity; /* likewise */
		struct {
			struct recorder *recorder;
			struct tones *beep;
			bool to_all; /* a beep into the room */
		} record;
		struct {
			bool on, second;
			uint32_t id; /* of a recording; 0: all */
		} flags;
		struct {
			char keys[DIGITS_QUEUE + 1];
			unsigned duration_ms;
		} digits;
		struct {
			struct media_stats stats;
			media_stats_h *handler;
			void *arg;
		} stats;
		struct {
			struct room_member *member; /* given to the room, when joining */
			bool muted, held, deaf, starts;
			enum media_exit_beep exit_beep;
			const struct media_session *coaches;
			struct room_unheard *unheard; /* a new one there, the old one back */
			struct media_room *handle;
		} join;
	};
};

/* For a session. NULL without memory. */
struct order *order_new(struct media_session *session,
			void (*carry_out)(struct stream *stream, struct order *order));
/* For a room on `worker`; `carry_out` gets no stream. */
struct order *order_new_room(struct room *room, struct worker *worker,
			     void (*carry_out)(struct stream *stream, struct order *order));
/* To the worker that the session has now. */
void order_post(struct order *order);

/* session.c: posts an order with two flags; without memory nothing happens. */
void session_post(struct media_session *session,
		  void (*carry_out)(struct stream *stream, struct order *order), bool on, bool second);

#endif
