/* call_header: which headers a program may give with a call, or with its ringing, and in what form. Pure. */
#ifndef OFFHOOK_LIB_CALL_HEADER_H
#define OFFHOOK_LIB_CALL_HEADER_H

#include <stdbool.h>

#define CALL_HEADER_NAMES \
	"X-…, Alert-Info, Call-Info, Answer-Mode, Priv-Answer-Mode, User-to-User, Subject, Priority"

/* X-…, and those by which a phone is told how to ring or to answer; not those that are ours. */
bool call_header_may_be_given(const char *name);

/* What is wrong with the value of such a header, as a sentence; NULL: nothing that we know of. One that
 * breaks the grammar of RFC 3261 section 25.1 would be lost on its way. */
const char *call_header_trouble(const char *name, const char *value);

#endif
