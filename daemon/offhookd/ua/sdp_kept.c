/* sdp_kept: see sdp_kept.h. What a description always has stands at its beginning, and after it those of the
 * parts below that it uses, one after another. */
#include "daemon/offhookd/ua/sdp_kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ua_sdp_kept {
	size_t size; /* of `bytes` */
	bool name, plain;
	unsigned char bytes[];
};

enum { HEAD = offsetof(struct ua_sdp, name), PARTS = 6 };

struct part {
	void *at;
	size_t size;
};

/* The parts that are kept of `sdp`, whose head is read already. */
static void list(struct ua_sdp *sdp, bool name, bool plain, struct part parts[PARTS])
{
	parts[0] = (struct part){ sdp, HEAD };
	parts[1] = (struct part){ &sdp->name, name ? sizeof sdp->name : 0 };
	parts[2] = (struct part){ &sdp->plain, plain ? sizeof sdp->plain : 0 };
	parts[3] = (struct part){ sdp->crypto, sdp->crypto_count * sizeof *sdp->crypto };
	parts[4] = (struct part){ sdp->codecs, sdp->codec_count * sizeof *sdp->codecs };
	parts[5] = (struct part){ sdp->lines, sdp->line_count * sizeof *sdp->lines };
}

int ua_sdp_keep(struct ua_sdp_kept **kept, const struct ua_sdp *sdp)
{
	bool name = sdp->name.host[0], plain = sdp->plain.there;
	struct part parts[PARTS];
	struct ua_sdp_kept *made;
	unsigned char *at;
	size_t size = 0;

	list((struct ua_sdp *)sdp, name, plain, parts);
	for (size_t i = 0; i < PARTS; i++)
		size += parts[i].size;
	made = malloc(sizeof *made + size);
	if (!made)
		return ENOMEM;
	made->size = size;
	made->name = name;
	made->plain = plain;
	at = made->bytes;
	for (size_t i = 0; i < PARTS; i++) {
		memcpy(at, parts[i].at, parts[i].size);
		at += parts[i].size;
	}
	ua_sdp_drop(*kept);
	*kept = made;
	return 0;
}

void ua_sdp_recall(const struct ua_sdp_kept *kept, struct ua_sdp *out)
{
	struct part parts[PARTS];
	const unsigned char *at;

	memset(out, 0, sizeof *out);
	if (!kept)
		return;
	memcpy(out, kept->bytes, HEAD);
	list(out, kept->name, kept->plain, parts);
	at = kept->bytes;
	for (size_t i = 0; i < PARTS; i++) {
		memcpy(parts[i].at, at, parts[i].size);
		at += parts[i].size;
	}
}

void ua_sdp_drop(struct ua_sdp_kept *kept)
{
	if (kept)
		explicit_bzero(kept->bytes, kept->size);
	free(kept);
}
