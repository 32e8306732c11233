/* See leg.h. */
#include "daemon/offhookd/testtrunk/leg.h"

#include "daemon/offhookd/testtrunk/number.h"
#include "daemon/offhookd/testtrunk/offer.h"
#include "daemon/offhookd/testtrunk/stream.h"
#include "lib/random.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	T1_MS = 500, /* RFC 3261 section 17.1.1.2 */
	T2_MS = 4000,
	GIVE_UP_MS = 64 * T1_MS,
	LINGER_MS = 5000,	   /* for requests that come again when all is over */
	LIFE_MS = 4 * 3600 * 1000, /* of a call whose caller has forgotten it */
	TAG_BYTES = 8,
};

enum state { RINGING, DECLINED, UP, ENDING, OVER };

struct test_leg {
	UT_hash_handle hh;
	const struct test_line *line;
	char call_id[TEST_CALL_ID_MAX];
	enum state state;
	struct test_plan plan;
	char tag[2 * TAG_BYTES + 1];
	unsigned sdp_version;
	struct sockaddr_storage peer;
	char *invite; /* the newest, as it came, and what it says */
	struct test_message asked;
	bool open;  /* its final response waits for an ACK */
	char *sent; /* what is sent again until it is answered: a final response or a BYE */
	size_t sent_size;
	bool again; /* it is */
	unsigned pause_ms;
	int64_t again_us, give_up_us;		  /* when next, and when no more */
	int64_t answer_us, hang_up_us, forget_us; /* 0: never */
	struct test_stream stream;
};

static int64_t later(int64_t now_us, unsigned ms)
{
	return now_us + (int64_t)ms * 1000;
}

/* ---- sending ---- */

static void transmit(const struct test_line *line, const struct sockaddr_storage *to, const char *bytes,
		     size_t size)
{
	socklen_t to_size =
	    to->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
	ssize_t n = sendto(line->fd, bytes, size, 0, (const struct sockaddr *)to, to_size);

	(void)n; /* lost, as on any network: what matters is sent again */
}

static void reply(const struct test_line *line, const struct test_received *in,
		  const struct test_response *response)
{
	char out[TEST_MESSAGE_MAX];
	size_t size = test_message_respond(out, sizeof out, &in->message, response);

	if (size)
		transmit(line, &in->from, out, size);
}

void test_line_reply(const struct test_line *line, const struct test_received *in, int code)
{
	char tag[2 * TAG_BYTES + 1];

	reply(line, in, &(struct test_response){ .code = code, .tag = random_hex(tag, TAG_BYTES) });
}

/* Sends leg->sent, and again until it is answered. */
static void send_until_answered(struct test_leg *leg, int64_t now_us)
{
	leg->again = true;
	leg->pause_ms = T1_MS;
	leg->again_us = later(now_us, T1_MS);
	leg->give_up_us = later(now_us, GIVE_UP_MS);
	transmit(leg->line, &leg->peer, leg->sent, leg->sent_size);
}

/* To the INVITE. A final one is kept for when that comes again. */
static void respond(struct test_leg *leg, int code, const char *sdp, int64_t now_us)
{
	struct test_response response = { code, leg->tag, leg->line->contact, sdp };

	leg->sent_size = test_message_respond(leg->sent, TEST_MESSAGE_MAX, &leg->asked, &response);
	if (code < 200) {
		transmit(leg->line, &leg->peer, leg->sent, leg->sent_size);
		return;
	}
	leg->open = true;
	send_until_answered(leg, now_us);
}

/* ---- its end ---- */

static void finish(struct test_leg *leg, int64_t now_us)
{
	leg->state = OVER;
	leg->again = leg->open = false;
	leg->answer_us = leg->hang_up_us = 0;
	leg->forget_us = later(now_us, LINGER_MS);
	test_stream_close(&leg->stream);
}

static void decline(struct test_leg *leg, int code, int64_t now_us)
{
	leg->state = DECLINED;
	leg->answer_us = 0;
	respond(leg, code, NULL, now_us);
}

static void hang_up(struct test_leg *leg, int64_t now_us)
{
	const struct test_message *m = &leg->asked;
	struct test_text to = m->contact.length ? m->contact : (struct test_text){ "sip:caller", 10 };
	char branch[2 * TAG_BYTES + 1], tag[2 * TAG_BYTES + 6] = "";
	int n;

	leg->hang_up_us = 0;
	if (!m->in_dialog)
		snprintf(tag, sizeof tag, ";tag=%s", leg->tag);
	n = snprintf(leg->sent, TEST_MESSAGE_MAX,
		     "BYE %.*s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nMax-Forwards: 70\r\n"
		     "From: %.*s%s\r\nTo: %.*s\r\nCall-ID: %s\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
		     (int)to.length, to.text, leg->line->contact, random_hex(branch, TAG_BYTES),
		     (int)m->to.length, m->to.text, tag, (int)m->from.length, m->from.text, leg->call_id);
	if (n < 0 || n >= TEST_MESSAGE_MAX) {
		finish(leg, now_us);
		return;
	}
	leg->sent_size = (size_t)n;
	leg->open = false;
	leg->state = ENDING;
	test_stream_close(&leg->stream);
	send_until_answered(leg, now_us);
}

