/* Tells of messages as they are on the wire. See intake.h. */
#include "daemon/offhookd/ua/intake_private.h"

#include <string.h>

/* Room for the addresses of a message. */
struct ends {
	struct sockaddr_storage local, peer;
};

static void describe(struct ua_wire_message *out, struct ends *ends, const struct intake_wire *wire,
		     const struct sockaddr_storage *remote)
{
	socklen_t size = sizeof ends->local, peer_size = sizeof ends->peer;

	memset(ends, 0, sizeof *ends);
	out->transport = wire->transport;
	out->local = &ends->local;
	out->remote = remote ? remote : &ends->peer;
	if (getsockname(wire->fd, (struct sockaddr *)&ends->local, &size))
		ends->local.ss_family = AF_UNSPEC;
	if (!remote && getpeername(wire->fd, (struct sockaddr *)&ends->peer, &peer_size))
		ends->peer.ss_family = AF_UNSPEC;
}

void intake_tell(const struct intake_wire *wire, const struct sockaddr_storage *remote, bool sent,
		 const struct iovec *parts, size_t count)
{
	struct ua_wire_message message = { .sent = sent, .parts = parts, .part_count = count };
	struct ends ends;

	if (!intake.handlers.message)
		return;
	describe(&message, &ends, wire, remote);
	intake.handlers.message(&message, intake.handlers.arg);
}

bool intake_is_barred(const struct intake_wire *wire, const struct sockaddr_storage *remote,
		      const struct iovec *parts, size_t count)
{
	struct ua_wire_message message = { .sent = true, .parts = parts, .part_count = count };
	struct ends ends;

	if (!intake.handlers.barred || !count || parts[0].iov_len < 7 ||
	    memcmp(parts[0].iov_base, "INVITE ", 7) != 0)
		return false;
	describe(&message, &ends, wire, remote);
	return intake.handlers.barred(&message, intake.handlers.arg);
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
