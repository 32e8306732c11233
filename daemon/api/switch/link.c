/* See link.h. */
#include "daemon/api/switch/link_private.h"

#include "daemon/api/store/store.h"
#include "lib/conf.h"
#include "lib/control_tls.h"
#include "lib/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void on_ready(struct one *one, void *arg)
{
	struct link *link = arg;

	link->back = one;
	if (link->setup.ready)
		link->setup.ready(link->setup.ready_arg);
	link->back = NULL;
}

/* What a switch has had that is not in the conf (any more), or was the only one, is the first one's to end.
 */
static bool owns(const struct one *one, const char *on, void *arg)
{
	const struct link *link = arg;

	return !strcmp(on, one_name(one)) || (link->count && one == link->ones[0] && !link_by_name(link, on));
}

/* ---- life ---- */

static int add(struct link *link, const char *name, const struct control_place *place, unsigned silence_ms,
	       unsigned wait_ms)
{
	const struct one_setup setup = { .common = link->setup,
					 .place = place,
					 .name = name,
					 .silence_ms = silence_ms,
					 .wait_ms = wait_ms,
					 .owns = *name ? owns : NULL,
					 .ready = on_ready,
					 .arg = link };
	int err = one_alloc(&link->ones[link->count], &setup);

	link->count += !err;
	return err;
}

static int add_named(struct link *link, const struct conf_switch *named)
{
	struct control_place *place = &link->places[link->count];
	char error[600];
	int err = 0;

	*place = (struct control_place){ .path = named->path,
					 .host = named->host,
					 .name = named->certificate_name,
					 .port = named->port,
					 .connect_ms = named->silence_ms };
	if (named->port)
		err = control_tls_alloc(&link->tls[link->count], &named->tls, false, error, sizeof error);
	if (err == EINVAL)
		log_error("switch.unusable", NULL, "name=%s error=%s", named->name, log_quote(error));
	place->tls = link->tls[link->count];
	return err ? err : add(link, named->name, place, named->silence_ms, named->wait_ms);
}

/* Without any in the conf, the one at run-dir. */
static int add_all(struct link *link)
{
	const struct conf *conf = link->setup.conf;
	int err = 0;

	if (!conf || !conf->switch_count) {
		link->places[0] = (struct control_place){ .path = link->socket };
		return add(link, "", &link->places[0], 0, 0);
	}
	for (size_t i = 0; i < conf->switch_count && !err; i++)
		err = add_named(link, &conf->switches[i]);
	return err;
}

static int link_new(struct link **out, const struct link_setup *setup)
{
	size_t count = setup->conf && setup->conf->switch_count ? setup->conf->switch_count : 1;
	struct link *link = calloc(1, sizeof *link);

	if (!link)
		return ENOMEM;
	link->setup = *setup;
	link->ones = calloc(count, sizeof *link->ones);
	link->tls = calloc(count, sizeof *link->tls);
	link->places = calloc(count, sizeof *link->places);
	link->socket = strdup(setup->socket ? setup->socket : "");
	*out = link;
	return link->ones && link->tls && link->places && link->socket ? 0 : ENOMEM;
}

int link_alloc(struct link **out, const struct link_setup *setup)
{
	struct link *link = NULL;
	int err = link_new(&link, setup);

	if (!err)
		err = add_all(link);
	if (err)
		link_free(link);
	else
		*out = link;
	return err;
}

int link_alloc_stage(struct link **out, const struct link_setup *setup, link_stage_h *stage, void *arg)
{
	const struct one_setup one = { .common = *setup, .name = "" };
	struct link *link = NULL;
	int err = link_new(&link, setup);

	if (!err)
		err = one_alloc_stage(&link->ones[0], &one, stage, arg);
	if (err) {
		link_free(link);
		return err;
	}
	link->count = 1;
	*out = link;
	return 0;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	for (size_t i = 0; i < link->count; i++)
		one_free(link->ones[i]);
	gather_end(link);
	for (size_t i = 0; link->tls && i < (link->count ? link->count : 1); i++)
		control_tls_free(link->tls[i]);
	free(link->ones);
	free(link->tls);
	free(link->places);
	free(link->socket);
	free(link);
}

/* ---- use ---- */

void link_tell(struct link *link, const char *method, const json_t *params)
{
	one_tell(link->ones[0], method, params);
}

bool link_is_ready(const struct link *link)
{
	for (size_t i = 0; i < link->count; i++)
		if (one_is_ready(link->ones[i]))
			return true;
	return false;
}

bool link_is_ready_for(const struct link *link, const char *call)
{
	const struct one *one = link->count > 1 ? link_of_call(link, call) : NULL;

	return one ? one_is_ready(one) : link_is_ready(link);
}

bool link_is_ready_for_conference(const struct link *link, const char *conference)
{
	const struct one *one = link->count > 1 ? link_of_conference(link, conference) : NULL;

	return one ? one_is_ready(one) : link_is_ready(link);
}

bool link_is_back(const struct link *link, const char *call)
{
	const struct one *one = link->count > 1 && link->back ? link_of_call(link, call) : NULL;

	return !one || one == link->back;
}

const char *link_trouble(const struct link *link)
{
	/* What the switch tells cannot be kept: so it is not listened to. */
	const char *trouble = store_trouble(link->setup.store);

	return trouble ? trouble : "The switch is not connected.";
}

int link_call(struct link *link, const char *method, json_t *params, control_client_reply_h *reply, void *arg)
{
	if (link && link->count > 1)
		return link_route(link, method, params, reply, arg);
	if (link && link->count)
		return one_call(link->ones[0], method, params, reply, arg);
	json_decref(params);
	return ENOTCONN;
}

/* Of one that nobody has nothing is known, and nothing is said. */
static struct one *speaker(const struct link *link, const char *call)
{
	struct one *one = link && link->count > 1 ? link_of_call(link, call) : NULL;

	return one ? one : link && link->count ? link->ones[0] : NULL;
}

void link_note(struct link *link, const char *call, const char *type, json_t *data)
{
	struct one *one = speaker(link, call);

	if (one)
		one_note(one, call, type, data);
	else
		json_decref(data);
}

void link_remark(struct link *link, const char *call, const char *type, json_t *data)
{
	struct one *one = speaker(link, call);

	if (one)
		one_remark(one, call, type, data);
	else
		json_decref(data);
}
