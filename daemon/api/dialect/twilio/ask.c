#include "daemon/api/dialect/twilio/ask.h"

#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/twilio/basic.h"
#include "daemon/api/http/file_reply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char short_root[] = "/2010-04-01", long_root[] = "/api/laml/2010-04-01";

static void ask_free(struct ask *ask)
{
	query_clear(&ask->query);
	free(ask);
}

/* Answers */

static void reply_trouble(struct web_request *request, const struct trouble *trouble, int retry_after_s)
{
	char seconds[16];

	if (retry_after_s) {
		snprintf(seconds, sizeof seconds, "%d", retry_after_s);
		web_reply_header(request, "Retry-After", seconds);
	}
	if (trouble->status == 401)
		web_reply_header(request, "WWW-Authenticate", "Basic realm=\"Offhook\"");
	web_reply_json_as(request, trouble->status, "application/json", trouble_json(trouble));
}

void ask_done(struct ask *ask, int status, json_t *body)
{
	struct trouble trouble;

	if (body) {
		web_reply_json(ask->request, status, body);
	} else {
		trouble_set(&trouble, 503, CODE_UNAVAILABLE, "Out of memory.");
		reply_trouble(ask->request, &trouble, 0);
	}
	ask_free(ask);
}

void ask_file(struct ask *ask, int fd, const char *type)
{
	file_reply(ask->request, fd, type);
	ask_free(ask);
}

void ask_done_text(struct ask *ask, int status, struct json_text *out)
{
	if (!json_text_end(out)) {
		web_reply_json_text(ask->request, status, out);
		ask_free(ask);
		return;
	}
	json_text_free(out);
	ask_done(ask, 503, NULL);
}

void ask_done_empty(struct ask *ask)
{
	web_reply_empty(ask->request, 204);
	ask_free(ask);
}

void ask_fail(struct ask *ask, const struct fault *fault)
{
	struct trouble trouble;

	trouble_of_fault(&trouble, fault);
	reply_trouble(ask->request, &trouble, fault->retry_after_s);
	ask_free(ask);
}

void ask_refuse(struct ask *ask, int status, int code, const char *fmt, ...)
{
	struct trouble trouble = { status, code, "" };
	va_list args;

	va_start(args, fmt);
	vsnprintf(trouble.message, sizeof trouble.message, fmt, args);
	va_end(args);
	reply_trouble(ask->request, &trouble, 0);
	ask_free(ask);
}

void ask_not_found(struct ask *ask)
{
	ask_refuse(ask, 404, CODE_NOT_FOUND, "The requested resource %.200s was not found",
		   ask->request->path);
}

bool ask_form_ok(struct ask *ask)
{
	if (!ask->form.trouble.status)
		return true;
	reply_trouble(ask->request, &ask->form.trouble, 0);
	ask_free(ask);
	return false;
}

bool ask_arg_id(struct ask *ask, size_t n, const char *prefix, char out[UUID_TEXT_SIZE])
{
	if (sid_read(prefix, ask->args[n], out))
		return true;
	ask_not_found(ask);
	return false;
}

void ask_on_done(const struct fault *fault, void *arg)
{
	if (fault)
		ask_fail(arg, fault);
	else
		ask_done_empty(arg);
}

/* Views */

struct view_of ask_view(const struct ask *ask)
{
	return (struct view_of){ ask->by.desk->conf, ask->by.account, ask->view, ask->root };
}

char *view_account_sid(const struct view_of *of, char out[SID_SIZE])
{
	return sid_write(of->view, "AC", of->account && of->account->sid ? of->account->sid : "", out);
}

