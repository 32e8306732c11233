/* What the files of the intake share. */
#ifndef OFFHOOK_UA_INTAKE_PRIVATE_H
#define OFFHOOK_UA_INTAKE_PRIVATE_H

#include "daemon/offhookd/ua/frame.h"
#include "daemon/offhookd/ua/intake.h"

#include <sys/types.h>

/* intake_stream.c: the bytes of a connection that sofia-sip has not had yet. */
struct intake_stream {
	struct ua_frame frame;
	char *bytes;
	size_t size, capacity;
	size_t given; /* bytes of the message at the front that sofia-sip has had */
	bool whole;   /* the message at the front is there, to its last byte */
	bool dead;    /* nothing more is read from there */
};

/* How a stream reaches its far end. */
struct intake_wire {
	int fd;
	void *ssl; /* SSL *, or NULL */
	enum conf_transport transport;
};

/* Up to `max` bytes; sets *bytes. Returns > 0, or what the caller is to be told: 0 at the end, −1 with errno.
 * The stream has taken `taken` of them when `took` is called. */
typedef ssize_t intake_read_h(const struct intake_wire *wire, char *out, size_t max);
typedef void intake_took_h(const struct intake_wire *wire, size_t taken);

/* Sees to it that a message is there. Returns how many of its bytes sofia-sip may have now; 0: the stream has
 * ended; −1 with errno: there is none (EAGAIN), or it fails. */
ssize_t intake_stream_fill(struct intake_stream *stream, const struct intake_wire *wire, intake_read_h *read,
			   intake_took_h *took);
/* Copies what fill() has promised; forgets it unless `peek`. */
size_t intake_stream_take(struct intake_stream *stream, char *out, size_t max, bool peek);
/* Whether a further message is there already. */
bool intake_stream_waits(struct intake_stream *stream);
void intake_stream_free(struct intake_stream *stream);

/* intake_weigh.c */
/* What becomes of a message of which all headers are there. UA_REFUSE: it has been answered. */
enum ua_weight intake_weigh(const struct intake_wire *wire, const struct sockaddr_storage *source,
			    const char *text, size_t size, int64_t late_us);
/* sofia-sip gets it: what is sent again is to pass. */
void intake_taken(const char *text, size_t size);
/* Keeps its headers as they were for ua_intake_answer(): sofia-sip reads them where they stand, and leaves
 * pieces. `source` is of a datagram. */
void intake_keep(const struct intake_wire *wire, const struct sockaddr_storage *source, const char *text,
		 size_t size);
/* A request URI with blanks in it: sofia-sip would drop the request without a word. It gets them as something
 * else, and the gate refuses it (ua_intake_is_torn()). After intake_keep(). */
void intake_mend(char *text, size_t size);
/* Whether messages are to be weighed now. */
bool intake_is_busy(int64_t late_us);
/* Sends an answer that nothing is kept of. */
void intake_answer(const struct intake_wire *wire, const struct sockaddr_storage *source, const char *text,
		   size_t size, int code, const char *phrase, const char *headers);
/* Answers, counts, and has the connection given up. */
void intake_give_up(const struct intake_wire *wire, const char *text, size_t size,
		    const struct ua_frame *frame);

/* intake_wire.c: tells handlers.message. `remote` NULL: of a connection, the far end of which is asked for.
 */
void intake_tell(const struct intake_wire *wire, const struct sockaddr_storage *remote, bool sent,
		 const struct iovec *parts, size_t count);
/* Whether handlers.barred forbids it. */
bool intake_is_barred(const struct intake_wire *wire, const struct sockaddr_storage *remote,
		      const struct iovec *parts, size_t count);
void intake_tell_text(const struct intake_wire *wire, const struct sockaddr_storage *remote, bool sent,
		      const char *text, size_t size);

/* intake.c */
/* Whether it is a socket of sofia-sip's in this thread; then *transport is UDP or TCP. */
bool intake_knows(int fd, enum conf_transport *transport);

extern struct intake {
	struct ua_intake_handlers handlers;
	size_t message_max;
	struct ua_intake_stats stats;
	char tag[17]; /* of our own answers */
} intake;

#endif
