/* socket_private: inside of the socket: one connection, shared by socket.c and socket_events.c alone. */
#ifndef OFFHOOK_API_SOCKET_PRIVATE_H
#define OFFHOOK_API_SOCKET_PRIVATE_H

#include "daemon/api/socket/socket.h"
#include "daemon/api/ws/ws_conn.h"

struct socket {
	struct socket *next, **link;
	struct sockets *sockets;
	struct ws_conn *conn;
	const struct socket_form *form;
	void *arg; /* of the form */
	struct event *auth_timer;
	const struct conf_account *account; /* NULL until authenticated */
	bool only_reads;		    /* its key may change nothing */
	struct socket_command *commands;    /* under way */
	unsigned command_count;
	bool subscribed, behind;
	int64_t cursor;		/* newest event that was sent, or passed over */
	char call_id[40];	/* only this call's events, or "" */
	char conference_id[40]; /* only this conference's, or "" */
	json_t *types;		/* only these, or NULL */
};

struct sockets {
	struct sockets_setup with;
	struct socket *first;
	unsigned count;
	int64_t newest; /* newest event that was published */
};

/* `json` and `body` are stolen; `id` may be NULL. */
void socket_send(struct socket *socket, json_t *json);
void socket_reply(struct socket *socket, json_t *id, int status, json_t *body);
void socket_refuse(struct socket *socket, json_t *id, int status, const char *field, const char *detail);

/* The command subscribe. */
void socket_subscribe(struct socket *socket, json_t *id, const json_t *params);
/* Sends the next batch from the log to one that is behind; the one after it follows when this has been taken.
 */
void socket_catch_up(struct socket *socket);
/* A bus_h; `arg` is the struct sockets. */
void sockets_on_event(const struct bus_event *event, void *arg);

#endif
