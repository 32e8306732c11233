/* methods: the methods of the control socket (doc/control-protocol.md), in terms of the switch. */
#ifndef OFFHOOK_SWITCH_METHODS_H
#define OFFHOOK_SWITCH_METHODS_H

#include "daemon/offhookd/control/server.h"
#include "daemon/offhookd/sw/sw.h"
#include "lib/json_get.h"

/* What sw_alloc() registers with the control server; their argument is the struct sw. */
extern const struct control_method call_methods[], bridge_methods[], place_methods[], conference_methods[],
    rate_methods[], switch_methods[];
extern const size_t call_method_count, bridge_method_count, place_method_count, conference_method_count,
    rate_method_count, switch_method_count;

/* Answers with −32602 and the field when `g` has an error. Returns whether it had none. */
bool methods_params_ok(struct control_request *request, const struct json_get *g);

/* The call that params name in `call`; when there is none, or none alive, answers with an error and returns
 * NULL. */
struct call *methods_call(struct control_request *request, struct sw *sw, struct json_get *g);
struct call *methods_live_call(struct control_request *request, struct sw *sw, struct json_get *g);

/* One that has been answered, likewise. */
struct call *methods_answered_call(struct control_request *request, struct sw *sw, struct json_get *g);
/* Answers with the error that `err` is to a client. */
void methods_reply_errno(struct control_request *request, int err);

enum { METHODS_FILES_MAX = 64 }; /* to play one after the other */

/* Reads an array of things to play (absolute paths, tone:NAME, silence:MS) into `files`. Returns how many; an
 * error sticks in `g`. */
size_t methods_read_files(struct json_get *g, const char *member, const char *files[], size_t max,
			  bool required);
/* Whether it is a UUID in lower case. */
bool methods_is_uuid(const char *text);

/* Answers what limits_check() said (`err`: EPERM, EDQUOT): 422 or 402, about "to". */
void methods_reply_denied(struct control_request *request, int err, const char *reason);
/* Answers {"call": snapshot}. */
void methods_reply_call(struct control_request *request, struct call *call);

#endif
