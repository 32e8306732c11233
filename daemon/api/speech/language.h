/* language: the languages that texts can be spoken in, by their tags (BCP 47: "de-DE", "pt-BR", "en"). */
#ifndef OFFHOOK_API_LANGUAGE_H
#define OFFHOOK_API_LANGUAGE_H

#include "lib/conf.h"

/* What espeak-ng calls the language; "" for English, which flite speaks; NULL for one that is not spoken.
 * Case does not matter; a region that is not known is left out. */
const char *language_find(const char *tag);

/* How well the best of some tags fits what is wanted: 2 for the same, 1 for its language alone, else 0. */
int language_fit(const struct conf_strings *tags, const char *wanted);

#endif
