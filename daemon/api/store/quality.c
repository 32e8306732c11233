#include "daemon/api/store/quality.h"

#include "daemon/api/store/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The order of the numbers in the protocol, and of the bytes in the blob: wide ones first, little-endian. */
enum { WIDE = 8, NARROW = 3, NUMBERS = WIDE + NARROW };
_Static_assert(2 * WIDE + NARROW == QUALITY_SECOND_SIZE, "size of a second");

void quality_clear(struct quality *quality)
{
	free(quality->seconds);
	memset(quality, 0, sizeof *quality);
}

static int encode(const json_t *second, unsigned char *to)
{
	if (json_array_size(second) < NUMBERS)
		return EINVAL;
	for (size_t i = 0; i < NUMBERS; i++) {
		json_int_t max = i < WIDE ? UINT16_MAX : UINT8_MAX;
		json_int_t value = json_integer_value(json_array_get(second, i));

		value = value < 0 ? 0 : value > max ? max : value;
		*to++ = (unsigned char)(value & 0xff);
		if (i < WIDE)
			*to++ = (unsigned char)(value >> 8);
	}
	return 0;
}

static uint16_t wide(const unsigned char *from, int index)
{
	return (uint16_t)(from[2 * index] | from[2 * index + 1] << 8);
}

static void decode(const unsigned char *from, struct quality_second *out)
{
	*out = (struct quality_second){
		.packets_in = wide(from, 0),
		.lost_in = wide(from, 1),
		.late_in = wide(from, 2),
		.concealed_ms = wide(from, 3),
		.jitter_in = wide(from, 4),
		.jitter_out = wide(from, 5),
		.rtt_ms = wide(from, 6),
		.buffer_ms = wide(from, 7),
		.loss_out_percent = from[16],
		.mos_in = from[17],
		.mos_out = from[18],
	};
}

int quality_put(struct store *store, int64_t call_nr, int64_t ended, int64_t length_s, const json_t *seconds)
{
	size_t count = json_array_size(seconds), size;
	unsigned char *blob;
	struct statement *s;
	int err = 0;

	if (!json_is_array(seconds) || length_s < 1 || length_s > 86400)
		return EINVAL;
	if (count > QUALITY_SECONDS_MAX)
		count = QUALITY_SECONDS_MAX;
	size = count * QUALITY_SECOND_SIZE;
	blob = malloc(size + 1);
	if (!blob)
		return ENOMEM;
	for (size_t i = 0; i < count && !err; i++)
		err = encode(json_array_get(seconds, i), blob + i * QUALITY_SECOND_SIZE);
	if (!err) {
		s = store_prepare_write(
		    store, "INSERT INTO quality (call, ended, length_s, seconds) VALUES (?1, ?2, ?3, ?4) ON "
			   "CONFLICT (call) DO UPDATE SET ended = ?2, length_s = ?3, seconds = ?4");
		store_bind_int(s, 1, call_nr);
		store_bind_int(s, 2, ended);
		store_bind_int(s, 3, length_s);
		store_bind_blob(s, 4, blob, size);
		err = store_run(store, s);
	}
	free(blob);
	return err;
}

static void read_row(struct statement *s, void *row)
{
	size_t size;
	const unsigned char *blob = statement_blob(s, 2, &size);
	const size_t count = size / QUALITY_SECOND_SIZE;
	struct quality *out = row;

	out->seconds = calloc(count ? count : 1, sizeof *out->seconds);
	if (!out->seconds)
		return;
	out->ended = statement_int(s, 0);
	out->length_s = (unsigned)statement_int(s, 1);
	out->count = count;
	for (size_t i = 0; i < count; i++)
		decode(blob + i * QUALITY_SECOND_SIZE, &out->seconds[i]);
}

int quality_get(struct store *store, int64_t call_nr, struct quality *out)
{
	struct statement *s =
	    store_prepare(store, "SELECT ended, length_s, seconds FROM quality WHERE call = ?1");
	int err;

	memset(out, 0, sizeof *out);
	store_bind_int(s, 1, call_nr);
	err = rows_one(s, read_row, out);
	return !err && !out->seconds ? ENOMEM : err;
}
