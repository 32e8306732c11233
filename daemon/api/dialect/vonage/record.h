/* record: a call as the Vonage API shows it: CallRecord, its status, its endpoints, its conversation. */
#ifndef OFFHOOK_API_VONAGE_RECORD_H
#define OFFHOOK_API_VONAGE_RECORD_H

#include "daemon/api/store/calls.h"
#include "lib/conf.h"

enum { VONAGE_CONVERSATION_SIZE = 48, VONAGE_NUMBER_SIZE = 300 };

/* started, ringing, answered, completed, busy, timeout, unanswered, cancelled, rejected, failed. */
const char *vonage_status(const struct call_row *row);
/* Which calls have that status; false: there is no such. */
bool vonage_status_filter(const char *status, struct calls_filter *filter);

/* "CON-" and the id of the conversation that the call is in: of its conference, of the call that it was
 * dialled for, or its own. Returns `out`. */
char *vonage_conversation(const struct call_row *row, char out[VONAGE_CONVERSATION_SIZE]);

/* An address of ours as this API writes numbers, without "+", and back. Return `out`. */
char *vonage_number(const char *address, char out[VONAGE_NUMBER_SIZE]);
char *vonage_address(const char *number, char out[VONAGE_NUMBER_SIZE]);

/* An endpoint: {"type":"phone","number":…} … New. */
json_t *vonage_endpoint(const char *address);
/* A new CallRecord. What a call has only once it is completed is absent before. */
json_t *vonage_record(const struct conf *conf, const struct call_row *row);
/* Adds duration, price, rate, network, start_time and end_time, as they are now, to a record or an event. */
void vonage_add_sums(json_t *json, const struct call_row *row);

#endif
