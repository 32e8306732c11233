/* streams: live audio of calls, to programs over WebSocket and back.
 *
 * Concept. A stream is a tap on a call's media (media/tap.h) whose other end is a connection of ours
 * (peer.h), on a thread of its own, so that neither calls nor media wait for it. It begins before its
 * connection stands, and ends with the call, when it is stopped, or when the far end goes; each time
 * call.stream is published: "connecting", "started", "strange" (the far end said what means nothing),
 * "stopped", "failed".
 *
 * Main thread only. Shutdown: streams_stop() before the media engine ends, streams_free() after it. */
#ifndef OFFHOOK_STREAM_STREAMS_H
#define OFFHOOK_STREAM_STREAMS_H

#include "daemon/offhookd/call/call.h"
#include "daemon/offhookd/stream/wish.h"

struct event_base;
struct streams;

/* Returns 0 or an errno. The thread starts with the first stream. `conf`: api/deny-addresses, api/ca-file,
 * sip/resolv-conf. */
int streams_alloc(struct streams **out, struct event_base *base, const struct conf *conf)
    __attribute__((warn_unused_result));
/* Another conf, for streams that begin from now on. */
void streams_set_conf(struct streams *streams, const struct conf *conf);
void streams_stop(struct streams *streams);
void streams_free(struct streams *streams);

/* {"active", "begun", "failed" (of those that have ended), "sent_bytes", "received_bytes", "dropped_ms",
 * "unplayed_ms" (of those that have ended)}: a new object. */
json_t *streams_report(const struct streams *streams);

/* Returns 0 with the stream's id; ENOTCONN (the call has no media), EBUSY (as many as there may be, or
 * another speaks), EEXIST (the id or the name is taken), EINVAL (headers), ENOMEM, EAGAIN. */
int stream_begin(struct streams *streams, struct call *call, const struct stream_wish *wish,
		 char out_id[UUID_TEXT_SIZE]) __attribute__((warn_unused_result));
/* By its id or its name; NULL: all of the call. Returns 0 or ENOENT. */
int stream_stop(struct call *call, const char *which);
/* Says a text to the far end. Returns 0 or ENOENT. */
int stream_say(struct call *call, const char *which, const char *text);

#endif
