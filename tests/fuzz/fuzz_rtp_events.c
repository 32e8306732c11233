/* Stands in for the engine: events go back to where they came from. */
#include "media/engine.h"

void engine_take_event(struct mail *mail, void *engine)
{
	(void)engine;
	worker_event_return((struct worker_event *)mail); /* `mail` is its first member */
}

/* Orders come from the main thread, and there is none. */
void worker_post(struct worker *worker, struct mail *mail)
{
	mailbox_put(&worker->mailbox, mail);
}
