/* step_shown: a step as those see it who read a transcript. */
#ifndef OFFHOOK_API_STEP_SHOWN_H
#define OFFHOOK_API_STEP_SHOWN_H

#include "daemon/api/script/steps/step.h"

#include <jansson.h>

/* Its attributes, those that are not as usual. New reference. */
json_t *step_shown(const struct step *step);

#endif
