/* dialect: one API's view of the same calls: how requests come in and answers go out, what webhooks and
 * script requests look like. It parses and renders, and holds no state; what is done is done by call/.
 *
 * main has the list of dialects, and hands each one's tables to those who use them: routes to the router,
 * forms to hooks and scripts. A new dialect is a folder beside telefonie/ and a line in that list. */
#ifndef OFFHOOK_API_DIALECT_H
#define OFFHOOK_API_DIALECT_H

#include "daemon/api/call/desk.h"
#include "daemon/api/hook/form.h"
#include "daemon/api/http/router.h"
#include "daemon/api/script/form.h"

struct lives;
struct sessions;
struct simulator;
struct sockets;
struct tokens;

struct dialect {
	const char *name; /* in conf, and on a call's record */
	/* Fills in what is at its paths; `arg` of the table will be the struct dialect_parts.
	 * NULL: another dialect has its paths. */
	void (*routes)(struct route_table *table);
	const struct hook_form *hook;	  /* NULL: it has none of its own */
	const struct script_form *script; /* likewise */
};

/* What the handlers of all dialects work with. */
struct dialect_parts {
	const struct desk *desk;
	struct sockets *sockets;
	struct tokens *tokens;	   /* of those who ask with JSON Web Tokens */
	struct sessions *sessions; /* of those who logged in in a browser */
	struct simulator *simulator;
	struct lives *lives; /* who listens to calls */
};

#endif
