/* conf_doubts: see conf_doubts.h. */
#include "lib/conf_doubts.h"

#include "lib/conf.h"
#include "lib/conf_value.h"
#include "lib/deny.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HOST_SIZE = 256 };

/* ---- who can be rung ---- */

static void check_users(const struct conf *conf, struct conf_reading *reading)
{
	for (size_t i = 0; i < conf_section_count(reading, "user"); i++) {
		const struct conf_user *user = &conf->users[i];
		struct conf_section section = conf_section_get(reading, "user", i);

		if (!user->password && (user->number || user->extension))
			conf_warn(&section, user->number ? "number" : "extension", 0,
				  "calls to it ring nobody: without a password no phone registers as user "
				  "\"%.64s\"",
				  user->name);
	}
}

static void check_dialled(const struct conf *conf, const struct conf_number *number,
			  const struct conf_section *section)
{
	for (size_t i = 0; i < number->dial_count; i++) {
		const struct conf_target *target = &number->dial[i];
		const struct conf_user *user = &conf->users[target->index];

		if (target->kind == CONF_TO_USER && !user->password)
			conf_warn(section, "dial", i,
				  "this rings nobody: without a password no phone registers as user "
				  "\"%.64s\"",
				  user->name);
		for (size_t j = 0; j < i; j++)
			if (number->dial[j].kind == target->kind && number->dial[j].index == target->index)
				conf_warn(section, "dial", i, "\"%.70s\" is there twice",
					  conf_value(section, "dial", i));
	}
}

/* ---- numbers ---- */

/* Whether a URL's host is a numeric address in one of the networks that scripts and webhooks are not asked
 * at. */
static bool is_denied(const struct conf *conf, const char *url)
{
	const char *host = url ? strstr(url, "://") : NULL;
	struct sockaddr_storage address = { .ss_family = AF_UNSPEC };
	char text[HOST_SIZE];
	bool v6;

	if (!host)
		return false;
	host += 3;
	v6 = *host == '[';
	snprintf(text, sizeof text, "%.*s", (int)strcspn(host + v6, v6 ? "]" : ":/?#"), host + v6);
	if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&address)->sin_addr) == 1)
		address.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&address)->sin6_addr) == 1)
		address.ss_family = AF_INET6;
	return address.ss_family && deny_holds(&conf->api.deny_addresses, (struct sockaddr *)&address);
}

static void check_number(const struct conf *conf, const struct conf_number *number,
			 const struct conf_section *section)
{
	const struct {
		const char *option, *url;
	} urls[] = { { "voice-url", number->voice_url },
		     { "fallback-url", number->fallback_url },
		     { "status-callback", number->status_callback } };

	check_dialled(conf, number, section);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		if (is_denied(conf, urls[i].url))
			conf_warn(section, urls[i].option, 0,
				  "it is never asked: api { deny-addresses } denies its address");
	if (number->callback_events.count && !number->status_callback)
		conf_warn(section, "status-callback-events", 0, "nobody is told: status-callback is not set");
	if (number->fallback_url && !number->voice_url)
		conf_warn(section, "fallback-url", 0, "it is never asked: voice-url is not set");
}

/* ---- routes ---- */

/* Whether everything that `pattern` takes begins as `before`, a pattern that takes all that does: "^\\+" and
 * "^\\+1". Only of patterns that are plain enough to tell. */
static bool is_taken_before(const char *before, const char *pattern)
{
	static const char *const all[] = { "", "^", ".", ".*", "^.", "^.*" };
	size_t length = strlen(before);

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (!strcmp(before, all[i]))
			return true;
	if (!strcmp(before, pattern))
		return true;
	/* literal characters behind ^, a backslash and the one behind it being one of them */
	if (*before != '^' || strchr(pattern, '|') || strncmp(before, pattern, length))
		return false;
	for (const char *c = before + 1; *c; c++) {
		if (*c == '\\' && c[1] && strchr("+*#.", c[1]))
			c++;
		else if (*c < '0' || *c > '9')
			return false;
	}
	return !strchr("?*{", pattern[length]);
}

