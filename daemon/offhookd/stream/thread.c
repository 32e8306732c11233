#include "daemon/offhookd/stream/thread.h"

#include "daemon/offhookd/stream/peer_line.h"
#include "lib/log.h"

#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

TAILQ_HEAD(peer_list, peer);

struct stream_thread {
	pthread_t id;
	bool running;
	struct peer_world world;
	struct mailbox mailbox, *to;
	void (*on_report)(struct mail *mail, void *owner);
	int bell;
	struct event *mail, *rung, *reap;
	char *ca_file; /* besides the system's authorities, or NULL */
	struct peer_list peers, gone;
	uint64_t begun; /* the main thread's: peers so far */
};

enum ask { ASK_BEGIN, ASK_END, ASK_DIGIT, ASK_SAY, ASK_STOP };

struct asked {
	struct mail mail;
	enum ask what;
	struct peer *peer; /* of ASK_BEGIN */
	uint64_t number;   /* of the others */
	char digit;
	unsigned duration_ms;
	char text[];
};

/* ---- the thread's own ---- */

/* A peer may be gone when something is asked of it. */
static struct peer *find(const struct stream_thread *t, uint64_t number)
{
	struct peer *p;

	TAILQ_FOREACH(p, &t->peers, link)
		if (p->number == number)
			return p;
	return NULL;
}

static void ask_of(struct peer *peer, const struct asked *a)
{
	if (a->what == ASK_END)
		peer_stop(peer);
	else if (a->what == ASK_DIGIT)
		peer_digit(peer, a->digit, a->duration_ms);
	else if (peer->started && !peer->ended)
		peer_send_text(peer, a->text, strlen(a->text));
}

static void carry_out(struct mail *mail, void *owner)
{
	struct asked *a = (struct asked *)mail;
	struct stream_thread *t = owner;
	struct peer *peer;

	if (a->what == ASK_BEGIN) {
		TAILQ_INSERT_TAIL(&t->peers, a->peer, link);
		peer_start(a->peer, &t->world);
	} else if (a->what == ASK_STOP) {
		event_base_loopbreak(t->world.base);
	} else if ((peer = find(t, a->number)) != NULL) {
		ask_of(peer, a);
	}
	free(a);
}

static void on_mail(evutil_socket_t fd, short what, void *arg)
{
	struct stream_thread *t = arg;

	(void)fd, (void)what;
	mailbox_run(&t->mailbox, t);
}

static void on_rung(evutil_socket_t fd, short what, void *arg)
{
	struct stream_thread *t = arg;
	struct peer *p, *next;
	uint64_t count;

	(void)what;
	(void)!read(fd, &count, sizeof count);
	for (p = TAILQ_FIRST(&t->peers); p; p = next) {
		next = TAILQ_NEXT(p, link);
		peer_tick(p);
	}
}

static void report(struct peer_report *r, void *arg)
{
	struct stream_thread *t = arg;

	r->mail.run = t->on_report;
	mailbox_post(t->to, &r->mail);
}

/* It is still in use where this is called. */
static void gone(struct peer *peer, void *arg)
{
	struct stream_thread *t = arg;

	TAILQ_REMOVE(&t->peers, peer, link);
	TAILQ_INSERT_TAIL(&t->gone, peer, link);
	event_active(t->reap, 0, 0);
}

static void free_all(struct peer_list *list)
{
	struct peer *p;

	while ((p = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, p, link);
		peer_free(p);
	}
}

static void on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct stream_thread *t = arg;

	(void)fd, (void)what;
	free_all(&t->gone);
}

/* Whom wss:// trusts: a file of hundreds of certificates, read before anything else is done here, so that
 * calls do not wait for it. */
static void read_authorities(SSL_CTX *tls, const char *ca_file)
{
	if (SSL_CTX_set_default_verify_paths(tls) != 1)
		log_warn("stream.no_authorities", NULL, "effect=%s",
			 log_quote("wss:// trusts api { ca-file } alone"));
	if (ca_file && SSL_CTX_load_verify_locations(tls, ca_file, NULL) != 1)
		log_warn("stream.bad_ca_file", NULL, "file=%s", log_quote(ca_file));
}

static void *run(void *arg)
{
	struct stream_thread *t = arg;

	read_authorities(t->world.tls, t->ca_file);
	event_base_loop(t->world.base, EVLOOP_NO_EXIT_ON_EMPTY);
	return NULL;
}

/* ---- main thread ---- */

static struct evdns_base *make_dns(struct event_base *base, const struct conf *conf)
{
	const char *file = conf->sip.resolv_conf ? conf->sip.resolv_conf : "/etc/resolv.conf";
	struct evdns_base *dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);

	if (!dns)
		return NULL;
	/* without name servers there are still addresses and the hosts file */
	(void)evdns_base_resolv_conf_parse(dns, DNS_OPTIONS_ALL, file);
	return dns;
}

