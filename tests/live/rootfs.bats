# The root file system, devices, masked and read-only paths.
load ../lib/hull

@test "root: read-only" {
	make_bundle
	script 'touch /x /tmp/x 2>&1; :'
	run_ok
	expect_out $'touch: /x: Read-only file system\ntouch: /tmp/x: Read-only file system'
}

@test "root: writable" {
	make_bundle
	config '.root.readonly = false'
	script 'echo content >/file'
	run_ok
	[ "$(cat "$ROOTFS/file")" = content ]
}

@test "root: absolute path, relative path, path with dots" {
	make_bundle
	script 'echo fine'
	for p in "$ROOTFS" rootfs ./rootfs ../bundle/rootfs; do
		config '.root.path = $p' --arg p "$p"
		run_ok
		expect_out fine
	done
}

@test "root: the bundle may be relative, and is the current directory otherwise" {
	make_bundle
	script 'echo fine'
	cd "$T"
	run --separate-stderr hull run -b bundle "$ID" </dev/null
	expect_ok
	cd "$BUNDLE"
	run --separate-stderr hull run "$ID" </dev/null
	expect_ok
	expect_out fine
}

@test "root: nothing of the host can be reached above it" {
	make_bundle
	script 'cd / && cd ../../../.. && ls /bin/probe && ls -d /proc/1/root/bin/probe && pwd'
	run_ok
	expect_line '^/$'
}

@test "root: --no-pivot" {
	make_bundle
	config '.root.readonly = false'
	script 'touch /made; cat /proc/self/mountinfo; ls /'
	run_ok --no-pivot
	[ -e "$ROOTFS/made" ]
	expect_line '^bin$'
}

@test "devices: the default ones" {
	make_bundle
	script 'cd /dev; for d in null zero full random urandom tty; do stat -c "%n %F %t:%T %a %u:%g" $d; done'
	run_ok
	expect_line '^null character special file 1:3 666 0:0$'
	expect_line '^zero character special file 1:5 666 0:0$'
	expect_line '^full character special file 1:7 666 0:0$'
	expect_line '^random character special file 1:8 666 0:0$'
	expect_line '^urandom character special file 1:9 666 0:0$'
	expect_line '^tty character special file 5:0 666 0:0$'
}

@test "devices: links" {
	make_bundle
	script 'cd /dev; for l in fd stdin stdout stderr ptmx; do echo "$l $(readlink $l)"; done; ls -A /dev'
	run_ok
	expect_line '^fd /proc/self/fd$'
	expect_line '^stdin /proc/self/fd/0$'
	expect_line '^stdout /proc/self/fd/1$'
	expect_line '^stderr /proc/self/fd/2$'
	expect_line '^ptmx pts/ptmx$'
	expect_no_line '^console$'
}

@test "devices: can be used, and only those that are allowed" {
	make_bundle
	script 'echo x >/dev/null && head -c 3 /dev/urandom | wc -c && head -c 5 /dev/zero | wc -c
		echo x 2>&1 >/dev/full | head -n 1'
	run_ok
	expect_line '^3$'
	expect_line '^5$'
	expect_line 'No space left on device'
}

@test "devices: listed ones: char, block, unbuffered, fifo; mode, owner" {
	make_bundle
	config '.linux.devices = [
		{type: "c", path: "/dev/fuse", major: 10, minor: 229, fileMode: 432, uid: 1000, gid: 1001},
		{type: "b", path: "/dev/deeper/loop", major: 7, minor: 200, fileMode: 384},
		{type: "u", path: "/dev/unbuffered", major: 1, minor: 3},
		{type: "p", path: "/dev/fifo", fileMode: 438}]'
	script 'cd /dev; stat -c "%n %F %t:%T %a %u:%g" fuse deeper/loop unbuffered fifo'
	run_ok
	expect_line '^fuse character special file a:e5 660 1000:1001$'
	expect_line '^deeper/loop block special file 7:c8 600 0:0$'
	expect_line '^unbuffered character special file 1:3 '
	expect_line '^fifo fifo 0:0 666 0:0$'
}

@test "devices: mode is exact under any umask" {
	make_bundle
	config '.linux.devices = [{type: "c", path: "/dev/mine", major: 1, minor: 3, fileMode: 511}]'
	script 'stat -c "%a" /dev/mine /dev/null'
	umask 077
	run_ok
	expect_out $'777\n666'
}

