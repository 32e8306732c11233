/* api: the parts of offhook-api, put together once in main.c.
 *
 *   http/    requests and replies            voice/   the Telefonie Voice API: operations on calls
 *   switch/  connection to the switch,       script/  what a call does next: TwiML to steps, the engine that
 * runs them events into the store           hook/    webhooks: signed, in order, retried store/   SQLite net/
 * HTTP client on the loop
 *
 * An event's way: switch → ingest → store, commit → bus → scripts, webhooks, sockets. A request's way: web →
 * router → operation → store and switch, commit → reply. Everything runs on one event loop thread; speech is
 * made in a small pool. */
#ifndef OFFHOOK_API_H
#define OFFHOOK_API_H

#include "lib/conf.h"

struct event_base;

struct api {
	struct event_base *base;
	const struct conf *conf;
	struct store *store;
	struct bus *bus;
	struct link *link;
	struct fetcher *fetcher;
	struct prompts *prompts;
	struct scripts *scripts;
	struct hooks *hooks;
	struct sockets *sockets;
	struct retention *retention;
	struct web_server *web;
};

#endif
