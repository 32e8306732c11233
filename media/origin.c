#include "media/origin.h"

enum {
	GRACE_US = 1000000,	 /* in which those who are expected may speak first */
	SILENT_US = 500000,	 /* then another likely address may follow */
	SILENT_ANEW_US = 100000, /* after a new description, and one who proves to be the same */
	GONE_US = 2000000,	 /* then anyone may */
	GONE_ANEW_US = 1000000,	 /* after a new description */
	REPORTS_US = 8000000, /* without RTCP, of one that sends some: it is sent every 5 s and more often */
	PAUSE_US = 2000000,   /* a run ends */
	STEP_MAX = 8,	      /* of sequence numbers in a run: some may be lost */
	CONTINUES_MAX = 3000, /* of sequence numbers that go on after a move */
	RUN_LIKELY = 2,
	RUN_ANYONE = 4,
};

/* An IPv6 host changes the lower half of its address as it likes (RFC 8981). */
static bool same_host(const union address *a, const union address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return a->any.sa_family == AF_INET6 && memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 8) == 0;
}

bool origin_host(const struct origin *o, const union address *from)
{
	return same_host(from, &o->at) || same_host(from, &o->said) || same_host(from, &o->signal);
}

static enum origin_rank rank_of(const struct origin *o, const union address *from)
{
	if (address_equal(from, &o->said))
		return ORIGIN_SAID;
	if (same_host(from, &o->said) || same_host(from, &o->signal))
		return ORIGIN_LIKELY;
	return ORIGIN_ANYONE;
}

void origin_describe(struct origin *o, const union address *said, const union address *signal, int64_t now_us)
{
	bool same = address_known(said) && address_equal(said, &o->said);
	o->said = *said;
	o->signal = *signal;
	o->since_us = now_us;
	memset(o->candidates, 0, sizeof o->candidates);
	if (same) {
		o->anew = o->heard;
		if (o->heard && o->rank != ORIGIN_SAID)
			o->rank = rank_of(o, &o->at);
		return;
	}
	o->at = *said;
	o->heard = o->anew = false;
	o->rank = ORIGIN_NOBODY;
	o->report_us = 0;
}

static bool continues(const struct origin *o, const struct origin_packet *p)
{
	return o->heard && p->ssrc == o->ssrc && (uint16_t)(p->seq - o->seq - 1) < CONTINUES_MAX;
}

static bool reports_go_on(const struct origin *o, int64_t after_us, int64_t now_us)
{
	return o->report_us > after_us && now_us - o->report_us < REPORTS_US;
}

/* How long the one believed has been silent. */
static int64_t silence(const struct origin *o, int64_t now_us)
{
	return now_us - o->heard_us;
}

/* `proved`: it has the key, or knows what only the one before knew. */
static bool may_follow(const struct origin *o, enum origin_rank rank, bool proved, bool quiet, int64_t now_us)
{
	if (!o->heard)
		return rank >= ORIGIN_LIKELY ||
		       (now_us - o->since_us >= GRACE_US && !reports_go_on(o, o->since_us, now_us));
	if (rank > o->rank)
		return true;
	if (rank >= ORIGIN_LIKELY)
		return silence(o, now_us) >= (o->anew || proved ? SILENT_ANEW_US : SILENT_US);
	return !quiet && silence(o, now_us) >= (o->anew ? GONE_ANEW_US : GONE_US) &&
	       (!o->anew || now_us - o->since_us >= GONE_ANEW_US) && !reports_go_on(o, o->heard_us, now_us);
}

bool origin_hopeless(const struct origin *o, const union address *from, int64_t now_us)
{
	return o->heard && !address_equal(from, &o->at) && silence(o, now_us) < SILENT_ANEW_US &&
	       rank_of(o, from) <= o->rank;
}

/* Who is the less to be missed: of lower rank, with a shorter run, longer ago. */
static bool less(const struct origin_candidate *a, const struct origin_candidate *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank;
	if ((a->run > 1) != (b->run > 1))
		return a->run < b->run;
	return a->heard_us < b->heard_us;
}

/* Its place in the table, or one that it may take; NULL: all are better. */
static struct origin_candidate *find(struct origin *o, const union address *from, enum origin_rank rank,
				     int64_t now_us)
{
	struct origin_candidate *least = &o->candidates[0];
	for (unsigned i = 0; i < ORIGIN_CANDIDATES; i++) {
		struct origin_candidate *c = &o->candidates[i];
		if (address_equal(&c->from, from) && address_known(from))
			return c;
		if (less(c, least))
			least = c;
	}
	bool stale = now_us - least->heard_us > PAUSE_US;
	if (least->rank > rank || (least->rank == rank && least->run > 1 && !stale))
		return NULL;
	*least = (struct origin_candidate){ .from = *from };
	return least;
}

/* Counts how many of its packets followed each other. */
static void count_run(struct origin_candidate *c, const struct origin_packet *p, int64_t now_us)
{
	uint16_t step = (uint16_t)(p->seq - c->seq);
	bool goes_on = c->run > 0 && p->ssrc == c->ssrc && now_us - c->heard_us <= PAUSE_US;
	if (goes_on && (step == 0 || step > UINT16_MAX - STEP_MAX))
		return; /* again, or overtaken */
	c->run = goes_on && step <= STEP_MAX ? (uint16_t)(c->run + 1) : 1;
	if (c->run > RUN_ANYONE)
		c->run = RUN_ANYONE;
	c->ssrc = p->ssrc;
	c->seq = p->seq;
	c->heard_us = now_us;
}

static unsigned run_needed(const struct origin *o, const struct origin_packet *p, enum origin_rank rank)
{
	if (p->authentic || (rank == ORIGIN_SAID && !o->heard))
		return 1;
	return rank >= ORIGIN_LIKELY ? RUN_LIKELY : RUN_ANYONE;
}

enum origin_verdict origin_learn(struct origin *o, const struct origin_packet *p, bool quiet, int64_t now_us)
{
	enum origin_rank real = rank_of(o, p->from), rank = real;
	bool proved = p->authentic || continues(o, p);
	if (proved && rank < ORIGIN_LIKELY)
		rank = ORIGIN_LIKELY;
	struct origin_candidate *c = find(o, p->from, rank, now_us);
	if (!c)
		return ORIGIN_DROP;
	c->rank = rank;
	count_run(c, p, now_us);
	if (c->run < run_needed(o, p, rank) || !may_follow(o, rank, proved, quiet, now_us)) {
		c->dropped++;
		return ORIGIN_DROP;
	}
	o->at = *p->from;
	o->rank = real;
	o->heard = true;
	o->anew = false;
	o->ssrc = p->ssrc;
	o->seq = p->seq;
	o->heard_us = now_us;
	o->dropped = c->dropped;
	memset(o->candidates, 0, sizeof o->candidates);
	return ORIGIN_TAKE_MOVED;
}
