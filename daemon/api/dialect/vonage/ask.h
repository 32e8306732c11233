/* ask: one request of the Vonage API, from its token to its answer.
 *
 * A handler gets an ask, reads its body or query, lets call/ do what is asked, and answers exactly once, at
 * once or later, with one of the functions here; then the ask is gone. Errors are problem documents as that
 * API has them. All JSON is application/json, exactly: its clients take anything else for text. */
#ifndef OFFHOOK_API_VONAGE_ASK_H
#define OFFHOOK_API_VONAGE_ASK_H

#include "daemon/api/call/desk.h"
#include "daemon/api/http/router.h"
#include "lib/json_get.h"

struct ask {
	struct asker by;
	struct web_request *request;
	const char *id;	  /* of the path, or NULL */
	json_t *body;	  /* an object, for requests that have one */
	const char *done; /* what a 200 says: "Stream started" */
};

typedef void vonage_h(struct ask *ask);

/* What is at a path; the data of its route. */
struct vonage_kind {
	vonage_h *handler;
	bool has_body;
};

/* A route_h whose route's data is a struct vonage_kind; `arg` are the struct dialect_parts. */
void vonage_run(struct web_request *request, const struct route_match *match, void *arg);
/* Those of the route table. */
const struct conf_account *vonage_account(const struct web_request *request, void *arg);
void vonage_refuse(struct web_request *request, enum route_refusal why, const char *allowed, void *arg);

/* Answers. `json` is stolen. */
void vonage_answer(struct ask *ask, int code, json_t *json);
void vonage_answer_empty(struct ask *ask);
/* The request was answered otherwise. */
void vonage_gone(struct ask *ask);
/* 200 with ask->done and the call's id. */
void vonage_answer_done(struct ask *ask);
void vonage_fail(struct ask *ask, const struct fault *fault);
/* 400 when `get` found an error: returns false. */
bool vonage_params_ok(struct ask *ask, const struct json_get *get);

/* Handlers of operations; `arg` is the ask. 204. */
void vonage_on_done(const struct fault *fault, void *arg);
void vonage_on_call(const struct fault *fault, const struct call_row *row, void *arg);
/* The same with a 200 of vonage_answer_done(). */
void vonage_on_call_done(const struct fault *fault, const struct call_row *row, void *arg);

/* The one URL of a list of one, as the API writes URLs: ["http://…"]; a plain string is taken too. */
bool vonage_param_url(struct json_get *get, const char *name, bool required, const char **out);
/* GET or POST; true: POST. */
void vonage_param_method(struct json_get *get, const char *name, bool *out);

/* Operations (calls.c, list.c, change.c, live.c, files.c). */
vonage_h vonage_create, vonage_list, vonage_get, vonage_change, vonage_stream, vonage_stop_stream,
    vonage_talk, vonage_stop_talk, vonage_digits, vonage_listen, vonage_stop_listening, vonage_file;

#endif
