/* find: looks in the files of a trace for what is asked for. It reads the disk, and takes its time: for the
 * reader's thread alone. What is being written meanwhile does not disturb it. */
#ifndef OFFHOOK_TRACE_FIND_H
#define OFFHOOK_TRACE_FIND_H

#include <jansson.h>

/* At most so much is in an answer; "truncated" says that there is more. */
enum {
	FIND_MESSAGES_MAX = 1000,
	FIND_BYTES_MAX = 4 << 20,
	FIND_CALLS_MAX = 64,
	FIND_DIALOGS_MAX = 256,
	FIND_RTP_MAX = 256
};

/* A call with those that it has called, and that have called it (`call` not NULL), or one dialog. `calls`,
 * `registrations`: the folders of the rings. A new object, or NULL without memory. */
json_t *find_call(const char *calls, const char *registrations, const char *call, const char *sip_call_id);

/* What has come since `after`; NULL: nothing, but from where to ask next time. */
json_t *find_after(const char *calls, const char *after);

#endif
