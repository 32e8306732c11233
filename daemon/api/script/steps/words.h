/* words: lists of names in one string, separated by blanks: "action method !workflowSid". One with "!" before
 * it is known, and not built here. For grammars of scripts. Pure functions. */
#ifndef OFFHOOK_API_WORDS_H
#define OFFHOOK_API_WORDS_H

#include <stddef.h>

enum word { WORD_UNKNOWN, WORD_NOT_BUILT, WORD_BUILT };
/* What a list says of a name. Case counts. */
enum word words_find(const char *list, const char *name);
/* The same, whatever the case; `exact` gets the name as it is written right, of `size` bytes. */
enum word words_like(const char *list, const char *name, char *exact, size_t size);
/* Writes those that are built as "a, b, c"; "none" when there is none. */
void words_possible(const char *list, char *out, size_t size);

#endif
