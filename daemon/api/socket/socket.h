/* socket: sessions over WebSocket: commands as a dialect has them, and events as they happen.
 *
 * A command is {"id", "action", "params"}; the reply is {"id", "status", "body"}. Beside those of the dialect
 * (its form) there are authenticate {"key"}, subscribe {"after","call_id","conference_id","types"} and
 * unsubscribe. Events come as {"type":"event","cursor","event"}; `cursor` is a place in the order over all
 * calls and conferences of this server: subscribe with it as `after`, on any connection, goes on behind it
 * without loss or duplicates. What is not kept (who talks, phones, trunks) comes without a cursor, to those
 * who ask for its type.
 *
 * Who is behind is sent from the log, as fast as it reads; a subscriber that is not behind and does not read
 * is closed with 4008 when SOCKET_BACKLOG_MAX bytes wait for it. Without a key in the header or in a first
 * command within 10 s the close code is 4401.
 *
 * Threads: the event base's thread. Shutdown: sockets_free() before the web server's. */
#ifndef OFFHOOK_API_SOCKET_H
#define OFFHOOK_API_SOCKET_H

#include "daemon/api/http/web.h"
#include "daemon/api/switch/bus.h"

struct sockets;

enum {
	SOCKET_BACKLOG_MAX = 1024 * 1024, /* bytes */
	SOCKETS_MAX = 1000,
	SOCKET_COMMANDS_MAX = 64, /* under way at a time */
};

/* One command under way, until it is answered. */
struct socket_command;

struct socket_asker {
	const struct conf_account *account; /* NULL: not known yet */
	bool only_reads;		    /* its key may change nothing */
};

/* How a dialect speaks on a socket; `arg` of all is its own. */
struct socket_form {
	/* The account of a key, or NULL. */
	const struct conf_account *(*account)(const char *key, void *arg);
	bool (*only_reads)(const char *key, void *arg);
	/* What is said of a command that cannot be taken. New. */
	json_t *(*refusal)(int status, const char *field, const char *detail);
	/* Begins a command; socket_answer() ends it. False: there is no such action, and it is not begun. */
	bool (*command)(struct socket_command *command, const struct socket_asker *by, const char *action,
			const json_t *message, void *arg);
	/* An event: of a call, of a conference, or of neither (a phone, a trunk). New, or NULL. */
	json_t *(*event)(const struct bus_event *event, void *arg);
};

struct sockets_setup {
	struct event_base *base;
	const struct conf *conf;
	struct store *store;
	struct bus *bus;
};

int sockets_alloc(struct sockets **out, const struct sockets_setup *setup)
    __attribute__((warn_unused_result));
void sockets_free(struct sockets *sockets);
/* Sessions now. */
unsigned sockets_count(const struct sockets *sockets);

/* Makes a session of a request; by->account is NULL when it brought no key. `form` and `arg` outlive the
 * sockets. */
void socket_open(struct sockets *sockets, struct web_request *request, const struct socket_asker *by,
		 const struct socket_form *form, void *arg);

/* Answers a command; `body` is stolen, NULL for none. */
void socket_answer(struct socket_command *command, int status, json_t *body);

#endif
