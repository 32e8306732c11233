/* intake: what of a connection's bytes evhttp gets to read.
 *
 * Stands between the socket, or TLS, and evhttp, as a callback of the connection's input buffer: bytes that
 * framing has not decided upon are taken out of the buffer and put back when it has. So evhttp only sees
 * whole heads that can be read in one way, and bodies that end where they say. A request that is refused is
 * shown to evhttp as a harmless one, so that its turn comes when those before it have been answered; then
 * intake_refusal() says that it is the one, and nothing that came behind it is read.
 *
 * Threads: the event base's thread. */
#ifndef OFFHOOK_API_INTAKE_H
#define OFFHOOK_API_INTAKE_H

struct bufferevent;
struct conn;

/* A new connection, which need not have a descriptor yet. */
void intake_watch(struct bufferevent *bev);
/* evhttp has made a request. Returns 0, or the status to refuse it with, and *why in one sentence. */
int intake_refusal(struct conn *conn, const char **why);
/* The connection's request is answered: what came behind one that asked for another protocol is HTTP. */
void intake_go_on(struct bufferevent *bev);
/* What comes is no HTTP any more. */
void intake_let_through(struct bufferevent *bev);

#endif
