/* control/door: the control protocol for other machines, by TLS; see server.h.
 *
 * Who connects is a guest until the handshake is done, in time: guests are few, and strangers take no place
 * of a client's. When one more comes, the oldest goes. */
#define _GNU_SOURCE /* accept4 */
#include "daemon/offhookd/control/peer.h"

#include "lib/control_tls.h"
#include "lib/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GUESTS_MAX = 64, HANDSHAKE_S = 10, LISTEN_BACKLOG = 64 };

/* Its stream, unless that is somebody's now, ends with it. */
static void guest_free(struct control_guest *guest)
{
	TAILQ_REMOVE(&guest->server->guests, guest, entry);
	guest->server->guest_count--;
	if (guest->limit)
		event_free(guest->limit);
	if (guest->stream)
		bufferevent_free(guest->stream);
	free(guest);
}

static void turn_away(struct control_guest *guest, const char *why)
{
	guest->server->stats.distrusted++;
	log_warn("control.distrusted", NULL, "from=%s reason=%s", guest->address, log_quote(why));
	guest_free(guest);
}

static void on_slow(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	turn_away(arg, "it took too long to show a certificate");
}

/* It is one of ours. */
static void welcome(struct control_guest *guest)
{
	struct control_server *server = guest->server;
	struct bufferevent *stream = guest->stream;

	if (server->peer_count >= server->limits.max_clients) {
		server->stats.refused++;
		log_warn("control.refused", NULL, "from=%s clients=%u limit=%u", guest->address,
			 server->peer_count, server->limits.max_clients);
		guest_free(guest);
		return;
	}
	log_info("control.accepted", NULL, "from=%s", guest->address);
	guest->stream = NULL;
	guest_free(guest);
	if (control_peer_open_stream(server, stream, true) != 0)
		log_error("control.accept_failed", NULL, "error=%s", log_quote(strerror(ENOMEM)));
	else
		server->stats.accepted++;
}

static void on_guest(struct bufferevent *stream, short what, void *arg)
{
	char why[200];

	if (what & BEV_EVENT_CONNECTED) {
		welcome(arg);
	} else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
		control_tls_explain(stream, why, sizeof why);
		turn_away(arg, why);
	}
}

static void write_address(const struct sockaddr *address, char *out, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";
	bool v6 = address->sa_family == AF_INET6;
	const void *bytes = v6 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
			       : (const void *)&((const struct sockaddr_in *)address)->sin_addr;

	inet_ntop(address->sa_family, bytes, host, sizeof host);
	snprintf(out, size, "%s", host);
}

static void take_in(struct control_door *door, int fd, const struct sockaddr_storage *from)
{
	static const struct timeval limit = { HANDSHAKE_S, 0 };
	struct control_server *server = door->server;
	struct control_guest *guest = calloc(1, sizeof *guest);

	if (!guest) {
		close(fd);
		return;
	}
	if (server->guest_count >= GUESTS_MAX)
		turn_away(TAILQ_FIRST(&server->guests), "too many come at a time");
	guest->server = server;
	write_address((const struct sockaddr *)from, guest->address, sizeof guest->address);
	TAILQ_INSERT_TAIL(&server->guests, guest, entry);
	server->guest_count++;
	guest->stream = control_tls_accept(door->tls, server->base, fd);
	guest->limit = evtimer_new(server->base, on_slow, guest);
	if (!guest->stream || !guest->limit || evtimer_add(guest->limit, &limit) < 0) {
		log_error("control.accept_failed", NULL, "error=%s", log_quote(strerror(ENOMEM)));
		guest_free(guest);
		return;
	}
	bufferevent_setcb(guest->stream, NULL, NULL, on_guest, guest);
}

/* Out of descriptors, say: the connection stays in the queue, and asking for it at once would spin. */
static void pause_doors(struct control_server *server)
{
	static const struct timeval pause = { 1, 0 };

	log_error("control.accept_failed", NULL, "error=%s", log_quote(strerror(errno)));
	control_doors_enable(server, false);
	evtimer_add(server->resume, &pause);
}

/* Not by evconnlistener: accept() is the SIP side's in this process, which looks after what it gets there. */
static void on_knock(evutil_socket_t listener, short what, void *arg)
{
	struct control_door *door = arg;
	struct sockaddr_storage from = { 0 };
	socklen_t size = sizeof from;
	int fd = accept4(listener, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (fd >= 0)
		take_in(door, fd, &from);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		pause_doors(door->server);
}

int control_server_listen(struct control_server *server, const struct control_tls *tls,
			  const struct sockaddr_storage *to, unsigned size)
{
	struct control_door *door = &server->doors[server->door_count];
	const int on = 1;
	int fd, err;

	if (server->door_count == CONTROL_DOORS_MAX)
		return ENOSPC;
	fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (to->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)to, size) < 0 || listen(fd, LISTEN_BACKLOG) < 0) {
		err = errno;
		close(fd);
		return err;
	}
	door->server = server;
	door->tls = tls;
	door->fd = fd;
	door->readable = event_new(server->base, fd, EV_READ | EV_PERSIST, on_knock, door);
	if (!door->readable || event_add(door->readable, NULL) < 0) {
		if (door->readable)
			event_free(door->readable);
		close(fd);
		return ENOMEM;
	}
	server->door_count++;
	return 0;
}

void control_doors_enable(struct control_server *server, bool on)
{
	for (size_t i = 0; i < server->door_count; i++)
		if (on)
			event_add(server->doors[i].readable, NULL);
		else
			event_del(server->doors[i].readable);
}

void control_doors_close(struct control_server *server)
{
	struct control_guest *guest;

	while ((guest = TAILQ_FIRST(&server->guests)) != NULL)
		guest_free(guest);
	for (size_t i = 0; i < server->door_count; i++) {
		event_free(server->doors[i].readable);
		close(server->doors[i].fd);
	}
	server->door_count = 0;
}
