/* doctor: trunks. See doctor.h. */
#include "daemon/ctl/doctor.h"
#include "daemon/ctl/format.h"

#include "lib/conf_value.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

enum { SUBJECT_SIZE = 128, HOST_SIZE = 256, ANSWER_SIZE = 4096 };

/* What a trunk that is not up needs. */
static const char *advice_for(const char *state)
{
	if (strcmp(state, "unresolved") == 0)
		return "Is the name right, and do the name servers of /etc/resolv.conf answer? dig NAME SRV, "
		       "dig NAME";
	if (strcmp(state, "rejected") == 0)
		return "Username, password and domain are the carrier's to say.";
	if (strcmp(state, "unregistered") == 0)
		return "It registers here: its address of us, username and password are to be those of the "
		       "conf.";
	return "Can its address be reached from here, and does it know ours? offhookctl events shows when it "
	       "changes.";
}

static void check_live(struct doctor *doctor, const json_t *trunk)
{
	char subject[SUBJECT_SIZE];
	const char *state = format_member(trunk, "state"), *reason = format_member(trunk, "reason");

	snprintf(subject, sizeof subject, "trunk %s", format_member(trunk, "name"));
	if (strcmp(state, "up") == 0 && json_is_true(json_object_get(trunk, "asked")))
		doctor_note(doctor, DOCTOR_OK, subject, NULL, "is up");
	else if (strcmp(state, "up") == 0)
		doctor_note(doctor, DOCTOR_OK, subject, NULL,
			    "is hoped to be up: nobody has asked it (health-interval, register)");
	else if (strcmp(state, "resolving") == 0 || strcmp(state, "registering") == 0)
		doctor_note(doctor, DOCTOR_WARNING, subject, "Ask again in a moment.", "is %s", state);
	else
		doctor_note(doctor, DOCTOR_FAULT, subject, advice_for(state), "is %s%s%s", state,
			    *reason ? ": " : "", reason);
}

/* Whether there is a record: NAPTR or SRV of a domain (RFC 3263). */
static bool has_record(const char *prefix, const char *domain, int type)
{
	char name[HOST_SIZE + 16];
	unsigned char answer[ANSWER_SIZE];

	snprintf(name, sizeof name, "%s%s", prefix, domain);
	return res_query(name, ns_c_in, type, answer, sizeof answer) > 0;
}

static bool has_service(const char *domain)
{
	return has_record("", domain, ns_t_naptr) || has_record("_sip._udp.", domain, ns_t_srv) ||
	       has_record("_sip._tcp.", domain, ns_t_srv) || has_record("_sips._tcp.", domain, ns_t_srv);
}

/* Without a switch: whether its name leads anywhere, by the name servers of this machine. */
static void check_name(struct doctor *doctor, const struct conf_trunk *trunk)
{
	const char *address = trunk->proxy ? trunk->proxy : trunk->address;
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;
	char subject[SUBJECT_SIZE], host[HOST_SIZE];
	struct in6_addr literal;
	uint16_t port = 0;
	int err;

	if (!address)
		return;
	snprintf(subject, sizeof subject, "trunk %s", trunk->name);
	if (!conf_split_host_port(address, host, sizeof host, &port))
		return; /* conf would have refused it */
	if (inet_pton(AF_INET, host, &literal) == 1 || inet_pton(AF_INET6, host, &literal) == 1 ||
	    (!port && has_service(host))) {
		doctor_note(doctor, DOCTOR_OK, subject, NULL, "%s is known", host);
		return;
	}
	err = getaddrinfo(host, NULL, &hints, &found);
	if (err)
		doctor_note(doctor, DOCTOR_FAULT, subject, advice_for("unresolved"), "%s: %s", host,
			    gai_strerror(err));
	else
		doctor_note(doctor, DOCTOR_OK, subject, NULL, "%s is known", host);
	if (found)
		freeaddrinfo(found);
}

void doctor_check_trunks(struct doctor *doctor)
{
	json_t *list = NULL;
	const json_t *trunk;
	size_t i;

	if (doctor->running && ctl_request(doctor->ctl, "trunk.list", NULL, &list) == CTL_OK) {
		json_array_foreach(json_object_get(list, "trunks"), i, trunk) check_live(doctor, trunk);
		json_decref(list);
		return;
	}
	for (i = 0; i < doctor->conf->trunk_count; i++)
		check_name(doctor, &doctor->conf->trunks[i]);
}
