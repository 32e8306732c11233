/* call.stream …: a call's audio live to a program, and back. */
#include "daemon/offhookd/methods/method.h"

#include "daemon/offhookd/stream/peer.h"
#include "daemon/offhookd/stream/protocol.h"
#include "daemon/offhookd/stream/streams.h"

#include <errno.h>
#include <string.h>

enum { URL_MAX = 2048, NAME_MAX_SIZE = 200 };

static bool is_url(const char *url)
{
	return strlen(url) <= URL_MAX &&
	       (!strncmp(url, "ws://", 5) || !strncmp(url, "wss://", 6) || !strncmp(url, "unix:/", 6));
}

void check_stream(struct json_get *g, struct asked *a)
{
	const struct method_in *in = &a->in;
	const char *name;
	json_t *value;

	if (!is_url(in->url))
		json_get_fail(g, "url", "must begin with ws://, wss:// or unix:/, and have at most %d bytes",
			      URL_MAX);
	if (in->rate != 8000 && in->rate != 16000 && in->rate != 24000)
		json_get_fail(g, "rate", "must be 8000, 16000 or 24000");
	if (in->name && strlen(in->name) > NAME_MAX_SIZE)
		json_get_fail(g, "name", "is longer than %d bytes", NAME_MAX_SIZE);
	json_object_foreach((json_t *)in->headers, name, value) if (!json_is_string(value))
	    json_get_fail(g, "headers", "must hold texts");
}

static const char *const protocol_names[] = { "twilio", "vonage", "plain", "speech", NULL };

/* What speaks, too. */
static const char *const far_protocols[] = { "twilio", "vonage", "plain", NULL };

void methods_read_far(struct json_get *g, struct asked *a)
{
	static const char *const names[] = { "url",	    "protocol", "rate", "headers",
					     "subprotocol", "start",	NULL };
	struct method_in *in = &a->in;
	struct json_get sub;

	in->rate = 16000;
	json_get_init(&sub, in->far);
	json_get_string(&sub, "url", true, &in->url);
	json_get_enum(&sub, "protocol", false, far_protocols, &in->protocol);
	json_get_int(&sub, "rate", false, 8000, 24000, &in->rate);
	json_get_object(&sub, "headers", false, &in->headers);
	json_get_string(&sub, "subprotocol", false, &in->subprotocol);
	json_get_object(&sub, "start", false, &in->start);
	json_get_only(&sub, names);
	if (!json_get_status(&sub))
		check_stream(&sub, a);
	if (json_get_status(&sub))
		json_get_fail(g, "stream", "%s", sub.error);
}

struct stream_wish methods_far_wish(const struct method_in *in)
{
	return (struct stream_wish){ .url = in->url,
				     .protocol = protocol_names[in->protocol],
				     .rate = (unsigned)in->rate,
				     .tracks = PEER_HEARD,
				     .speaks = true,
				     .headers = in->headers,
				     .subprotocol = in->subprotocol,
				     .start = in->start };
}

static void refuse(struct asked *a, int err)
{
	if (err == ENOTCONN)
		methods_refuse(a, CONTROL_CONFLICT, NULL, "The call has no media yet.");
	else if (err == EBUSY)
		methods_refuse(
		    a, CONTROL_CONFLICT, NULL,
		    "The call has as many streams as it can have, or one that speaks to it already.");
	else if (err == EEXIST)
		methods_refuse(a, CONTROL_CONFLICT, "stream", "The call has a stream of that id or name.");
	else if (err == EINVAL)
		methods_refuse(a, CONTROL_INVALID_PARAMS, "headers", "There are too many headers.");
	else
		methods_reply_done(a, err);
}

void method_call_stream(struct asked *a)
{
	static const unsigned tracks[] = { PEER_SAID, PEER_HEARD, PEER_BOTH };
	const struct method_in *in = &a->in;
	const struct stream_wish wish = { .id = in->stream,
					  .name = in->name,
					  .url = in->url,
					  .protocol = protocol_names[in->protocol],
					  .rate = (unsigned)in->rate,
					  .tracks = tracks[in->track],
					  .speaks = in->speaks,
					  .headers = in->headers,
					  .subprotocol = in->subprotocol,
					  .start = in->start,
					  .stop = in->stop,
					  .drains = in->drains,
					  .begins = in->begins };
	char id[UUID_TEXT_SIZE];
	int err = stream_begin(a->m->streams, a->call, &wish, id);

	if (err)
		refuse(a, err);
	else
		control_reply(a->request,
			      json_pack("{s:o,s:{s:s}}", "call", call_snapshot(a->call), "stream", "id", id));
}

void method_call_stream_stop(struct asked *a)
{
	if (stream_stop(a->call, a->in.stream))
		methods_refuse(a, CONTROL_NOT_FOUND, "stream", "The call has no such stream.");
	else
		methods_reply_call(a);
}

void method_call_stream_say(struct asked *a)
{
	if (stream_say(a->call, a->in.stream, a->in.text))
		methods_refuse(a, CONTROL_NOT_FOUND, "stream", "The call has no such stream.");
	else
		methods_reply_call(a);
}
