/* intake: what comes by the wire, before sofia-sip reads it.
 *
 * sofia-sip calls bind(), connect(), ioctl(), recv(), recvmsg() and SSL_read() for its sockets; ours stand
 * before those of the C library and OpenSSL, and let all other sockets pass (accept() is in connections.c). A
 * connection's bytes are cut into messages (frame.h), and sofia-sip gets one whole message at a time: what
 * comes after it waits in the kernel, however much that is. A message that is too long, or says something
 * impossible about its length, is answered (400, 413, 513) and ends its connection without sofia-sip having
 * seen it.
 *
 * Datagrams are received when sofia-sip asks how long the next one is, and handed over when it asks for it.
 *
 * New requests that we cannot take now (handlers.weigh) are answered 503 here, and nothing is kept of them
 * (RFC 3261 section 16.7, RFC 6357): no handle, no transaction. One that has been taken is remembered for as
 * long as it may be sent again.
 *
 * Main thread only: calls of other threads pass. There is one of these in a process. */
#ifndef OFFHOOK_UA_INTAKE_H
#define OFFHOOK_UA_INTAKE_H

#include "lib/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* A new request: it is of no dialog and of no transaction that we know. */
struct ua_fresh {
	struct sockaddr_storage source;
	enum conf_transport transport;
	char method[16];
	char request_user[64], from_user[64]; /* of the request URI and From, as they stand there; "": none */
	char nonce[160];		      /* of its first credentials, or "" */
	int64_t late_us;		      /* how long it has waited for us; 0: that is not known */
};

/* A message as it is on the wire. */
struct ua_wire_message {
	bool sent;
	enum conf_transport transport;
	const struct sockaddr_storage *local, *remote; /* AF_UNSPEC: not known */
	const struct iovec *parts;
	size_t part_count;
};

enum ua_weight { UA_TAKE, UA_REFUSE, UA_DROP };

struct ua_intake_handlers {
	/* A connection is at its end, for the reason `why`: it is to be shut down. */
	void (*give_up)(int fd, const char *why, void *arg);
	/* Whether anything is to be weighed: asked for each message, and to be quick. `late_us` is that of
	   the last datagram. NULL: never */
	bool (*busy)(int64_t late_us, void *arg);
	enum ua_weight (*weigh)(const struct ua_fresh *request, unsigned *retry_after_s, void *arg);
	/* A message is sent, or has arrived and is about to be read. To be quick. NULL: nobody asks */
	void (*message)(const struct ua_wire_message *message, void *arg);
	/* A message is about to be sent. True: it must not be, and fails as where nobody listens. To be
	   quick. NULL: nobody asks */
	bool (*barred)(const struct ua_wire_message *message, void *arg);
	/* The message of which `message` was told last was nothing to be read after all. */
	void (*unwanted)(void *arg);
	void *arg;
};

struct ua_intake_stats {
	uint64_t bad;	  /* messages for which a connection was ended */
	uint64_t refused; /* requests that were answered 503 and forgotten */
};

/* From now on this thread's connections are looked after, and until ua_intake_listening(false) the sockets
 * that it binds. `message_max`: bytes of a message by a connection. */
void ua_intake_start(const struct ua_intake_handlers *handlers, size_t message_max);
void ua_intake_listening(bool on);
/* outlet.c: from now on handlers.message is told of what sofia-sip sends, too. Without a caller nothing of
 * that file would be linked. */
void ua_outlet_start(void);
void ua_intake_stop(void);
void ua_intake_set_max(size_t message_max);
/* `fd` is a connection that was made to us. */
void ua_intake_accepted(int fd);
/* Answers the request that sofia-sip is reading now, of which nothing else will come. `headers`: further
 * lines, each with its CRLF, or NULL. */
void ua_intake_answer(int code, const char *phrase, const char *headers);
/* The port of ours that it has come to; 0: not known. */
uint16_t ua_intake_port(void);
/* How many header fields of that name it has, whatever sofia-sip makes of them. */
unsigned ua_intake_count(const char *name, char compact);
/* The URI of that request has blanks in it. */
bool ua_intake_is_torn(void);
/* By what the message came that sofia-sip is reading now. */
enum conf_transport ua_intake_transport(void);
/* It is not read any further: its source is banned, or too fast. */
void ua_intake_unwanted(void);
void ua_intake_stats(struct ua_intake_stats *out);

#endif
