/* doctor: what recordings are encrypted with, and the store that they go to. See doctor.h. */
#include "daemon/ctl/doctor.h"

#include "lib/key_file.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { WAIT_MS = 5000 };

static void check_keys(struct doctor *doctor, const char *file)
{
	static const char subject[] = "recordings { key-file }";
	char error[KEY_ERROR_SIZE];
	struct key_ring ring;
	struct stat st;
	int err = key_file_read(&ring, file, error);

	if (err) {
		doctor_note(doctor, DOCTOR_FAULT, subject,
			    err == EACCES ? "offhook-api reads it as user offhook: chgrp offhook, chmod 0640."
					  : "A line a key, 64 hexadecimal digits: openssl rand -hex 32.",
			    "%s: %s", file, error);
		return;
	}
	key_ring_clear(&ring);
	if (!stat(file, &st) && (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)))
		doctor_note(doctor, DOCTOR_WARNING, subject, "chgrp offhook, chmod 0640.",
			    "%s can be read, or written, by others than offhook-api", file);
	else
		doctor_note(doctor, DOCTOR_OK, subject,
			    "Keep a copy of it elsewhere: without it nobody hears them again.",
			    "%s can be used", file);
}

static size_t ignore(char *bytes, size_t size, size_t count, void *arg)
{
	(void)bytes, (void)arg;
	return size * count;
}

/* Whatever it answers to a question without a signature: it is there. */
static void check_store(struct doctor *doctor, const struct conf_s3 *s3)
{
	static const char subject[] = "recordings { s3 }";
	char error[CURL_ERROR_SIZE] = "";
	CURL *easy = curl_easy_init();
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (easy) {
		curl_easy_setopt(easy, CURLOPT_URL, s3->endpoint);
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)WAIT_MS);
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
		curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
		if (s3->ca_file)
			curl_easy_setopt(easy, CURLOPT_CAINFO, s3->ca_file);
		code = curl_easy_perform(easy);
		curl_easy_cleanup(easy);
	}
	if (code == CURLE_OK)
		doctor_note(doctor, DOCTOR_OK, subject, NULL, "%s answers", s3->endpoint);
	else
		doctor_note(doctor, DOCTOR_FAULT, subject,
			    "Recordings stay here until it has them; GET /metrics has how many wait.",
			    "%s: %s", s3->endpoint, *error ? error : curl_easy_strerror(code));
}

void doctor_check_recordings(struct doctor *doctor)
{
	if (doctor->conf->recordings.key_file)
		check_keys(doctor, doctor->conf->recordings.key_file);
	if (doctor->conf->recordings.s3.endpoint)
		check_store(doctor, &doctor->conf->recordings.s3);
}
