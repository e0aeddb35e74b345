# SPDX-License-Identifier: Apache-2.0
# The cgroup tests on a pure cgroup v2 host: a virtual machine.
#
# HULL_VM names a program that runs a command in a fresh guest: $HULL_VM run --share DIR:DST:ro
# --timeout SECONDS -- COMMAND. The guest has bats, jq and a static busybox, and no compiler.
load ../lib/hull

export BATS_TEST_TIMEOUT=1800

setup() {
	[ -x "${HULL_VM:-}" ] || skip "there is no virtual machine: HULL_VM isn't set"
	hull_setup
	# What the tests would compile, and a compiler that hands it out.
	mkdir "$T/share"
	cp -r "$HULL_TOP/tests" "$HULL" "$T/share/"
	${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O1 -static -s "$HULL_TOP/tests/live/probe.c" \
		-o "$T/share/probe"
	printf '%s\n' '#!/bin/sh' 'while [ $# -gt 1 ]; do [ "$1" != -o ] || out=$2; shift; done' \
		'exec cp /hull/probe "$out"' >"$T/share/cc"
	chmod +x "$T/share/cc"
}

guest() { # [OPTION...] -- COMMAND
	"$HULL_VM" run --share "$T/share:/hull:ro" --timeout 900 --env CC=/hull/cc --env HULL=/hull/hull \
		--env HULL_TOP=/hull --env BATS_TEST_TIMEOUT=300 "$@"
}

# All of a file's tests in one guest: TAP inside, of which nothing may be `not ok'.
all_of() { # FILE
	run --separate-stderr guest -- "/hull/tests/lib/alone bats --tap /hull/tests/live/$1"
	show
	expect_no_line '^not ok'
	expect_line '^ok 1 '
	[ "$(grep -c '^ok' <<<"$output")" = "$(sed -n 's/^1\.\.//p' <<<"$output")" ]
	expect_status 0
}

@test "cgroup v2: every test of cgroup.bats" {
	all_of cgroup.bats
}

@test "cgroup v2: the life of a container" {
	all_of lifecycle.bats
}
