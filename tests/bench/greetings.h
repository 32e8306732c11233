/* greetings: what people and machines say when they answer, made by flite and espeak-ng: nothing of it comes
 * from elsewhere. */
#ifndef OFFHOOK_BENCH_GREETINGS_H
#define OFFHOOK_BENCH_GREETINGS_H

#include <stddef.h>
#include <stdint.h>

enum { GREETING_RATE = 8000, GREETING_MAX = GREETING_RATE * 30 };

/* Starts the engines; exits where that fails. */
void greetings_init(void);

/* The voices, by number; NULL past the end. */
const char *greeting_voice(unsigned voice);
/* What a person or a machine says in that voice's language; NULL past the end. */
const char *greeting_text(unsigned voice, int machine, unsigned i);

/* Speaks it: samples without the silence around it, at about −20 dBFS. Returns how many. */
size_t greeting_speak(int16_t out[GREETING_MAX], unsigned voice, const char *text);

#endif