@test "devices: another file in the place of a listed one is an error" {
	make_bundle
	config '.mounts = [.mounts[] | select(.destination | startswith("/dev") | not)]'
	config '.linux.devices = [{type: "c", path: "/dev/clash", major: 1, minor: 3}]'
	echo data >"$ROOTFS/dev/clash"
	run_it
	[ "$status" = 1 ] && [[ $stderr == *"/dev/clash"* ]] || { show && false; }
	[ "$(cat "$ROOTFS/dev/clash")" = data ]
	expect_nothing
}

@test "devices: one that is not allowed by the cgroup can't be opened" {
	make_bundle
	config '.linux.devices = [{type: "c", path: "/dev/kmsg2", major: 1, minor: 11, fileMode: 438}]
		| .linux.resources.devices = [{allow: false, access: "rwm"}]'
	script 'cat /dev/kmsg2 2>&1 | head -n 1; echo x >/dev/null && echo fine'
	run_ok
	expect_line 'Operation not permitted'
	expect_line '^fine$'
}

@test "masked: the default ones are empty and stay so" {
	make_bundle
	script 'for f in /proc/kcore /proc/keys /proc/timer_list; do [ ! -e $f ] || wc -c <$f; done
		for d in /sys/firmware /proc/scsi /proc/acpi; do [ ! -d $d ] || ls -A $d | wc -l; done'
	run_ok
	expect_no_line '[1-9]'
}

@test "masked: a file, a directory, one that is not there" {
	make_bundle
	mkdir "$ROOTFS/secret"
	echo secret | tee "$ROOTFS/secret/file" >"$ROOTFS/secret.txt"
	config '.root.readonly = false | .linux.maskedPaths += ["/secret", "/secret.txt", "/not/there"]'
	script 'cat /secret.txt; ls -A /secret; touch /secret/x 2>&1; echo x >/secret.txt; cat /secret.txt
		cat /proc/self/mountinfo | grep " /secret"'
	run_ok
	expect_no_line '^secret$'
	expect_line 'touch: /secret/x: Read-only file system'
	[ "$(cat "$ROOTFS/secret.txt")" = secret ]
	expect_mount /secret ro
}

@test "masked: a path below a file can't be, and that is an error" {
	make_bundle
	config '.linux.maskedPaths += ["/etc/passwd/x"]'
	run_it
	[ "$status" = 1 ] && [[ $stderr == *"/linux/maskedPaths/"* ]] || { show && false; }
	expect_nothing
}

@test "masked: through a symbolic link of the image" {
	make_bundle
	mkdir "$ROOTFS/real"
	echo secret >"$ROOTFS/real/file"
	ln -s /real "$ROOTFS/link"
	config '.linux.maskedPaths += ["/link/file"]'
	script 'cat /real/file; cat /link/file'
	run_ok
	expect_out ''
}

@test "read-only paths: a file, a directory, what is mounted below" {
	make_bundle
	mkdir -p "$ROOTFS/dir/sub"
	echo x >"$ROOTFS/file"
	config '.root.readonly = false | .linux.readonlyPaths += ["/dir", "/file", "/not/there"]
		| .mounts += [{destination: "/dir/sub", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev"]}]'
	script 'touch /dir/x /dir/sub/x 2>&1; echo y 2>&1 >/file; touch /fine; cat /proc/self/mountinfo'
	run_it
	expect_line 'touch: /dir/x: Read-only file system'
	expect_line 'touch: /dir/sub/x: Read-only file system'
	expect_mount /dir/sub ro nosuid nodev
	[ "$(cat "$ROOTFS/file")" = x ]
	[ -e "$ROOTFS/fine" ]
}

@test "read-only paths: /proc/sys can't be written" {
	make_bundle
	script 'echo 1 >/proc/sys/kernel/domainname; echo b >/proc/sysrq-trigger; cat /proc/self/mountinfo'
	run_it
	expect_mount /proc/sys ro
	[ ! -e /proc/sysrq-trigger ] || expect_mount /proc/sysrq-trigger ro
}

@test "root: a mistake in it is refused in its own words" {
	make_bundle
	config '.root.path = "missing"'
	run_it
	expect_error missing
	config '.root.path = "rootfs/etc/passwd"'
	run_it
	expect_error "etc/passwd"
	ln -s rootfs "$BUNDLE/link"
	config '.root.path = "link"'
	run_it
	expect_error link
	expect_nothing
}
