#include "daemon/api/dialect/vonage/socket.h"

#include "daemon/api/call/wish.h"
#include "daemon/api/dialect/stream_start.h"
#include "daemon/api/dialect/vonage/forms.h"

#include <stdio.h>
#include <string.h>

enum { RATE = 16000, HEADERS_MAX = 8192 /* bytes */, AUTHORIZATION_MAX = 4096 };

/* As the package, its types and the documents spell it. */
static const json_t *content_type(const json_t *endpoint)
{
	static const char *const names[] = { "content-type", "contentType", "content_type" };
	const json_t *type = NULL;

	for (size_t i = 0; !type && i < sizeof names / sizeof *names; i++)
		type = json_object_get(endpoint, names[i]);
	return type;
}

/* False: it is none that can be sent. */
static bool read_rate(const json_t *endpoint, int *rate)
{
	const json_t *type = content_type(endpoint);
	const char *text = json_string_value(type);
	char rest;

	*rate = RATE;
	if (!type)
		return true;
	return text &&
	       sscanf(text, "audio/l16;%*1[ ]rate=%d%c", rate, &rest) +
		       sscanf(text, "audio/l16;rate=%d%c", rate, &rest) ==
		   1 &&
	       (*rate == 8000 || *rate == 16000 || *rate == 24000);
}

/* The headers of the upgrade: signed as webhooks are, or what was given. NULL: it is none of these. */
static json_t *authorize(const struct conf_account *account, const json_t *endpoint, const char *url)
{
	const json_t *how = json_object_get(endpoint, "authorization");
	const char *type = json_string_value(json_object_get(how, "type"));
	const char *value = json_string_value(json_object_get(how, "value"));
	const struct script_told told = { .account = account };

	if (!how)
		return json_object();
	if (type && !strcmp(type, "vonage"))
		return stream_signature(&told, url, vonage_script_form.sign);
	if (!type || strcmp(type, "custom") != 0 || !value || strlen(value) > AUTHORIZATION_MAX ||
	    value[strcspn(value, "\r\n")])
		return NULL;
	return json_pack("{s:s}", "Authorization", value);
}

static bool fits(const json_t *headers)
{
	return !headers ||
	       (json_is_object(headers) && json_dumpb(headers, NULL, 0, JSON_COMPACT) <= HEADERS_MAX);
}

json_t *vonage_socket(const struct conf_account *account, const json_t *endpoint,
		      char error[VONAGE_SOCKET_ERROR])
{
	const json_t *start = json_object_get(endpoint, "headers");
	const char *url = json_string_value(json_object_get(endpoint, "uri"));
	json_t *headers;
	int rate;

	*error = '\0';
	if (!url || !wish_is_socket(url))
		snprintf(error, VONAGE_SOCKET_ERROR, "uri must begin with ws:// or wss:// and name a host.");
	else if (!read_rate(endpoint, &rate))
		snprintf(error, VONAGE_SOCKET_ERROR,
			 "content-type must be audio/l16;rate=8000, 16000 or 24000.");
	else if (!fits(start))
		snprintf(error, VONAGE_SOCKET_ERROR, "headers must be an object of at most %d bytes.",
			 HEADERS_MAX);
	headers = *error ? NULL : authorize(account, endpoint, url);
	if (!headers) {
		if (!*error)
			snprintf(error, VONAGE_SOCKET_ERROR,
				 "authorization must have the type vonage, or the type custom and a value.");
		return NULL;
	}
	return json_pack("{s:s, s:s, s:i, s:o, s:O*}", "url", url, "protocol", "vonage", "rate", rate,
			 "headers", headers, "start", start);
}

json_t *vonage_socket_shown(const json_t *endpoint)
{
	const json_t *type = content_type(endpoint);

	return json_pack("{s:s, s:O, s:O*, s:O*}", "type", "websocket", "uri",
			 json_object_get(endpoint, "uri"), "content-type", type, "headers",
			 json_object_get(endpoint, "headers"));
}
