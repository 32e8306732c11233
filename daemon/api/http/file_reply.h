/* file_reply: a file as the answer to a GET: whole or a range of it (RFC 9110, section 14), with an ETag. */
#ifndef OFFHOOK_API_FILE_REPLY_H
#define OFFHOOK_API_FILE_REPLY_H

#include "daemon/api/http/web.h"

/* Answers the request with the file of `fd` (taken), of that media type. */
void file_reply(struct web_request *request, int fd, const char *type);

#endif
