/* commands_list: registrations, users, trunks, bans, conferences, conference NAME. */
#include "daemon/ctl/ctl.h"
#include "daemon/ctl/format.h"
#include "daemon/ctl/table.h"

#include "lib/clock.h"

#include <inttypes.h>
#include <string.h>

/* Turns one object of a list into cells; `cells` has room for every column. Text that is not the object's own
 * goes to `scratch`. */
typedef void fill_row_h(const json_t *object, const char *cells[], char scratch[4][FORMAT_SIZE]);

struct listing {
	const char *method, *member; /* request, and the array in its result */
	const struct table_column *columns;
	size_t column_count;
	fill_row_h *fill;
	const char *none;		    /* said when the list is empty */
	void (*rest)(const json_t *result); /* prints what stands below the list, or NULL */
};

static int print_listing(const struct listing *listing, const json_t *array)
{
	struct table *table = NULL;
	char scratch[4][FORMAT_SIZE];
	const char *cells[8];
	size_t i;
	const json_t *object;
	if (json_array_size(array) == 0) {
		puts(listing->none);
		return CTL_OK;
	}
	if (table_alloc(&table, listing->columns, listing->column_count))
		goto nomem;
	json_array_foreach(array, i, object)
	{
		listing->fill(object, cells, scratch);
		if (table_add(table, cells))
			goto nomem;
	}
	table_print(table, stdout);
	table_free(table);
	return CTL_OK;
nomem:
	table_free(table);
	ctl_say("out of memory");
	return CTL_REFUSED;
}

static int run_listing(struct ctl *ctl, const struct listing *listing)
{
	json_t *result = NULL;
	int code = ctl_request(ctl, listing->method, NULL, &result);
	if (code)
		return code;
	if (ctl->options.json)
		ctl_print_json(result);
	else
		code = print_listing(listing, json_object_get(result, listing->member));
	if (listing->rest && !ctl->options.json)
		listing->rest(result);
	json_decref(result);
	return code;
}

/* How we know its state: "OPTIONS: 200 12s ago, 3.2 ms". */
static const char *how_known(const json_t *object, char out[FORMAT_SIZE])
{
	int64_t answer = format_member_int(object, "answer", 0),
		at = format_member_int(object, "answered", 0);
	const char *why = json_string_value(json_object_get(object, "why"));
	char span[FORMAT_SIZE];

	if (why)
		return why;
	if (!answer)
		return "";
	snprintf(out, FORMAT_SIZE, "OPTIONS: %" PRId64 ", %.20s ago", answer,
		 format_span(clock_utc_ms() - at, span));
	return out;
}

static void fill_registration(const json_t *object, const char *cells[], char scratch[4][FORMAT_SIZE])
{
	int64_t registered = format_member_int(object, "registered", 0);
	cells[0] = format_member(object, "user");
	cells[1] = format_member(object, "contact");
	cells[2] = format_member(object, "source");
	cells[3] = format_span(format_member_int(object, "expires", 0) * 1000, scratch[0]);
	cells[4] = registered ? format_span(clock_utc_ms() - registered, scratch[1]) : "";
	cells[5] = format_member(object, "state");
	cells[6] = how_known(object, scratch[2]);
	cells[7] = format_member(object, "agent");
}

static int remove_registration(struct ctl *ctl, const char *user, const char *contact)
{
	json_t *result = NULL;
	int code = ctl_request(ctl, "registration.remove",
			       json_pack("{s:s,s:s*}", "user", user, "contact", contact), &result);

	if (!code && ctl->options.json)
		ctl_print_json(result);
	else if (!code)
		printf("Removed: %" PRId64 ".\n", format_member_int(result, "removed", 0));
	json_decref(result);
	return code;
}

/* Of users whose last REGISTER was refused: a line each, below the table. */
static void print_refused(const json_t *result)
{
	const json_t *refused = json_object_get(result, "refused"), *one;
	size_t i;

	json_array_foreach(refused, i, one)
	{
		char span[FORMAT_SIZE];

		printf("%s%s: its last REGISTER was refused %s ago (%s): %s\n", i ? "" : "\n",
		       format_member(one, "user"),
		       format_span(clock_utc_ms() - format_member_int(one, "time", 0), span),
		       format_member(one, "source"), format_member(one, "why"));
	}
}

