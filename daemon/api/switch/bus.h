/* bus: events that are on disk, told to everyone in this process who wants them: scripts, webhooks, sockets.
 *
 * bus_publish() is called after the commit that holds the event, in the order of the log. What a subscriber
 * gets is borrowed for the time of the call. Subscribers may not subscribe or leave from inside a call. */
#ifndef OFFHOOK_API_BUS_H
#define OFFHOOK_API_BUS_H

#include "daemon/api/store/calls.h"
#include "daemon/api/store/conferences.h"
#include "daemon/api/store/events.h"

struct bus;

struct bus_event {
	int64_t nr;	  /* place in the order of the log; 0 for one that is not kept */
	int64_t n;	  /* place in the order of its call or conference */
	int64_t delivery; /* as a webhook whose form counts: the nth of those about its call or conference;
			     else 0 */
	int64_t time;	  /* UTC ms */
	const char *type; /* "call.state" … */
	const struct call_row *row;		 /* its call after it, or NULL */
	const json_t *data;			 /* params of the switch's event */
	const struct conference_row *conference; /* the conference it is about, after it, or NULL */
};

typedef void bus_h(const struct bus_event *event, void *arg);

int bus_alloc(struct bus **out) __attribute__((warn_unused_result));
/* Returns 0 or ENOSPC. */
int bus_subscribe(struct bus *bus, bus_h *handler, void *arg) __attribute__((warn_unused_result));
void bus_publish(struct bus *bus, const struct bus_event *event);
/* An event as it was when it happened, from the log: `handler` is called once, or not at all where nothing is
 * left of what it is about. */
void bus_of_log(struct store *store, const struct log_entry *entry, bus_h *handler, void *arg);

void bus_free(struct bus *bus);

#endif
