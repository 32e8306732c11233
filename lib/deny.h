/* deny: addresses that we do not connect to for others. */
#ifndef OFFHOOK_LIB_DENY_H
#define OFFHOOK_LIB_DENY_H

#include "lib/conf.h"

/* Whether `address` is in one of the networks (as conf_network_holds() reads them), also when it is written
 * as the IPv6 address of an IPv4 one (mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP), or stands
 * for the machine itself (0.0.0.0, ::). What is neither IPv4 nor IPv6 is denied. */
bool deny_holds(const struct conf_strings *networks, const struct sockaddr *address);

#endif
