/* See guard.h. */
#include "daemon/offhookd/phones/guard.h"

#include "lib/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* One from which right credentials came a while ago is not banned for what calls itself a scanner, and for
 * the rest only at so many times the limits: there may be many phones behind it. */
enum { TRUST_S = 7200, TRUST_FACTOR = 10 };

/* What sources are told apart by. */
struct key {
	uint8_t bytes[8]; /* ::ffff of IPv4 is its 4 bytes */
	uint8_t family;	  /* 4 or 6 */
};

struct source {
	UT_hash_handle hh; /* in the order in which they were last heard */
	struct key key;
	double tokens, proven_tokens;
	int64_t refilled_us, proven_refilled_us;
	int64_t window_us;  /* when the counts began */
	int64_t trusted_us; /* until when; 0: not */
	unsigned failures, challenges, name_count, attempt_count;
	uint32_t attempts[GUARD_NAMES_MAX]; /* hashes, the newest of them */
	uint32_t names[GUARD_NAMES_MAX];    /* hashes */
	bool banned;
	struct guard_ban ban;
};

struct guard {
	struct guard_limits limits;
	struct guard_handlers handlers;
	struct source *sources;
	size_t bans;
	uint64_t bans_total, dropped, limited;
};

const char *guard_reason_name(enum guard_reason reason)
{
	static const char *const names[] = {
		[GUARD_AGENT] = "user-agent",
		[GUARD_FAILURES] = "wrong-credentials",
		[GUARD_NAMES] = "many-names",
		[GUARD_CHALLENGES] = "unanswered-challenges",
	};

	return names[reason];
}

/* ---- addresses ---- */

static bool key_of(struct key *out, const struct sockaddr_storage *address)
{
	memset(out, 0, sizeof *out);
	if (address->ss_family == AF_INET) {
		out->family = 4;
		memcpy(out->bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
		return true;
	}
	if (address->ss_family == AF_INET6) {
		const struct in6_addr *a = &((const struct sockaddr_in6 *)address)->sin6_addr;
		bool v4 = IN6_IS_ADDR_V4MAPPED(a);

		out->family = v4 ? 4 : 6;
		memcpy(out->bytes, v4 ? &a->s6_addr[12] : &a->s6_addr[0], v4 ? 4 : 8);
		return true;
	}
	return false;
}

static void key_print(char out[GUARD_ADDRESS_SIZE], const struct key *key)
{
	struct in6_addr a = { 0 };
	char text[INET6_ADDRSTRLEN] = "";

	if (key->family == 4) {
		inet_ntop(AF_INET, key->bytes, out, GUARD_ADDRESS_SIZE);
		return;
	}
	memcpy(&a, key->bytes, 8);
	inet_ntop(AF_INET6, &a, text, sizeof text);
	snprintf(out, GUARD_ADDRESS_SIZE, "%s/64", text);
}

static bool key_parse(struct key *out, const char *text)
{
	struct sockaddr_storage address = { 0 };
	char plain[GUARD_ADDRESS_SIZE];
	size_t n = strcspn(text, "/");

	if (n >= sizeof plain || (text[n] && strcmp(text + n, "/64") != 0))
		return false;
	memcpy(plain, text, n);
	plain[n] = '\0';
	if (inet_pton(AF_INET, plain, &((struct sockaddr_in *)&address)->sin_addr) == 1)
		address.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, plain, &((struct sockaddr_in6 *)&address)->sin6_addr) == 1)
		address.ss_family = AF_INET6;
	return key_of(out, &address);
}

/* ---- sources ---- */

static void forget(struct guard *guard, struct source *s)
{
	HASH_DEL(guard->sources, s);
	free(s);
}

static void end_ban(struct guard *guard, struct source *s, bool by_hand)
{
	struct guard_ban ban = s->ban;

	guard->bans--;
	forget(guard, s);
	guard->handlers.lifted(&ban, by_hand, guard->handlers.arg);
}

/* The one that was silent longest goes, banned ones last. */
static void make_room(struct guard *guard)
{
	struct source *s = guard->sources;

	while (s && s->banned && guard->bans < HASH_COUNT(guard->sources))
		s = s->hh.next;
	if (s && s->banned)
		end_ban(guard, s, false);
	else if (s)
		forget(guard, s);
}

