/* operations: every operation of the Telefonie Voice API: each an op_h (op.h), by its name in openapi.json in
 * routes.c. They read parameters and write answers; what is done is done by call/. */
#ifndef OFFHOOK_API_TELEFONIE_OPERATIONS_H
#define OFFHOOK_API_TELEFONIE_OPERATIONS_H

#include "daemon/api/dialect/telefonie/op.h"

/* calls.c */
void calls_op_list(struct op *op);
void calls_op_create(struct op *op);
void calls_op_try(struct op *op);
void calls_op_get(struct op *op);
void calls_op_update(struct op *op);
void calls_op_delete(struct op *op);
/* What happened to it after the nth event; why it is as it is: one sentence and the facts under it (why.c).
 */
void calls_op_events(struct op *op);
void calls_op_why(struct op *op);
/* How it sounded, as JSON or as a chart (quality.c). */
void quality_op_get(struct op *op);
/* Its SIP messages, as JSON, as a ladder or as a capture file (trace.c). */
void trace_op_get(struct op *op);
/* A signed link to what is said on it, live, that expires (live_audio.c). */
void live_audio_op_link(struct op *op);

/* conferences.c */
void conferences_op_list(struct op *op);
void conferences_op_create(struct op *op);
void conferences_op_get(struct op *op);
/* status completed ends it; say or play announces something to everybody in it. */
void conferences_op_update(struct op *op);
void conferences_op_end(struct op *op);
void conferences_op_events(struct op *op);

/* participants.c */
void participants_op_list(struct op *op);
void participants_op_add(struct op *op);
void participants_op_get(struct op *op);
void participants_op_update(struct op *op);
void participants_op_remove(struct op *op);

/* recordings.c */
void recordings_op_list(struct op *op);
void recordings_op_get(struct op *op);
void recordings_op_delete(struct op *op);
/* A signed link that expires. */
void recordings_op_link(struct op *op);
/* Of one call or conference: list them, start one, pause, resume or stop the one that runs
 * (recordings_live.c). */
void recordings_op_of_call(struct op *op);
void recordings_op_start_call(struct op *op);
void recordings_op_update_call(struct op *op);
void recordings_op_of_conference(struct op *op);
void recordings_op_start_conference(struct op *op);
void recordings_op_update_conference(struct op *op);

/* transcriptions.c */
void transcriptions_op_list(struct op *op);
void transcriptions_op_get(struct op *op);
void transcriptions_op_start(struct op *op);
void transcriptions_op_stop(struct op *op);

/* deliveries.c: what became of webhooks: each delivery, its attempts, and sending one again. */
void deliveries_op_list(struct op *op);
void deliveries_op_get(struct op *op);
void deliveries_op_redeliver(struct op *op);

/* bans.c: addresses that the switch does not listen to. */
void bans_op_list(struct op *op);
void bans_op_lift(struct op *op);

/* lists.c: what the account has: numbers, users, trunks, phones, rates, spending. */
void lists_op_numbers(struct op *op);
void lists_op_users(struct op *op);
void lists_op_trunks(struct op *op);
void lists_op_registrations(struct op *op);
void rates_op_find(struct op *op);
void rates_op_account(struct op *op);

#endif
