# User namespaces and id maps.
load ../lib/hull

userns() { # [uid map as JSON [gid map]]
	local u=${1:-'[{"containerID":0,"hostID":100000,"size":65536}]'}
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = $u | .linux.gidMappings = $g' \
		--argjson u "$u" --argjson g "${2:-$u}"
}

@test "userns: root inside is another user outside" {
	make_bundle
	userns
	program /bin/sh -c '/bin/probe; sleep 100'
	start_it
	probed() { jq -e .end "$T/out"; }
	await probed
	output=$(cat "$T/out")
	expect_json '.uid == [0,0,0,0]' '.gid == [0,0,0,0]'
	[ "$(jq -r .ns.user <<<"$output")" != "$(readlink /proc/self/ns/user)" ]
	pid=$(pid_of)
	grep -q $'^Uid:\t100000\t100000\t100000\t100000$' "/proc/$pid/status"
	grep -q $'^Gid:\t100000\t100000\t100000\t100000$' "/proc/$pid/status"
}

@test "userns: the maps are as asked for, several ranges" {
	make_bundle
	userns '[{"containerID":0,"hostID":100000,"size":1000},{"containerID":1000,"hostID":1000,"size":1},
		{"containerID":1001,"hostID":101001,"size":64535}]' \
		'[{"containerID":0,"hostID":200000,"size":65536}]'
	script 'cat /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups'
	run_ok
	expect_line '^ +0 +100000 +1000$'
	expect_line '^ +1000 +1000 +1$'
	expect_line '^ +1001 +101001 +64535$'
	expect_line '^ +0 +200000 +65536$'
	expect_line '^allow$'
}

@test "userns: 340 ranges, as many as the kernel takes" {
	make_bundle
	userns "$(jq -nc '[range(340) | {containerID: ., hostID: (9000 - .), size: 1}]')"
	script 'wc -l </proc/self/uid_map'
	run_ok
	expect_out 340
}

@test "userns: a user with additional groups" {
	make_bundle
	userns
	config '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 2000]}'
	program /bin/probe
	run_ok
	expect_json '.uid == [1000,1000,1000,1000]' '.groups == [5,2000]'
}

@test "userns: an id that is not mapped is refused" {
	make_bundle
	userns '[{"containerID":0,"hostID":100000,"size":10}]'
	config '.process.user.uid = 10'
	run_it
	[ "$status" = 1 ] && [ -n "$stderr" ] || { show && false; }
	expect_nothing
}

@test "userns: what is written to a volume belongs to the mapped user" {
	make_bundle
	userns
	mkdir "$T/volume" "$ROOTFS/volume"
	chown 100000:100000 "$T/volume"
	add_mount "{\"destination\":\"/volume\",\"type\":\"bind\",\"source\":\"$T/volume\",\"options\":[\"rbind\"]}"
	script 'touch /volume/file && stat -c %u:%g /volume/file'
	run_ok
	expect_out 0:0
	[ "$(stat -c %u:%g "$T/volume/file")" = 100000:100000 ]
}

@test "userns: the default devices are there, and /dev/null works" {
	make_bundle
	userns
	script 'echo x >/dev/null && head -c 4 /dev/zero | wc -c && for d in null zero full random urandom tty; do
		[ -c /dev/$d ] || echo "no $d"; done'
	run_ok
	expect_out 4
}

@test "userns: a read-only bind mount stays read-only" {
	make_bundle
	userns
	mkdir -m 777 "$T/volume" "$ROOTFS/volume"
	add_mount "{\"destination\":\"/volume\",\"type\":\"bind\",\"source\":\"$T/volume\",\"options\":[\"rbind\",\"ro\"]}"
	script 'touch /volume/file; mount -o remount,rw,bind /volume; touch /volume/file'
	run_it
	[ "$status" != 0 ]
	[ ! -e "$T/volume/file" ]
}

@test "userns: joined by path" {
	make_bundle
	unshare --user sleep 60 3>&- &
	holder=$!
	CLEANUP="kill $holder; wait $holder 2>/dev/null || :"
	held() { [ "$(cat /proc/$holder/comm)" = sleep ]; }
	await held
	echo 0 100000 65536 | tee "/proc/$holder/uid_map" >"/proc/$holder/gid_map"
	config '.linux.namespaces += [{type: "user", path: $p}]' --arg p "/proc/$holder/ns/user"
	config 'del(.linux.uidMappings, .linux.gidMappings)'
	program /bin/probe
	run_ok
	[ "$(jq -r .ns.user <<<"$output")" = "$(readlink "/proc/$holder/ns/user")" ]
	expect_json '.uid[0] == 0'
}

@test "userns: exec enters it" {
	make_bundle
	userns
	program sleep 100
	start_it
	run --separate-stderr hull exec "$ID" /bin/probe
	expect_ok
	expect_json '.uid == [0,0,0,0]'
	[ "$(jq -r .ns.user <<<"$output")" = "$(readlink "/proc/$(pid_of)/ns/user")" ]
}

# The ordinary user's own directories; hull and its way to it have to be reachable.
@test "rootless: an ordinary user runs the bundle of hull spec --rootless" {
	make_bundle
	user="setpriv --reuid 4243 --regid 4243 --clear-groups --"
	d=$(mktemp -d /tmp/hull-test-rootless.XXXXXX)
	CLEANUP="rm -rf --one-file-system $d"
	cp "$HULL" "$d/hull"
	cp -a "$ROOTFS" "$d/rootfs"
	mkdir "$d/state"
	chown -R -h 4243:4243 "$d"
	(cd "$d" && $user ./hull spec --rootless)
	jq '.process.terminal = false | .process.args = ["/bin/probe"]' "$d/config.json" >"$T/c"
	cat "$T/c" >"$d/config.json"
	run --separate-stderr env -C "$d" XDG_RUNTIME_DIR="$d" $user ./hull --root "$d/state" run --bundle "$d" "$ID" </dev/null
	expect_ok
	expect_json '.uid == [0,0,0,0]' '.pid == 1'
	[ -z "$(STATE=$d/state state_files)" ]
}
