# What a program inside must not reach, and must not have hull do for it.
load ../lib/hull

# A container without a mount namespace of its own: its root is a chroot.
without_mount_namespace() {
	config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = []
		| .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .root.readonly = false'
}

@test "exec: without a mount namespace the root is the container's, not the host's" {
	make_bundle
	without_mount_namespace
	echo of the container >"$ROOTFS/mark"
	program /bin/sleep 1000
	start_it
	run --separate-stderr hull exec "$ID" /bin/cat /mark
	expect_ok
	expect_out "of the container"
	run --separate-stderr hull exec --cwd /../.. "$ID" /bin/sh -c 'cat mark; ls -d /proc/1 2>&1'
	expect_line "^of the container$"
	expect_line "No such file"
}

@test "exec: no namespace at all, and still the container's root" {
	make_bundle
	without_mount_namespace
	config '.linux.namespaces = [] | del(.hostname) | .linux.sysctl = {}'
	echo of the container >"$ROOTFS/mark"
	program /bin/sleep 1000
	start_it
	run --separate-stderr hull exec "$ID" /bin/cat /mark
	expect_ok
	expect_out "of the container"
}

@test "exec: a mount namespace that was joined, and the root below it" {
	make_bundle
	without_mount_namespace
	unshare --mount --propagation private sleep 1000 3>&- &
	holder=$!
	CLEANUP="kill $holder; wait $holder || :"
	await test "$(readlink /proc/self/ns/mnt)" != "$(readlink /proc/$holder/ns/mnt)"
	config '.linux.namespaces += [{type: "mount", path: $p}]' --arg p /proc/$holder/ns/mnt
	echo of the container >"$ROOTFS/mark"
	program /bin/sleep 1000
	start_it
	run --separate-stderr hull exec "$ID" /bin/cat /mark
	expect_ok
	expect_out "of the container"
}

@test "NOTIFY_SOCKET: the container names no process and no descriptor of the host" {
	make_bundle
	cat >"$T/manager.py" <<-'X'
	import os, socket, subprocess, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1])
	s.settimeout(10)
	p = subprocess.Popen(sys.argv[2:], env=dict(os.environ, NOTIFY_SOCKET=sys.argv[1]), stdin=subprocess.DEVNULL)
	while True:
	    text = s.recv(4096).decode()
	    print("--\n" + text)
	    if "READY=1" in text:
	        break
	p.terminate()
	p.wait()
	X
	cat >"$T/say.c" <<-'X'
	#include <string.h>
	#include <sys/socket.h>
	#include <sys/un.h>
	int main(int argc, char **argv)
	{
		struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "/run/notify/notify.sock"};
		int s = socket(AF_UNIX, SOCK_DGRAM, 0);
		for (int i = 1; i < argc; i++)
			if (sendto(s, argv[i], strlen(argv[i]), 0, (void *)&a, sizeof(a)) < 0)
				return 1;
		return 0;
	}
	X
	${CC:-cc} -static -O1 "$T/say.c" -o "$ROOTFS/bin/say"
	config '.root.readonly = false'
	script 'trap "exit 0" TERM; n="
"; say "MAINPID=4321" "NOTIFYACCESS=all${n}STATUS=one" "STATUS=two${n}MAINPID=4321${n}FDSTORE=1" \
		"MAINPID=4321${n}READY=1"; while :; do sleep 0.1; done'
	run --separate-stderr timeout 20 python3 "$T/manager.py" "$T/notify" "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	[ "$status" = 0 ] || { show && false; }
	expect_line '^STATUS=one$'
	expect_line '^STATUS=two$'
	expect_line '^READY=1$'
	expect_no_line '4321|NOTIFYACCESS|FDSTORE'
	[ "$(grep -c MAINPID <<<"$output")" = 1 ] || { show && false; }
}

@test "mounts: nothing but procfs on /proc, and on what is in it what lxcfs has" {
	make_bundle
	config '.root.readonly = false'
	mkdir "$T/dir"
	echo other >"$T/file"
	ln -s /proc/sys "$ROOTFS/link"
	for d in /proc/sys /proc/1/attr /proc/sys/../sys/kernel proc/sys /link /proc/sys/fs/; do
		config '.mounts = [.mounts[] | select(.type != "bind")]
			+ [{destination: $d, type: "bind", source: $s, options: ["bind"]}]' --arg d $d --arg s "$T/dir"
		run_it
		expect_error "is inside /proc"
		expect_nothing
	done
	for d in /proc/1/attr/exec /proc/sys/kernel/core_pattern; do
		config '.mounts[-1] = {destination: $d, type: "bind", source: $s, options: ["bind"]}' \
			--arg d $d --arg s "$T/file"
		run_it
		expect_error "is inside /proc"
	done
	# one file of procfs in another's place
	config '.mounts[-1] = {destination: "/proc/1/attr/exec", type: "bind", source: "/proc/version", options: ["bind"]}'
	run_it
	expect_error "is inside /proc"
	config '.mounts[-1] = {destination: "/proc", type: "tmpfs", source: "tmpfs"}'
	run_it
	expect_error "can be nothing but procfs"
	config '.mounts[-1] = {destination: "/proc/uptime", type: "bind", source: $s, options: ["bind"]}' --arg s "$T/file"
	script 'cat /proc/uptime'
	run_ok
	expect_out other
	config '.mounts[-1] = {destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]}
		| .linux.namespaces |= map(select(.type != "pid")) | .linux.readonlyPaths = [] | .linux.maskedPaths = []'
	script 'cat /proc/self/comm'
	run_ok
	expect_out cat
}

@test "start: no other plan than the one that create made" {
	make_bundle
	program sleep 1000
	for change in '.planInode += 1' '.planBorn += 1' '.planAddress += 1000000000' '.planAddress -= 1000000000' \
		'del(.planInode)'; do
		create_it
		jq -c --unbuffered "$change" "$STATE/$ID/state.json" >"$T/new"
		cp "$T/new" "$STATE/$ID/state.json"
		run --separate-stderr hull start "$ID"
		expect_error "plan"
		hull delete --force "$ID"
		expect_nothing
	done
}
