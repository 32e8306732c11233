/* What hangs on a call: who is told, in which order, and who is not any more. */
#include "daemon/offhookd/call/call.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static char told[64];
static struct call call;

struct mark {
	struct call_owner owner; /* first */
	char name;
	struct mark *takes_off; /* when it is told */
};

static void note(struct call_owner *owner)
{
	const struct mark *m = (const struct mark *)owner;
	size_t n = strlen(told);

	cr_assert(n + 1 < sizeof told);
	told[n] = m->name;
	if (m->takes_off)
		call_disown(&call, &m->takes_off->owner);
}

static void on_word(struct call_owner *owner, struct call *of)
{
	cr_assert(of == &call);
	note(owner);
}

static void on_ended(struct call_owner *owner, struct call *of, const struct call_why *why)
{
	(void)why;
	cr_assert(of == &call);
	note(owner);
}

static const struct call_owner_ops ops = { .answered = on_word, .leaves = on_word, .ended = on_ended };
static const struct call_owner_ops lasting = { .answered = on_word, .free = on_word };

static void hang(struct mark *mark, char name, const struct call_owner_ops *with)
{
	*mark = (struct mark){ .name = name };
	call_own(&call, &mark->owner, with);
}

Test(owner, the_last_to_come_is_told_first)
{
	struct mark a, b, c;

	hang(&a, 'a', &ops);
	hang(&b, 'b', &lasting);
	hang(&c, 'c', &ops);
	call_tell_answered(&call);
	call_tell_leaves(&call);
	cr_expect_str_eq(told, "cbaca");
	cr_expect(call_owner_with(&call, &ops) == &c.owner);
	cr_expect(call_owner_with(&call, &lasting) == &b.owner);
}

Test(owner, who_was_taken_off_meanwhile_is_not_told)
{
	struct mark a, b, c;

	hang(&a, 'a', &ops);
	hang(&b, 'b', &ops);
	hang(&c, 'c', &ops);
	c.takes_off = &b;
	a.takes_off = &a;
	call_tell_answered(&call);
	cr_expect_str_eq(told, "ca");
	cr_expect(call_owner_with(&call, &ops) == &c.owner);
	call_disown(&call, &a.owner); /* gone already */
	call_disown(&call, &c.owner);
	cr_expect(call_owner_with(&call, &ops) == NULL);
}

Test(owner, each_hears_of_the_end_once_and_what_lasts_stays_until_the_call_is_forgotten)
{
	struct mark a, b, c;

	hang(&a, 'a', &ops);
	hang(&b, 'b', &lasting);
	hang(&c, 'c', &ops);
	c.takes_off = &a;
	call_tell_ended(&call, NULL);
	call_tell_ended(&call, NULL);
	cr_expect_str_eq(told, "c");
	cr_expect(call_owner_with(&call, &lasting) == &b.owner);
	call_free_owners(&call);
	cr_expect_str_eq(told, "cb");
	cr_expect(call.owners == NULL);
}
