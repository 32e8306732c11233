# The conf that contrib/run makes, what it reads back from it, the check of its ports, and what it prints. Sourced by contrib/run.

# $1 random bytes in hex.
random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# Writes a new conf with random keys and passwords to $1, readable by its owner alone.
write_conf() {
	local sid
	sid=$(cat /proc/sys/kernel/random/uuid)
	(
		umask 077
		cat >"$1.new" <<END
# Made by contrib/run, and kept by it: yours to edit. Every option is explained in conf/offhook.conf.
state-dir = "$var/state"
run-dir   = "$var/run"
log { level = "info" }

sip { listen = {"udp:127.0.0.1:$sip_port", "tcp:127.0.0.1:$sip_port"}   domain = "127.0.0.1" }
rtp { address = "127.0.0.1"   ports = "16384-32767" }
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

# Numbers that a phone can dial.
number "+15550009000" { voice-url = "http://127.0.0.1:9000/voice" }   # a script of yours decides
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

print_summary() {
	local user
	cat <<END

Offhook runs.

  HTTP API     $api_url
  API key      $api_key
  SIP server   $sip_server (UDP and TCP)

  Phone accounts            password            number
END
	for user in alice bob demo; do
		printf '    %-24s%-20s%s\n' "$user" "$(conf_password "$conf" $user)" \
			"$(sed -n "s/^user[[:space:]]*\"$user\".*number[[:space:]]*=[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$conf")"
	done
	cat <<END
  Numbers      +15550009003 is a conference, +15550009004 echoes, +15550009005 records, +15550009000 asks a script of yours

A phone, in another terminal (or set up any softphone with the same server, user and password):

  mkdir -p ~/offhook-phone && cd ~/offhook-phone &&
    echo '<sip:alice@$sip_server>;auth_pass=$(conf_password "$conf" alice)' > accounts && baresip -f .

Ring it, speak to it and record it:

  curl -H 'X-API-Key: $api_key' -H 'Content-Type: application/json' $api_url/v1/voice/calls \\
    -d '{"to":"+15550001001","from":"+15550009000","record":true,"script":"<Response><Say>Hello from Offhook.</Say><Pause length=\\"5\\"/></Response>"}'

Look at it:

  curl -H 'X-API-Key: $api_key' $api_url/v1/voice/calls
  $build/bin/offhookctl -c $conf status

END
}