int command_registrations(struct ctl *ctl)
{
	static const struct table_column columns[] = {
		{ .title = "USER" },
		{ .title = "CONTACT" },
		{ .title = "FROM" },
		{ .title = "EXPIRES", .right = true },
		{ .title = "SINCE", .right = true },
		{ .title = "STATE", .state = true },
		{ .title = "WHY" },
		{ .title = "AGENT" },
	};
	static const struct listing listing = {
		"registration.list",
		"registrations",
		columns,
		sizeof(columns) / sizeof(columns[0]),
		fill_registration,
		"No phone is registered.",
		print_refused,
	};

	if (ctl->arg_count == 0)
		return run_listing(ctl, &listing);
	if (strcmp(ctl->args[0], "remove") != 0 || ctl->arg_count < 2)
		return ctl_usage_error("registrations takes nothing, or: remove USER [CONTACT]");
	return remove_registration(ctl, ctl->args[1], ctl->arg_count > 2 ? ctl->args[2] : NULL);
}

static void fill_user(const json_t *object, const char *cells[], char scratch[4][FORMAT_SIZE])
{
	cells[0] = format_member(object, "name");
	cells[1] = format_member(object, "number");
	cells[2] = format_member(object, "account");
	snprintf(scratch[0], FORMAT_SIZE, "%" PRId64, format_member_int(object, "contacts", 0));
	cells[3] = scratch[0];
	cells[4] = format_member(object, "staff_uid");
}

int command_list_users(struct ctl *ctl)
{
	static const struct table_column columns[] = {
		{ .title = "USER" },	  { .title = "NUMBER" },
		{ .title = "ACCOUNT" },	  { .title = "PHONES", .right = true },
		{ .title = "STAFF UID" },
	};
	static const struct listing listing = {
		"user.list", "users",
		columns,     sizeof(columns) / sizeof(columns[0]),
		fill_user,   "The conf has no user.",
		NULL,
	};
	return run_listing(ctl, &listing);
}

static void fill_trunk(const json_t *object, const char *cells[], char scratch[4][FORMAT_SIZE])
{
	const bool unasked = json_is_false(json_object_get(object, "asked"));

	cells[0] = format_member(object, "name");
	cells[1] = format_member(object, "address");
	cells[2] = format_member(object, "account");
	cells[3] = unasked && strcmp(format_member(object, "state"), "up") == 0
		       ? "not asked"
		       : format_member(object, "state");
	snprintf(scratch[0], FORMAT_SIZE, "%" PRId64, format_member_int(object, "calls", 0));
	cells[4] = scratch[0];
	cells[5] = format_member(object, "reason");
}

int command_trunks(struct ctl *ctl)
{
	static const struct table_column columns[] = {
		{ .title = "TRUNK" },
		{ .title = "ADDRESS" },
		{ .title = "ACCOUNT" },
		{ .title = "STATE", .state = true },
		{ .title = "CALLS", .right = true },
		{ .title = "REASON" },
	};
	static const struct listing listing = {
		"trunk.list", "trunks",
		columns,      sizeof(columns) / sizeof(columns[0]),
		fill_trunk,   "The conf has no trunk.",
		NULL,
	};
	return run_listing(ctl, &listing);
}

static void fill_ban(const json_t *object, const char *cells[], char scratch[4][FORMAT_SIZE])
{
	int64_t now = clock_utc_ms();

	cells[0] = format_member(object, "address");
	cells[1] = format_member(object, "reason");
	cells[2] = format_span(now - format_member_int(object, "since", now), scratch[0]);
	cells[3] = format_span(format_member_int(object, "until", now) - now, scratch[1]);
	snprintf(scratch[2], FORMAT_SIZE, "%" PRId64, format_member_int(object, "dropped", 0));
	cells[4] = scratch[2];
}

