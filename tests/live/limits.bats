# What hull itself needs: memory, size, descriptors, limits.
load ../lib/hull

@test "a memory limit of 1 MiB: /bin/true of busybox is started" {
	make_bundle
	config '.linux.resources.memory = {limit: 1048576}'
	program /bin/true
	for i in 1 2 3 4 5; do
		run_ok
	done
	expect_nothing
}

@test "a memory limit of 1 MiB is in force: more than that is killed" {
	make_bundle
	config '.linux.resources.memory = {limit: 1048576, swap: 1048576}'
	program /bin/probe touch 64
	run_it
	expect_status 137
	expect_nothing
}

@test "peak resident size of hull run is below 3 MB" {
	make_bundle
	run --separate-stderr python3 - "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" <<-'X'
	import os, re, subprocess, sys, time
	p = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
	# VmHWM is of the program alone: it begins anew with execve
	peak = 0
	while p.poll() is None:
	    try:
	        with open("/proc/%d/status" % p.pid) as f:
	            text = f.read()
	        if "Name:\thull" in text:
	            found = re.search(r"VmHWM:\s*(\d+) kB", text)
	            peak = max(peak, int(found.group(1)) if found else 0)
	    except OSError:
	        pass
	print(peak)
	sys.exit(p.returncode)
	X
	expect_ok
	[ "$output" -gt 0 ]
	[ "$output" -lt 3000 ] || fail "$output kB"
}

@test "the stripped program is below 1 MB" {
	[ -z "$(nm -D "$HULL" 2>/dev/null | grep -i '__asan_init\|__gcov')" ] || skip "built with sanitizers or coverage"
	strip -o "$T/stripped" "$HULL"
	[ "$(stat -c %s "$T/stripped")" -lt 1000000 ] || fail "$(stat -c %s "$T/stripped") bytes"
}

@test "it works with 32 descriptors, and with a stack of 256 KiB" {
	make_bundle
	config 'del(.process.rlimits)'
	script 'ulimit -n'
	run --separate-stderr bash -c 'ulimit -n 32; ulimit -s 256; exec "$@"' bash "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_ok
	expect_out 32
}

@test "it works when files may have no size" {
	make_bundle
	program /bin/true
	run bash -c 'trap "" XFSZ; ulimit -f 0; "$@" 2>&1 | cat; exit ${PIPESTATUS[0]}' bash \
		"$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	# a state can't be written then: an error, and nothing is left
	[ "$status" = 0 ] || [[ $output == *"File too large"* ]] || { show && false; }
	expect_nothing
}

@test "it is a position-independent program without writable code, with full RELRO" {
	readelf -hW "$HULL" | grep -q 'Type:.*DYN'
	readelf -lW "$HULL" | grep -q GNU_RELRO
	readelf -dW "$HULL" | grep -q 'BIND_NOW\|Flags:.*NOW'
	! readelf -lW "$HULL" | grep -E 'LOAD.* RWE|GNU_STACK.* RWE'
}

@test "it links the C library alone, and no users' database, locale or shell" {
	run -0 readelf -dW "$HULL"
	! grep NEEDED <<<"$output" | grep -v 'libc\.so\|ld-linux\|libseccomp\|libcap\|libyajl'
	! nm -D --undefined-only "$HULL" | grep -E ' (getpwnam|getgrnam|setlocale|system|popen)(@|$)'
}

@test "a hundred containers leave nothing" {
	make_bundle
	program /bin/true
	for i in {1..100}; do
		hull run --bundle "$BUNDLE" "$ID" </dev/null
	done
	expect_nothing
}

@test "ten containers at once" {
	make_bundle
	script 'exit 3'
	pids=()
	for i in {1..10}; do
		hull run --bundle "$BUNDLE" "$ID-$i" </dev/null >"$T/out.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in {1..10}; do
		rc=0
		wait "${pids[i - 1]}" || rc=$?
		[ $rc = 3 ] || { cat "$T/out.$i" && fail "$i: status $rc"; }
	done
	expect_nothing
}

@test "kernels without some system calls: refused in one clear sentence, or done another way" {
	command -v strace >/dev/null || skip "strace is not installed"
	make_bundle
	program /bin/true
	for call in openat2 clone3 close_range pidfd_open memfd_create fsopen open_tree move_mount mount_setattr statx; do
		run --separate-stderr strace -f -qq -o /dev/null -e trace=$call -e inject=$call:error=ENOSYS \
			"$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
		[ "$status" = 0 ] || [ -n "$stderr" ] || { show && fail "$call"; }
		[ "$status" -lt 128 ] || { show && fail "$call"; }
		[ $call != pidfd_open ] || hull delete --force "$ID" # what ends a container takes it too
		expect_nothing
	done
}
