/* See registrar.h. */
#include "daemon/offhookd/phones/registrar.h"

#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/phones/auth.h"
#include "daemon/offhookd/phones/bans.h"
#include "daemon/offhookd/phones/bindings.h"
#include "daemon/offhookd/phones/contact_uri.h"
#include "daemon/offhookd/digest/digest.h"
#include "daemon/offhookd/phones/keepalive.h"
#include "daemon/offhookd/phones/phones.h"
#include "daemon/offhookd/phones/refusals.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	PATH_SIZE = 4096,
	CONTACT_URI_MAX = 2000,
	CONTACT_TEXT = CONTACT_URI_MAX + 32,
	RESPONSE_HEADERS = UA_CONTACTS_MAX + 4
};

/* ---- changes ---- */

static json_t *binding_json(const struct phones *phones, const struct binding *b, int64_t now)
{
	json_t *out =
	    json_pack("{s:s,s:s,s:s,s:I,s:I}", "user", b->user, "contact", b->uri, "source", b->source,
		      "expires", (json_int_t)(b->expires > now ? (b->expires - now + 500) / 1000 : 0),
		      "registered", (json_int_t)b->registered);

	if (out && b->agent)
		json_object_set_new(out, "agent", json_string(b->agent));
	if (out && b->path)
		json_object_set_new(out, "path", json_string(b->path));
	if (out && phones->keepalive && now != INT64_MAX)
		keepalive_describe(phones->keepalive, b, out);
	return out;
}

static void on_change(enum bindings_change change, const struct binding *b, void *arg)
{
	struct phones *phones = arg;
	static const char *const reasons[] = { "registered", "refreshed", "removed", "expired" };
	bool gone = change == BINDING_REMOVED || change == BINDING_EXPIRED;
	json_t *params;

	if (phones->keepalive)
		keepalive_on_binding(phones->keepalive, change, b);
	params = binding_json(phones, b, gone ? INT64_MAX : clock_utc_ms());
	log_write(change == BINDING_REFRESHED ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "user.registration", NULL,
		  "user=%s contact=%s source=%s reason=%s", log_quote(b->user), log_quote(b->uri), b->source,
		  reasons[change]);
	if (change != BINDING_REFRESHED)
		phones->changed(b->user, phones->arg);
	if (!params)
		return;
	json_object_set_new(params, "reason", json_string(reasons[change]));
	control_events_publish(phones->events, "registration.changed", params);
}

static void on_reachable(const struct binding *b, bool reachable, void *arg)
{
	struct phones *phones = arg;
	json_t *params = binding_json(phones, b, clock_utc_ms());
	char why[KEEPALIVE_WHY_MAX];

	log_info(reachable ? "user.reachable" : "user.unreachable", NULL,
		 "user=%s contact=%s source=%s why=%s", log_quote(b->user), log_quote(b->uri), b->source,
		 log_quote(keepalive_why(phones->keepalive, b, why)));
	if (!params)
		return;
	json_object_set_new(params, "reason", json_string(reachable ? "reachable" : "unreachable"));
	control_events_publish(phones->events, "registration.changed", params);
}

static bool is_gone(const struct binding *b, void *arg)
{
	const struct phones *phones = arg;

	return !keepalive_is_reachable(phones->keepalive, b);
}

int registrar_start(struct phones *phones, char *error, size_t error_size)
{
	char file[PATH_SIZE];
	int err;

	snprintf(file, sizeof file, "%s/registrations.json", phones->conf->state_dir);
	err = digest_alloc(&phones->digest, phones->conf->sip.nonce_life_s);
	if (!err && phones->conf->sip.nonce_secret)
		digest_share(phones->digest, phones->conf->sip.nonce_secret);
	if (!err)
		err = refusals_alloc(&phones->refusals);
	if (!err)
		err = bindings_alloc(&phones->bindings, phones->base, file, on_change, phones);
	if (!err) {
		bindings_set_gone(phones->bindings, is_gone);
		err = keepalive_alloc(&phones->keepalive, phones->base, phones->bindings,
				      phones->conf->sip.keepalive_s,
				      &(struct keepalive_handlers){ on_reachable, phones });
	}
	if (err)
		snprintf(error, error_size, "cannot load %s: %s", file, strerror(err));
	return err;
}