static struct source *add_source(struct guard *guard, const struct key *key)
{
	struct source *s;

	while (HASH_COUNT(guard->sources) >= guard->limits.max_sources)
		make_room(guard);
	s = calloc(1, sizeof *s);
	if (!s)
		return NULL;
	s->key = *key;
	s->tokens = s->proven_tokens = guard->limits.burst;
	s->refilled_us = s->proven_refilled_us = s->window_us = clock_mono_us();
	HASH_ADD(hh, guard->sources, key, sizeof s->key, s);
	return s;
}

/* NULL for what has no address, or without memory. */
static struct source *source_of(struct guard *guard, const struct sockaddr_storage *address)
{
	struct source *s;
	struct key key;

	if (!key_of(&key, address))
		return NULL;
	HASH_FIND(hh, guard->sources, &key, sizeof key, s);
	return s ? s : add_source(guard, &key);
}

/* The same, with counts that are of this window. */
static struct source *counts_of(struct guard *guard, const struct sockaddr_storage *address)
{
	struct source *s = source_of(guard, address);
	int64_t now = clock_mono_us();

	if (s && now - s->window_us > (int64_t)guard->limits.window_s * 1000000) {
		s->window_us = now;
		s->failures = s->challenges = s->name_count = s->attempt_count = 0;
	}
	return s;
}

static bool is_exempt(const struct guard *guard, const struct sockaddr_storage *address)
{
	return guard->handlers.exempt && guard->handlers.exempt(address, guard->handlers.arg);
}

static void ban(struct guard *guard, struct source *s, const struct sockaddr_storage *address,
		enum guard_reason reason)
{
	if (s->banned || guard->limits.ban_s == 0 || is_exempt(guard, address))
		return;
	s->banned = true;
	s->ban = (struct guard_ban){ .reason = reason, .since = clock_utc_ms() };
	s->ban.until = s->ban.since + (int64_t)guard->limits.ban_s * 1000;
	key_print(s->ban.address, &s->key);
	guard->bans++;
	guard->bans_total++;
	guard->handlers.banned(&s->ban, guard->handlers.arg);
}

/* ---- what sources do ---- */

static bool take_token(struct guard *guard, double *tokens, int64_t *refilled_us)
{
	int64_t now = clock_mono_us();

	*tokens += (double)(now - *refilled_us) / 1e6 * guard->limits.rate;
	*refilled_us = now;
	if (*tokens > guard->limits.burst)
		*tokens = guard->limits.burst;
	if (*tokens < 1)
		return false;
	*tokens -= 1;
	return true;
}

bool guard_admit(struct guard *guard, const struct sockaddr_storage *source)
{
	struct source *s = source_of(guard, source);

	if (!s)
		return true;
	/* heard last: to the end of the table */
	if (s->hh.next) {
		HASH_DEL(guard->sources, s);
		HASH_ADD(hh, guard->sources, key, sizeof s->key, s);
	}
	if (s->banned && !is_exempt(guard, source)) {
		s->ban.dropped++;
		guard->dropped++;
		return false;
	}
	if (guard->limits.rate && !take_token(guard, &s->tokens, &s->refilled_us) &&
	    !is_exempt(guard, source)) {
		guard->limited++;
		return false;
	}
	return true;
}

bool guard_admit_proven(struct guard *guard, const struct sockaddr_storage *source)
{
	struct source *s = source_of(guard, source);

	if (!s || s->banned || !take_token(guard, &s->proven_tokens, &s->proven_refilled_us))
		return false;
	guard->limited--;
	return true;
}

static bool is_trusted(const struct source *s)
{
	return s->trusted_us > clock_mono_us();
}

/* Whether a count has reached its limit; 0 is none. */
static bool is_reached(const struct source *s, unsigned count, unsigned limit)
{
	return limit && count >= (is_trusted(s) ? limit * TRUST_FACTOR : limit);
}

void guard_on_agent(struct guard *guard, const struct sockaddr_storage *source)
{
	struct source *s = source_of(guard, source);

	if (s && !is_trusted(s))
		ban(guard, s, source, GUARD_AGENT);
}

void guard_on_challenge(struct guard *guard, const struct sockaddr_storage *source)
{
	struct source *s = counts_of(guard, source);

	if (s && is_reached(s, ++s->challenges, guard->limits.max_challenges))
		ban(guard, s, source, GUARD_CHALLENGES);
}

