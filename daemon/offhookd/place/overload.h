/* overload: which new requests are turned away before anything is made of them, so that what we can do does
 * not go under in what we cannot (RFC 6357, RFC 7339's reasons).
 *
 * There is too much when max-calls or max-calls-per-second is reached, no RTP port is left, or when datagrams
 * have waited for us for longer than max-delay, and that has lasted: what has piled up while we stood still
 * for a moment is soon worked off, and is no overload. Requests of dialogs, answers and whatever has been
 * begun always pass. Of what is new, strangers are turned away first, then calls of our trunks and phones,
 * REGISTER and the rest of theirs last; calls to emergency numbers pass.
 *
 * Main thread only. Asked by ua for each message that begins something new, before it is read. */
#ifndef OFFHOOK_PLACE_OVERLOAD_H
#define OFFHOOK_PLACE_OVERLOAD_H

#include "daemon/offhookd/ua/intake.h"

#include <jansson.h>

struct place;

/* Begins with none. */
void overload_begin(struct place *place);

/* Whether to weigh what comes next. `late_us`: how long the last datagram had waited; 0: that is not known.
 */
bool overload_is_near(struct place *place, int64_t late_us);

/* What is to become of a new request; *retry_after_s is set when it is refused. */
enum ua_weight overload_weigh(struct place *place, const struct ua_fresh *request, unsigned *retry_after_s);

/* Takes one call of max-calls-per-second; false: there is none left now. */
bool overload_take_call(struct place *place);

/* Adds what was turned away to switch.status. */
void overload_status(const struct place *place, json_t *out);

#endif