static int lift(struct ctl *ctl, const char *address)
{
	json_t *result = NULL;
	int code = ctl_request(ctl, "bans.lift", json_pack("{s:s}", "address", address), &result);

	if (!code && ctl->options.json)
		ctl_print_json(result);
	else if (!code)
		printf("%s may talk to us again.\n", address);
	json_decref(result);
	return code;
}

int command_bans(struct ctl *ctl)
{
	static const struct table_column columns[] = {
		{ .title = "ADDRESS" },
		{ .title = "REASON" },
		{ .title = "SINCE", .right = true },
		{ .title = "FOR", .right = true },
		{ .title = "DROPPED", .right = true },
	};
	static const struct listing listing = {
		"bans.list",	     "bans", columns, sizeof(columns) / sizeof(columns[0]), fill_ban,
		"Nobody is banned.", NULL,
	};

	if (ctl->arg_count == 0)
		return run_listing(ctl, &listing);
	if (strcmp(ctl->args[0], "lift") != 0 || ctl->arg_count != 2)
		return ctl_usage_error("bans takes nothing, or: lift ADDRESS");
	return lift(ctl, ctl->args[1]);
}

static void fill_conference(const json_t *object, const char *cells[], char scratch[4][FORMAT_SIZE])
{
	int64_t since = format_member_int(object, "started", format_member_int(object, "created", 0));
	snprintf(scratch[0], FORMAT_SIZE, "%" PRId64 "/%" PRId64,
		 format_member_int(object, "participant_count", 0),
		 format_member_int(object, "max_participants", 0));
	cells[0] = format_member(object, "name");
	cells[1] = format_member(object, "status");
	cells[2] = scratch[0];
	cells[3] = format_span(clock_utc_ms() - since, scratch[1]);
	cells[4] = json_is_object(json_object_get(object, "recording")) ? "yes" : "";
	cells[5] = format_member(object, "account");
}

int command_conferences(struct ctl *ctl)
{
	static const struct table_column columns[] = {
		{ .title = "CONFERENCE" },	   { .title = "STATUS" }, { .title = "CALLS", .right = true },
		{ .title = "AGE", .right = true }, { .title = "REC" },	  { .title = "ACCOUNT" },
	};
	static const struct listing listing = {
		"conference.list",
		"conferences",
		columns,
		sizeof(columns) / sizeof(columns[0]),
		fill_conference,
		"No conference is held.",
		NULL,
	};
	return run_listing(ctl, &listing);
}

static const char *yes(const json_t *object, const char *member)
{
	return json_is_true(json_object_get(object, member)) ? "yes" : "";
}

static void fill_participant(const json_t *object, const char *cells[], char scratch[4][FORMAT_SIZE])
{
	cells[0] = format_short_id(format_member(object, "call"), scratch[0]);
	cells[1] = format_member(object, "from");
	cells[2] = format_member(object, "to");
	cells[3] = format_span(clock_utc_ms() - format_member_int(object, "joined", 0), scratch[1]);
	cells[4] = yes(object, "talking");
	cells[5] = yes(object, "muted");
	cells[6] = yes(object, "hold");
	cells[7] = yes(object, "moderator");
}

/* Who is in one conference. */
int command_conference(struct ctl *ctl)
{
	static const struct table_column columns[] = {
		{ .title = "CALL" },	{ .title = "FROM" },
		{ .title = "TO" },	{ .title = "JOINED", .right = true },
		{ .title = "TALKS" },	{ .title = "MUTED" },
		{ .title = "ON HOLD" }, { .title = "MODERATOR" },
	};
	static const struct listing listing = {
		"conference.get", "participants",     columns, sizeof(columns) / sizeof(columns[0]),
		fill_participant, "Nobody is in it.", NULL,
	};
	json_t *result = NULL;
	int code = ctl_request(ctl, listing.method, json_pack("{s:s}", "conference", ctl->args[0]), &result);
	if (code)
		return code;
	if (ctl->options.json)
		ctl_print_json(result);
	else
		code = print_listing(&listing,
				     json_object_get(json_object_get(result, "conference"), listing.member));
	json_decref(result);
	return code;
}
