#!/bin/sh
# machine.sh - no path or host name of a developer's machine in any file
# What git tracks; in an unpacked release, all that was shipped.
if git rev-parse --git-dir >/dev/null 2>&1; then
	list() { git ls-files -z --cached; }
else
	list() { find . \( -path ./build -o -name _build -o -name _inst \) -prune -o -type f -print0; }
fi
list | xargs -0 grep -nIE '(^|[^A-Za-z0-9_./-])/(work|mnt/sandboxing|root/\.|home/[a-z]+/(src|git|work))(/|[^A-Za-z]|$)' -- |
	grep -v '^\(./\)*tests/lint/machine\.sh:' && exit 1
exit 0
