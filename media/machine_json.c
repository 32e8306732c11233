#include "media/machine_json.h"

json_t *media_machine_json(const struct media_machine *m)
{
	json_t *out = json_pack(
	    "{s:s, s:s*, s:s, s:i, s:i, s:i, s:i}", "is", m->is ? media_machine_name(m) : "none", "end",
	    media_machine_end_name(m), "reason", m->reason ? m->reason : "nothing that tells has been heard",
	    "after_ms", (int)m->after_ms, "initial_silence_ms", (int)m->initial_silence_ms, "speech_ms",
	    (int)m->speech_ms, "words", (int)m->words);

	if (out && m->beep_hz)
		json_object_set_new(
		    out, "beep", json_pack("{s:i,s:i}", "hz", (int)m->beep_hz, "at_ms", (int)m->beep_at_ms));
	return out;
}
