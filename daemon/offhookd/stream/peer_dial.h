/* peer_dial: from a URL to a connection: the host's addresses in turn, those that conf denies left out, and
 * with wss the far end's certificate checked. Stream thread. */
#ifndef OFFHOOK_STREAM_PEER_DIAL_H
#define OFFHOOK_STREAM_PEER_DIAL_H

#include "daemon/offhookd/stream/peer.h"

struct peer_dial;

/* `bev` is the receiver's, without callbacks; NULL: `why` and `error` say why not. Called once, from the
 * loop. */
typedef void peer_dialled_h(struct bufferevent *bev, enum peer_error why, const char *error, void *arg);

/* NULL without memory. `setup` stays. */
struct peer_dial *peer_dial_new(struct peer_world *world, const struct peer_setup *setup,
				peer_dialled_h *handler, void *arg);
/* The Host field, and path and query; NULL for a socket of this machine. */
void peer_dial_names(const struct peer_dial *dial, const char **host, const char **target);
void peer_dial_free(struct peer_dial *dial);

#endif
