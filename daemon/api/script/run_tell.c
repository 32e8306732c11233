#include "daemon/api/script/run_tell.h"

#include "daemon/api/call/streams.h"
#include "daemon/api/hook/hooks.h"
#include "lib/log.h"

#include <stdlib.h>
#include <string.h>

struct script_told run_told(const struct run *run)
{
	return (struct script_told){ .conf = run->with->conf,
				     .account = run->account,
				     .call = run->call,
				     .from = run->from,
				     .to = run->to,
				     .status = run->status,
				     .parent = run->parent,
				     .inbound = run->inbound,
				     .snapshot = run->snapshot };
}

void tell_keep(const struct run *run, const char *kind, const char *id, json_t *watch)
{
	if (call_watch(run->with->store, run->call, kind, id, watch))
		log_warn("script.store_failed", run->call, "what=%s", kind);
}

void tell_body(const struct scripts_setup *with, const struct telling *telling, const char *call,
	       const char *account, char *body)
{
	const struct script_form *form = telling->form;
	const struct hook_letter letter = { .about = telling->conference ? telling->conference : call,
					    .conference = telling->conference != NULL,
					    .account = account,
					    .dialect = form->dialect,
					    .n = telling->n,
					    .url = telling->url,
					    .body = body,
					    .type = form->type ? form->type : SCRIPT_FORM_TYPE,
					    .get = telling->get };

	if (body && letter.url && with->stage)
		with->stage->told(&letter, with->stage->arg);
	else if (body && letter.url && with->hooks && hooks_send(with->hooks, &letter))
		log_warn("script.telling_failed", call, "moment=%s", telling->moment);
	free(body);
}

void tell_of_call(const struct scripts_setup *with, const struct telling *telling, const struct call_row *row,
		  json_t *more)
{
	const struct conf_account *account = conf_account_by_name(with->conf, row->account);
	const struct script_told told = { .conf = with->conf,
					  .account = account,
					  .call = row->id,
					  .from = row->from,
					  .to = row->to,
					  .status = row->status,
					  .parent = row->parent,
					  .inbound = !strcmp(row->direction, "inbound"),
					  .snapshot = row->snapshot,
					  .post = !telling->get,
					  .moment = telling->moment,
					  .row = row };

	if (account)
		tell_body(with, telling, row->id, row->account, telling->form->parameters(&told, more));
	json_decref(more);
}
