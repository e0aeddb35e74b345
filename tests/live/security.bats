# Ways out of a container that worked with some runtime once: what an image, a neighbour or a
# process inside can try.
load ../lib/hull

# Refused or harmless, but nothing outside changes.
outside_unchanged() {
	[ "$(ls -A "$T/outside")" = "" ] || fail "outside: $(ls -lA "$T/outside")"
}

setup() {
	hull_setup
	mkdir "$T/outside"
}

@test "image: /dev is a symbolic link to a directory of the host" {
	make_bundle
	rmdir "$ROOTFS/dev"
	ln -s "$T/outside" "$ROOTFS/dev"
	run_it
	outside_unchanged
	# without a mount of its own on /dev too
	config '.mounts = [.mounts[] | select(.destination | startswith("/dev") | not)]'
	run_it
	outside_unchanged
	expect_nothing
}

@test "image: /dev/null, /dev/console and others are symbolic links" {
	make_bundle
	config '.mounts = [.mounts[] | select(.destination | startswith("/dev") | not)] | .root.readonly = false'
	for n in null console tty ptmx fd; do
		ln -sf "$T/outside/$n" "$ROOTFS/dev/$n"
	done
	run_it
	outside_unchanged
	expect_nothing
}

@test "image: /dev/null is a symbolic link to what is masked (CVE-2025-31133)" {
	make_bundle
	config '.mounts = [.mounts[] | select(.destination | startswith("/dev") | not)]
		| .linux.maskedPaths += ["/secret"]'
	echo secret >"$ROOTFS/secret"
	echo other >"$ROOTFS/other"
	ln -sf /other "$ROOTFS/dev/null"
	script 'cat /secret; echo overwritten 2>/dev/null >/secret; cat /other'
	run_it
	expect_no_line secret
	[ "$(cat "$ROOTFS/other")" = other ]
	expect_nothing
}

@test "image: a mount's destination leads out by a link, absolute or climbing" {
	make_bundle
	config '.root.readonly = false'
	ln -s "$T/outside" "$ROOTFS/absolute"
	ln -s ../../../../../../../../../..$T/outside "$ROOTFS/climbing"
	ln -s /proc/self/root "$ROOTFS/magic"
	mkdir "$T/volume"
	touch "$T/volume/marker"
	for d in /absolute /absolute/new /climbing /climbing/deeper/still; do
		config '.mounts = [.mounts[] | select(.type != "bind")] + [{destination: $d, type: "bind", source: $s, options: ["bind"]}]' \
			--arg d "$d" --arg s "$T/volume"
		script 'cat /proc/self/mountinfo'
		run_it
		outside_unchanged
	done
	expect_nothing
}

@test "image: /proc, /sys as links, to the host's or into the rootfs, are refused" {
	for d in proc sys; do
		for to in /elsewhere "$T/outside" /; do
			rm -rf "$BUNDLE"
			make_bundle
			rmdir "$ROOTFS/$d"
			mkdir -p "$ROOTFS/elsewhere"
			ln -s "$to" "$ROOTFS/$d"
			run_it
			[ "$status" = 1 ] || { show && fail "$d -> $to"; }
			outside_unchanged
			expect_nothing
		done
	done
}

@test "image: a proc that is covered does not take what is written to /proc (CVE-2019-16884)" {
	make_bundle
	config '.mounts += [{destination: "/proc", type: "tmpfs", source: "tmpfs", options: ["size=1m"]}]
		| .process.oomScoreAdj = 77 | .linux.sysctl = {"kernel.msgmax": "5555"}'
	script 'find /proc | head -n 5'
	run_it
	# refused, or written to the real one
	[ "$status" = 1 ] || expect_out /proc || expect_out ''
	expect_nothing
}

@test "config: cwd through a descriptor of the host (CVE-2024-21626)" {
	make_bundle
	exec 7</ 8<"$T/outside"
	for n in 3 4 5 6 7 8 9 10 11 12; do
		for how in "/proc/self/fd/$n" "/proc/self/fd/$n/../.."; do
			config '.process.cwd = $d' --arg d "$how"
			program /bin/probe
			run_it
			if [ "$status" = 0 ]; then
				expect_json '.cwd | startswith("/proc/") or . == "/"'
				script "pwd; ls ../../../../../../../..$T 2>&1"
				run_it
				expect_no_line bundle
			fi
		done
	done
	exec 7<&- 8<&-
	expect_nothing
}

