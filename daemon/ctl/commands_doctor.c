/* commands_doctor: doctor. */
#include "daemon/ctl/doctor.h"
#include "daemon/ctl/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is to be done about a conf that cannot be loaded. */
static const char *advice_for(int err)
{
	if (err == EACCES || err == EPERM)
		return "Use sudo: keys and passwords stand in it.";
	if (err == ENOENT)
		return "Name another with -c FILE.";
	return "No daemon starts with it; `offhookctl reload` refuses it.";
}

/* The conf, every error and warning of it a finding. NULL: it has errors. */
static struct conf *check_conf(struct doctor *doctor, const char *file)
{
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;
	int err = conf_load(&conf, file, &errors);

	for (size_t i = 0; err && i < errors.count; i++)
		doctor_note(doctor, DOCTOR_FAULT, "conf", advice_for(err), "%s", errors.lines[i]);
	if (err && !errors.count)
		doctor_note(doctor, DOCTOR_FAULT, "conf", advice_for(err), "%s: %s", file, strerror(err));
	conf_errors_free(&errors);
	if (err)
		return NULL;
	for (size_t i = 0; i < conf->warnings.count; i++)
		doctor_note(doctor, DOCTOR_WARNING, "conf", NULL, "%s", conf->warnings.lines[i]);
	doctor_note(doctor, DOCTOR_OK, "conf", NULL, "%s can be used", file);
	return conf;
}

/* The switch: whether it answers, and what it says of itself. */
static void check_switch(struct doctor *doctor)
{
	struct ctl *ctl = doctor->ctl;
	int err = ctl_connect_quietly(ctl, &doctor->pid);

	if (err == EACCES || err == EPERM)
		doctor_note(doctor, DOCTOR_FAULT, "offhookd",
			    "Use sudo, or become a member of the socket's group.", "you may not use %s",
			    ctl->socket);
	else if (err)
		doctor_note(doctor, DOCTOR_FAULT, "offhookd",
			    "systemctl start offhookd; journalctl -u offhookd says why it ended.",
			    "does not run: nobody listens at %s", ctl->socket ? ctl->socket : "its socket");
	if (err || ctl_request(ctl, "switch.status", NULL, &doctor->status))
		return;
	doctor->running = true;
	if (json_is_true(json_object_get(doctor->status, "draining")))
		doctor_note(doctor, DOCTOR_WARNING, "offhookd", "systemctl restart offhookd",
			    "is draining: it takes no new call");
	else
		doctor_note(doctor, DOCTOR_OK, "offhookd", NULL, "runs, version %s",
			    format_member(doctor->status, "version"));
}

int command_doctor(struct ctl *ctl)
{
	const char *file = ctl_conf_file(ctl);
	struct doctor doctor = { .ctl = ctl, .findings = json_array() };
	struct conf *conf = check_conf(&doctor, file);

	doctor.conf = conf;
	/* a switch that runs with the conf of yesterday is looked at all the same, where it can be found */
	if (conf || ctl->options.socket || !ctl->options.conf_file)
		check_switch(&doctor);
	if (conf) {
		doctor_check_certificates(&doctor);
		doctor_check_listeners(&doctor);
		doctor_check_trunks(&doctor);
		doctor_check_recordings(&doctor);
	}
	doctor_check_machine(&doctor);
	if (ctl->options.json) {
		json_t *json = doctor_json(&doctor);

		ctl_print_json(json);
		json_decref(json);
	} else {
		doctor_print(&doctor, stdout);
	}
	json_decref(doctor.status);
	json_decref(doctor.findings);
	conf_free(conf);
	return doctor.counts[DOCTOR_FAULT] ? CTL_REFUSED : CTL_OK;
}
