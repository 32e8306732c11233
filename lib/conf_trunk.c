/* conf_trunk: see conf_trunk.h. */
#include "lib/conf_trunk.h"

#include "lib/conf_entries.h"
#include "lib/conf_value.h"
#include "lib/phone_number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Index of the option's text in `names`, or `otherwise` when it is not set or none of them. */
static unsigned read_choice(const struct conf_section *section, const char *option, const char *const names[],
			    unsigned count, const char *allowed, unsigned otherwise)
{
	const char *text = conf_value(section, option, 0);

	for (unsigned i = 0; text && i < count; i++)
		if (strcasecmp(text, names[i]) == 0)
			return i;
	if (text)
		conf_fail(section, option, 0, "\"%.60s\" is wrong; allowed: %s", text, allowed);
	return otherwise;
}

/* ---- codecs ---- */

/* The name that SDP uses, or NULL. */
static const char *codec_name(const char *text)
{
	static const struct {
		const char *said, *name;
	} names[] = {
		{ "PCMU", "PCMU" },  { "PCMA", "PCMA" }, { "G722", "G722" },
		{ "G.722", "G722" }, { "opus", "opus" }, { "L16", "L16" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i].said, text) == 0)
			return names[i].name;
	}
	return NULL;
}

int conf_read_codecs(struct conf_strings *out, const struct conf_section *section, bool defaults)
{
	static const char *const usual[] = { "PCMU", "PCMA" };
	size_t given = conf_value_count(section, "codecs"), count = given || !defaults ? given : 2;

	out->items = calloc(count ? count : 1, sizeof(char *));
	if (!out->items)
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *text = given ? conf_value(section, "codecs", i) : usual[i];
		const char *name = codec_name(text);

		if (!name)
			conf_fail(section, "codecs", i,
				  "\"%.60s\" is no codec; allowed: PCMU, PCMA, G722, opus, L16", text);
		out->items[i] = strdup(name ? name : "");
		if (!out->items[i])
			return ENOMEM;
		out->count++;
	}
	return 0;
}

enum conf_srtp conf_read_srtp(const struct conf_section *section)
{
	static const char *const names[] = { "off", "accepted", "offered", "required" };

	return (enum conf_srtp)read_choice(section, "srtp", names, 4, "off, accepted, offered, required",
					   CONF_SRTP_ACCEPTED);
}

enum conf_dtmf conf_read_dtmf(const struct conf_section *section)
{
	static const char *const names[] = { "rtp", "info" };

	return (enum conf_dtmf)read_choice(section, "dtmf", names, 2, "rtp, info", CONF_DTMF_RTP);
}

/* ---- addresses ---- */

static void check_address(const struct conf_section *section, const char *option, const char *text)
{
	char host[254];
	uint16_t port = 5060;

	if (text &&
	    (!conf_split_host_port(text, host, sizeof(host), &port) || !conf_is_host(host) || port == 0))
		conf_fail(section, option, 0, "\"%.100s\" is wrong; allowed: HOST, HOST:PORT, [IPV6]:PORT",
			  text);
}

/* "192.0.2.0/24", "2001:db8::/32", "192.0.2.7" */
static bool parse_network(struct conf_network *out, const char *text)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	char address[64], *end;
	unsigned long bits;

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	out->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(out->family, address, out->address) != 1)
		return false;
	out->bits = out->family == AF_INET6 ? 128 : 32;
	if (!slash)
		return true;
	if (slash[1] < '0' || slash[1] > '9')
		return false;
	bits = strtoul(slash + 1, &end, 10);
	if (*end || bits > out->bits)
		return false;
	out->bits = (unsigned)bits;
	return true;
}

static int read_networks(struct conf_trunk *trunk, const struct conf_section *section)
{
	size_t count = conf_value_count(section, "from");

	if (count == 0)
		return 0;
	trunk->networks = calloc(count, sizeof(*trunk->networks));
	if (!trunk->networks)
		return ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *text = conf_value(section, "from", i);

		if (!parse_network(&trunk->networks[trunk->network_count], text))
			conf_fail(
			    section, "from", i,
			    "\"%.60s\" is wrong; allowed: numeric addresses and networks (192.0.2.0/24)",
			    text);
		else if (trunk->networks[trunk->network_count].bits == 0)
			conf_fail(section, "from", i,
				  "\"%.60s\" is everybody; allowed: networks of one bit or more", text);
		else
			trunk->network_count++;
	}
	return 0;
}

