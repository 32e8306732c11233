/* Events to NATS JetStream. See broker.h. */
#include "config.h"
#include "daemon/api/publish/broker.h"

#ifdef HAVE_NATS

#include <errno.h>
#include <nats/nats.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONNECT_MS = 5000, KEEP_MS = 10000 };

#define DUPLICATES_NS INT64_C(600000000000) /* JetStream knows an id again for ten minutes */

struct state {
	natsConnection *connection;
	jsCtx *jetstream;
	atomic_bool refused; /* one of those that were published last; a thread of the library's sets it */
};

static void on_refused(jsCtx *jetstream, jsPubAckErr *refusal, void *arg)
{
	struct state *state = arg;

	(void)jetstream, (void)refusal;
	atomic_store(&state->refused, true);
}

static void fail(char error[BROKER_ERROR_SIZE], const char *what, natsStatus status)
{
	snprintf(error, BROKER_ERROR_SIZE, "%s: %s.", what, natsStatus_GetText(status));
}

static void close_nats(void *arg)
{
	struct state *state = arg;

	jsCtx_Destroy(state->jetstream);
	natsConnection_Destroy(state->connection);
	free(state);
}

static natsStatus connect_to(natsConnection **out, const char *url)
{
	natsOptions *options = NULL;
	natsStatus s = natsOptions_Create(&options);

	if (s == NATS_OK)
		s = natsOptions_SetURL(options, url);
	if (s == NATS_OK)
		s = natsOptions_SetTimeout(options, CONNECT_MS);
	if (s == NATS_OK)
		s = natsOptions_SetAllowReconnect(options, false); /* the publisher sees to that */
	if (s == NATS_OK)
		s = natsOptions_SetName(options, "offhook-api");
	if (s == NATS_OK)
		s = natsConnection_Connect(out, options);
	natsOptions_Destroy(options);
	return s;
}

/* The stream that takes our subjects: ours is made where there is none; one that an admin has made stays as
 * it is. */
static natsStatus need_stream(jsCtx *jetstream, const struct conf_bus *conf, char error[BROKER_ERROR_SIZE])
{
	char all[256];
	const char *subjects[] = { all };
	jsStreamConfig stream;
	jsErrCode code = 0;
	jsStreamInfo *info = NULL;
	natsStatus s = js_GetStreamInfo(&info, jetstream, conf->stream, NULL, &code);

	jsStreamInfo_Destroy(info);
	if (s == NATS_OK)
		return s;
	snprintf(all, sizeof all, "%s.>", conf->subject);
	jsStreamConfig_Init(&stream);
	stream.Name = conf->stream;
	stream.Subjects = subjects;
	stream.SubjectsLen = 1;
	stream.Storage = js_FileStorage;
	stream.Discard = js_DiscardOld;
	stream.MaxMsgs = (int64_t)conf->max_length;
	stream.Duplicates = DUPLICATES_NS;
	s = js_AddStream(NULL, jetstream, &stream, NULL, &code);
	if (s != NATS_OK)
		snprintf(error, BROKER_ERROR_SIZE,
			 "There is no stream %.60s, and it cannot be made: %s (JetStream's code %d).",
			 conf->stream, natsStatus_GetText(s), (int)code);
	return s;
}

static void *open_nats(const struct conf_bus *conf, char error[BROKER_ERROR_SIZE])
{
	struct state *state = calloc(1, sizeof *state);
	jsOptions options;
	natsStatus s;

	if (!state) {
		snprintf(error, BROKER_ERROR_SIZE, "There is no memory left.");
		return NULL;
	}
	s = connect_to(&state->connection, conf->nats);
	if (s != NATS_OK)
		fail(error, "It cannot be connected to", s);
	if (s == NATS_OK) {
		jsOptions_Init(&options);
		options.PublishAsync.ErrHandler = on_refused;
		options.PublishAsync.ErrHandlerClosure = state;
		s = natsConnection_JetStream(&state->jetstream, state->connection, &options);
		if (s != NATS_OK)
			fail(error, "It has no JetStream", s);
		else
			s = need_stream(state->jetstream, conf, error);
	}
	if (s == NATS_OK)
		return state;
	close_nats(state);
	return NULL;
}

static int send_nats(void *arg, const struct broker_message *messages, size_t count,
		     char error[BROKER_ERROR_SIZE])
{
	struct state *state = arg;
	natsStatus s = NATS_OK;
	jsPubOptions options;

	atomic_store(&state->refused, false);
	for (size_t i = 0; i < count && s == NATS_OK; i++) {
		jsPubOptions_Init(&options);
		options.MsgId = messages[i].id;
		s = js_PublishAsync(state->jetstream, messages[i].subject, messages[i].text,
				    (int)messages[i].length, &options);
	}
	jsPubOptions_Init(&options);
	options.MaxWait = KEEP_MS;
	if (s == NATS_OK)
		s = js_PublishAsyncComplete(state->jetstream, &options);
	if (s == NATS_OK && atomic_load(&state->refused))
		s = NATS_ERR;
	if (s != NATS_OK)
		fail(error, "It has not kept all that was published", s);
	return s == NATS_OK ? 0 : EIO;
}

static const struct broker nats = { "nats", open_nats, send_nats, close_nats };
const struct broker *const broker_nats = &nats;

#else

const struct broker *const broker_nats = NULL;

#endif
