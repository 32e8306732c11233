/* ask: one request of this dialect: who asks, for what, in which of its two views.
 *
 * Paths are /2010-04-01/Accounts/{sid}/… and the same behind /api/laml, with and without ".json". An account
 * whose sid is written AC… sees Twilio's view, one that is written as a UUID SignalWire's, of the same
 * account. A handler gets an ask and answers it exactly once, at once or later, with one of the functions
 * below; then the ask is gone.
 *
 * A file of operations has a table of struct route made with ASK_LIST and ASK_ONE (routes.h) and stands in
 * routes.c's list. */
#ifndef OFFHOOK_API_TWILIO_ASK_H
#define OFFHOOK_API_TWILIO_ASK_H

#include "daemon/api/call/desk.h"
#include "daemon/api/dialect/twilio/errors.h"
#include "daemon/api/dialect/twilio/form.h"
#include "daemon/api/dialect/twilio/ids.h"
#include "daemon/api/http/router.h"
#include "lib/json_text.h"

enum { ASK_ARGS_MAX = 3, ASK_ARG_SIZE = 256 };

struct ask {
	struct web_request *request;
	struct asker by;
	enum view view;
	const char *root;		       /* "/2010-04-01" or "/api/laml/2010-04-01" */
	char account[SID_SIZE];		       /* its sid, as the view writes it */
	char args[ASK_ARGS_MAX][ASK_ARG_SIZE]; /* the segments behind the account that "*" stood for */
	struct query query;		       /* of a GET or DELETE; the form of a POST */
	struct form form;		       /* reads it */
};

typedef void ask_h(struct ask *ask);

/* The data of a route. */
struct ask_way {
	ask_h *handler;
	/* Of a route that is open: whether this account's is for who brings no credentials; NULL: it is not.
	 */
	bool (*is_public)(const struct conf_account *account, const struct route_match *match);
};

/* A route_h, for routes whose data is a struct ask_way; `arg` is the struct dialect_parts. */
void ask_run(struct web_request *request, const struct route_match *match, void *arg);

/* For the table of routes. */
const struct conf_account *ask_account(const struct web_request *request, void *arg);
bool ask_only_reads(const struct web_request *request, void *arg);
void ask_refuse_request(struct web_request *request, enum route_refusal why, const char *allowed, void *arg);

/* Answers. `body` is stolen; NULL: there was no memory. */
void ask_done(struct ask *ask, int status, json_t *body);
/* With the file of `fd` (taken), of that media type. */
void ask_file(struct ask *ask, int fd, const char *type);
/* The same with JSON that is written already; `out` is empty afterwards. */
void ask_done_text(struct ask *ask, int status, struct json_text *out);
/* 204. */
void ask_done_empty(struct ask *ask);
void ask_fail(struct ask *ask, const struct fault *fault);
void ask_refuse(struct ask *ask, int status, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* 20404, for what is not there. */
void ask_not_found(struct ask *ask);
/* Answers and returns false when a parameter was wrong. */
bool ask_form_ok(struct ask *ask);
/* Reads the nth argument as an id of that kind; else answers 20404 and returns false. */
bool ask_arg_id(struct ask *ask, size_t n, const char *prefix, char out[UUID_TEXT_SIZE]);
/* A done_h: 204 or the fault; `arg` is the ask. */
void ask_on_done(const struct fault *fault, void *arg);

/* What objects are made with, also where there is no request: callbacks. */
struct view_of {
	const struct conf *conf;
	const struct conf_account *account; /* may be NULL */
	enum view view;
	const char *root;
};
struct view_of ask_view(const struct ask *ask);
/* The account's sid as the view writes it. Returns `out`. */
char *view_account_sid(const struct view_of *of, char out[SID_SIZE]);
/* The path of something: root, account and what is behind it. New string value. */
json_t *view_uri(const struct view_of *of, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
