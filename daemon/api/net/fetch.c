#include "daemon/api/net/fetch.h"

#include "lib/deny.h"
#include "lib/clock.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FETCHES_MAX = 1024,
	REDIRECTS_MAX = 5,
	CONNECT_TIMEOUT_MS = 5000,
	IDLE_CONNECTIONS_MAX = 64,
	COOKIES_MAX = 16384
};

struct fetcher {
	struct event_base *base;
	const struct conf *conf;
	CURLM *multi;
	struct event *timer;
	struct fetch *first;
	unsigned count, number;
	struct fetch_stats stats;
	const struct fetch_stage *stage; /* or NULL */
};

struct fetch {
	struct fetch *next, **link;
	struct fetcher *fetcher;
	CURL *easy;
	struct curl_slist *headers;
	fetch_h *handler;
	void *arg;
	char *body;
	size_t size, room, max_size;
	bool too_big, keeps_cookies, tells_redirect;
	unsigned number;
	struct event *deliver; /* an answer of the stage, or NULL */
	struct fetch_result staged;
	char *url;	  /* of the same */
	char denied[128]; /* why, when an address was */
	int64_t started_us;
	char error[CURL_ERROR_SIZE];
};

static void fetch_free(struct fetch *fetch)
{
	*fetch->link = fetch->next;
	if (fetch->next)
		fetch->next->link = fetch->link;
	fetch->fetcher->count--;
	if (fetch->easy) {
		curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
		curl_easy_cleanup(fetch->easy);
	}
	if (fetch->deliver)
		event_free(fetch->deliver);
	curl_slist_free_all(fetch->headers);
	free(fetch->body);
	free(fetch->url);
	free(fetch);
}

static size_t on_body(char *data, size_t one, size_t size, void *arg)
{
	struct fetch *fetch = arg;

	(void)one;
	if (size > fetch->max_size - fetch->size) {
		fetch->too_big = true;
		return 0;
	}
	if (fetch->size + size + 1 > fetch->room) {
		size_t room = (fetch->size + size + 1) * 2;
		char *body = realloc(fetch->body, room);

		if (!body)
			return 0;
		fetch->body = body;
		fetch->room = room;
	}
	memcpy(fetch->body + fetch->size, data, size);
	fetch->size += size;
	fetch->body[fetch->size] = '\0';
	return size;
}

/* Every connection is made here, whatever name it was for and however often that is asked for anew. */
static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct fetch *fetch = arg;
	char text[INET6_ADDRSTRLEN] = "its address";
	const void *bytes = address->family == AF_INET
				? (const void *)&((const struct sockaddr_in *)&address->addr)->sin_addr
				: (const void *)&((const struct sockaddr_in6 *)&address->addr)->sin6_addr;

	(void)purpose;
	if (!deny_holds(&fetch->fetcher->conf->api.deny_addresses, &address->addr))
		return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	inet_ntop(address->family, bytes, text, sizeof text);
	snprintf(fetch->denied, sizeof fetch->denied, "%s is denied by the conf (api/deny-addresses)", text);
	return CURL_SOCKET_BAD;
}

static const char *error_of(const struct fetch *fetch, CURLcode code)
{
	if (fetch->too_big)
		return "the answer is too large";
	if (code == CURLE_OK)
		return NULL;
	if (*fetch->denied)
		return fetch->denied;
	return *fetch->error ? fetch->error : curl_easy_strerror(code);
}

