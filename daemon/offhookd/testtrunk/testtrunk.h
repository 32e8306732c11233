/* testtrunk: the carrier of `trunk "…" { built-in = true }`: a far end within the switch, so that programs
 * can be tested without phones and carriers.
 *
 * Concept. It is a SIP user agent of its own, on a loopback port that nobody else has, with a thread of its
 * own. The switch calls it as it calls any carrier, through its own user agent and by RTP: records, events,
 * recordings and prices are those of real calls. What it does with a call its number says (number.h,
 * doc/testing.md). It never calls by itself, and takes requests from this machine alone.
 *
 * Threads. These functions are the main thread's; nothing else is shared with the thread but a descriptor
 * that tells it to end. */
#ifndef OFFHOOK_TESTTRUNK_H
#define OFFHOOK_TESTTRUNK_H

#include <stddef.h>
#include <sys/socket.h>

struct testtrunk;

/* Starts it on a free UDP port of `host`, a numeric address without brackets; 0.0.0.0 and :: stand for
 * loopback. Returns 0 or an errno. */
int testtrunk_start(struct testtrunk **out, const char *host) __attribute__((warn_unused_result));
/* Where it is. */
const struct sockaddr_storage *testtrunk_address(const struct testtrunk *t);
/* Ends it; calls that it still has break off. NULL is ignored. */
void testtrunk_stop(struct testtrunk *t);

#endif
