/* triggers: who is told when the account has used so much of something: calls, minutes or money of a day, a
 * month, a year, or ever.
 *
 * They are kept as applications are (store/entries.h). What was used changes when an answered call or a
 * recording ends: triggers_on_event() is called inside the transaction of each event, looks at those of the
 * account, and puts what is to be told into the store with it, as a delivery behind those of the call (or
 * conference) that was one too many. So each is told once, whatever dies when. */
#ifndef OFFHOOK_API_CALL_TRIGGERS_H
#define OFFHOOK_API_CALL_TRIGGERS_H

#include "daemon/api/call/desk.h"
#include "daemon/api/call/usage.h"
#include "daemon/api/switch/bus.h"

enum { TRIGGERS_MAX = 100 /* of an account */, TRIGGER_NAME_MAX = 64 /* characters */ };

enum trigger_measure { TRIGGER_COUNT, TRIGGER_MINUTES, TRIGGER_PRICE };

/* What one looks at. Amounts count hundred-millionths (money.h), of calls and minutes too. */
struct trigger {
	unsigned kinds; /* of usage: bit 1 << USAGE_… */
	enum trigger_measure measure;
	enum usage_period period; /* it is told once in each */
	int64_t value;		  /* and when that is reached */
	int64_t fired;		  /* when it was told last, UTC ms; 0: never */
	const char *url;	  /* borrowed from the row, as what follows */
	bool get;
	const char *dialect;  /* in whose words */
	const char *category; /* what the dialect calls it, */
	const char *by;	      /* and the measure */
};

/* What is to be made. */
struct trigger_wish {
	const char *name; /* "" when there is none */
	struct trigger trigger;
	bool more; /* the value comes on top of what is used now */
};

/* Of a row of the kind ENTRY_TRIGGER. */
void trigger_read(const struct entry_row *row, struct trigger *out);
/* How much of it was used in its period so far. False: *fault says why. */
bool trigger_used(const struct asker *by, const struct trigger *trigger, int64_t *out, struct fault *fault);

/* False: *fault says why, *out is empty. */
bool trigger_find(const struct asker *by, const char *id, struct entry_row *out, struct fault *fault);
/* All of the account, newest first. */
bool triggers_each(const struct asker *by, entry_h *each, void *arg, struct fault *fault);
void trigger_create(const struct asker *by, const struct trigger_wish *wish, entry_done_h *handler,
		    void *arg);
/* `name`, `url` NULL and `get` less than 0: as it is. */
void trigger_change(const struct asker *by, const char *id, const char *name, const char *url, int get,
		    entry_done_h *handler, void *arg);
void trigger_delete(const struct asker *by, const char *id, done_h *handler, void *arg);

/* What is told, in the words of the trigger's dialect: a new string, or NULL without memory. `used` as
 * trigger_used() says, `now` in UTC ms. */
typedef char *trigger_body_h(const struct conf *conf, const struct entry_row *row, int64_t used, int64_t now);

struct triggers {
	const struct desk *desk;
	trigger_body_h *body;
	const char *type; /* its Content-Type */
};
/* An ingest_store_h; `arg` is the struct triggers. */
void triggers_on_event(const struct bus_event *event, void *arg);

#endif
