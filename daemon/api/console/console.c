#include "config.h"

#include "daemon/api/console/console.h"

#include "daemon/api/http/auth.h"
#include "daemon/api/http/sessions.h"
#include "lib/hex.h"

#include <event2/buffer.h>
#include <openssl/sha.h>
#include <string.h>

enum { ETAG_BYTES = 12, ETAG_SIZE = 2 * ETAG_BYTES + 3, PAGE = 0 };

struct file {
	const char *name, *type, *text;
};

/* The page comes first. Made of files/ by the makefile. */
static const struct file files[] = {
#include <daemon/api/console/files_text.h>
};

enum { FILES = sizeof files / sizeof *files };

/* Files */

static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; "
    "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static void set_guards(struct web_request *request)
{
	web_reply_header(request, "Content-Security-Policy", policy);
	web_reply_header(request, "X-Content-Type-Options", "nosniff");
	web_reply_header(request, "Referrer-Policy", "no-referrer");
	web_reply_header(request, "Cross-Origin-Opener-Policy", "same-origin");
	web_reply_header(request, "Cross-Origin-Resource-Policy", "same-origin");
}

/* "\"…\"": of what is in the file. */
static void write_etag(char out[ETAG_SIZE], const struct file *file)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	SHA256((const unsigned char *)file->text, strlen(file->text), digest);
	*out = '"';
	memcpy(hex_write(out + 1, digest, ETAG_BYTES), "\"", 2);
}

static void reply_file(struct web_request *request, const struct file *file)
{
	const char *known = web_header(request, "If-None-Match");
	struct evbuffer *content;
	char etag[ETAG_SIZE];

	write_etag(etag, file);
	set_guards(request);
	/* Asked for again each time, so that an upgrade is seen at once. */
	web_reply_header(request, "Cache-Control", "no-cache");
	web_reply_header(request, "ETag", etag);
	if (known && strstr(known, etag)) {
		web_reply_empty(request, 304);
		return;
	}
	content = evbuffer_new();
	if (!content || evbuffer_add_reference(content, file->text, strlen(file->text), NULL, NULL))
		web_reply_problem(request, 503, NULL, "Out of memory.");
	else
		web_reply_buffer(request, 200, file->type, content);
	if (content)
		evbuffer_free(content);
}

static void page_get(struct web_request *request, const struct route_match *match, void *arg)
{
	size_t length = strcspn(request->path, "?");

	(void)match, (void)arg;
	/* The page names its files as seen from "…/console", whatever stands before that. */
	if (request->path[length - 1] == '/') {
		web_reply_header(request, "Location", "../console");
		web_reply_empty(request, 302);
		return;
	}
	reply_file(request, &files[PAGE]);
}

/* Who types the address of the API into a browser. */
static void root_get(struct web_request *request, const struct route_match *match, void *arg)
{
	(void)match, (void)arg;
	web_reply_header(request, "Location", "console");
	web_reply_empty(request, 302);
}

static void file_get(struct web_request *request, const struct route_match *match, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < FILES; i++) {
		if (i != PAGE && !strcmp(files[i].name, match->args[0])) {
			reply_file(request, &files[i]);
			return;
		}
	}
	route_refuse(request, ROUTE_NO_PATH, "", NULL);
}

/* The session */

/* `account` is NULL when nobody is logged in. */
static void reply_session(struct web_request *request, const struct conf_account *account, bool only_reads)
{
	json_t *json = account ? json_pack("{s:s, s:s, s:b}", "account", account->name, "version", VERSION,
					   "read_only", (int)only_reads)
			       : json_object();

	web_reply_header(request, "Cache-Control", "no-store");
	web_reply_json(request, json ? 200 : 503, json);
}

static void session_get(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct console *console = arg;

	(void)match;
	reply_session(request, sessions_account(console->sessions, request),
		      sessions_only_reads(console->sessions, request));
}

/* Whether the request may change the session; else it has been answered. */
static bool may_change(struct web_request *request, const struct console *console)
{
	if (sessions_is_ours(console->sessions, request))
		return true;
	web_reply_problem(request, 403, SESSION_HEADER,
			  "This is for the console's own page: it comes from there, with the header "
			  "" SESSION_HEADER ".");
	return false;
}

static void session_post(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct console *console = arg;
	const struct conf_account *account;
	bool only_reads;
	json_t *body;

	(void)match;
	if (!may_change(request, console))
		return;
	body = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, NULL);
	account = auth_account(console->conf, json_string_value(json_object_get(body, "key")));
	only_reads = auth_only_reads(console->conf, json_string_value(json_object_get(body, "key")));
	json_decref(body);
	if (!account) {
		web_reply_problem(request, 401, "key", "The key is missing or wrong.");
		return;
	}
	sessions_begin(console->sessions, request, account, only_reads);
	reply_session(request, account, only_reads);
}

static void session_delete(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct console *console = arg;

	(void)match;
	if (!may_change(request, console))
		return;
	sessions_end(console->sessions, request);
	web_reply_empty(request, 204);
}

void console_table(struct route_table *table, const struct console *console)
{
	static const struct route routes[] = {
		{ "GET", "", root_get, true, NULL },
		{ "GET", "console", page_get, true, NULL },
		{ "GET", "console/session", session_get, true, NULL },
		{ "POST", "console/session", session_post, true, NULL },
		{ "DELETE", "console/session", session_delete, true, NULL },
		{ "GET", "console/*", file_get, true, NULL },
	};
	static const char *const roots[] = { "console", NULL };

	*table = (struct route_table){ .routes = routes,
				       .count = sizeof routes / sizeof *routes,
				       .roots = roots,
				       .refuse = route_refuse,
				       .arg = (void *)console };
}
