#include "daemon/offhookd/stream/streams.h"

#include "daemon/offhookd/stream/peer.h"
#include "daemon/offhookd/stream/protocol.h"
#include "daemon/offhookd/stream/thread.h"
#include "daemon/offhookd/stream/wish.h"
#include "lib/json_text.h"
#include "lib/log.h"
#include "lib/ref.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

struct call_streams;

/* One; named apart from media's own struct stream. */
struct media_stream {
	TAILQ_ENTRY(media_stream) of_all, of_call;
	struct streams *all;
	struct call *call; /* held */
	struct call_streams *of;
	char id[UUID_TEXT_SIZE];
	char *name, *url;
	struct media_tap *tap;
	uint64_t peer; /* its number on the thread */
	bool started;
	bool hears; /* its program recognises speech */
	const struct stream_far *far; /* it is the call's far end; or NULL */
};

TAILQ_HEAD(stream_list, media_stream);

/* What a call with streams has. */
struct call_streams {
	struct call_owner owner; /* must be first */
	struct stream_list list;
	bool over; /* the call is: its media is gone */
};

struct streams {
	const struct conf *conf;
	struct stream_thread *thread; /* NULL: none yet */
	struct mailbox mailbox;
	struct event *event;
	struct stream_list list;
	uint64_t begun, ended, failed;
	struct peer_counts totals; /* of those that have ended */
};

/* ---- of a call ---- */

static void on_digit(struct call_owner *owner, struct call *call, char digit, unsigned duration_ms)
{
	struct call_streams *cs = (struct call_streams *)owner;
	struct media_stream *s;

	(void)call;
	TAILQ_FOREACH(s, &cs->list, of_call)
		if (!s->far) /* that pressed it */
			stream_thread_digit(s->all->thread, s->peer, digit, duration_ms);
}

/* For a program that is the far end. Pauses mean nothing to it. */
static void on_pressed(struct call_owner *owner, const char *digits, unsigned duration_ms)
{
	struct call_streams *cs = (struct call_streams *)owner;
	struct media_stream *s;

	TAILQ_FOREACH(s, &cs->list, of_call)
		for (const char *digit = digits; s->far && *digit; digit++)
			if (*digit != 'w' && *digit != 'W')
				stream_thread_digit(s->all->thread, s->peer, *digit, duration_ms);
}

/* The taps notice by themselves. */
static void on_ended(struct call_owner *owner, struct call *call, const struct call_why *why)
{
	struct call_streams *cs = (struct call_streams *)owner;
	(void)call, (void)why;
	cs->over = true;
	if (TAILQ_EMPTY(&cs->list))
		free(cs);
}

static bool is_beside(const struct call_streams *cs)
{
	const struct media_stream *s = TAILQ_FIRST(&cs->list);

	return !s || !s->far || TAILQ_NEXT(s, of_call);
}

static void write_streams(const struct call_owner *owner, struct json_text *out)
{
	const struct call_streams *cs = (const struct call_streams *)owner;
	const struct media_stream *s;

	if (!is_beside(cs))
		return;
	json_text_array_open(out, "streams");
	TAILQ_FOREACH(s, &cs->list, of_call) {
		if (s->far)
			continue;
		json_t *one = json_pack("{s:s,s:s,s:b}", "id", s->id, "name", s->name ? s->name : "",
					"started", s->started);
		char *text = one ? json_dumps(one, JSON_COMPACT) : NULL;

		if (text)
			json_text_element(out, text, strlen(text));
		free(text);
		json_decref(one);
	}
	json_text_array_close(out);
}

static const struct call_owner_ops ops = {
	.digit = on_digit, .pressed = on_pressed, .ended = on_ended, .write = write_streams
};

static struct call_streams *of_call(struct call *call)
{
	return (struct call_streams *)call_owner_with(call, &ops);
}

static struct call_streams *need_streams(struct call *call)
{
	struct call_streams *cs = of_call(call);

	if (cs)
		return cs;
	cs = calloc(1, sizeof *cs);
	if (!cs)
		return NULL;
	TAILQ_INIT(&cs->list);
	call_own(call, &cs->owner, &ops);
	return cs;
}

static struct media_stream *find(const struct call_streams *cs, const char *which)
{
	struct media_stream *s;

	TAILQ_FOREACH(s, &cs->list, of_call)
		if (!s->far && (!strcmp(s->id, which) || (s->name && !strcmp(s->name, which))))
			return s;
	return NULL;
}

/* ---- life ---- */

static void stream_free(struct media_stream *s)
{
	free(s->name);
	free(s->url);
	free(s);
}

/* Takes it off its call; what the call has for streams goes with the last. */
static void take_off(struct call_streams *cs, struct media_stream *s)
{
	TAILQ_REMOVE(&cs->list, s, of_call);
	if (!TAILQ_EMPTY(&cs->list))
		return;
	if (!cs->over)
		call_disown(s->call, &cs->owner);
	free(cs);
}