static int open_events(struct stream_thread *t)
{
	t->mail = event_new(t->world.base, t->mailbox.fd, EV_READ | EV_PERSIST, on_mail, t);
	t->rung = event_new(t->world.base, t->bell, EV_READ | EV_PERSIST, on_rung, t);
	t->reap = event_new(t->world.base, -1, 0, on_reap, t);
	return t->mail && t->rung && t->reap && !event_add(t->mail, NULL) && !event_add(t->rung, NULL)
		   ? 0
		   : ENOMEM;
}

static int open_all(struct stream_thread *t, const struct conf *conf)
{
	int err;

	t->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (t->bell < 0)
		return errno;
	err = mailbox_open(&t->mailbox);
	if (err)
		return err;
	t->world.base = event_base_new();
	t->world.dns = t->world.base ? make_dns(t->world.base, conf) : NULL;
	t->world.tls = SSL_CTX_new(TLS_client_method());
	t->ca_file = conf->api.ca_file ? strdup(conf->api.ca_file) : NULL;
	if (!t->world.dns || !t->world.tls || (conf->api.ca_file && !t->ca_file))
		return ENOMEM;
	SSL_CTX_set_min_proto_version(t->world.tls, TLS1_2_VERSION);
	return open_events(t);
}

static void close_all(struct stream_thread *t)
{
	free_all(&t->peers);
	free_all(&t->gone);
	for (struct mail *next, *mail = mailbox_take(&t->mailbox); mail; mail = next) {
		struct asked *a = (struct asked *)mail;

		next = mail->next;
		if (a->what == ASK_BEGIN)
			peer_free(a->peer);
		free(a);
	}
	if (t->mail)
		event_free(t->mail);
	if (t->rung)
		event_free(t->rung);
	if (t->reap)
		event_free(t->reap);
	if (t->world.dns)
		evdns_base_free(t->world.dns, 1);
	if (t->world.base) /* who has asked for names is told */
		event_base_loop(t->world.base, EVLOOP_NONBLOCK);
	if (t->world.base)
		event_base_free(t->world.base);
	SSL_CTX_free(t->world.tls);
	free(t->ca_file);
	mailbox_close(&t->mailbox);
}

int stream_thread_start(struct stream_thread **out, const struct conf *conf, struct mailbox *to,
			void (*on_report)(struct mail *, void *))
{
	struct stream_thread *t = calloc(1, sizeof *t);
	int err;

	if (!t)
		return ENOMEM;
	TAILQ_INIT(&t->peers);
	TAILQ_INIT(&t->gone);
	t->to = to;
	t->on_report = on_report;
	t->mailbox.fd = -1;
	t->world.report = report;
	t->world.gone = gone;
	t->world.arg = t;
	err = open_all(t, conf);
	if (!err)
		err = pthread_create(&t->id, NULL, run, t);
	t->running = !err;
	if (err) {
		stream_thread_stop(t);
		stream_thread_close(t);
		return err;
	}
	*out = t;
	return 0;
}

static struct asked *asked_new(enum ask what, uint64_t number, const char *text)
{
	size_t size = text ? strlen(text) + 1 : 0;
	struct asked *a = calloc(1, sizeof *a + size);

	if (!a)
		return NULL;
	a->mail.run = carry_out;
	a->what = what;
	a->number = number;
	if (text)
		memcpy(a->text, text, size);
	return a;
}

static void post(struct stream_thread *t, struct asked *a)
{
	if (a)
		mailbox_post(&t->mailbox, &a->mail);
}

void stream_thread_stop(struct stream_thread *t)
{
	struct asked *a;

	if (!t)
		return;
	if (t->running) {
		a = asked_new(ASK_STOP, 0, NULL);
		if (!a) /* it cannot be told: it stays */
			return;
		post(t, a);
		pthread_join(t->id, NULL);
		t->running = false;
	}
	close_all(t);
}

void stream_thread_close(struct stream_thread *t)
{
	if (!t || t->running)
		return;
	if (t->bell >= 0)
		close(t->bell);
	free(t);
}

int stream_thread_bell(const struct stream_thread *t)
{
	return t->bell;
}

uint64_t stream_thread_begin(struct stream_thread *t, struct peer *peer)
{
	struct asked *a = asked_new(ASK_BEGIN, ++t->begun, NULL);

	if (!a)
		return 0;
	peer->number = t->begun;
	a->peer = peer;
	post(t, a);
	return t->begun;
}

void stream_thread_end(struct stream_thread *t, uint64_t number)
{
	post(t, asked_new(ASK_END, number, NULL));
}

void stream_thread_digit(struct stream_thread *t, uint64_t number, char digit, unsigned duration_ms)
{
	struct asked *a = asked_new(ASK_DIGIT, number, NULL);

	if (!a)
		return;
	a->digit = digit;
	a->duration_ms = duration_ms;
	post(t, a);
}

void stream_thread_say(struct stream_thread *t, uint64_t number, const char *text)
{
	post(t, asked_new(ASK_SAY, number, text));
}
