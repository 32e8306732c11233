/* conferences: the operations on conferences and their participants, after the Telefonie Voice API, with
 * additions.
 *
 * A participant that is added is a call of ours: it is dialled, and put into the conference when it answers.
 */
#ifndef OFFHOOK_API_CONFERENCES_H
#define OFFHOOK_API_CONFERENCES_H

#include "daemon/api/store/calls.h"
#include "daemon/api/store/conferences.h"
#include "daemon/api/switch/bus.h"
#include "daemon/api/dialect/telefonie/op.h"

void conferences_op_list(struct op *op);
void conferences_op_create(struct op *op);
void conferences_op_get(struct op *op);
/* status completed ends it; say or play announces something to everybody in it. */
void conferences_op_update(struct op *op);
void conferences_op_end(struct op *op);
/* What happened to it, after the nth event. */
void conferences_op_events(struct op *op);

void participants_op_list(struct op *op);
void participants_op_add(struct op *op);
void participants_op_get(struct op *op);
void participants_op_update(struct op *op);
void participants_op_remove(struct op *op);

/* Reads the conference that args[0] names, of the asker's account. Answers 404 (or 503) and returns false
 * when there is none. */
bool conferences_op_find(struct op *op, struct conference_row *out);
/* A participant that is on its way: its call is not answered yet, or was just asked for. */
json_t *participant_pending_json(const struct call_row *row);

/* A bus_h, arg is the struct api: puts calls that were placed for a conference into it when they answer. */
void participants_on_event(const struct bus_event *event, void *arg);
/* The switch can be talked to (again): those who answered while nobody could act on it join now. */
void participants_ready(struct api *api);

#endif
