/* The sound of recordings. */
#include "daemon/api/dialect/twilio/recordings.h"

#include <stdlib.h>
#include <string.h>

void recordings_media(struct ask *ask, const char *format)
{
	struct recording_row row;
	struct fault fault;
	int fd;

	(void)format;
	if (!recordings_find(ask, OF_ACCOUNT, false, &row))
		return;
	fd = recording_open(&row, &fault);
	recording_row_clear(&row);
	if (fd < 0)
		ask_fail(ask, &fault);
	else
		ask_file(ask, fd, "audio/wav");
}
