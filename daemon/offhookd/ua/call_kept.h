/* call_kept: what a dialog is made of (RFC 3261 section 12), so that another process can go on with it. */
#ifndef OFFHOOK_UA_CALL_KEPT_H
#define OFFHOOK_UA_CALL_KEPT_H

#include "daemon/offhookd/ua/private.h"

/* Texts are of `home`. */
struct ua_kept {
	su_home_t home[1];
	char *local,
	    *remote;  /* From and To of our requests; the tag of `local` is missing where NUA has made it */
	char *target; /* the far end's Contact */
	char *routes; /* Route of our requests, or NULL */
	char *proxy;  /* where they go instead of where those say; or NULL */
	enum conf_transport transport;
	uint32_t cseq; /* of our last request */
	bool updates;  /* it takes UPDATE */
};

#endif
