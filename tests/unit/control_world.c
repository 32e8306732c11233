/* control_world: see control_world.h. */
#define _GNU_SOURCE /* nftw */
#include "tests/unit/control_world.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { DEADLINE_S = 20 };

void world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	signal(SIGPIPE, SIG_IGN);
	w->limits = (struct control_limits){ 3, 256 << 10 };
	strcpy(w->folder, "/tmp/offhook-test-XXXXXX");
	cr_assert_not_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof(w->path), "%s/control.sock", w->folder);
	snprintf(w->journal, sizeof(w->journal), "%s/journal", w->folder);
	w->base = event_base_new();
	cr_assert_not_null(w->base);
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void world_close(struct world *w)
{
	control_server_free(w->server);
	event_base_free(w->base);
	nftw(w->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; i < sizeof(w->input) / sizeof(w->input[0]); i++)
		free(w->input[i].text);
}

void world_turn(struct world *w)
{
	static const struct timeval soon = { 0, 5000 };

	event_base_loopexit(w->base, &soon);
	event_base_loop(w->base, EVLOOP_ONCE);
}

int world_connect(struct world *w)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, w->path);
	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0, "%s", strerror(errno));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	cr_assert_lt(fd, 64);
	free(w->input[fd].text);
	w->input[fd].text = NULL;
	w->input[fd].length = 0;
	return fd;
}

void world_send(int fd, const char *text)
{
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

void world_send_in_turns(struct world *w, int fd, const char *text)
{
	while (*text) {
		ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return;
		text += n > 0 ? n : 0;
		event_base_loop(w->base, EVLOOP_NONBLOCK);
	}
}

/* Takes a line that has been received. */
static json_t *take_line(struct world *w, int fd)
{
	char *text = w->input[fd].text;
	char *end = text ? memchr(text, '\n', w->input[fd].length) : NULL;
	json_error_t error;
	json_t *message;

	if (!end)
		return NULL;
	message = json_loadb(text, (size_t)(end - text), 0, &error);
	cr_assert_not_null(message, "not JSON: %.*s", (int)(end - text), text);
	w->input[fd].length -= (size_t)(end + 1 - text);
	memmove(text, end + 1, w->input[fd].length);
	return message;
}

/* Reads what there is. Returns false at the end. */
static bool read_more(struct world *w, int fd)
{
	char chunk[65536];
	ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n <= 0)
		return false;
	w->input[fd].text = realloc(w->input[fd].text, w->input[fd].length + (size_t)n);
	memcpy(w->input[fd].text + w->input[fd].length, chunk, (size_t)n);
	w->input[fd].length += (size_t)n;
	return true;
}

json_t *world_receive(struct world *w, int fd)
{
	time_t deadline = time(NULL) + DEADLINE_S;
	json_t *message;

	while ((message = take_line(w, fd)) == NULL) {
		if (!read_more(w, fd))
			return NULL;
		message = take_line(w, fd);
		if (message)
			break;
		cr_assert_lt(time(NULL), deadline, "no line in time");
		world_turn(w);
	}
	return message;
}

void world_expect_closed(struct world *w, int fd, const char *reason)
{
	json_t *message, *last = NULL;

	while ((message = world_receive(w, fd)) != NULL) {
		json_decref(last);
		last = message;
	}
	cr_assert_not_null(last);
	cr_expect_str_eq(json_string_value(json_object_get(last, "method")), "connection.closed");
	cr_expect_str_eq(json_string_value(json_object_get(json_object_get(last, "params"), "reason")),
			 reason);
	json_decref(last);
}
