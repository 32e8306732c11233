/* See s3.h. */
#include "daemon/api/vault/s3.h"

#include "lib/file.h"
#include "lib/hex.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CONNECT_S = 10,
	STALL_S = 30, /* nothing moves for so long: it is tried again */
	SAID_SIZE = 2048,
	HASH_SIZE = 65,
	URL_SIZE = 2048,
	BLOCK = 65536
};

/* One request. */
struct request {
	const struct conf_s3 *s3;
	const char *method; /* "PUT", "GET", "DELETE" */
	const char *object, *type;
	int file; /* PUT: is read; GET: is written; else -1 */
	int64_t size, sent;
	char hash[HASH_SIZE]; /* of what is sent */
	const atomic_bool *stop;
	CURL *easy;
	struct curl_slist *headers;
	char said[SAID_SIZE]; /* the answer's body, when it is an error's */
	size_t said_size;
	int file_error; /* errno */
};

static size_t read_file(char *to, size_t size, size_t count, void *arg)
{
	struct request *r = arg;
	ssize_t n = pread(r->file, to, size * count, (off_t)r->sent);

	if (n < 0) {
		r->file_error = errno;
		return CURL_READFUNC_ABORT;
	}
	r->sent += n;
	return (size_t)n;
}

/* libcurl sends what it has sent already once more, on another connection, say. */
static int seek_file(void *arg, curl_off_t offset, int origin)
{
	struct request *r = arg;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	r->sent = offset;
	return CURL_SEEKFUNC_OK;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct request *r = arg;
	const size_t n = size * count;
	size_t room = SAID_SIZE - 1 - r->said_size;
	long status = 0;

	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200 && !strcmp(r->method, "GET")) {
		r->file_error = file_write_all(r->file, bytes, n);
		return r->file_error ? 0 : n;
	}
	if (room > n)
		room = n;
	memcpy(r->said + r->said_size, bytes, room);
	r->said_size += room;
	return n;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct request *r = arg;

	(void)a, (void)b, (void)c, (void)d;
	return *r->stop;
}

/* The digest of what is sent is part of the signature: nobody on the way can change a byte. */
static int hash_file(struct request *r)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE], *block = malloc(BLOCK);
	unsigned length = 0;
	struct stat st = { .st_size = 0 };
	ssize_t n = 0;
	int64_t at = 0;
	int err = context && block && EVP_DigestInit_ex(context, EVP_sha256(), NULL) ? 0 : ENOMEM;

	if (!err && r->file >= 0 && !strcmp(r->method, "PUT")) {
		while (!err && (n = pread(r->file, block, BLOCK, (off_t)at)) > 0 && !*r->stop) {
			EVP_DigestUpdate(context, block, (size_t)n);
			at += n;
		}
		if (n < 0 || fstat(r->file, &st))
			err = EIO;
		r->size = at;
	}
	if (!err && EVP_DigestFinal_ex(context, digest, &length))
		hex_write(r->hash, digest, length);
	free(block);
	EVP_MD_CTX_free(context);
	return err;
}

static int add_header(struct request *r, const char *name, const char *value)
{
	char line[200];
	struct curl_slist *more;

	snprintf(line, sizeof line, "%s: %s", name, value);
	more = curl_slist_append(r->headers, line);
	if (!more)
		return ENOMEM;
	r->headers = more;
	return 0;
}

