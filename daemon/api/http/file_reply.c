#include "daemon/api/http/file_reply.h"

#include "daemon/api/http/range.h"

#include <event2/buffer.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ETAG_SIZE = 64 };

static bool etag_matches(const char *header, const char *etag)
{
	return header && (!strcmp(header, "*") || strstr(header, etag));
}

/* Sends `length` bytes from `first`; takes `fd`. */
static void send_part(struct web_request *request, const char *type, int code, int fd, int64_t first,
		      int64_t length)
{
	struct evbuffer *content = evbuffer_new();

	if (!content || (length && evbuffer_add_file(content, fd, first, length))) {
		close(fd);
		web_reply_problem(request, 503, NULL, "The file cannot be read.");
	} else {
		if (!length)
			close(fd);
		web_reply_buffer(request, code, type, content);
	}
	if (content)
		evbuffer_free(content);
}

static void send_file(struct web_request *request, int fd, const char *type, const struct stat *info,
		      const char *etag)
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
		web_reply_problem(request, 416, "Range", "The file has %lld bytes.",
				  (long long)info->st_size);
		break;
	case RANGE_PART:
		snprintf(text, sizeof text, "bytes %lld-%lld/%lld", (long long)first, (long long)last,
			 (long long)info->st_size);
		web_reply_header(request, "Content-Range", text);
		send_part(request, type, 206, fd, first, last - first + 1);
		break;
	case RANGE_WHOLE:
		send_part(request, type, 200, fd, 0, info->st_size);
		break;
	}
}

void file_reply(struct web_request *request, int fd, const char *type)
{
	char etag[ETAG_SIZE];
	struct stat info;

	if (fstat(fd, &info)) {
		close(fd);
		web_reply_problem(request, 503, NULL, "The file cannot be read.");
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
		send_file(request, fd, type, &info, etag);
	}
}
