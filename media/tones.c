#include "media/tones.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

enum { STEPS_MAX = 6 };

/* On and off times [ms], beginning with on, up to a 0. */
struct tones_cadence {
	unsigned ms[STEPS_MAX + 1];
};

struct tone_plan {
	const char *country, *name;
	unsigned f1, f2;
	struct tones_cadence cadence;
};

/* ITU-T E.180 supplement 2 (various tones used in national networks). A dial tone's round is one second. */
static const struct tone_plan plans[] = {
	{ "us", "dial", 350, 440, { { 1000 } } },
	{ "us", "ringback", 440, 480, { { 2000, 4000 } } },
	{ "us", "busy", 480, 620, { { 500, 500 } } },
	{ "us", "congestion", 480, 620, { { 250, 250 } } },
	{ "us", "beep", 1000, 0, { { 200 } } },
	{ "us", "enter", 800, 0, { { 160 } } },
	{ "us", "exit", 500, 0, { { 160 } } },
	{ "gb", "dial", 350, 440, { { 1000 } } },
	{ "gb", "ringback", 400, 450, { { 400, 200, 400, 2000 } } },
	{ "gb", "busy", 400, 0, { { 375, 375 } } },
	{ "gb", "congestion", 400, 0, { { 400, 350, 225, 525 } } },
	{ "de", "dial", 425, 0, { { 1000 } } },
	{ "de", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "de", "busy", 425, 0, { { 480, 480 } } },
	{ "de", "congestion", 425, 0, { { 240, 240 } } },
	{ "fr", "dial", 440, 0, { { 1000 } } },
	{ "fr", "ringback", 440, 0, { { 1500, 3500 } } },
	{ "fr", "busy", 440, 0, { { 500, 500 } } },
	{ "fr", "congestion", 440, 0, { { 250, 250 } } },
	{ "it", "dial", 425, 0, { { 200, 200, 600, 1000 } } },
	{ "it", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "it", "busy", 425, 0, { { 500, 500 } } },
	{ "it", "congestion", 425, 0, { { 200, 200 } } },
	{ "es", "dial", 425, 0, { { 1000 } } },
	{ "es", "ringback", 425, 0, { { 1500, 3000 } } },
	{ "es", "busy", 425, 0, { { 200, 200 } } },
	{ "es", "congestion", 425, 0, { { 200, 200, 200, 200, 200, 600 } } },
	{ "il", "dial", 400, 0, { { 1000 } } },
	{ "il", "ringback", 400, 0, { { 1000, 3000 } } },
	{ "il", "busy", 400, 0, { { 500, 500 } } },
	{ "in", "dial", 400, 0, { { 1000 } } },
	{ "in", "ringback", 400, 0, { { 400, 200, 400, 2000 } } },
	{ "in", "busy", 400, 0, { { 750, 750 } } },
	{ "in", "congestion", 400, 0, { { 250, 250 } } },
	{ "jp", "dial", 400, 0, { { 1000 } } },
	{ "jp", "ringback", 400, 0, { { 1000, 2000 } } },
	{ "jp", "busy", 400, 0, { { 500, 500 } } },
	{ "jp", "congestion", 400, 0, { { 500, 500 } } },
	{ "au", "dial", 425, 0, { { 1000 } } },
	{ "au", "ringback", 400, 450, { { 400, 200, 400, 2000 } } },
	{ "au", "busy", 425, 0, { { 375, 375 } } },
	{ "at", "dial", 420, 0, { { 1000 } } },
	{ "at", "ringback", 420, 0, { { 1000, 5000 } } },
	{ "at", "busy", 420, 0, { { 400, 400 } } },
	{ "at", "congestion", 420, 0, { { 200, 200 } } },
	{ "be", "dial", 425, 0, { { 1000 } } },
	{ "be", "ringback", 425, 0, { { 1000, 3000 } } },
	{ "be", "busy", 425, 0, { { 500, 500 } } },
	{ "be", "congestion", 425, 0, { { 167, 167 } } },
	{ "br", "dial", 425, 0, { { 1000 } } },
	{ "br", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "br", "busy", 425, 0, { { 250, 250 } } },
	{ "br", "congestion", 425, 0, { { 250, 250, 750, 250 } } },
	{ "ch", "dial", 425, 0, { { 1000 } } },
	{ "ch", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "ch", "busy", 425, 0, { { 500, 500 } } },
	{ "ch", "congestion", 425, 0, { { 200, 200 } } },
	{ "cn", "dial", 450, 0, { { 1000 } } },
	{ "cn", "ringback", 450, 0, { { 1000, 4000 } } },
	{ "cn", "busy", 450, 0, { { 350, 350 } } },
	{ "cn", "congestion", 450, 0, { { 700, 700 } } },
	{ "dk", "dial", 425, 0, { { 1000 } } },
	{ "dk", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "dk", "busy", 425, 0, { { 500, 500 } } },
	{ "dk", "congestion", 425, 0, { { 200, 200 } } },
	{ "fi", "dial", 425, 0, { { 1000 } } },
	{ "fi", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "fi", "busy", 425, 0, { { 300, 300 } } },
	{ "fi", "congestion", 425, 0, { { 200, 200 } } },
	{ "mx", "dial", 425, 0, { { 1000 } } },
	{ "mx", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "mx", "busy", 425, 0, { { 250, 250 } } },
	{ "mx", "congestion", 425, 0, { { 250, 250 } } },
	{ "nl", "dial", 425, 0, { { 1000 } } },
	{ "nl", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "nl", "busy", 425, 0, { { 500, 500 } } },
	{ "nl", "congestion", 425, 0, { { 250, 250 } } },
	{ "no", "dial", 425, 0, { { 1000 } } },
	{ "no", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "no", "busy", 425, 0, { { 500, 500 } } },
	{ "no", "congestion", 425, 0, { { 200, 200 } } },
	{ "nz", "dial", 400, 0, { { 1000 } } },
	{ "nz", "ringback", 400, 450, { { 400, 200, 400, 2000 } } },
	{ "nz", "busy", 400, 0, { { 500, 500 } } },
	{ "nz", "congestion", 400, 0, { { 250, 250 } } },
	{ "pl", "dial", 425, 0, { { 1000 } } },
	{ "pl", "ringback", 425, 0, { { 1000, 4000 } } },
	{ "pl", "busy", 425, 0, { { 500, 500 } } },
	{ "pl", "congestion", 425, 0, { { 500, 500 } } },
	{ "pt", "dial", 425, 0, { { 1000 } } },
	{ "pt", "ringback", 425, 0, { { 1000, 5000 } } },
	{ "pt", "busy", 425, 0, { { 500, 500 } } },
	{ "pt", "congestion", 425, 0, { { 200, 200 } } },
	{ "se", "dial", 425, 0, { { 1000 } } },
	{ "se", "ringback", 425, 0, { { 1000, 5000 } } },
	{ "se", "busy", 425, 0, { { 250, 250 } } },
	{ "se", "congestion", 425, 0, { { 250, 750 } } },
};