static int set_up(struct request *r)
{
	const struct conf_s3 *s3 = r->s3;
	char url[URL_SIZE], how[128], user[512];
	CURL *easy = r->easy;

	if (snprintf(url, sizeof url, "%s%s%s/%s", s3->endpoint, s3->bucket ? "/" : "",
		     s3->bucket ? s3->bucket : "", r->object) >= (int)sizeof url ||
	    snprintf(how, sizeof how, "aws:amz:%s:s3", s3->region) >= (int)sizeof how ||
	    snprintf(user, sizeof user, "%s:%s", s3->key, s3->secret) >= (int)sizeof user)
		return ENAMETOOLONG;
	if (hash_file(r) || add_header(r, "x-amz-content-sha256", r->hash) ||
	    (r->type && add_header(r, "Content-Type", r->type)))
		return ENOMEM;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, how);
	curl_easy_setopt(easy, CURLOPT_USERPWD, user);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, r->headers);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_S);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, r);
	if (s3->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, s3->ca_file);
	if (!strcmp(r->method, "PUT")) {
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->size);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_file);
		curl_easy_setopt(easy, CURLOPT_READDATA, r);
		curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_file);
		curl_easy_setopt(easy, CURLOPT_SEEKDATA, r);
	} else if (strcmp(r->method, "GET") != 0) {
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, r->method);
	}
	return 0;
}

/* What the store says is wrong: <Error><Code>…</Code>…</Error>, or a piece of it. */
static void explain(const struct request *r, long status, char error[S3_ERROR_SIZE])
{
	static const char open[] = "<Code>";
	const char *code = strstr(r->said, open);
	int length = code ? (int)strcspn(code + sizeof open - 1, "<") : 0;

	for (int i = 0; i < length; i++)
		if (!isprint((unsigned char)code[sizeof open - 1 + (size_t)i]))
			length = 0;
	if (length > 0 && length < 100)
		snprintf(error, S3_ERROR_SIZE, "the store answers %ld %.*s", status, length,
			 code + sizeof open - 1);
	else
		snprintf(error, S3_ERROR_SIZE, "the store answers %ld", status);
}

static int judge(struct request *r, CURLcode code, char error[S3_ERROR_SIZE])
{
	long status = 0;

	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	if (r->file_error) {
		snprintf(error, S3_ERROR_SIZE, "%s", strerror(r->file_error));
		return r->file_error == ENOSPC ? ENOSPC : EIO;
	}
	if (code == CURLE_ABORTED_BY_CALLBACK) {
		snprintf(error, S3_ERROR_SIZE, "not waited for");
		return ECANCELED;
	}
	if (code != CURLE_OK) {
		snprintf(error, S3_ERROR_SIZE, "%s", curl_easy_strerror(code));
		return EAGAIN;
	}
	if (status >= 200 && status < 300)
		return 0;
	explain(r, status, error);
	return status == 404 ? ENOENT : EAGAIN;
}

static int run(struct request *r, char error[S3_ERROR_SIZE])
{
	int err = ENOMEM;

	r->easy = curl_easy_init();
	if (r->easy)
		err = set_up(r);
	if (err)
		snprintf(error, S3_ERROR_SIZE, "%s", strerror(err));
	else
		err = judge(r, curl_easy_perform(r->easy), error);
	curl_slist_free_all(r->headers);
	curl_easy_cleanup(r->easy);
	return err == ENOMEM || err == ENAMETOOLONG ? EAGAIN : err;
}

int s3_put(const struct conf_s3 *s3, const char *object, int file, const char *type, const atomic_bool *stop,
	   char error[S3_ERROR_SIZE])
{
	struct request r = {
		.s3 = s3, .method = "PUT", .object = object, .type = type, .file = file, .stop = stop
	};

	return run(&r, error);
}

int s3_get(const struct conf_s3 *s3, const char *object, int file, const atomic_bool *stop,
	   char error[S3_ERROR_SIZE])
{
	struct request r = { .s3 = s3, .method = "GET", .object = object, .file = file, .stop = stop };

	return run(&r, error);
}

int s3_delete(const struct conf_s3 *s3, const char *object, const atomic_bool *stop,
	      char error[S3_ERROR_SIZE])
{
	struct request r = { .s3 = s3, .method = "DELETE", .object = object, .file = -1, .stop = stop };
	int err = run(&r, error);

	return err == ENOENT ? 0 : err;
}
