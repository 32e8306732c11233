/* usage: the categories that Twilio counts usage in, as far as there is any of them here. */
#ifndef OFFHOOK_API_TWILIO_USAGE_H
#define OFFHOOK_API_TWILIO_USAGE_H

#include "daemon/api/call/usage.h"

struct usage_category {
	const char *name, *description;
	const char *unit; /* of what is counted; NULL: money alone */
	unsigned kinds;	  /* bit 1 << USAGE_… */
};

/* By name, without regard to capitals; NULL: there is none. */
const struct usage_category *usage_category_find(const char *name);

#endif
