/* conf_links: what points from one entry of a conf to another; see conf_entries.h. */
#include "lib/conf_deck.h"
#include "lib/conf_entries.h"
#include "lib/conf_nearest.h"
#include "lib/conf_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum kind { ACCOUNT, USER, TRUNK };

static const char *name_of(const struct conf *conf, enum kind kind, size_t i)
{
	switch (kind) {
	case ACCOUNT:
		return i < conf->account_count ? conf->accounts[i].name : NULL;
	case USER:
		return i < conf->user_count ? conf->users[i].name : NULL;
	default:
		return i < conf->trunk_count ? conf->trunks[i].name : NULL;
	}
}

/* There is none of that name. */
static void fail_unknown(const struct conf *conf, const struct conf_section *section, const char *option,
			 size_t index, enum kind kind, const char *name)
{
	static const char *const kinds[] = { "account", "user", "trunk" };
	struct conf_nearest nearest;
	char meant[128];

	conf_nearest_begin(&nearest, name, strlen(name));
	for (size_t i = 0; name_of(conf, kind, i); i++)
		conf_nearest_look(&nearest, name_of(conf, kind, i));
	conf_fail(section, option, index, "there is no %s \"%.64s\"%s; allowed: the title of %s %s section",
		  kinds[kind], name, conf_nearest_text(&nearest, meant), kind == ACCOUNT ? "an" : "a",
		  kinds[kind]);
}

/* Finds the account that the section names; the first one when it names none. */
static const struct conf_account *find_account(const struct conf *conf, const struct conf_section *section)
{
	const char *name = conf_value(section, "account", 0);
	const struct conf_account *account = name ? conf_account_by_name(conf, name) : &conf->accounts[0];

	if (!account)
		fail_unknown(conf, section, "account", 0, ACCOUNT, name);
	return account;
}

/* Reads "user:NAME" or "trunk:NAME". */
static void read_target(const struct conf *conf, const struct conf_section *section, const char *option,
			size_t index, struct conf_target *out)
{
	const char *text = conf_value(section, option, index);
	const struct conf_trunk *trunk;
	const struct conf_user *user;

	if (strncmp(text, "user:", 5) == 0) {
		user = conf_user_by_name(conf, text + 5);
		if (user && !user->trunk)
			*out = (struct conf_target){ CONF_TO_USER, (size_t)(user - conf->users) };
		else
			fail_unknown(conf, section, option, index, USER, text + 5);
	} else if (strncmp(text, "trunk:", 6) == 0) {
		trunk = conf_trunk_by_name(conf, text + 6);
		if (trunk)
			*out = (struct conf_target){ CONF_TO_TRUNK, (size_t)(trunk - conf->trunks) };
		else
			fail_unknown(conf, section, option, index, TRUNK, text + 6);
	} else {
		conf_fail(section, option, index, "\"%.64s\" is wrong; allowed: user:NAME, trunk:NAME", text);
	}
}

static int read_targets(const struct conf *conf, const struct conf_section *section, const char *option,
			struct conf_target **out, size_t *out_count)
{
	size_t count = conf_value_count(section, option);
	struct conf_target *targets;

	if (count == 0)
		return 0;
	targets = calloc(count, sizeof(*targets));
	if (!targets)
		return ENOMEM;
	for (size_t i = 0; i < count; i++)
		read_target(conf, section, option, i, &targets[i]);
	*out = targets;
	*out_count = count;
	return 0;
}

static const struct conf_strings *keys_of(const struct conf_account *account, int kind)
{
	return kind ? &account->api_keys_read_only : &account->api_keys;
}

static bool has_key(const struct conf_account *account, const char *key, int kind)
{
	const struct conf_strings *keys = keys_of(account, kind);

	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->items[i], key) == 0)
			return true;
	return false;
}

/* None of its keys, of either kind, is one of an account before it, and none is of both kinds. */
static void check_keys(const struct conf_section *section, const struct conf_account *account,
		       const struct conf_account *other)
{
	static const char *const names[] = { "api-keys", "api-keys-read-only" };

	for (int kind = 0; kind < 2; kind++) {
		const struct conf_strings *keys = keys_of(account, kind);

		for (size_t i = 0; i < keys->count; i++) {
			if (other == account && kind && has_key(account, keys->items[i], 0))
				conf_fail(section, names[kind], i, "the same key is among api-keys");
			else if (other != account &&
				 (has_key(other, keys->items[i], 0) || has_key(other, keys->items[i], 1)))
				conf_fail(section, names[kind], i, "account \"%.64s\" has the same key",
					  other->name);
		}
	}
}

/* Accounts are few: each pair is compared. */
static void check_accounts(const struct conf *conf, struct conf_reading *reading)
{
	for (size_t i = 0; i < conf->account_count; i++) {
		const struct conf_account *account = &conf->accounts[i];
		struct conf_section section = conf_section_get(reading, "account", i);

		check_keys(&section, account, account);

		if (conf_account_by_name(conf, account->name) != account)
			conf_fail(&section, NULL, 0, "account \"%.64s\" is there twice", account->name);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(conf->accounts[j].sid, account->sid) == 0)
				conf_fail(&section, "sid", 0, "account \"%.64s\" has the same sid",
					  conf->accounts[j].name);
			check_keys(&section, account, &conf->accounts[j]);
		}
	}
}

