# Attacks on hull that security.md lists, and what else must not be reached from inside.
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