static void check_routes(const struct conf *conf, struct conf_reading *reading)
{
	for (size_t i = 0; i < conf->route_count; i++) {
		struct conf_section section = conf_section_get(reading, "route", i), other;
		struct conf_place place;
		size_t j = 0;

		while (j < i && !is_taken_before(conf->routes[j].pattern, conf->routes[i].pattern))
			j++;
		if (j == i)
			continue;
		other = conf_section_get(reading, "route", j);
		place = conf_place_of(&other, NULL, 0);
		conf_warn(
		    &section, NULL, 0,
		    "nothing ever goes this way: route \"%.100s\" (%s:%d) comes first, and takes all of "
		    "it",
		    conf->routes[j].pattern, place.file, place.line);
	}
}

/* ---- trunks ---- */

/* Whether a trunk's address is one that we listen at. */
static bool is_ourselves(const struct conf *conf, const char *address)
{
	char host[HOST_SIZE];
	uint16_t port = 5060;

	if (!address || !conf_split_host_port(address, host, sizeof host, &port))
		return false;
	for (size_t i = 0; i < conf->sip.listen_count; i++)
		if (port == conf->sip.listen[i].port && !strcmp(host, conf->sip.listen[i].host))
			return true;
	return false;
}

static void check_trunk(const struct conf *conf, size_t index, const struct conf_section *section)
{
	const struct conf_trunk *trunk = &conf->trunks[index];

	/* with a number that is changed on the way it is meant: a loop to test with */
	if (is_ourselves(conf, trunk->proxy ? trunk->proxy : trunk->address) && !trunk->numbering.strip_out &&
	    !trunk->numbering.prepend_out[0])
		conf_warn(section, trunk->proxy ? "proxy" : "address", 0,
			  "this is where we listen ourselves: calls to trunk \"%.64s\" come back to us",
			  trunk->name);
	for (size_t i = 0; i < index && trunk->address; i++) {
		const struct conf_trunk *other = &conf->trunks[i];

		if (other->address && !strcmp(other->address, trunk->address) &&
		    other->account != trunk->account && !trunk->registers) {
			conf_warn(
			    section, "address", 0,
			    "its calls are those of trunk \"%.64s\", which has the same address, and of "
			    "account \"%.64s\"",
			    other->name, other->account ? other->account->name : "");
			break;
		}
	}
	if (trunk->transport == CONF_TRUNK_TLS && !trunk->tls_verify &&
	    !conf_value_count(section, "tls-verify"))
		conf_warn(
		    section, "address", 0,
		    "whose certificate it shows is not looked at: name trunk \"%.64s\" by the host name in "
		    "its certificate, or set tls-verify (false: it is meant so)",
		    trunk->name);
	if (trunk->srtp == CONF_SRTP_REQUIRED && trunk->transport != CONF_TRUNK_TLS && trunk->address)
		conf_warn(
		    section, "srtp", 0,
		    "its keys go in the clear: they stand in the SIP messages; set transport = \"tls\"");
}

/* ---- limits ---- */

static const char *denying(const struct conf_strings *deny, const char *prefix)
{
	for (size_t i = 0; i < deny->count; i++)
		if (!strncmp(prefix, deny->items[i], strlen(deny->items[i])))
			return deny->items[i];
	return NULL;
}

static void check_may_call(const struct conf *conf, struct conf_reading *reading)
{
	for (size_t i = 0; i < conf_section_count(reading, "user"); i++) {
		const struct conf_user *user = &conf->users[i];
		struct conf_section section = conf_section_get(reading, "user", i);

		for (size_t j = 0; j < user->may_call.count; j++) {
			const char *prefix = user->may_call.items[j], *of_all, *of_account;

			of_all = denying(&conf->sip.deny, prefix);
			of_account = user->account ? denying(&user->account->deny, prefix) : NULL;
			if (of_all || of_account)
				conf_warn(&section, "may-call", j,
					  "\"%.40s\" is denied by %s { deny = \"%.40s\" }", prefix,
					  of_all ? "sip" : "account", of_all ? of_all : of_account);
		}
	}
}

