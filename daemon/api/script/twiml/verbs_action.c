/* What most verbs have: where to go on when they are done. */
#include "daemon/api/script/twiml/verbs.h"

void verb_action(struct reader *r, const xmlNode *node, struct step *step)
{
	step->post = !reader_is_get(r, node, "method");
	step->action = reader_attribute(r, node, "action");
	if (step->action && !*step->action)
		step->action = NULL;
}
