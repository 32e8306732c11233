/* See conf_certificates.h. */
#include "lib/conf_certificates.h"

#include "lib/conf_value.h"

#include <errno.h>
#include <stdlib.h>

/* The file of each listener of the transport, in order; the last one for all that are left. */
static void assign(const struct conf_listen *listen, size_t count, enum conf_transport transport,
		   const struct conf_strings *files, bool keys, struct conf_certificate *out)
{
	size_t next = 0;

	for (size_t i = 0; i < count && files->count; i++) {
		if (listen[i].transport != transport)
			continue;
		if (keys)
			out[i].key_file = files->items[next];
		else
			out[i].certificate_file = files->items[next];
		if (next + 1 < files->count)
			next++;
	}
}

static void check_count(const struct conf_section *section, const char *option, const char *word,
			size_t files, size_t listeners)
{
	if (files > 1 && files != listeners)
		conf_fail(section, option, 0,
			  "has %zu files; allowed: one, or one for each %s listener (%zu)", files, word,
			  listeners);
}

int conf_read_certificates(const struct conf_section *section, const struct conf_listen *listen,
			   size_t listen_count, enum conf_transport transport, const char *word,
			   struct conf_strings *files, struct conf_strings *keys,
			   struct conf_certificate **out)
{
	struct conf_certificate *list = calloc(listen_count ? listen_count : 1, sizeof(*list));
	size_t listeners = 0;

	*out = list;
	if (!list || !conf_get_texts(section, "tls-certificate-file", files) ||
	    !conf_get_texts(section, "tls-key-file", keys))
		return ENOMEM;
	for (size_t i = 0; i < listen_count; i++)
		listeners += listen[i].transport == transport;
	check_count(section, "tls-certificate-file", word, files->count, listeners);
	check_count(section, "tls-key-file", word, keys->count, listeners);
	assign(listen, listen_count, transport, files, false, list);
	assign(listen, listen_count, transport, keys, true, list);
	for (size_t i = 0; i < listen_count; i++) {
		if (listen[i].transport == transport && !list[i].certificate_file)
			conf_fail(section, "listen", i, "%s: needs tls-certificate-file", word);
		/* One file may hold both. */
		if (!list[i].key_file)
			list[i].key_file = list[i].certificate_file;
	}
	return 0;
}