static uint32_t hash_of(const char *text)
{
	uint32_t hash = 2166136261u;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return hash;
}

/* Whether this very thing was tried before. */
static bool is_repeated(struct source *s, const char *name, const char *attempt)
{
	uint32_t hash = hash_of(attempt) ^ hash_of(name) * 31;
	unsigned kept = s->attempt_count < GUARD_NAMES_MAX ? s->attempt_count : GUARD_NAMES_MAX;

	for (unsigned i = 0; i < kept; i++)
		if (s->attempts[i] == hash)
			return true;
	s->attempts[s->attempt_count++ % GUARD_NAMES_MAX] = hash;
	return false;
}

static void add_name(struct source *s, const char *name)
{
	uint32_t hash = hash_of(name);

	for (unsigned i = 0; i < s->name_count; i++)
		if (s->names[i] == hash)
			return;
	if (s->name_count < GUARD_NAMES_MAX)
		s->names[s->name_count++] = hash;
}

void guard_on_failure(struct guard *guard, const struct sockaddr_storage *source, const char *name,
		      const char *attempt)
{
	struct source *s = counts_of(guard, source);

	if (!s || (attempt && is_repeated(s, name, attempt)))
		return;
	s->failures++;
	add_name(s, name);
	if (is_reached(s, s->name_count, guard->limits.max_names))
		ban(guard, s, source, GUARD_NAMES);
	else if (is_reached(s, s->failures, guard->limits.max_failures))
		ban(guard, s, source, GUARD_FAILURES);
}

bool guard_has_failed(struct guard *guard, const struct sockaddr_storage *source)
{
	const struct source *s = counts_of(guard, source);

	return s && s->failures > 0;
}

void guard_on_success(struct guard *guard, const struct sockaddr_storage *source)
{
	struct source *s = source_of(guard, source);

	if (!s)
		return;
	s->failures = s->challenges = s->name_count = s->attempt_count = 0;
	s->trusted_us = clock_mono_us() + TRUST_S * INT64_C(1000000);
}

/* ---- bans ---- */

int guard_lift(struct guard *guard, const char *address)
{
	struct source *s;
	struct key key;

	if (!key_parse(&key, address))
		return EINVAL;
	HASH_FIND(hh, guard->sources, &key, sizeof key, s);
	if (!s || !s->banned)
		return ENOENT;
	end_ban(guard, s, true);
	return 0;
}

/* Sources that said nothing for a window are forgotten, too: they are at the front. */
void guard_expire(struct guard *guard)
{
	int64_t utc = clock_utc_ms(), idle_us = clock_mono_us() - (int64_t)guard->limits.window_s * 1000000;
	struct source *s, *next;

	HASH_ITER(hh, guard->sources, s, next)
	{
		if (s->banned ? s->ban.until <= utc
			      : s->refilled_us < idle_us && s->window_us < idle_us && !is_trusted(s)) {
			if (s->banned)
				end_ban(guard, s, false);
			else
				forget(guard, s);
		}
	}
}

void guard_list(const struct guard *guard, guard_each_h *each, void *arg)
{
	for (const struct source *s = guard->sources; s; s = s->hh.next)
		if (s->banned)
			each(&s->ban, arg);
}

void guard_stats(const struct guard *guard, struct guard_stats *out)
{
	*out = (struct guard_stats){ HASH_COUNT(guard->sources), guard->bans, guard->bans_total,
				     guard->dropped, guard->limited };
}

/* ---- life ---- */

int guard_alloc(struct guard **out, const struct guard_limits *limits, const struct guard_handlers *handlers)
{
	struct guard *guard = calloc(1, sizeof *guard);

	if (!guard)
		return ENOMEM;
	guard->handlers = *handlers;
	guard_set_limits(guard, limits);
	*out = guard;
	return 0;
}

void guard_set_limits(struct guard *guard, const struct guard_limits *limits)
{
	guard->limits = *limits;
	if (guard->limits.max_sources == 0)
		guard->limits.max_sources = 1;
}

void guard_free(struct guard *guard)
{
	struct source *s, *next;

	if (!guard)
		return;
	HASH_ITER(hh, guard->sources, s, next)
	forget(guard, s);
	free(guard);
}
