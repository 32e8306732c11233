#include "daemon/api/dialect/twilio/paging.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX INT64_C(10000000)

/* "PB" and 16 hex digits: behind that record; "PA": before it. */
static bool read_token(const char *text, struct paging *paging)
{
	unsigned long long number;
	char *end;

	if (strlen(text) != 18 || text[0] != 'P' || (text[1] != 'A' && text[1] != 'B') ||
	    strspn(text + 2, "0123456789abcdef") != 16)
		return false;
	number = strtoull(text + 2, &end, 16);
	if (!number || number >= INT64_MAX)
		return false;
	if (text[1] == 'B')
		paging->before = (int64_t)number;
	else
		paging->after = (int64_t)number;
	return true;
}

void paging_read(struct ask *ask, struct paging *paging)
{
	const char *token = form_text(&ask->form, "PageToken");

	*paging = (struct paging){ .size = PAGE_SIZE_DEFAULT };
	form_int(&ask->form, "PageSize", 1, INT32_MAX, &paging->size);
	if (paging->size > PAGE_SIZE_MAX)
		paging->size = PAGE_SIZE_MAX;
	form_int(&ask->form, "Page", 0, PAGE_MAX, &paging->page);
	if (token && !read_token(token, paging))
		form_fail(&ask->form, TROUBLE_PARAMETER, "PageToken is none that this list has given.");
	if (!token)
		paging->offset = paging->page * paging->size;
}

int64_t paging_limit(const struct paging *paging)
{
	return paging->size + 1;
}

struct rows_page paging_rows(const struct paging *paging)
{
	return (struct rows_page){ paging->before, paging->after, paging->offset, paging_limit(paging) };
}

/* The query of another page: the filters as they were asked for. */
static void write_query(FILE *out, const struct ask *ask, const struct paging *paging)
{
	static const char *const own[] = { "Page", "PageSize", "PageToken", NULL };

	fprintf(out, "?PageSize=%lld", (long long)paging->size);
	for (size_t i = 0; i < ask->form.query->count; i++) {
		const struct query_item *item = &ask->form.query->items[i];
		char *name = curl_easy_escape(NULL, item->name, 0), *value = NULL;
		bool ours = false;

		for (size_t k = 0; own[k]; k++)
			ours |= !strcmp(item->name, own[k]);
		if (*item->value)
			value = curl_easy_escape(NULL, item->value, 0);
		if (name && !ours)
			fprintf(out, "&%s=%s", name, value ? value : "");
		curl_free(name);
		curl_free(value);
	}
}

/* `which` is 'A' or 'B', or 0 for no token. */
static json_t *page_uri(const struct ask *ask, const char *path, const struct paging *paging, int64_t page,
			char which, int64_t number)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	json_t *uri;

	if (!out)
		return json_null();
	if (path)
		fprintf(out, "%s/Accounts/%s%s", ask->root, ask->account, path);
	else
		fprintf(out, "%s/Accounts.json", ask->root);
	write_query(out, ask, paging);
	fprintf(out, "&Page=%lld", (long long)page);
	if (which)
		fprintf(out, "&PageToken=P%c%016llx", which, (unsigned long long)number);
	uri = fclose(out) ? json_null() : json_string(text);
	free(text);
	return uri;
}

/* What stands beside the items of a page with so many. */
static json_t *page_json(const struct ask *ask, const char *path, const struct paging *paging, size_t count)
{
	int64_t start = paging->page * paging->size;
	json_t *json = json_object();

	json_object_set_new(json, "page", json_integer(paging->page));
	json_object_set_new(json, "page_size", json_integer(paging->size));
	json_object_set_new(json, "start", json_integer(start));
	json_object_set_new(json, "end", json_integer(start + (count ? (int64_t)count - 1 : 0)));
	json_object_set_new(json, "uri", page_uri(ask, path, paging, paging->page, 0, 0));
	json_object_set_new(json, "first_page_uri", page_uri(ask, path, paging, 0, 0, 0));
	json_object_set_new(json, "next_page_uri", json_null());
	json_object_set_new(json, "previous_page_uri", json_null());
	return json;
}

/* The pages before and behind, of which this one has records from `newest` to `oldest`; `more` were found in
 * the direction that was read. */
static void add_neighbours(json_t *json, const struct ask *ask, const char *path, const struct paging *paging,
			   bool more, int64_t newest, int64_t oldest)
{
	bool back = paging->after != 0;

	if (more || back)
		json_object_set_new(json, "next_page_uri",
				    page_uri(ask, path, paging, paging->page + 1, 'B', oldest));
	if (paging->page > 0 && (more || !back))
		json_object_set_new(json, "previous_page_uri",
				    page_uri(ask, path, paging, paging->page - 1, 'A', newest));
}