@test "exec: --cwd through a descriptor of the host" {
	make_bundle
	program sleep 1000
	start_it
	exec 7</
	for n in 3 4 5 6 7 8 9; do
		run --separate-stderr hull exec --cwd "/proc/self/fd/$n" "$ID" ls -d "../../../../../../..$T"
		[ "$status" != 0 ] || { show && fail "reached by $n"; }
	done
	exec 7<&-
}

@test "image: the program is /proc/self/exe, and can't be written to from inside (CVE-2019-5736)" {
	make_bundle
	before=$(sha256sum "$HULL" | cut -d' ' -f1)
	cp "$HULL" "$T/hull"
	config '.root.readonly = false | del(.process.capabilities)
		| .process.capabilities = {bounding: ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"], permitted: ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"],
			effective: ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE"]}'
	program /proc/self/exe
	run --separate-stderr timeout 10 "$T/hull" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	[ "$status" != 124 ]
	# somebody inside waits for what is sent in by exec, and tries each of them
	script 'echo ready; while :; do for p in /proc/[0-9]*; do [ $p = /proc/1 ] || [ $p = /proc/$$ ] || {
		/bin/probe write $p/exe 2>/dev/null | grep " 0$" | sed "s,^,$p ," ; }; done; done'
	"$T/hull" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
	for i in {1..20}; do
		timeout 5 "$T/hull" --root "$STATE" exec "$ID" /proc/self/exe </dev/null >/dev/null 2>&1 || :
		timeout 5 "$T/hull" --root "$STATE" exec "$ID" true </dev/null >/dev/null 2>&1 || :
	done
	hull delete --force "$ID"
	[ "$(sha256sum "$T/hull" | cut -d' ' -f1)" = "$before" ]
}

@test "inside: what exec sends in is no file of the host's" {
	make_bundle
	config '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE"])'
	script 'echo ready; while :; do for p in /proc/[0-9]*; do readlink $p/exe; done; done 2>/dev/null'
	start_it
	said() { grep -q ready "$T/out"; }
	await said
	for i in {1..30}; do
		hull exec "$ID" true </dev/null
	done
	hull kill "$ID" KILL
	await_status stopped
	! sort -u "$T/out" | grep -F "$HULL"
}

