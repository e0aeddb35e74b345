# code.awk - C without its comments, string literals and blanks at the ends: FILE:LINE:CODE
FNR == 1 { comment = 0 }
{
	line = $0
	out = ""
	while (line != "") {
		if (comment) {
			i = index(line, "*/")
			if (!i)
				break
			line = substr(line, i + 2)
			comment = 0
			continue
		}
		c = substr(line, 1, 1)
		if (substr(line, 1, 2) == "/*") {
			comment = 1
			line = substr(line, 3)
		} else if (substr(line, 1, 2) == "//") {
			break
		} else if (c == "\"") {
			if (match(line, /^"([^"\\]|\\.)*"/)) {
				# the name in #include "..." is wanted
				out = out (out ~ /^# *include/ ? substr(line, 1, RLENGTH) : "\"\"")
				line = substr(line, RLENGTH + 1)
			} else {
				break
			}
		} else if (c == "'" && match(line, /^'([^'\\]|\\.)[^']*'/)) {
			out = out "' '"
			line = substr(line, RLENGTH + 1)
		} else {
			out = out c
			line = substr(line, 2)
		}
	}
	if (out ~ /[^ \t]/)
		print FILENAME ":" FNR ":" out
}
