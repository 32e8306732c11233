/* tone_name: the names of the tones that the media engine makes, for those who only name them: "ringback",
 * "dial/de". */
#ifndef OFFHOOK_TONE_NAME_H
#define OFFHOOK_TONE_NAME_H

#include <stdbool.h>

#define TONE_NAMES \
	"dial, ringback, busy, congestion, beep, enter, exit; each may have \"/\" and a country behind it"

/* Whether there is such a tone; what is behind a "/" is not looked at: without a tone of its own a country
 * has that of the United States. */
bool tone_name_is_known(const char *name);

#endif
