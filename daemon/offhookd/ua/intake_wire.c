/* Tells of messages as they are on the wire. See intake.h. */
#include "daemon/offhookd/ua/intake_private.h"

void intake_tell(const struct intake_wire *wire, const struct sockaddr_storage *remote, bool sent,
		 const struct iovec *parts, size_t count)
{
	struct sockaddr_storage local = { 0 }, peer = { 0 };
	socklen_t size = sizeof local, peer_size = sizeof peer;
	struct ua_wire_message message = { .sent = sent,
					   .transport = wire->transport,
					   .local = &local,
					   .remote = remote ? remote : &peer,
					   .parts = parts,
					   .part_count = count };

	if (!intake.handlers.message)
		return;
	if (getsockname(wire->fd, (struct sockaddr *)&local, &size))
		local.ss_family = AF_UNSPEC;
	if (!remote && getpeername(wire->fd, (struct sockaddr *)&peer, &peer_size))
		peer.ss_family = AF_UNSPEC;
	intake.handlers.message(&message, intake.handlers.arg);
}

void intake_tell_text(const struct intake_wire *wire, const struct sockaddr_storage *remote, bool sent,
		      const char *text, size_t size)
{
	struct iovec part = { (void *)(uintptr_t)text, size };

	intake_tell(wire, remote, sent, &part, 1);
}

void ua_intake_unwanted(void)
{
	if (intake.handlers.unwanted)
		intake.handlers.unwanted(intake.handlers.arg);
}
