/* See conf_bus.h. Every default of the section stands here. */
#include "lib/conf_bus.h"

#include "lib/conf_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* False without memory. */
static bool read_text(const struct conf_section *section, const char *option, const char *otherwise,
		      char **out)
{
	const char *text = conf_value(section, option, 0);

	if (!text || !text[0])
		text = otherwise;
	*out = text ? strdup(text) : NULL;
	return *out || !text;
}

static void check_scheme(const struct conf_section *section, const char *option, const char *url,
			 const char *const schemes[], const char *allowed)
{
	for (size_t i = 0; url && schemes[i]; i++)
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0 && url[strlen(schemes[i])])
			return;
	if (url)
		conf_fail(section, option, 0, "this is wrong; allowed: %s", allowed);
}

/* A word of a subject, or several with dots between them. */
static void check_subject(const struct conf_section *section, const char *option, const char *text)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	if (strspn(text, good) != strlen(text) || text[0] == '.' || text[strlen(text) - 1] == '.' ||
	    strstr(text, "..") || strlen(text) > 100)
		conf_fail(
		    section, option, 0,
		    "\"%.100s\" is wrong; allowed: words of letters, digits, - and _, with dots between them",
		    text);
}

static void check_stream(const struct conf_section *section, const char *text)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	if (strspn(text, good) != strlen(text) || strlen(text) > 100)
		conf_fail(section, "stream", 0, "\"%.100s\" is wrong; allowed: letters, digits, - and _",
			  text);
}

static void check_key(const struct conf_section *section, const char *text)
{
	if (strpbrk(text, " %\t\r\n") || strlen(text) > 200)
		conf_fail(section, "key", 0, "\"%.100s\" is wrong; allowed: a key without spaces and %%",
			  text);
}

int conf_bus_read(struct conf *conf, struct conf_reading *reading)
{
	static const char *const nats[] = { "nats://", "tls://", NULL }, *const redis[] = { "redis://",
											    NULL };
	struct conf_section section = conf_section_get(reading, "bus", 0);
	struct conf_bus *bus = &conf->bus;
	size_t most = 1000000;

	if (!read_text(&section, "nats", NULL, &bus->nats) ||
	    !read_text(&section, "redis", NULL, &bus->redis) ||
	    !read_text(&section, "subject", "offhook.events", &bus->subject) ||
	    !read_text(&section, "stream", "OFFHOOK", &bus->stream) ||
	    !read_text(&section, "key", "offhook:events", &bus->key))
		return ENOMEM;
	check_scheme(&section, "nats", bus->nats, nats, "\"nats://[USER:PASSWORD@]HOST:PORT\", \"tls://…\"");
	check_scheme(&section, "redis", bus->redis, redis,
		     "\"redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]\"");
	check_subject(&section, "subject", bus->subject);
	check_stream(&section, bus->stream);
	check_key(&section, bus->key);
	conf_get_size(&section, "max-length", 1000, UINT64_C(1) << 40, &most);
	bus->max_length = most;
	return 0;
}

void conf_bus_free(struct conf *conf)
{
	free(conf->bus.nats);
	free(conf->bus.redis);
	free(conf->bus.subject);
	free(conf->bus.stream);
	free(conf->bus.key);
}
