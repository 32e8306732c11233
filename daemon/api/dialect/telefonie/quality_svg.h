/* quality_svg: the seconds of a call as a chart: MOS, loss, jitter and round trip over time, both directions,
 * alerts marked. One file that needs nothing else, for light and dark screens.
 *
 * A long call is drawn with the worst of several seconds a point. */
#ifndef OFFHOOK_API_VOICE_QUALITY_SVG_H
#define OFFHOOK_API_VOICE_QUALITY_SVG_H

#include "daemon/api/store/quality.h"

/* When the first second began [UTC ms]. */
int64_t quality_start(const struct quality *quality);

/* The SVG document: a new string, or NULL without memory. `alerts` is the array of GET …/quality. */
char *quality_svg(const char *call_id, const struct quality *quality, const json_t *alerts);

#endif
