/* From a request to its method: reads the parameters, finds the call or conference, checks its state. See
 * methods.h. */
#include "daemon/offhookd/methods/methods.h"

#include "daemon/offhookd/control/events.h"
#include "daemon/offhookd/methods/method.h"
#include "daemon/offhookd/place/claim.h"
#include "lib/ref.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether all that was read so far is right; else it has been answered. */
static bool is_read(struct asked *a, const struct json_get *g)
{
	if (json_get_status(g) == 0)
		return true;
	control_reply_invalid(a->request, g);
	return false;
}

static bool refuse_state(struct asked *a, const char *why, bool show)
{
	control_reply_error(a->request, CONTROL_CONFLICT, why,
			    show ? json_pack("{s:o}", "call", call_snapshot(a->call)) : NULL);
	return false;
}

bool methods_is_anothers(const struct asked *a)
{
	uint64_t claimer = claim_of(a->call);

	return claimer && claimer != control_request_peer(a->request) &&
	       control_server_has_peer(a->m->server, claimer);
}

/* Whether the call's state allows it; else that has been answered. */
static bool is_allowed(struct asked *a, enum method_of of)
{
	const struct call *call = a->call;

	if (of == OF_CALL)
		return true;
	if (call_is_over(call))
		return refuse_state(a, "The call is over.", true);
	if (of == OF_ANSWERED_CALL && call->status != CALL_IN_PROGRESS)
		return refuse_state(a, "The call has not been answered.", true);
	if (of == OF_RECORDED_CALL && !call_find_recording(call, NULL))
		return refuse_state(a, "The call is not being recorded.", false);
	if (of != OF_RINGING_CALL)
		return true;
	if (call->direction != CALL_INBOUND)
		return refuse_state(a, "We placed this call.", false);
	if (call->status == CALL_IN_PROGRESS)
		return refuse_state(a, "The call has been answered.", false);
	return !methods_is_anothers(a) || refuse_state(a, "Another client has claimed the call.", false);
}

static bool find_call(struct asked *a, struct json_get *g)
{
	const char *id = NULL;

	json_get_string(g, "call", true, &id);
	if (!is_read(a, g))
		return false;
	a->call = calls_find(a->m->calls, id);
	if (!a->call)
		methods_refuse(a, CONTROL_NOT_FOUND, "call", "There is no such call.");
	return a->call != NULL;
}

static bool find_conference(struct asked *a, struct json_get *g)
{
	const char *name = NULL, *account = NULL;

	json_get_string(g, "conference", true, &name);
	json_get_string(g, "account", false, &account);
	if (!is_read(a, g))
		return false;
	if (!account && a->call) /* two accounts may have rooms of one name */
		a->conference = conference_find(a->m->conferences, name, a->call->account);
	if (!a->conference)
		a->conference = conference_find(a->m->conferences, name, account);
	if (!a->conference)
		methods_refuse(a, CONTROL_NOT_FOUND, "conference", "There is no such conference.");
	return a->conference != NULL;
}

static const struct method *find_method(const char *name)
{
	const struct method *m = methods_table;

	while (m->name && strcmp(m->name, name) != 0)
		m++;
	return m;
}

/* What it is about is found, and its state allows it; else that has been answered. */
static bool find_subject(struct asked *a, struct json_get *g, enum method_of of)
{
	if (of == OF_SWITCH)
		return is_read(a, g);
	if (of == OF_CONFERENCE)
		return find_conference(a, g) && is_read(a, g);
	return find_call(a, g) && (of != OF_CONFERENCE_CALL || find_conference(a, g)) && is_allowed(a, of);
}

static void on_request(struct control_request *request, const json_t *params, void *arg)
{
	const struct method *method = find_method(control_request_method(request));
	struct asked a = { .m = arg, .request = request };
	json_t *none = params ? NULL : json_object();
	struct json_get g;

	json_get_init(&g, params ? params : none);
	methods_read(&a.in, &g, method->params);
	if (method->check && json_get_status(&g) == 0)
		method->check(&g, &a);
	if (find_subject(&a, &g, method->of)) {
		ref_hold(a.call);
		ref_hold(a.conference);
		method->run(&a);
		ref_drop(a.conference);
		ref_drop(a.call);
	}
	json_decref(none);
}

/* ---- events, which read their own parameters ---- */

static void subscribe(struct control_request *request, const json_t *params, void *arg)
{
	control_events_subscribe(((struct methods *)arg)->events, request, params);
}

static void ack(struct control_request *request, const json_t *params, void *arg)
{
	control_events_ack(((struct methods *)arg)->events, request, params);
}

int methods_init(struct methods *methods, const struct control_method **list, size_t *count)
{
	size_t n = 0;

	while (methods_table[n].name)
		n++;
	methods->list = calloc(n + 2, sizeof *methods->list);
	if (!methods->list)
		return ENOMEM;
	for (size_t i = 0; i < n; i++)
		methods->list[i] = (struct control_method){ methods_table[i].name, on_request };
	methods->list[n++] = (struct control_method){ "events.subscribe", subscribe };
	methods->list[n++] = (struct control_method){ "events.ack", ack };
	*list = methods->list;
	*count = n;
	return 0;
}

void methods_free(struct methods *methods)
{
	free(methods->list);
	methods->list = NULL;
}
