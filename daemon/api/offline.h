/* offline: what offhook-api does in place of serving, beside one that serves or not. */
#ifndef OFFHOOK_API_OFFLINE_H
#define OFFHOOK_API_OFFLINE_H

#include "daemon/api/options.h"
#include "lib/conf.h"

/* --backup and --export: on the database, also while it is in use. Each returns the exit code, and has said
 * what is wrong. */
int offline_database(const struct conf *conf, const struct options *options);
/* -t, of a conf that was read: the certificates are loaded as the listeners will. */
int offline_check(const struct conf *conf);

#endif
