/* See process.h. */
#include "lib/process.h"

#include "lib/clock.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* The fields of /proc/self/stat behind the name, which may hold anything: the third is the first of them. */
static void read_stat(struct process_use *out)
{
	unsigned long long user, system, threads, start, size;
	long pages;
	char text[1024], *at;
	FILE *f = fopen("/proc/self/stat", "r");
	size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1,
			  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %llu %*d "
			  "%llu %llu %ld",
			  &user, &system, &threads, &start, &size, &pages) != 6)
		return;
	const double hz = (double)sysconf(_SC_CLK_TCK);

	out->cpu_s = (double)(user + system) / hz;
	out->threads = threads;
	out->virtual_bytes = size;
	out->resident_bytes = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
	out->started = (double)start / hz; /* since the machine's start, so far */
}

/* UTC seconds of the machine's start, or 0. */
static double booted(void)
{
	double up = 0;
	FILE *f = fopen("/proc/uptime", "r");

	if (f) {
		if (fscanf(f, "%lf", &up) != 1)
			up = 0;
		fclose(f);
	}
	return up > 0 ? (double)clock_utc_ms() / 1000 - up : 0;
}

static uint64_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t count = 0;
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return count ? count - 1 : 0; /* without the folder's own */
}

void process_read(struct process_use *out)
{
	/* Once: each reading would give another fraction of a second. */
	static double started;
	struct rlimit limit;

	memset(out, 0, sizeof *out);
	read_stat(out);
	if (started <= 0 && out->started > 0)
		started = booted() + out->started;
	out->started = started;
	out->open_fds = count_fds();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		out->max_fds = limit.rlim_cur;
}

json_t *process_json(void)
{
	struct process_use use;

	process_read(&use);
	return json_pack("{s:f,s:I,s:I,s:I,s:I,s:I,s:f}", "cpu_s", use.cpu_s, "resident_bytes",
			 (json_int_t)use.resident_bytes, "virtual_bytes", (json_int_t)use.virtual_bytes,
			 "threads", (json_int_t)use.threads, "open_fds", (json_int_t)use.open_fds, "max_fds",
			 (json_int_t)use.max_fds, "started", use.started);
}
