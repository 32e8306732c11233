# contrib/run --demo: a phone of our own (baresip) registers, answers a call placed through the API, speaks and hangs up. Sourced by
# contrib/run.

# The value of string member $1 in the JSON on stdin; the first one of that name.
json_string() { grep -oE "\"$1\": *\"[^\"]*\"" | head -n 1 | sed 's/^[^:]*: *"\(.*\)"$/\1/' | sed 's#\\/#/#g'; }
json_number() { grep -oE "\"$1\": *-?[0-9]+" | head -n 1 | sed 's/^[^:]*: *//'; }

# Reads events until one matches the extended regular expression $1, for at most $2 seconds; it is left in $event.
await_event() {
	local deadline=$((SECONDS + $2))
	while [ "$SECONDS" -lt "$deadline" ]; do
		IFS= read -r -t 1 event <&"$events_fd" || { [ $? -gt 128 ] && continue || return 1; }
		[[ $event =~ $1 ]] && return 0
	done
	return 1
}

# The loudest sample in WAV $1, of 32767.
loudest_sample() {
	tail -c +45 "$1" | od -An -v -w2 -td2 | awk '{ v = $1 < 0 ? -$1 : $1 } v > max { max = v } END { print max + 0 }'
}

# Checks and shows the recording of call $1.
show_recording() {
	local json= url wav=$var/demo.wav ms loudest i
	for ((i = 0; i < 100; i++)); do # the file is complete a moment after the call
		json=$(curl -fsS -m 5 -H "X-API-Key: $api_key" "$api_url/v1/voice/calls/$1")
		url=$(json_string recording_url <<<"$json") || true
		[ -z "$url" ] || break
		sleep 0.1
	done
	[ -n "$url" ] || { say "The call has no recording_url: $json" >&2; return 1; }
	curl -fsS -m 10 -H "X-API-Key: $api_key" -o "$wav" "$url" || return 1
	# 8 kHz, 16 bits, one channel
	ms=$((($(stat -c %s "$wav") - 44) / 16))
	loudest=$(loudest_sample "$wav")
	say "  recording  $url"
	say "             fetched as $wav: $((ms / 1000)).$(printf '%03d' $((ms % 1000))) s, loudest sample $loudest of 32767"
	[ "$ms" -ge 5000 ] || { say "The recording is too short." >&2; return 1; }
	[ "$loudest" -ge 2000 ] || { say "There is no sound in the recording." >&2; return 1; }
}

# Places the call and follows it. Returns 0 when everything was as it should be.
run_demo() {
	local script body reply id status states= time
	exec {events_fd}< <(exec "$build/bin/offhookctl" -s "$run_dir/control.sock" --json events 2>&1)
	demo_pids+=($!)
	await_event '"events.snapshot"' 10 || { say "offhookctl events does not answer: ${event:-}" >&2; return 1; }
	start_phone demo
	await_event '"registration.changed".*"user": ?"demo"' 15 || {
		say "The demo's phone did not register; its log is $var/demo-phone/baresip.log" >&2
		return 1
	}
	say "Demo: a phone of its own (baresip, user demo) is registered. Calling it through the API:"
	script='<Response><Say>Hello. This is Offhook. You are being recorded.</Say><Pause length=\"30\"/></Response>'
	body='{"to":"+15550001099","from":"+15550009000","record":true,"script":"'$script'"}'
	say ""
	say "  curl -H 'X-API-Key: $api_key' -H 'Content-Type: application/json' $api_url/v1/voice/calls \\"
	say "    -d '$body'"
	say ""
	reply=$(curl -sS -m 10 -H "X-API-Key: $api_key" -H 'Content-Type: application/json' -d "$body" "$api_url/v1/voice/calls")
	id=$(json_string id <<<"$reply") || true
	[ -n "$id" ] || { say "The API refused the call: $reply" >&2; return 1; }
	say "  call       $id"
	while await_event "\"call.state\".*\"id\": ?\"$id\"" 60; do
		status=$(json_string status <<<"$event")
		time=$(json_number time <<<"$event")
		say "  $(printf '%(%H:%M:%S)T' $((time / 1000))).$(printf '%03d' $((time % 1000)))  $status"
		states+="$status "
		case $status in queued | ringing | in-progress) ;; *) break ;; esac
	done
	show_recording "$id" || return 1
	say ""
	case $states in
	"queued ringing in-progress completed " | "queued in-progress completed ") return 0 ;;
	esac
	say "The states were not as they should be: $states" >&2
	return 1
}