/* ---- its beginning ---- */

/* Keeps an INVITE: what follows is about it. Returns 0, EBADMSG or ENOMEM. */
static int keep_invite(struct test_leg *leg, const struct test_received *in)
{
	char *copy = malloc(in->size + 1);
	int err;

	if (!copy)
		return ENOMEM;
	memcpy(copy, in->bytes, in->size);
	copy[in->size] = '\0';
	free(leg->invite);
	leg->invite = copy;
	leg->peer = in->from;
	err = test_message_read(&leg->asked, copy, in->size);
	leg->open = false;
	return err;
}

/* Answers the INVITE with our audio. False: it was declined instead. */
static bool answer(struct test_leg *leg, int64_t now_us)
{
	bool asked = leg->asked.body.length > 0;
	struct test_offer offer;
	char sdp[TEST_SDP_MAX];

	if (asked && test_offer_read(&offer, leg->asked.body)) {
		respond(leg, 488, NULL, now_us);
		return false;
	}
	if (leg->stream.rtp < 0 &&
	    test_stream_open(&leg->stream, &leg->plan, asked ? &offer.rtp : NULL, &leg->line->address)) {
		respond(leg, 503, NULL, now_us);
		return false;
	}
	test_offer_write(sdp, asked ? &offer : NULL, &leg->stream.local, ++leg->sdp_version);
	respond(leg, 200, sdp, now_us);
	if (asked)
		test_stream_set(&leg->stream, &offer, now_us);
	return true;
}

static void pick_up(struct test_leg *leg, int64_t now_us)
{
	leg->answer_us = 0;
	if (!answer(leg, now_us)) {
		leg->state = DECLINED;
		return;
	}
	leg->state = UP;
	if (leg->plan.hang_up_ms)
		leg->hang_up_us = later(now_us, leg->plan.hang_up_ms);
}

static int leg_alloc(struct test_leg **out, const struct test_line *line, const struct test_received *in)
{
	struct test_leg *leg;
	int err = ENOMEM;

	if (in->message.call_id.length >= TEST_CALL_ID_MAX)
		return EBADMSG;
	leg = calloc(1, sizeof *leg);
	if (!leg)
		return ENOMEM;
	leg->line = line;
	leg->stream.rtp = leg->stream.rtcp = -1;
	memcpy(leg->call_id, in->message.call_id.text, in->message.call_id.length);
	random_hex(leg->tag, TAG_BYTES);
	leg->plan = test_plan_of(in->message.user);
	leg->sent = malloc(TEST_MESSAGE_MAX);
	if (leg->sent)
		err = keep_invite(leg, in);
	if (err) {
		free(leg->sent);
		free(leg->invite);
		free(leg);
		return err;
	}
	*out = leg;
	return 0;
}

int test_leg_add(struct test_legs *legs, const struct test_line *line, const struct test_received *invite,
		 int64_t now_us)
{
	struct test_leg *leg;
	int err = leg_alloc(&leg, line, invite);

	if (err)
		return err;
	HASH_ADD_KEYPTR(hh, legs->by_call_id, leg->call_id, strlen(leg->call_id), leg);
	leg->forget_us = later(now_us, LIFE_MS);
	if (leg->plan.code) {
		decline(leg, leg->plan.code, now_us);
		return 0;
	}
	respond(leg, 180, NULL, now_us);
	if (leg->plan.answers)
		leg->answer_us = later(now_us, leg->plan.ring_ms);
	return 0;
}

/* ---- requests within it ---- */

static void take_invite(struct test_leg *leg, const struct test_received *in, int64_t now_us)
{
	if (in->message.cseq == leg->asked.cseq) {
		if (leg->state == RINGING || leg->open)
			transmit(leg->line, &leg->peer, leg->sent, leg->sent_size);
		return;
	}
	if (leg->state != UP || leg->open || !in->message.in_dialog || in->message.cseq < leg->asked.cseq ||
	    keep_invite(leg, in)) {
		test_line_reply(leg->line, in, leg->state == OVER ? 481 : 500);
		return;
	}
	answer(leg, now_us);
}

