/* doctor: what `offhookctl doctor` looks at, and what it has found. Each check notes what it has seen as
 * findings, good ones too, each with what is to be done about it; none changes anything. One thread; a check
 * takes seconds at most.
 *
 * Notes are in doctor.c, checks in files of their own, and their order in commands_doctor.c. */
#ifndef OFFHOOK_CTL_DOCTOR_H
#define OFFHOOK_CTL_DOCTOR_H

#include "daemon/ctl/ctl.h"

#include "lib/conf.h"

#include <sys/types.h>

enum doctor_level { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAULT };

struct doctor {
	struct ctl *ctl;
	json_t *findings;	 /* in the order found */
	size_t counts[3];	 /* by level */
	const struct conf *conf; /* NULL: it has errors */
	bool running;		 /* the switch answers */
	pid_t pid;		 /* of the switch, 0: not known */
	json_t *status;		 /* switch.status, or NULL */
};

/* Notes a finding: what was looked at ("trunk carrier"), a sentence, and what to do about it (NULL for
 * nothing). */
void doctor_note(struct doctor *doctor, enum doctor_level level, const char *subject, const char *advice,
		 const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* For people, a finding a paragraph; in colours on a terminal. */
void doctor_print(const struct doctor *doctor, FILE *to);
/* {"ok", "warnings", "faults", "findings":[{"level","subject","text","advice"?}]}: a new reference. */
json_t *doctor_json(const struct doctor *doctor);

/* The certificates of all listeners: readable, whole, for the name they are reached by, and for how long. */
void doctor_check_certificates(struct doctor *doctor);
/* Whether what the conf listens at answers; without a switch, whether it could be listened at. */
void doctor_check_listeners(struct doctor *doctor);
/* The trunks as the switch sees them; without one, whether their names can be looked up. */
void doctor_check_trunks(struct doctor *doctor);
/* What recordings are encrypted with, and whether the store that they go to answers. */
void doctor_check_recordings(struct doctor *doctor);
/* Clock, disk, open files, ports, and how late audio is. */
void doctor_check_machine(struct doctor *doctor);

#endif
