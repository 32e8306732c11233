#!/bin/sh
# What is said in a WAV file of 16,000 samples a second, in English, without a network: Debian's packages pocketsphinx and pocketsphinx-en-us.
# Usage: HINTS="sales, support desk" pocketsphinx.sh FILE. It hears nothing but the phrases of HINTS, and without them yes and no; phrases with words
# that are not in its dictionary are left out.
set -eu
model=/usr/share/pocketsphinx/model/en-us
phrases=$(printf '%s\n' "${HINTS:-}" | tr ',A-Z' '\na-z' | tr -cd "a-z' \n" | while read -r phrase; do
	known=$phrase
	for word in $phrase; do
		grep -q "^$word " $model/cmudict-en-us.dict || known=
	done
	[ -z "$known" ] || printf '%s | ' "$known"
done)
[ -n "$phrases" ] || phrases='yes | no | '
grammar=$(mktemp)
trap 'rm -f "$grammar"' EXIT
printf '#JSGF V1.0;\ngrammar hints;\npublic <hint> = %s;\n' "${phrases% | }" > "$grammar"
pocketsphinx_continuous -infile "$1" -jsgf "$grammar" -logfn /dev/null
