# SPDX-License-Identifier: Apache-2.0
# The commands of an ordinary user, who has no cgroups of their own, on the bundle of hull spec --rootless.
load ../lib/hull

user=(setpriv --reuid 4243 --regid 4243 --clear-groups --)

setup() {
	hull_setup
	make_bundle
	# a directory that the user may enter
	home=$(mktemp -d /tmp/hull-test-rootless.XXXXXX)
	CLEANUP="as_user delete --force $ID; rm -rf --one-file-system $home"
	cp "$HULL" "$home/hull"
	cp -a "$ROOTFS" "$home/rootfs"
	mkdir "$home/run"
	chown -R -h 4243:4243 "$home"
	(cd "$home" && "${user[@]}" ./hull spec --rootless)
	jq '.process.terminal = false | .process.args = ["/bin/sleep", "1000"]' "$home/config.json" >"$T/c"
	cat "$T/c" >"$home/config.json"
}

as_user() {
	env -C "$home" XDG_RUNTIME_DIR="$home/run" "${user[@]}" ./hull "$@" </dev/null
}

has_stopped() {
	[ "$(as_user state "$ID" | jq -r .status)" = stopped ]
}

@test "rootless: run --detach, list, exec, ps, kill, delete" {
	local pid
	as_user run --detach "$ID" >/dev/null 2>&1
	run --separate-stderr as_user list --format json
	expect_ok
	expect_json "length == 1 and .[0].id == \"$ID\" and .[0].status == \"running\""
	pid=$(jq .[0].pid <<<"$output")
	run --separate-stderr as_user exec "$ID" /bin/id -u
	expect_ok
	expect_out 0
	run --separate-stderr as_user ps --format json "$ID"
	expect_ok
	expect_json "index($pid) != null"
	as_user kill "$ID" KILL
	await has_stopped
	as_user delete "$ID"
	run --separate-stderr as_user list --format json
	expect_out '[]'
}
