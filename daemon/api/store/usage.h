/* usage: what accounts have used: answered calls and recordings, by the day (UTC) on which they ended. It is
 * kept by the database itself as records are written, and stays when these go. */
#ifndef OFFHOOK_API_STORE_USAGE_H
#define OFFHOOK_API_STORE_USAGE_H

#include "daemon/api/store/store.h"

enum usage_kind {
	USAGE_IN_TRUNK, /* calls from and to trunks, */
	USAGE_OUT_TRUNK,
	USAGE_IN_USER, /* our users' phones, */
	USAGE_OUT_USER,
	USAGE_IN_SIP, /* and others by SIP */
	USAGE_OUT_SIP,
	USAGE_RECORDING,
	USAGE_KINDS
};

struct usage_sum {
	int64_t n;
	int64_t minutes; /* begun ones count, of each */
	int64_t price;	 /* money.h */
};

/* Days count from 1970, both are in it. Returns 0 or EIO. */
int usage_read(struct store *store, const char *account, int64_t from_day, int64_t to_day,
	       struct usage_sum out[USAGE_KINDS]) __attribute__((warn_unused_result));
/* The first day with any. Returns 0, ENOENT (there is none) or EIO. */
int usage_first_day(struct store *store, const char *account, int64_t *out)
    __attribute__((warn_unused_result));

#endif
