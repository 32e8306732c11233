# The conf that contrib/run makes, what it reads back from it, the check of its ports, and what it prints. Sourced by contrib/run.

# $1 random bytes in hex.
random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# The IPv4 address that this machine has on its network: the one it would send from to the outside.
lan_address() {
	local found=
	found=$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p' | head -n 1) || true
	[ -n "$found" ] || found=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -E '^[0-9.]+$' | head -n 1) || true
	[ -n "$found" ] || die "this machine has no IPv4 address on a network; give one with --address"
	printf '%s' "$found"
}

# Whether $1 is an IPv4 address of this machine that phones can be told.
check_address() {
	local own
	own=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -E '^[0-9.]+$' | tr '\n' ' ') || true
	case " $own" in *" $1 "*) return 0 ;; esac
	[[ $1 =~ ^127\.[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "$1 is no IPv4 address of this machine; allowed: ${own}127.0.0.1"
}

# Ends this script when a conf that was there already does not say what the command line does.
wishes_are_kept() {
	local has_http=${api_url##*:}
	has_http=${has_http%%/*}
	[ -z "$address" ] || [ "${sip_server%:*}" = "$address" ] || die "$conf is there already and has ${sip_server%:*} where $address is asked for: edit it, remove it for a new one, or use another --var"
	[ -z "$sip_port" ] || [ "${sip_server##*:}" = "$sip_port" ] || die "$conf is there already and has SIP port ${sip_server##*:} where $sip_port is asked for: edit it, remove it for a new one, or use another --var"
	[ -z "$http_port" ] || [ "$has_http" = "$http_port" ] || die "$conf is there already and has HTTP port $has_http where $http_port is asked for: edit it, remove it for a new one, or use another --var"
}

# Writes a new conf with random keys and passwords to $1, readable by its owner alone.
write_conf() {
	local sid sip_port=${sip_port:-5060} http_port=${http_port:-8080} address=${address:-127.0.0.1}
	sid=$(cat /proc/sys/kernel/random/uuid)
	(
		umask 077
		cat >"$1.new" <<END
# Made by contrib/run, and kept by it: yours to edit. Every option is explained in conf/offhook.conf.
state-dir = "$var/state"
run-dir   = "$var/run"
log { level = "info" }

# Where phones find the switch: another address stands in all four places, and in trunk "loop".
sip { listen = {"udp:$address:$sip_port", "tcp:$address:$sip_port"}   domain = "$address" }
rtp { address = "$address"   ports = "16384-32767" }
api { listen = {"http://127.0.0.1:$http_port"}   public-url = "http://127.0.0.1:$http_port" }

account "default" {
    sid        = "$sid"
    auth-token = "$(random_hex 16)"
    api-keys   = {"$(random_hex 20)"}
    # deck = "standard"   max-spend-day = "25.00"   # what calls through trunks cost, with the line below
}
# include("$top/conf/rates.conf")

# Phones: they register with these names and passwords.
user "alice" { password = "$(random_hex 8)"   number = "+15550001001" }
user "bob"   { password = "$(random_hex 8)"   number = "+15550001002" }
user "demo"  { password = "$(random_hex 8)"   number = "+15550001099" }

# A carrier within the switch, to test with: its numbers speak, are busy, do not answer, echo … (doc/testing.md).
trunk "test" { built-in = true }
route "^\\\\+1555019" { to = {"trunk:test"} }

# +999 and a number: calls it as somebody outside would, through the switch itself. Numbers below are tried so (doc/testing.md).
trunk "loop" { address = "$address:$sip_port"   strip-out = 4 }
route "^\\\\+999" { to = {"trunk:loop"} }

# Numbers that a phone can dial.
number "+15550009000" { voice-url = "http://127.0.0.1:9000/" }        # a script of yours decides
number "+15550009001" { dial = {"user:alice"} }
number "+15550009003" { conference = "room" }                         # whoever dials it is in the room
number "+15550009004" { echo = true }                                 # sends back what it hears
number "+15550009005" { record = true }                               # records until you hang up
END
		mkdir -p "$var/state"
		mv "$1.new" "$1"
	)
	say "Wrote $1 with new keys and passwords."
}

# The first string that follows NAME = in file $1.
conf_string() { sed -n "s/^[^#]*\<$2[[:space:]]*=[[:space:]]*{\{0,1\}[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$1" | head -n 1; }
# A user's password.
conf_password() { sed -n "s/^user[[:space:]]*\"$2\".*password[[:space:]]*=[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$1" | head -n 1; }

# The names of the users.
conf_users() { sed -n 's/^user[[:space:]]*"\([^"]*\)".*password.*/\1/p' "$1"; }
# A user's number.
conf_number() { sed -n "s/^user[[:space:]]*\"$2\".*number[[:space:]]*=[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$1"; }

# Reads what this script needs back from conf $1; it may have been edited.
read_conf() {
	run_dir=$(conf_string "$1" run-dir)
	api_url=$(conf_string "$1" public-url)
	api_key=$(conf_string "$1" api-keys)
	[ -n "$run_dir" ] || die "$1 has no run-dir that this script can read"
	[ -n "$api_url" ] || die "$1 has no public-url that this script can read"
	sip_addresses=$(sed 's/#.*//' "$1" | grep -oE '"(udp|tcp|tls):[^"]*"' | tr -d '"' || true)
	http_addresses=$(sed 's/#.*//' "$1" | sed -n 's/.*listen *= *{\([^}]*\)}.*/\1/p' | grep -oE '"https?://[^"]*"' | tr -d '"/' || true)
	sip_server=$(printf '%s\n' "$sip_addresses" | sed -n 's/^udp://p' | head -n 1)
}

# The pid and name of the process that has socket inode $1, if we may know it.
socket_owner() {
	local fd pid
	fd=$(find /proc/[0-9]*/fd -maxdepth 1 -lname "socket:\[$1\]" 2>/dev/null | head -n 1 || true)
	[ -n "$fd" ] || return 0
	pid=${fd#/proc/}
	pid=${pid%%/*}
	printf ' by %s (pid %s)' "$(cat "/proc/$pid/comm" 2>/dev/null)" "$pid"
}

# The inode of the socket that has address $2 (a number, IPv6 in brackets), port $3 of table $1 (udp or tcp), or all addresses of it.
socket_at() {
	local table=$1 host=$2 port state=0A wanted
	port=$(printf '%04X' "$3")
	[ "$table" = tcp ] || state=07
	case $host in
	0.0.0.0 | *:*) wanted=any ;;
	*) # shellcheck disable=SC2046 # four numbers
		wanted=$(printf '%02X' $(printf '%s\n' "$host" | tr . '\n' | tac)) ;;
	esac
	cat "/proc/net/$table" "/proc/net/${table}6" 2>/dev/null |
		awk -v wanted="$wanted" -v port="$port" -v state="$state" '
			$4 == state && split($2, local, ":") == 2 && local[2] == port &&
			(wanted == "any" || local[1] == wanted || local[1] ~ /^0+$/) { print $10; exit }'
}

# Whether nobody has the ports of the conf; says which ones are taken, and by whom.
ports_are_free() {
	local entry table rest port inode taken=0
	for entry in $sip_addresses $http_addresses; do
		table=tcp
		[ "${entry%%:*}" != udp ] || table=udp
		port=${entry##*:}
		rest=${entry#*:}
		inode=$(socket_at "$table" "${rest%:*}" "$port")
		[ -n "$inode" ] || continue
		say "Port $port ($table) is in use$(socket_owner "$inode")." >&2
		taken=1
	done
	[ "$taken" = 0 ] && return 0
	say "Nothing was started. End that program, or give other ports in $conf (or remove that file and use --sip-port, --http-port)." >&2
	return 1
}

# A curl line that calls $1, is heard and recorded.
curl_line() {
	cat <<END
  curl -H 'X-API-Key: $api_key' -H 'Content-Type: application/json' $api_url/v1/voice/calls \\
    -d '{"to":"$1","from":"+15550009000","record":true,"script":"<Response><Say>Hello from Offhook.</Say><Pause length=\\"5\\"/></Response>"}'
END
}

print_summary() {
	local user script_try phone=${phones[0]:-}
	cat <<END

Offhook runs.

  SIP server   $sip_server (UDP and TCP)
  Phone accounts            password            number
END
	for user in $(conf_users "$conf"); do
		printf '    %-24s%-20s%s\n' "$user" "$(conf_password "$conf" "$user")" "$(conf_number "$conf" "$user")"
	done
	cat <<END
  Numbers      +15550009003 is a conference, +15550009004 echoes, +15550009005 records, +15550009000 asks a script of yours
               With +999 before one of them a program calls it as somebody outside would
               +1555019XXXX are for tests: 0000 speaks, 0001 is busy, 0002 never answers, 0003 echoes …: doc/testing.md
  Console      $api_url/console (log in with the API key)
  Words that are new to you: doc/glossary.md

Try this:

1. A call, with no phone at hand: the far end answers and speaks, and both are recorded.

$(curl_line +15550190000)

END
	if [ -n "$phone" ]; then
		printf '2. Call the phone of %s, which answers and speaks (or dial %s from another phone):\n\n' "$phone" "$(conf_number "$conf" "$phone")"
		curl_line "$(conf_number "$conf" "$phone")"
	else
		cat <<END
2. A phone: set up any softphone with the server, a user and password of above. In a terminal, and without a sound card: start this again as
   contrib/run --phone alice. Then call it:

$(curl_line +15550001001)
END
	fi
	# a conf of an older contrib/run has no way back to itself
	if grep -q '^trunk "loop"' "$conf"; then
		script_try="it called by one that presses 1:

  curl -H 'X-API-Key: $api_key' -H 'Content-Type: application/json' $api_url/v1/voice/calls \\
    -d '{\"to\":\"+99915550009000\",\"from\":\"+15550001001\",\"script\":\"<Response><Pause length=\\\"2\\\"/><Play digits=\\\"1\\\"/><Pause length=\\\"9\\\"/></Response>\"}"
	else
		script_try="it spoken to somebody who presses 1234#:

  curl -H 'X-API-Key: $api_key' -H 'Content-Type: application/json' $api_url/v1/voice/calls \\
    -d '{\"to\":\"+15550190005\",\"from\":\"+15550009000\",\"url\":\"http://127.0.0.1:9000/\"}"
	fi
	cat <<END

3. A script of your own: start one of examples/ in another terminal, "node examples/ivr.mjs" or "python3 examples/ivr.py", and dial +15550009000; or,
   with no phone at hand, have $script_try'

What became of them:

  curl -H 'X-API-Key: $api_key' $api_url/v1/voice/calls
  $build/bin/offhookctl -c $conf status

  HTTP API     $api_url
  API key      $api_key

END
}
