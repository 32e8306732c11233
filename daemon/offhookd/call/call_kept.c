/* See call_kept.h. */
#include "daemon/offhookd/call/call_kept.h"

#include "daemon/offhookd/call/call.h"
#include "lib/clock.h"
#include "lib/hex.h"
#include "lib/json_get.h"
#include "lib/log.h"
#include "lib/ref.h"
#include "lib/socket_address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- addresses and bytes as JSON ---- */

static json_t *keep_address(const struct sockaddr_storage *a)
{
	const void *bytes = a->ss_family == AF_INET6
				? (const void *)&((const struct sockaddr_in6 *)a)->sin6_addr
				: (const void *)&((const struct sockaddr_in *)a)->sin_addr;
	char host[INET6_ADDRSTRLEN];

	if ((a->ss_family != AF_INET && a->ss_family != AF_INET6) ||
	    !inet_ntop(a->ss_family, bytes, host, sizeof host))
		return json_null();
	return json_pack("[s,i]", host, (int)socket_address_port(a));
}

static void take_address(struct sockaddr_storage *out, const json_t *kept)
{
	const char *host = json_string_value(json_array_get(kept, 0));
	struct sockaddr_in *v4 = (void *)out;
	struct sockaddr_in6 *v6 = (void *)out;

	memset(out, 0, sizeof *out);
	if (host && inet_pton(AF_INET, host, &v4->sin_addr) == 1)
		v4->sin_family = AF_INET;
	else if (host && inet_pton(AF_INET6, host, &v6->sin6_addr) == 1)
		v6->sin6_family = AF_INET6;
	socket_address_set_port(out, (unsigned)json_integer_value(json_array_get(kept, 1)));
}

static json_t *keep_union(const union address *a)
{
	struct sockaddr_storage storage = { 0 };

	memcpy(&storage, a, sizeof *a);
	return keep_address(&storage);
}

static void take_union(union address *out, const json_t *kept)
{
	struct sockaddr_storage storage;

	take_address(&storage, kept);
	address_take(out, &storage);
}

static json_t *keep_bytes(const uint8_t *bytes, size_t size)
{
	char text[2 * MEDIA_SRTP_KEY_MAX + 1];
	json_t *out;

	hex_write(text, bytes, size < MEDIA_SRTP_KEY_MAX ? size : MEDIA_SRTP_KEY_MAX);
	out = json_string(text);
	explicit_bzero(text, sizeof text);
	return out;
}

/* How many there were. */
static size_t take_bytes(uint8_t *out, size_t max, const json_t *kept)
{
	return json_is_string(kept) ? hex_read(out, max, json_string_value(kept)) : 0;
}

/* ---- what is spoken ---- */

static json_t *keep_key(enum media_srtp_suite suite, const struct media_srtp_key *key)
{
	return json_pack("{s:o,s:o}", "bytes", keep_bytes(key->bytes, media_srtp_key_size(suite)), "mki",
			 keep_bytes(key->mki, key->mki_size));
}

static void take_key(struct media_srtp_key *out, const json_t *kept)
{
	take_bytes(out->bytes, sizeof out->bytes, json_object_get(kept, "bytes"));
	out->mki_size = (uint8_t)take_bytes(out->mki, sizeof out->mki, json_object_get(kept, "mki"));
}

static json_t *keep_formats(const struct media_remote *r)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < r->format_count; i++) {
		const struct media_format *f = &r->formats[i];

		json_array_append_new(list,
				      json_pack("[s?,i,i,i,b]", f->codec ? f->codec->name : NULL,
						(int)f->clock_hz, (int)f->pt, (int)f->send_pt, f->noise));
	}
	return list;
}

static void take_formats(struct media_remote *out, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *name = json_string_value(json_array_get(one, 0));
		unsigned clock_hz = (unsigned)json_integer_value(json_array_get(one, 1));
		const struct media_codec *codec = name ? media_codec_find(name, clock_hz) : NULL;

		if (out->format_count == MEDIA_FORMATS_MAX || (name && !codec))
			continue;
		out->formats[out->format_count++] = (struct media_format){
			.codec = codec,
			.clock_hz = clock_hz,
			.pt = (uint8_t)json_integer_value(json_array_get(one, 2)),
			.send_pt = (int8_t)json_integer_value(json_array_get(one, 3)),
			.noise = json_is_true(json_array_get(one, 4)),
		};
	}
}

