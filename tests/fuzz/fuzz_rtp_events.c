/* Stands in for the engine: events go back to where they came from. */
#include "media/engine.h"

void engine_take_event(struct mail *mail, void *engine)
{
	(void)engine;
	worker_event_return((struct worker_event *)mail); /* `mail` is its first member */
}
