/* See conf_switch.h. Every default of these sections stands here. */
#include "lib/conf_switch.h"

#include "lib/conf_entries.h"
#include "lib/conf_settings.h"
#include "lib/conf_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SILENCE_MS = 3000, WAIT_MS = 5000, SWITCHES_MAX = 64 };

/* The certificate of one end, whom it believes, and whether all three are there. `needs` is what is said
 * where one is missing. */
static int read_tls(const struct conf_section *section, bool needed, const char *needs,
		    struct conf_control_tls *out)
{
	const struct {
		const char *option;
		char **text;
	} files[] = { { "certificate-file", &out->certificate_file },
		      { "key-file", &out->key_file },
		      { "ca-file", &out->ca_file } };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (!conf_get_optional_text(section, files[i].option, files[i].text))
			return ENOMEM;
		if (needed && !*files[i].text)
			conf_fail(section, NULL, 0, "%s needs %s", needs, files[i].option);
		else if (!needed && *files[i].text)
			conf_fail(section, files[i].option, 0, "it is of %s, which is not there", needs);
	}
	return 0;
}

int conf_control_listen_read(struct conf *conf, const struct conf_section *section)
{
	static const char *const none[] = { NULL };
	bool tls = conf_value_count(section, "listen") > 0;

	if (conf_listen_read(section, "listen", false, none, &conf->control.listen,
			     &conf->control.listen_count) != 0)
		return ENOMEM;
	for (size_t i = 0; i < conf->control.listen_count; i++) {
		const struct conf_listen *listen = &conf->control.listen[i];
		const char *text = conf_value(section, "listen", i);
		char host[sizeof listen->host];
		uint16_t port = 0;

		if (strncmp(text, "tls:", 4) != 0)
			conf_fail(
			    section, "listen", i,
			    "\"%.60s\" is wrong; allowed: tls:ADDRESS:PORT (the Unix socket in run-dir is "
			    "always there)",
			    text);
		else if (conf_split_host_port(text + 4, host, sizeof host, &port) && !port)
			conf_fail(section, "listen", i, "\"%.60s\" has no port; allowed: tls:ADDRESS:PORT",
				  text);
	}
	return read_tls(section, tls, "control { listen }", &conf->control.tls);
}

/* Where a switch is. */
static int read_place(const struct conf_section *section, struct conf_switch *one)
{
	const char *text = conf_value(section, "control", 0);
	char host[sizeof one->host];

	if (!text) {
		conf_fail(section, NULL, 0,
			  "switch \"%.64s\" has no control; allowed: control = \"tls:ADDRESS:PORT\", or "
			  "\"unix:/PATH\"",
			  one->name);
		return 0;
	}
	if (strncmp(text, "unix:/", 6) == 0 && strlen(text) - 5 <= 107) {
		one->path = strdup(text + 5);
		return one->path ? 0 : ENOMEM;
	}
	if (strncmp(text, "tls:", 4) == 0 && conf_split_host_port(text + 4, host, sizeof host, &one->port) &&
	    one->port && conf_is_address(host))
		strcpy(one->host, host);
	else
		conf_fail(section, "control", 0,
			  "\"%.120s\" is wrong; allowed: tls:ADDRESS:PORT, where ADDRESS is numeric, IPv6 in "
			  "brackets, or unix:/PATH of at most 107 bytes",
			  text);
	return 0;
}

static int read_one(struct conf_switch *one, const struct conf_section *section)
{
	one->silence_ms = SILENCE_MS;
	one->wait_ms = WAIT_MS;
	if (!conf_entry_title(section, &one->name) || read_place(section, one) != 0 ||
	    !conf_get_optional_text(section, "certificate-name", &one->certificate_name) ||
	    read_tls(section, one->port != 0, "control = \"tls:…\"", &one->tls) != 0)
		return ENOMEM;
	if (one->certificate_name && !conf_is_host(one->certificate_name))
		conf_fail(section, "certificate-name", 0,
			  "\"%.100s\" is wrong; allowed: a host name or a numeric address",
			  one->certificate_name);
	conf_get_time_ms(section, "silence", 500, 60000, &one->silence_ms);
	conf_get_time_ms(section, "wait", 0, 3600000, &one->wait_ms);
	return 0;
}

int conf_switches_read(struct conf *conf, struct conf_reading *reading)
{
	const size_t count = conf_section_count(reading, "switch");
	int err = 0;

	conf->switches = calloc(count ? count : 1, sizeof *conf->switches);
	if (!conf->switches)
		return ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		struct conf_section section = conf_section_get(reading, "switch", i);

		conf->switch_count++;
		err = read_one(&conf->switches[i], &section);
		for (size_t k = 0; k < i && !err; k++)
			if (!strcmp(conf->switches[k].name, conf->switches[i].name))
				conf_fail(&section, NULL, 0, "switch \"%.64s\" is there twice",
					  conf->switches[i].name);
		if (i == SWITCHES_MAX)
			conf_fail(&section, NULL, 0, "there are more than %d switches", SWITCHES_MAX);
	}
	return err;
}

static void tls_free(struct conf_control_tls *tls)
{
	free(tls->certificate_file);
	free(tls->key_file);
	free(tls->ca_file);
}

void conf_switches_free(struct conf *conf)
{
	free(conf->control.listen);
	tls_free(&conf->control.tls);
	for (size_t i = 0; i < conf->switch_count; i++) {
		struct conf_switch *one = &conf->switches[i];

		free(one->name);
		free(one->path);
		free(one->certificate_name);
		tls_free(&one->tls);
	}
	free(conf->switches);
}
