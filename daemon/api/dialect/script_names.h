/* script_names: what a step of a script has come to (script_form.parameters), by the names of Twilio's
 * documents, which our own dialect shares. */
#ifndef OFFHOOK_API_SCRIPT_NAMES_H
#define OFFHOOK_API_SCRIPT_NAMES_H

struct script_name {
	const char *neutral, *name; /* "": they are not told of it */
	const char *prefix;	    /* it is an id, and its sid begins so; or NULL */
};

/* NULL: it keeps its name, which may be theirs already. */
const struct script_name *script_name_find(const char *neutral);
/* What those scripts know a value of that neutral name as: itself, unless they have a word of their own for
 * it. */
const char *script_value(const char *name, const char *neutral);

#endif
