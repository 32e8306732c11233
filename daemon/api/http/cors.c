#include "daemon/api/http/cors.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { HEADERS_ASKED_MAX = 1000 };

/* Whether pages of `origin` may; *any: because all may. */
static bool is_allowed(const struct conf_strings *origins, const char *origin, bool *any)
{
	bool named = false;

	*any = false;
	for (size_t i = 0; i < origins->count; i++) {
		*any = *any || !strcmp(origins->items[i], "*");
		named = named || !strcasecmp(origins->items[i], origin);
	}
	*any = *any && !named;
	return named || *any;
}

/* A list of header names, as a page asks for them: nothing that could be taken for more in our reply. */
static bool is_name_list(const char *text)
{
	if (strlen(text) > HEADERS_ASKED_MAX)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("!#$%&'*+-.^_`|~, ", *text))
			return false;
	return true;
}

static void allow(struct web_request *request, const char *origin, bool any)
{
	/* A page of just anybody must not act with what the browser keeps for another one's. */
	web_reply_header(request, "Access-Control-Allow-Origin", any ? "*" : origin);
	if (!any)
		web_reply_header(request, "Access-Control-Allow-Credentials", "true");
}

bool cors_handle(struct web_request *request, const struct conf_strings *origins)
{
	const char *origin = web_header(request, "Origin"), *headers;
	bool any;

	if (!origins->count)
		return false;
	web_reply_header(request, "Vary", "Origin");
	if (!origin || !is_allowed(origins, origin, &any))
		return false;
	allow(request, origin, any);
	if (strcmp(request->method, "OPTIONS") || !web_header(request, "Access-Control-Request-Method")) {
		web_reply_header(request, "Access-Control-Expose-Headers",
				 "Content-Range, ETag, Idempotent-Replayed, Link, Location, Retry-After, "
				 "WWW-Authenticate, X-Request-Id");
		return false;
	}
	headers = web_header(request, "Access-Control-Request-Headers");
	web_reply_header(request, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
	if (headers && is_name_list(headers))
		web_reply_header(request, "Access-Control-Allow-Headers", headers);
	web_reply_header(request, "Access-Control-Max-Age", "600");
	web_reply_empty(request, 204);
	return true;
}
