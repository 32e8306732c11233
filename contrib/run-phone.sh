# A phone without a sound card (baresip), which answers by itself and speaks. Sourced by contrib/run.

# $1 in $2 bytes, little endian, as printf escapes.
le_bytes() {
	local i value=$1 text=
	for ((i = 0; i < $2; i++)); do
		text+=$(printf '\\x%02x' $((value & 255)))
		value=$((value >> 8))
	done
	printf '%s' "$text"
}

# Writes WAV $1 (8 kHz, mono): four seconds of silence while it listens, what flite says, one second of silence.
write_speech() {
	local speech=$1.speech bytes
	flite -t "Good morning. This is a phone of Offhook. I can hear you well. Good bye." -o "$speech"
	bytes=$(($(stat -c %s "$speech") - 44 + 5 * 16000))
	{
		printf "RIFF$(le_bytes $((bytes + 36)) 4)WAVEfmt $(le_bytes 16 4)$(le_bytes 1 2)$(le_bytes 1 2)"
		printf "$(le_bytes 8000 4)$(le_bytes 16000 4)$(le_bytes 2 2)$(le_bytes 16 2)data$(le_bytes "$bytes" 4)"
		head -c 64000 /dev/zero
		tail -c +45 "$speech"
		head -c 16000 /dev/zero
	} >"$1"
	rm -f "$speech"
}

# Starts a phone for user $1. It asks for a free port by itself. Sets $phone_pid.
start_phone() {
	local dir=$var/$1-phone host=${sip_server%:*} modules
	modules=$(dirname "$(dpkg -L baresip-core | grep '/g711\.so$')")
	mkdir -p "$dir"
	[ -s "$dir/speech.wav" ] || write_speech "$dir/speech.wav"
	cat >"$dir/config" <<-END
		sip_listen $host:0
		rtp_ports 33000-33999
		audio_source aufile,$dir/speech.wav
		audio_alert aufile,$dir/none.wav
		module_path $modules
		module g711.so
		module aufile.so
		module_app account.so
		module_app menu.so
	END
	(umask 077 && printf '<sip:%s@%s>;auth_pass=%s;answermode=auto;regint=300\n' "$1" "$sip_server" \
		"$(conf_password "$conf" "$1")" >"$dir/accounts")
	: >"$dir/contacts"
	baresip -f "$dir" </dev/null >"$dir/baresip.log" 2>&1 &
	phone_pid=$!
	demo_pids+=("$phone_pid")
}

# Whether user $1 has a phone that is registered.
phone_is_registered() {
	"$build/bin/offhookctl" -s "$run_dir/control.sock" --json registrations | grep -q "\"user\": *\"$1\""
}