static bool listens_by_tls(const struct conf *conf)
{
	for (size_t i = 0; i < conf->sip.listen_count; i++)
		if (conf->sip.listen[i].transport == CONF_TLS)
			return true;
	return false;
}

static void check_srtp(const struct conf *conf, struct conf_reading *reading)
{
	for (size_t i = 0; !listens_by_tls(conf) && i < conf_section_count(reading, "user"); i++) {
		struct conf_section section = conf_section_get(reading, "user", i);

		if (conf->users[i].srtp == CONF_SRTP_REQUIRED)
			conf_warn(
			    &section, "srtp", 0,
			    "its keys go in the clear: they stand in the SIP messages, and nothing in sip "
			    "{ listen } is tls");
	}
}

/* Each far end needs a pair of ports. */
static void check_ports(const struct conf *conf, struct conf_reading *reading)
{
	struct conf_section sip = conf_section_get(reading, "sip", 0);
	unsigned pairs = (conf->rtp.port_max - conf->rtp.port_min + 1u) / 2;

	if (pairs < conf->sip.max_calls && conf_value_count(&sip, "max-calls"))
		conf_warn(&sip, "max-calls", 0, "rtp { ports } has room for %u far ends at a time", pairs);
	for (size_t i = 0; i < conf->sip.listen_count; i++)
		if (conf->sip.listen[i].transport == CONF_UDP &&
		    conf->sip.listen[i].port >= conf->rtp.port_min &&
		    conf->sip.listen[i].port <= conf->rtp.port_max)
			conf_warn(&sip, "listen", i,
				  "port %u is among rtp { ports }: audio and SIP get in each "
				  "other's way",
				  conf->sip.listen[i].port);
}

/* Whether we listen for SIP at this address itself. */
static bool listens_at(const struct conf *conf, const char *address)
{
	for (size_t i = 0; i < conf->sip.listen_count; i++)
		if (!strcmp(conf->sip.listen[i].host, address))
			return true;
	return false;
}

/* A NAT in front of us is in front of both. */
static void check_advertised(const struct conf *conf, struct conf_reading *reading)
{
	struct conf_section sip = conf_section_get(reading, "sip", 0),
			    rtp = conf_section_get(reading, "rtp", 0);

	for (int f = 0; f < CONF_FAMILIES; f++) {
		const char *sips = conf->sip.advertise[f], *audio = conf->rtp.advertise[f],
			   *own = conf->rtp.address[f];

		if (sips && own && !audio && strcmp(sips, own) && (f == CONF_IPV4 || sips[0] == '['))
			conf_warn(
			    &sip, "advertise", 0,
			    "phones outside are still told to send audio to %s; set rtp { advertise }, too",
			    own);
		else if (audio && !sips && !listens_at(conf, audio))
			conf_warn(&rtp, "advertise", 0,
				  "phones outside are still told to send SIP to where we listen; set sip { "
				  "advertise }, too");
	}
}

/* ---- codecs ---- */

static void check_codecs_of(const struct conf_section *section)
{
	for (size_t i = 1; i < conf_value_count(section, "codecs"); i++)
		for (size_t j = 0; j < i; j++)
			if (!strcasecmp(conf_value(section, "codecs", i), conf_value(section, "codecs", j))) {
				conf_warn(section, "codecs", i, "%.20s is there twice",
					  conf_value(section, "codecs", i));
				break;
			}
}

void conf_doubts_check(const struct conf *conf, struct conf_reading *reading)
{
	struct conf_section section;

	check_users(conf, reading);
	for (size_t i = 0; i < conf->number_count; i++) {
		section = conf_section_get(reading, "number", i);
		check_number(conf, &conf->numbers[i], &section);
	}
	check_routes(conf, reading);
	for (size_t i = 0; i < conf->trunk_count; i++) {
		section = conf_section_get(reading, "trunk", i);
		check_trunk(conf, i, &section);
		check_codecs_of(&section);
	}
	for (size_t i = 0; i < conf_section_count(reading, "user"); i++) {
		section = conf_section_get(reading, "user", i);
		check_codecs_of(&section);
	}
	check_may_call(conf, reading);
	check_srtp(conf, reading);
	check_ports(conf, reading);
	check_advertised(conf, reading);
}
