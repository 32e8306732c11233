/* sw_private: shared by the files of sw, by nobody else. */
#ifndef OFFHOOK_SW_SW_PRIVATE_H
#define OFFHOOK_SW_SW_PRIVATE_H

#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/conference/conference.h"
#include "daemon/offhookd/control/alive.h"
#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/methods/methods.h"
#include "daemon/offhookd/money/charge.h"
#include "daemon/offhookd/phones/phones.h"
#include "daemon/offhookd/place/place.h"
#include "daemon/offhookd/resume/resume.h"
#include "daemon/offhookd/stream/streams.h"
#include "daemon/offhookd/sw/sw.h"
#include "daemon/offhookd/tally/tally.h"
#include "daemon/offhookd/trace/trace.h"
#include "daemon/offhookd/testtrunk/testtrunk.h"
#include "daemon/offhookd/trunks/trunk.h"
#include "daemon/offhookd/ua/ua.h"

enum { SW_PATH_SIZE = 4096 };

struct sw {
	struct event_base *base;
	struct conf *conf;
	struct ua *ua;
	struct media_engine *media;
	struct control_server *control;
	struct control_tls *control_tls; /* NULL: it listens to this machine alone */
	struct control_events *events;
	struct alive *alive;

	struct calls calls;
	struct phones phones;
	struct trunk_table *trunks;
	struct testtrunk *testtrunk; /* NULL: no trunk is built in */
	struct money money;
	struct tally *tally;
	struct conferences conferences;
	struct streams *streams;
	struct trace *trace;
	struct resume *resume; /* NULL: calls end with the process */
	struct place place;
	struct methods methods;

	struct call_listener to_trunks, to_events, to_us; /* beside money's own */
	int lock;					  /* on the state-dir, or -1 */
	bool draining, stopping, ua_down;
	unsigned media_looks; /* at what media still has, while stopping */
};

/* Where ua tells of dialogs, registrations and connections. */
extern const struct ua_handlers sw_ua_handlers;

/* What ua is to be told of a conf; `folder` is written to, and has to last as long as the result. */
struct ua_tls_params sw_tls_params(struct sw *sw, const struct conf *conf, char folder[SW_PATH_SIZE]);
/* sw_descriptors.c: those of the conf, or less where we have too few descriptors; and how many media sessions
 * there can be, by ports and descriptors. */
struct ua_connection_limits sw_connection_limits(const struct conf *conf);
size_t sw_max_sessions(const struct conf *conf);

/* sw_wire.c: hands every part what it needs of the others, and sw->conf; before they start. */
void sw_wire(struct sw *sw);
/* Hands everybody sw->conf, which is another one. */
void sw_wire_conf(struct sw *sw);
/* How far, how long and to whom traces go by a conf; good as long as that is. */
struct trace_limits sw_trace_limits(const struct conf *conf);
/* Live calls, conferences, registrations and trunks, as events.snapshot tells them. */
json_t *sw_snapshot(void *sw);

/* sw_lost.c: what the journal keeps the last word about (control_events_config), and what is to be said of
 * each that an earlier start has left (control_events_recover()). */
const char *const *sw_lasting_methods(void);
const char *sw_read_lasting(const json_t *params, bool *over);
void sw_on_lost(const json_t *params, void *sw);

/* sw_end.c: a call has gone: ends a drain that has waited for it. */
void sw_call_gone(void *sw);

#endif