@test "inside: the root of what exec sends in, its descriptors and memory are out of reach" {
	make_bundle
	config '.process.capabilities |= map_values(. + ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH"])'
	script 'echo ready; while :; do for p in /proc/[0-9]*; do for f in $p/fd/*; do
		case $f in */fd/[012]) continue ;; esac
		l=$(readlink $f 2>/dev/null) && case $l in "'"$T"'"*|/sys/fs/cgroup*|/run/*) echo "leak $f $l" ;; esac; done
		[ ! -e "$p/root'"$T"'" ] || echo "leak $p/root"; done; done'
	start_it
	said() { grep -q ready "$T/out"; }
	await said
	cd /
	for i in {1..30}; do
		hull exec "$ID" true </dev/null >/dev/null 2>&1
	done
	hull kill "$ID" KILL
	await_status stopped
	! grep leak "$T/out" || { sort "$T/out" | uniq -c && false; }
}

@test "image: /etc/passwd is a FIFO, a device, endless" {
	make_bundle
	config '.process.env = ["PATH=/bin"]'
	program /bin/probe
	for what in fifo device large directory link; do
		rm -rf "$ROOTFS/etc/passwd"
		case $what in
		fifo) mkfifo "$ROOTFS/etc/passwd" ;;
		device) mknod "$ROOTFS/etc/passwd" c 1 5 ;;
		large) truncate -s 3G "$ROOTFS/etc/passwd" ;;
		directory) mkdir "$ROOTFS/etc/passwd" ;;
		link) ln -s "$T/outside/none" "$ROOTFS/etc/passwd" ;;
		esac
		t=$SECONDS
		run_it
		[ $((SECONDS - t)) -lt 3 ]
		[ "$status" = 0 ] && expect_json '.env | index("HOME=/root") != null' || { show && fail "$what"; }
	done
}

@test "neighbour: directories and links of a volume are exchanged while it is mounted (CVE-2021-30465)" {
	make_bundle
	mkdir -p "$T/volume/dir/sub" "$T/payload"
	touch "$T/payload/marker"
	ln -s "$T/outside" "$T/volume/link"
	config '.mounts += [{destination: "/tmp", type: "bind", source: $v, options: ["rbind"]},
		{destination: "/tmp/dir/sub", type: "bind", source: $p, options: ["bind"]}]' --arg v "$T/volume" --arg p "$T/payload"
	cat >"$T/swap.py" <<-'X'
	import ctypes, os, sys, time
	libc = ctypes.CDLL(None)
	a, b = (os.fsencode(p) for p in sys.argv[1:3])
	end = time.monotonic() + 6
	while time.monotonic() < end:
	    libc.renameat2(-100, a, -100, b, 2)
	X
	mkdir -p "$T/outside2"
	python3 "$T/swap.py" "$T/volume/dir" "$T/volume/link" 3>&- &
	CLEANUP="kill $! 2>/dev/null || :"
	script 'ls /tmp/dir/sub /tmp/link/sub 2>/dev/null; cat /proc/self/mountinfo'
	for i in {1..40}; do
		run_it
		[ -z "$(ls -A "$T/outside")" ] || fail "round $i: $(ls -lA "$T/outside")"
	done
	! grep -F "$T/outside" /proc/self/mountinfo
}

@test "ids: 4294967295 is refused everywhere" {
	make_bundle
	for f in '.process.user.uid = 4294967295' '.process.user.gid = 4294967295' \
		'.process.user.additionalGids = [4294967295]' \
		'.linux.devices = [{type: "c", path: "/dev/x", major: 1, minor: 3, uid: 4294967295}]'; do
		cp "$BATS_RUN_TMPDIR/template/config.json" "$BUNDLE/config.json"
		config "$f"
		run_it
		[ "$status" = 1 ] && [[ $stderr == *"config.json:"* ]] || { show && fail "$f"; }
		expect_nothing
	done
}

@test "hooks: nothing of the image's environment reaches them (CVE-2025-23266)" {
	make_bundle
	cat >"$T/hook" <<-X
	#!/bin/sh
	cat /proc/self/environ >>"$T/environ"
	X
	chmod 755 "$T/hook"
	config '.process.env += ["LD_PRELOAD=/evil.so", "EVIL=1"]
		| .hooks = ({prestart, createRuntime, createContainer, poststart, poststop} | map_values([{path: $h}]))' --arg h "$T/hook"
	run_ok
	! grep -aq 'EVIL\|LD_PRELOAD' "$T/environ"
}

@test "config: keys of sysctl and unified that climb" {
	make_bundle
	for f in '.linux.sysctl = {"net.ipv4.../../kernel/core_pattern": "x"}' '.linux.sysctl = {"net/../kernel/core_pattern": "x"}' \
		'.linux.sysctl = {"kernel.msgmax/../core_pattern": "x"}' '.linux.resources.unified = {"../cgroup.procs": "1"}' \
		'.linux.cgroupsPath = "/../../etc"' '.linux.cgroupsPath = "../x"'; do
		cp "$BATS_RUN_TMPDIR/template/config.json" "$BUNDLE/config.json"
		config "$f"
		run_it
		[ "$status" = 1 ] && [ -n "$stderr" ] || { show && fail "$f"; }
		expect_nothing
	done
}

@test "seccomp: the default of hull spec blocks what it is there to block" {
	make_bundle
	script 'mount -t tmpfs x /tmp 2>&1; grep Seccomp: /proc/self/status'
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	run_ok
	expect_line 'Operation not permitted|permission denied'
	expect_line 'Seccomp:.*2$'
}

@test "TIOCSTI: what runs without a terminal can't type into the caller's" {
	make_bundle
	config 'del(.linux.seccomp)'
	script 'ls -l /proc/self/fd; cat </dev/tty 2>&1'
	run --separate-stderr python3 "$HULL_TOP/tests/lib/onpty.py" 24x80 -- "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	# the session is its own: the caller's terminal is not its controlling one
	expect_line "can't open /dev/tty"
}
