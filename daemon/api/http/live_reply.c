#include "daemon/api/http/live_reply.h"

#include "daemon/api/http/web_private.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

enum {
	STUCK_S = 60,		/* nothing was taken for so long */
	SEND_BUFFER = 32 * 1024 /* of the kernel: what waits there is late */
};

struct live_reply {
	struct web_request *request;
	struct bufferevent *bev;
	struct live_reply_handlers handlers;
	bool chunked, ended;
};

static void on_readable(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);

	(void)arg;
	evbuffer_drain(in, evbuffer_get_length(in)); /* it has nothing to say any more */
}

static void on_writable(struct bufferevent *bev, void *arg)
{
	struct live_reply *reply = arg;

	(void)bev;
	if (reply->ended)
		reply->handlers.closed(reply->handlers.arg);
	else
		reply->handlers.drained(reply->handlers.arg);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	struct live_reply *reply = arg;

	(void)bev, (void)what;
	reply->handlers.closed(reply->handlers.arg);
}

static int write_head(struct live_reply *reply, const char *type)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(reply->request->http);
	struct evbuffer *out = bufferevent_get_output(reply->bev);
	struct evkeyval *header;
	int written = evbuffer_add_printf(out,
					  "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n"
					  "Cache-Control: no-store\r\n%s",
					  type, reply->chunked ? "Transfer-Encoding: chunked\r\n" : "");

	TAILQ_FOREACH(header, headers, next)
		if (written >= 0)
			written = evbuffer_add_printf(out, "%s: %s\r\n", header->key, header->value);
	return written < 0 || evbuffer_add(out, "\r\n", 2) ? ENOMEM : 0;
}

int live_reply_begin(struct live_reply **out, struct web_request *request, const char *type,
		     const struct live_reply_handlers *handlers)
{
	const struct timeval stuck = { .tv_sec = STUCK_S };
	struct live_reply *reply = calloc(1, sizeof *reply);

	if (!reply)
		return ENOMEM;
	reply->request = request;
	reply->handlers = *handlers;
	reply->chunked = request->http->major > 1 || request->http->minor >= 1;
	reply->bev = web_bufferevent(request);
	if (write_head(reply, type)) {
		free(reply);
		return ENOMEM;
	}
	web_log(request, 200);
	(void)web_request_take(request);
	(void)setsockopt(bufferevent_getfd(reply->bev), SOL_SOCKET, SO_SNDBUF, &(const int){ SEND_BUFFER },
			 sizeof(int));
	bufferevent_setcb(reply->bev, on_readable, on_writable, on_end, reply);
	bufferevent_set_timeouts(reply->bev, NULL, &stuck);
	bufferevent_enable(reply->bev, EV_READ | EV_WRITE);
	*out = reply;
	return 0;
}

void live_reply_add(struct live_reply *reply, struct evbuffer *content)
{
	struct evbuffer *out = bufferevent_get_output(reply->bev);
	size_t size = evbuffer_get_length(content);

	if (!size || reply->ended)
		return;
	if (reply->chunked)
		evbuffer_add_printf(out, "%zx\r\n", size);
	evbuffer_add_buffer(out, content);
	if (reply->chunked)
		evbuffer_add(out, "\r\n", 2);
}

size_t live_reply_backlog(const struct live_reply *reply)
{
	return evbuffer_get_length(bufferevent_get_output(reply->bev));
}

void live_reply_end(struct live_reply *reply)
{
	if (reply->ended)
		return;
	reply->ended = true;
	if (reply->chunked)
		evbuffer_add(bufferevent_get_output(reply->bev), "0\r\n\r\n", 5);
	else /* nothing may be left to send: then nobody would call */
		bufferevent_trigger(reply->bev, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

void live_reply_free(struct live_reply *reply)
{
	if (!reply)
		return;
	bufferevent_setcb(reply->bev, NULL, NULL, NULL, NULL);
	web_request_abandon(reply->request);
	free(reply);
}
