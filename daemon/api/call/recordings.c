#include "daemon/api/call/recordings.h"

#include "daemon/api/call/after.h"
#include "daemon/api/keep/keeper.h"
#include "daemon/api/speech/convert.h"
#include "lib/file.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether the one that was read is the asker's and, unless `deleted`, there; else *out is emptied. */
static bool is_there(const struct asker *by, int err, bool deleted, struct recording_row *out,
		     struct fault *fault)
{
	if (!err && !strcmp(out->account, by->account->name) && (deleted || !out->deleted))
		return true;
	recording_row_clear(out);
	if (err == EIO)
		return fault_store_failed(fault);
	return fault_set(fault, FAULT_RECORDING_NOT_FOUND, FIELD_RECORDING, "There is no such recording.");
}

bool recording_find(const struct asker *by, const char *id, struct recording_row *out, struct fault *fault)
{
	return is_there(by, recordings_get(by->desk->store, id, out), false, out, fault);
}

bool recording_find_any(const struct asker *by, const char *id, bool deleted, struct recording_row *out,
			struct fault *fault)
{
	return is_there(by, recordings_get_any(by->desk->store, id, out), deleted, out, fault);
}

bool recording_page(const struct asker *by, struct recordings_page *page, recording_row_h *each, void *arg,
		    struct fault *fault)
{
	page->account = by->account->name;
	return !recordings_page(by->desk->store, page, each, arg) || fault_store_failed(fault);
}

/* One that runs is there, and cannot be deleted. */
static bool find_complete(const struct asker *by, const char *id, struct recording_row *out,
			  struct fault *fault)
{
	if (recording_find(by, id, out, fault))
		return true;
	if (!recording_find_any(by, id, false, out, fault))
		return false;
	recording_row_clear(out);
	return fault_set(fault, FAULT_CONFLICT, FIELD_RECORDING,
			 "The recording is running: it can be deleted when it is complete.");
}

static bool delete_it(const struct asker *by, const char *id, struct fault *fault)
{
	struct recording_row row;
	bool ok = true;

	if (!find_complete(by, id, &row, fault))
		return false;
	convert_forget(by->desk->convert, row.id);
	convert_forget(by->desk->remote, row.id);
	if (unlink(row.file) && errno != ENOENT) {
		log_error("recording.delete_failed", row.call, "file=%s error=%s", log_quote(row.file),
			  log_quote(strerror(errno)));
		ok = fault_set(fault, FAULT_FILE_STUCK, FIELD_RECORDING,
			       "The file cannot be deleted; the log of the API layer says why.");
	} else if (recordings_delete(by->desk->store, &row)) {
		ok = fault_store_failed(fault);
	}
	recording_row_clear(&row);
	return ok;
}

void recording_delete(const struct asker *by, const char *id, done_h *handler, void *arg)
{
	struct fault fault;

	if (delete_it(by, id, &fault)) {
		keeper_wake(by->desk->keeper);
		after_commit(by->desk, handler, arg);
	} else {
		handler(&fault, arg);
	}
}

const char *recording_media_type(const char *format)
{
	const int found = conf_sound_find(format);

	return found < 0 ? NULL : conf_sound_type((enum conf_sound)found);
}

/* A request for what is not just a file that is at hand. */
struct hearing {
	const char *type;
	recording_sound_h *handler;
	void *arg;
};

static void explain(int err, struct fault *fault)
{
	switch (err) {
	case EINVAL:
	case ENOENT:
		fault_set(fault, FAULT_AUDIO_GONE, FIELD_RECORDING,
			  "The file of this recording is gone, or no sound.");
		break;
	case ENOKEY:
	case EBADMSG:
		fault_set(fault, FAULT_AUDIO_GONE, FIELD_RECORDING,
			  err == ENOKEY ? "The recording is encrypted with a key that is not in the key file."
					: "The file of this recording was changed or cut.");
		break;
	case EAGAIN:
		fault_set(fault, FAULT_STORE_FAILED, FIELD_RECORDING,
			  "The store that the recording is in cannot be reached now.");
		break;
	default:
		fault_set(fault, FAULT_STORE_FAILED, FIELD_RECORDING,
			  "The recording could not be converted now: there may be no space on the disk.");
		break;
	}
}

static void on_converted(int fd, int err, void *arg)
{
	struct hearing hearing = *(struct hearing *)arg;
	struct fault fault;

	free(arg);
	if (fd >= 0) {
		hearing.handler(NULL, fd, hearing.type, hearing.arg);
		return;
	}
	explain(err, &fault);
	hearing.handler(&fault, -1, NULL, hearing.arg);
}

/* Has it made. Takes `fd`. */
static void convert(const struct asker *by, const struct convert_wish *wanted, int fd, const char *type,
		    recording_sound_h *handler, void *arg)
{
	struct convert *convert = wanted->object ? by->desk->remote : by->desk->convert;
	struct hearing *hearing = malloc(sizeof *hearing);
	struct fault fault;
	int err = ENOMEM;

	if (hearing) {
		*hearing = (struct hearing){ type, handler, arg };
		err = convert_start(convert, wanted, fd, on_converted, hearing);
	} else if (fd >= 0) {
		close(fd);
	}
	if (!err)
		return;
	free(hearing);
	if (err == EAGAIN)
		fault_set(&fault, FAULT_LIMIT_REACHED, FIELD_RECORDING,
			  "Too many recordings are being converted: ask again in a while.");
	else
		fault_no_memory(&fault);
	handler(&fault, -1, NULL, arg);
}

/* What it is heard in when nobody says: what it is kept in, or will be, where its request has said so. */
static const char *format_of(const struct recording_row *row)
{
	const char *asked = json_string_value(json_object_get(row->options, "format"));

	if (row->keeping == KEEPING_MAKE && asked && conf_sound_find(asked) >= 0)
		return asked;
	return row->format ? row->format : conf_sounds[CONF_WAV];
}

void recording_hear(const struct asker *by, const struct recording_row *row,
		    const struct recording_sound *wish, recording_sound_h *handler, void *arg)
{
	const char *kept = row->format ? row->format : conf_sounds[CONF_WAV];
	const char *format = wish->format ? wish->format : format_of(row);
	const bool in_store = row->object && row->keeping != KEEPING_UPLOAD;
	const struct convert_wish wanted = {
		.id = row->id,
		.time_ms = row->started + row->duration_ms,
		.sealed = row->sealed != NULL,
		.as_it_is = !strcmp(format, kept) && (!wish->channels || wish->channels == row->channels),
		.format = (enum conf_sound)conf_sound_find(format),
		.channels = wish->channels,
	};
	struct convert_wish remote = wanted;
	int fd = *row->file ? file_open_regular(row->file, O_RDONLY) : -1;
	struct fault fault;

	remote.object = row->object;
	if (fd < 0 && in_store) {
		convert(by, &remote, -1, recording_media_type(format), handler, arg);
	} else if (fd < 0) {
		explain(ENOENT, &fault);
		handler(&fault, -1, NULL, arg);
	} else if (wanted.as_it_is && !wanted.sealed) {
		handler(NULL, fd, recording_media_type(format), arg);
	} else {
		convert(by, &wanted, fd, recording_media_type(format), handler, arg);
	}
}

bool recording_linked(const struct desk *desk, const char *id, struct recording_row *out)
{
	return !recordings_get(desk->store, id, out);
}
