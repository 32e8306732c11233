/* Who hears whom in a conference where not all hear all. See conference.h. */
#include "daemon/offhookd/conference/conference_private.h"

#include "lib/log.h"

#include <string.h>
#include <utlist.h>

static bool allows(const json_t *list, const struct participant *p)
{
	const json_t *id;
	size_t i;

	json_array_foreach((json_t *)list, i, id)
	{
		if (!strcmp(json_string_value(id), p->call->id))
			return true;
	}

	return !list;
}

static bool hears(const struct participant *p, const struct participant *other)
{
	return allows(p->how.hears, other) && allows(other->how.speaks_to, p);
}

void hearing_find(struct hearing_unheard *out, const struct participant *p)
{
	const struct participant *other;

	out->count = 0;
	if (!p->conference->pairs)
		return;
	DL_FOREACH(p->conference->list, other)
	{
		if (other == p || !other->call->media || hears(p, other))
			continue;
		if (out->count < MEDIA_UNHEARD_MAX)
			out->list[out->count] = other->call->media;
		out->count++;
	}
}

struct media_member hearing_member(const struct participant *p, struct hearing_unheard *unheard)
{
	const struct conference_how *how = &p->how;

	hearing_find(unheard, p);
	return (struct media_member){ .starts = how->moderator,
				      .ends = how->ends,
				      .exit_beep = how->exit_beep,
				      .muted = how->muted,
				      .held = how->hold,
				      .deaf = how->deaf,
				      .coaches = how->coaches ? how->coaches->media : NULL,
				      .unheard = unheard->list,
				      .unheard_count = unheard->count };
}

void hearing_settle(struct conference *c, const struct participant *p)
{
	struct participant *other;
	struct hearing_unheard unheard;

	if (!c->pairs)
		return;
	DL_FOREACH(c->list, other)
	{
		struct media_member member;

		if (other == p || !other->call->media)
			continue;
		member = hearing_member(other, &unheard);
		if (media_room_change(other->call->media, &member))
			log_error("conference.hearing_failed", other->call->id, "conference=%s", c->id);
	}
}

bool hearing_is_possible(const struct conference *c)
{
	const struct participant *p;
	struct hearing_unheard unheard;

	if (!c->pairs)
		return true;
	DL_FOREACH(c->list, p)
	{
		hearing_find(&unheard, p);
		if (unheard.count > MEDIA_UNHEARD_MAX)
			return false;
	}

	return true;
}
