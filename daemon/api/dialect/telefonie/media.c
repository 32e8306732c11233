#include "daemon/api/dialect/telefonie/media.h"

#include "daemon/api/call/recordings.h"
#include "daemon/api/dialect/telefonie/errors.h"
#include "daemon/api/dialect/dialect.h"
#include "daemon/api/dialect/telefonie/sign.h"
#include "daemon/api/http/range.h"
#include "lib/clock.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ETAG_SIZE = 64 };

static bool etag_matches(const char *header, const char *etag)
{
	return header && (!strcmp(header, "*") || strstr(header, etag));
}

/* Sends `length` bytes from `first`; takes `fd`. */
static void send_part(struct web_request *request, int code, int fd, int64_t first, int64_t length)
{
	struct evbuffer *content = evbuffer_new();

	if (!content || (length && evbuffer_add_file(content, fd, first, length))) {
		close(fd);
		web_reply_problem(request, 503, NULL, "The recording cannot be read.");
	} else {
		if (!length)
			close(fd);
		web_reply_buffer(request, code, "audio/wav", content);
	}
	if (content)
		evbuffer_free(content);
}

static void send_file(struct web_request *request, int fd, const struct stat *info, const char *etag)
{
	const char *condition = web_header(request, "If-Range");
	const char *range = condition && strcmp(condition, etag) ? NULL : web_header(request, "Range");
	int64_t first = 0, last = info->st_size - 1;
	char text[96];

	switch (range_parse(range, info->st_size, &first, &last)) {
	case RANGE_UNSATISFIABLE:
		close(fd);
		snprintf(text, sizeof text, "bytes */%lld", (long long)info->st_size);
		web_reply_header(request, "Content-Range", text);
		web_reply_problem(request, 416, "Range", "The recording has %lld bytes.",
				  (long long)info->st_size);
		break;
	case RANGE_PART:
		snprintf(text, sizeof text, "bytes %lld-%lld/%lld", (long long)first, (long long)last,
			 (long long)info->st_size);
		web_reply_header(request, "Content-Range", text);
		send_part(request, 206, fd, first, last - first + 1);
		break;
	case RANGE_WHOLE:
		send_part(request, 200, fd, 0, info->st_size);
		break;
	}
}

/* Whether the request comes by a signed link that is still good. */
static bool has_link(const struct web_request *request, const struct conf_account *owner, const char *id)
{
	const char *expires = query_get(&request->query, "expires"),
		   *signature = query_get(&request->query, "signature");
	long long until = expires ? strtoll(expires, NULL, 10) : 0;

	return owner && signature && until > clock_utc_ms() / 1000 &&
	       sign_link_is_good(owner, id, until, signature);
}

/* Reads the recording when the request may hear it; else it is answered. */
static bool find(const struct desk *desk, struct web_request *request, const struct route_match *match,
		 struct recording_row *out)
{
	const struct asker by = { desk, match->account };
	struct fault fault;

	if (match->account) {
		if (recording_find(&by, match->args[0], out, &fault))
			return true;
		web_reply_json(request, error_status(&fault), error_json(&fault));
		return false;
	}
	if (recording_linked(desk, match->args[0], out) &&
	    has_link(request, conf_account_by_name(desk->conf, out->account), out->id))
		return true;
	recording_row_clear(out);
	web_reply_problem(request, 401, "X-API-Key",
			  "The X-API-Key header is missing or wrong, or the link has expired.");
	return false;
}

static void send_open(struct web_request *request, int fd)
{
	char etag[ETAG_SIZE];
	struct stat info;

	if (fstat(fd, &info)) {
		close(fd);
		web_reply_problem(request, 503, NULL, "The recording cannot be read.");
		return;
	}
	snprintf(etag, sizeof etag, "\"%llx-%llx\"", (unsigned long long)info.st_size,
		 (unsigned long long)info.st_mtim.tv_sec * 1000000000u +
		     (unsigned long long)info.st_mtim.tv_nsec);
	web_reply_header(request, "ETag", etag);
	web_reply_header(request, "Accept-Ranges", "bytes");
	web_reply_header(request, "Cache-Control", "private, no-cache");
	if (etag_matches(web_header(request, "If-None-Match"), etag)) {
		close(fd);
		web_reply_empty(request, 304);
	} else {
		send_file(request, fd, &info, etag);
	}
}

void media_get(struct web_request *request, const struct route_match *match, void *arg)
{
	const struct dialect_parts *parts = arg;
	struct recording_row row;
	struct fault fault;
	int fd;

	if (!find(parts->desk, request, match, &row))
		return;
	fd = recording_open(&row, &fault);
	recording_row_clear(&row);
	if (fd < 0)
		web_reply_json(request, error_status(&fault), error_json(&fault));
	else
		send_open(request, fd);
}