static json_t *counts_json(const struct peer_counts *c)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:i}", "sent_bytes", (json_int_t)c->sent_bytes, "received_bytes",
			 (json_int_t)c->received_bytes, "dropped_ms", (json_int_t)c->dropped_ms,
			 "unplayed_ms", (json_int_t)c->unplayed_ms, "connect_ms", (int)c->connect_ms);
}

static void publish(struct media_stream *s, const char *state, const struct peer_report *r)
{
	json_t *stream;

	if (s->far) /* what becomes of it is what becomes of the call */
		return;
	stream = json_pack("{s:s,s:s,s:s}", "id", s->id, "url", s->url, "state", state);
	if (s->name)
		json_object_set_new(stream, "name", json_string(s->name));
	if (r && r->why != PEER_FINE) {
		json_object_set_new(stream, "why", json_string(peer_error_name(r->why)));
		json_object_set_new(stream, "error", json_string(r->error));
	}
	if (r && r->status)
		json_object_set_new(stream, "status", json_integer(r->status));
	if (r)
		json_object_update_new(stream, counts_json(&r->counts));
	call_publish(s->call, "call.stream", json_pack("{s:o}", "stream", stream));
}

/* The far end's own going is an end like any other once it has stood; before that, and where the connection
 * broke, it failed. */
static const char *end_of(const struct media_stream *s, const struct peer_report *r)
{
	bool stopped = r->why == PEER_FINE || (s->started && r->why == PEER_CLOSED);

	return stopped ? "stopped" : "failed";
}

static void count_end(struct streams *all, bool failed, const struct peer_counts *counts)
{
	all->ended++;
	all->failed += failed;
	all->totals.sent_bytes += counts->sent_bytes;
	all->totals.received_bytes += counts->received_bytes;
	all->totals.dropped_ms += counts->dropped_ms;
	all->totals.unplayed_ms += counts->unplayed_ms;
}

json_t *streams_report(const struct streams *all)
{
	const struct peer_counts *t = &all->totals;

	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "active", (json_int_t)(all->begun - all->ended),
			 "begun", (json_int_t)all->begun, "failed", (json_int_t)all->failed, "sent_bytes",
			 (json_int_t)t->sent_bytes, "received_bytes", (json_int_t)t->received_bytes,
			 "dropped_ms", (json_int_t)t->dropped_ms, "unplayed_ms", (json_int_t)t->unplayed_ms);
}

static void on_end(struct media_stream *s, struct call_streams *cs, const struct peer_report *r)
{
	struct call *call = s->call;

	log_info("call.stream_ended", call->id,
		 "stream=%s why=%s error=%s sent=%llu received=%llu dropped_ms=%llu", s->id,
		 peer_error_name(r->why), log_quote(r->error), (unsigned long long)r->counts.sent_bytes,
		 (unsigned long long)r->counts.received_bytes, (unsigned long long)r->counts.dropped_ms);
	if (!cs->over && call->media)
		media_session_untap(call->media, s->tap);
	TAILQ_REMOVE(&s->all->list, s, of_all);
	count_end(s->all, strcmp(end_of(s, r), "failed") == 0, &r->counts);
	take_off(cs, s);
	publish(s, end_of(s, r), r);
	if (s->far && r->why != PEER_FINE)
		s->far->gone(call, r->why, r->status, r->error);
	stream_free(s);
	ref_drop(call);
}

/* What was recognised, with the stream's id. */
static void publish_words(const struct media_stream *s, const char *text)
{
	json_t *speech = text ? json_loads(text, 0, NULL) : NULL;

	if (speech)
		json_object_set_new(speech, "id", json_string(s->id));
	if (speech)
		call_publish(s->call, "call.speech", json_pack("{s:o}", "speech", speech));
}

static void on_report(struct mail *mail, void *owner)
{
	struct peer_report *r = (struct peer_report *)mail;
	struct media_stream *s = r->about;

	(void)owner;
	switch (r->kind) {
	case PEER_STARTED:
		s->started = true;
		log_info("call.stream_started", s->call->id, "stream=%s connect_ms=%u", s->id,
			 r->counts.connect_ms);
		publish(s, "started", r);
		if (s->far)
			s->far->started(s->call);
		break;
	case PEER_SPOKE:
		call_publish(
		    s->call, "call.stream_message",
		    json_pack("{s:{s:s,s:s}}", "stream", "id", s->id, "text", r->text ? r->text : ""));
		break;
	case PEER_WORDS:
		publish_words(s, r->text);
		break;
	case PEER_STRANGE:
		log_info("call.stream_strange", s->call->id, "stream=%s what=%s", s->id, log_quote(r->error));
		publish(s, "strange", r);
		break;
	case PEER_ENDED:
		on_end(s, s->of, r);
		break;
	}
	peer_report_free(r);
}

static void on_mail(evutil_socket_t fd, short what, void *arg)
{
	struct streams *all = arg;

	(void)fd, (void)what;
	mailbox_run(&all->mailbox, all);
}

