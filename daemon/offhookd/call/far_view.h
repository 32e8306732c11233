/* far_view: what the far end's RTCP tells of a call's media, as JSON. Main thread. */
#ifndef OFFHOOK_CALL_FAR_VIEW_H
#define OFFHOOK_CALL_FAR_VIEW_H

#include "lib/json_text.h"
#include "media/media.h"

/* Adds "far", an object; nothing when no RTCP has come. What the far end does not know is left out. */
void far_view_write(struct json_text *out, const struct media_far *far);

#endif
