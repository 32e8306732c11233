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

/* The conf, with an account that has a key; NULL: said why. */
static struct conf *load(const struct ctl *ctl)
{
	const char *file =
	    ctl->options.conf_file ? ctl->options.conf_file : SYSCONFDIR "/offhook/offhook.conf";
	struct conf_errors errors = { 0 };
	struct conf *conf = NULL;

	if (conf_load(&conf, file, &errors))
		conf_errors_print(&errors, stderr);
	conf_errors_free(&errors);
	if (conf && (!conf->account_count || !conf->accounts[0].api_keys.count)) {
		ctl_say("%s: the first account has no api-keys: the API cannot be asked", file);
		conf_free(conf);
		return NULL;
	}
	return conf;
}

static int judge(CURL *easy, const char *url, const struct answer *answer, json_t **out)
{
	long status = 0;
	json_t *json = json_loadb(answer->text ? answer->text : "", answer->size, 0, NULL);
	const char *detail = json_string_value(json_object_get(json, "detail"));

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (json && status >= 200 && status <= 299) {
		*out = json;
		return CTL_OK;
	}
	ctl_say("%s: %s", url, detail ? detail : "the answer is none of an API of Offhook");
	json_decref(json);
	return CTL_REFUSED;
}

static int perform(CURL *easy, const struct conf *conf, const char *path, struct curl_slist *headers,
		   json_t **out)
{
	struct answer answer = { NULL, 0 };
	char url[URL_SIZE];
	CURLcode code;
	int exit_code = CTL_NO_CONNECTION;

	snprintf(url, sizeof url, "%s/v1/voice/%s", conf->api.public_url, path);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	if (conf->api.ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, conf->api.ca_file);
	code = curl_easy_perform(easy);
	if (code == CURLE_OK)
		exit_code = judge(easy, url, &answer, out);
	else
		ctl_say("%s: %s", url, curl_easy_strerror(code));
	free(answer.text);
	return exit_code;
}

int api_post(const struct ctl *ctl, const char *path, const char *type, const char *body, size_t size,
	     json_t **out)
{
	struct conf *conf = load(ctl);
	CURL *easy = conf ? curl_easy_init() : NULL;
	struct curl_slist *headers = NULL;
	char key[HEADER_SIZE], media[HEADER_SIZE];
	int code = CTL_NO_CONNECTION;

	if (!easy) {
		conf_free(conf);
		return CTL_USAGE;
	}
	snprintf(key, sizeof key, "X-API-Key: %s", conf->accounts[0].api_keys.items[0]);
	snprintf(media, sizeof media, "Content-Type: %s", type);
	headers = curl_slist_append(curl_slist_append(NULL, key), media);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)size);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	code = perform(easy, conf, path, headers, out);
	curl_slist_free_all(headers);
	curl_easy_cleanup(easy);
	conf_free(conf);
	return code;
}
