/* framing_private: inside of framing, shared by framing*.c alone. Those that return an int return 0, or the
 * status of the refusal and *why in one sentence. */
#ifndef OFFHOOK_API_FRAMING_PRIVATE_H
#define OFFHOOK_API_FRAMING_PRIVATE_H

#include "daemon/api/http/framing.h"

/* Classes of octets. */
enum {
	TOKEN = 1,  /* RFC 9110, section 5.6.2 */
	TARGET = 2, /* visible ASCII: what a request target is made of (RFC 9112, section 3.2, a bit wider) */
	VALUE = 4,  /* RFC 9110, section 5.5: no controls but the tab */
	HOST = 8,   /* of a host with a port: names, IPv4, IPv6 in brackets (RFC 3986, without escapes) */
};

void framing_classes_init(void);
/* Whether all octets are of the class; true when there are none. */
bool framing_is_all(const char *text, size_t size, uint8_t class);

/* The first line of a head, without its end: begins a new request. */
int framing_read_request_line(struct framing *framing, const char *line, size_t size, const char **why);
/* A header line of `size` > 0. */
int framing_read_header(struct framing *framing, const char *line, size_t size, const char **why);
/* Any line with a name and a value, of `size` > 0; *colon between them. */
int framing_read_field(const char *line, size_t size, const char **colon, const char **why);
/* The head is whole: what its lines are together. */
int framing_check_head(const struct framing *framing, const char **why);

#endif
