/* framing: requests whose end or whose receiver could be read in two ways (RFC 9112). What is behind one of
 * them on its connection may be a part of it, so it is answered with an error and the connection ends. */
#ifndef OFFHOOK_API_FRAMING_H
#define OFFHOOK_API_FRAMING_H

struct evkeyvalq;

/* Looks at the headers of a request of HTTP/major.minor. Returns 0, or the status to refuse it with (400,
 * 501) and *why in one sentence, static. */
int framing_check(struct evkeyvalq *headers, int major, int minor, const char **why);

#endif
