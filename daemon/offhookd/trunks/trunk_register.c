/* See trunk_register.h. */
#include "daemon/offhookd/trunks/trunk_register.h"

#include "daemon/offhookd/trunks/trunk_private.h"
#include "daemon/offhookd/ua/client.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/random.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ANSWER_MS = 8000,
	FIRST_PAUSE_MS = 1000,
	LONGEST_PAUSE_MS = 300000,
	REJECTED_PAUSE_MS = 600000, /* the longest after a refusal, and that after one of our password */
	FIRST_REJECTED_PAUSE_MS = 3000,
	FIRST_FORBIDDEN_PAUSE_MS = 30000, /* some registrars ban those who insist */
	NOT_KEPT_PAUSE_MS = 5000,
	RETRY_AFTER_MAX_S = 3600,
	USUAL_EXPIRES_S = 3600,
	EXPIRES_MAX_S = 7 * 86400,
	TRUNK_MOVED_MAX = 300,
};

struct trunk_registration {
	struct trunk *trunk;
	struct ua_client *client;
	struct event *timer;
	enum trunk_registration_state state;
	char reason[TRUNK_REASON_MAX], line[TRUNK_LINE_SIZE];
	size_t hop, tried; /* server in use; how many have failed in this round */
	unsigned rounds;   /* that have failed */
	unsigned refusals; /* in a row */
	unsigned expires_s;
	int64_t until;		     /* UTC ms; 0: not registered */
	bool redirected;	     /* this attempt has been sent elsewhere (301, 302); once is enough */
	char moved[TRUNK_MOVED_MAX]; /* where to, as a URI; "": nowhere */
	struct ua_hop moved_hops[UA_HOPS_MAX];
	size_t moved_count, moved_at; /* how many they are; the one in use */
	struct ua_lookup *lookup;     /* of where to */
	bool ending;
	void (*done)(void *arg);
	void *done_arg;
};

static void later(struct trunk_registration *r, unsigned ms)
{
	event_add(r->timer, &(struct timeval){ ms / 1000, ms % 1000 * 1000 });
}

/* `ms`, by chance up to a quarter more or less. */
static unsigned about(unsigned ms)
{
	return ms - ms / 4 + random_u32() % (ms / 2 + 1);
}

/* Twice as long each time, up to REJECTED_PAUSE_MS. */
static unsigned pause_after(struct trunk_registration *r, unsigned first_ms)
{
	unsigned ms = r->refusals < 8 ? first_ms << r->refusals : REJECTED_PAUSE_MS;

	r->refusals++;
	return about(ms < REJECTED_PAUSE_MS ? ms : REJECTED_PAUSE_MS);
}

static void set_state(struct trunk_registration *r, enum trunk_registration_state state, const char *reason)
{
	r->state = state;
	snprintf(r->reason, sizeof r->reason, "%s", reason);
	if (state != TRUNK_REGISTERED)
		r->until = 0;
	trunk_update(r->trunk);
}

static void fail_round(struct trunk_registration *r, const struct ua_client_answer *answer);

static void send_register(struct trunk_registration *r, unsigned expires_s)
{
	const struct conf_trunk *conf = r->trunk->conf;
	char uri[300], aor[500], host[260];
	const char *where = conf->domain ? conf->domain : conf->address;
	struct ua_client_request request = {
		.method = "REGISTER",
		.uri = uri,
		.from = aor,
		.to = aor,
		.contact_user = conf->username,
		.contact_line = r->line,
		.expires_s = (long)expires_s,
		.timeout_ms = r->ending ? 1500 : ANSWER_MS,
	};
	int err;

	if (r->trunk->hop_count == 0 && !r->moved[0]) {
		if (r->ending)
			r->done(r->done_arg);
		return; /* trunk_registration_go() comes when there is one */
	}
	if (r->trunk->hop_count)
		r->hop %= r->trunk->hop_count;
	request.hop = r->moved[0] ? r->moved_hops[r->moved_at] : r->trunk->hops[r->hop];
	snprintf(host, sizeof host, "%.*s",
		 (int)(where[0] == '[' ? strcspn(where, "]") + 1 : strcspn(where, ":")), where);
	snprintf(uri, sizeof uri, "sip:%s", where);
	if (r->moved[0])
		request.uri = r->moved;
	snprintf(aor, sizeof aor, "sip:%.200s@%s", conf->username, host);
	err = ua_client_send(r->client, &request);
	if (err && r->ending) {
		r->done(r->done_arg);
	} else if (err) {
		log_warn("trunk.register_failed", NULL, "trunk=%s error=%s", conf->name,
			 log_quote(strerror(err)));
		fail_round(r, &(struct ua_client_answer){ .code = 503, .phrase = strerror(err) });
	}
}

