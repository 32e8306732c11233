/* Requests whose framing is wrong: the answer, and a close that lets it arrive. A connection that is closed
 * with bytes unread is reset, and the far end may lose what it was just sent (RFC 9112, section 9.6): so our
 * half is shut down first, and what still comes is thrown away, for a while. */
#include "daemon/api/http/web_private.h"

#include "lib/clock.h"
#include "lib/json_text.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { LINGER_S = 2 };

struct web_lingering {
	struct web_lingering *next, **link;
	struct web_request *request; /* its connection is ours */
	int64_t until_us;
};

static void unlink_and_free(struct web_lingering *lingering)
{
	*lingering->link = lingering->next;
	if (lingering->next)
		lingering->next->link = lingering->link;
	free(lingering);
}

static void end(struct web_lingering *lingering)
{
	struct web_request *request = lingering->request;

	unlink_and_free(lingering);
	web_request_abandon(request);
}

/* More has come, and nobody wants it. */
static void on_readable(struct bufferevent *bev, void *arg)
{
	struct web_lingering *lingering = arg;
	struct evbuffer *input = bufferevent_get_input(bev);

	evbuffer_drain(input, evbuffer_get_length(input));
	if (clock_mono_us() > lingering->until_us)
		end(lingering);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	(void)arg;
	shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)what;
	end(arg);
}

/* Writes the answer to `out`. Returns 0 or ENOMEM. */
static int write_answer(struct evbuffer *out, const struct web_request *request, int status, const char *why,
			bool head_alone)
{
	const char *type = NULL;
	json_t *json = web_problem_of(request, status, why, &type);
	char *text = json ? json_dumps(json, JSON_TEXT_FLAGS) : NULL;
	char date[64];
	int err = -1;

	json_decref(json);
	evutil_date_rfc1123(date, sizeof date, NULL);
	if (text)
		err = evbuffer_add_printf(out,
					  "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\n"
					  "Content-Length: %zu\r\nConnection: close\r\n\r\n%s%s",
					  status, web_status_text(status), date, type, strlen(text) + 1,
					  head_alone ? "" : text, head_alone ? "" : "\n");
	free(text);
	return err < 0 ? ENOMEM : 0;
}

void web_refuse(struct web_request *request, int status, const char *why, bool head_alone)
{
	const struct timeval patience = { .tv_sec = LINGER_S };
	struct web_lingering *lingering = calloc(1, sizeof *lingering);
	struct bufferevent *bev = web_bufferevent(request);
	struct web_server *server = request->server;

	server->stats.answers[status / 100]++;
	log_info("http.refused", NULL, "fd=%d status=%d why=%s", request->fd, status, log_quote(why));
	if (!lingering || write_answer(bufferevent_get_output(bev), request, status, why, head_alone)) {
		free(lingering);
		web_request_abandon(request);
		return;
	}
	lingering->request = request;
	lingering->until_us = clock_mono_us() + LINGER_S * 1000000;
	lingering->next = server->lingering;
	lingering->link = &server->lingering;
	if (lingering->next)
		lingering->next->link = &lingering->next;
	server->lingering = lingering;
	bufferevent_setcb(bev, on_readable, on_written, on_end, lingering);
	bufferevent_set_timeouts(bev, &patience, &patience);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

void web_refuse_stop(struct web_server *server)
{
	while (server->lingering)
		end(server->lingering);
}
