#include "daemon/api/http/intake.h"

#include "daemon/api/http/conn.h"
#include "daemon/api/http/deadlines.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* What evhttp is shown for a request that is refused, and for the rest of a body in chunks that is. */
static const char stand_in[] = "GET / HTTP/1.0\r\n\r\n", end_of_chunks[] = "0\r\n\r\n";

/* Beyond a body that may be, waiting for evhttp; what is more waits in the kernel. */
enum { INPUT_SPARE = 64 * 1024 };

/* What we do to a buffer calls its callbacks. */
static bool at_work;

/* Lets what is good pass where it is. Returns how many of the `size` bytes from `offset` on are, and *part
 * with what is to be done next, if something is. */
static size_t pass_in_place(struct conn *conn, struct evbuffer *input, size_t offset, size_t size,
			    struct framing_part *part)
{
	size_t done = 0;

	part->what = FRAMING_PASS;
	while (done < size && part->what == FRAMING_PASS) {
		struct evbuffer_iovec piece = { .iov_len = size - done };
		struct evbuffer_ptr at;

		if (!framing_counts(&conn->framing) &&
		    (evbuffer_ptr_set(input, &at, offset + done, EVBUFFER_PTR_SET) ||
		     evbuffer_peek(input, -1, &at, &piece, 1) < 1))
			break;
		framing_next(&conn->framing, piece.iov_base,
			     piece.iov_len < size - done ? piece.iov_len : size - done, part);
		conn->passed += part->head;
		if (part->what == FRAMING_PASS)
			done += part->size;
	}
	return done;
}

/* Moves what is behind the first `keep` bytes of `input` to what is held. Returns 0 or ENOMEM. */
static int hold(struct conn *conn, struct evbuffer *input, size_t keep)
{
	struct evbuffer *front = keep ? evbuffer_new() : NULL;
	int err = 0;

	if (!conn->held)
		conn->held = evbuffer_new();
	if (!conn->held || (keep && !front))
		err = ENOMEM;
	if (!err && keep && evbuffer_remove_buffer(input, front, keep) < 0)
		err = ENOMEM;
	if (!err && evbuffer_add_buffer(conn->held, input))
		err = ENOMEM;
	if (front && evbuffer_add_buffer(input, front))
		err = ENOMEM;
	if (front)
		evbuffer_free(front);
	return err;
}

/* What the stand-in does not have: where the request was to go, as far as it tells whose path it is. */
static void keep_target(struct conn *conn)
{
	char line[CONN_TARGET_SIZE + 16];
	ev_ssize_t size = evbuffer_copyout(conn->held, line, sizeof line - 1);
	char *target;

	line[size > 0 ? size : 0] = '\0';
	target = strchr(line, ' ');
	if (!target)
		return;
	target[1 + strcspn(target + 1, " \r\n")] = '\0';
	snprintf(conn->target, sizeof conn->target, "%.*s", CONN_TARGET_SIZE - 1, target + 1);
}

static int refuse(struct conn *conn, struct evbuffer *input, const struct framing_part *part)
{
	const char *text = part->within ? end_of_chunks : stand_in;

	if (!part->within)
		keep_target(conn);
	conn->passed += !part->within;
	conn->refused = conn->passed;
	conn->status = part->status;
	conn->why = part->why;
	evbuffer_drain(conn->held, evbuffer_get_length(conn->held));
	return evbuffer_add(input, text, strlen(text)) ? ENOMEM : 0;
}

/* Does with the first bytes that are held as `part` says. Returns 0 or ENOMEM. */
static int apply(struct conn *conn, struct evbuffer *input, const struct framing_part *part)
{
	int err = 0;

	switch (part->what) {
	case FRAMING_MORE:
		break;
	case FRAMING_PASS:
		err = evbuffer_remove_buffer(conn->held, input, part->size) < 0 ? ENOMEM : 0;
		break;
	case FRAMING_DROP:
		err = evbuffer_drain(conn->held, part->size) ? ENOMEM : 0;
		break;
	case FRAMING_REPLACE:
		err = evbuffer_drain(conn->held, part->size) ||
			      evbuffer_add(input, part->text, strlen(part->text))
			  ? ENOMEM
			  : 0;
		break;
	case FRAMING_REFUSE:
		err = refuse(conn, input, part);
		break;
	}
	return err;
}

