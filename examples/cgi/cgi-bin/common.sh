# What the examples in plain CGI share: parameters of a request, and answers. Sourced by bash.

[ "$REQUEST_METHOD" != POST ] || body=$(head -c "${CONTENT_LENGTH:-0}")

# The value of a parameter, from the query or the body; what would be markup is left out.
parameter() {
	printf '%s\n' "$QUERY_STRING&$body" | tr '&' '\n' | sed -n "s/^$1=//p" | head -n 1 | sed 's/+/ /g; s/%\(..\)/\\x\1/g' |
		while IFS= read -r text; do printf '%b' "$text"; done | tr -d '<>&"'
}

respond() {
	printf 'Content-Type: text/xml\r\n\r\n<?xml version="1.0" encoding="UTF-8"?>\n<Response>%s</Response>' "$*"
}
