/* doctor: the machine. See doctor.h. */
#include "daemon/ctl/doctor.h"
#include "daemon/ctl/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

enum {
	LATE_US = 5000,	    /* of the 99th of 100 ticks: heard */
	OTHERS = 64,	    /* open files that are neither calls' nor connections' */
	PER_CALL = 2,	    /* open files of a call: RTP and RTCP */
	LITTLE_PERCENT = 5, /* of a disk */
};
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

/* Whether anything keeps the clock. A container shows its host's. */
static void check_clock(struct doctor *doctor)
{
	struct timex state = { .modes = 0 };

	if (adjtimex(&state) < 0)
		return;
	if (state.status & STA_UNSYNC)
		doctor_note(doctor, DOCTOR_WARNING, "clock",
			    "apt-get install systemd-timesyncd, or chrony: certificates, signatures and "
			    "records need the right time.",
			    "nothing keeps it right");
	else
		doctor_note(doctor, DOCTOR_OK, "clock", NULL, "is kept right");
}

static void check_disk(struct doctor *doctor)
{
	struct statvfs disk;
	const char *folder = doctor->conf->state_dir;
	char size[FORMAT_SIZE];

	if (statvfs(folder, &disk)) {
		doctor_note(doctor, DOCTOR_FAULT, "state-dir",
			    errno == ENOENT
				? "systemd makes it when offhookd is started; else it is yours to make."
				: NULL,
			    "%s: %s", folder, strerror(errno));
		return;
	}
	uint64_t available = (uint64_t)disk.f_bavail * disk.f_frsize,
		 all = (uint64_t)disk.f_blocks * disk.f_frsize;
	bool little = available < GIB && available < all / 100 * LITTLE_PERCENT;
	bool few = disk.f_files && disk.f_favail < disk.f_files / 100;
	enum doctor_level level = available < 100 * MIB ? DOCTOR_FAULT
				  : little || few	? DOCTOR_WARNING
							: DOCTOR_OK;

	doctor_note(
	    doctor, level, "disk",
	    level == DOCTOR_OK
		? NULL
		: "api { keep-records, keep-recordings } say how long they stay; or another state-dir.",
	    "%s: %s free%s", folder, format_bytes((int64_t)available, size), few ? ", and few files" : "");
}

/* The soft limit of open files of a process; 0: not to be seen. */
static unsigned long open_files(pid_t pid)
{
	char path[64], line[200];
	unsigned long limit = 0;
	FILE *in;

	snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof line, in))
		if (sscanf(line, "Max open files %lu", &limit) == 1)
			break;
	if (in)
		fclose(in);
	return limit;
}

static unsigned ports_for_calls(const struct conf *conf)
{
	return (unsigned)(conf->rtp.port_max - conf->rtp.port_min + 1) / 2;
}

/* As many calls as the conf allows, and a quarter of all for connections. */
static void check_open_files(struct doctor *doctor)
{
	const struct conf *conf = doctor->conf;
	unsigned ports = ports_for_calls(conf);
	unsigned calls = conf->sip.max_calls < ports ? conf->sip.max_calls : ports;
	unsigned long wanted = (unsigned long)calls * PER_CALL * 4 / 3 + OTHERS;
	unsigned long limit = doctor->pid ? open_files(doctor->pid) : 0;

	if (!limit)
		return;
	if (limit < wanted)
		doctor_note(doctor, DOCTOR_WARNING, "open files",
			    "LimitNOFILE= in the unit (systemctl edit offhookd), or ulimit -n.",
			    "offhookd may have %lu, too few for %u calls (%lu)", limit, calls, wanted);
	else
		doctor_note(doctor, DOCTOR_OK, "open files", NULL,
			    "offhookd may have %lu, enough for %u calls", limit, calls);
}

/* Ports that the kernel hands out to anybody. Returns whether they are known. */
static bool kernel_ports(unsigned *first, unsigned *last)
{
	FILE *in = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	bool known = in && fscanf(in, "%u %u", first, last) == 2;

	if (in)
		fclose(in);
	return known;
}

static void check_ports(struct doctor *doctor)
{
	const struct conf *conf = doctor->conf;
	unsigned first, last, min = conf->rtp.port_min, max = conf->rtp.port_max;

	if (ports_for_calls(conf) < conf->sip.max_calls)
		doctor_note(doctor, DOCTOR_WARNING, "rtp { ports }", "Widen it, or lower sip { max-calls }.",
			    "%u-%u is enough for %u calls; sip { max-calls } allows %u", min, max,
			    ports_for_calls(conf), conf->sip.max_calls);
	if (kernel_ports(&first, &last) && min <= last && first <= max)
		doctor_note(
		    doctor, DOCTOR_WARNING, "rtp { ports }",
		    "Others' sockets may sit on them: give other ports, or set net.ipv4.ip_local_port_range "
		    "(sysctl).",
		    "%u-%u are handed out by the kernel too (%u-%u)", min, max, first, last);
}

/* How late audio is, since the switch was started. */
static void check_ticks(struct doctor *doctor)
{
	const json_t *media = json_object_get(doctor->status, "media");
	int64_t late = format_member_int(json_object_get(media, "tick_late_us"), "p99", 0);

	if (!doctor->running || !format_member_int(media, "ticks", 0))
		return;
	if (late > LATE_US)
		doctor_note(doctor, DOCTOR_WARNING, "audio",
			    "Fewer calls, more rtp { workers }, or a machine with less else to do.",
			    "one packet in a hundred is sent more than %.1f ms late", (double)late / 1000);
	else
		doctor_note(doctor, DOCTOR_OK, "audio", NULL, "is at most %.1f ms late (99 %% of it)",
			    (double)late / 1000);
}

void doctor_check_machine(struct doctor *doctor)
{
	check_clock(doctor);
	if (doctor->conf) {
		check_disk(doctor);
		check_open_files(doctor);
		check_ports(doctor);
	}
	check_ticks(doctor);
}
