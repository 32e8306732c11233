/* Whose the connections are when there are as many as may be. evhttp of libevent 2.1 tells nobody when a
 * connection ends, nor from where one comes before it takes it: so the kernel is asked, and only then. */
#include "daemon/api/http/web_private.h"

#include "daemon/api/http/deadlines.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/socket_address.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* One connection. A source is an IPv4 address, or the network of an IPv6 one that its owner can choose from.
 */
struct guest {
	int fd;
	unsigned char source[8];
	int64_t idle_us; /* since when, monotonic; 0: it is not */
};

/* When all places are taken, nobody is idle for longer, nor takes longer to begin or to go on with a request
 * ... */
enum { CROWDED_IDLE_MS = 1000, FRESH_MS = 100 };
/* ... until one place in so many is free. */
enum { ROOM_PART = 8 };

static bool has_port(const struct sockaddr_storage *address, const struct web_server *server)
{
	unsigned port;

	if (address->ss_family != AF_INET && address->ss_family != AF_INET6)
		return false;
	port = socket_address_port(address);
	for (size_t i = 0; i < server->listener_count; i++)
		if (server->listeners[i].port == port)
			return true;
	return false;
}

static bool is_ours(int fd, const struct web_server *server)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof address;
	int listening = 0;
	socklen_t size = sizeof listening;

	if (getsockname(fd, (struct sockaddr *)&address, &length))
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) || listening)
		return false;
	return has_port(&address, server);
}

/* Whose it is; one that has just gone is nobody's. */
static void find_source(struct guest *guest)
{
	struct sockaddr_storage address = { 0 };
	socklen_t length = sizeof address;
	const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;
	const struct sockaddr_in *four = (const struct sockaddr_in *)&address;

	memset(guest->source, 0, sizeof guest->source);
	if (getpeername(guest->fd, (struct sockaddr *)&address, &length))
		return;
	if (address.ss_family == AF_INET6)
		memcpy(guest->source, &six->sin6_addr, sizeof guest->source);
	else if (address.ss_family == AF_INET)
		memcpy(guest->source, &four->sin_addr, sizeof four->sin_addr);
}

/* All connections, in an array to free; NULL: none, or no memory. */
static struct guest *list_guests(const struct web_server *server, size_t *out_count)
{
	DIR *dir = opendir("/proc/self/fd");
	struct guest *guests = NULL, *more;
	size_t count = 0, room = 0;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || !is_ours(fd, server))
			continue;
		if (count == room) {
			room = room ? 2 * room : 256;
			more = realloc(guests, room * sizeof *guests);
			if (!more)
				break;
			guests = more;
		}
		guests[count++].fd = fd;
	}
	if (dir)
		closedir(dir);
	*out_count = count;
	return guests;
}

static int compare(const void *a, const void *b)
{
	const struct guest *x = a, *y = b;
	int by_source = memcmp(x->source, y->source, sizeof x->source);

	return by_source ? by_source : x->fd - y->fd;
}

/* Where those of the source that has most begin, and how many they are; `guests` are sorted. */
static size_t find_most(const struct guest *guests, size_t count, size_t *out_count)
{
	size_t best = 0, begin = 0;

	*out_count = 0;
	for (size_t i = 1; i <= count; i++) {
		if (i < count && !memcmp(guests[i].source, guests[begin].source, sizeof guests[i].source))
			continue;
		if (i - begin > *out_count) {
			best = begin;
			*out_count = i - begin;
		}
		begin = i;
	}
	return best;
}

static int compare_idle(const void *a, const void *b)
{
	const struct guest *x = a, *y = b;

	return x->idle_us < y->idle_us ? -1 : x->idle_us > y->idle_us;
}

/* evhttp notices, and closes it in the next turn of the loop. One whose request has come and was not read yet
 * is not idle. */
static bool end_if_idle(struct guest *guest)
{
	char byte;

	if (!guest->idle_us || recv(guest->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0 ||
	    shutdown(guest->fd, SHUT_RDWR))
		return false;
	guest->idle_us = 0;
	return true;
}

/* Ends idle ones of the source that has most, down to its share. Returns how many. */
static size_t thin_source(const struct web_server *server, struct guest *guests, size_t count)
{
	const int64_t fresh_us = clock_mono_us() - FRESH_MS * 1000; /* the request may be on its way */
	size_t of_source, ended = 0;
	struct guest *most;

	if (count > 1)
		qsort(guests, count, sizeof *guests, compare);
	most = guests + find_most(guests, count, &of_source);
	if (of_source > 1) /* those that have been idle longest first */
		qsort(most, of_source, sizeof *most, compare_idle);
	for (size_t i = 0; i < of_source && of_source - ended > server->connections_of_source; i++)
		if (most[i].idle_us < fresh_us)
			ended += end_if_idle(&most[i]);
	if (ended)
		log_warn("http.source_thinned", NULL, "ended=%zu had=%zu limit=%u", ended, of_source,
			 server->connections_of_source);
	return ended;
}

/* Many sources, each within its share: ends those that have been idle longest, whosever they are. */
static void thin_idle(const struct web_server *server, struct guest *guests, size_t count, size_t wanted)
{
	int64_t newest_us = clock_mono_us() - CROWDED_IDLE_MS * 1000;
	size_t ended = 0;

	if (count > 1)
		qsort(guests, count, sizeof *guests, compare_idle);
	for (size_t i = 0; i < count && guests[i].idle_us <= newest_us && ended < wanted; i++)
		ended += end_if_idle(&guests[i]);
	if (ended)
		log_warn("http.idle_thinned", NULL, "ended=%zu had=%zu max=%u", ended, count,
			 server->connections_max);
}

unsigned crowd_thin(const struct web_server *server)
{
	size_t count, ended, room = server->connections_max / ROOM_PART + 1;
	struct guest *guests = list_guests(server, &count);

	if (!count || count + 1 < server->connections_max) {
		free(guests);
		return (unsigned)count;
	}
	for (size_t i = 0; i < count; i++) {
		find_source(&guests[i]);
		guests[i].idle_us = deadlines_idle_since(guests[i].fd);
	}
	ended = thin_source(server, guests, count);
	if (ended < room)
		thin_idle(server, guests, count, room - ended);
	free(guests);
	return (unsigned)count;
}
