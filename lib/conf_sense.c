/* conf_sense: see conf_sense.h. */
#include "lib/conf_sense.h"

#include "lib/conf_value.h"
#include "lib/phone_number.h"

#include <string.h>

enum { PASSWORD_MIN = 8, KEY_MIN = 16 };

/* ---- secrets ---- */

/* Why a secret is none, or NULL. */
static const char *weakness(const char *secret, size_t least, const char *name)
{
	if (strncmp(secret, "CHANGE-ME", 9) == 0 || strcmp(secret, "changeme") == 0)
		return "is the one of the sample, which everybody knows";
	if (name && strcmp(secret, name) == 0)
		return "is the name";
	if (strlen(secret) < least)
		return "is so short that it will be guessed";
	if (strspn(secret, "0123456789") == strlen(secret) && strlen(secret) < 2 * least)
		return "is digits alone, and will be guessed";
	return NULL;
}

static void check_secret(const struct conf_section *section, const char *option, size_t index,
			 const char *secret, size_t least, const char *name)
{
	const char *why = secret ? weakness(secret, least, name) : NULL;

	if (why)
		conf_warn(section, option, index, "this secret %s; make one with: openssl rand -hex 20", why);
}

static void check_secrets(const struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section;

	for (size_t i = 0; i < conf_section_count(reading, "account"); i++) {
		section = conf_section_get(reading, "account", i);
		for (size_t j = 0; j < conf->accounts[i].api_keys.count; j++)
			check_secret(&section, "api-keys", j, conf->accounts[i].api_keys.items[j], KEY_MIN,
				     NULL);
		for (size_t j = 0; j < conf->accounts[i].api_keys_read_only.count; j++)
			check_secret(&section, "api-keys-read-only", j,
				     conf->accounts[i].api_keys_read_only.items[j], KEY_MIN, NULL);
		check_secret(&section, "auth-token", 0, conf->accounts[i].auth_token, KEY_MIN, NULL);
	}
	for (size_t i = 0; i < conf_section_count(reading, "user"); i++) {
		section = conf_section_get(reading, "user", i);
		check_secret(&section, "password", 0, conf->users[i].password, PASSWORD_MIN,
			     conf->users[i].name);
	}
	/* a carrier chooses its passwords itself; those of who registers here are ours */
	for (size_t i = 0; i < conf->trunk_count; i++) {
		section = conf_section_get(reading, "trunk", i);
		check_secret(&section, "password", 0, conf->trunks[i].password,
			     conf->trunks[i].registers_here ? PASSWORD_MIN : 1, conf->trunks[i].username);
	}
}

/* ---- addresses ---- */

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static int family_of(const char *address)
{
	return strchr(address, ':') ? CONF_IPV6 : CONF_IPV4;
}

/* Who reaches us over the network cannot send audio to this machine's own 127.0.0.1. */
static void check_rtp_address(const struct conf *conf, struct conf_reading *reading)
{
	struct conf_section rtp = conf_section_get(reading, "rtp", 0),
			    sip = conf_section_get(reading, "sip", 0);

	for (size_t i = 0; i < conf->sip.listen_count; i++) {
		const char *host = conf->sip.listen[i].host;
		int family = family_of(host);
		const char *address = conf->rtp.address[family];

		if (is_loopback(host) || !address || !is_loopback(address) || conf->rtp.advertise[family])
			continue;
		if (conf_value_count(&rtp, "address"))
			conf_warn(&rtp, "address", 0, "phones that call %s cannot send audio to %s", host,
				  address);
		else
			conf_warn(&sip, "listen", i,
				  "phones that call %s cannot send audio to %s; set rtp { address }", host,
				  address);
		return;
	}
}

static bool listens_to(const struct conf *conf, enum conf_transport transport)
{
	for (size_t i = 0; i < conf->sip.listen_count; i++)
		if (conf->sip.listen[i].transport == transport)
			return true;
	return false;
}

/* A call goes out from a listener. */
static void check_trunk_transports(const struct conf *conf, struct conf_reading *reading)
{
	static const char *const names[] = {
		[CONF_TRUNK_UDP] = "udp", [CONF_TRUNK_TCP] = "tcp", [CONF_TRUNK_TLS] = "tls"
	};
	static const enum conf_transport transports[] = {
		[CONF_TRUNK_UDP] = CONF_UDP, [CONF_TRUNK_TCP] = CONF_TCP, [CONF_TRUNK_TLS] = CONF_TLS
	};

	for (size_t i = 0; i < conf->trunk_count; i++) {
		const struct conf_trunk *trunk = &conf->trunks[i];
		struct conf_section section = conf_section_get(reading, "trunk", i);

		if (trunk->built_in && !listens_to(conf, CONF_UDP))
			conf_fail(&section, "built-in", 0,
				  "the built-in trunk is called over UDP; allowed: with listen = "
				  "{\"udp:ADDRESS:PORT\"}");
		else if (trunk->transport != CONF_TRUNK_AUTO &&
			 !listens_to(conf, transports[trunk->transport]))
			conf_fail(&section, "transport", 0,
				  "nothing in sip { listen } is %s, so no call can go there; allowed: a "
				  "transport of listen, as "
				  "in listen = {\"%s:ADDRESS:PORT\"}",
				  names[trunk->transport], names[trunk->transport]);
	}
}

/* ---- numbers ---- */

static void check_emergency(const struct conf_section *section, const char *option, const char *number)
{
	if (number && phone_number_is_emergency_everywhere(number))
		conf_warn(section, option, 0,
			  "%s is an emergency number: who dials it here does not reach help", number);
}

static void check_numbers(const struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section;

	for (size_t i = 0; i < conf_section_count(reading, "user"); i++) {
		section = conf_section_get(reading, "user", i);
		check_emergency(&section, "number", conf->users[i].number);
		check_emergency(&section, "extension", conf->users[i].extension);
	}
	for (size_t i = 0; i < conf->number_count; i++) {
		section = conf_section_get(reading, "number", i);
		if (conf->numbers[i].action != CONF_NUMBER_DIAL)
			check_emergency(&section, NULL, conf->numbers[i].number);
	}
}

void conf_sense_check(const struct conf *conf, struct conf_reading *reading)
{
	check_trunk_transports(conf, reading);
	check_rtp_address(conf, reading);
	check_secrets(conf, reading);
	check_numbers(conf, reading);
}
