/* ours: what a SIP URI must say to mean somebody of ours. Main thread only. */
#ifndef OFFHOOK_PLACE_OURS_H
#define OFFHOOK_PLACE_OURS_H

#include <stdbool.h>

struct place;

/* Whether `host` is what we are called: as ua_is_own_host(), or one of conf's sip { aliases }; or `home`, the
 * host that a phone has in its own address, since that is the name by which it knows us. NULL host: it says
 * none (tel:), and is for whoever is asked. */
bool ours_host(const struct place *place, const char *host, const char *home);

/* The same of the host of a URI. */
bool ours_uri(const struct place *place, const char *uri);

/* Whether it is a number that somebody has dialled, and no name. */
bool ours_looks_dialled(const char *text);

#endif