static json_t *keep_stream(const struct media_remote *r)
{
	json_t *out =
	    json_pack("{s:o,s:o,s:o,s:b,s:s,s:i,s:i,s:i,s:i,s:b,s:i,s:b,s:b,s:i,s:o}", "rtp",
		      keep_address(&r->rtp), "rtcp", keep_address(&r->rtcp), "signal", keep_union(&r->signal),
		      "rtcp_mux", r->rtcp_mux, "codec", r->codec->name, "clock_hz", (int)r->codec->clock_hz,
		      "pt", r->pt, "dtmf_pt", r->dtmf_pt, "dtmf_clock_hz", (int)r->dtmf_clock_hz,
		      "digits_elsewhere", r->digits_elsewhere, "ptime_ms", (int)r->ptime_ms, "send", r->send,
		      "receive", r->receive, "xr", (int)r->xr, "formats", keep_formats(r));

	if (r->srtp.suite)
		json_object_set_new(out, "srtp",
				    json_pack("{s:s,s:o,s:o}", "suite", media_srtp_name(r->srtp.suite),
					      "send", keep_key(r->srtp.suite, &r->srtp.send), "receive",
					      keep_key(r->srtp.suite, &r->srtp.receive)));
	return out;
}

static int number_of(const json_t *from, const char *name)
{
	return (int)json_integer_value(json_object_get(from, name));
}

static bool flag_of(const json_t *from, const char *name)
{
	return json_is_true(json_object_get(from, name));
}

/* False: its codec, or its encryption, is none of ours. */
static bool take_stream(struct media_remote *out, const json_t *kept)
{
	const json_t *srtp = json_object_get(kept, "srtp");

	memset(out, 0, sizeof *out);
	take_address(&out->rtp, json_object_get(kept, "rtp"));
	take_address(&out->rtcp, json_object_get(kept, "rtcp"));
	take_union(&out->signal, json_object_get(kept, "signal"));
	out->codec = media_codec_find(json_member_text(kept, "codec"), (unsigned)number_of(kept, "clock_hz"));
	out->rtcp_mux = flag_of(kept, "rtcp_mux");
	out->pt = number_of(kept, "pt");
	out->dtmf_pt = number_of(kept, "dtmf_pt");
	out->dtmf_clock_hz = (unsigned)number_of(kept, "dtmf_clock_hz");
	out->digits_elsewhere = flag_of(kept, "digits_elsewhere");
	out->ptime_ms = (unsigned)number_of(kept, "ptime_ms");
	out->send = flag_of(kept, "send");
	out->receive = flag_of(kept, "receive");
	out->xr = (unsigned)number_of(kept, "xr");
	take_formats(out, json_object_get(kept, "formats"));
	if (srtp) {
		out->srtp.suite = media_srtp_find(json_member_text(srtp, "suite"));
		take_key(&out->srtp.send, json_object_get(srtp, "send"));
		take_key(&out->srtp.receive, json_object_get(srtp, "receive"));
	}
	return out->codec && (!srtp || out->srtp.suite);
}

/* ---- the call ---- */

static json_t *keep_strings(const struct conf_strings *strings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < strings->count; i++)
		json_array_append_new(list, json_string(strings->items[i]));
	return list;
}

static json_t *keep_description(const struct call *call)
{
	char text[UA_SDP_TEXT_MAX];
	struct ua_sdp said;
	json_t *out;

	call_said(call, &said);
	out = ua_sdp_print(&said, text, sizeof text) > 0 ? json_string(text) : NULL;
	explicit_bzero(text, sizeof text);
	ua_sdp_forget_keys(&said);
	return out;
}

json_t *call_keep(const struct call *call)
{
	json_t *dialog, *said, *out;

	if (call->status != CALL_IN_PROGRESS || !call->negotiated || !call->leg || !call->media ||
	    call->offering)
		return NULL;
	dialog = ua_call_keep(call->leg->ua);
	said = dialog ? keep_description(call) : NULL;
	if (!said) {
		json_decref(dialog);
		return NULL;
	}
	out = json_pack("{s:o,s:o,s:o,s:i,s:i,s:b,s:o}", "dialog", dialog, "said", said, "stream",
			keep_stream(&call->stream), "port", (int)media_session_port(call->media), "family",
			call->leg->family, "outside", call->leg->outside, "signal_from",
			keep_union(&call->leg->peer));
	json_object_update_new(out, json_pack("{s:i,s:i,s:b,s:o,s:b,s:b,s:b,s:b,s:I,s:b,s:b}", "srtp",
					      (int)call->srtp, "dtmf", (int)call->dtmf, "in_clear",
					      call->in_clear, "codecs", keep_strings(&call->codecs), "hidden",
					      call->hidden, "muted", call->muted, "deaf", call->deaf,
					      "on_hold", call->on_hold, "limit_s", (json_int_t)call->limit_s,
					      "asks_refer", call->asks_refer, "emergency", call->emergency));
	return out;
}

/* ---- and again ---- */

static const char *text_of(const json_t *from, const char *name)
{
	return json_string_value(json_object_get(from, name));
}

/* Its times, as far from one another as they were. */
static void take_times(struct call *call, const json_t *snapshot)
{
	call->created = json_integer_value(json_object_get(snapshot, "created"));
	call->ringing = json_integer_value(json_object_get(snapshot, "ringing"));
	call->answered = json_integer_value(json_object_get(snapshot, "answered"));
	call->created_us = clock_mono_us() - (clock_utc_ms() - call->created) * 1000;
}

