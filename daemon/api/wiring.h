/* wiring: the parts of offhook-api, put together once.
 *
 * An event's way: switch → ingest → store, commit → bus → scripts, webhooks, sockets, publishers. A request's
 * way: web → router → a dialect's handler → operation → store and switch, commit → answer. Everything runs on
 * one event loop thread; speech is made in a small pool. */
#ifndef OFFHOOK_API_WIRING_H
#define OFFHOOK_API_WIRING_H

#include "daemon/api/call/triggers.h"
#include "daemon/api/console/console.h"
#include "daemon/api/dialect/dialect.h"
#include "daemon/api/http/router.h"
#include "lib/key_file.h"
#include "daemon/api/publish/publishers.h"
struct reload;

enum { WIRING_DIALECTS = 5 };

struct api {
	struct event_base *base;
	const struct conf *conf;
	struct store *store;
	struct bus *bus;
	struct link *link;
	struct fetcher *fetcher;
	struct prompts *prompts;
	struct convert *convert, *remote;
	struct key_ring ring; /* what recordings are encrypted with */
	struct keeper *keeper;
	struct scripts *scripts;
	struct hooks *hooks;
	struct sockets *sockets;
	struct publishers publishers;
	struct tokens *tokens;
	struct sessions *sessions;
	struct retention *retention;
	struct simulator *simulator;
	struct audio_door *door;
	struct lives *lives;
	struct hearer *hearer;
	struct web_server *web;
	int lock; /* on the state-dir, or -1 */
	struct desk desk;
	struct triggers triggers;
	struct dialect_parts parts;
	struct metrics *metrics;
	struct router router, metrics_router; /* the second for metrics-listen */
	struct console pages;
	struct route_table tables[WIRING_DIALECTS], health, console;
	const struct hook_form *hook_forms[WIRING_DIALECTS + 1];
	const struct script_form *script_forms[WIRING_DIALECTS + 1];
};

/* In order; the listeners come first, so that a port in use starts nothing. Returns 0, or an errno with a
 * sentence in `error`; wiring_stop() either way. */
int wiring_start(struct api *api, struct reload *reload, char *error, size_t size)
    __attribute__((warn_unused_result));
void wiring_stop(struct api *api);

/* The forms of all dialects' scripts; NULL ends them. */
void wiring_script_forms(const struct script_form *forms[WIRING_DIALECTS + 1]);

#endif
