/* Tests of what speech keeps and chooses: cache, freshness, voices, names of tones. */
#include "daemon/api/speech/cache.h"
#include "daemon/api/speech/freshness.h"
#include "daemon/api/speech/sound_file.h"
#include "daemon/api/speech/voices.h"
#include "daemon/api/speech/wav.h"
#include "lib/tone_name.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const prefixes[] = { "say-", "get-", NULL };
static char folder[64];

static void make_folder(void)
{
	strcpy(folder, "/tmp/offhook-cache-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
	char command[100];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	cr_assert_eq(system(command), 0);
}

static void write_file(const char *name, size_t size)
{
	static const char bytes[2000];
	char path[200];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	cr_assert_eq(sound_file_write(path, bytes, size), 0);
}

static bool is_there(const char *name)
{
	char path[200];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return access(path, R_OK) == 0;
}

Test(cache, what_was_used_longest_ago_goes_first, .init = make_folder, .fini = remove_folder)
{
	struct cache *cache;

	write_file("theirs.wav", 1000);
	cr_assert_eq(cache_alloc(&cache, folder, prefixes, 2500), 0);
	cr_expect_not(cache_use(cache, "say-a"));
	write_file("say-a", 1000);
	cache_added(cache, "say-a");
	write_file("get-b", 1000);
	cache_added(cache, "get-b");
	cr_expect(cache_use(cache, "say-a"));
	write_file("say-c", 1000);
	cache_added(cache, "say-c");
	cr_expect(is_there("say-a") && !is_there("get-b") && is_there("say-c") && is_there("theirs.wav"));
	cr_expect_eq(cache_bytes(cache), 2000);
	cr_expect_not(cache_use(cache, "get-b"));
	/* written anew, it counts once */
	write_file("say-c", 1400);
	cache_added(cache, "say-c");
	cr_expect_eq(cache_bytes(cache), 2400);
	cache_free(cache);
}

Test(cache, knows_what_was_there_before, .init = make_folder, .fini = remove_folder)
{
	struct cache *cache;

	write_file("say-a", 1000);
	write_file("get-b", 1000);
	write_file("say-c", 1000);
	write_file("theirs.wav", 1000);
	cr_assert_eq(cache_alloc(&cache, folder, prefixes, 2000), 0);
	cr_expect_eq(cache_bytes(cache), 2000);
	cr_expect(is_there("theirs.wav"));
	cache_free(cache);
	cr_expect_eq(cache_alloc(&cache, "/nonexistent", prefixes, 2000), ENOENT);
}

Test(cache, a_file_that_somebody_removed_is_not_there, .init = make_folder, .fini = remove_folder)
{
	struct cache *cache;
	char path[200];

	write_file("say-a", 1000);
	cr_assert_eq(cache_alloc(&cache, folder, prefixes, 2000), 0);
	snprintf(path, sizeof path, "%s/say-a", folder);
	cr_assert_eq(unlink(path), 0);
	cr_expect_not(cache_use(cache, "say-a"));
	cr_expect_eq(cache_bytes(cache), 0);
	cache_free(cache);
}

/* Seconds that an answer with these fields is fresh. */
static int64_t fresh_s(const char *cache_control)
{
	struct freshness f;

	freshness_read(&f, 5000000, cache_control, "\"e\"", NULL, 60);
	return (f.until_us - 5000000) / 1000000;
}

Test(freshness, as_the_server_says)
{
	struct freshness f;
	char question[VALIDATOR_SIZE + 32];

	cr_expect_eq(fresh_s(NULL), 60);
	cr_expect_eq(fresh_s("public"), 60);
	cr_expect_eq(fresh_s("max-age=10"), 10);
	cr_expect_eq(fresh_s("public, Max-Age=\"10\""), 10);
	cr_expect_eq(fresh_s("max-age=10, s-maxage=20"), 20);
	cr_expect_eq(fresh_s("no-cache"), 0);
	cr_expect_eq(fresh_s("no-store, max-age=10"), 0);
	cr_expect_eq(fresh_s("max-age=-1"), 0);
	cr_expect_eq(fresh_s("max-age=x"), 0);
	cr_expect_eq(fresh_s("max-age=99999999999999999999"), 7 * 86400);
	cr_expect_eq(fresh_s("max-ages=10"), 60);
	freshness_read(&f, 0, NULL, "\"e\"", "Mon, 01 Jan 2024 00:00:00 GMT", 60);
	cr_expect(freshness_question(&f, question) && !strcmp(question, "If-None-Match: \"e\""));
	freshness_read(&f, 0, NULL, NULL, "Mon, 01 Jan 2024 00:00:00 GMT", 60);
	cr_expect(freshness_question(&f, question) && strstr(question, "If-Modified-Since: Mon"));
	freshness_read(&f, 0, "no-store", "\"e\"", NULL, 60);
	cr_expect_not(freshness_question(&f, question));
	freshness_read(&f, 0, NULL, "a\r\nb", NULL, 60);
	cr_expect_not(freshness_question(&f, question));
}

static void expect_voice(const char *name, const char *language, bool male)
{
	struct voice voice;

	voice_find(name, &voice);
	cr_expect_str_eq(voice.language, language, "%s: %s", name, voice.language);
	cr_expect_eq(voice.male, male, "%s", name);
}

Test(voices, names_of_vendors)
{
	expect_voice(NULL, "", false);
	expect_voice("", "", false);
	expect_voice("man", "", true);
	expect_voice("woman", "", false);
	expect_voice("alice", "", false);
	expect_voice("Polly.Hans", "de-DE", true);
	expect_voice("Polly.Vicki-Neural", "de-DE", false);
	expect_voice("polly.matthew-Generative", "en-US", true);
	expect_voice("Polly.Nobody", "", false);
	expect_voice("Google.de-DE-Wavenet-B", "de-DE", true);
	expect_voice("Google.fr-FR-Standard-A", "fr-FR", false);
	expect_voice("Google.en-US-Chirp3-HD-Puck", "en-US", true);
	expect_voice("Google.xx", "", false);
	expect_voice("Google.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-b-c", "", false);
}

Test(tone_name, those_that_are_made)
{
	cr_expect(tone_name_is_known("ringback"));
	cr_expect(tone_name_is_known("dial/gb"));
	cr_expect_not(tone_name_is_known("ring"));
	cr_expect_not(tone_name_is_known(""));
	cr_expect_not(tone_name_is_known("/gb"));
}

/* "RIFF", fmt of 16 bytes, and data of that length with `sound` bytes in it. Returns the size. */
static size_t make_wav(char *out, unsigned length, size_t sound)
{
	static const char format[16] = { 1, 0, 1, 0, 0x40, 0x1f };

	memcpy(out, "RIFF....WAVEfmt \x10\0\0\0", 20);
	memcpy(out + 20, format, 16);
	memcpy(out + 36, "data", 4);
	for (int i = 0; i < 4; i++)
		out[40 + i] = (char)(length >> (8 * i));
	memset(out + 44, 7, sound);
	return 44 + sound;
}

static unsigned number_at(const char *bytes)
{
	const unsigned char *b = (const unsigned char *)bytes;

	return b[0] | (unsigned)b[1] << 8 | (unsigned)b[2] << 16 | (unsigned)b[3] << 24;
}

Test(wav, lengths_that_were_not_known)
{
	static const unsigned told[] = { 0, 100, 101, 0xffffffffu, 0x7fffff00u };
	char wav[300];

	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		size_t size = make_wav(wav, told[i], 100);

		cr_expect_eq(wav_mend(wav, size), 0, "%u", told[i]);
		cr_expect_eq(number_at(wav + 40), 100u, "%u", told[i]);
		cr_expect_eq(number_at(wav + 4), 136u, "%u", told[i]);
	}
	/* what stands behind the sound stays */
	cr_expect_eq(wav_mend(wav, make_wav(wav, 60, 100)), 0);
	cr_expect_eq(number_at(wav + 40), 60u);
}

Test(wav, what_is_none)
{
	char wav[300];
	size_t size = make_wav(wav, 100, 100);

	for (size_t cut = 0; cut <= 44; cut++)
		cr_expect_eq(wav_mend(wav, cut), EINVAL, "%zu", cut);
	memcpy(wav + 12, "tmf ", 4);
	cr_expect_eq(wav_mend(wav, size), EINVAL);
	size = make_wav(wav, 100, 100);
	wav[19] = 0x7f; /* a chunk that is longer than the file */
	cr_expect_eq(wav_mend(wav, size), EINVAL);
	memset(wav, 'x', sizeof wav);
	cr_expect_eq(wav_mend(wav, sizeof wav), EINVAL);
}
