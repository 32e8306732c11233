/* Reading a session description; see sdp.h. Of the many ways in which phones and carriers break the grammar
 * none but that of the audio's own lines can hurt us: the rest is passed over, and noted. */
#include "daemon/offhookd/ua/sdp.h"
#include "daemon/offhookd/ua/sdp_crypto.h"
#include "daemon/offhookd/ua/sdp_private.h"
#include "daemon/offhookd/ua/sdp_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MAX = 32768, PT_COUNT = 128, PORT_MAX = 65535, CLOCK_MAX = 1000000, CRYPTO_LINE_MAX = 512 };

/* An address of a c= line. */
struct where {
	bool there;
	struct sockaddr_storage address; /* AF_UNSPEC: it is a name */
	struct ua_sdp_name name;
};

enum mode { MODE_NONE, MODE_INACTIVE, MODE_SENDONLY, MODE_RECVONLY, MODE_SENDRECV };

/* What stands for a payload type. */
struct map {
	char name[24];
	unsigned clock_hz, channels;
	struct sdp_span fmtp;
};

/* An m= line of audio that we may be able to take, and what has come for it so far. */
struct audio {
	struct ua_sdp sdp;
	unsigned port;
	uint8_t formats[PT_COUNT];
	size_t format_count;
	struct map maps[PT_COUNT];
	struct where where;
	struct sdp_span rtcp;
	enum mode mode;
	bool fingerprint, has_xr;
};

struct reading {
	struct sdp_reader text;
	struct ua_sdp_notes *notes;
	struct ua_sdp *out;
	struct ua_sdp_line lines[UA_SDP_LINES_MAX];
	size_t line_count;
	uint64_t session_id;
	uint32_t version;
	int best, declined; /* indices of lines; −1: none */
	bool has_version, too_many, dtls, unreadable, nowhere;
	bool in_media, in_audio;
	struct where where; /* of the session */
	enum mode mode;
	bool fingerprint;
	unsigned xr;
	struct audio audio;
};

static void note(struct reading *r, const char *what)
{
	size_t used = r->notes ? strlen(r->notes->text) : 0;

	if (r->notes && r->notes->count++ < 4)
		snprintf(r->notes->text + used, sizeof r->notes->text - used, "%sline %u: %s",
			 used ? "; " : "", r->text.line, what);
}

/* ---- c= ---- */

static bool is_host_name(struct sdp_span s)
{
	bool letter = false;

	if (sdp_length(s) >= UA_SDP_HOST_MAX || s.at == s.end)
		return false;
	for (; s.at < s.end; s.at++) {
		bool alpha = (*s.at | 32) >= 'a' && (*s.at | 32) <= 'z';

		letter |= alpha;
		if (!alpha && (*s.at < '0' || *s.at > '9') && *s.at != '-' && *s.at != '.' && *s.at != '_')
			return false;
	}
	return letter;
}

static bool read_numeric(struct sockaddr_storage *out, struct sdp_span host)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
	char text[INET6_ADDRSTRLEN];

	memset(out, 0, sizeof *out);
	if (sdp_length(host) >= 2 && *host.at == '[' && host.end[-1] == ']')
		host.at++, host.end--;
	if (sdp_length(host) >= sizeof text)
		return false;
	sdp_copy(text, sizeof text, host);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
		v4->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
		v6->sin6_family = AF_INET6;
	else
		return false;
	return true;
}

/* "IN IP4 192.0.2.1", with "/ttl" or not; a name is to be looked up (RFC 8866 section 5.7). */
static bool read_where(struct where *out, struct sdp_span value)
{
	struct sdp_span net, family, host;
	const char *slash;

	if (!sdp_next_word(&value, &net) || !sdp_next_word(&value, &family) || !sdp_next_word(&value, &host))
		return false;
	slash = memchr(host.at, '/', sdp_length(host));
	if (slash)
		host.end = slash;
	memset(out, 0, sizeof *out);
	out->there = read_numeric(&out->address, host);
	if (!out->there && is_host_name(host)) {
		out->there = true;
		sdp_copy(out->name.host, sizeof out->name.host, host);
		out->name.family = sdp_is(family, "IP6") ? AF_INET6 : AF_INET;
	}
	return out->there;
}

static void set_port(struct sockaddr_storage *a, unsigned port)
{
	if (a->ss_family == AF_INET6)
		((struct sockaddr_in6 *)a)->sin6_port = htons((uint16_t)port);
	else if (a->ss_family == AF_INET)
		((struct sockaddr_in *)a)->sin_port = htons((uint16_t)port);
}

