/* form: what webhooks look like: a dialect hands one to hooks. */
#ifndef OFFHOOK_API_HOOK_FORM_H
#define OFFHOOK_API_HOOK_FORM_H

#include "daemon/api/net/sign_lines.h"
#include "daemon/api/switch/bus.h"
#include "lib/conf.h"

struct hook_form {
	const char *dialect; /* as on a call's record */
	const char *content_type;
	/* What of a call is told when nobody chose (told_event.h), ends with NULL; NULL: its statuses. */
	const char *const *usual;
	/* The end of a call that was answered is told with the totals of its media, which come a moment after
	 * it: the body is made again for that event, call.quality. */
	bool tells_media;
	/* The body says the how-manieth told one of its call or conference it is: bus_event.delivery. */
	bool counts;
	/* The body that tells of an event of a call or a conference: a new string, or NULL without memory.
	 * With a method of GET it becomes the query of the URL, unless there is `query`. */
	char *(*body)(const struct conf *conf, const struct bus_event *event);
	/* The same as a query; NULL: the body is one. */
	char *(*query)(const struct conf *conf, const struct bus_event *event);
	sign_lines_h *sign;
};

/* The form of a dialect in a list that ends with NULL; the first one's for a dialect that has none. */
const struct hook_form *hook_form_find(const struct hook_form *const forms[], const char *dialect);

#endif
