/* op: one operation of the API, apart from how it was asked for.
 *
 * The HTTP router (and the WebSocket) make an op of a request: who asks, the parameters, where the answer
 * goes. The operation answers exactly once, at once or later, with op_done(), op_problem() or
 * op_done_after_commit(); then the op is gone. */
#ifndef OFFHOOK_API_OP_H
#define OFFHOOK_API_OP_H

#include "daemon/api/api.h"

#include <jansson.h>
#include <stdbool.h>

enum { OP_ARGS_MAX = 2 };

struct op;
/* `body` (stolen) is NULL for an empty answer; for a code of 400 or more it is a problem document. */
typedef void op_reply_h(struct op *op, int code, json_t *body);

struct op {
	struct api *api;
	const struct conf_account *account;
	const char *args[OP_ARGS_MAX]; /* ids from the path */
	const json_t *params;	       /* the query (strings) or the body */
	const char *idempotency_key;   /* or NULL */
	const char *accept;	       /* media types that the asker wants (RFC 9110), or NULL */
	bool dry_run;
	char location[160]; /* for the reply, or "" */
	int retry_after;    /* [s], or 0 */
	const char *type;   /* media type of an answer that is a text, not JSON; else NULL */
	op_reply_h *reply;
};

/* Begins an operation. */
typedef void op_h(struct op *op);

void op_done(struct op *op, int code, json_t *body);
/* Answers 200 with a text (stolen; NULL is 503) of a media type, a string literal. */
void op_done_text(struct op *op, const char *type, char *text);
/* Whether the asker names that media type, and does not rather want JSON. */
bool op_accepts(const struct op *op, const char *type);
void op_problem(struct op *op, int code, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Answers when this turn's transaction is on disk, 503 if it cannot be. */
void op_done_after_commit(struct op *op, int code, json_t *body);
/* Answers with what a control error means here: 503 with Retry-After, 422 with the field, … */
void op_control_problem(struct op *op, const json_t *error);
/* Answers 503 and returns false while the switch is away. */
bool op_needs_switch(struct op *op);
/* Answers 503 for a store that fails. */
void op_store_problem(struct op *op);

struct json_get;
/* Answers 400 and returns false when `get` found an error. */
bool op_params_ok(struct op *op, const struct json_get *get);

#endif