/* What else a country is called. */
static const struct {
	const char *name, *code;
} countries[] = {
	{ "usa", "us" },
	{ "united states", "us" },
	{ "ca", "us" },
	{ "canada", "us" },
	{ "uk", "gb" },
	{ "united kingdom", "gb" },
	{ "great britain", "gb" },
	{ "germany", "de" },
	{ "france", "fr" },
	{ "italy", "it" },
	{ "spain", "es" },
	{ "israel", "il" },
	{ "india", "in" },
	{ "japan", "jp" },
	{ "australia", "au" },
	{ "austria", "at" },
	{ "belgium", "be" },
	{ "brazil", "br" },
	{ "switzerland", "ch" },
	{ "china", "cn" },
	{ "denmark", "dk" },
	{ "finland", "fi" },
	{ "mexico", "mx" },
	{ "netherlands", "nl" },
	{ "norway", "no" },
	{ "new zealand", "nz" },
	{ "poland", "pl" },
	{ "portugal", "pt" },
	{ "sweden", "se" },
};

static const char *code_of(const char *country)
{
	for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++)
		if (strcasecmp(countries[i].name, country) == 0)
			return countries[i].code;
	return country;
}

static const struct tone_plan *find(const char *name, const char *country)
{
	const struct tone_plan *fallback = NULL;
	if (country)
		country = code_of(country);
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
		if (strcmp(plans[i].name, name) != 0)
			continue;
		if (country && strcasecmp(plans[i].country, country) == 0)
			return &plans[i];
		if (strcmp(plans[i].country, "us") == 0)
			fallback = &plans[i];
	}
	return fallback;
}