void registrar_stop(struct phones *phones)
{
	keepalive_free(phones->keepalive);
	phones->keepalive = NULL;
	bindings_free(phones->bindings);
	digest_free(phones->digest);
	refusals_free(phones->refusals);
}

struct orphans {
	struct phones *phones;
	char **names;
	size_t count, size;
};

static void collect_orphan(const struct binding *b, void *arg)
{
	struct orphans *o = arg;

	if (conf_user_by_name(o->phones->conf, b->user))
		return;
	if (o->count == o->size) {
		size_t size = o->size ? 2 * o->size : 16;
		char **names = realloc(o->names, size * sizeof *names);

		if (!names)
			return;
		o->names = names;
		o->size = size;
	}
	o->names[o->count] = strdup(b->user);
	o->count += o->names[o->count] != NULL;
}

void registrar_reloaded(struct phones *phones, const struct conf *conf)
{
	struct orphans o = { .phones = phones };

	phones->conf = conf;
	if (phones->keepalive)
		keepalive_set_interval(phones->keepalive, conf->sip.keepalive_s);
	digest_set_nonce_life(phones->digest, phones->conf->sip.nonce_life_s);
	bindings_each(phones->bindings, collect_orphan, &o);
	for (size_t i = 0; i < o.count; i++) {
		bindings_remove_user(phones->bindings, o.names[i]);
		free(o.names[i]);
	}
	free(o.names);
}

/* ---- REGISTER ---- */

static void respond(struct phones *phones, struct ua_request *request, const struct ua_register *in,
		    const char *user, int code, const char *why)
{
	log_info("sip.register_refused", NULL, "user=%s source=%s code=%d why=%s", log_quote(user),
		 in->request.source.text, code, log_quote(why));
	refusals_note(phones->refusals, user, in->request.source.text, why);
	ua_request_respond(request, &(struct ua_refusal){ .code = code });
}

/* How long a contact is to live [s]; −1: shorter than we allow. */
static long lifetime(const struct conf *conf, const struct ua_register *in, const struct ua_contact *contact)
{
	long s = contact->expires_s >= 0 ? contact->expires_s
		 : in->expires_s >= 0	 ? in->expires_s
					 : (long)conf->sip.register_default_s;

	if (s == 0)
		return 0;
	if (s < (long)conf->sip.register_min_s)
		return -1;
	return s > (long)conf->sip.register_max_s ? (long)conf->sip.register_max_s : s;
}

static struct bindings_wish wish_of(struct phones *phones, const struct conf_user *user,
				    const struct ua_register *in, size_t i, int64_t nonce_us)
{
	long s = lifetime(phones->conf, in, &in->contacts[i]);

	return (struct bindings_wish){
		.user = user->name,
		.uri = in->contacts[i].uri,
		.source = in->request.source.text,
		.path = in->path,
		.call_id = in->request.call_id,
		.agent = in->request.user_agent,
		.instance = in->contacts[i].instance,
		.cseq = in->request.cseq,
		.q = in->contacts[i].q,
		.expires_s = s > 0 ? (unsigned)s : 0,
		.listener = in->request.source.listener,
		.max_contacts = user->max_contacts,
		.nonce_us = nonce_us,
	};
}

static bool is_address(const char *host)
{
	struct sockaddr_storage address;
	char uri[UA_SOURCE_TEXT_MAX];

	snprintf(uri, sizeof uri, "sip:%s", host);
	return strcasecmp(host, "localhost") == 0 || ua_uri_address(&address, uri);
}

/* The host that it registers at, if that is not us (RFC 3261 section 10.3, steps 1 and 5); NULL: it is. An
 * address is: it has come here by way of it, though a router may stand before us whose address we do not
 * know. A name is one that we must have been told: another's would be kept for who is not there. */
static const char *foreign_host(const struct phones *phones, const struct ua_request_info *request)
{
	const char *hosts[] = { request->request_host, request->to_host };

	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		if (hosts[i] && hosts[i][0] && !is_address(hosts[i]) &&
		    !phones->is_ours(hosts[i], phones->arg))
			return hosts[i];
	return NULL;
}

/* Whether a contact before it is the same, or of the same phone (+sip.instance), which we ring where it came
 * from: it is taken once. */
