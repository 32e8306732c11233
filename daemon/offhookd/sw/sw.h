/* sw: the switch as a whole: what is alive, and what is wired to what. Main thread only. */
#ifndef OFFHOOK_SWITCH_SW_H
#define OFFHOOK_SWITCH_SW_H

#include "daemon/offhookd/call/call.h"
#include "lib/conf.h"

struct control_server;
struct control_events;
struct control_method;
struct bans;
struct digest;
struct bindings;
struct keepalive;
struct trunk_table;
struct spend;
struct event_base;

struct sw {
	struct event_base *base;
	struct conf *conf;
	struct ua *ua;
	struct media_engine *media;
	struct control_server *control;
	struct control_events *events;
	struct bans *bans;
	struct digest *digest;
	struct bindings *bindings;
	struct keepalive *keepalive;
	struct trunk_table *trunks;
	struct spend *spend;

	struct call *calls; /* live, by id */
	size_t call_count;
	struct call *ended_table; /* ended a short while ago, by id */
	struct call *ended;	  /* the same, oldest first */
	size_t ended_count;
	struct conference *conferences; /* live, by id */
	uint64_t calls_total;
	uint64_t refused_total; /* inbound calls refused by a limit */

	int64_t started; /* UTC ms */
	struct control_method *methods;
	bool draining, stopping, ua_down;
	unsigned media_looks; /* at what media still has, while stopping */
	struct {
		int64_t at_us; /* token bucket of max-calls-per-second */
		double tokens;
	} rate;
};

/* Starts everything that `conf` (taken over on success) says. On failure returns an errno with one sentence
 * in `error`. */
int sw_alloc(struct sw **out, struct event_base *base, struct conf *conf, char *error, size_t error_size)
    __attribute__((warn_unused_result));

/* Publishes an event; params is stolen. */
void sw_publish(struct sw *sw, const char *method, json_t *params);

/* Loads the conf file again, and tells offhook-api to (switch.reloaded). Returns 0 with the names of what has
 * changed but needs a restart in *needs_restart (an array, the caller's), or an errno with what is wrong in
 * *errors (the caller frees it): nothing has changed then. */
int sw_reload(struct sw *sw, json_t **needs_restart, struct conf_errors *errors)
    __attribute__((warn_unused_result));

/* Ends: at once (calls are hung up first), or with `drain` when the last call has ended. The base's loop is
 * left when all is done. */
void sw_shutdown(struct sw *sw, bool drain);

/* After a call has gone: ends a drain that has waited for it. */
void sw_call_gone(struct sw *sw);

/* Closes all that is left. To be called after the loop has ended. */
void sw_free(struct sw *sw);

/* Whether anybody listens to events. */
bool sw_has_subscribers(const struct sw *sw);

/* recording.c */
enum { RECORDING_PATH_MAX = 4096 };
struct conference;
/* state-dir/recordings/DATE/ID.wav; the folders are made. Returns 0 or an errno. */
int recording_default_file(char out[RECORDING_PATH_MAX], const struct conf *conf, const char *id);
/* call.record_done, or conference.record_done: of one of them, the other is NULL. */
void recording_publish_done(const struct call_recording *recording, const struct media_event *event,
			    struct call *call, struct conference *conference);
/* Records a call, answered or not, as `how` says; its file may be NULL: one of our own. Returns 0, EBUSY,
 * ENOTCONN (no media yet), or the errno of the file's folder. */
int call_record(struct call *call, const struct media_record *how);
void call_record_stop(struct call *call);
json_t *call_recording_json(const struct call *call);

/* media_events.c */
const char *media_end_name(enum media_end end);
/* A digit of its far end, by INFO or in its audio. */
void call_on_digit(struct call *call, char digit, unsigned duration_ms, bool by_info);
void sw_on_media(const struct media_event *event, void *arg);

/* snapshot.c */
/* The final call.quality, from MEDIA_CLOSED. */
void call_publish_quality(struct call *call, const struct media_event *event);
json_t *stats_json(const struct media_stats *stats);

/* collect.c */
void call_collect_init(struct call *call);
void call_collect_start(struct call *call, unsigned timeout_ms);
void call_collect_digit(struct call *call, char digit);
void call_collect_end(struct call *call, const char *end);

#endif
