/* amd: whether a person or a machine has answered, from what the far end says.
 *
 * Concept. What is said is cut into pieces of 10 ms. A piece is speech when it stands out from the line's
 * noise, which is the least of what was heard in the last second. A person says a few words and waits; a
 * machine goes on. A tone of one frequency that lasts is the beep of a machine (a sinusoid obeys x[n+1] +
 * x[n−1] = a·x[n]: the least-squares `a` gives the frequency, and what is left over says whether it was one),
 * and fax machines have theirs (spandsp). Every verdict comes with its reason and the numbers.
 *
 * Plain data of one detector; only amd_alloc() and amd_free() allocate. At 8 kHz. */
#ifndef OFFHOOK_MEDIA_AMD_H
#define OFFHOOK_MEDIA_AMD_H

#include "media/media.h"
#include "media/voice.h"

#include <spandsp.h>

enum {
	AMD_RATE = 8000,
	AMD_PIECE_MS = VOICE_PIECE_MS,
	AMD_PIECE = AMD_RATE / 1000 * AMD_PIECE_MS,
	AMD_LAG = 5
};

struct amd_beep {
	unsigned run_ms;		       /* of the tone that lasts */
	float hz, db;			       /* its frequency, and level below full scale */
	int16_t last[AMD_PIECE + 2 * AMD_LAG]; /* a piece, and its neighbours */
	bool begun;
};

struct amd {
	struct media_amd how;
	struct media_machine so_far; /* with `is` MEDIA_MACHINE_NONE until it is known */
	bool over;		     /* nothing more is to be said */
	unsigned ms;		     /* heard so far */
	/* speech */
	struct line_noise noise;
	bool talking;
	unsigned quiet_run; /* pieces in a row */
	unsigned word_ms;   /* of the word that is being said */
	unsigned begun_ms;  /* when the first word began */
	unsigned last_ms;   /* when something was said last */
	/* tones */
	struct amd_beep beep;
	modem_connect_tones_rx_state_t *cng, *ced;
};

/* What is 0 in `how` takes its default. Returns 0 or ENOMEM. */
int amd_alloc(struct amd **out, const struct media_amd *how) __attribute__((warn_unused_result));
void amd_free(struct amd *amd); /* may be NULL */

/* A piece of AMD_PIECE samples. True: there is something to say: so_far is it; it may come twice, when the
 * end of a machine's message is waited for. */
bool amd_hear(struct amd *amd, const int16_t *piece);

/* amd_file.c: hears a sound file (any that libsndfile reads, 8 to 192 kHz) until the verdict is whole or it
 * ends. What the detector has to say goes to `handler`; *so_far is what it had heard at the end. Returns 0,
 * EINVAL (no such file, or none that can be read), ENOMEM. */
typedef void amd_said_h(const struct media_machine *said, void *arg);
int amd_hear_file(const char *path, const struct media_amd *how, struct media_machine *so_far,
		  amd_said_h *handler, void *arg) __attribute__((warn_unused_result));

/* amd_beep.c: a piece; true: a beep has lasted long enough, once for each. */
bool amd_beep_hear(struct amd_beep *beep, const int16_t *piece);

#endif
