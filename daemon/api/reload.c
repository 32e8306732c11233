/* See reload.h. */
#include "daemon/api/reload.h"

#include "daemon/api/http/web.h"
#include "daemon/api/switch/link.h"
#include "lib/conf_files.h"
#include "lib/log.h"

#include <event2/event.h>
#include <string.h>

int reload_load(const char *file, struct conf **conf)
{
	struct conf_errors errors = { 0 };
	int err = conf_load_for(conf, file, CONF_OF_API, &errors);

	if (err)
		conf_errors_print(&errors, stderr);
	conf_errors_free(&errors);
	return err;
}

/* The conf of the file as it now is, when this process could go on with it; else NULL, and why is logged. */
static struct conf *load_good(const struct reload *reload)
{
	const struct conf *old = reload->conf;
	struct conf_errors errors = { 0 };
	struct conf *conf;
	char error[400];

	if (conf_load_for(&conf, reload->file, CONF_OF_API, &errors)) {
		for (size_t i = 0; i < errors.count; i++)
			log_error("api.reload_refused", NULL, "error=%s",
				  log_quote(errors.lines ? errors.lines[i] : ""));
		conf_errors_free(&errors);
		return NULL;
	}
	conf_errors_free(&errors);
	if (web_server_check(conf, error, sizeof error)) {
		log_error("api.reload_refused", NULL, "error=%s", log_quote(error));
	} else if (strcmp(conf->state_dir, old->state_dir) || strcmp(conf->run_dir, old->run_dir)) {
		/* shared with the switch, which goes on with the old ones */
		log_warn("conf.needs_restart", NULL, "name=%s",
			 strcmp(conf->state_dir, old->state_dir) ? "state-dir" : "run-dir");
	} else {
		return conf;
	}
	conf_free(conf);
	return NULL;
}

/* Goes on with a good conf. One that is the one in use, which an event says that comes again when this
 * process has begun anew, changes nothing. */
static void take_up(struct reload *reload, const struct conf *conf)
{
	char error[400];

	if (conf->fingerprint != reload->conf->fingerprint) {
		log_info("api.reloading", NULL, "conf=%s", log_quote(reload->file));
		reload->wanted = true;
		event_base_loopbreak(reload->base);
	} else if (!web_server_has_new_certificates(reload->web)) {
		log_info("api.conf_unchanged", NULL, "conf=%s", log_quote(reload->file));
	} else if (web_server_renew(reload->web, error, sizeof error)) {
		log_error("api.reload_refused", NULL, "error=%s", log_quote(error));
	} else {
		log_info("api.certificates_renewed", NULL, "%s", "");
	}
}

void reload_on_switch(void *arg)
{
	struct reload *reload = arg;
	struct conf *conf = load_good(reload);

	if (conf)
		take_up(reload, conf);
	conf_free(conf);
}

/* The switch has answered our switch.reload. When it has reloaded, its event comes, or has; one that refuses
 * says why; one that cannot be asked leaves us to ourselves. */
static void on_asked(const json_t *result, const json_t *error, void *arg)
{
	const json_t *lines = json_object_get(json_object_get(error, "data"), "errors"), *line;
	size_t i;

	(void)result;
	if (!error)
		return;
	if (!lines) {
		reload_on_switch(arg);
		return;
	}
	json_array_foreach((json_t *)lines, i, line)
	    log_error("api.reload_refused", NULL, "by=switch error=%s", log_quote(json_string_value(line)));
}

void reload_on_signal(evutil_socket_t number, short what, void *arg)
{
	struct reload *reload = arg;
	struct conf *conf = load_good(reload);
	bool asked;

	(void)number, (void)what;
	if (!conf)
		return;
	asked =
	    link_is_ready(reload->link) && !link_call(reload->link, "switch.reload", NULL, on_asked, reload);
	if (!asked)
		take_up(reload, conf);
	conf_free(conf);
}
