/* trace_own: what trace.c and trace_put.c share; see trace.h. */
#ifndef OFFHOOK_TRACE_TRACE_OWN_H
#define OFFHOOK_TRACE_TRACE_OWN_H

#include "daemon/offhookd/trace/filing.h"
#include "daemon/offhookd/trace/trace.h"
#include "lib/json_text.h"
#include "media/mailbox.h"

#include <pthread.h>
#include <sys/queue.h>

struct event;

enum {
	BATCH_MAX = 1 << 20,  /* bytes that may wait for the writer */
	BATCH_FULL = 1 << 18, /* is written at once, less after */
	GATHER_MS = 50,
	IDLE_S = 600, /* without a message, old files are looked for that often */
	QUESTIONS_MAX = 64,
};

struct question {
	struct mail mail;
	STAILQ_ENTRY(question) link;
	char *call, *sip_call_id, *after;
	trace_answer_h *done;
	void *arg;
	json_t *answer;
};

STAILQ_HEAD(questions, question);

struct batch {
	char *bytes;
	size_t size;
	size_t last; /* where the last message begins; SIZE_MAX: it is another's now */
};

struct trace {
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake, ask;
	struct batch filling;
	struct questions unwritten, asked; /* for the writer to pass on, for the reader */
	size_t waiting;			   /* of both, and being read */
	struct trace_limits limits;	   /* its host is `hep_host` */
	char *hep_host;
	bool hep_changed; /* the writer does not know it yet */
	bool stop, reader_stop;
	struct trace_stats stats;

	pthread_t writer, reader;
	bool writes, reads;
	struct batch writing; /* the writer's */
	unsigned tend_ms;     /* the writer's: something of the collector waits for so long; 0: nothing */
	struct filing filing; /* the writer's, but for the folders */

	struct mailbox mailbox;
	struct event *mail;
	struct json_text text;
};

#endif