/* ---- numbers and the caller ---- */

static bool read_digits(const struct conf_section *section, const char *option, const char *otherwise,
			const char *characters, char **out)
{
	*out = strdup(otherwise);
	if (!*out)
		return false;
	if (conf_value_count(section, option) && !conf_value(section, option, 0)[0]) {
		(*out)[0] = '\0';
		return true;
	}
	if (!conf_get_optional_text(section, option, out))
		return false;
	if (strspn(*out, characters) != strlen(*out) || strlen(*out) > 16)
		conf_fail(section, option, 0, "\"%.60s\" is wrong; allowed: up to 16 of %s", *out,
			  characters);
	return true;
}

static int read_numbering(struct conf_numbering *n, const struct conf_section *section)
{
	static const char *const writings[] = { "+e164", "e164", "national" };
	static const char digits[] = "0123456789", dialled[] = "+*#0123456789";

	if (!read_digits(section, "country-code", "", digits, &n->country_code) ||
	    !read_digits(section, "national-prefix", "0", digits, &n->national_prefix) ||
	    !read_digits(section, "international-prefix", "00", digits, &n->international_prefix) ||
	    !read_digits(section, "prepend-out", "", dialled, &n->prepend_out) ||
	    !read_digits(section, "prepend-in", "", dialled, &n->prepend_in))
		return ENOMEM;
	n->out = (enum conf_writing)read_choice(section, "number-out", writings, 3, "+e164, e164, national",
						CONF_WRITING_PLUS);
	n->in = (enum conf_writing)read_choice(section, "number-in", writings, 3, "+e164, e164, national",
					       CONF_WRITING_E164);
	conf_get_number(section, "strip-out", 0, 16, &n->strip_out);
	conf_get_number(section, "strip-in", 0, 16, &n->strip_in);
	if ((n->out == CONF_WRITING_NATIONAL || n->in == CONF_WRITING_NATIONAL) && !n->country_code[0])
		conf_fail(section, n->out == CONF_WRITING_NATIONAL ? "number-out" : "number-in", 0,
			  "national numbers need country-code");
	return 0;
}

static void read_caller_id(struct conf_trunk *trunk, const struct conf_section *section)
{
	static const char *const names[] = { "from", "p-asserted-identity", "remote-party-id" };
	size_t count = conf_value_count(section, "caller-id");

	if (count == 0)
		trunk->caller_id = CONF_CALLER_FROM;
	for (size_t i = 0; i < count; i++) {
		const char *text = conf_value(section, "caller-id", i);
		unsigned j = 0;

		while (j < 3 && strcasecmp(text, names[j]) != 0)
			j++;
		if (j == 3)
			conf_fail(section, "caller-id", i,
				  "\"%.60s\" is wrong; allowed: from, p-asserted-identity, remote-party-id",
				  text);
		else
			trunk->caller_id |= 1U << j;
	}
}

/* ---- the section ---- */

static void check_registering(const struct conf_trunk *trunk, const struct conf_section *section)
{
	if (trunk->registers && !trunk->username)
		conf_fail(section, "register", 0, "needs a username");
	if (!trunk->registers_here)
		return;
	if (!trunk->username || !trunk->password)
		conf_fail(section, "registers-here", 0, "needs a username and a password");
	else if (!conf_is_name(trunk->username))
		conf_fail(section, "username", 0,
			  "\"%.60s\" cannot register here; allowed: 1 to 64 letters, digits and - . _ ~ +",
			  trunk->username);
	if (trunk->registers || trunk->address)
		conf_fail(section, "registers-here", 0,
			  "it has no address of its own then, and register is off");
}

/* The test trunk is where it is, and speaks plain SIP and RTP. */
static void check_built_in(struct conf_trunk *trunk, const struct conf_section *section)
{
	static const char *const others[] = { "address",    "proxy",	"from",	    "transport",
					      "username",   "password", "register", "registers-here",
					      "tls-verify", "srtp",	"dtmf",	    "number-out",
					      "number-in" };

	if (!trunk->built_in)
		return;
	trunk->transport = CONF_TRUNK_UDP;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (conf_value_count(section, others[i]))
			conf_fail(section, others[i], 0, "a built-in trunk has none; take it out");
}

