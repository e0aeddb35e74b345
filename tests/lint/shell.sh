#!/bin/sh
# shell.sh - shellcheck has nothing to say about the scripts
if ! command -v shellcheck >/dev/null; then
	echo "shellcheck is not installed"
	exit 77
fi
# SC1091: follows sourced files. SC2016: jq and awk programs are in single quotes on purpose.
shellcheck -S warning -e SC1091,SC2016 contrib/quickstart contrib/common.sh .ci/run tests/run \
	tests/lib/* tests/lint/run tests/lint/*.sh