static bool is_repeated(const struct ua_register *in, size_t i)
{
	const struct ua_contact *c = &in->contacts[i];

	for (size_t k = 0; k < i; k++) {
		const char *other = in->contacts[k].instance;

		if (contact_uri_equal(in->contacts[k].uri, c->uri) ||
		    (c->instance && other && strcmp(c->instance, other) == 0))
			return true;
	}
	return false;
}

/* RFC 3261 10.3 step 7: all of it is done, or none. Returns 0 or the code to refuse with. */
static int check_all(struct phones *phones, const struct conf_user *user, const struct ua_register *in,
		     int64_t nonce_us)
{
	size_t added = 0;

	for (size_t i = 0; i < in->contact_count; i++) {
		struct bindings_wish wish = wish_of(phones, user, in, i, nonce_us);
		int err;

		if (lifetime(phones->conf, in, &in->contacts[i]) < 0)
			return 423;
		if (strncasecmp(wish.uri, "sip:", 4) != 0 && strncasecmp(wish.uri, "sips:", 5) != 0)
			return 400;
		if (strlen(wish.uri) > CONTACT_URI_MAX)
			return 513;
		if (is_repeated(in, i))
			continue;
		wish.max_contacts = wish.max_contacts > added ? wish.max_contacts - added : 0;
		err = bindings_check(phones->bindings, &wish);
		if (err)
			return err == ENOSPC ? 403 : 500;
		added += wish.expires_s > 0;
	}
	return 0;
}

static int apply(struct phones *phones, const struct conf_user *user, const struct ua_register *in,
		 int64_t nonce_us)
{
	if (in->all) {
		bindings_remove_user(phones->bindings, user->name);
		return 0;
	}
	for (size_t i = 0; i < in->contact_count; i++) {
		struct bindings_wish wish = wish_of(phones, user, in, i, nonce_us);

		if (!is_repeated(in, i) && bindings_set(phones->bindings, &wish))
			return 500;
	}
	return 0;
}

/* All contacts of the user, each a header. */
static void respond_ok(struct phones *phones, struct ua_request *request, const struct conf_user *user,
		       const struct ua_register *in)
{
	struct ua_header headers[RESPONSE_HEADERS];
	char texts[UA_CONTACTS_MAX][CONTACT_TEXT];
	int64_t now = clock_utc_ms();
	size_t n = 0;

	for (const struct binding *b = bindings_of(phones->bindings, user->name); b && n < UA_CONTACTS_MAX;
	     b = b->next) {
		long left = (long)((b->expires - now + 500) / 1000);

		if ((size_t)snprintf(texts[n], CONTACT_TEXT, "<%s>;expires=%ld", b->uri,
				     left > 0 ? left : 0) >= CONTACT_TEXT)
			continue;
		headers[n].name = "Contact";
		headers[n].value = texts[n];
		n++;
	}
	if (in->path) {
		headers[n].name = "Path";
		headers[n++].value = in->path;
	}
	ua_request_respond(request,
			   &(struct ua_refusal){ .code = 200, .headers = headers, .header_count = n });
}

static void refuse_brief(struct phones *phones, struct ua_request *request)
{
	char min[16];
	struct ua_header header = { "Min-Expires", min };

	snprintf(min, sizeof min, "%u", phones->conf->sip.register_min_s);
	ua_request_respond(request,
			   &(struct ua_refusal){ .code = 423, .headers = &header, .header_count = 1 });
}

static void refuse_unknown(struct phones *phones, struct ua_request *request, const struct ua_register *in,
			   const struct auth_result *auth)
{
	ua_request_respond(request, &auth->refusal);
	auth_log(&in->request, auth);
	if (auth->attempted && !auth->unknown && conf_user_by_name(phones->conf, auth->username))
		refusals_note(phones->refusals, auth->username, in->request.source.text,
			      "Its password is wrong.");
	if (auth->attempted)
		bans_tell_failed(phones->bans, &in->request.source, auth->username,
				 auth->unknown ? "unknown-user" : "wrong-password", in->request.user_agent);
}

