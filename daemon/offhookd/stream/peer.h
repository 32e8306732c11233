/* peer: a program at the far end of a WebSocket that a call's audio goes to and comes from, as the stream
 * thread has it.
 *
 * Concept. peer_start() resolves the URL's host, refuses addresses that conf denies, connects, with TLS
 * checks the certificate, upgrades, and lets the protocol begin. From then on peer_tick() moves audio: what
 * the tap has heard to the socket, what the socket has said to the tap. Everything is bounded: a far end that
 * does not read loses the oldest audio (PEER_BACKLOG_MS), one that says too much is not read from.
 *
 * Life. It is the thread's from peer_start() on; its last report is the final one, after which it is gone. */
#ifndef OFFHOOK_STREAM_PEER_H
#define OFFHOOK_STREAM_PEER_H

#include "daemon/offhookd/stream/heard.h"
#include "daemon/offhookd/stream/playout.h"
#include "lib/conf.h"
#include "media/mailbox.h"
#include "media/tap.h"
#include "media/voice.h"

#include <jansson.h>
#include <sys/queue.h>

struct bufferevent;
struct event;
struct event_base;
struct evdns_base;
struct peer;
struct ssl_ctx_st;

enum {
	PEER_BACKLOG_MS = 2000,
	PEER_MESSAGE_MAX = 2 * 1024 * 1024,
	PEER_ERROR_MAX = 200,
	PEER_HEADERS_MAX = 16,
};

enum peer_track { PEER_SAID = 1, PEER_HEARD = 2, PEER_BOTH = 3 };

/* Why one ended, or could not begin. */
enum peer_error {
	PEER_FINE,
	PEER_URL,      /* it cannot be used */
	PEER_DENIED,   /* it leads to an address that conf denies */
	PEER_NAME,     /* its host is not found */
	PEER_REFUSED,  /* nobody accepts */
	PEER_TIMEOUT,  /* no connection, or no answer, in time */
	PEER_TLS,      /* certificate or handshake */
	PEER_ANSWER,   /* not 101 */
	PEER_PROTOCOL, /* it said what it may not */
	PEER_CLOSED,   /* it closed the connection */
	PEER_LOST,     /* the connection broke */
	PEER_FULL,     /* out of memory */
};
const char *peer_error_name(enum peer_error error);

struct peer_setup {
	char *url; /* ws://, wss://, or unix:PATH */
	const struct stream_protocol *protocol;
	unsigned rate, tracks; /* PEER_SAID … */
	bool speaks;
	char *headers[PEER_HEADERS_MAX + 1]; /* "Name: value" of the upgrade */
	char *subprotocol;		     /* or NULL */
	json_t *start;			     /* what the protocol's first words hold, an object */
	char *stop;			     /* last words (of "plain" and "speech"), or NULL */
	bool begins; /* of "speech": it is told when the far end of the call begins to speak, once */
	bool drains; /* what the far end still has to say behind them is waited for */
	struct conf_strings deny;
};
void peer_setup_clear(struct peer_setup *setup);

enum peer_report_kind {
	PEER_STARTED,
	PEER_SPOKE,   /* a text message, of "plain" */
	PEER_WORDS,   /* what was recognised, of "speech": `text` is an object of heard_read() */
	PEER_STRANGE, /* it said what means nothing; `error` says what; once */
	PEER_ENDED,   /* the final one */
};

struct peer_counts {
	uint64_t sent_bytes, received_bytes, dropped_ms, unplayed_ms;
	unsigned connect_ms;
};

/* To the main thread, which frees it with peer_report_free(). */
struct peer_report {
	struct mail mail; /* must be first */
	void *about;	  /* as given to peer_new() */
	enum peer_report_kind kind;
	enum peer_error why;
	int status; /* of HTTP, where it is not 101 */
	char error[PEER_ERROR_MAX];
	char *text; /* PEER_SPOKE, PEER_WORDS */
	struct peer_counts counts;
};
void peer_report_free(struct peer_report *report);

/* What a thread's peers share. */
struct peer_world {
	struct event_base *base;
	struct evdns_base *dns;
	struct ssl_ctx_st *tls;
	void (*report)(struct peer_report *report, void *arg);
	void (*gone)(struct peer *peer, void *arg); /* after the final report, from the loop */
	void *arg;
};

struct peer {
	TAILQ_ENTRY(peer) link;
	struct peer_world *world;
	void *about;
	uint64_t number; /* as its thread has it */
	struct peer_setup setup;
	struct media_tap *tap;
	struct peer_line *line; /* the connection: peer_line.h */
	bool started, ended, draining;
	struct playout playout;
	struct convert to_said, to_heard; /* from the call's rate to ours */
	int16_t *backlog;		  /* frames of both tracks that the far end has not taken, or NULL */
	unsigned backlog_first, backlog_count;
	uint64_t sequence, chunks[2]; /* of messages */
	const char *sid;	      /* of "twilio": what its messages call it */
	bool mulaw;
	int64_t started_us;
	unsigned lost_before; /* frames, while nobody was there to hear them */
	bool strange;
	unsigned texts; /* passed on since: */
	int64_t texts_since_us;
	struct heard_bound heard; /* of "speech" */
	struct voice voice;
	bool begun; /* to speak, and it was told */
	struct peer_counts counts;
};

/* Takes over what is in `setup`, and the tap; it is to be started, or freed. NULL without memory. */
struct peer *peer_new(struct peer_setup *setup, struct media_tap *tap, void *about);
void peer_free(struct peer *peer);

/* Stream thread. */
void peer_start(struct peer *peer, struct peer_world *world);
/* The bell has rung. */
void peer_tick(struct peer *peer);
void peer_digit(struct peer *peer, char digit, unsigned duration_ms);
/* Says goodbye; the final report follows, where setup.drains is set when the far end has closed or time is
 * over. */
void peer_stop(struct peer *peer);

/* What protocols use. */
void peer_send_text(struct peer *peer, const char *text, size_t size);
void peer_send_binary(struct peer *peer, const void *bytes, size_t size);
/* A JSON object, which is taken over. */
void peer_send_json(struct peer *peer, json_t *object);
/* Audio of it, at setup.rate. */
void peer_said(struct peer *peer, const int16_t *samples, size_t count);
/* Whether the main thread may be told of another text of it: there is a limit a second. */
bool peer_may_say(struct peer *peer);
/* It said what it may not; the connection goes on. */
void peer_note_strange(struct peer *peer, const char *what);
/* The end, said once. `error` NULL: none. */
void peer_end(struct peer *peer, enum peer_error why, int status, const char *error);

/* peer_line.c tells. */
void peer_opened(struct peer *peer);
void peer_heard_message(struct peer *peer, bool text, const char *bytes, size_t size);

#endif