static int take_strings(struct conf_strings *out, const json_t *list)
{
	char *items[MEDIA_FORMATS_MAX];
	struct conf_strings strings = { .items = items };
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (json_is_string(one) && strings.count < MEDIA_FORMATS_MAX)
			items[strings.count++] = (char *)json_string_value(one);
	}
	return conf_strings_copy(out, &strings);
}

static void take_wishes(struct call *call, const json_t *kept)
{
	call->srtp = (enum conf_srtp)number_of(kept, "srtp");
	call->dtmf = (enum conf_dtmf)number_of(kept, "dtmf");
	call->in_clear = flag_of(kept, "in_clear");
	call->hidden = flag_of(kept, "hidden");
	call->muted = flag_of(kept, "muted");
	call->deaf = flag_of(kept, "deaf");
	call->on_hold = flag_of(kept, "on_hold");
	call->limit_s = (unsigned)number_of(kept, "limit_s");
	call->asks_refer = flag_of(kept, "asks_refer");
	call->emergency = call->emergency || flag_of(kept, "emergency");
	if (take_strings(&call->codecs, json_object_get(kept, "codecs")))
		log_error("call.no_memory", call->id, "%s", "its codecs are any");
}

static int take_description(struct call *call, const json_t *kept)
{
	const char *text = text_of(kept, "said");
	struct ua_sdp said;
	int err = text ? ua_sdp_parse(&said, text, strlen(text), NULL) : EBADMSG;

	if (!err)
		call_say(call, &said);
	ua_sdp_forget_keys(&said);
	return err ? EBADMSG : 0;
}

static int take_leg(struct call *call, struct ua *ua, const json_t *kept)
{
	int err;

	call->legs = calloc(1, sizeof *call->legs);
	if (!call->legs)
		return ENOMEM;
	call->legs->call = call;
	call->legs->family = number_of(kept, "family") == AF_INET6 ? AF_INET6 : AF_INET;
	call->legs->outside = flag_of(kept, "outside");
	take_union(&call->legs->peer, json_object_get(kept, "signal_from"));
	err = ua_resume(&call->legs->ua, ua, json_object_get(kept, "dialog"), call->legs);
	if (err)
		return err;
	call->leg_count = 1;
	call->leg = call->legs;
	return 0;
}

static int fill(struct call *call, struct ua *ua, const json_t *snapshot, const json_t *kept)
{
	int err = take_stream(&call->stream, json_object_get(kept, "stream")) ? 0 : EBADMSG;

	take_times(call, snapshot);
	take_wishes(call, kept);
	snprintf(call->sip_call_id, sizeof call->sip_call_id, "%s",
		 json_member_text(snapshot, "sip_call_id"));
	if (!call->created || !call->answered)
		err = EBADMSG;
	if (!err)
		err = take_description(call, kept);
	if (!err)
		err = take_leg(call, ua, kept);
	if (!err)
		err = call_take_media(call, (uint16_t)number_of(kept, "port"));
	return err;
}

/* At the most: packets come every 10 ms, if not more seldom. */
static unsigned rollovers_of(const struct call *call)
{
	int64_t ms = clock_utc_ms() - call->answered;

	return call->stream.srtp.suite && ms > 0 ? (unsigned)(ms / 10 / 65536) + 1 : 0;
}

int call_resume(struct call **out, struct calls *calls, struct ua *ua, const json_t *snapshot,
		const json_t *kept)
{
	struct call_params params = {
		.id = text_of(snapshot, "id"),
		.parent_id = text_of(snapshot, "parent_call_id"),
		.direction = strcmp(json_member_text(snapshot, "direction"), "inbound") == 0 ? CALL_INBOUND
											     : CALL_OUTBOUND,
		.account = text_of(snapshot, "account"),
		.from = text_of(snapshot, "from"),
		.to = text_of(snapshot, "to"),
		.from_name = text_of(snapshot, "from_name"),
		.user = text_of(snapshot, "user"),
		.trunk = text_of(snapshot, "trunk"),
		.number = text_of(snapshot, "number"),
		.tag = text_of(snapshot, "tag"),
		.source = text_of(snapshot, "source"),
		.headers = json_object_get(snapshot, "headers"),
		.emergency = flag_of(kept, "emergency"),
	};
	struct call *call;
	int err = params.id ? call_alloc(&call, calls, &params) : EBADMSG;

	if (err)
		return err;
	err = fill(call, ua, snapshot, kept);
	if (err) {
		if (call->leg)
			ua_call_close(call->leg->ua, "Q.850;cause=41");
		ref_drop(call);
		return err;
	}
	call->status = CALL_IN_PROGRESS;
	call->negotiated = true;
	call->has_offer = call->direction == CALL_INBOUND;
	call->held = !call->stream.send;
	call->stream.srtp.rollovers = rollovers_of(call);
	calls_take_up(call);
	call_set_far_end(call);
	call_tell_media_muted(call);
	call_start_limit(call);
	call_tell_dialog(call, call->sip_call_id);
	*out = call;
	return 0;
}
