/* What stands before sofia-sip tells the user agent's handlers. */
#include "daemon/offhookd/ua/private.h"

#include "daemon/offhookd/ua/field.h"
#include "lib/log.h"

#include <string.h>
#include <sys/socket.h>

static void give_up(int fd, const char *why, void *arg)
{
	struct ua *ua = arg;
	struct sockaddr_storage from = { 0 };
	socklen_t size = sizeof from;
	char address[64];

	if (getpeername(fd, (struct sockaddr *)&from, &size) == 0 &&
	    ua_connections_give_up(ua->connections, &from, why))
		return;
	ua_format_address(address, sizeof address, &from); /* one that we have made */
	log_info("sip.connection_given_up", NULL, "address=%s why=%s", address, log_quote(why));
	shutdown(fd, SHUT_RDWR);
}

static bool is_busy(int64_t late_us, void *arg)
{
	struct ua *ua = arg;

	return ua->handlers.busy(late_us, ua->arg);
}

static enum ua_weight weigh(const struct ua_fresh *request, unsigned *retry_after_s, void *arg)
{
	struct ua *ua = arg;

	return ua->handlers.weigh(request, retry_after_s, ua->arg);
}

static void on_message(const struct ua_wire_message *message, void *arg)
{
	struct ua *ua = arg;

	ua->handlers.message(message, ua->arg);
}

enum { HEAD_MAX = 4096 };

/* The beginning of a message in one piece. */
static size_t join(char out[HEAD_MAX], const struct ua_wire_message *m)
{
	size_t size = 0;

	for (size_t i = 0; i < m->part_count && size < HEAD_MAX; i++) {
		size_t room = HEAD_MAX - size;
		size_t n = m->parts[i].iov_len < room ? m->parts[i].iov_len : room;

		memcpy(out + size, m->parts[i].iov_base, n);
		size += n;
	}
	return size;
}

/* Of calls to URIs of others: a name in DNS may lead anywhere. */
static bool is_barred(const struct ua_wire_message *m, void *arg)
{
	struct ua *ua = arg;
	char head[HEAD_MAX], call_id[128];
	size_t size = ua->outside ? join(head, m) : 0;
	const char *at = size ? ua_field_first(head, size) : NULL;
	struct ua_call *call = NULL;
	struct ua_field f;

	while (at && ua_field_next(&f, &at, head + size))
		if (ua_field_is_called(&f, "Call-ID", 'i') && f.length < sizeof call_id) {
			memcpy(call_id, f.value, f.length);
			call_id[f.length] = '\0';
			call = ua_index_find(ua, call_id);
			break;
		}
	if (!call || !call->outside || !ua->handlers.barred(m->remote, ua->arg))
		return false;
	call->barred = true;
	return true;
}

static void on_unwanted(void *arg)
{
	struct ua *ua = arg;

	ua->handlers.unwanted(ua->arg);
}

void ua_start_intake(struct ua *ua, const struct ua_params *params)
{
	struct ua_intake_handlers handlers = { .give_up = give_up, .arg = ua };

	if (ua->handlers.busy && ua->handlers.weigh) {
		handlers.busy = is_busy;
		handlers.weigh = weigh;
	}
	if (ua->handlers.message && ua->handlers.unwanted) {
		handlers.message = on_message;
		handlers.unwanted = on_unwanted;
	}
	if (ua->handlers.barred)
		handlers.barred = is_barred;
	ua->message_max = params->connections.message_max;
	ua_intake_start(&handlers, ua->message_max);
	ua_outlet_start();
}
