/* broker: where events are published to. Each is a table of functions; they may wait, and are called from one
 * thread of the publisher's (publisher.h). */
#ifndef OFFHOOK_API_PUBLISH_BROKER_H
#define OFFHOOK_API_PUBLISH_BROKER_H

#include "lib/conf.h"

#include <stddef.h>

enum { BROKER_ERROR_SIZE = 200 };

struct broker_message {
	char id[64];   /* the same whenever it is sent: consumers know a repetition by it */
	char *subject; /* "offhook.events.ACCOUNT.call.state" */
	char *text;    /* the event as JSON */
	size_t length;
};

struct broker {
	const char *name; /* "nats" */
	/* Connects. Returns its own state, or NULL with one sentence in `error`. */
	void *(*open)(const struct conf_bus *conf, char error[BROKER_ERROR_SIZE]);
	/* Hands over all of them, in order, and waits until they are kept. Returns 0, or EIO with one
	 * sentence: some may have been kept; all are to be sent again, on a new connection. */
	int (*send)(void *state, const struct broker_message *messages, size_t count,
		    char error[BROKER_ERROR_SIZE]);
	void (*close)(void *state);
};

/* NATS JetStream, and a stream of Redis; NULL where Offhook was built without the library. */
extern const struct broker *const broker_nats, *const broker_redis;

#endif
