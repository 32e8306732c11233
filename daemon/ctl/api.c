#include "daemon/ctl/api.h"

#include "lib/conf.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_S = 60, URL_SIZE = 600, HEADER_SIZE = 400, ANSWER_MAX = 64 << 20 };

struct answer {
	char *text;
	size_t size;
};

static size_t take(char *data, size_t one, size_t size, void *arg)
{
	struct answer *answer = arg;
	char *grown =
	    answer->size + size <= ANSWER_MAX ? realloc(answer->text, answer->size + size + 1) : NULL;

	(void)one;
	if (!grown)
		return 0;
	answer->text = grown;
	memcpy(answer->text + answer->size, data, size);
	answer->size += size;
	return size;
}

/* One request, and how it is to be made. */
struct asking {
	const struct conf *conf;
	const struct conf_account *account;
	const char *path;
	bool quiet; /* says nothing of what goes wrong */
};

/* The next account behind `last` (NULL: the first) that has a key, or NULL. */
static const struct conf_account *with_key(const struct conf *conf, const struct conf_account *last)
{
	for (size_t i = last ? (size_t)(last - conf->accounts) + 1 : 0; i < conf->account_count; i++)
		if (conf->accounts[i].api_keys.count)
			return &conf->accounts[i];
	return NULL;
}

/* The conf, with an account that has a key; NULL: said why, unless `quiet`. */
static struct conf *load(const struct ctl *ctl, bool quiet)
{
	struct conf *conf = ctl_load_conf(ctl, quiet);

	if (conf && !with_key(conf, NULL)) {
		if (!quiet)
			ctl_say("%s: no account has api-keys: the API cannot be asked", ctl_conf_file(ctl));
		conf_free(conf);
		return NULL;
	}
	return conf;
}

static int judge(CURL *easy, const char *url, const struct answer *answer, bool quiet, json_t **out)
{
	long status = 0;
	json_t *json = json_loadb(answer->text ? answer->text : "", answer->size, 0, NULL);
	const char *detail = json_string_value(json_object_get(json, "detail"));

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (json && status >= 200 && status <= 299) {
		*out = json;
		return CTL_OK;
	}
	if (!quiet)
		ctl_say("%s: %s", url, detail ? detail : "the answer is none of an API of Offhook");
	json_decref(json);
	return CTL_REFUSED;
}

/* `media`: the body's header, or NULL. */
static int perform(CURL *easy, const struct asking *asking, const char *media, json_t **out)
{
	struct answer answer = { NULL, 0 };
	char url[URL_SIZE], key[HEADER_SIZE];
	struct curl_slist *headers;
	CURLcode code;
	int exit_code = CTL_NO_CONNECTION;

	snprintf(url, sizeof url, "%s/v1/voice/%s", asking->conf->api.public_url, asking->path);
	snprintf(key, sizeof key, "X-API-Key: %s", asking->account->api_keys.items[0]);
	headers = curl_slist_append(NULL, key);
	if (media)
		headers = curl_slist_append(headers, media);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	if (asking->conf->api.ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, asking->conf->api.ca_file);
	code = curl_easy_perform(easy);
	if (code == CURLE_OK)
		exit_code = judge(easy, url, &answer, asking->quiet, out);
	else if (!asking->quiet)
		ctl_say("%s: %s", url, curl_easy_strerror(code));
	curl_slist_free_all(headers);
	free(answer.text);
	return exit_code;
}

int api_post(const struct ctl *ctl, const char *path, const char *type, const char *body, size_t size,
	     json_t **out)
{
	struct conf *conf = load(ctl, false);
	CURL *easy = conf ? curl_easy_init() : NULL;
	char media[HEADER_SIZE];
	int code = CTL_USAGE;

	if (easy) {
		const struct asking asking = { conf, with_key(conf, NULL), path, false };

		snprintf(media, sizeof media, "Content-Type: %s", type);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)size);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
		code = perform(easy, &asking, media, out);
	}
	curl_easy_cleanup(easy);
	conf_free(conf);
	return code;
}

int api_get(const struct ctl *ctl, const char *path, bool quiet, json_t **out)
{
	struct conf *conf = load(ctl, quiet);
	CURL *easy = conf ? curl_easy_init() : NULL;
	const struct conf_account *next = easy ? with_key(conf, NULL) : NULL;
	json_t *answers = json_array(), *answer;
	int code = easy ? CTL_OK : CTL_USAGE;

	for (; next && !code; next = with_key(conf, next)) {
		const struct asking asking = { conf, next, path, quiet };

		code = perform(easy, &asking, NULL, &answer);
		if (!code)
			json_array_append_new(answers, answer);
	}
	if (code)
		json_decref(answers);
	else
		*out = answers;
	curl_easy_cleanup(easy);
	conf_free(conf);
	return code;
}

int api_get_one(const struct ctl *ctl, const char *path, json_t **out)
{
	struct conf *conf = load(ctl, false);
	CURL *easy = conf ? curl_easy_init() : NULL;
	const struct conf_account *next = easy ? with_key(conf, NULL) : NULL;
	int code = CTL_USAGE;

	while (next) {
		struct asking asking = { conf, next, path, true };

		next = with_key(conf, next);
		asking.quiet = next != NULL; /* the last one's refusal is told */
		code = perform(easy, &asking, NULL, out);
		if (code != CTL_REFUSED)
			break;
	}
	curl_easy_cleanup(easy);
	conf_free(conf);
	return code;
}

bool api_escape(const char *text, char *out, size_t size)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	bool fits = escaped && (size_t)snprintf(out, size, "%s", escaped) < size;

	curl_free(escaped);
	return fits;
}
