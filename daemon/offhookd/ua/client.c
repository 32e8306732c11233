/* See client.h. Each attempt has a NUA handle of its own, since NUA's digests know MD5 alone. */
#define _GNU_SOURCE /* strcasestr */
#include "daemon/offhookd/ua/client.h"

#include "daemon/offhookd/ua/private.h"
#include "lib/random.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utlist.h>

struct ua_client {
	struct ua_client *prev, *next; /* in ua->clients */
	struct ua *ua;
	ua_client_h *handler;
	void *arg;
	char *username, *password;
	struct ua_auth auth;
	char call_id[UUID_TEXT_SIZE], tag[20];
	uint32_t cseq;
	nua_handle_t *nh; /* NULL: nothing is under way */
	struct event *timer;
	struct { /* the request under way, texts of its own */
		char method[16], uri[UA_URI_MAX], from[UA_URI_MAX], to[UA_URI_MAX], user[128], line[40];
		struct ua_hop hop;
		long expires_s;
	} now;
};

static void drop(struct ua_client *client)
{
	if (client->timer)
		event_del(client->timer);
	if (!client->nh)
		return;
	nua_handle_destroy(client->nh);
	client->nh = NULL;
	ua_root_kick(client->ua->root);
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	struct ua_client *client = arg;
	struct ua_client_answer answer = {
		.code = 408, .phrase = "no answer in time", .expires_s = -1, .min_expires_s = -1
	};

	(void)fd, (void)what;
	drop(client);
	client->handler(&answer, client->arg);
}

int ua_client_alloc(struct ua_client **out, struct ua *ua, const struct ua_client_params *params)
{
	struct ua_client *client = calloc(1, sizeof *client);

	if (!client)
		return ENOMEM;
	client->ua = ua;
	client->handler = params->handler;
	client->arg = params->arg;
	random_uuid(client->call_id);
	random_hex(client->tag, 8);
	DL_APPEND(ua->clients, client);
	client->timer = evtimer_new(ua->base, on_timeout, client);
	client->username = params->username ? strdup(params->username) : NULL;
	client->password = params->password ? strdup(params->password) : NULL;
	if (!client->timer || (params->username && !client->username) ||
	    (params->password && !client->password)) {
		ua_client_free(client);
		return ENOMEM;
	}
	*out = client;
	return 0;
}

void ua_client_free(struct ua_client *client)
{
	if (!client)
		return;
	drop(client);
	DL_DELETE(client->ua->clients, client);
	if (client->timer)
		event_free(client->timer);
	ua_auth_forget(&client->auth);
	free(client->username);
	free(client->password);
	free(client);
}

/* ---- sending ---- */

static void write_contact(const struct ua_client *client, const struct ua_agent *agent, char out[UA_URI_MAX])
{
	char host[UA_HOST_MAX];

	ua_own_host(agent, &client->now.hop.address, host);
	snprintf(out, UA_URI_MAX, "<sip:%s@%s:%u;transport=%s;line=%s>", client->now.user, host, agent->port,
		 conf_transport_name(client->now.hop.transport), client->now.line);
}

static int transmit(struct ua_client *client)
{
	struct ua_target target = { .transport = client->now.hop.transport,
				    .family = client->now.hop.address.ss_family,
				    .listener = -1 };
	struct ua_agent *agent = ua_pick_agent(client->ua, &target);
	char route[UA_HOP_TEXT_MAX], from[UA_URI_MAX + 32], to[UA_URI_MAX + 4], contact[UA_URI_MAX], cseq[40],
	    expires[24], block[UA_BLOCK_MAX];
	const char *credentials = NULL;

	if (!agent)
		return EPROTONOSUPPORT;
	if (client->username && client->password)
		credentials = ua_auth_headers(&client->auth,
					      &(struct digest_use){ .username = client->username,
								    .password = client->password,
								    .method = client->now.method,
								    .uri = client->now.uri },
					      block);
	ua_hop_uri(&client->now.hop, route);
	snprintf(from, sizeof from, "<%s>;tag=%s", client->now.from, client->tag);
	snprintf(to, sizeof to, "<%s>", client->now.to);
	snprintf(cseq, sizeof cseq, "%u %s", ++client->cseq, client->now.method);
	snprintf(expires, sizeof expires, "%ld", client->now.expires_s);
	write_contact(client, agent, contact);
	client->nh = nua_handle(agent->nua, NULL, NUTAG_URL(client->now.uri), SIPTAG_TO_STR(to),
				SIPTAG_FROM_STR(from), TAG_END());
	if (!client->nh)
		return EINVAL;
	nua_method(client->nh, NUTAG_METHOD(client->now.method), SIPTAG_CALL_ID_STR(client->call_id),
		   SIPTAG_CSEQ_STR(cseq), NTATAG_DEFAULT_PROXY(route),
		   TAG_IF(client->now.user[0], SIPTAG_CONTACT_STR(contact)),
		   TAG_IF(client->now.expires_s >= 0, SIPTAG_EXPIRES_STR(expires)),
		   TAG_IF(credentials, SIPTAG_HEADER_STR(credentials)), TAG_END());
	ua_root_kick(client->ua->root);
	return 0;
}

