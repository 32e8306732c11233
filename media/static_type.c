/* The static payload types (RFC 3551 section 6), as oRTP's table has them. */
#include "media/media.h"

#include <ortp/ortp.h>
#include <ortp/rtpprofile.h>
#include <pthread.h>

static void fill_table(void)
{
	ortp_set_log_level_mask(NULL, ORTP_FATAL);
	ortp_init();
}

static const RtpProfile *table(void)
{
	static pthread_once_t filled = PTHREAD_ONCE_INIT;
	pthread_once(&filled, fill_table);
	return &av_profile;
}

int media_codec_static_pt(const struct media_codec *codec)
{
	return rtp_profile_find_payload_number((RtpProfile *)(uintptr_t)table(), codec->name,
					       (int)codec->clock_hz, (int)codec->channels);
}

const struct media_codec *media_codec_by_pt(int pt)
{
	const PayloadType *type = pt < 0 ? NULL : rtp_profile_get_payload(table(), pt);
	const struct media_codec *codec =
	    type ? media_codec_find(type->mime_type, (unsigned)type->clock_rate) : NULL;
	return codec && (int)codec->channels == type->channels ? codec : NULL;
}