/* Decides upon what is held, `part` about its first bytes first, and puts back what is good. */
static int release(struct conn *conn, struct evbuffer *input, struct framing_part *part)
{
	size_t size;
	int err = apply(conn, input, part);

	while (!err && (size = evbuffer_get_length(conn->held)) > 0) {
		const char *data = NULL;

		if (!framing_counts(&conn->framing)) {
			data = (const char *)evbuffer_pullup(conn->held, -1);
			if (!data)
				return ENOMEM;
		}
		framing_next(&conn->framing, data, size, part);
		if (part->what == FRAMING_MORE)
			return 0;
		conn->passed += part->head;
		err = apply(conn, input, part);
	}
	if (!err) {
		evbuffer_free(conn->held);
		conn->held = NULL;
	}
	return err;
}

/* `size` bytes have come, at the end of `input`. */
static int take(struct conn *conn, struct evbuffer *input, size_t size)
{
	size_t before = evbuffer_get_length(input) - size, passed = 0;
	struct framing_part part = { .what = FRAMING_PASS };
	int err;

	if (!conn->held) {
		passed = pass_in_place(conn, input, before, size, &part);
		if (passed == size)
			return 0;
	}
	/* Held bytes come before: a part that is all pass, of nothing, says to look at them anew. */
	if (conn->held || part.what == FRAMING_PASS)
		part = (struct framing_part){ .what = FRAMING_MORE };
	at_work = true;
	err = hold(conn, input, before + passed);
	if (!err)
		err = release(conn, input, &part);
	at_work = false;
	return err;
}

/* evhttp reads on while it writes an answer. Where so much waits there is a request to be answered, and when
 * it has been, evhttp begins to read again. */
static void hold_back(const struct conn *conn, struct bufferevent *bev)
{
	if (evbuffer_get_length(bufferevent_get_input(bev)) > conn->framing.body_max + INPUT_SPARE &&
	    !framing_is_through(&conn->framing))
		bufferevent_disable(bev, EV_READ);
}

static void on_input(struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	struct bufferevent *bev = arg;
	struct conn *conn;
	int fd;

	if (!info->n_added || at_work)
		return;
	fd = bufferevent_getfd(bev);
	conn = conn_of(fd);
	if (conn && !conn->since_us && !conn->passed)
		conn->plain = !bufferevent_openssl_get_ssl(bev);
	if (conn)
		deadlines_touch(conn);
	if (conn && !take(conn, input, info->n_added)) {
		hold_back(conn, bev);
		return;
	}
	/* Nobody reads what could not be checked. */
	log_error("http.no_memory", NULL, "fd=%d", fd);
	at_work = true;
	evbuffer_drain(input, evbuffer_get_length(input));
	at_work = false;
	shutdown(fd, SHUT_RDWR);
}

void intake_watch(struct bufferevent *bev)
{
	evbuffer_add_cb(bufferevent_get_input(bev), on_input, bev);
}

int intake_refusal(struct conn *conn, const char **why)
{
	conn->begun++;
	*why = conn->why;
	return conn->why && conn->begun == conn->refused ? conn->status : 0;
}

/* Decides upon what waited. */
static void go_on(struct bufferevent *bev, struct conn *conn)
{
	struct framing_part part = { .what = FRAMING_MORE };
	struct evbuffer *input = bufferevent_get_input(bev);
	int err;

	if (!conn->held)
		return;
	at_work = true;
	/* Only the bufferevent adds to its input, and then says so; a TLS one does not care. */
	evbuffer_unfreeze(input, 0);
	err = release(conn, input, &part);
	if (conn->plain)
		evbuffer_freeze(input, 0);
	at_work = false;
	if (err)
		shutdown(bufferevent_getfd(bev), SHUT_RDWR);
}

void intake_go_on(struct bufferevent *bev)
{
	struct conn *conn = conn_last(bufferevent_getfd(bev));

	if (!conn || !framing_waits(&conn->framing))
		return;
	framing_go_on(&conn->framing);
	go_on(bev, conn);
}

void intake_let_through(struct bufferevent *bev)
{
	struct conn *conn = conn_last(bufferevent_getfd(bev));

	if (!conn)
		return;
	framing_let_through(&conn->framing);
	go_on(bev, conn);
}
