/* usage: see usage.h; and help. */
#include "daemon/ctl/usage.h"

#include "daemon/ctl/ctl.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* A command's lines begin with two spaces, its further ones with more. */
static const char text[] =
    "usage: offhookctl [-c FILE | -s SOCKET] [--json] [--wait S] COMMAND\n"
    "\n"
    "  help [COMMAND]           this, or what a command takes\n"
    "  status                   how the switch is\n"
    "  calls [--user NAME] [--trunk NAME] [--number N]\n"
    "                           live calls; of one user, trunk or number alone\n"
    "  calls --ended [--failed] [--user NAME] [--trunk NAME] [--number N] [--limit N]\n"
    "                           calls that are over, newest first, and why they ended; --failed: those that\n"
    "                           nobody answered; 20, or as many as --limit says\n"
    "  call ID                  everything about one call; the beginning of an id will do\n"
    "  originate TO [--from N] [--timeout S] [--record] [--follow] [--play FILE…]\n"
    "                           call a number or user; --play plays files (or tone:NAME, silence:MS) when\n"
    "                           it is answered, and then hangs up; --follow stays to the end of the call\n"
    "  hangup ID                end a call\n"
    "  hangup --all | [--user NAME] [--trunk NAME] [--number N]\n"
    "                           end all calls, or those of a user, trunk or number\n"
    "  transfer ID TO [--timeout S]\n"
    "                           hand a call over to a number, user or SIP URI\n"
    "  mute ID, unmute ID       whether a call's far end is heard\n"
    "  record ID [stop | pause | resume]\n"
    "                           record a call; print the recording's id and file\n"
    "  digits ID DIGITS         press keys on a call: 0-9 * # A-D\n"
    "  events [--since N]       what happens, as it happens; from event N on\n"
    "  trace CALL               the SIP messages of a call, and of those that it has called, as a ladder;\n"
    "                           CALL: its id, or the Call-ID of one that was refused\n"
    "  trace --follow [--user NAME] [--trunk NAME] [--number N]\n"
    "                           SIP messages as they come, -f for short\n"
    "  why CALL                 what happened to a call, in a sentence and the facts under it, by the API of "
    "the conf;\n"
    "                           CALL: its id, or the Call-ID of one that was refused\n"
    "  why ADDRESS              whether a host is banned, since when and why: what it sends is not read then\n"
    "  pcap CALL > FILE         the same as a capture file for Wireshark, tshark, sngrep\n"
    "  registrations            which phones are registered, and which are there\n"
    "  registrations remove USER [CONTACT]\n"
    "                           forget a phone, or all of a user, until it registers again\n"
    "  users, trunks            who is in the conf, and how they are\n"
    "  users add NAME [--number N]\n"
    "                           a user with a password of chance, in users.conf beside the conf; prints it\n"
    "  users remove NAME        take one out that was added so\n"
    "  conferences              which conferences are held\n"
    "  conference NAME          who is in one\n"
    "  bans                     who is banned as a scanner, and why\n"
    "  bans lift ADDRESS        end a ban\n"
    "  accounts                 the accounts, and what they have spent today\n"
    "  rate NUMBER [ACCOUNT]    what a call there costs\n"
    "  script check FILE        what is wrong with a script (TwiML, NCCO; -: standard input), by the API of\n"
    "                           the conf\n"
    "  script run FILE|URL [--keys LIST] [--callees LIST] [--from N] [--to N] [--dialect D] [--url URL]\n"
    "             [--given URL=FILE]… [--no-fetch] [--seconds S]\n"
    "                           what a script does, without a call. --keys: what the caller does, separated\n"
    "                           by commas: keys, hangup, say:TEXT, each when the script listens, or @S or\n"
    "                           +S seconds; --callees: answer, busy, no-answer, declined, failed\n"
    "  amd FILE [speech=MS] [speech-end=MS] [silence=MS] [timeout=MS]\n"
    "                           whether a person or a machine speaks in a recording, and why\n"
    "  top [SECONDS [TIMES]]    live calls, calls a second, load, again and again\n"
    "  watch [SECONDS [TIMES]]  the same figures, a line each time\n"
    "  doctor                   what is wrong with conf, certificates, listeners, trunks and machine, and\n"
    "                           what to do; exit code 1 when something does not work\n"
    "  rpc METHOD [JSON]        any method of the control socket, with these parameters (-: standard\n"
    "                           input), and its result as JSON\n"
    "  drain [on|off]           take the switch out of service: calls go on, new ones get 503; off: back\n"
    "  reload                   have both daemons read the conf again; an error in it changes nothing\n"
    "  shutdown [--drain] [--follow [--timeout S]]\n"
    "                           end offhookd; --drain: when the last call has ended; --follow stays until "
    "it\n"
    "                           is gone, and ends the calls that are left after --timeout\n"
    "\n"
    "  -c, --conf FILE          the switch that this conf describes (default: " SYSCONFDIR
    "/offhook/offhook.conf)\n"
    "  -s, --socket SOCKET      the switch at this control socket, or the switch of this name in the conf\n"
    "  --all                    of status, calls, registrations, trunks, conferences, bans, accounts, drain,\n"
    "                           reload: every switch of the conf, one after the other\n"
    "      --json               JSON instead of tables; events: one object a line\n"
    "      --wait S             wait up to S seconds for a switch that is just starting\n"
    "\n"
    "Exit codes: 0 done, 1 refused by the switch, 2 wrong usage, 3 no connection.\n";

const char *usage_text(void)
{
	return text;
}

/* Whether a command's line, behind its spaces, names it: first, or behind a comma and a space. */
static bool is_about(const char *line, const char *command)
{
	size_t length = strlen(command);

	for (;;) {
		const char *comma = strpbrk(line, ",\n");

		if (!strncmp(line, command, length) && strchr(" ,\n", line[length]))
			return true;
		if (!comma || *comma == '\n' || comma[1] != ' ')
			return false;
		line = comma + 2;
	}
}

static bool print_of(const char *command)
{
	bool about = false, found = false;

	for (const char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		if (strncmp(line, "  ", 2) || line[2] == '-')
			about = false;
		else if (line[2] != ' ')
			about = is_about(line + 2, command);
		found |= about;
		if (about)
			fwrite(line, 1, (size_t)(next - line), stdout);
	}
	return found;
}

int command_help(struct ctl *ctl)
{
	if (!ctl->arg_count)
		fputs(text, stdout);
	else if (!print_of(ctl->args[0]))
		return ctl_usage_error("there is no command \"%s\"", ctl->args[0]);
	return CTL_OK;
}
