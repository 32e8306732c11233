/* transfer_private: what transfer.c and transfer_own.c share.
 *
 * transfer_own.c has the transfers in which we are a partner ourselves: to a number that we answer
 * (arrive.h), and by one whose partner is a conference, a script or an echo. */
#ifndef OFFHOOK_PLACE_TRANSFER_PRIVATE_H
#define OFFHOOK_PLACE_TRANSFER_PRIVATE_H

#include "daemon/offhookd/conference/conference.h"
#include "daemon/offhookd/place/transfer.h"
#include "daemon/offhookd/trunks/route.h"

/* transfer.c */
void transfer_end(struct call *call);
void transfer_publish(struct call *transferee, const struct call *by, const char *to);
/* It has failed with `code`, as the transferor is told: the transferee talks with `partner` again, and ends
 * where that has gone. */
void transfer_give_back(struct call *transferor, struct call *partner, struct call *transferee, int code);
/* The transferee has gone its own way while it was waited for: nobody is left to talk with. */
void transfer_orphan(struct call *transferor);

/* Where one is who talks with ourselves. */
struct transfer_spot {
	char conference[UUID_TEXT_SIZE]; /* "": none */
	struct conference_how how;	 /* in it */
	char number[ROUTE_TEXT_MAX];	 /* that we answered, "": none */
};

/* Where `call`, which has no partner, is. False: at nothing that somebody else could be sent to. */
bool transfer_spot_of(struct transfer_spot *out, const struct place *place, const struct call *call);
/* A number that we answer, as a place to send somebody to. */
void transfer_spot_at(struct transfer_spot *out, const struct conf_number *number);

/* Who is sent to `spot`. */
struct transfer_move {
	struct call *transferor; /* is told how it went, and ends when it went well */
	struct call *other;	 /* its other call, which ends with it; or NULL */
	struct call *partner;	 /* the one of both that the transferee was severed from; NULL: it is new */
	struct call *transferee;
	const struct transfer_spot *spot;
};

/* Hold a reference on all of them. */
void transfer_to_spot(struct place *place, const struct transfer_move *move);

/* Calls `route` in the name of the transferor, and sends who answers to `spot`, where the transferor is.
 * Returns 0 or a SIP code; nothing has been said to the transferor yet then. */
int transfer_spot_dial(struct place *place, struct call *transferor, const struct transfer_spot *spot,
		       const struct route *route, const char *referred_by)
    __attribute__((warn_unused_result));

/* `call`, which is answered by this, takes the place of `old`, which is at `spot`. Returns 0 or ENOTCONN. */
int transfer_spot_take(struct place *place, struct call *call, struct call *old,
		       const struct transfer_spot *spot) __attribute__((warn_unused_result));

#endif
