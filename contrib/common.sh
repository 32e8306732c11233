# Shared by contrib/run and contrib/check: packages and the build. Sourced by bash, with $top set to the source tree.

say() { printf '%s\n' "$*"; }
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Runs a command as root.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# Runs a command; with $quiet_log set to a file, what it prints goes there, and is shown only when the command fails.
logged() {
	local from
	[ -n "${quiet_log:-}" ] || { "$@"; return; }
	from=$(($(stat -c %s "$quiet_log" 2>/dev/null || echo 0) + 1))
	"$@" >>"$quiet_log" 2>&1 && return 0
	tail -c "+$from" "$quiet_log" | tail -n 40 >&2
	return 1
}

# Prints the packages of the named groups of contrib/packages that are not installed.
missing_packages() {
	local wanted
	wanted=$(awk -v groups=" $* " '$1 !~ /^#/ && NF >= 2 && index(groups, " " $1 " ") { print $2 }' "$top/contrib/packages" |
		sort -u)
	# shellcheck disable=SC2086 # a list of package names
	{ dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null || true; } |
		awk '$2 == "installed" { print $1 }' | sort -u | comm -23 <(printf '%s\n' $wanted) -
}

# Installs what is missing of the named groups. Does nothing, and fast, when nothing is.
install_packages() {
	local missing try
	[ -r /etc/debian_version ] || die "this installs packages on Debian 12 only; see contrib/packages for what is needed"
	# derivatives have that file too
	(. /etc/os-release && [ "${ID:-} ${VERSION_ID:-}" = "debian 12" ]) 2>/dev/null ||
		say "This is $(. /etc/os-release 2>/dev/null; echo "${PRETTY_NAME:-not Debian 12}"), not Debian 12: packages may be missing, or too old." >&2
	missing=$(missing_packages "$@" | tr '\n' ' ')
	[ -n "${missing// /}" ] || return 0
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		die "packages are missing, and you are not root and there is no sudo. As root: apt-get install $missing"
	fi
	say "Installing from Debian: $missing"
	for try in 1 2 3; do
		logged as_root apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update && break
		[ "$try" = 3 ] && die "apt-get update failed three times"
		sleep $((try * 3))
	done
	for try in 1 2 3; do
		# shellcheck disable=SC2086 # a list of package names
		logged as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
			-o Dpkg::Use-Pty=0 --no-install-recommends install $missing && return 0
		sleep $((try * 3))
	done
	die "apt-get install failed: $missing"
}

# Configures the build directory if it is not configured this way yet. $1: directory; then configure's arguments, CC=… among them.
configure_build() {
	local dir=$1
	shift
	if [ ! -x "$top/configure" ]; then
		say "Making ./configure"
		mkdir -p "$dir"
		"$top/autogen.sh" >"$dir/autogen.log" 2>&1 || {
			cat "$dir/autogen.log" >&2
			die "autogen.sh failed"
		}
	fi
	if [ -f "$dir/Makefile" ] && [ "$(cat "$dir/.configured-with" 2>/dev/null)" = "$*" ]; then
		return 0
	fi
	say "Configuring in $dir"
	mkdir -p "$dir"
	(cd "$dir" && "$top/configure" --quiet "$@") || die "configure failed; see $dir/config.log"
	printf '%s\n' "$*" >"$dir/.configured-with"
}

# Builds in $1. Quiet unless something is made.
make_build() {
	[ -z "${quiet_log:-}" ] || make --no-print-directory -s -C "$1" -q all >/dev/null 2>&1 || say "Building in $1 (minutes, the first time; $quiet_log has what the compiler says)"
	logged make --no-print-directory -s -C "$1" -j"$(nproc)" || die "the build failed"
}
