/* What stands before sofia-sip tells the user agent's handlers. */
#include "daemon/offhookd/ua/private.h"

#include "lib/log.h"

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
	ua->message_max = params->connections.message_max;
	ua_intake_start(&handlers, ua->message_max);
	ua_outlet_start();
}
