/* negotiate: which codec a call speaks (RFC 3264). Pure functions between ua's SDP and media's streams; no
 * state. */
#ifndef OFFHOOK_SWITCH_NEGOTIATE_H
#define OFFHOOK_SWITCH_NEGOTIATE_H

#include "daemon/offhookd/ua/sdp.h"
#include "lib/conf.h"
#include "media/media.h"

/* Our offer: the codecs of `allowed` (NULL: all that media has) that exist; those that `like` (the caller's
 * offer, or NULL) has come first, in its order, so that a bridge need not transcode. telephone-event is
 * always offered. Address, port, session id and version are left as they are. */
void negotiate_offer(struct ua_sdp *offer, const struct conf_strings *allowed, const struct ua_sdp *like);

/* Our answer to `offer` and the stream that follows from it. `prefer` is the codec of the other leg, taken
 * when it is offered; else the first one of the offer that is allowed. Returns 0, or ENOENT when there is
 * none. */
int negotiate_answer(struct ua_sdp *answer, struct media_remote *stream, const struct ua_sdp *offer,
		     const struct conf_strings *allowed, const struct media_codec *prefer)
    __attribute__((warn_unused_result));

/* The stream that follows from the far end's `answer` to our `offer`. Returns 0, or ENOENT when it took none
 * of our codecs. */
int negotiate_accept(struct media_remote *stream, const struct ua_sdp *offer, const struct ua_sdp *answer)
    __attribute__((warn_unused_result));

/* Neither takes nor sends telephone-events. */
void negotiate_forget_events(struct media_remote *stream);

#endif