void listing_read(struct listing *listing, struct ask *ask)
{
	*listing = (struct listing){ .ask = ask };
	paging_read(ask, &listing->paging);
}

bool listing_begin(struct listing *listing)
{
	if (!ask_form_ok(listing->ask))
		return false;
	listing->marks = calloc(PAGE_SIZE_MAX + 1, sizeof *listing->marks);
	if (!listing->marks)
		ask_done(listing->ask, 503, NULL);
	return listing->marks != NULL;
}

static void listing_clear(struct listing *listing)
{
	json_text_free(&listing->items);
	free(listing->marks);
}

struct json_text *listing_next(struct listing *listing)
{
	listing->items.comma = false;
	return &listing->items;
}

bool listing_add(struct listing *listing, int64_t number)
{
	if (listing->count > PAGE_SIZE_MAX)
		return false;
	listing->marks[listing->count].end = listing->items.length;
	listing->marks[listing->count++].number = number;
	return (int64_t)listing->count < paging_limit(&listing->paging);
}

bool listing_add_json(struct listing *listing, json_t *item, int64_t number)
{
	char *text = item ? json_dumps(item, JSON_TEXT_FLAGS) : NULL;
	const bool dumped = text != NULL;

	if (dumped)
		json_text_element(listing_next(listing), text, strlen(text));
	free(text);
	json_decref(item);
	return dumped && listing_add(listing, number);
}

/* The nth item, newest first as all are: a page that was read backwards is turned round. */
static size_t nth(const struct listing *listing, size_t n)
{
	return listing->paging.after ? listing->count - 1 - n : n;
}

static void write_items(struct json_text *out, const char *name, const struct listing *listing)
{
	json_text_array_open(out, name);
	for (size_t i = 0; i < listing->count; i++) {
		size_t n = nth(listing, i), from = n ? listing->marks[n - 1].end : 0;

		json_text_element(out, listing->items.text + from, listing->marks[n].end - from);
	}
	json_text_array_close(out);
}

/* What stands beside the items, as JSON. NULL: no memory. */
static char *dump_beside(const struct listing *listing, const char *path, bool more)
{
	json_t *json = page_json(listing->ask, path, &listing->paging, listing->count);
	char *text;

	if (json && listing->count)
		add_neighbours(json, listing->ask, path, &listing->paging, more,
			       listing->marks[nth(listing, 0)].number,
			       listing->marks[nth(listing, listing->count - 1)].number);
	text = json ? json_dumps(json, JSON_TEXT_FLAGS) : NULL;
	json_decref(json);
	return text;
}

static void answer_page(struct listing *listing, const char *name, const char *path)
{
	bool more = (int64_t)listing->count > listing->paging.size;
	struct json_text out = { 0 };
	char *beside;

	listing->count -= more;
	beside = dump_beside(listing, path, more);
	json_text_element_open(&out);
	if (!json_text_end(&listing->items))
		write_items(&out, name, listing);
	if (beside)
		json_text_members(&out, beside + 1, strlen(beside) - 2);
	json_text_close(&out);
	out.failed |= !beside || listing->items.failed;
	free(beside);
	ask_done_text(listing->ask, 200, &out);
}

void listing_done(struct listing *listing, const char *name, const char *path, const struct fault *fault)
{
	if (fault)
		ask_fail(listing->ask, fault);
	else
		answer_page(listing, name, path);
	listing_clear(listing);
}

void paging_done_counted(struct ask *ask, const char *name, const char *path, const struct paging *paging,
			 json_t *items)
{
	bool more = (int64_t)json_array_size(items) > paging->size;
	json_t *json;

	if (!items) {
		ask_done(ask, 503, NULL);
		return;
	}
	if (more)
		json_array_remove(items, json_array_size(items) - 1);
	json = page_json(ask, path, paging, json_array_size(items));
	json_object_set_new(json, name, items);
	if (json && more)
		json_object_set_new(json, "next_page_uri",
				    page_uri(ask, path, paging, paging->page + 1, 0, 0));
	if (json && paging->page > 0)
		json_object_set_new(json, "previous_page_uri",
				    page_uri(ask, path, paging, paging->page - 1, 0, 0));
	ask_done(ask, 200, json);
}

void paging_done_whole(struct ask *ask, const char *name, const char *path, json_t *items)
{
	json_t *part = json_array();
	struct paging paging;
	size_t from, count = json_array_size(items);

	paging_read(ask, &paging);
	if (items && part && !ask_form_ok(ask)) {
		json_decref(part);
		json_decref(items);
		return;
	}
	from = (size_t)(paging.page * paging.size);
	for (size_t i = from; i < from + (size_t)paging_limit(&paging) && i < count; i++)
		json_array_append(part, json_array_get(items, i));
	if (!items) {
		json_decref(part);
		part = NULL;
	}
	json_decref(items);
	paging_done_counted(ask, name, path, &paging, part);
}
