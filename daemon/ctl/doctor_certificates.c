/* doctor: certificates. See doctor.h. */
#include "daemon/ctl/doctor.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum { SOON_DAYS = 14, SUBJECT_SIZE = 300, NAME_SIZE = 256 };

#define RENEW "Renew it, then: offhookctl reload (offhook-api too reads it again)."

static X509 *read_certificate(struct doctor *doctor, const char *subject, const char *file)
{
	FILE *in = fopen(file, "re");
	X509 *certificate = in ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;

	if (!in)
		doctor_note(doctor, DOCTOR_FAULT, subject, "The daemons read it as user offhook.",
			    "cannot be read: %s", strerror(errno));
	else if (!certificate)
		doctor_note(doctor, DOCTOR_FAULT, subject, NULL, "holds no certificate in PEM");
	if (in)
		fclose(in);
	ERR_clear_error();
	return certificate;
}

static void check_key(struct doctor *doctor, const char *subject, X509 *certificate, const char *file)
{
	FILE *in = fopen(file, "re");
	/* one with a password cannot be used by a daemon: none is asked for here either */
	EVP_PKEY *key = in ? PEM_read_PrivateKey(in, NULL, NULL, (void *)(uintptr_t) "") : NULL;

	if (!in)
		doctor_note(doctor, DOCTOR_FAULT, subject,
			    "The daemons read it as user offhook: chgrp offhook, chmod 0640.",
			    "its key %s cannot be read: %s", file, strerror(errno));
	else if (!key)
		doctor_note(doctor, DOCTOR_FAULT, subject, NULL, "%s holds no key without a password", file);
	else if (X509_check_private_key(certificate, key) != 1)
		doctor_note(doctor, DOCTOR_FAULT, subject, NULL, "the key in %s is another's", file);
	EVP_PKEY_free(key);
	if (in)
		fclose(in);
	ERR_clear_error();
}

static const char *word(int days)
{
	return days == 1 ? "day" : "days";
}

static void check_days(struct doctor *doctor, const char *subject, const X509 *certificate)
{
	int days = 0, seconds = 0, early = X509_cmp_current_time(X509_get0_notBefore(certificate));

	if (!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)))
		doctor_note(doctor, DOCTOR_FAULT, subject, RENEW, "has no date of its end");
	else if (early > 0)
		doctor_note(doctor, DOCTOR_FAULT, subject, "Is the clock of this machine right?",
			    "is not valid yet");
	else if (days < 0 || seconds < 0)
		doctor_note(doctor, DOCTOR_FAULT, subject, RENEW, "is no longer valid: it ended %d %s ago",
			    -days, word(-days));
	else
		doctor_note(doctor, days < SOON_DAYS ? DOCTOR_WARNING : DOCTOR_OK, subject,
			    days < SOON_DAYS ? RENEW : NULL, "is valid for %d %s", days, word(days));
}

/* Whether it is for the name, or address, that clients know us by; NULL: nobody has said. */
static void check_name(struct doctor *doctor, const char *subject, X509 *certificate, const char *name)
{
	if (!name || X509_check_host(certificate, name, strlen(name), 0, NULL) == 1 ||
	    X509_check_ip_asc(certificate, name, 0) == 1)
		return;
	doctor_note(doctor, DOCTOR_WARNING, subject, "Clients that check certificates will not connect.",
		    "is not for %s", name);
}

static void check(struct doctor *doctor, const struct conf_certificate *files, const char *name)
{
	char subject[SUBJECT_SIZE];
	X509 *certificate;

	snprintf(subject, sizeof subject, "certificate %s", files->certificate_file);
	certificate = read_certificate(doctor, subject, files->certificate_file);
	if (!certificate)
		return;
	check_days(doctor, subject, certificate);
	check_key(doctor, subject, certificate, files->key_file);
	check_name(doctor, subject, certificate, name);
	X509_free(certificate);
}

/* Each file once, though several listeners may show it. */
static void check_all(struct doctor *doctor, const struct conf_certificate *list, size_t count,
		      const char *name)
{
	for (size_t i = 0; i < count; i++) {
		bool again = !list[i].certificate_file;

		for (size_t k = 0; k < i && !again; k++)
			again = list[k].certificate_file &&
				strcmp(list[k].certificate_file, list[i].certificate_file) == 0;
		if (!again)
			check(doctor, &list[i], name);
	}
}

/* The host of a URL. Returns `out`. */
static const char *host_of(const char *url, char out[NAME_SIZE])
{
	const char *from = strstr(url, "://");
	size_t length;

	from = from ? from + 3 : url;
	if (*from == '[')
		length = strcspn(++from, "]");
	else
		length = strcspn(from, ":/");
	snprintf(out, NAME_SIZE, "%.*s", (int)length, from);
	return out;
}

void doctor_check_certificates(struct doctor *doctor)
{
	const struct conf *conf = doctor->conf;
	char host[NAME_SIZE], domain[NAME_SIZE];

	/* an IPv6 domain stands in brackets, as a host of a URL does */
	check_all(doctor, conf->sip.certificates, conf->sip.listen_count, host_of(conf->sip.domain, domain));
	check_all(doctor, conf->api.certificates, conf->api.listen_count,
		  host_of(conf->api.public_url, host));
}
