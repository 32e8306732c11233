#include "media/order.h"

#include <stdlib.h>

static void order_back(struct mail *mail, void *owner)
{
	struct order *order = (struct order *)mail;
	const bool kept = order->kept;
	(void)owner;
	if (order->carried_out)
		order->carried_out(order);
	if (!kept)
		free(order);
}

static void order_run(struct mail *mail, void *owner)
{
	struct order *order = (struct order *)mail;
	struct worker *worker = owner;
	order->carry_out(order->stream, order);
	mail->run = order_back;
	worker_tell_main(worker, mail);
}

struct order *order_new(struct media_session *session, void (*carry_out)(struct stream *, struct order *))
{
	struct order *order = calloc(1, sizeof *order);
	if (!order)
		return NULL;
	order->mail.run = order_run;
	order->carry_out = carry_out;
	order->stream = session->stream;
	order->session = session;
	return order;
}

struct order *order_new_room(struct room *room, struct worker *worker,
			     void (*carry_out)(struct stream *, struct order *))
{
	struct order *order = calloc(1, sizeof *order);
	if (!order)
		return NULL;
	order->mail.run = order_run;
	order->carry_out = carry_out;
	order->room = room;
	order->worker = worker;
	return order;
}

void order_post(struct order *order)
{
	worker_post(order->session ? order->session->worker : order->worker, &order->mail);
}