/* A sine without calling sin() a sample: y[n] = 2·cos(ω)·y[n−1] − y[n−2]. */
static void resonator_start(float s[2], float *k, unsigned hz, unsigned rate)
{
	double w = 2 * M_PI * hz / rate;
	s[0] = 0;
	s[1] = (float)-sin(w);
	*k = (float)(2 * cos(w));
}

static float resonator_next(float s[2], float k)
{
	float y = k * s[0] - s[1];
	s[1] = s[0];
	s[0] = y;
	return y;
}

static void restart(struct tones *t, unsigned f1, unsigned f2)
{
	resonator_start(t->s1, &t->k1, f1, t->rate);
	resonator_start(t->s2, &t->k2, f2, t->rate);
	if (f2 == 0)
		t->s2[1] = t->k2 = 0;
}

static void begin_step(struct tones *t, unsigned step)
{
	t->step = step;
	t->left = t->cadence->ms[step] * (t->rate / 100) / 10;
}

void tones_start_pair(struct tones *t, unsigned f1, unsigned f2, float dbm0, unsigned rate)
{
	memset(t, 0, sizeof *t);
	t->rate = rate;
	/* 0 dBm0 is a sine 3.14 dB (µ-law) under full scale: ITU-T G.711. */
	t->amplitude = 32767.0f * powf(10, (dbm0 - 3.14f) / 20);
	restart(t, f1, f2);
}

int tones_start(struct tones *t, const char *name, const char *country, unsigned rate)
{
	const struct tone_plan *plan = find(name, country);
	if (!plan)
		return ENOENT;
	tones_start_pair(t, plan->f1, plan->f2, plan->f2 ? -13 : -10, rate);
	t->cadence = &plan->cadence;
	begin_step(t, 0);
	return 0;
}

int tones_start_digit(struct tones *t, char digit, unsigned rate)
{
	static const char keys[] = "123A456B789C*0#D";
	static const unsigned rows[] = { 697, 770, 852, 941 }, columns[] = { 1209, 1336, 1477, 1633 };
	const char *at = digit ? strchr(keys, digit) : NULL;
	if (!at)
		return EINVAL;
	unsigned key = (unsigned)(at - keys);
	tones_start_pair(t, rows[key / 4], columns[key % 4], -9, rate);
	return 0;
}

static void sound(struct tones *t, int16_t *out, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] =
		    (int16_t)(t->amplitude * (resonator_next(t->s1, t->k1) + resonator_next(t->s2, t->k2)));
}

size_t tones_read(struct tones *t, int16_t *out, size_t count)
{
	t->round_over = false;
	if (!t->cadence) {
		sound(t, out, count);
		return count;
	}
	size_t done = 0;
	while (done < count) {
		size_t n = count - done < t->left ? count - done : t->left;
		if (t->step % 2 == 0)
			sound(t, out + done, n);
		else
			memset(out + done, 0, n * sizeof *out);
		done += n;
		t->left -= (unsigned)n;
		if (t->left > 0)
			break;
		bool more = t->cadence->ms[t->step + 1] != 0;
		begin_step(t, more ? t->step + 1 : 0);
		t->round_over = !more;
		if (!more)
			break;
	}
	return done;
}
