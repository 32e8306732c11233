/* Attributes of the audio's line and of the session. See sdp_reading.h. */
#include "daemon/offhookd/ua/sdp_crypto.h"
#include "daemon/offhookd/ua/sdp_private.h"
#include "daemon/offhookd/ua/sdp_reading.h"

#include <stdio.h>
#include <string.h>

enum { CLOCK_MAX = 1000000, CRYPTO_LINE_MAX = 512 };

static bool is_known_codec(struct sdp_span name)
{
	static const char *const names[] = { "PCMU", "PCMA", "G722", "opus", "L16", "telephone-event" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (sdp_is(name, names[i]))
			return true;
	return false;
}

/* "PT NAME/CLOCK[/CHANNELS]" */
static bool read_rtpmap(struct sdp_audio *audio, struct sdp_span value)
{
	struct sdp_span word, name, clock;
	long pt = sdp_next_word(&value, &word) ? sdp_number(word, SDP_PT_COUNT - 1) : -1, hz, channels;
	struct sdp_map *map;

	if (pt < 0 || !sdp_next_word(&value, &word))
		return false;
	name = sdp_cut(&word, '/');
	clock = sdp_cut(&word, '/');
	hz = sdp_number(clock, CLOCK_MAX);
	if (hz < 0 || name.at == name.end)
		return false;
	channels = sdp_number(sdp_cut(&word, '/'), 255);
	map = &audio->maps[pt];
	sdp_copy(map->name, sizeof map->name, name);
	map->clock_hz = (unsigned)hz;
	map->channels = channels > 0 ? (unsigned)channels : 1;
	if (!is_known_codec(name)) /* it is none of the static ones either, then */
		strcpy(map->name, "-");
	return true;
}

static void read_fmtp(struct sdp_audio *audio, struct sdp_span value)
{
	struct sdp_span word;
	long pt = sdp_next_word(&value, &word) ? sdp_number(word, SDP_PT_COUNT - 1) : -1;

	while (value.at < value.end && (*value.at == ' ' || *value.at == '\t'))
		value.at++;
	if (pt >= 0)
		audio->maps[pt].fmtp = value;
}

static void read_crypto(struct ua_sdp *sdp, struct sdp_span value)
{
	char text[CRYPTO_LINE_MAX];

	if (sdp->crypto_count == UA_SDP_CRYPTO_MAX || sdp_length(value) >= sizeof text)
		return;
	sdp_copy(text, sizeof text, value);
	if (ua_sdp_crypto_parse(&sdp->crypto[sdp->crypto_count], text) == 0)
		sdp->crypto_count++;
	explicit_bzero(text, sizeof text);
}

static enum sdp_mode read_mode(struct sdp_span name)
{
	return sdp_is(name, "sendrecv")	  ? SDP_MODE_SENDRECV
	       : sdp_is(name, "sendonly") ? SDP_MODE_SENDONLY
	       : sdp_is(name, "recvonly") ? SDP_MODE_RECVONLY
	       : sdp_is(name, "inactive") ? SDP_MODE_INACTIVE
					  : SDP_MODE_NONE;
}

static void read_ptime(struct ua_sdp *sdp, struct sdp_span value)
{
	struct sdp_span word;
	long ms = sdp_next_word(&value, &word) ? sdp_number(sdp_cut(&word, '.'), 120) : -1;

	if (ms >= 10)
		sdp->ptime_ms = (unsigned)ms;
}

/* a=rtcp-xr, RFC 3611 section 5.1: formats, each perhaps with a value after "=". */
static unsigned read_xr(struct sdp_span value)
{
	struct sdp_span word;
	unsigned flags = 0;

	while (sdp_next_word(&value, &word)) {
		struct sdp_span name = sdp_cut(&word, '=');

		for (size_t i = 0; i < UA_SDP_XR_FORMATS; i++)
			if (sdp_is(name, ua_sdp_xr_formats[i].name))
				flags |= ua_sdp_xr_formats[i].flag;
	}
	return flags;
}

void sdp_take_attribute(struct sdp_reading *r, struct sdp_span value)
{
	struct sdp_span name = sdp_cut(&value, ':');
	struct sdp_audio *audio = &r->audio;
	enum sdp_mode mode = read_mode(name);

	if (mode != SDP_MODE_NONE)
		*(r->in_media ? &audio->mode : &r->mode) = mode;
	else if (sdp_is(name, "fingerprint"))
		*(r->in_media ? &audio->fingerprint : &r->fingerprint) = true;
	else if (sdp_is(name, "rtcp-xr")) {
		*(r->in_media ? &audio->sdp.xr : &r->xr) = read_xr(value);
		audio->has_xr = r->in_media;
	} else if (!r->in_media)
		return;
	else if (sdp_is(name, "rtpmap")) {
		if (!read_rtpmap(audio, value))
			sdp_note(r, "no rtpmap that can be read");
	} else if (sdp_is(name, "fmtp"))
		read_fmtp(audio, value);
	else if (sdp_is(name, "crypto"))
		read_crypto(&audio->sdp, value);
	else if (sdp_is(name, "rtcp"))
		audio->rtcp = value;
	else if (sdp_is(name, "rtcp-mux"))
		audio->sdp.rtcp_mux = true;
	else if (sdp_is(name, "ptime"))
		read_ptime(&audio->sdp, value);
}
