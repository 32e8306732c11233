/* trace: the SIP messages of calls and the RTP headers of their first and last seconds, kept on disk for as
 * long and as far as conf says.
 *
 * Concept. Every message that is sent or received is put here, and every call tells which dialogs are its
 * own. A thread of its own (the writer) takes the secrets out of them (blank.h), and appends them to a ring
 * of files (ring.h): one for what belongs to calls, one for registrations, so that phones that register
 * every minute do not push calls out. OPTIONS are not kept. Another thread (the reader) looks for what is
 * asked for (find.h).
 *
 * Threads. These functions are for the main thread; none of them waits for the disk. What is put while the
 * writer is too far behind is lost, and counted.
 * Shutdown. trace_free() writes what has been put; questions without an answer get NULL. */
#ifndef OFFHOOK_TRACE_TRACE_H
#define OFFHOOK_TRACE_TRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct event_base;
struct trace;

/* How far and how long to keep, and who gets a copy. */
struct trace_limits {
	size_t size;	      /* bytes that all files may take */
	unsigned keep_s;      /* for how long; 0: nothing is kept */
	const char *hep_host; /* of a collector (hep.h), or NULL; copied */
	uint16_t hep_port;
	uint32_t hep_node;
};

struct trace_params {
	struct event_base *base;
	const char *folder; /* is made; mode 0700 */
	struct trace_limits limits;
};

/* A message as it is on the wire. */
struct trace_message {
	bool sent;
	uint8_t transport; /* enum conf_transport */
	const struct sockaddr_storage *local, *remote;
	const struct iovec *parts; /* its bytes */
	size_t part_count;
};

/* A dialog of a call. Absent texts are NULL or "". */
struct trace_link {
	const char *call, *parent, *sip_call_id, *direction, *from, *to, *user, *trunk, *number;
	const char *line; /* user name of the registration by which it came or goes */
};

struct media_header_run;

struct trace_stats {
	uint64_t messages, lost; /* put; of these, not kept for want of room, or because the disk failed */
	uint64_t bytes;		 /* on disk */
	uint64_t hep_sent, hep_lost; /* messages to the collector */
};

/* Returns 0, an errno of mkdir(), EMFILE or ENOMEM. */
int trace_alloc(struct trace **out, const struct trace_params *params) __attribute__((warn_unused_result));
/* Others, from now on. Without memory the collector stays as it was. */
void trace_set_limits(struct trace *trace, const struct trace_limits *limits);
void trace_put(struct trace *trace, const struct trace_message *message);
/* What was put last is not to be kept. */
void trace_take_back(struct trace *trace);
void trace_link(struct trace *trace, const struct trace_link *link);
/* Why somebody was not let in, who has no call: found by its Call-ID. */
void trace_refuse(struct trace *trace, const char *sip_call_id, int code, const char *why);
/* RTP headers of a call's media, to be found with it. */
void trace_rtp(struct trace *trace, const char *call, const struct media_header_run *run);
void trace_stats(struct trace *trace, struct trace_stats *out);
/* NULL is allowed. */
void trace_free(struct trace *trace);

/* What is asked for: one of the first two; without both, what has come since `after`. */
struct trace_question {
	const char *call;	 /* id: with the calls that it has called, and that have called it */
	const char *sip_call_id; /* one dialog, whether it has become a call or not */
	const char *after;	 /* as an earlier answer said; NULL: from now on */
};

/* `answer`: {"calls": […], "messages": […], …}, see doc/control-protocol.md; stolen. NULL: there was no
 * memory, or we end. */
typedef void trace_answer_h(json_t *answer, void *arg);

/* Asks; `done` is called once, from the loop or from trace_free(). All that was put before is found. Returns
 * 0; EAGAIN when too many questions wait; ENOMEM. */
int trace_ask(struct trace *trace, const struct trace_question *question, trace_answer_h *done, void *arg)
    __attribute__((warn_unused_result));

#endif
