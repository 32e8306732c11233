/* desk: what the operations work with, and on whose behalf.
 *
 * An operation takes an asker and a struct of what is wanted, in neutral words; it knows no dialect. What can
 * be said at once it returns: true, or false and a fault. What needs the switch or the disk it tells later,
 * exactly once, to a handler: with a fault, or NULL and the result, which is borrowed for the time of the
 * call. The handler may be called before the operation returns. A handler that tells of something written is
 * called when that is on disk.
 *
 * Threads: the event base's thread. Shutdown: link_free() and store_flush() call the handlers that wait. */
#ifndef OFFHOOK_API_DESK_H
#define OFFHOOK_API_DESK_H

#include "daemon/api/call/fault.h"
#include "daemon/api/store/calls.h"
#include "daemon/api/store/conferences.h"
#include "daemon/api/store/entries.h"
#include "daemon/api/store/queues.h"
#include "lib/conf.h"

struct convert;
struct fetcher;
struct hearer;
struct hooks;
struct keeper;
struct link;
struct prompts;

/* What a call is to do: one of them. */
struct call_document {
	const char *url;    /* where it is; absolute, http or https */
	bool post;	    /* how it is fetched */
	const char *script; /* the document itself: TwiML or an NCCO that compiles */
};

/* The scripts of calls, handed down by who runs them. */
struct call_scripts {
	/* From now on the call does what the document says. */
	void (*redirect)(const struct call_row *row, const struct call_document *document, void *arg);
	/* From now on it does nothing of itself. */
	void (*leave)(const char *call, void *arg);
	/* Something is about to be heard in place of what the script plays (`play_id` is JSON's null); is
	 * heard, as that play; could not be (NULL). The script's own is heard again after it. */
	void (*interlude)(const char *call, json_t *play_id, void *arg);
	/* Whether it does something of itself, and goes on with that. */
	bool (*goes_on)(const char *call, void *arg);
	/* While it waits in that conference (an id) for others it hears, from now on, what is at that URL (""
	 * or NULL: nothing). A call without a script, and one that does not wait, goes on as it is. */
	void (*wait)(const char *call, const char *conference, const char *url, bool get, void *arg);
	/* The call was put on hold, or is back. */
	void (*hold)(const char *call, bool held, void *arg);
	void *arg;
};

struct desk {
	const struct conf *conf;
	struct store *store;
	struct link *link;
	struct prompts *prompts;
	struct convert *convert;
	struct convert *remote;	 /* the same for what is in a store elsewhere, which may take long */
	struct fetcher *fetcher; /* of what others have */
	struct hooks *hooks;
	struct keeper *keeper; /* of recordings */
	struct hearer *hearer; /* our own recogniser, or NULL */
	struct call_scripts scripts;
};

struct asker {
	const struct desk *desk;
	const struct conf_account *account;
};

typedef void done_h(const struct fault *fault, void *arg);
typedef void call_h(const struct fault *fault, const struct call_row *row, void *arg);
typedef void conference_h(const struct fault *fault, const struct conference_row *row, void *arg);
typedef void entry_done_h(const struct fault *fault, const struct entry_row *row, void *arg);
typedef void queue_done_h(const struct fault *fault, const struct queue_row *row, void *arg);
/* `told` is as the switch tells it (doc/control-protocol.md). */
typedef void told_h(const struct fault *fault, const json_t *told, void *arg);

#endif
