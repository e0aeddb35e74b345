#!/bin/sh
# run.sh - plans for hosts that are not here, compared with what they were (TAP)
#
#	run.sh [--update] [NAME]...
#
# NAME.json is a config.json; its annotation "words" is what tests/unit/plan-tool is told about
# the host and the command, one plan a word list, `;` between them. NAME.plan is what came out last
# time that somebody looked: --update writes it anew, and then `git diff` is to be read.
set -u
here=$(cd "$(dirname "$0")" && pwd -P)
tool=${PLAN_TOOL:-${HULL_BUILD:-$here/../../build}/tests/unit/plan-tool}
update=
if [ "${1-}" = --update ]; then
	update=1
	shift
fi
cd "$here" || exit 1
if [ $# = 0 ]; then
	set -- *.json
fi

# Compiled programs have tests of their own, and libseccomp's differ from one version to the next:
# what counts here is that there is one.
plans() { # NAME
	sed -n 's/^ *"words": *"\([^"]*\)".*/\1/p' "$1.json" | tr ';' '\n' | while read -r words; do
		echo "# $words"
		# shellcheck disable=SC2086 # a list of words
		"$tool" "$1.json" $words 2>&1 || echo "plan-tool ended with $?"
	done | sed 's/^\(seccomp\|device-program\) [0-9]* instructions, sum .*/\1/'
}

[ -x "$tool" ] || { echo "Bail out! $tool is not built" && exit 1; }
n=0 status=0
echo "1..$#"
for name; do
	name=${name%.json}
	n=$((n + 1))
	out=$(plans "$name")
	if [ -z "$out" ]; then
		echo "not ok $n - $name: no plan at all"
		status=1
	elif [ -n "$update" ]; then
		printf '%s\n' "$out" >"$name.plan"
		echo "ok $n - $name # SKIP written anew"
	elif diff=$(printf '%s\n' "$out" | diff -u "$name.plan" - 2>&1); then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		printf '%s\n' "$diff" | sed 's/^/# /'
		status=1
	fi
done
exit $status
