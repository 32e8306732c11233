/* spend: what each account has spent today, and what its ringing calls have put by.
 *
 * An amount is put by (reserved) before a call is dialled, and spent when it is answered; from then on each
 * increment of the call is spent as it begins. So the calls of an account together never go past its limit,
 * however many there are. The amounts of a day are kept in a file, written within a second of a change, so
 * that neither a restart nor kill -9 gives an account its money back. Days are those of the account (conf:
 * day-starts).
 *
 * Main thread. Shutdown: spend_free() writes what is not yet written. */
#ifndef OFFHOOK_SWITCH_SPEND_H
#define OFFHOOK_SWITCH_SPEND_H

#include "lib/conf.h"

#include <stdint.h>

struct spend;
struct event_base;

/* Reads `file` where there is one (one that cannot be read is set aside). Returns 0 or an errno. */
int spend_alloc(struct spend **out, struct event_base *base, const char *file)
    __attribute__((warn_unused_result));
/* NULL is allowed. */
void spend_free(struct spend *spend);

/* Amounts as in lib/money.h, times in UTC ms. */
struct spend_today {
	int64_t spent, reserved;
	int64_t day_starts, day_ends;
};

void spend_today(struct spend *spend, const struct conf_account *account, struct spend_today *out);

/* What the account may still spend today: 0 or more; INT64_MAX without a limit. */
int64_t spend_left(struct spend *spend, const struct conf_account *account);

/* Puts `amount` by, or takes it back (negative). */
void spend_reserve(struct spend *spend, const char *account, int64_t amount);

/* Adds to what is spent today; a negative amount gives back, to 0 at the most. */
void spend_add(struct spend *spend, const struct conf_account *account, int64_t amount);

/* Somebody has seen that `spent` was spent of the day that began then, which the file need not know yet. */
void spend_at_least(struct spend *spend, const struct conf_account *account, int64_t day_starts,
		    int64_t spent);

/* Says in the log, once a day, that the account has reached its limit. */
void spend_warn(struct spend *spend, const struct conf_account *account);

#endif
