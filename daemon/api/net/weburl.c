#include "daemon/api/net/weburl.h"

#include <curl/curl.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_web(CURLU *parts)
{
	char *scheme = NULL, *host = NULL;
	bool ok = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  (!strcmp(scheme, "http") || !strcmp(scheme, "https")) && *host;

	curl_free(scheme);
	curl_free(host);
	return ok;
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	return true;
}

char *weburl_resolve(const char *base, const char *reference)
{
	CURLU *parts = curl_url();
	char *full = NULL, *out = NULL;

	if (parts && strlen(reference) <= WEBURL_MAX && is_plain(reference) &&
	    (!base || curl_url_set(parts, CURLUPART_URL, base, 0) == CURLUE_OK) &&
	    curl_url_set(parts, CURLUPART_URL, reference, 0) == CURLUE_OK && is_web(parts) &&
	    curl_url_get(parts, CURLUPART_URL, &full, 0) == CURLUE_OK && strlen(full) <= WEBURL_MAX)
		out = strdup(full);
	curl_free(full);
	curl_url_cleanup(parts);
	return out;
}

bool weburl_is_valid(const char *text)
{
	char *full = weburl_resolve(NULL, text);

	free(full);
	return full != NULL;
}

char *weburl_with_query(const char *url, const char *query)
{
	size_t size = strlen(url) + strlen(query) + 2;
	char *full = malloc(size);

	if (full)
		snprintf(full, size, "%s%c%s", url, strchr(url, '?') ? '&' : '?', query);
	return full;
}

char *weburl_authority(const char *text)
{
	CURLU *parts = curl_url();
	char *host = NULL, *port = NULL, *out = NULL;

	if (parts && curl_url_set(parts, CURLUPART_URL, text, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
		out = malloc(strlen(host) + strlen(port) + 2);
		if (out) {
			strcpy(out, host);
			strcat(out, ":");
			strcat(out, port);
			for (char *c = out; *c; c++)
				*c = (char)tolower((unsigned char)*c);
		}
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parts);
	return out;
}