static bool is_unspecified(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET)
		return ((const struct sockaddr_in *)a)->sin_addr.s_addr == htonl(INADDR_ANY);
	return a->ss_family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)a)->sin6_addr);
}

/* ---- a= ---- */

static bool is_known_codec(struct sdp_span name)
{
	static const char *const names[] = { "PCMU", "PCMA", "G722", "opus", "L16", "telephone-event" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (sdp_is(name, names[i]))
			return true;
	return false;
}

/* The part up to `c`, which is taken off, or all of it. */
static struct sdp_span cut(struct sdp_span *s, char c)
{
	struct sdp_span head = *s;
	const char *at = memchr(s->at, c, sdp_length(*s));

	if (at)
		head.end = at;
	s->at = at ? at + 1 : s->end;
	return head;
}

/* "PT NAME/CLOCK[/CHANNELS]" */
static bool read_rtpmap(struct audio *audio, struct sdp_span value)
{
	struct sdp_span word, name, clock;
	long pt = sdp_next_word(&value, &word) ? sdp_number(word, PT_COUNT - 1) : -1, hz, channels;
	struct map *map;

	if (pt < 0 || !sdp_next_word(&value, &word))
		return false;
	name = cut(&word, '/');
	clock = cut(&word, '/');
	hz = sdp_number(clock, CLOCK_MAX);
	if (hz < 0 || name.at == name.end)
		return false;
	channels = sdp_number(cut(&word, '/'), 255);
	map = &audio->maps[pt];
	sdp_copy(map->name, sizeof map->name, name);
	map->clock_hz = (unsigned)hz;
	map->channels = channels > 0 ? (unsigned)channels : 1;
	if (!is_known_codec(name)) /* it is none of the static ones either, then */
		strcpy(map->name, "-");
	return true;
}

static void read_fmtp(struct audio *audio, struct sdp_span value)
{
	struct sdp_span word;
	long pt = sdp_next_word(&value, &word) ? sdp_number(word, PT_COUNT - 1) : -1;

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

static enum mode read_mode(struct sdp_span name)
{
	return sdp_is(name, "sendrecv")	  ? MODE_SENDRECV
	       : sdp_is(name, "sendonly") ? MODE_SENDONLY
	       : sdp_is(name, "recvonly") ? MODE_RECVONLY
	       : sdp_is(name, "inactive") ? MODE_INACTIVE
					  : MODE_NONE;
}

static void read_ptime(struct ua_sdp *sdp, struct sdp_span value)
{
	struct sdp_span word;
	long ms = sdp_next_word(&value, &word) ? sdp_number(cut(&word, '.'), 120) : -1;

	if (ms >= 10)
		sdp->ptime_ms = (unsigned)ms;
}

/* a=rtcp-xr, RFC 3611 section 5.1: formats, each perhaps with a value after "=". */
static unsigned read_xr(struct sdp_span value)
{
	struct sdp_span word;
	unsigned flags = 0;

	while (sdp_next_word(&value, &word)) {
		struct sdp_span name = cut(&word, '=');

		for (size_t i = 0; i < UA_SDP_XR_FORMATS; i++)
			if (sdp_is(name, ua_sdp_xr_formats[i].name))
				flags |= ua_sdp_xr_formats[i].flag;
	}
	return flags;
}

/* Of the audio line, or of the session. */
static void take_attribute(struct reading *r, struct sdp_span value)
{
	struct sdp_span name = cut(&value, ':');
	struct audio *audio = &r->audio;
	enum mode mode = read_mode(name);

	if (mode != MODE_NONE)
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
			note(r, "no rtpmap that can be read");
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

/* ---- an audio line with all that belongs to it ---- */

/* RFC 3551 section 6: payload types that need no rtpmap, as far as they concern us. */
static void add_static_maps(struct audio *audio)
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
		struct map *map = &audio->maps[known[i].pt];

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
static void finish_codecs(struct audio *audio)
{
	struct ua_sdp *sdp = &audio->sdp;

	add_static_maps(audio);
	for (size_t i = 0; i < audio->format_count; i++) {
		int pt = audio->formats[i];
		const struct map *map = &audio->maps[pt];
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

static void finish_direction(struct audio *audio, enum mode of_session)
{
	enum mode mode = audio->mode != MODE_NONE  ? audio->mode
			 : of_session != MODE_NONE ? of_session
						   : MODE_SENDRECV;
	struct ua_sdp *sdp = &audio->sdp;

	sdp->send = mode == MODE_SENDONLY || mode == MODE_SENDRECV;
	sdp->receive = (mode == MODE_RECVONLY || mode == MODE_SENDRECV) && !is_unspecified(&sdp->rtp);
}

/* a=rtcp:PORT [IN IP4 ADDRESS], RFC 3605 */
static void finish_rtcp(struct audio *audio)
{
	struct ua_sdp *sdp = &audio->sdp;
	struct sdp_span rest = audio->rtcp, word;
	struct where where;
	long port = sdp_next_word(&rest, &word) ? sdp_number(word, PORT_MAX) : -1;

	if (port <= 0)
		return;
	if (read_where(&where, rest))
		sdp->rtcp = where.address;
	else if (sdp->name.host[0])
		sdp->name.rtcp_port = (uint16_t)port;
	else
		sdp->rtcp = sdp->rtp;
	set_port(&sdp->rtcp, (unsigned)port);
}

/* All of the line has been read: whether it is to be taken. */
static void finish_audio(struct reading *r)
{
	struct audio *audio = &r->audio;
	const struct where *where = audio->where.there ? &audio->where : &r->where;
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
		set_port(&audio->sdp.rtp, audio->port);
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

/* ---- m= ---- */

/* A word as it may stand in our answer; `none` when there is none. */
static void copy_token(char *out, size_t size, struct sdp_span s, const char *none)
{
	sdp_copy(out, size, s);
	for (char *at = out; *at; at++)
		if (*at < 0x21 || *at > 0x7e)
			*at = '_';
	if (!out[0])
		snprintf(out, size, "%s", none);
}

/* As many formats as there is room for: they are for declining the line in its own words. */
static void copy_formats(struct ua_sdp_line *line, struct sdp_span formats)
{
	struct sdp_span word;
	size_t used = 0;

	line->formats[0] = '\0';
	while (sdp_next_word(&formats, &word) && used + sdp_length(word) + 2 <= sizeof line->formats) {
		if (used)
			line->formats[used++] = ' ';
		copy_token(line->formats + used, sizeof line->formats - used, word, "");
		used += strlen(line->formats + used);
	}
	if (!used)
		snprintf(line->formats, sizeof line->formats, "0");
}

static void take_formats(struct reading *r, struct sdp_span formats)
{
	struct audio *audio = &r->audio;
	bool seen[PT_COUNT] = { false }, odd = false;
	struct sdp_span word;

	while (sdp_next_word(&formats, &word)) {
		long pt = sdp_number(word, PT_COUNT - 1);

		odd |= pt < 0;
		if (pt < 0 || seen[pt])
			continue;
		seen[pt] = true;
		audio->formats[audio->format_count++] = (uint8_t)pt;
	}
	if (odd)
		note(r, "a format that is no payload type");
}

static bool is_rtp(struct sdp_span proto)
{
	return sdp_is(proto, "RTP/AVP") || sdp_is(proto, "RTP/AVPF") || sdp_is(proto, "RTP/SAVP") ||
	       sdp_is(proto, "RTP/SAVPF");
}

static void begin_audio(struct reading *r, struct sdp_span proto, unsigned port, struct sdp_span formats)
{
	struct audio *audio = &r->audio;

	memset(audio, 0, sizeof *audio);
	audio->sdp.dtmf_pt = -1;
	audio->sdp.session_id = r->session_id;
	audio->sdp.version = r->version;
	audio->sdp.savp = sdp_begins(proto, "RTP/S");
	audio->sdp.feedback = (proto.end[-1] | 32) == 'f';
	audio->port = port;
	take_formats(r, formats);
	r->in_audio = true;
}

static void take_media(struct reading *r, struct sdp_span value)
{
	struct sdp_span media, port_word, proto = { value.end, value.end };
	struct ua_sdp_line *line = &r->lines[r->line_count];
	long port = -1;
	bool audio;

	finish_audio(r);
	r->in_media = true;
	if (r->line_count == UA_SDP_LINES_MAX) {
		r->too_many = true;
		return;
	}
	sdp_next_word(&value, &media);
	if (sdp_next_word(&value, &port_word))
		port = sdp_number(cut(&port_word, '/'), PORT_MAX); /* "49170/2": the first is enough */
	sdp_next_word(&value, &proto);
	copy_token(line->media, sizeof line->media, media, "audio");
	copy_token(line->proto, sizeof line->proto, proto, "RTP/AVP");
	copy_formats(line, value);
	line->ours = false;
	r->line_count++;
	audio = sdp_is(media, "audio");
	if (port < 0 || proto.at == proto.end) {
		note(r, "no m= that can be read");
		r->unreadable |= audio;
	} else if (audio && is_rtp(proto) && port > 0) {
		begin_audio(r, proto, (unsigned)port, value);
	} else if (audio && is_rtp(proto) && r->declined < 0) {
		r->declined = (int)r->line_count - 1;
	} else if (audio && port > 0 &&
		   (sdp_begins(proto, "UDP/TLS/RTP") || sdp_begins(proto, "TCP/TLS/RTP"))) {
		r->dtls = true;
	}
}

/* ---- all of it ---- */

/* "NAME ID VERSION IN IP4 ADDRESS": nothing depends on it, and names with blanks are seen. */
static void take_origin(struct reading *r, struct sdp_span value)
{
	char number[24];
	struct sdp_span word, before[2] = { { value.end, value.end }, { value.end, value.end } };

	while (sdp_next_word(&value, &word) && !sdp_is(word, "IN")) {
		before[0] = before[1];
		before[1] = word;
	}
	sdp_copy(number, sizeof number, before[0]);
	r->session_id = strtoull(number, NULL, 10);
	sdp_copy(number, sizeof number, before[1]);
	r->version = (uint32_t)strtoull(number, NULL, 10);
}

static void take_line(struct reading *r, const struct sdp_line *line)
{
	bool skip = r->in_media && !r->in_audio; /* it belongs to what we do not take */

	switch (line->type) {
	case 'm':
		take_media(r, line->value);
		break;
	case 'c':
		if (!skip && !read_where(r->in_media ? &r->audio.where : &r->where, line->value))
			note(r, "no c= that can be read");
		break;
	case 'a':
		if (!skip)
			take_attribute(r, line->value);
		break;
	case 'o':
		take_origin(r, line->value);
		break;
	case 'v':
		r->has_version = true;
		break;
	case 0:
		note(r, "no line of a description");
		break;
	default: /* s i u e p b t r z k: nothing that we go by */
		break;
	}
}

/* What is wrong with one that has nothing for us. */
static const char *trouble_of(const struct reading *r)
{
	if (r->too_many)
		return "it has more media lines than Offhook can answer";
	if (r->unreadable)
		return "its audio line cannot be read";
	if (r->nowhere)
		return "it has no address for its audio";
	if (r->dtls)
		return "its audio is encrypted by DTLS-SRTP alone, which Offhook does not have";
	if (r->declined >= 0)
		return "its audio is declined, by port 0";
	return r->line_count ? "it has no audio over RTP" : "it is no session description";
}

static int conclude(struct reading *r)
{
	struct ua_sdp *out = r->out;
	int ours = r->best;

	if (!r->has_version && !r->line_count) {
		out->trouble = trouble_of(r);
		return EBADMSG;
	}
	if (r->too_many)
		ours = -1;
	out->declined = ours < 0 && r->declined >= 0 && !r->too_many;
	out->trouble = ours < 0 ? trouble_of(r) : NULL;
	memcpy(out->lines, r->lines, sizeof out->lines);
	out->line_count = r->line_count;
	if (out->declined)
		out->lines[r->declined].ours = true;
	if (ours >= 0)
		out->lines[ours].ours = true;
	return r->too_many ? EBADMSG : ours >= 0 ? 0 : ENOENT;
}

int ua_sdp_parse(struct ua_sdp *out, const char *text, size_t length, struct ua_sdp_notes *notes)
{
	struct reading r = { .out = out, .best = -1, .declined = -1, .notes = notes };
	struct sdp_line line;

	memset(out, 0, sizeof *out);
	out->dtmf_pt = -1;
	if (notes)
		memset(notes, 0, sizeof *notes);
	if (!text || length > BYTES_MAX) {
		out->trouble = length > BYTES_MAX ? "it is too long" : "it is no session description";
		return EBADMSG;
	}
	r.text = (struct sdp_reader){ .at = text, .end = text + length };
	while (sdp_next_line(&r.text, &line))
		take_line(&r, &line);
	finish_audio(&r);
	return conclude(&r);
}
