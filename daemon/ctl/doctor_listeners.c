/* doctor: what is listened at. See doctor.h. */
#include "daemon/ctl/doctor.h"

#include "lib/random.h"

#include <curl/curl.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	WAIT_MS = 2000,
	TRIES = 2,
	SUBJECT_SIZE = 128,
	MESSAGE_SIZE = 1000,
	URL_SIZE = 600,
	UNPRIVILEGED = 1024
};

static bool is_datagram(const struct conf_listen *listen)
{
	return listen->transport == CONF_UDP;
}

/* Where it is reached from here: what listens at all addresses, at loopback. Returns 0 or an errno. */
static int address_of(const struct conf_listen *listen, bool reach, struct sockaddr_storage *out,
		      socklen_t *size)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
					.ai_socktype = SOCK_STREAM };
	const char *host = listen->host;
	struct addrinfo *found = NULL;
	char port[8];

	if (reach && strcmp(host, "0.0.0.0") == 0)
		host = "127.0.0.1";
	else if (reach && strcmp(host, "::") == 0)
		host = "::1";
	snprintf(port, sizeof port, "%u", listen->port);
	if (getaddrinfo(host, port, &hints, &found))
		return EINVAL;
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*size = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int open_socket(const struct conf_listen *listen, int family, int flags)
{
	return socket(family, (is_datagram(listen) ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | flags, 0);
}

/* Whether a connection comes up in time. Returns 0 or an errno. */
static int try_connection(int fd, const struct sockaddr_storage *to, socklen_t size)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	int err = 0;
	socklen_t err_size = sizeof err;

	if (connect(fd, (const struct sockaddr *)to, size) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&wait, 1, WAIT_MS) <= 0)
		return ETIMEDOUT;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &err_size) ? errno : err;
}

/* Asks by OPTIONS (RFC 3261, 11) and takes any answer for one. Returns 0 or an errno. */
static int try_options(int fd, const struct conf_listen *listen, const struct sockaddr_storage *to,
		       socklen_t size)
{
	const char *open = strchr(listen->host, ':') ? "[" : "", *close = *open ? "]" : "";
	char message[MESSAGE_SIZE], tag[17], answer[MESSAGE_SIZE];
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	if (connect(fd, (const struct sockaddr *)to, size))
		return errno;
	random_hex(tag, sizeof tag / 2);
	int length = snprintf(
	    message, sizeof message,
	    "OPTIONS sip:%s%s%s:%u SIP/2.0\r\nVia: SIP/2.0/UDP doctor.invalid;rport;branch=z9hG4bK%s\r\n"
	    "Max-Forwards: 0\r\nFrom: <sip:doctor@doctor.invalid>;tag=%s\r\nTo: <sip:%s%s%s:%u>\r\n"
	    "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\nUser-Agent: offhookctl doctor\r\nContent-Length: 0\r\n\r\n",
	    open, listen->host, close, listen->port, tag, tag, open, listen->host, close, listen->port, tag);
	for (int i = 0; i < TRIES; i++) {
		if (send(fd, message, (size_t)length, 0) < 0)
			return errno;
		if (poll(&wait, 1, WAIT_MS / TRIES) > 0)
			return recv(fd, answer, sizeof answer, 0) < 0 ? errno : 0;
	}
	return ETIMEDOUT;
}

/* Whether it answers. Returns 0 or an errno. */
static int try_listener(const struct conf_listen *listen)
{
	struct sockaddr_storage to;
	socklen_t size;
	int err = address_of(listen, true, &to, &size);
	int fd = err ? -1 : open_socket(listen, to.ss_family, is_datagram(listen) ? 0 : SOCK_NONBLOCK);

	if (fd < 0)
		return err ? err : errno;
	err = is_datagram(listen) ? try_options(fd, listen, &to, size) : try_connection(fd, &to, size);
	close(fd);
	return err;
}

