#include "daemon/api/dialect/telefonie/media.h"

#include "daemon/api/hook/sign.h"
#include "daemon/api/http/range.h"
#include "daemon/api/store/recordings.h"
#include "lib/clock.h"

#include <errno.h>
#include <event2/buffer.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ETAG_SIZE = 64 };

/* Opens a regular file. Returns a descriptor, or -1. */
static int open_file(const char *path, struct stat *info)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && (fstat(fd, info) || !S_ISREG(info->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

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

/* Whether the request may hear the recording. */
static bool may_hear(const struct api *api, const struct web_request *request,
		     const struct conf_account *account, const struct recording_row *row)
{
	if (account)
		return !strcmp(row->account, account->name);
	return has_link(request, conf_account_by_name(api->conf, row->account), row->id);
}

void media_get(struct api *api, struct web_request *request, const struct conf_account *account,
	       const char *const args[])
{
	struct recording_row row;
	char etag[ETAG_SIZE];
	struct stat info;
	int fd, err = recordings_get(api->store, args[0], &row);

	if (err || !may_hear(api, request, account, &row)) {
		recording_row_clear(&row);
		if (!account) {
			web_reply_problem(
			    request, 401, "X-API-Key",
			    "The X-API-Key header is missing or wrong, or the link has expired.");
			return;
		}
		if (err == EIO)
			web_reply_problem(request, 503, NULL, "The database cannot be read.");
		else
			web_reply_problem(request, 404, "recording_id", "There is no such recording.");
		return;
	}
	fd = open_file(row.file, &info);
	recording_row_clear(&row);
	if (fd < 0) {
		web_reply_problem(request, 404, "recording_id", "The file of this recording is gone.");
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
