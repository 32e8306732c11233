#include "daemon/api/metrics/own.h"

#include "daemon/api/hook/hooks.h"
#include "daemon/api/keep/keeper.h"
#include "daemon/api/publish/publishers.h"
#include "daemon/api/metrics/metrics.h"
#include "daemon/api/metrics/metrics_text.h"
#include "daemon/api/net/fetch.h"
#include "daemon/api/script/engine.h"
#include "daemon/api/socket/socket.h"
#include "daemon/api/store/queues.h"
#include "daemon/api/store/recordings_kept.h"
#include "daemon/api/store/store.h"

#include "config.h"

#include <stdio.h>
#include <sys/stat.h>

/* A sample for each class of statuses; [0] is "none", where there may be no answer. */
static void write_answers(struct evbuffer *out, const char *name, const uint64_t answers[6], size_t first)
{
	static const char *const classes[] = { "none", "1xx", "2xx", "3xx", "4xx", "5xx" };

	for (size_t i = first; i < 6; i++) {
		const struct metrics_label labels[] = { { "code", classes[i] }, { NULL, NULL } };

		if (i != 1)
			metrics_sample(out, name, labels, (double)answers[i]);
	}
}

static void write_web(struct evbuffer *out, struct web_server *web)
{
	const struct web_stats *stats = web_server_stats(web);

	metrics_family(out, "offhook_http_requests_total", "counter",
		       "Requests of the API that were answered.");
	write_answers(out, "offhook_http_requests_total", stats->answers, 2);
	metrics_histogram(out, "offhook_http_request_seconds",
			  "From a request that is complete to its answer.", &stats->seconds,
			  &web_seconds_bounds);
	metrics_one(out, "offhook_http_connections", "gauge",
		    "HTTP connections, WebSocket among them: at most so many.", stats->connections);
}

static void write_hooks(struct evbuffer *out, const struct hooks *hooks)
{
	struct hooks_stats stats;

	hooks_get_stats(hooks, &stats);
	metrics_family(out, "offhook_webhook_attempts_total", "counter",
		       "Attempts to deliver webhooks, by what came.");
	write_answers(out, "offhook_webhook_attempts_total", stats.sender.attempts, 0);
	metrics_one(out, "offhook_webhook_retries_total", "counter",
		    "Attempts that were not a delivery's first.", (double)stats.sender.retries);
	metrics_one(out, "offhook_webhooks_delivered_total", "counter", "Webhooks that were taken.",
		    (double)stats.sender.delivered);
	metrics_one(out, "offhook_webhooks_given_up_total", "counter", "Webhooks that nobody took in time.",
		    (double)stats.sender.given_up);
	metrics_histogram(out, "offhook_webhook_attempt_seconds", "How long attempts took.",
			  &stats.sender.seconds, &sender_seconds_bounds);
	metrics_one(out, "offhook_webhook_backlog", "gauge",
		    "Webhooks that are not done yet; at most 100000.", (double)stats.backlog);
	metrics_one(out, "offhook_webhook_overdue_seconds", "gauge",
		    "For how long the webhook that is due first has been due.",
		    (double)stats.overdue_ms / 1000);
	metrics_one(out, "offhook_webhooks_sending", "gauge", "Attempts under way.", stats.sender.sending);
	metrics_one(out, "offhook_webhook_receivers_failing", "gauge",
		    "Receivers that have not answered several times at a stretch.", stats.sender.failing);
}

static void write_fetches(struct evbuffer *out, const struct fetcher *fetcher)
{
	const struct fetch_stats *stats = fetcher_stats(fetcher);

	metrics_family(out, "offhook_fetches_total", "counter",
		       "Requests of ours (scripts, prompts, webhooks) that ended, by what came.");
	write_answers(out, "offhook_fetches_total", stats->answers, 0);
	metrics_histogram(out, "offhook_fetch_seconds", "How long our requests took.", &stats->seconds,
			  &fetch_seconds_bounds);
	metrics_one(out, "offhook_fetches", "gauge", "Requests of ours under way.", fetcher_count(fetcher));
}

static double file_size(const char *file, const char *behind)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof path, "%s%s", file, behind);
	return stat(path, &st) ? 0 : (double)st.st_size;
}

static void write_store(struct evbuffer *out, struct store *store)
{
	const struct store_stats *stats = store_get_stats(store);
	const char *file = sqlite3_db_filename(store_handle(store), "main");
	int64_t waiting = 0;

	metrics_histogram(out, "offhook_store_commit_seconds", "How long commits to the database took.",
			  &stats->commit_s, &store_seconds_bounds);
	metrics_histogram(out, "offhook_store_safe_seconds",
			  "How long what was committed took to be on disk.", &stats->safe_s,
			  &store_seconds_bounds);
	metrics_one(out, "offhook_store_failed_total", "counter", "Transactions that could not be written.",
		    (double)stats->failed);
	metrics_one(out, "offhook_store_up", "gauge", "1: the last transaction could be written.",
		    !store_trouble(store));
	if (file && *file) {
		metrics_one(out, "offhook_store_bytes", "gauge", "Size of the database.",
			    file_size(file, ""));
		metrics_one(out, "offhook_store_log_bytes", "gauge",
			    "Size of the database's write-ahead log.", file_size(file, "-wal"));
	}
	if (!queues_waiting(store, &waiting))
		metrics_one(out, "offhook_queue_callers", "gauge", "Callers that wait in queues.",
			    (double)waiting);
}