/* By a name that a certificate can be good for. */
static bool is_named(const char *address)
{
	char host[256];
	uint16_t port;

	return address && conf_split_host_port(address, host, sizeof host, &port) && !conf_is_address(host);
}

static void read_limits(struct conf_trunk *trunk, const struct conf_section *section)
{
	trunk->register_expires_s = 3600;
	trunk->try_timeout_ms = 5000;
	conf_get_bool(section, "register", &trunk->registers);
	conf_get_bool(section, "registers-here", &trunk->registers_here);
	conf_get_bool(section, "built-in", &trunk->built_in);
	conf_get_bool(section, "hide-caller", &trunk->hide_caller);
	trunk->tls_verify = is_named(trunk->proxy ? trunk->proxy : trunk->address);
	conf_get_bool(section, "tls-verify", &trunk->tls_verify);
	conf_get_time_s(section, "register-expires", 30, 604800, &trunk->register_expires_s);
	conf_get_number(section, "max-calls", 0, 1000000, &trunk->max_calls);
	conf_get_number(section, "max-calls-per-second", 0, 100000, &trunk->max_calls_per_second);
	conf_get_time_s(section, "health-interval", 0, 86400, &trunk->health_interval_s);
	conf_get_time_ms(section, "try-timeout", 100, 60000, &trunk->try_timeout_ms);
}

int conf_trunk_read(struct conf_trunk *trunk, const struct conf_section *section)
{
	static const char *const transports[] = { "auto", "udp", "tcp", "tls" };

	if (!conf_entry_title(section, &trunk->name) || !conf_get_text(section, "address", &trunk->address) ||
	    !conf_get_optional_text(section, "proxy", &trunk->proxy) ||
	    !conf_get_optional_text(section, "domain", &trunk->domain) ||
	    !conf_get_optional_text(section, "username", &trunk->username) ||
	    !conf_get_optional_text(section, "password", &trunk->password) ||
	    !conf_get_optional_text(section, "number", &trunk->number) ||
	    conf_read_codecs(&trunk->codecs, section, true) != 0 || read_networks(trunk, section) != 0 ||
	    read_numbering(&trunk->numbering, section) != 0)
		return ENOMEM;
	trunk->transport = (enum conf_trunk_transport)read_choice(section, "transport", transports, 4,
								  "auto, udp, tcp, tls", CONF_TRUNK_AUTO);
	trunk->srtp = conf_read_srtp(section);
	trunk->dtmf = conf_read_dtmf(section);
	read_limits(trunk, section);
	read_caller_id(trunk, section);
	if (!trunk->address && !trunk->registers_here && !trunk->built_in)
		conf_fail(section, NULL, 0,
			  "trunk \"%.64s\" has no address; allowed: address = \"HOST:PORT\", "
			  "registers-here = true, built-in = true",
			  trunk->name);
	check_address(section, "address", trunk->address);
	check_address(section, "proxy", trunk->proxy);
	if (trunk->domain && !conf_is_host(trunk->domain))
		conf_fail(section, "domain", 0,
			  "\"%.100s\" is wrong; allowed: a host name or a numeric address", trunk->domain);
	if (trunk->number && !conf_is_e164(trunk->number) && !phone_number_is_short(trunk->number))
		conf_fail(section, "number", 0,
			  "\"%.60s\" is wrong; allowed: + and up to 15 digits (E.164), or a short number",
			  trunk->number);
	check_registering(trunk, section);
	check_built_in(trunk, section);
	return 0;
}

int conf_trunk_user(struct conf_user *user, const struct conf_trunk *trunk)
{
	/* an error was noted when there is none; the conf is read on all the same */
	user->name = strdup(trunk->username ? trunk->username : "");
	user->password = trunk->password ? strdup(trunk->password) : NULL;
	user->max_contacts = 10;
	user->trunk = trunk;
	return user->name && (user->password || !trunk->password) ? 0 : ENOMEM;
}

void conf_trunk_clear(struct conf_trunk *trunk)
{
	struct conf_numbering *n = &trunk->numbering;
	char *texts[] = { trunk->name,	      trunk->address,	       trunk->proxy,   trunk->domain,
			  trunk->username,    trunk->password,	       trunk->number,  n->country_code,
			  n->national_prefix, n->international_prefix, n->prepend_out, n->prepend_in };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (size_t i = 0; i < trunk->codecs.count; i++)
		free(trunk->codecs.items[i]);
	free(trunk->codecs.items);
	free(trunk->networks);
}
