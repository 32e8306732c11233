/* Replies of the web server. */
#include "daemon/api/http/web_private.h"

#include "daemon/api/http/intake.h"
#include "lib/json_text.h"
#include "lib/json_write.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *web_header(const struct web_request *request, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(request->http), name);
}

void web_reply_header(struct web_request *request, const char *name, const char *value)
{
	evhttp_add_header(evhttp_request_get_output_headers(request->http), name, value);
}

const char *web_status_text(int code)
{
	static const struct {
		int code;
		const char *text;
	} texts[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 206, "Partial Content" },
		{ 302, "Found" },
		{ 304, "Not Modified" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 402, "Payment Required" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 417, "Expectation Failed" },
		{ 422, "Unprocessable Content" },
		{ 426, "Upgrade Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].code == code)
			return texts[i].text;
	return "Error";
}

static void finish(struct web_request *request, int code, struct evbuffer *content)
{
	char length[24];

	/* Dialects with a scheme of their own have said so. */
	if (code == 401 &&
	    !evhttp_find_header(evhttp_request_get_output_headers(request->http), "WWW-Authenticate"))
		web_reply_header(request, "WWW-Authenticate",
				 "ApiKey realm=\"Offhook\", header=\"X-API-Key\"");
	/* evhttp would send the body, which a client takes for the next answer; without one it leaves the
	 * length out. */
	if (content && !strcmp(request->method, "HEAD")) {
		snprintf(length, sizeof length, "%zu", evbuffer_get_length(content));
		web_reply_header(request, "Content-Length", length);
		content = NULL;
	}
	web_log(request, code);
	intake_go_on(web_bufferevent(request));
	evhttp_send_reply(request->http, code, web_status_text(code), content);
	web_request_free(request);
}

void web_reply_buffer(struct web_request *request, int code, const char *type, struct evbuffer *content)
{
	web_reply_header(request, "Content-Type", type);
	finish(request, code, content);
}

void web_reply_empty(struct web_request *request, int code)
{
	finish(request, code, NULL);
}

static void reply_json(struct web_request *request, int code, const char *type, json_t *json)
{
	struct evbuffer *content = evbuffer_new();
	char *text = json_write(json);

	json_decref(json);
	if (!content || !text || evbuffer_add(content, text, strlen(text)) || evbuffer_add(content, "\n", 1))
		code = 503;
	else
		web_reply_header(request, "Content-Type", type);
	finish(request, code, code == 503 && !text ? NULL : content);
	free(text);
	if (content)
		evbuffer_free(content);
}

void web_reply_json(struct web_request *request, int code, json_t *json)
{
	reply_json(request, code, code >= 400 ? "application/problem+json" : "application/json", json);
}

void web_reply_json_as(struct web_request *request, int code, const char *type, json_t *json)
{
	reply_json(request, code, type, json);
}

static void free_text(const void *text, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	free((void *)text);
}

void web_reply_json_text(struct web_request *request, int code, struct json_text *out)
{
	struct evbuffer *content = evbuffer_new();

	if (!content || json_text_end(out) ||
	    evbuffer_add_reference(content, out->text, out->length, free_text, NULL)) {
		json_text_free(out);
		finish(request, 503, NULL);
	} else {
		memset(out, 0, sizeof *out);
		evbuffer_add(content, "\n", 1);
		web_reply_buffer(request, code, "application/json", content);
	}
	if (content)
		evbuffer_free(content);
}

/* For programs, where nobody has a better one. */
static const char *problem_code(int status)
{
	static const struct {
		int status;
		const char *code;
	} known[] = { { 400, "request-invalid" },	{ 401, "key-wrong" },
		      { 404, "path-not-found" },	{ 405, "method-not-allowed" },
		      { 408, "request-timeout" },	{ 413, "body-too-large" },
		      { 414, "target-too-long" },	{ 415, "type-not-taken" },
		      { 416, "range-not-satisfiable" }, { 429, "limit-reached" },
		      { 431, "headers-too-large" },	{ 501, "not-implemented" },
		      { 505, "version-not-spoken" } };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == status)
			return known[i].code;
	return status >= 500 ? "unavailable" : "request-invalid";
}

json_t *web_problem(int status, const char *code, const char *field, const char *detail)
{
	json_t *json =
	    json_pack("{s:s, s:s, s:i, s:s, s:s}", "type", "about:blank", "title", web_status_text(status),
		      "status", status, "code", code ? code : problem_code(status), "detail", detail);

	if (json && field)
		json_object_set_new(json, "field", json_string(field));
	return json;
}

void web_reply_problem(struct web_request *request, int code, const char *field, const char *fmt, ...)
{
	char detail[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof detail, fmt, args);
	va_end(args);
	web_reply_json(request, code, web_problem(code, NULL, field, detail));
}
