/* bans: addresses that the switch does not listen to, since they guessed passwords or names. They are of the
 * switch and of nobody's account: the operator's account, the first one in the conf, sees and lifts them. */
#ifndef OFFHOOK_API_BANS_H
#define OFFHOOK_API_BANS_H

#include "daemon/api/call/desk.h"

/* `told` is an array of {address, reason, since, until, dropped}, times in UTC ms. */
void bans_list(const struct asker *by, told_h *handler, void *arg);
/* `address` is as the list has it. */
void bans_lift(const struct asker *by, const char *address, done_h *handler, void *arg);

#endif
