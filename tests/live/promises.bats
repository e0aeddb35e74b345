# SPDX-License-Identifier: Apache-2.0
# What SECURITY.md promises and no other test looks at.
load ../lib/hull

setup() {
	hull_setup
	make_bundle
}

# SEAL, SHRINK, GROW and WRITE (fcntl(2), F_GET_SEALS), of the file that a process executes.
seals() { # PID
	python3 -c 'import fcntl, sys; print(fcntl.fcntl(open(sys.argv[1], "rb"), 1034))' "/proc/$1/exe"
}

@test "hull-init: what waits inside for start is a sealed copy, and another for each container" {
	local pid first other
	program /bin/true
	create_it
	pid=$(pid_of)
	[ "$(readlink "/proc/$pid/exe")" = '/memfd:hull-init (deleted)' ] || fail "$(readlink "/proc/$pid/exe")"
	[ "$(seals "$pid")" = 15 ] || fail "seals: $(seals "$pid")"
	first=$(stat -L -c %i "/proc/$pid/exe")
	hull create --bundle "$BUNDLE" "$ID-other" </dev/null >/dev/null
	other=$(stat -L -c %i "/proc/$(pid_of "$ID-other")/exe")
	[ "$first" != "$other" ] || fail "both execute inode $first"
}

# The program asks the kernel to execute what executes it (CVE-2019-5736).
@test "/proc/self/exe as the program is the stub alone, which does nothing by itself" {
	local before out rc=0
	before=$(sha256sum <"$HULL")
	config '.root.readonly = false'
	program /proc/self/exe run --bundle / x
	out=$(hull run --bundle "$BUNDLE" "$ID" </dev/null 2>&1) || rc=$?
	[ "$rc $out" = "127 " ] || fail "status $rc: $out"
	program /bin/sleep 1000
	start_it
	rc=0
	out=$(hull exec "$ID" /proc/self/exe </dev/null 2>&1) || rc=$?
	[ "$rc $out" = "127 " ] || fail "exec: status $rc: $out"
	[ "$(sha256sum <"$HULL")" = "$before" ] || fail "hull was written to"
}

@test "the filter of hull spec keeps an almighty program from the mount API, keys, bpf and the like" {
	[ "$(uname -m)" = x86_64 ] || skip "the numbers are those of x86_64"
	local calls
	${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O1 -static -no-pie "$HULL_TOP/tests/seccomp/call.c" \
		-o "$ROOTFS/bin/call"
	# fsopen, mount_setattr, open_tree, keyctl, add_key, bpf, userfaultfd, io_uring_setup
	calls='430 tmpfs 0 -- 442 -1 "" 0 "" 0 -- 428 -1 / 0 -- 250 0 -3 0 -- 248 user d "" 0 -3'
	calls+=' -- 321 99 "" 0 -- 323 1 -- 425 1 ""'
	config '.process.capabilities = ({"bounding": ["CAP_SYS_ADMIN", "CAP_BPF"]}
		| .effective = .bounding | .permitted = .bounding)'
	script "call $calls"
	run_ok
	[ "$output" = "$(yes '! 1' | head -n 8)" ] || { show; fail "not all of them were denied"; }
	# Without the filter it is not its capabilities that keep it from them.
	config 'del(.linux.seccomp)'
	run_it
	expect_no_line '^! 1$'
}
