/* switch/digest_client: HTTP digest authentication, the side that is challenged: a trunk asks who we are.
 *
 * One struct digest_client per far end: it keeps the nonce and counts its uses, so that later requests can
 * send credentials at once. No memory of its own: put it where it is needed. Threads: one. */
#ifndef OFFHOOK_SWITCH_DIGEST_CLIENT_H
#define OFFHOOK_SWITCH_DIGEST_CLIENT_H

#include "daemon/offhookd/switch/digest.h"

struct digest_client {
	bool challenged; /* the rest is set */
	struct digest_credentials credentials;
	char opaque[256];
	bool has_opaque;
};

void digest_client_init(struct digest_client *client);

/* Takes the values of the WWW-Authenticate (or Proxy-Authenticate) headers of one response and settles on the
 * best we know: SHA-256 before MD5. Returns 0; EACCES when this only repeats a challenge that we have
 * answered (the password is wrong: do not try again); ENOTSUP when none is for us; EBADMSG when one is
 * malformed and none else is for us. */
int digest_client_challenge(struct digest_client *client, const char *const headers[], size_t count)
    __attribute__((warn_unused_result));

enum { DIGEST_ANSWER_SIZE = 2048 };

/* Writes the value of the Authorization (or Proxy-Authorization) header of a request, and counts the nonce.
 * Returns 0, EINVAL when there has been no challenge or a value cannot stand in a header, or EMSGSIZE. */
int digest_client_answer(struct digest_client *client, const char *method, const char *uri,
			 const char *username, const char *password, char out[DIGEST_ANSWER_SIZE])
    __attribute__((warn_unused_result));

#endif
