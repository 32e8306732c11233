/* peer_line: the connection to a peer: its host's addresses, TCP, TLS, the upgrade, frames (wslay), pings.
 *
 * "unix:PATH" is a socket of this machine without any of that: the first text is a line, audio follows as it
 * is; a text behind audio cannot be told from it, and is the end of what is sent in its place. Lines that
 * come are texts.
 *
 * Stream thread. Tells its peer by peer_opened(), peer_heard_message() and peer_end(). */
#ifndef OFFHOOK_STREAM_PEER_LINE_H
#define OFFHOOK_STREAM_PEER_LINE_H

#include "daemon/offhookd/stream/peer.h"

struct peer_line;

/* Begins; what goes wrong at once is told from the loop, too. NULL without memory. */
struct peer_line *line_open(struct peer *peer);
void line_send(struct peer_line *line, bool text, const void *bytes, size_t size);
/* What is sent between the two goes out with the last release, at once. They nest. */
void line_hold(struct peer_line *line);
void line_release(struct peer_line *line);
/* Bytes that wait to be sent. */
size_t line_backlog(const struct peer_line *line);
/* Whether the far end takes what it is sent: one that does not is not to be read from either, since much of
 * what it says is answered. */
bool line_takes(const struct peer_line *line);
/* Nothing more is sent; what comes is taken for some seconds, then the peer ends. */
void line_drain(struct peer_line *line);
/* Whether it is read from. */
void line_read(struct peer_line *line, bool on);
/* Sends what waits and a close frame with `code`; when the far end has closed, or has not for a while, calls
 * world->gone. */
void line_finish(struct peer_line *line, int code);
void line_free(struct peer_line *line);

#endif
