/* document: what a script's URL has answered, as steps: its type decides what it is.
 *
 *   text/xml, application/xml, …+xml     TwiML
 *   application/json, …+json             NCCO
 *   audio/…                              played
 *   text/plain                           said
 *   text/html, others, none              TwiML or NCCO by how it begins, else text/plain is said and the rest
 * refused
 *
 * What begins as TwiML or NCCO is that whatever its type says (but audio): many servers say text/plain or
 * text/html of all they have. An empty one has no steps. Pure functions. */
#ifndef OFFHOOK_API_DOCUMENT_H
#define OFFHOOK_API_DOCUMENT_H

#include "daemon/api/script/steps/problem.h"
#include "daemon/api/script/steps/step.h"

/* The type of one that came within JSON or a form: whatever its XML declaration says, it is UTF-8. */
#define DOCUMENT_INLINE "; charset=utf-8"

/* Compiles `size` bytes with a NUL behind them that came from `url` (NULL: from nowhere; then nothing is
 * played) as `content_type` (NULL: not said). Adds to *problems. Returns 0 with a new script, EINVAL when
 * there is an error among the problems, or ENOMEM. */
int document_compile(struct script **out, const char *bytes, size_t size, const char *content_type,
		     const char *url, struct problems *problems) __attribute__((warn_unused_result));

/* The same, and *kept is the document as UTF-8 text that can be compiled again later as *type (in: as in
 * document_compile()), which is changed to what it then is: a new string. On failure both stay as they are.
 */
int document_take(struct script **out, char **kept, const char **type, const char *bytes, size_t size,
		  const char *url, struct problems *problems) __attribute__((warn_unused_result));

#endif