static void copy(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

int ua_client_send(struct ua_client *client, const struct ua_client_request *request)
{
	int err;

	drop(client);
	copy(client->now.method, sizeof client->now.method, request->method);
	copy(client->now.uri, sizeof client->now.uri, request->uri);
	copy(client->now.from, sizeof client->now.from, request->from);
	copy(client->now.to, sizeof client->now.to, request->to);
	copy(client->now.user, sizeof client->now.user, request->contact_user);
	copy(client->now.line, sizeof client->now.line, request->contact_line);
	client->now.hop = request->hop;
	client->now.expires_s = request->expires_s;
	client->auth.tries = 0;
	err = transmit(client);
	if (!err)
		event_add(client->timer,
			  &(struct timeval){ request->timeout_ms / 1000, request->timeout_ms % 1000 * 1000 });
	return err;
}

/* ---- the response ---- */

/* Seconds that this contact is kept; −1: not said. */
static long seconds_of(const sip_contact_t *m)
{
	return m->m_expires ? ua_read_expires(m->m_expires, -1) : -1;
}

/* The Contact with our line in it, which carriers may have written otherwise; NULL: none. */
static const sip_contact_t *find_ours(const struct ua_client *client, const sip_t *sip)
{
	char line[64];

	snprintf(line, sizeof line, "line=%s", client->now.line);
	for (const sip_contact_t *m = sip->sip_contact; m && client->now.line[0]; m = m->m_next)
		if (m->m_url->url_params && strcasestr(m->m_url->url_params, line))
			return m;
	return NULL;
}

/* The shortest time that one of them is kept for, of those with our user (or all); 0: none is kept. */
static long shortest(const struct ua_client *client, const sip_t *sip, bool of_our_user)
{
	long best = 0;

	for (const sip_contact_t *m = sip->sip_contact; m; m = m->m_next) {
		const char *user = m->m_url->url_user;
		long s = seconds_of(m);

		if (of_our_user && (!user || strcasecmp(user, client->now.user) != 0))
			continue;
		if (s > 0 && (best == 0 || s < best))
			best = s;
	}
	return best;
}

/* What our contact was granted: its own parameter before the header (RFC 3261 section 10.2.4). Carriers
 * rewrite it: then the only one is ours, else it is kept no shorter than the shortest of our user's, or of
 * all. */
static long granted(const struct ua_client *client, const sip_t *sip)
{
	long header = sip->sip_expires ? (long)sip->sip_expires->ex_delta : -1, s = -1;
	const sip_contact_t *ours = find_ours(client, sip);

	if (!ours && sip->sip_contact && !sip->sip_contact->m_next)
		ours = sip->sip_contact;
	if (ours)
		s = seconds_of(ours);
	if (s > 0 || (s == 0 && !sip->sip_contact->m_next))
		return s;
	if (shortest(client, sip, true))
		return shortest(client, sip, true);
	if (ours && s == 0)
		return 0;
	return header < 0 && !ours && shortest(client, sip, false) ? shortest(client, sip, false) : header;
}

/* Answers a challenge. A nonce that has been used before and is challenged again without stale=true is no
 * reason to give up: some registrars' nonces are good for one request. A second refusal of a fresh one is. */
static bool retry(struct ua_client *client, const sip_t *sip)
{
	nua_handle_t *old = client->nh;

	if (client->auth.tries == 0)
		ua_auth_forget(&client->auth);
	if (!client->username || !client->password) {
		client->auth.trouble = "It asks for a password, and conf has none.";
		return false;
	}
	if (!ua_auth_take(&client->auth, sip))
		return false;
	client->nh = NULL;
	if (transmit(client)) {
		client->nh = old;
		return false;
	}
	nua_handle_destroy(old);
	return true;
}

static void take_redirection(struct ua_client_answer *answer, const sip_t *sip, char host[UA_HOST_MAX])
{
	const url_t *to = sip->sip_contact ? sip->sip_contact->m_url : NULL;

	if ((answer->code != 301 && answer->code != 302) || !to || !to->url_host ||
	    (to->url_type != url_sip && to->url_type != url_sips) || strlen(to->url_host) >= UA_HOST_MAX)
		return;
	strcpy(host, to->url_host);
	answer->host = host;
	answer->port = to->url_port ? (uint16_t)atoi(to->url_port) : 0;
}

bool ua_client_on_response(struct ua *ua, nua_handle_t *nh, int status, const char *phrase, const sip_t *sip)
{
	struct ua_client_answer answer = {
		.code = status, .phrase = phrase, .expires_s = -1, .min_expires_s = -1
	};
	struct ua_client *client;
	char host[UA_HOST_MAX];

	DL_SEARCH_SCALAR(ua->clients, client, nh, nh);
	if (!client)
		return false;
	if (status < 200 || ((status == 401 || status == 407) && sip && retry(client, sip)))
		return true;
	if (status == 401 || status == 407)
		answer.trouble = client->auth.trouble;
	if (sip) {
		answer.expires_s = granted(client, sip);
		if (sip->sip_min_expires)
			answer.min_expires_s = (long)sip->sip_min_expires->me_delta;
		if (sip->sip_retry_after)
			answer.retry_after_s = (long)sip->sip_retry_after->af_delta;
		take_redirection(&answer, sip, host);
	}
	drop(client);
	client->handler(&answer, client->arg);
	return true;
}
