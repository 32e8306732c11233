/* See owner.h. */
#include "daemon/offhookd/call/owner.h"

#include "daemon/offhookd/call/call.h"

#include <stddef.h>
#include <string.h>

enum { OWNERS_MAX = 16 }; /* in use: six at the most */

void call_own(struct call *call, struct call_owner *owner, const struct call_owner_ops *ops)
{
	owner->ops = ops;
	owner->next = call->owners;
	call->owners = owner;
}

void call_disown(struct call *call, struct call_owner *owner)
{
	for (struct call_owner **at = &call->owners; *at; at = &(*at)->next) {
		if (*at == owner) {
			*at = owner->next;
			return;
		}
	}
}

struct call_owner *call_owner_with(const struct call *call, const struct call_owner_ops *ops)
{
	for (struct call_owner *o = call->owners; o; o = o->next)
		if (o->ops == ops)
			return o;
	return NULL;
}

static bool is_there(const struct call *call, const struct call_owner *owner)
{
	for (const struct call_owner *o = call->owners; o; o = o->next)
		if (o == owner)
			return true;
	return false;
}

/* Those who are told may come and go meanwhile, and take others with them. */
static size_t list(const struct call *call, struct call_owner *out[OWNERS_MAX])
{
	size_t n = 0;

	for (struct call_owner *o = call->owners; o && n < OWNERS_MAX; o = o->next)
		out[n++] = o;
	return n;
}

void call_tell_ringing(struct call *call, bool early_media)
{
	struct call_owner *owners[OWNERS_MAX];
	size_t n = list(call, owners);

	for (size_t i = 0; i < n; i++)
		if (is_there(call, owners[i]) && owners[i]->ops->ringing)
			owners[i]->ops->ringing(owners[i], call, early_media);
}

void call_tell_digit(struct call *call, char digit, unsigned duration_ms)
{
	struct call_owner *owners[OWNERS_MAX];
	size_t n = list(call, owners);

	for (size_t i = 0; i < n; i++)
		if (is_there(call, owners[i]) && owners[i]->ops->digit)
			owners[i]->ops->digit(owners[i], call, digit, duration_ms);
}

void call_tell_pressed(struct call *call, const char *digits, unsigned duration_ms)
{
	struct call_owner *owners[OWNERS_MAX];
	size_t n = list(call, owners);

	for (size_t i = 0; i < n; i++)
		if (is_there(call, owners[i]) && owners[i]->ops->pressed)
			owners[i]->ops->pressed(owners[i], digits, duration_ms);
}

static void tell(struct call *call, size_t offset)
{
	struct call_owner *owners[OWNERS_MAX];
	size_t n = list(call, owners);

	for (size_t i = 0; i < n; i++) {
		call_owner_h *handler;

		if (!is_there(call, owners[i]))
			continue;
		memcpy(&handler, (const char *)owners[i]->ops + offset, sizeof handler);
		if (handler)
			handler(owners[i], call);
	}
}

void call_tell_answered(struct call *call)
{
	tell(call, offsetof(struct call_owner_ops, answered));
}

void call_tell_leaves(struct call *call)
{
	tell(call, offsetof(struct call_owner_ops, leaves));
}

void call_tell_severed(struct call *call)
{
	tell(call, offsetof(struct call_owner_ops, severed));
}

void call_tell_ended(struct call *call, const struct call_why *why)
{
	struct call_owner **at = &call->owners;

	while (*at) {
		struct call_owner *owner = *at;

		if (!owner->ops->ended) {
			at = &owner->next;
			continue;
		}
		*at = owner->next;
		owner->ops->ended(owner, call, why);
		at = &call->owners;
	}
}

void call_write_owners(const struct call *call, struct json_text *out)
{
	for (const struct call_owner *o = call->owners; o; o = o->next)
		if (o->ops->write)
			o->ops->write(o, out);
}

void call_free_owners(struct call *call)
{
	while (call->owners) {
		struct call_owner *owner = call->owners;

		call->owners = owner->next;
		if (owner->ops->free)
			owner->ops->free(owner, call);
	}
}