int streams_alloc(struct streams **out, struct event_base *base, const struct conf *conf)
{
	struct streams *all = calloc(1, sizeof *all);
	int err;

	if (!all)
		return ENOMEM;
	TAILQ_INIT(&all->list);
	all->conf = conf;
	err = mailbox_open(&all->mailbox);
	if (err) {
		free(all);
		return err;
	}
	all->event = event_new(base, all->mailbox.fd, EV_READ | EV_PERSIST, on_mail, all);
	if (!all->event || event_add(all->event, NULL)) {
		streams_free(all);
		return ENOMEM;
	}
	*out = all;
	return 0;
}

void streams_set_conf(struct streams *all, const struct conf *conf)
{
	all->conf = conf;
}

void streams_stop(struct streams *all)
{
	struct media_stream *s;

	if (!all)
		return;
	stream_thread_stop(all->thread);
	mailbox_run(&all->mailbox, all); /* last words */
	while ((s = TAILQ_FIRST(&all->list)) != NULL) {
		TAILQ_REMOVE(&all->list, s, of_all);
		take_off(s->of, s);
		ref_drop(s->call);
		stream_free(s);
	}
}

void streams_free(struct streams *all)
{
	if (!all)
		return;
	stream_thread_close(all->thread);
	if (all->event)
		event_free(all->event);
	mailbox_close(&all->mailbox);
	free(all);
}

/* ---- beginning ---- */

static int need_thread(struct streams *all)
{
	return all->thread ? 0 : stream_thread_start(&all->thread, all->conf, &all->mailbox, on_report);
}

/* The tap, and a peer that has it. */
static int make_peer(struct media_stream *s, const struct stream_wish *w)
{
	struct peer_setup setup = { 0 };
	struct peer *peer;
	int err = stream_wish_fill(&setup, w, s->all->conf);

	if (!err)
		err =
		    media_session_tap(&s->tap, s->call->media, w->speaks, stream_thread_bell(s->all->thread));
	if (err) {
		peer_setup_clear(&setup);
		return err;
	}
	peer = peer_new(&setup, s->tap, s);
	s->peer = peer ? stream_thread_begin(s->all->thread, peer) : 0;
	err = s->peer ? 0 : ENOMEM;
	if (!err)
		return 0;
	media_session_untap(s->call->media, s->tap);
	if (peer) {
		peer_free(peer);
	} else {
		tap_release(s->tap);
		peer_setup_clear(&setup);
	}
	return err;
}

static int make_stream(struct media_stream **out, struct streams *all, struct call *call,
		       const struct stream_wish *w)
{
	struct media_stream *s = calloc(1, sizeof *s);
	int err = 0;

	if (!s)
		return ENOMEM;
	s->all = all;
	s->call = call;
	s->far = w->far;
	s->hears = stream_protocol_find(w->protocol) == &stream_protocol_speech;
	if (w->id)
		snprintf(s->id, sizeof s->id, "%s", w->id);
	else
		random_uuid(s->id);
	s->name = w->name ? strdup(w->name) : NULL;
	s->url = strdup(w->url);
	if (!s->url || (w->name && !s->name))
		err = ENOMEM;
	if (!err)
		err = make_peer(s, w);
	if (err)
		stream_free(s);
	else
		*out = s;
	return err;
}

int stream_begin(struct streams *all, struct call *call, const struct stream_wish *w,
		 char out_id[UUID_TEXT_SIZE])
{
	struct call_streams *cs = of_call(call);
	struct media_stream *s;
	int err;

	if (!call->media)
		return ENOTCONN;
	if (cs && ((w->id && find(cs, w->id)) || (w->name && find(cs, w->name))))
		return EEXIST;
	err = need_thread(all);
	cs = need_streams(call); /* the first thing that may fail: it stays for the next one */
	if (!err)
		err = cs ? make_stream(&s, all, call, w) : ENOMEM;
	if (err)
		return err;
	ref_hold(call);
	s->of = cs;
	TAILQ_INSERT_TAIL(&cs->list, s, of_call);
	TAILQ_INSERT_TAIL(&all->list, s, of_all);
	all->begun++;
	snprintf(out_id, UUID_TEXT_SIZE, "%s", s->id);
	log_info("call.stream", call->id, "stream=%s url=%s protocol=%s", s->id, log_quote(s->url),
		 w->protocol);
	publish(s, "connecting", NULL);
	return 0;
}

int stream_stop(struct call *call, const char *which)
{
	struct call_streams *cs = of_call(call);
	struct media_stream *s;

	if (!cs || (which && !find(cs, which)))
		return which ? ENOENT : 0;
	TAILQ_FOREACH(s, &cs->list, of_call)
		if (!s->far && (which ? find(cs, which) == s : !s->hears))
			stream_thread_end(s->all->thread, s->peer);
	return 0;
}

int stream_say(struct call *call, const char *which, const char *text)
{
	struct call_streams *cs = of_call(call);
	struct media_stream *s = cs ? find(cs, which) : NULL;

	if (!s)
		return ENOENT;
	stream_thread_say(s->all->thread, s->peer, text);
	return 0;
}