json_t *view_uri(const struct view_of *of, const char *fmt, ...)
{
	char sid[SID_SIZE], rest[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(rest, sizeof rest, fmt, args);
	va_end(args);
	return json_sprintf("%s/Accounts/%s%s", of->root, view_account_sid(of, sid), rest);
}

/* Requests */

static bool is_long(const struct web_request *request)
{
	return request->segment_count > 1 && !strcmp(request->segments[0], "api");
}

/* "CA….json" is "CA…". */
static void copy_arg(char out[ASK_ARG_SIZE], const char *segment)
{
	size_t length;

	snprintf(out, ASK_ARG_SIZE, "%s", segment);
	length = strlen(out);
	if (length > 5 && !strcmp(out + length - 5, ".json"))
		out[length - 5] = '\0';
}

/* A GET and a DELETE bring a query, a POST brings a form. */
static void read_parameters(struct ask *ask, const char *method)
{
	const char *type = web_header(ask->request, "Content-Type");
	const char *text = ask->request->body;
	bool is_post = !strcmp(method, "POST");
	struct trouble *trouble = &ask->form.trouble;
	int err;

	form_init(&ask->form, is_post ? &ask->query : &ask->request->query);
	if (!is_post)
		return;
	if (ask->request->body_size && type && strncasecmp(type, "application/x-www-form-urlencoded", 33)) {
		trouble_set(trouble, 415, TROUBLE_PARAMETER,
			    "The body must be application/x-www-form-urlencoded.");
		return;
	}
	err = strlen(text) == ask->request->body_size ? query_parse(&ask->query, text) : EINVAL;
	if (err == ENOMEM)
		trouble_set(trouble, 503, CODE_UNAVAILABLE, "Out of memory.");
	else if (err == E2BIG)
		trouble_set(trouble, 400, TROUBLE_PARAMETER, "The form has more than %d parameters.",
			    QUERY_MAX);
	else if (err)
		trouble_set(trouble, 400, TROUBLE_PARAMETER,
			    "The body is no valid form (application/x-www-form-urlencoded, UTF-8).");
}

/* Whether the path's account is that of who asks; the view is that of its writing. A path without one is of
 * who asks, in the writing of the name. */
static bool read_account(struct ask *ask, const char *segment)
{
	char sid[ASK_ARG_SIZE], id[UUID_TEXT_SIZE];
	struct view_of of;

	if (segment) {
		copy_arg(sid, segment);
		if (!sid_read("AC", sid, id) || !ask->by.account->sid || strcasecmp(id, ask->by.account->sid))
			return false;
		ask->view = strncmp(sid, "AC", 2) ? VIEW_SIGNALWIRE : VIEW_TWILIO;
	} else {
		ask->view = basic_view(web_header(ask->request, "Authorization"),
				       is_long(ask->request) ? VIEW_SIGNALWIRE : VIEW_TWILIO);
	}
	of = ask_view(ask);
	view_account_sid(&of, ask->account);
	return true;
}

/* The account of the path, for who says nothing of himself, where that is enough. */
static const struct conf_account *guest_of(const struct web_request *request, const struct route_match *match,
					   const struct conf *conf)
{
	const struct ask_way *way = match->route->data;
	const struct conf_account *account;
	char sid[ASK_ARG_SIZE];

	if (!way->is_public || web_header(request, "Authorization"))
		return NULL;
	copy_arg(sid, match->args[0]);
	account = basic_account_of_sid(conf, sid);
	return account && way->is_public(account, match) ? account : NULL;
}

void ask_run(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	const struct ask_way *way = match->route->data;
	const struct conf_account *account =
	    match->account ? match->account : guest_of(request, match, parts->desk->conf);
	struct ask *ask;

	if (!account) {
		ask_refuse_request(request, ROUTE_NO_KEY, "", arg);
		return;
	}
	ask = calloc(1, sizeof *ask);
	if (!ask) {
		web_reply_problem(request, 503, NULL, "Out of memory.");
		return;
	}
	ask->request = request;
	ask->by = (struct asker){ parts->desk, account };
	ask->root = is_long(request) ? long_root : short_root;
	for (size_t i = 0; i < ASK_ARGS_MAX && i + 1 < ROUTE_ARGS_MAX && match->args[i + 1]; i++)
		copy_arg(ask->args[i], match->args[i + 1]);
	if (!read_account(ask, match->args[0])) {
		ask_not_found(ask);
		return;
	}
	read_parameters(ask, match->route->method);
	if (ask_form_ok(ask))
		way->handler(ask);
}

const struct conf_account *ask_account(const struct web_request *request, void *arg)
{
	const struct dialect_parts *parts = arg;

	return basic_account(parts->desk->conf, web_header(request, "Authorization"));
}

bool ask_only_reads(const struct web_request *request, void *arg)
{
	const struct dialect_parts *parts = arg;

	return basic_only_reads(parts->desk->conf, web_header(request, "Authorization"));
}

void ask_refuse_request(struct web_request *request, enum route_refusal why, const char *allowed, void *arg)
{
	struct trouble trouble = { 0 };

	(void)arg;
	switch (why) {
	case ROUTE_NO_KEY:
		trouble_set(&trouble, 401, CODE_NOT_AUTHENTICATED, "Authenticate");
		break;
	case ROUTE_READ_ONLY:
		trouble_set(&trouble, 403, CODE_READ_ONLY, ROUTE_READ_ONLY_TEXT);
		break;
	case ROUTE_NO_METHOD:
		web_reply_header(request, "Allow", allowed);
		trouble_set(&trouble, 405, CODE_METHOD, "Method not allowed: this path takes %s.", allowed);
		break;
	case ROUTE_NO_PATH:
		trouble_set(&trouble, 404, CODE_NOT_FOUND, "The requested resource %.200s was not found",
			    request->path);
		break;
	}
	reply_trouble(request, &trouble, 0);
}