static void link_user(struct conf *conf, struct conf_user *user, const struct conf_section *section)
{
	const struct conf_user *other;

	user->account = find_account(conf, section);
	if (conf_user_by_name(conf, user->name) != user)
		conf_fail(section, NULL, 0, "user \"%.64s\" is there twice", user->name);
	other = conf_user_by_number(conf, user->number);
	if (other && other != user)
		conf_fail(section, "number", 0, "%s is the number of user \"%.64s\" already", user->number,
			  other->name);
	other = conf_user_by_number(conf, user->extension);
	if (other && other != user)
		conf_fail(section, "extension", 0, "%s is the number of user \"%.64s\" already",
			  user->extension, other->name);
	other = conf_user_by_name(conf, user->extension);
	if (other && other != user)
		conf_fail(section, "extension", 0, "%s is the name of another user", user->extension);
}

static void link_trunk(struct conf *conf, struct conf_trunk *trunk, const struct conf_section *section)
{
	trunk->account = find_account(conf, section);
	if (conf_trunk_by_name(conf, trunk->name) != trunk)
		conf_fail(section, NULL, 0, "trunk \"%.64s\" is there twice", trunk->name);
}

/* The users that stand for trunks come after the others. */
static void link_trunk_user(struct conf *conf, struct conf_user *user, struct conf_reading *reading)
{
	struct conf_section section =
	    conf_section_get(reading, "trunk", (size_t)(user->trunk - conf->trunks));

	user->account = user->trunk->account;
	if (conf_user_by_name(conf, user->name) != user)
		conf_fail(&section, "username", 0,
			  "there is a user or another trunk \"%.64s\" that registers here", user->name);
}

/* One weight for each trunk, and not all 0. */
static int read_weights(struct conf_route *route, const struct conf_section *section)
{
	size_t count = conf_value_count(section, "weights");
	unsigned sum = 0;

	if (count == 0)
		return 0;
	if (count != route->count) {
		conf_fail(section, "weights", 0, "there are %zu for %zu trunks; allowed: one for each", count,
			  route->count);
		return 0;
	}
	route->weights = calloc(count, sizeof(*route->weights));
	if (!route->weights)
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		conf_get_number_at(section, "weights", i, 0, 1000, &route->weights[i]);
		sum += route->weights[i];
	}
	if (sum == 0)
		conf_fail(section, "weights", 0, "all are 0; allowed: 0 to 1000, one of them more than 0");
	return 0;
}

static int link_route(struct conf *conf, struct conf_route *route, const struct conf_section *section)
{
	if (read_targets(conf, section, "to", &route->to, &route->count) != 0)
		return ENOMEM;
	if (route->count == 0)
		conf_fail(section, NULL, 0, "route \"%.100s\" leads nowhere; allowed: to = {\"trunk:NAME\"}",
			  route->pattern);
	for (size_t i = 0; i < route->count; i++) {
		if (strncmp(conf_value(section, "to", i), "user:", 5) == 0)
			conf_fail(section, "to", i, "a route leads to trunks; allowed: trunk:NAME");
	}
	return read_weights(route, section);
}

static int link_number(struct conf *conf, struct conf_number *number, const struct conf_section *section)
{
	const struct conf_user *user = conf_user_by_number(conf, number->number);

	number->account = find_account(conf, section);
	if (conf_number_find(conf, number->number) != number)
		conf_fail(section, NULL, 0, "number \"%.64s\" is there twice", number->number);
	if (user)
		conf_fail(section, NULL, 0, "%.64s is the number of user \"%.64s\" already", number->number,
			  user->name);
	return read_targets(conf, section, "dial", &number->dial, &number->dial_count);
}

int conf_entries_link(struct conf *conf, struct conf_reading *reading)
{
	struct conf_section s;
	int err = 0;

	check_accounts(conf, reading);
	conf_deck_check(conf, reading);
	for (size_t i = 0; i < conf->account_count; i++) {
		s = conf_section_get(reading, "account", i);
		conf_deck_of_account(conf, &conf->accounts[i], &s);
	}
	for (size_t i = 0; i < conf->trunk_count; i++) {
		s = conf_section_get(reading, "trunk", i);
		link_trunk(conf, &conf->trunks[i], &s);
	}
	for (size_t i = 0; i < conf->user_count; i++) {
		s = conf_section_get(reading, "user", i);
		if (conf->users[i].trunk)
			link_trunk_user(conf, &conf->users[i], reading);
		else
			link_user(conf, &conf->users[i], &s);
	}
	for (size_t i = 0; err == 0 && i < conf->route_count; i++) {
		s = conf_section_get(reading, "route", i);
		err = link_route(conf, &conf->routes[i], &s);
	}
	for (size_t i = 0; err == 0 && i < conf->number_count; i++) {
		s = conf_section_get(reading, "number", i);
		err = link_number(conf, &conf->numbers[i], &s);
	}
	return err;
}