/* All servers have failed. */
static void fail_round(struct trunk_registration *r, const struct ua_client_answer *answer)
{
	char reason[TRUNK_REASON_MAX];
	unsigned pause = LONGEST_PAUSE_MS;

	r->tried = 0;
	if (r->rounds < 9)
		pause = (unsigned)FIRST_PAUSE_MS << r->rounds;
	r->rounds++;
	pause = about(pause > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause);
	if (answer->retry_after_s > 0 && answer->retry_after_s < 3600 &&
	    (unsigned)answer->retry_after_s * 1000 > pause)
		pause = (unsigned)answer->retry_after_s * 1000;
	snprintf(reason, sizeof reason, "Its registrar does not answer: %d %.80s.", answer->code,
		 answer->phrase ? answer->phrase : "");
	later(r, pause);
	set_state(r, TRUNK_REG_UNREACHABLE, reason);
}

/* The registrar has said 200, and that it does not keep our contact. */
static void on_not_kept(struct trunk_registration *r)
{
	log_warn("trunk.not_registered", NULL, "trunk=%s why=%s", r->trunk->conf->name,
		 log_quote("Its registrar answered 200 and keeps nothing."));
	later(r, pause_after(r, NOT_KEPT_PAUSE_MS));
	set_state(r, TRUNK_REJECTED,
		  "Its registrar takes our registration and does not keep it (expires=0).");
}

static void on_good(struct trunk_registration *r, const struct ua_client_answer *answer)
{
	long s = answer->expires_s > 0 ? answer->expires_s : (long)r->expires_s;

	if (s > EXPIRES_MAX_S)
		s = EXPIRES_MAX_S;
	r->rounds = 0;
	r->tried = 0;
	r->refusals = 0;
	r->until = clock_utc_ms() + s * 1000;
	/* at three quarters to nine tenths of it: time for a second try, and not all at the same moment */
	later(r, (unsigned)((unsigned long)s * (750 + random_u32() % 150)));
	log_debug("trunk.registered", NULL, "trunk=%s expires_s=%ld", r->trunk->conf->name, s);
	set_state(r, TRUNK_REGISTERED, "");
}

/* A refusal may last, as that of a wrong password, or soon be over, as that of a contact too many. */
static unsigned rejected_pause(struct trunk_registration *r, const struct ua_client_answer *answer)
{
	long s = answer->retry_after_s;

	if (s > 0)
		return (unsigned)(s < RETRY_AFTER_MAX_S ? s : RETRY_AFTER_MAX_S) * 1000;
	if (answer->code == 401 || answer->code == 407)
		return about(REJECTED_PAUSE_MS);
	return pause_after(r, answer->code == 403 ? FIRST_FORBIDDEN_PAUSE_MS : FIRST_REJECTED_PAUSE_MS);
}

static void on_rejected(struct trunk_registration *r, const struct ua_client_answer *answer)
{
	char reason[TRUNK_REASON_MAX];

	if ((answer->code == 401 || answer->code == 407) && answer->trouble)
		snprintf(reason, sizeof reason, "Its registrar lets nobody in that we could be. %.100s",
			 answer->trouble);
	else if (answer->code == 401 || answer->code == 407)
		snprintf(reason, sizeof reason, "Its registrar does not accept our username and password.");
	else
		snprintf(reason, sizeof reason, "Its registrar refuses us: %d %.80s.", answer->code,
			 answer->phrase ? answer->phrase : "");
	later(r, rejected_pause(r, answer));
	set_state(r, TRUNK_REJECTED, reason);
}

/* ---- a registrar that sends us elsewhere ---- */

static void on_moved_found(const struct ua_hop *hops, size_t count, unsigned ttl_s, void *arg)
{
	struct trunk_registration *r = arg;
	struct ua_client_answer lost = { .code = 302,
					 .phrase = "it sends us to a place that cannot be found" };

	(void)ttl_s;
	r->lookup = NULL;
	if (!count) {
		r->moved[0] = '\0';
		on_rejected(r, &lost);
		return;
	}
	r->moved_count = count < UA_HOPS_MAX ? count : UA_HOPS_MAX;
	r->moved_at = 0;
	memcpy(r->moved_hops, hops, r->moved_count * sizeof *hops);
	send_register(r, r->expires_s);
}

/* Follows a 301 or 302 (RFC 3261 section 8.1.3.4), by the transport that conf wants. False: it is nothing to
 * follow. */
