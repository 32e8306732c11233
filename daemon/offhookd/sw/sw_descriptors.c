/* What each part may have of our descriptors, so that connections never take those of calls. See
 * sw_private.h. */
#include "daemon/offhookd/sw/sw_private.h"

#include "lib/log.h"

#include <sys/resource.h>

enum {
	OTHERS = 64,	       /* listeners, control clients, journal, timers */
	FOR_CONNECTIONS = 4,   /* a quarter of the rest */
	OF_SESSION = 2,	       /* RTP and RTCP */
	LIMIT_MAX = 100000000, /* more than any table of ours */
};

/* How many there are but for the others'. */
static size_t descriptors(void)
{
	struct rlimit limit;
	size_t all = LIMIT_MAX;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < LIMIT_MAX)
		all = (size_t)limit.rlim_cur;
	return all - (all / 4 < OTHERS ? all / 4 : OTHERS);
}

static size_t at_most(size_t wanted, size_t max)
{
	return wanted < max ? wanted : max;
}

/* Calls, or the phones of one office, may not find what conf allows them. (max-connections is more than most
 * ever need.) */
static bool is_scarce(const struct conf *conf, const struct ua_connection_limits *limits)
{
	size_t ports = (size_t)(conf->rtp.port_max - conf->rtp.port_min + 1) / 2;

	return limits->max_of_source < conf->sip.max_connections_of_source ||
	       sw_max_sessions(conf) < at_most(conf->sip.max_calls, ports);
}

struct ua_connection_limits sw_connection_limits(const struct conf *conf)
{
	size_t max = descriptors() / FOR_CONNECTIONS;
	struct ua_connection_limits limits = { .max = at_most(conf->sip.max_connections, max),
					       .max_of_source =
						   at_most(conf->sip.max_connections_of_source, max / 2),
					       .message_ms = conf->sip.message_timeout_ms,
					       .idle_s = conf->sip.idle_timeout_s,
					       .message_max = conf->sip.max_message_size };

	if (limits.max_of_source == 0)
		limits.max_of_source = 1;
	if (is_scarce(conf, &limits))
		log_info("sip.few_descriptors", NULL, "connections=%zu of_source=%zu sessions=%zu why=%s",
			 limits.max, limits.max_of_source, sw_max_sessions(conf),
			 log_quote("the limit of open files (ulimit -n, LimitNOFILE) allows no more"));
	return limits;
}

size_t sw_max_sessions(const struct conf *conf)
{
	size_t free = descriptors(), ports = (size_t)(conf->rtp.port_max - conf->rtp.port_min + 1) / 2;

	return at_most(ports, (free - free / FOR_CONNECTIONS) / OF_SESSION);
}
