/* control/server: listening, and what others may do with peers; see server.h. */
#include "daemon/offhookd/control/peer.h"

#include "lib/control_tls.h"
#include "lib/log.h"
#include "lib/unix_socket.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SOCKET_MODE = 0660, LISTEN_BACKLOG = 64 };

/* Tells a connection that there is no room for it. What does not go out at once is lost with it. */
static void turn_away(struct control_server *server, evutil_socket_t fd)
{
	static const char line[] =
	    "{\"jsonrpc\":\"2.0\",\"method\":\"connection.closed\","
	    "\"params\":{\"reason\":\"control { max-clients } connections are open.\"}}\n";

	server->stats.refused++;
	log_warn("control.refused", NULL, "clients=%u limit=%u", server->peer_count,
		 server->limits.max_clients);
	if (send(fd, line, sizeof(line) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("control.refused_silently", NULL, "error=%s", log_quote(strerror(errno)));
	evutil_closesocket(fd);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		      int length, void *arg)
{
	struct control_server *server = arg;

	(void)listener;
	(void)address;
	(void)length;
	if (server->peer_count >= server->limits.max_clients) {
		turn_away(server, fd);
		return;
	}
	if (control_peer_open(server, fd) != 0) {
		log_error("control.accept_failed", NULL, "error=%s", log_quote(strerror(ENOMEM)));
		return;
	}
	server->stats.accepted++;
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct control_server *server = arg;

	(void)fd;
	(void)what;
	evconnlistener_enable(server->listener);
	control_doors_enable(server, true);
}

/* Out of descriptors, say: the connection stays in the queue, and asking for it at once would spin. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	static const struct timeval pause = { 1, 0 };
	struct control_server *server = arg;

	log_error("control.accept_failed", NULL, "error=%s", log_quote(strerror(errno)));
	evconnlistener_disable(listener);
	evtimer_add(server->resume, &pause);
}

int control_server_alloc(struct control_server **out, struct event_base *base, const char *path,
			 const struct control_limits *limits, const struct control_method *methods,
			 size_t count, void *arg)
{
	struct control_server *server = calloc(1, sizeof(*server));
	int fd = -1, err = ENOMEM;

	if (!server)
		return ENOMEM;
	LIST_INIT(&server->peers);
	TAILQ_INIT(&server->guests);
	server->base = base;
	server->limits = *limits;
	server->methods = methods;
	server->method_count = count;
	server->arg = arg;
	server->path = strdup(path);
	server->resume = evtimer_new(base, on_resume, server);
	if (!server->path || !server->resume)
		goto out;
	err = unix_socket_listen(path, SOCKET_MODE, LISTEN_BACKLOG, &fd, &server->inode);
	if (err != 0)
		goto out;
	server->listener =
	    evconnlistener_new(base, on_accept, server, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!server->listener) {
		err = ENOMEM;
		goto out;
	}
	evconnlistener_set_error_cb(server->listener, on_accept_error);
	*out = server;
	server = NULL;
	fd = -1;
out:
	if (fd >= 0) {
		unlink(path);
		close(fd);
	}
	if (server) {
		server->inode = 0;
		control_server_free(server);
	}
	return err;
}

void control_server_set_limits(struct control_server *server, const struct control_limits *limits)
{
	server->limits = *limits;
}

/* Sends what the socket takes at once, so that a peer which reads hears why it ends. */
static void say_goodbye(struct control_peer *peer)
{
	struct evbuffer *out = bufferevent_get_output(peer->stream);
	struct evbuffer_iovec parts[64];
	struct msghdr message = { .msg_iov = (struct iovec *)parts };
	json_t *notice;
	int n;

	if (!peer->closing) {
		notice = control_frame_notification(
		    "connection.closed",
		    json_pack("{s:s, s:b}", "reason", "The switch is shutting down.", "ends", true));
		if (notice && control_frame_write(out, notice) != 0)
			log_debug("control.goodbye_failed", NULL, "peer=%" PRIu64, peer->id);
		json_decref(notice);
	}
	if (peer->tls) {
		control_tls_push(peer->stream);
		return;
	}
	n = evbuffer_peek(out, -1, NULL, parts, 64);
	message.msg_iovlen = n > 64 ? 64 : (size_t)n;
	if (sendmsg(bufferevent_getfd(peer->stream), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("control.goodbye_failed", NULL, "peer=%" PRIu64 " error=%s", peer->id,
			  log_quote(strerror(errno)));
}

void control_server_free(struct control_server *server)
{
	struct control_peer *peer;
	struct stat st;

	if (!server)
		return;
	while ((peer = LIST_FIRST(&server->peers)) != NULL) {
		say_goodbye(peer);
		control_peer_drop(peer, false);
	}
	control_doors_close(server);
	/* It may be another's by now. */
	if (server->inode && lstat(server->path, &st) == 0 && st.st_ino == server->inode)
		unlink(server->path);
	if (server->listener)
		evconnlistener_free(server->listener);
	if (server->resume)
		event_free(server->resume);
	free(server->path);
	free(server);
}

void control_server_stats(const struct control_server *server, struct control_server_stats *out)
{
	*out = server->stats;
	out->peers = server->peer_count;
}

void control_server_watch(struct control_server *server, control_peer_h *drained, control_peer_h *gone,
			  void *arg)
{
	server->drained = drained;
	server->gone = gone;
	server->watch_arg = arg;
}

static struct control_peer *find_peer(const struct control_server *server, uint64_t id)
{
	struct control_peer *peer;

	LIST_FOREACH(peer, &server->peers, entry) {
		if (peer->id == id && !peer->closing)
			return peer;
	}
	return NULL;
}

bool control_server_has_peer(const struct control_server *server, uint64_t peer)
{
	return find_peer(server, peer) != NULL;
}

static void release_line(const void *data, size_t length, void *line)
{
	(void)data;
	(void)length;
	control_line_drop(line);
}

int control_server_send(struct control_server *server, uint64_t id, struct control_line *line)
{
	struct control_peer *peer = find_peer(server, id);
	struct evbuffer *out;

	if (!peer)
		return ENOENT;
	if (!control_peer_has_room(peer, false))
		return ENOBUFS;
	out = bufferevent_get_output(peer->stream);
	control_line_hold(line);
	if (evbuffer_add_reference(out, control_line_text(line), control_line_length(line), release_line,
				   line) < 0) {
		control_line_drop(line);
		return ENOMEM;
	}
	return 0;
}

size_t control_server_backlog(const struct control_server *server, uint64_t id)
{
	struct control_peer *peer = find_peer(server, id);

	return peer ? evbuffer_get_length(bufferevent_get_output(peer->stream)) : 0;
}

void control_server_close_peer(struct control_server *server, uint64_t id, const char *reason)
{
	struct control_peer *peer = find_peer(server, id);

	if (peer)
		control_peer_close(peer, reason, false);
}
