/* polyglot: speech in the languages that flite has not, by espeak-ng, which can do one text at a time in a
 * process.
 *
 * Threads: any; calls wait for each other. */
#ifndef OFFHOOK_API_POLYGLOT_H
#define OFFHOOK_API_POLYGLOT_H

#include <flite/flite.h>
#include <stdbool.h>

/* Speaks `text` in a language by its name for espeak-ng; `markup`: it is SSML. Returns a new wave, or NULL
 * when it cannot. */
cst_wave *polyglot_speak(const char *text, const char *language, bool male, bool markup);
/* Frees what espeak-ng holds; nothing may be spoken any more. */
void polyglot_stop(void);

#endif
