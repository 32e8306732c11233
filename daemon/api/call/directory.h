/* directory: what the switch knows beside calls: rates, the account's spending, users, trunks, phones. The
 * answers are as the switch tells them, but for the asker's account. */
#ifndef OFFHOOK_API_DIRECTORY_H
#define OFFHOOK_API_DIRECTORY_H

#include "daemon/api/call/desk.h"

/* The rate of a number, inbound or outbound. */
void directory_rate(const struct asker *by, const char *to, bool inbound, told_h *handler, void *arg);
/* What the account has spent and may spend. */
void directory_account(const struct asker *by, told_h *handler, void *arg);

enum directory_list { DIRECTORY_USERS, DIRECTORY_TRUNKS, DIRECTORY_REGISTRATIONS };
/* `told` is an array of those of the account. */
void directory_list(const struct asker *by, enum directory_list what, told_h *handler, void *arg);

#endif
