# Makes the list of options of offhook.conf(5) from conf/offhook.conf, so that there is one text of each: a block of the sample is comments ("# …") and the
# options that they explain ("#name = value"), with a blank line behind; sections stand around them.

function escaped(text) {
	gsub(/\\/, "\\e", text)
	gsub(/"/, "\\(dq", text)
	if (text ~ /^[.']/)
		text = "\\\\&" text
	return text
}

function flush(  i) {
	if (options) {
		if (!listed)
			print ".Bl -tag -width Ds"
		listed = 1
		for (i = 1; i <= options; i++)
			print ".It Li \"" escaped(option[i]) "\""
	} else if (titled && comments) {
		leave()
		print ".Pp"
	}
	if (options || titled)
		for (i = 1; i <= comments; i++)
			print escaped(comment[i])
	comments = options = 0
}

function leave() {
	if (listed)
		print ".El"
	listed = 0
}

{
	line = $0
	sub(/^[ \t]+/, "", line)
}
line == "" { flush(); next }
# a section's beginning, explained by the comments before it
line ~ /^#?[a-z0-9-]+( "[^"]*")? \{$/ {
	leave()
	sub(/^#/, "", line)
	sub(/ \{$/, "", line)
	if (depth++) {
		outer = name
		name = name " { " line " { } }"
	} else {
		name = line
	}
	print ".Ss " escaped(name) (depth == 1 ? " { }" : "")
	titled = 1
	for (i = 1; i <= comments; i++)
		print escaped(comment[i])
	comments = 0
	next
}
line ~ /^#?\}$/ {
	flush()
	leave()
	if (--depth)
		name = outer
	next
}
# (within a section that is a comment itself there is a tab)
line ~ /^#\t?[a-z0-9-]+ = / {
	sub(/^#\t?/, "", line)
	option[++options] = line
	next
}
line ~ /^# / || line == "#" {
	sub(/^# ?/, "", line)
	comment[++comments] = line
	next
}
END { flush(); leave() }