/* A field of the last answer, or NULL. */
static const char *field(struct fetch *fetch, const char *name)
{
	struct curl_header *found;

	return curl_easy_header(fetch->easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value
											     : NULL;
}

/* The cookies that curl keeps, a line each; a new string, or NULL: too many, or no memory. */
static char *gather_cookies(struct fetch *fetch)
{
	struct curl_slist *list = NULL;
	size_t size = 1;
	char *all, *at;

	curl_easy_getinfo(fetch->easy, CURLINFO_COOKIELIST, &list);
	for (const struct curl_slist *one = list; one; one = one->next)
		size += strlen(one->data) + 1;
	all = at = size <= COOKIES_MAX ? malloc(size) : NULL;
	for (const struct curl_slist *one = list; all && one; one = one->next)
		at += sprintf(at, "%s\n", one->data);
	if (all)
		*at = '\0';
	curl_slist_free_all(list);
	return all;
}

static void give_cookies(struct fetch *fetch, const char *all)
{
	curl_easy_setopt(fetch->easy, CURLOPT_COOKIEFILE, ""); /* which makes curl look at cookies */
	while (*all) {
		const size_t length = strcspn(all, "\n");
		char *one = strndup(all, length);

		if (one && *one)
			curl_easy_setopt(fetch->easy, CURLOPT_COOKIELIST, one);
		free(one);
		all += length + (all[length] == '\n');
	}
}

static void deliver(struct fetch *fetch, const struct fetch_result *result)
{
	const struct fetch_stage *stage = fetch->fetcher->stage;

	if (stage)
		stage->answered(fetch->number, result, stage->arg);
	fetch->handler(result, fetch->arg);
}

const struct histogram_bounds fetch_seconds_bounds = { 10,
						       { 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10 } };

unsigned fetch_result_class(const struct fetch_result *result)
{
	const bool whole = !result->error && result->status >= 100 && result->status < 600;

	return whole ? (unsigned)result->status / 100 : 0;
}

static void count(struct fetch_stats *stats, const struct fetch_result *result)
{
	stats->answers[fetch_result_class(result)]++;
	histogram_add(&stats->seconds, &fetch_seconds_bounds, (double)result->duration_ms / 1000);
}

const struct fetch_stats *fetcher_stats(const struct fetcher *fetcher)
{
	return &fetcher->stats;
}

static void finish(struct fetch *fetch, CURLcode code)
{
	char *cookies = fetch->keeps_cookies ? gather_cookies(fetch) : NULL;
	struct fetch_result result = { .error = error_of(fetch, code),
				       .body = fetch->body ? fetch->body : "",
				       .size = fetch->size };
	char *type = NULL, *url = NULL;
	long status = 0;

	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(fetch->easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(fetch->easy, CURLINFO_EFFECTIVE_URL, &url);
	result.status = (int)status;
	result.content_type = type;
	result.url = url ? url : "";
	if (fetch->tells_redirect)
		curl_easy_getinfo(fetch->easy, CURLINFO_REDIRECT_URL, &result.redirect);
	result.cookies = cookies;
	result.cache_control = field(fetch, "Cache-Control");
	result.etag = field(fetch, "ETag");
	result.last_modified = field(fetch, "Last-Modified");
	result.duration_ms = (clock_mono_us() - fetch->started_us) / 1000;
	count(&fetch->fetcher->stats, &result);
	deliver(fetch, &result);
	free(cookies);
	fetch_free(fetch);
}

/* An answer of the stage, which comes as any other: not from inside fetch_start(). */
static void on_staged(evutil_socket_t fd, short what, void *arg)
{
	struct fetch *fetch = arg;

	(void)fd, (void)what;
	deliver(fetch, &fetch->staged);
	fetch_free(fetch);
}

/* Returns 0, ENOMEM, or EAGAIN: it goes out to the network. */
static int ask_stage(struct fetch *fetch, const struct fetch_setup *setup)
{
	const struct fetch_stage *stage = fetch->fetcher->stage;

	fetch->number = ++fetch->fetcher->number;
	if (!stage || !stage->asked(fetch->number, setup, &fetch->staged, stage->arg))
		return EAGAIN;
	fetch->url = strdup(setup->url);
	fetch->deliver = event_new(fetch->fetcher->base, -1, 0, on_staged, fetch);
	if (!fetch->url || !fetch->deliver)
		return ENOMEM;
	fetch->staged.url = fetch->url;
	if (!fetch->staged.body)
		fetch->staged.body = "";
	event_active(fetch->deliver, 0, 0);
	return 0;
}

static void read_finished(struct fetcher *fetcher)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(fetcher->multi, &left))) {
		struct fetch *fetch = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&fetch);
		finish(fetch, code);
	}
}

static void on_socket_ready(evutil_socket_t fd, short what, void *arg)
{
	struct fetcher *fetcher = arg;
	int running, bits = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);

	curl_multi_socket_action(fetcher->multi, fd, bits, &running);
	read_finished(fetcher);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct fetcher *fetcher = arg;
	int running;

	(void)fd, (void)what;
	curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	read_finished(fetcher);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct fetcher *fetcher = arg;
	struct event *watch = socket_arg;
	short bits =
	    (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);

	(void)easy;
	if (watch)
		event_free(watch);
	watch =
	    what == CURL_POLL_REMOVE ? NULL : event_new(fetcher->base, fd, bits, on_socket_ready, fetcher);
	curl_multi_assign(fetcher->multi, fd, watch);
	if (watch)
		event_add(watch, NULL);
	return 0;
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	struct fetcher *fetcher = arg;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	(void)multi;
	if (ms < 0)
		event_del(fetcher->timer);
	else
		event_add(fetcher->timer, &tv);
	return 0;
}

