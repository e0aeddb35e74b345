#!/bin/sh
# shell.sh - shellcheck has nothing to say about the scripts
if ! command -v shellcheck >/dev/null; then
	echo "shellcheck is not installed"
	exit 77
fi
# SC1091: follows sourced files. SC2016: jq and awk programs are in single quotes on purpose.
# SC2010, SC2012, SC2046: names of files here have no blanks. SC2119, SC2120: arguments that may be left out.
scripts=$(grep -lE '^#!/bin/(ba)?sh' contrib/* .ci/run tests/run tests/*/* 2>/dev/null)
# shellcheck disable=SC2086
shellcheck -S warning -e SC1091,SC2016,SC2010,SC2012,SC2034,SC2046,SC2119,SC2120 $scripts contrib/common.sh tests/lib/hull.bash
