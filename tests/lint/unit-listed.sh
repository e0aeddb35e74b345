#!/bin/sh
# unit-listed.sh - every unit test is built, every folder of tests and every document is shipped
status=0
lists=$(cat Makefile.am ./*/Makemodule.am)
for f in tests/unit/test-*.c; do
	printf '%s\n' "$lists" | grep -q "${f%.c}\( \|\$\)" || { echo "$f is not built" && status=1; }
done
# What is no program's source is not shipped by itself.
for f in tests/unit/*; do
	case $f in
	*.c) continue ;;
	esac
	printf '%s\n' "$lists" | grep -qE "(^|[[:blank:]])$f([[:blank:]]|\$)" || { echo "$f would not be in a release" && status=1; }
done
for f in tests/*/ ./*.md LICENSE contrib/*; do
	f=${f%/}
	f=${f#./}
	case $f in contrib/Makemodule.am) continue ;; esac
	[ -e "$f" ] || continue
	printf '%s\n' "$lists" | grep -qE "(^|[[:blank:]])$f([/[:blank:]]|\$)" || {
		echo "$f would not be in a release"
		status=1
	}
done
exit $status