/* Whether it could be listened at. Returns 0 or an errno. */
static int try_bind(const struct conf_listen *listen)
{
	struct sockaddr_storage at;
	socklen_t size;
	int yes = 1, err = address_of(listen, false, &at, &size);
	int fd = err ? -1 : open_socket(listen, at.ss_family, 0);

	if (fd < 0)
		return err ? err : errno;
	if (!is_datagram(listen))
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (at.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
	err = bind(fd, (const struct sockaddr *)&at, size) ? errno : 0;
	close(fd);
	return err;
}

static void note_free(struct doctor *doctor, const char *subject, const struct conf_listen *listen, int err)
{
	if (err == EADDRINUSE)
		doctor_note(doctor, DOCTOR_FAULT, subject, "ss -lnptu shows which.",
			    "another program has this port");
	else if (err == EADDRNOTAVAIL)
		doctor_note(doctor, DOCTOR_FAULT, subject, "ip address shows what this machine has.",
			    "this machine has no such address");
	else if (err && err != EACCES)
		doctor_note(doctor, DOCTOR_FAULT, subject, NULL, "%s", strerror(err));
	else if (listen->port < UNPRIVILEGED)
		doctor_note(
		    doctor, DOCTOR_WARNING, subject,
		    "AmbientCapabilities= and CapabilityBoundingSet=CAP_NET_BIND_SERVICE in the unit, or a "
		    "port of 1024 and more.",
		    "user offhook may not listen at ports below %d", UNPRIVILEGED);
	else
		doctor_note(doctor, DOCTOR_OK, subject, NULL, "is free");
}

static void check(struct doctor *doctor, const struct conf_listen *listen, bool up, const char *advice)
{
	char subject[SUBJECT_SIZE];
	int err;

	if (!listen->port) /* any */
		return;
	snprintf(subject, sizeof subject, strchr(listen->host, ':') ? "%s:[%s]:%u" : "%s:%s:%u",
		 conf_transport_name(listen->transport), listen->host, listen->port);
	if (!up) {
		note_free(doctor, subject, listen, try_bind(listen));
		return;
	}
	err = try_listener(listen);
	if (err)
		doctor_note(doctor, DOCTOR_FAULT, subject, advice, "no answer: %s", strerror(err));
	else
		doctor_note(doctor, DOCTOR_OK, subject, NULL, "answers");
}

static size_t ignore(char *data, size_t one, size_t size, void *arg)
{
	(void)data;
	(void)arg;
	return one * size;
}

/* GET, for what it is answered with. Returns 0 with the status, or −1 and why in `error`. */
static int ask(const char *url, const struct conf *conf, long *status, char error[CURL_ERROR_SIZE])
{
	CURL *easy = curl_easy_init();
	CURLcode code = CURLE_FAILED_INIT;

	*error = '\0';
	if (easy) {
		curl_easy_setopt(easy, CURLOPT_URL, url);
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 5L * WAIT_MS);
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
		curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
		if (conf->api.ca_file)
			curl_easy_setopt(easy, CURLOPT_CAINFO, conf->api.ca_file);
		code = curl_easy_perform(easy);
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, status);
		curl_easy_cleanup(easy);
	}
	if (code && !*error)
		snprintf(error, CURL_ERROR_SIZE, "%s", curl_easy_strerror(code));
	return code ? -1 : 0;
}

/* The URL that others are told: from here at least. */
static void check_public_url(struct doctor *doctor)
{
	char url[URL_SIZE], error[CURL_ERROR_SIZE];
	long status = 0;

	snprintf(url, sizeof url, "%s/readyz", doctor->conf->api.public_url);
	if (ask(url, doctor->conf, &status, error))
		doctor_note(doctor, DOCTOR_WARNING, "api { public-url }",
			    "Recordings' and callbacks' URLs begin with it: others must reach it.", "%s: %s",
			    url, error);
	else if (status == 503)
		doctor_note(doctor, DOCTOR_WARNING, "offhook-api", "journalctl -u offhook-api says why.",
			    "is not ready (%s)", url);
	else if (status != 200)
		doctor_note(doctor, DOCTOR_WARNING, "api { public-url }",
			    "What stands there is to pass requests on to offhook-api.",
			    "%s: answered with %ld", url, status);
	else
		doctor_note(doctor, DOCTOR_OK, "offhook-api", NULL, "is ready (%s)", url);
}

/* Whether offhook-api runs, as far as can be seen: something listens at one of its addresses. */
static bool api_runs(const struct conf *conf)
{
	for (size_t i = 0; i < conf->api.listen_count; i++)
		if (conf->api.listen[i].port && try_listener(&conf->api.listen[i]) == 0)
			return true;
	return false;
}

void doctor_check_listeners(struct doctor *doctor)
{
	const struct conf *conf = doctor->conf;
	bool api = api_runs(conf);

	for (size_t i = 0; i < conf->sip.listen_count; i++)
		check(doctor, &conf->sip.listen[i], doctor->running,
		      "Has the conf changed since offhookd was started? Does a firewall of this machine drop "
		      "it?");
	if (!api)
		doctor_note(doctor, DOCTOR_WARNING, "offhook-api",
			    "systemctl start offhook-api; journalctl -u offhook-api says why it ended.",
			    "does not run: there is no HTTP, and no script");
	for (size_t i = 0; i < conf->api.listen_count; i++)
		check(doctor, &conf->api.listen[i], api,
		      "Has the conf changed since offhook-api was started?");
	if (api)
		check_public_url(doctor);
}