void registrar_on_register(struct phones *phones, struct ua_request *request, const struct ua_register *in)
{
	const struct conf_user *user;
	struct auth_result auth;
	int code;

	auth_check(phones, &in->request, false, &auth);
	user = auth.user;
	if (!user) {
		refuse_unknown(phones, request, in, &auth);
		return;
	}
	/* whom it registers must be who it is */
	if (!in->request.to_user || strcmp(in->request.to_user, user->name) != 0) {
		respond(phones, request, in, user->name, 403, "It registers somebody else.");
		bans_tell_failed(phones->bans, &in->request.source, user->name, "another-user",
				 in->request.user_agent);
		return;
	}
	if (foreign_host(phones, &in->request)) {
		char why[160];

		snprintf(why, sizeof why,
			 "It registers at %.60s, which is not what we are called (sip { domain, aliases }).",
			 foreign_host(phones, &in->request));
		respond(phones, request, in, user->name, 404, why);
		return;
	}
	if (in->all && (in->contact_count || in->expires_s != 0)) {
		respond(phones, request, in, user->name, 400,
			"Contact: * must be alone and with Expires: 0.");
		return;
	}
	if (in->too_many) {
		respond(phones, request, in, user->name, 403, "It has too many contacts.");
		bans_tell_failed(phones->bans, &in->request.source, user->name, "too-many-contacts",
				 in->request.user_agent);
		return;
	}
	code = check_all(phones, user, in, auth.nonce_us);
	if (code == 423) {
		refusals_note(phones->refusals, user->name, in->request.source.text,
			      "It wants to register for less than register-min.");
		refuse_brief(phones, request);
		return;
	}
	if (!code)
		code = apply(phones, user, in, auth.nonce_us);
	if (code) {
		respond(phones, request, in, user->name, code,
			code == 403 ? "It has more contacts than max-contacts."
				    : "Its contacts cannot be kept.");
	} else {
		refusals_forget(phones->refusals, user->name);
		respond_ok(phones, request, user, in);
	}
}

size_t registrar_remove(struct phones *phones, const char *user, const char *contact)
{
	return bindings_drop(phones->bindings, user, contact);
}

/* ---- lists ---- */

json_t *registrar_refused(const struct phones *phones)
{
	return refusals_list(phones->refusals, phones->conf);
}

size_t registrar_count(const struct phones *phones)
{
	return bindings_count(phones->bindings);
}

struct listing {
	const struct phones *phones;
	json_t *list;
	int64_t now;
};

static void add_to_list(const struct binding *b, void *arg)
{
	struct listing *l = arg;

	json_array_append_new(l->list, binding_json(l->phones, b, l->now));
}

json_t *registrar_list(const struct phones *phones)
{
	struct listing l = { phones, json_array(), clock_utc_ms() };

	bindings_each(phones->bindings, add_to_list, &l);
	return l.list;
}

json_t *registrar_users(const struct phones *phones)
{
	json_t *list = json_array();

	for (size_t i = 0; i < phones->conf->user_count; i++) {
		const struct conf_user *user = &phones->conf->users[i];
		json_t *one;
		int contacts = 0;

		if (user->trunk)
			continue;
		one = json_pack("{s:s,s:s}", "name", user->name, "account", user->account->name);

		for (const struct binding *b = bindings_of(phones->bindings, user->name); b; b = b->next)
			contacts++;
		if (user->number)
			json_object_set_new(one, "number", json_string(user->number));
		if (user->staff_uid)
			json_object_set_new(one, "staff_uid", json_string(user->staff_uid));
		json_object_set_new(one, "contacts", json_integer(contacts));
		json_array_append_new(list, one);
	}
	return list;
}

bool registrar_is_at(const struct phones *phones, const char *user, const struct sockaddr_storage *address)
{
	char host[UA_HOST_TEXT_MAX];

	ua_host_text(address, host);
	for (const struct binding *b = bindings_of(phones->bindings, user); b; b = b->next) {
		const char *at = strchr(b->source, ':'), *end = strrchr(b->source, ':');

		if (!at || end <= at + 1)
			continue;
		at += 1 + (at[1] == '[');
		end -= end[-1] == ']';
		if ((size_t)(end - at) == strlen(host) && strncmp(at, host, (size_t)(end - at)) == 0)
			return true;
	}
	return false;
}

bool registrar_is_from(const struct phones *phones, const char *user, enum conf_transport transport,
		       const struct sockaddr_storage *address)
{
	char text[UA_SOURCE_TEXT_MAX];

	ua_source_text(transport, address, text);
	for (const struct binding *b = bindings_of(phones->bindings, user); b; b = b->next)
		if (strcmp(b->source, text) == 0)
			return true;
	return false;
}
