#!/bin/sh
# words.sh - no goto, no cleanup attribute outside cleanup.h, no typedef for a struct, no utils
status=0
code=$(awk -f tests/lint/code.awk libocispec/*.[ch] src/*/*.[ch])
complain() { # sentence, lines
	[ -n "$2" ] || return 0
	echo "$1:"
	printf '%s\n' "$2"
	status=1
}
complain "goto" "$(printf '%s\n' "$code" | grep -E '[^A-Za-z0-9_]goto [a-z_]+;')"
complain "__attribute__((cleanup))" "$(printf '%s\n' "$code" |
	grep -E '__cleanup__|\( *cleanup *\(' | grep -v '^src/base/cleanup.h:')"
complain "typedef struct" "$(printf '%s\n' "$code" | grep -E 'typedef +(struct|union|enum)')"
complain "a file called utils" "$(find src libocispec -name '*util*')"
exit $status
