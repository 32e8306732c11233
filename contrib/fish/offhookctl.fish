# fish completion for offhookctl: commands as offhookctl help has them, options, files, and what the switch knows.

# -c FILE or -s SOCKET, as they stand in the line.
function __offhookctl_socket
    set -l given
    for word in (commandline -opc)
        if set -q given[1]
            printf '%s\n' $given $word
            set -e given
        else if contains -- $word -c --conf
            set given -c
        else if contains -- $word -s --socket
            set given -s
        end
    end
end

# The command, and the words behind it that are no options.
function __offhookctl_words
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word -c --conf -s --socket --wait --from --timeout --since --user --trunk --number --limit --keys --callees --to --dialect --url --given --seconds
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

# Whether the word under the cursor is number $argv[1] behind one of these commands; 0 is any.
function __offhookctl_at
    set -l words (__offhookctl_words)
    test (count $words) -gt 0; and contains -- $words[1] $argv[2..-1]; or return 1
    test $argv[1] = 0; or test (count $words) = $argv[1]
end

function __offhookctl_no_command
    test (count (__offhookctl_words)) = 0
end

# Values of a member in what the switch lists.
function __offhookctl_ask
    set -l program (commandline -opc)[1]
    $program (__offhookctl_socket) --json $argv[2..-1] 2>/dev/null | string match -rg '^      "'$argv[1]'": "([^"\\\\]*)",?$'
end

# Commands with what they are for.
function __offhookctl_commands
    set -l program (commandline -opc)[1]
    for line in ($program help 2>/dev/null | string match -r '^  [a-z].*' | string trim)
        set -l parts (string split -m 1 '  ' -- $line)
        for name in (string split ', ' -- $parts[1])
            echo (string split ' ' -- $name)[1]\t(string trim -- "$parts[2]")
        end
    end
end

complete -c offhookctl -f
complete -c offhookctl -s c -l conf -r -F -d 'the switch that this conf describes'
complete -c offhookctl -s s -l socket -r -F -d 'the switch at this control socket'
complete -c offhookctl -l json -d 'JSON instead of tables'
complete -c offhookctl -l wait -x -d 'seconds to wait for a switch that is starting'
complete -c offhookctl -s h -l help -d 'all commands'
complete -c offhookctl -n __offhookctl_no_command -a '(__offhookctl_commands)'
complete -c offhookctl -n '__offhookctl_at 1 help' -a '(__offhookctl_commands)'
complete -c offhookctl -n '__offhookctl_at 1 call pcap trace hangup transfer mute unmute record digits' -a '(__offhookctl_ask id calls)'
complete -c offhookctl -n '__offhookctl_at 2 record' -a 'stop pause resume'
complete -c offhookctl -n '__offhookctl_at 1 originate; or __offhookctl_at 2 transfer' -a '(__offhookctl_ask name users)'
complete -c offhookctl -n '__offhookctl_at 1 conference' -a '(__offhookctl_ask name conferences)'
complete -c offhookctl -n '__offhookctl_at 2 rate' -a '(__offhookctl_ask name accounts)'
complete -c offhookctl -n '__offhookctl_at 1 registrations' -a remove
complete -c offhookctl -n '__offhookctl_at 2 registrations' -a '(__offhookctl_ask user registrations)'
complete -c offhookctl -n '__offhookctl_at 1 users' -a 'add remove'
complete -c offhookctl -n '__offhookctl_at 2 users' -a '(__offhookctl_ask name users)'
complete -c offhookctl -n '__offhookctl_at 0 users' -l number -x -d 'its number'
complete -c offhookctl -n '__offhookctl_at 1 bans' -a lift
complete -c offhookctl -n '__offhookctl_at 2 bans' -a '(__offhookctl_ask address bans)'
complete -c offhookctl -n '__offhookctl_at 1 script' -a 'check run'
complete -c offhookctl -n '__offhookctl_at 2 script; or __offhookctl_at 1 amd' -F
complete -c offhookctl -n '__offhookctl_at 0 calls hangup trace' -l user -x -a '(__offhookctl_ask name users)' -d 'of this user'
complete -c offhookctl -n '__offhookctl_at 0 calls hangup trace' -l trunk -x -a '(__offhookctl_ask name trunks)' -d 'of this trunk'
complete -c offhookctl -n '__offhookctl_at 0 calls hangup trace' -l number -x -d 'from or to this number'
complete -c offhookctl -n '__offhookctl_at 0 calls' -l ended -d 'those that are over'
complete -c offhookctl -n '__offhookctl_at 0 calls' -l failed -d 'those that nobody answered'
complete -c offhookctl -n '__offhookctl_at 0 calls' -l limit -x -d 'at most so many'
complete -c offhookctl -n '__offhookctl_at 0 hangup' -l all -d 'all calls'
complete -c offhookctl -n '__offhookctl_at 0 trace' -s f -l follow -d 'as they come'
complete -c offhookctl -n '__offhookctl_at 0 events' -l since -x -d 'from this event on'
complete -c offhookctl -n '__offhookctl_at 0 shutdown' -l drain -d 'when the last call has ended'
complete -c offhookctl -n '__offhookctl_at 0 originate' -l record -d 'record it'
complete -c offhookctl -n '__offhookctl_at 0 originate shutdown' -l follow -d 'stay to its end'
complete -c offhookctl -n '__offhookctl_at 0 originate' -l play -r -F -d 'play files'
complete -c offhookctl -n '__offhookctl_at 0 originate script' -l from -x -d 'who calls'
complete -c offhookctl -n '__offhookctl_at 0 originate transfer shutdown' -l timeout -x -d 'seconds at most'
for option in keys callees to url seconds
    complete -c offhookctl -n '__offhookctl_at 0 script' -l $option -x
end
complete -c offhookctl -n '__offhookctl_at 0 script' -l dialect -x -a 'telefonie twilio signalwire vonage'
complete -c offhookctl -n '__offhookctl_at 0 script' -l given -r -F -d 'URL=FILE: the document of a URL'
complete -c offhookctl -n '__offhookctl_at 0 script' -l no-fetch -d 'fetch nothing'