static void take_ack(struct test_leg *leg, const struct test_received *in, int64_t now_us)
{
	struct test_offer accepted;

	if (!leg->open || in->message.cseq != leg->asked.cseq)
		return;
	leg->open = leg->again = false;
	if (leg->state == DECLINED)
		finish(leg, now_us);
	else if (!leg->asked.body.length && in->message.body.length &&
		 !test_offer_read(&accepted, in->message.body))
		test_stream_set(&leg->stream, &accepted, now_us);
}

static void take_cancel(struct test_leg *leg, const struct test_received *in, int64_t now_us)
{
	bool is_its = in->message.cseq == leg->asked.cseq;

	test_line_reply(leg->line, in, is_its ? 200 : 481);
	if (is_its && leg->state == RINGING)
		decline(leg, 487, now_us);
}

static void take_bye(struct test_leg *leg, const struct test_received *in, int64_t now_us)
{
	bool over = leg->state != UP && leg->state != ENDING;

	test_line_reply(leg->line, in, leg->state == RINGING || leg->state == DECLINED ? 481 : 200);
	if (!over)
		finish(leg, now_us);
}

static void take_update(struct test_leg *leg, const struct test_received *in, int64_t now_us)
{
	struct test_offer offer;
	char sdp[TEST_SDP_MAX];

	if (leg->state != UP || !in->message.body.length) {
		test_line_reply(leg->line, in, leg->state == UP ? 200 : 481);
		return;
	}
	if (test_offer_read(&offer, in->message.body)) {
		test_line_reply(leg->line, in, 488);
		return;
	}
	test_offer_write(sdp, &offer, &leg->stream.local, ++leg->sdp_version);
	reply(leg->line, in, &(struct test_response){ 200, leg->tag, leg->line->contact, sdp });
	test_stream_set(&leg->stream, &offer, now_us);
}

void test_leg_take(struct test_leg *leg, const struct test_received *in, int64_t now_us)
{
	const struct test_message *m = &in->message;

	if (m->status) {
		if (m->status >= 200 && leg->state == ENDING && strcmp(m->method, "BYE") == 0)
			finish(leg, now_us);
	} else if (strcmp(m->method, "INVITE") == 0) {
		take_invite(leg, in, now_us);
	} else if (strcmp(m->method, "ACK") == 0) {
		take_ack(leg, in, now_us);
	} else if (strcmp(m->method, "CANCEL") == 0) {
		take_cancel(leg, in, now_us);
	} else if (strcmp(m->method, "BYE") == 0) {
		take_bye(leg, in, now_us);
	} else if (strcmp(m->method, "UPDATE") == 0) {
		take_update(leg, in, now_us);
	} else {
		bool known = strcmp(m->method, "INFO") == 0 || strcmp(m->method, "OPTIONS") == 0;

		test_line_reply(leg->line, in, known ? 200 : 405);
	}
}

/* ---- time, and all of them ---- */

static void tick(struct test_leg *leg, int64_t now_us)
{
	if (leg->answer_us && now_us >= leg->answer_us)
		pick_up(leg, now_us);
	if (leg->hang_up_us && !leg->open &&
	    now_us >= leg->hang_up_us) /* RFC 3261 section 15: not before the ACK */
		hang_up(leg, now_us);
	if (leg->again && now_us >= leg->give_up_us) {
		finish(leg, now_us); /* the other side has gone */
	} else if (leg->again && now_us >= leg->again_us) {
		leg->pause_ms = leg->pause_ms * 2 > T2_MS ? T2_MS : leg->pause_ms * 2;
		leg->again_us = later(now_us, leg->pause_ms);
		transmit(leg->line, &leg->peer, leg->sent, leg->sent_size);
	}
	test_stream_tick(&leg->stream, now_us);
}

struct test_leg *test_leg_find(const struct test_legs *legs, struct test_text call_id)
{
	struct test_leg *leg;

	HASH_FIND(hh, legs->by_call_id, call_id.text, call_id.length, leg);
	return leg;
}

size_t test_leg_count(const struct test_legs *legs)
{
	return HASH_COUNT(legs->by_call_id);
}

static void forget(struct test_legs *legs, struct test_leg *leg)
{
	HASH_DEL(legs->by_call_id, leg);
	test_stream_close(&leg->stream);
	free(leg->sent);
	free(leg->invite);
	free(leg);
}

void test_legs_tick(struct test_legs *legs, int64_t now_us)
{
	struct test_leg *leg, *next;

	HASH_ITER(hh, legs->by_call_id, leg, next)
	{
		tick(leg, now_us);
		if (now_us >= leg->forget_us)
			forget(legs, leg);
	}
}

void test_legs_free(struct test_legs *legs)
{
	struct test_leg *leg, *next;

	HASH_ITER(hh, legs->by_call_id, leg, next)
	forget(legs, leg);
}
