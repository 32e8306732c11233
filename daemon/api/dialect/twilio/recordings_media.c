/* The sound of recordings. */
#include "daemon/api/dialect/twilio/recordings.h"

#include <stdlib.h>
#include <string.h>

static void on_sound(const struct fault *fault, int fd, const char *type, void *arg)
{
	struct ask *ask = arg;

	if (fault)
		ask_fail(ask, fault);
	else
		ask_file(ask, fd, type);
}

void recordings_media(struct ask *ask, const char *format)
{
	struct recording_sound wish = { .format = format };
	char id[UUID_TEXT_SIZE];
	struct recording_row row;
	struct fault fault;
	int64_t channels = 0;

	form_int(&ask->form, "RequestedChannels", 1, 2, &channels);
	wish.channels = (int)channels;
	if (!ask_form_ok(ask) || !ask_arg_id(ask, 0, "RE", id))
		return;
	if (!recording_find(&ask->by, id, &row, &fault)) {
		ask_fail(ask, &fault);
		return;
	}
	recording_hear(&ask->by, &row, &wish, on_sound, ask);
	recording_row_clear(&row);
}
