/* See filing.h. */
#include "daemon/offhookd/trace/filing.h"

#include "daemon/offhookd/trace/blank.h"
#include "daemon/offhookd/trace/entry.h"
#include "daemon/offhookd/trace/hep.h"
#include "daemon/offhookd/trace/ring.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { REGISTRATIONS_PART = 8 /* of the size */ };

static void file_message(struct filing *f, struct entry *e, bool keep)
{
	struct sipline sip;
	uint64_t keys[RING_KEYS_MAX];

	if (!sipline_read(&sip, e->text, e->text_size) || sip_slice_is(&sip.method, "OPTIONS"))
		return;
	blank_secrets(e->text, e->text_size, &sip);
	hep_put(f->hep, e, &sip);
	if (!keep)
		return;
	keys[0] = ring_key('s', sip.call_id.at, sip.call_id.size);
	if (!sip_slice_is(&sip.method, "REGISTER")) {
		ring_append(f->rings[FILING_CALLS], e, keys, 1);
		return;
	}
	keys[1] = ring_key('u', sip.to_user.at, sip.to_user.size);
	ring_append(f->rings[FILING_REGISTRATIONS], e, keys, sip.to_user.at ? 2 : 1);
}

static void file_link(struct filing *f, const struct entry *e)
{
	uint64_t keys[RING_KEYS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < RING_KEYS_MAX; i++)
		if (e->keys[i])
			keys[n++] = e->keys[i];
	ring_append(f->rings[FILING_CALLS], e, keys, n);
}

static void file_rtp(struct filing *f, const struct entry *e)
{
	const struct entry_rtp *rtp = entry_rtp(e);
	uint64_t key = rtp ? ring_key('c', rtp->call, strlen(rtp->call)) : 0;

	if (rtp)
		ring_append(f->rings[FILING_CALLS], e, &key, 1);
}

static void note_failure(struct filing *f, int err)
{
	if (err && !f->failing)
		log_error("trace.unwritten", NULL, "folder=%s error=%s", log_quote(f->folders[FILING_CALLS]),
			  log_quote(strerror(err)));
	else if (!err && f->failing)
		log_info("trace.written_again", NULL, "folder=%s", log_quote(f->folders[FILING_CALLS]));
	f->failing = err != 0;
}

/* Whose messages they are has to be known before these go to the collector. */
static void tell_links(struct filing *f, const char *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		const struct entry *e = (const struct entry *)(const void *)(bytes + at);

		at += e->size;
		if (e->kind == ENTRY_LINK)
			hep_link(f->hep, e);
	}
	hep_tend(f->hep, clock_utc_us());
}

uint64_t filing_write(struct filing *f, char *bytes, size_t size, uint64_t limit, unsigned keep_s)
{
	const uint64_t shares[FILING_RINGS] = { limit - limit / REGISTRATIONS_PART,
						limit / REGISTRATIONS_PART };
	uint64_t count = 0;
	int err = 0;

	tell_links(f, bytes, size);
	for (size_t at = 0; at < size;) {
		struct entry *e = (struct entry *)(void *)(bytes + at);

		at += e->size;
		count += e->kind == ENTRY_MESSAGE;
		if (e->kind == ENTRY_MESSAGE)
			file_message(f, e, keep_s > 0);
		else if (keep_s && e->kind == ENTRY_LINK)
			file_link(f, e);
		else if (keep_s)
			file_rtp(f, e);
	}
	for (int i = 0; i < FILING_RINGS; i++) {
		int this;

		ring_set_limits(f->rings[i], shares[i], (int64_t)keep_s * 1000000);
		this = ring_flush(f->rings[i], clock_utc_us());
		err = err ? err : this;
	}
	note_failure(f, err);
	return err ? count : 0;
}

uint64_t filing_bytes(const struct filing *f)
{
	return ring_bytes(f->rings[FILING_CALLS]) + ring_bytes(f->rings[FILING_REGISTRATIONS]);
}

int filing_open(struct filing *f, const char *folder)
{
	static const char *const names[FILING_RINGS] = { "calls", "registrations" };
	int err = mkdir(folder, 0700) && errno != EEXIST ? errno : 0;

	if (!err)
		err = hep_alloc(&f->hep);
	for (int i = 0; i < FILING_RINGS && !err; i++) {
		if ((size_t)snprintf(f->folders[i], sizeof f->folders[i], "%s/%s", folder, names[i]) >=
		    sizeof f->folders[i])
			err = ENAMETOOLONG;
		else
			err = ring_alloc(&f->rings[i], f->folders[i]);
	}
	return err;
}

void filing_close(struct filing *f)
{
	hep_free(f->hep);
	for (int i = 0; i < FILING_RINGS; i++)
		ring_free(f->rings[i]);
}