int fetcher_alloc(struct fetcher **out, struct event_base *base, const struct conf *conf)
{
	struct fetcher *fetcher = calloc(1, sizeof *fetcher);

	if (!fetcher)
		return ENOMEM;
	fetcher->base = base;
	fetcher->conf = conf;
	fetcher->multi = curl_multi_init();
	fetcher->timer = evtimer_new(base, on_timer, fetcher);
	if (!fetcher->multi || !fetcher->timer) {
		fetcher_free(fetcher);
		return ENOMEM;
	}
	curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
	curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
	curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS_MAX);
	*out = fetcher;
	return 0;
}

void fetcher_free(struct fetcher *fetcher)
{
	if (!fetcher)
		return;
	while (fetcher->first)
		fetch_free(fetcher->first);
	if (fetcher->multi)
		curl_multi_cleanup(fetcher->multi);
	if (fetcher->timer)
		event_free(fetcher->timer);
	free(fetcher);
}

void fetcher_set_stage(struct fetcher *fetcher, const struct fetch_stage *stage)
{
	fetcher->stage = stage;
}

unsigned fetcher_count(const struct fetcher *fetcher)
{
	return fetcher->count;
}

static void set_options(struct fetch *fetch, const struct fetch_setup *setup)
{
	CURL *easy = fetch->easy;

	curl_easy_setopt(easy, CURLOPT_URL, setup->url);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	/* Over TLS, for servers that say they can (ALPN). */
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	if (fetch->fetcher->conf->api.ca_file) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, fetch->fetcher->conf->api.ca_file);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	/* A proxy would resolve names out of our sight. */
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "Offhook");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)setup->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""); /* whatever curl unfolds */
	if (setup->cookies)
		give_cookies(fetch, setup->cookies);
	if (setup->post) {
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(setup->body ? setup->body : ""));
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, setup->body ? setup->body : "");
	} else if (!setup->tell_redirect) {
		curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
		curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	}
}

static int set_headers(struct fetch *fetch, const struct fetch_setup *setup)
{
	char type[128];
	const char *all[FETCH_HEADERS_MAX + 2];
	size_t count = 0;

	snprintf(type, sizeof type, "Content-Type: %s",
		 setup->content_type ? setup->content_type : "application/octet-stream");
	for (size_t i = 0; i < FETCH_HEADERS_MAX && setup->headers[i]; i++)
		all[count++] = setup->headers[i];
	if (setup->post)
		all[count++] = type;
	all[count++] = "Expect:";
	for (size_t i = 0; i < count; i++) {
		struct curl_slist *more = curl_slist_append(fetch->headers, all[i]);

		if (!more)
			return ENOMEM;
		fetch->headers = more;
	}
	return 0;
}

static int start(struct fetch *fetch, const struct fetch_setup *setup)
{
	int err = ask_stage(fetch, setup);

	if (err != EAGAIN)
		return err;
	fetch->easy = curl_easy_init();
	if (!fetch->easy || set_headers(fetch, setup))
		return ENOMEM;
	set_options(fetch, setup);
	return curl_multi_add_handle(fetch->fetcher->multi, fetch->easy) == CURLM_OK ? 0 : ENOMEM;
}

int fetch_start(struct fetch **out, struct fetcher *fetcher, const struct fetch_setup *setup,
		fetch_h *handler, void *arg)
{
	struct fetch *fetch;

	if (fetcher->count >= FETCHES_MAX)
		return EAGAIN;
	fetch = calloc(1, sizeof *fetch);
	if (!fetch)
		return ENOMEM;
	fetch->fetcher = fetcher;
	fetch->handler = handler;
	fetch->arg = arg;
	fetch->max_size = setup->max_size;
	fetch->keeps_cookies = setup->cookies;
	fetch->tells_redirect = setup->tell_redirect;
	fetch->started_us = clock_mono_us();
	fetch->next = fetcher->first;
	fetch->link = &fetcher->first;
	if (fetch->next)
		fetch->next->link = &fetch->next;
	fetcher->first = fetch;
	fetcher->count++;
	if (start(fetch, setup)) {
		fetch_free(fetch);
		return ENOMEM;
	}
	*out = fetch;
	return 0;
}

void fetch_cancel(struct fetch *fetch)
{
	if (fetch)
		fetch_free(fetch);
}
