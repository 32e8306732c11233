/* control/peer: see peer.h. */
#include "daemon/offhookd/control/peer.h"

#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <inttypes.h>

enum { READ_CHUNK = 64 << 10 };

static void destroy_peer(void *object)
{
	struct control_peer *peer = object;

	if (peer->linger)
		event_free(peer->linger);
	if (peer->stream)
		bufferevent_free(peer->stream);
}

void control_peer_drop(struct control_peer *peer, bool tell)
{
	struct control_server *server = peer->server;

	if (!server)
		return;
	LIST_REMOVE(peer, entry);
	server->peer_count--;
	bufferevent_free(peer->stream);
	peer->stream = NULL;
	peer->server = NULL;
	if (peer->linger)
		event_free(peer->linger);
	peer->linger = NULL;
	if (tell && !peer->closing && server->gone)
		server->gone(peer->id, server->watch_arg);
	ref_drop(peer);
}

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	control_peer_drop(arg, false);
}

void control_peer_close(struct control_peer *peer, const char *reason, bool tell)
{
	static const struct timeval linger = { CONTROL_LINGER_S, 0 };
	struct control_server *server = peer->server;
	json_t *message;
	int err = ENOMEM;

	if (!server || peer->closing)
		return;
	log_info("control.closed", NULL, "peer=%" PRIu64 " reason=%s", peer->id, log_quote(reason));
	message = control_frame_notification("connection.closed", json_pack("{s:s}", "reason", reason));
	if (message)
		err = control_frame_write(bufferevent_get_output(peer->stream), message);
	json_decref(message);
	peer->linger = evtimer_new(server->base, on_linger, peer);
	if (err != 0 || !peer->linger || evtimer_add(peer->linger, &linger) < 0) {
		control_peer_drop(peer, tell);
		return;
	}
	peer->closing = true;
	bufferevent_disable(peer->stream, EV_READ);
	/* on_written() is to hear when all has gone. */
	bufferevent_setwatermark(peer->stream, EV_WRITE, 0, 0);
	if (tell && server->gone)
		server->gone(peer->id, server->watch_arg);
}

bool control_peer_has_room(struct control_peer *peer, bool tell)
{
	size_t waiting;

	if (!peer->server || peer->closing)
		return false;
	/* What waits already counts, not the line that is to come: one long line does not end a connection.
	 */
	waiting = evbuffer_get_length(bufferevent_get_output(peer->stream));
	if (waiting <= peer->server->limits.max_backlog)
		return true;
	peer->server->stats.cut_off++;
	log_warn("control.cut_off", NULL, "peer=%" PRIu64 " waiting=%zu limit=%zu", peer->id, waiting,
		 peer->server->limits.max_backlog);
	control_peer_close(peer, "You did not read: more than control { max-backlog } bytes wait for you.",
			   tell);
	return false;
}

static void on_read(struct bufferevent *stream, void *arg)
{
	(void)stream;
	control_peer_read(arg);
}

static void on_written(struct bufferevent *stream, void *arg)
{
	struct control_peer *peer = arg;
	struct control_server *server = peer->server;

	if (!peer->closing && server->drained)
		server->drained(peer->id, server->watch_arg);
	else if (peer->closing && evbuffer_get_length(bufferevent_get_output(stream)) == 0)
		control_peer_drop(peer, false);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		control_peer_drop(arg, true);
}

int control_peer_open(struct control_server *server, evutil_socket_t fd)
{
	struct bufferevent *stream = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);

	if (!stream) {
		evutil_closesocket(fd);
		return ENOMEM;
	}
	return control_peer_open_stream(server, stream, false);
}

int control_peer_open_stream(struct control_server *server, struct bufferevent *stream, bool tls)
{
	struct control_peer *peer = ref_alloc(sizeof(*peer), destroy_peer);

	if (!peer) {
		bufferevent_free(stream);
		return ENOMEM;
	}
	peer->stream = stream;
	peer->tls = tls;
	peer->server = server;
	peer->id = ++server->last_peer;
	LIST_INSERT_HEAD(&server->peers, peer, entry);
	server->peer_count++;
	bufferevent_setcb(peer->stream, on_read, on_written, on_event, peer);
	bufferevent_setwatermark(peer->stream, EV_WRITE, CONTROL_DRAINED, 0);
	bufferevent_set_max_single_read(peer->stream, READ_CHUNK);
	bufferevent_enable(peer->stream, EV_READ | EV_WRITE);
	return 0;
}
