/* Events to a stream of Redis. See broker.h. */
#include "config.h"
#include "daemon/api/publish/broker.h"

#ifdef HAVE_REDIS

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_S = 5, ANSWER_S = 10, PART_SIZE = 256 };

struct state {
	redisContext *redis;
	const struct conf_bus *conf;
};

/* "redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]" */
struct address {
	char user[PART_SIZE], password[PART_SIZE], host[PART_SIZE];
	int port, database;
};

static bool copy(char out[PART_SIZE], const char *from, size_t length)
{
	if (length >= PART_SIZE)
		return false;
	memcpy(out, from, length);
	out[length] = '\0';
	return true;
}

static bool read_address(struct address *out, const char *url)
{
	const char *at, *colon, *end;
	bool fits = true;

	*out = (struct address){ .port = 6379 };
	if (strncmp(url, "redis://", 8) != 0)
		return false;
	url += 8;
	at = strrchr(url, '@');
	if (at) {
		colon = memchr(url, ':', (size_t)(at - url));
		fits = copy(out->user, url, (size_t)((colon ? colon : at) - url)) &&
		       (!colon || copy(out->password, colon + 1, (size_t)(at - colon - 1)));
		url = at + 1;
	}
	end = url + strcspn(url, "/");
	if (*end == '/')
		out->database = atoi(end + 1);
	if (*url == '[') {
		colon = memchr(url, ']', (size_t)(end - url));
		fits = fits && colon && copy(out->host, url + 1, (size_t)(colon - url - 1));
		colon = colon && colon[1] == ':' ? colon + 1 : NULL;
	} else {
		colon = memchr(url, ':', (size_t)(end - url));
		fits = fits && copy(out->host, url, (size_t)((colon ? colon : end) - url));
	}
	if (colon)
		out->port = atoi(colon + 1);
	return fits && out->host[0] && out->port > 0 && out->port < 65536;
}

/* False: `error` says why. Takes the reply. */
static bool is_good(const struct state *state, redisReply *reply, char error[BROKER_ERROR_SIZE])
{
	bool good = reply && reply->type != REDIS_REPLY_ERROR;

	if (!good)
		snprintf(error, BROKER_ERROR_SIZE, "It says: %.150s.",
			 reply ? reply->str : state->redis->errstr);
	freeReplyObject(reply);
	return good;
}

static void close_redis(void *arg)
{
	struct state *state = arg;

	if (state->redis)
		redisFree(state->redis);
	free(state);
}

static bool sign_in(const struct state *state, const struct address *address, char error[BROKER_ERROR_SIZE])
{
	redisReply *reply;

	if (address->password[0]) {
		reply = address->user[0]
			    ? redisCommand(state->redis, "AUTH %s %s", address->user, address->password)
			    : redisCommand(state->redis, "AUTH %s", address->password);
		if (!is_good(state, reply, error))
			return false;
	}
	return !address->database ||
	       is_good(state, redisCommand(state->redis, "SELECT %d", address->database), error);
}

static void *open_redis(const struct conf_bus *conf, char error[BROKER_ERROR_SIZE])
{
	struct state *state = calloc(1, sizeof *state);
	struct address address;
	bool good = state && read_address(&address, conf->redis);

	snprintf(error, BROKER_ERROR_SIZE,
		 state ? "Its address cannot be read." : "There is no memory left.");
	if (good) {
		state->conf = conf;
		state->redis = redisConnectWithTimeout(address.host, address.port,
						       (struct timeval){ .tv_sec = CONNECT_S });
		good = state->redis && !state->redis->err;
		snprintf(error, BROKER_ERROR_SIZE, "It cannot be connected to: %.150s.",
			 state->redis ? state->redis->errstr : "no memory");
	}
	if (good)
		good = redisSetTimeout(state->redis, (struct timeval){ .tv_sec = ANSWER_S }) == REDIS_OK &&
		       sign_in(state, &address, error);
	explicit_bzero(&address, sizeof address);
	if (good)
		return state;
	if (state)
		close_redis(state);
	return NULL;
}

static int send_redis(void *arg, const struct broker_message *messages, size_t count,
		      char error[BROKER_ERROR_SIZE])
{
	struct state *state = arg;
	redisReply *reply;
	bool good = true;

	for (size_t i = 0; i < count; i++)
		redisAppendCommand(state->redis, "XADD %s MAXLEN ~ %llu * id %s subject %s event %b",
				   state->conf->key, (unsigned long long)state->conf->max_length,
				   messages[i].id, messages[i].subject, messages[i].text, messages[i].length);
	for (size_t i = 0; i < count && good; i++) {
		reply = NULL;
		good = redisGetReply(state->redis, (void **)&reply) == REDIS_OK;
		good = is_good(state, good ? reply : NULL, error);
	}
	return good ? 0 : EIO;
}

static const struct broker redis = { "redis", open_redis, send_redis, close_redis };
const struct broker *const broker_redis = &redis;

#else

const struct broker *const broker_redis = NULL;

#endif
