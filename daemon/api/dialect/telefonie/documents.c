#include "daemon/api/dialect/telefonie/documents.h"

#include "daemon/api/dialect/openapi.h"

#include <event2/buffer.h>
#include <string.h>

/* Made of openapi.json by the makefile. */
static const char document[] =
#include <daemon/api/dialect/telefonie/openapi_text.h>
    ;

void document_get(struct web_request *request, const struct route_match *match, void *arg)
{
	(void)match;
	openapi_reply(request, arg, document, "/v1/voice");
}

static const char call_schema[] =
    "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"$id\":\"https://developers.telefon.com/"
    "schema/call\","
    "\"title\":\"Telefon Call\",\"description\":\"A phone call as this server shows "
    "it.\",\"type\":\"object\","
    "\"required\":[\"id\",\"status\",\"direction\",\"from\",\"to\"],\"properties\":{"
    "\"id\":{\"type\":\"string\",\"description\":\"Id of the call\"},"
    "\"status\":{\"type\":\"string\",\"enum\":[\"queued\",\"ringing\",\"in-progress\",\"completed\","
    "\"failed\",\"busy\","
    "\"no-answer\",\"canceled\"],\"description\":\"Where the call is\"},"
    "\"direction\":{\"type\":\"string\",\"enum\":[\"inbound\",\"outbound\"],\"description\":\"To us or from "
    "us\"},"
    "\"from\":{\"type\":\"string\",\"pattern\":\"^\\\\+[1-9]\\\\d{1,14}$\",\"description\":\"Number of the "
    "caller, E.164\"},"
    "\"to\":{\"type\":\"string\",\"pattern\":\"^\\\\+[1-9]\\\\d{1,14}$\",\"description\":\"Number that was "
    "called, E.164\"},"
    "\"duration\":{\"type\":\"integer\",\"minimum\":0,\"description\":\"From answer to end, in seconds\"},"
    "\"start_time\":{\"type\":\"string\",\"format\":\"date-time\",\"description\":\"When it was answered\"},"
    "\"end_time\":{\"type\":\"string\",\"format\":\"date-time\",\"description\":\"When it ended\"},"
    "\"price\":{\"type\":\"string\",\"description\":\"What it cost\"},"
    "\"price_unit\":{\"type\":\"string\",\"description\":\"Currency of the price, ISO 4217\"},"
    "\"recording_url\":{\"type\":\"string\",\"format\":\"uri\",\"description\":\"Where its recording "
    "is\"}}}\n";

void schema_get(struct web_request *request, const struct route_match *match, void *arg)
{
	struct evbuffer *content = evbuffer_new();

	(void)match, (void)arg;
	if (!content || evbuffer_add(content, call_schema, strlen(call_schema)))
		web_reply_problem(request, 503, NULL, "Out of memory.");
	else
		web_reply_buffer(request, 200, "application/schema+json", content);
	if (content)
		evbuffer_free(content);
}
