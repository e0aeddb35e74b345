#!/bin/sh
# format.sh - every C file is as clang-format 14 leaves it
cf=
for c in clang-format-14 clang-format; do
	if command -v $c >/dev/null && $c --version | grep -q ' version 14\.'; then
		cf=$c
		break
	fi
done
if [ -z "$cf" ]; then
	echo "clang-format 14 is not installed (other versions format differently)"
	exit 77
fi
status=0
for f in libocispec/*.[ch] src/*/*.[ch] tests/*/*.[ch]; do
	[ -e "$f" ] || continue
	if ! $cf --style=file "$f" | cmp -s - "$f"; then
		echo "$f: $($cf --style=file "$f" | diff "$f" - | grep -c '^[<>]') lines differ"
		status=1
	fi
done
[ $status = 0 ] || echo "$cf -i FILE makes it right"
exit $status
