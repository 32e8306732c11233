/* op: one operation of the Telefonie Voice API, apart from how it was asked for.
 *
 * A request (requests.h) or a command of a socket (session.h) is made an op: who asks, the parameters, where
 * the answer goes. The operation reads its parameters, lets call/ do it, and answers exactly once, at once or
 * later, with op_done(), op_done_text() or op_fail(); then the op is gone. */
#ifndef OFFHOOK_API_OP_H
#define OFFHOOK_API_OP_H

#include "daemon/api/call/desk.h"
#include "lib/json_get.h"

#include <jansson.h>
#include <stdbool.h>

enum { OP_ARGS_MAX = 2 };

struct op;
/* `body` (stolen) is NULL for an empty answer; for a code of 400 or more it is a problem document. */
typedef void op_reply_h(struct op *op, int code, json_t *body);

struct op {
	struct asker by;
	const char *args[OP_ARGS_MAX]; /* ids from the path */
	const json_t *params;	       /* the query (strings) or the body */
	const char *idempotency_key;   /* or NULL */
	const char *accept;	       /* media types that the asker wants (RFC 9110), or NULL */
	bool dry_run;
	char location[160]; /* for the reply, or "" */
	int retry_after;    /* [s], or 0 */
	bool again;	    /* the answer is that of an earlier request with the same key */
	const char *type;   /* media type of an answer that is a text, not JSON; else NULL */
	op_reply_h *reply;
};

/* Begins an operation. */
typedef void op_h(struct op *op);

/* What a name of the API does; the data of its route. */
struct operation {
	const char *name; /* operationId in openapi.json; the action on a socket */
	op_h *op;
	bool dry;		       /* knows ?dry_run=1 */
	const char *args[OP_ARGS_MAX]; /* names of the arguments in the path */
};

void op_done(struct op *op, int code, json_t *body);
/* Answers 200 with a text (stolen; NULL is 503) of a media type, a string literal. */
void op_done_text(struct op *op, const char *type, char *text);
/* The same with bytes of any kind. */
void op_done_bytes(struct op *op, const char *type, char *bytes, size_t size);
/* Answers with a page of a list: its items (stolen; NULL fails) under `name`, total, page and page_size. */
struct op_page {
	int64_t page, page_size, total;
};
void op_done_page(struct op *op, const char *name, json_t *items, const struct op_page *page);
/* Whether the asker names that media type, and does not rather want JSON. */
bool op_accepts(const struct op *op, const char *type);
void op_fail(struct op *op, const struct fault *fault);
/* The store has failed. */
void op_fail_store(struct op *op);
/* 204; a done_h, `arg` is the op. */
void op_on_done(const struct fault *fault, void *arg);

/* Answers 400 and returns false when `get` found an error. */
bool op_params_ok(struct op *op, const struct json_get *get);
/* Refuses all parameters. */
bool op_takes_nothing(struct op *op);
/* A whole number from the query or the body; true when it was there and good. */
bool op_param_int(struct json_get *get, const char *name, int64_t min, int64_t max, int64_t *out);
/* "page" and "page_size" (at most 100). */
void op_param_page(struct json_get *get, struct op_page *page);

#endif