static void write_steps(struct evbuffer *out, const char *name, const uint64_t counts[KEEP_KINDS])
{
	static const char *const steps[] = { [KEEP_MAKE] = "make",
					     [KEEP_UPLOAD] = "upload",
					     [KEEP_REWRAP] = "rewrap",
					     [KEEP_DROP_FILE] = "delete_file",
					     [KEEP_DROP_OBJECT] = "delete_object" };

	for (size_t i = 0; i < KEEP_KINDS; i++) {
		const struct metrics_label labels[] = { { "step", steps[i] }, { NULL, NULL } };

		metrics_sample(out, name, labels, (double)counts[i]);
	}
}

static void write_recordings(struct evbuffer *out, const struct metrics_setup *with)
{
	static const struct metrics_label make[] = { { "step", "make" }, { NULL, NULL } };
	static const struct metrics_label upload[] = { { "step", "upload" }, { NULL, NULL } };
	static const struct metrics_label left[] = { { "step", "delete" }, { NULL, NULL } };
	const struct keeper_stats *stats = keeper_get_stats(with->keeper);
	struct recordings_kept_count waiting;
	int64_t other = 0;

	metrics_family(out, "offhook_recording_steps_total", "counter",
		       "What was done with recordings that were complete: another format or encryption, "
		       "uploads, another key, deletions.");
	write_steps(out, "offhook_recording_steps_total", stats->done);
	metrics_family(out, "offhook_recording_steps_failed_total", "counter",
		       "The same, of attempts that came to nothing.");
	write_steps(out, "offhook_recording_steps_failed_total", stats->failed);
	metrics_one(out, "offhook_recording_uploaded_bytes_total", "counter",
		    "Bytes of recordings that the store has taken.", (double)stats->uploaded_bytes);
	metrics_histogram(out, "offhook_recording_upload_seconds", "How long uploads took that went well.",
			  &stats->upload_s, &keeper_seconds_bounds);
	if (!recordings_kept_count(with->store, &waiting)) {
		metrics_family(out, "offhook_recording_backlog", "gauge",
			       "Recordings that this is still to be done with.");
		metrics_sample(out, "offhook_recording_backlog", make, (double)waiting.make);
		metrics_sample(out, "offhook_recording_backlog", upload, (double)waiting.upload);
		metrics_sample(out, "offhook_recording_backlog", left, (double)waiting.left);
	}
	if (!with->ring->count ||
	    !recordings_kept_other_keys_count(with->store, with->ring->keys[0].id, &other))
		metrics_one(out, "offhook_recordings_with_other_keys", "gauge",
			    "Recordings that are encrypted with another key than the first of the key file.",
			    (double)other);
}

/* One family of all publishers; `value` is of one. */
static void write_published(struct evbuffer *out, const struct publishers *publishers, const char *name,
			    const char *type, const char *help,
			    double (*value)(const struct publisher_stats *))
{
	struct publisher_stats stats;

	metrics_family(out, name, type, help);
	for (size_t i = 0; i < publishers->count; i++) {
		publisher_stats(publishers->list[i], &stats);
		metrics_sample(out, name,
			       (struct metrics_label[]){ { "broker", stats.broker }, { NULL, NULL } },
			       value(&stats));
	}
}

static double bus_up(const struct publisher_stats *s)
{
	return s->connected;
}

static double bus_waiting(const struct publisher_stats *s)
{
	return (double)s->waiting;
}

static double bus_published(const struct publisher_stats *s)
{
	return (double)s->published;
}

static double bus_failures(const struct publisher_stats *s)
{
	return (double)s->failures;
}

static void write_bus(struct evbuffer *out, const struct publishers *publishers)
{
	if (!publishers->count)
		return;
	write_published(out, publishers, "offhook_bus_connected", "gauge",
			"1 while the broker has kept what it was sent last.", bus_up);
	write_published(out, publishers, "offhook_bus_backlog", "gauge",
			"Events of the log that the broker has not kept yet.", bus_waiting);
	write_published(out, publishers, "offhook_bus_events_total", "counter",
			"Events that the broker has kept.", bus_published);
	write_published(out, publishers, "offhook_bus_failures_total", "counter",
			"Connections to the broker, and batches, that came to nothing.", bus_failures);
}

void metrics_own(struct evbuffer *out, const struct metrics_setup *with)
{
	static const struct metrics_label version[] = { { "version", PACKAGE_VERSION }, { NULL, NULL } };

	metrics_family(out, "offhook_build_info", "gauge", "1, with the version.");
	metrics_sample(out, "offhook_build_info", version, 1);
	write_web(out, with->web);
	write_hooks(out, with->hooks);
	write_bus(out, with->publishers);
	write_fetches(out, with->fetcher);
	write_store(out, with->store);
	write_recordings(out, with);
	metrics_one(out, "offhook_scripts", "gauge", "Calls that a script drives.",
		    (double)scripts_count(with->scripts));
	metrics_one(out, "offhook_websocket_sessions", "gauge", "Programs on the API's WebSocket.",
		    sockets_count(with->sockets));
}
