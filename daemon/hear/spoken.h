/* spoken: numbers, digits, dates, yes and no as people say them in English, and what they mean.
 *
 * Plain functions over lists of words; nothing is kept. */
#ifndef OFFHOOK_HEAR_SPOKEN_H
#define OFFHOOK_HEAR_SPOKEN_H

#include <stdbool.h>
#include <stddef.h>

enum spoken_type { SPOKEN_NONE, SPOKEN_DIGITS, SPOKEN_NUMBER, SPOKEN_YES_NO, SPOKEN_DATE, SPOKEN_TYPES };
enum { SPOKEN_MAX = 64 }; /* of what is written, with its NUL */

/* The type that a hint names ("$digits", "$number", "$yes-no", "$date", and other vendors' names for them),
 * with how many digits there are ("$digits:4"; 0: any). SPOKEN_NONE: there is none of that name. */
enum spoken_type spoken_find(const char *name, unsigned *digits);
/* The rules of a type in JSGF, "<digit> = …;", and the name of the one that is the type, without <>. */
const char *spoken_rules(enum spoken_type type);
const char *spoken_rule_name(enum spoken_type type);

/* What the words mean: "4 2" said one by one is "42", "a hundred and five" is "105", "yeah" is "yes", "march
 * the fifth" is "March 5". False: they are none of the type. */
bool spoken_read(enum spoken_type type, const char *const *words, size_t count, char out[SPOKEN_MAX]);
/* How a number of digits is said: as a number below a million, or NULL when it has too many or begins with a
 * zero; and digit by digit. Into `out`, of at least 8 bytes a digit and 100. */
bool spoken_number(const char *digits, size_t count, char *out, size_t size);
void spoken_digits(const char *digits, size_t count, char *out, size_t size);

#endif
