# SPDX-License-Identifier: Apache-2.0
# The tests of cgroup.bats on other hosts than this one: cgroup v1 alone, where the unified hierarchy is
# taken away; a pure cgroup v2 host and a v1 host with systemd, which are virtual machines.
#
# HULL_VM names a program that runs a command in a fresh guest: $HULL_VM run --share DIR:DST:ro
# --timeout SECONDS -- COMMAND. The guest has bats, jq and a static busybox, and no compiler.
# HULL_VM_V1, if set, runs one with `--append KERNEL-ARGUMENTS' whose systemd still knows v1.
load ../lib/hull

export BATS_TEST_TIMEOUT=1800

# What the tests would compile, and a compiler that hands it out.
share_tests() {
	mkdir "$T/share"
	cp -r "$HULL_TOP/tests" "$HULL" "$T/share/"
	${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O1 -static -s "$HULL_TOP/tests/live/probe.c" \
		-o "$T/share/probe"
	printf '%s\n' '#!/bin/sh' 'while [ $# -gt 1 ]; do [ "$1" != -o ] || out=$2; shift; done' \
		'exec cp /hull/probe "$out"' >"$T/share/cc"
	chmod +x "$T/share/cc"
}

guest() { # VM [OPTION...] -- COMMAND
	local vm=$1
	shift
	"$vm" run --share "$T/share:/hull:ro" --timeout 900 --env CC=/hull/cc --env HULL=/hull/hull \
		--env HULL_TOP=/hull --env BATS_TEST_TIMEOUT=300 "$@"
}

# TAP of a whole file, in $output: nothing may be `not ok', and all has to be there.
expect_all_ok() {
	show
	expect_status 0
	expect_no_line '^not ok'
	expect_line '^ok 1 '
	[ "$(grep -c '^ok' <<<"$output")" = "$(sed -n 's/^1\.\.//p' <<<"$output")" ]
}

all_of() { # VM FILE [OPTION...]
	share_tests
	run --separate-stderr guest "$1" "${@:3}" -- \
		"/hull/tests/lib/alone bats --tap /hull/tests/live/$2"
	expect_all_ok
}

@test "cgroup v1 alone: every test of cgroup.bats" {
	[ -e /sys/fs/cgroup/unified/cgroup.procs ] || skip "this host isn't hybrid"
	# none of our bats' variables is good for another, nor are its programs
	local path
	path=$(tr : '\n' <<<"$PATH" | grep -v libexec | paste -sd :)
	run --separate-stderr env -i PATH="$path" HOME="$T" HULL="$HULL" HULL_TOP="$HULL_TOP" \
		CC="${CC:-cc}" BATS_TEST_TIMEOUT=60 unshare --mount sh -ec 'umount /sys/fs/cgroup/unified; exec bats --tap "$@"' - \
		"$HULL_TOP/tests/live/cgroup.bats"
	expect_all_ok
}

@test "cgroup v1 with systemd: every test of cgroup.bats" {
	[ -x "${HULL_VM_V1:-}" ] || skip "there is no virtual machine: HULL_VM_V1 isn't set"
	all_of "$HULL_VM_V1" cgroup.bats --append \
		'systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller'
}

@test "cgroup v2: every test of cgroup.bats" {
	[ -x "${HULL_VM:-}" ] || skip "there is no virtual machine: HULL_VM isn't set"
	all_of "$HULL_VM" cgroup.bats
}

@test "cgroup v2: the life of a container" {
	[ -x "${HULL_VM:-}" ] || skip "there is no virtual machine: HULL_VM isn't set"
	all_of "$HULL_VM" lifecycle.bats
}