static bool follow(struct trunk_registration *r, const struct ua_client_answer *answer)
{
	const struct conf_trunk *conf = r->trunk->conf;
	struct ua_lookup_params params = { .host = answer->host,
					   .port = answer->port,
					   .transport = conf->transport,
					   .handler = on_moved_found,
					   .arg = r };
	char port[8] = "", bare[sizeof r->moved];
	int bracket;

	if (!answer->host || r->redirected)
		return false;
	if (answer->port)
		snprintf(port, sizeof port, ":%u", answer->port);
	if ((size_t)snprintf(r->moved, sizeof r->moved, "sip:%s%s", answer->host, port) >= sizeof r->moved) {
		r->moved[0] = '\0';
		return false;
	}
	r->redirected = true;
	log_info("trunk.register_redirected", NULL, "trunk=%s to=%s", conf->name, log_quote(r->moved));
	bracket = answer->host[0] == '[';
	snprintf(bare, sizeof bare, "%.*s", (int)strlen(answer->host) - 2 * bracket, answer->host + bracket);
	r->moved_count = 1;
	r->moved_at = 0;
	if (ua_hop_numeric(&r->moved_hops[0], bare, answer->port, conf->transport)) {
		send_register(r, r->expires_s);
		return true;
	}
	ua_lookup_cancel(r->lookup);
	r->lookup = NULL;
	if (ua_lookup_start(&r->lookup, r->trunk->table->ua, &params) == 0)
		return true;
	r->moved[0] = '\0';
	return false;
}

/* The expiry to ask for after a 423, which ought to say it; 0: it helps no more. */
static unsigned longer(const struct trunk_registration *r, const struct ua_client_answer *answer)
{
	if (answer->min_expires_s > (long)r->expires_s && answer->min_expires_s <= EXPIRES_MAX_S)
		return (unsigned)answer->min_expires_s;
	return answer->min_expires_s < 0 && r->expires_s < USUAL_EXPIRES_S ? USUAL_EXPIRES_S : 0;
}

static void on_answer(const struct ua_client_answer *answer, void *arg)
{
	struct trunk_registration *r = arg;

	if (r->ending) {
		r->until = 0;
		r->done(r->done_arg); /* it may be gone now */
	} else if (answer->code < 300 && answer->expires_s == 0) {
		on_not_kept(r);
	} else if (answer->code < 300) {
		on_good(r, answer);
	} else if (answer->code == 423 && longer(r, answer)) {
		r->expires_s = longer(r, answer);
		send_register(r, r->expires_s);
	} else if (follow(r, answer)) {
		return;
	} else if (answer->code == 408 || answer->code >= 500) {
		if (r->moved[0] &&
		    r->moved_at + 1 < r->moved_count) { /* the next of its addresses (RFC 3263) */
			r->moved_at++;
			send_register(r, r->expires_s);
			return;
		}
		r->moved[0] = '\0';
		r->hop++;
		if (++r->tried < r->trunk->hop_count)
			send_register(r, r->expires_s);
		else
			fail_round(r, answer);
	} else {
		on_rejected(r, answer);
	}
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct trunk_registration *r = arg;

	(void)fd, (void)what;
	r->redirected = false;
	r->moved[0] = '\0'; /* its registrar says anew where to */
	send_register(r, r->expires_s);
}

int trunk_registration_alloc(struct trunk_registration **out, struct trunk *trunk)
{
	struct trunk_registration *r = calloc(1, sizeof *r);
	struct ua_client_params params = { trunk->conf->username, trunk->conf->password, on_answer, r };

	if (!r)
		return ENOMEM;
	r->trunk = trunk;
	r->expires_s = trunk->conf->register_expires_s;
	trunk_line_make(r->line, trunk->table->line_key, trunk->conf);
	memcpy(trunk->line, r->line, sizeof trunk->line);
	r->timer = evtimer_new(trunk->table->base, on_timer, r);
	if (!r->timer || ua_client_alloc(&r->client, trunk->table->ua, &params)) {
		trunk_registration_free(r);
		return ENOMEM;
	}
	*out = r;
	return 0;
}

void trunk_registration_free(struct trunk_registration *r)
{
	if (!r)
		return;
	ua_client_free(r->client);
	ua_lookup_cancel(r->lookup);
	if (r->timer)
		event_free(r->timer);
	free(r);
}

void trunk_registration_go(struct trunk_registration *r)
{
	if (!r->ending && r->state != TRUNK_REGISTERED && r->state != TRUNK_REJECTED &&
	    !event_pending(r->timer, EV_TIMEOUT, NULL))
		later(r, 0);
}

void trunk_registration_end(struct trunk_registration *r, void (*done)(void *arg), void *arg)
{
	bool there = r->until > clock_utc_ms();

	event_del(r->timer);
	ua_lookup_cancel(r->lookup);
	r->lookup = NULL;
	r->ending = true;
	r->done = done;
	r->done_arg = arg;
	if (there)
		send_register(r, 0);
	else
		done(arg);
}

enum trunk_registration_state trunk_registration_state(const struct trunk_registration *r)
{
	return r->state;
}

const char *trunk_registration_reason(const struct trunk_registration *r)
{
	return r->reason;
}

int64_t trunk_registration_until(const struct trunk_registration *r)
{
	return r->until;
}
