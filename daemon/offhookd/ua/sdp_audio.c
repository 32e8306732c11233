/* An audio line with all that belongs to it. See sdp_reading.h. */
#include "daemon/offhookd/ua/sdp_private.h"
#include "daemon/offhookd/ua/sdp_reading.h"

#include "lib/socket_address.h"

#include <string.h>
#include <strings.h>

/* RFC 3551 section 6: payload types that need no rtpmap, as far as they concern us. */
static void add_static_maps(struct sdp_audio *audio)
{
	static const struct {
		uint8_t pt;
		const char *name;
		unsigned clock_hz, channels;
	} known[] = {
		{ 0, "PCMU", 8000, 1 },	 { 8, "PCMA", 8000, 1 },  { 9, "G722", 8000, 1 },
		{ 10, "L16", 44100, 2 }, { 11, "L16", 44100, 1 },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		struct sdp_map *map = &audio->maps[known[i].pt];

		if (map->name[0])
			continue;
		strcpy(map->name, known[i].name);
		map->clock_hz = known[i].clock_hz;
		map->channels = known[i].channels;
	}
}

static void copy_fmtp(char *out, size_t size, struct sdp_span s)
{
	out[0] = '\0';
	for (const char *at = s.at; at < s.end; at++)
		if (*at < 0x20 || *at > 0x7e)
			return; /* it would stand in our answer */
	if (sdp_length(s) < size)
		sdp_copy(out, size, s);
}

static void add_event(struct ua_sdp *sdp, int pt, unsigned clock_hz)
{
	if (sdp->dtmf_pt < 0) {
		sdp->dtmf_pt = pt;
		sdp->dtmf_clock_hz = clock_hz;
	} else if (!sdp->dtmf_other_pt && clock_hz != sdp->dtmf_clock_hz) {
		sdp->dtmf_other_pt = pt;
		sdp->dtmf_other_clock_hz = clock_hz;
	}
}

/* Only codecs of ours are kept: some phones list thirty before them. */
static void finish_codecs(struct sdp_audio *audio)
{
	struct ua_sdp *sdp = &audio->sdp;

	add_static_maps(audio);
	for (size_t i = 0; i < audio->format_count; i++) {
		int pt = audio->formats[i];
		const struct sdp_map *map = &audio->maps[pt];
		struct ua_sdp_codec *codec = &sdp->codecs[sdp->codec_count];

		if (!map->name[0] || map->name[0] == '-')
			continue;
		if (strcasecmp(map->name, "telephone-event") == 0) {
			add_event(sdp, pt, map->clock_hz);
			continue;
		}
		if (sdp->codec_count == UA_SDP_CODECS_MAX)
			continue;
		memcpy(codec->name, map->name, sizeof codec->name);
		codec->clock_hz = map->clock_hz;
		codec->channels = map->channels;
		codec->pt = pt;
		copy_fmtp(codec->fmtp, sizeof codec->fmtp, map->fmtp);
		sdp->codec_count++;
	}
}

static void finish_direction(struct sdp_audio *audio, enum sdp_mode of_session)
{
	enum sdp_mode mode = audio->mode != SDP_MODE_NONE  ? audio->mode
			     : of_session != SDP_MODE_NONE ? of_session
							   : SDP_MODE_SENDRECV;
	struct ua_sdp *sdp = &audio->sdp;

	sdp->send = mode == SDP_MODE_SENDONLY || mode == SDP_MODE_SENDRECV;
	sdp->receive =
	    (mode == SDP_MODE_RECVONLY || mode == SDP_MODE_SENDRECV) && !sdp_is_unspecified(&sdp->rtp);
}

/* a=rtcp:PORT [IN IP4 ADDRESS], RFC 3605 */
static void finish_rtcp(struct sdp_audio *audio)
{
	struct ua_sdp *sdp = &audio->sdp;
	struct sdp_span rest = audio->rtcp, word;
	struct sdp_where where;
	long port = sdp_next_word(&rest, &word) ? sdp_number(word, SDP_PORT_MAX) : -1;

	if (port <= 0)
		return;
	if (sdp_read_where(&where, rest))
		sdp->rtcp = where.address;
	else if (sdp->name.host[0])
		sdp->name.rtcp_port = (uint16_t)port;
	else
		sdp->rtcp = sdp->rtp;
	socket_address_set_port(&sdp->rtcp, (unsigned)port);
}

void sdp_finish_audio(struct sdp_reading *r)
{
	struct sdp_audio *audio = &r->audio;
	const struct sdp_where *where = audio->where.there ? &audio->where : &r->where;
	size_t line = r->line_count - 1;

	if (!r->in_audio)
		return;
	r->in_audio = false;
	if (audio->sdp.savp && !audio->sdp.crypto_count && (audio->fingerprint || r->fingerprint)) {
		r->dtls = true;
	} else if (!where->there) {
		r->nowhere = true;
	} else {
		audio->sdp.rtp = where->address;
		audio->sdp.name = where->name;
		socket_address_set_port(&audio->sdp.rtp, audio->port);
		audio->sdp.name.port = where->name.host[0] ? (uint16_t)audio->port : 0;
		if (!audio->has_xr)
			audio->sdp.xr = r->xr;
		finish_codecs(audio);
		finish_direction(audio, r->mode);
		finish_rtcp(audio);
		ua_sdp_weigh(r->out, &audio->sdp, line, &r->best);
	}
	ua_sdp_forget_keys(&audio->sdp);
}
