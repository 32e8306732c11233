#include "media/amd.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static const float LOUDEST = 500; /* of a line's noise: about −36 dBFS; what is louder and steady is music */

enum {
	TIMEOUT_MS = 30000,
	SPEECH_MS = 2400,
	SHORT_SPEECH_MS = 900, /* a greeting of one or two words: */
	SHORT_END_MS = 800,    /* the pause behind it need not be long */
	END_MS = 1100,
	SILENCE_MS = 5000,
	MESSAGE_SILENCE_MS = 2000, /* behind a machine's words: its message is over */
	WORD_MS = 60,		   /* what is shorter is a click */
	GAP_MS = 60,		   /* between words */
	BREATH_MS = 300,	   /* a pause that belongs to what is being said */
	SETTLE_MS = 100,	   /* until the line's noise is known */
};

static unsigned or_default(unsigned value, unsigned otherwise)
{
	return value ? value : otherwise;
}

int amd_alloc(struct amd **out, const struct media_amd *how)
{
	struct amd *a = calloc(1, sizeof *a);
	if (!a)
		return ENOMEM;
	a->how = *how;
	a->how.timeout_ms = or_default(how->timeout_ms, TIMEOUT_MS);
	a->how.speech_ms = or_default(how->speech_ms, SPEECH_MS);
	a->how.silence_ms = or_default(how->silence_ms, SILENCE_MS);
	line_noise_init(&a->noise);
	a->cng = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_FAX_CNG, NULL, NULL);
	a->ced = modem_connect_tones_rx_init(NULL, MODEM_CONNECT_TONES_FAX_CED_OR_PREAMBLE, NULL, NULL);
	if (!a->cng || !a->ced) {
		amd_free(a);
		return ENOMEM;
	}
	*out = a;
	return 0;
}

void amd_free(struct amd *a)
{
	if (!a)
		return;
	if (a->cng)
		modem_connect_tones_rx_free(a->cng);
	if (a->ced)
		modem_connect_tones_rx_free(a->ced);
	free(a);
}

/* ---- speech ---- */

static void end_word(struct amd *a)
{
	if (a->word_ms >= WORD_MS)
		a->so_far.words++;
	a->word_ms = 0;
	a->talking = false;
}

/* A pause before now that belongs to what is being said. */
static unsigned breath(const struct amd *a, unsigned since)
{
	unsigned gap = a->last_ms && since > a->last_ms ? since - a->last_ms : 0;
	return gap <= BREATH_MS ? gap : 0;
}

static void voiced(struct amd *a)
{
	a->quiet_run = 0;
	a->word_ms += AMD_PIECE_MS;
	if (a->talking) {
		a->so_far.speech_ms += AMD_PIECE_MS + breath(a, a->ms - AMD_PIECE_MS);
		a->last_ms = a->ms;
		return;
	}
	if (a->word_ms < WORD_MS)
		return;
	a->talking = true;
	if (!a->begun_ms) {
		a->begun_ms = a->ms > a->word_ms ? a->ms - a->word_ms : 1;
		a->so_far.initial_silence_ms = a->begun_ms;
	}
	a->so_far.speech_ms += a->word_ms + breath(a, a->ms - a->word_ms);
	a->last_ms = a->ms;
}

static void take_sound(struct amd *a, const int16_t *piece)
{
	float level = voice_level(piece, AMD_PIECE),
	      noise = fminf(line_noise_hear(&a->noise, level), LOUDEST);
	if (a->ms > SETTLE_MS && voice_stands_out(level, noise)) {
		voiced(a);
		return;
	}
	a->quiet_run++;
	if (a->quiet_run * AMD_PIECE_MS >= GAP_MS)
		end_word(a);
}

/* ---- the verdict ---- */

static bool say(struct amd *a, enum media_machine_is is, const char *reason)
{
	a->so_far.is = is;
	a->so_far.reason = reason;
	a->so_far.after_ms = a->ms;
	a->over = is != MEDIA_MACHINE_MACHINE || !a->how.message_end;
	return true;
}

static bool say_end(struct amd *a, enum media_machine_end end, const char *reason)
{
	a->so_far.is = MEDIA_MACHINE_MACHINE;
	a->so_far.end = end;
	a->so_far.reason = reason;
	a->so_far.after_ms = a->ms;
	a->over = true;
	return true;
}

static unsigned end_ms(const struct amd *a)
{
	if (a->how.speech_end_ms)
		return a->how.speech_end_ms;
	return a->so_far.speech_ms <= SHORT_SPEECH_MS ? SHORT_END_MS : END_MS;
}

static bool judge(struct amd *a)
{
	unsigned quiet = a->last_ms ? a->ms - a->last_ms : a->ms;
	if (!a->begun_ms)
		return quiet >= a->how.silence_ms &&
		       say(a, MEDIA_MACHINE_UNKNOWN, "nobody has said anything");
	if (a->so_far.speech_ms >= a->how.speech_ms)
		return say(a, MEDIA_MACHINE_MACHINE, "a long greeting");
	return quiet >= end_ms(a) && say(a, MEDIA_MACHINE_HUMAN, "a short greeting, and then it waits");
}

static bool take_tones(struct amd *a, const int16_t *piece, bool *said)
{
	modem_connect_tones_rx(a->cng, piece, AMD_PIECE);
	modem_connect_tones_rx(a->ced, piece, AMD_PIECE);
	if (!a->begun_ms && (modem_connect_tones_rx_get(a->cng) != MODEM_CONNECT_TONES_NONE ||
			     modem_connect_tones_rx_get(a->ced) != MODEM_CONNECT_TONES_NONE)) {
		*said = say(a, MEDIA_MACHINE_FAX, "a fax tone");
		return true;
	}
	if (!amd_beep_hear(&a->beep, piece))
		return false;
	a->so_far.beep_hz = (unsigned)lroundf(a->beep.hz);
	a->so_far.beep_at_ms = a->ms - a->beep.run_ms;
	return true;
}

/* A beep at once may be a fax's tone: that is known when it has lasted. */
static bool is_fax_like(const struct amd *a)
{
	return !a->begun_ms && ((a->so_far.beep_hz > 1050 && a->so_far.beep_hz < 1150) ||
				(a->so_far.beep_hz > 2050 && a->so_far.beep_hz < 2150));
}

bool amd_hear(struct amd *a, const int16_t *piece)
{
	bool said = false, beep;
	if (a->over)
		return false;
	a->ms += AMD_PIECE_MS;
	beep = take_tones(a, piece, &said);
	if (said)
		return true;
	if (beep && !is_fax_like(a))
		return a->how.message_end ? say_end(a, MEDIA_MACHINE_END_BEEP, "a beep")
					  : say(a, MEDIA_MACHINE_MACHINE, "a beep");
	if (!a->beep.run_ms) /* a tone is no speech */
		take_sound(a, piece);
	if (a->so_far.is == MEDIA_MACHINE_MACHINE && a->ms - a->last_ms >= MESSAGE_SILENCE_MS)
		return say_end(a, MEDIA_MACHINE_END_SILENCE, "silence behind the greeting");
	if (a->ms >= a->how.timeout_ms && a->so_far.is == MEDIA_MACHINE_MACHINE)
		return say_end(a, MEDIA_MACHINE_END_OTHER, "the greeting did not end in time");
	if (a->ms >= a->how.timeout_ms)
		return say(a, MEDIA_MACHINE_UNKNOWN, "it could not be told in time");
	return a->so_far.is == MEDIA_MACHINE_NONE && !a->beep.run_ms && judge(a);
}
