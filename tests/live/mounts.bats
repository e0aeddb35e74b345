# config.mounts: types, options, sources, destinations, propagation.
load ../lib/hull

# Mounting on the host itself is for tests/lib/alone, which has a mount namespace of its own.
need_alone() {
	[ "${HULL_TEST_ALONE:-}" = 1 ] || skip "changes mounts: run it by tests/lib/alone"
}

mountinfo() { # [MORE SHELL]
	script "${1:+$1; }cat /proc/self/mountinfo"
}

# type, source, destination, options...
mnt() {
	local t=$1 s=$2 d=$3
	shift 3
	config '.mounts += [{type: $t, source: $s, destination: $d, options: $ARGS.positional}]' \
		--arg t "$t" --arg s "$s" --arg d "$d" --args -- "$@"
}

# The propagation of the mount at a path, in the mountinfo in $output: "shared:7 master:3", or nothing.
propagation() {
	awk -v p="$1" '$5 == p { for (i = 7; $i != "-"; i++) printf "%s ", $i }' <<<"$output"
}

expect_propagation() { # PATH REGEX
	[[ $(propagation "$1") =~ $2 ]] && return
	show
	fail "$1: propagation is \`$(propagation "$1")', expected $2"
}

@test "mounts: the default bundle's" {
	make_bundle
	mountinfo
	run_ok
	expect_mount /proc rw
	expect_mount /dev rw nosuid
	expect_mount /dev/pts rw nosuid noexec
	expect_mount /dev/shm rw nosuid nodev noexec
	expect_mount /dev/mqueue rw nosuid nodev noexec
	expect_mount /sys ro nosuid nodev noexec
	expect_mount / ro
	expect_line ' /dev/shm .* - tmpfs shm .*size=65536k'
	expect_line ' /dev/pts .* - devpts .*gid=5,mode=620,ptmxmode=666'
	# nothing of the host is mounted in there
	! awk '$5 != "/"' <<<"$output" | grep -F "$T" || fail "a mount of the host's"
}

@test "mounts: none at all" {
	make_bundle
	config 'del(.mounts, .linux.maskedPaths, .linux.readonlyPaths)'
	script 'ls -A /proc | wc -l; ls /dev/null'
	run_ok
	expect_out $'0\n/dev/null'
}

@test "mounts: options of a new file system, each" {
	make_bundle
	mnt tmpfs tmpfs /tmp/1 nosuid nodev noexec ro size=1m mode=700
	mnt tmpfs tmpfs /tmp/2 noatime nodiratime nosymfollow
	mnt tmpfs tmpfs /tmp/3 strictatime sync dirsync
	mnt tmpfs tmpfs /tmp/4 nosuid suid nodev dev noexec exec ro rw
	mnt tmpfs tmpfs /tmp/5 relatime lazytime silent
	mnt tmpfs tmpfs /tmp/6 defaults async atime diratime nostrictatime loud mand nomand norelatime
	mnt tmpfs tmpfs /tmp/7 lazytime nolazytime iversion noiversion nosymfollow symfollow
	config '.root.readonly = false'
	mountinfo
	run_ok
	expect_mount /tmp/1 nosuid nodev noexec ro
	expect_line ' /tmp/1 .* - tmpfs tmpfs .*size=1024k.*mode=700'
	expect_mount /tmp/2 noatime nodiratime nosymfollow rw
	expect_mount /tmp/3 rw !relatime !noatime
	expect_line ' /tmp/3 .* - tmpfs tmpfs [^ ]*sync,dirsync'
	expect_mount /tmp/4 rw !nosuid !nodev !noexec
	expect_mount /tmp/5 relatime
	expect_line ' /tmp/5 .* - tmpfs tmpfs [^ ]*lazytime'
	expect_mount /tmp/6 rw relatime !sync !nodiratime
	expect_mount /tmp/7 !nosymfollow
	expect_no_line ' /tmp/7 .*lazytime'
}

@test "mounts: an option that the file system does not know is an error that names it" {
	make_bundle
	mnt tmpfs tmpfs /tmp nosuid nosuchoption=1
	run_it
	[ "$status" = 1 ] && [[ $stderr == *nosuchoption* && $stderr == *"/mounts/"* ]] || { show && false; }
	expect_nothing
}

@test "mounts: a file system type that there is not" {
	make_bundle
	mnt nosuchfs none /tmp
	run_it
	[ "$status" = 1 ] && [[ $stderr == *nosuchfs* && $stderr == *"/mounts/"* ]] || { show && false; }
	expect_nothing
}

@test "bind: a directory, a file, what is made for them" {
	make_bundle
	config '.root.readonly = false'
	mkdir "$T/dir"
	echo content >"$T/dir/file"
	mnt bind "$T/dir" /new/directory rbind
	mnt bind "$T/dir/file" /new/file bind
	mnt none "$T/dir/file" /etc/group bind
	script 'cat /new/directory/file /new/file /etc/group; echo more >>/new/file; echo x >/new/directory/y'
	run_ok
	expect_out $'content\ncontent\ncontent'
	[ "$(cat "$T/dir/file")" = $'content\nmore' ]
	[ -e "$T/dir/y" ]
	[ -d "$ROOTFS/new/directory" ] && [ -f "$ROOTFS/new/file" ]
	[ "$(stat -c %a "$ROOTFS/new")" = 755 ]
}

@test "bind: a relative source is the bundle's" {
	make_bundle
	mkdir "$BUNDLE/share"
	echo here >"$BUNDLE/share/file"
	mnt bind share /tmp bind
	script 'cat /tmp/file'
	run_ok
	expect_out here
}

@test "bind: a source that is missing is an error with its path" {
	make_bundle
	mnt bind "$T/missing/source" /tmp bind
	run_it
	expect_error "$T/missing"
	[[ $stderr == *"No such file or directory"* && $stderr == *"/mounts/"* ]] || { show && false; }
	expect_nothing
}

@test "bind: a file on a directory, a directory on a file: an error" {
	make_bundle
	echo x >"$T/file"
	mnt bind "$T/file" /tmp bind
	run_it
	[ "$status" = 1 ] && [[ $stderr == *"/mounts/"* ]] || { show && false; }
	make_bundle
	mkdir "$T/dir"
	mnt bind "$T/dir" /etc/passwd bind
	run_it
	[ "$status" = 1 ] && [[ $stderr == *"/mounts/"* ]] || { show && false; }
	expect_nothing
}

@test "bind: ro, nosuid, nodev, noexec, noatime on the mount" {
	make_bundle
	mkdir "$T/dir"
	cp "$ROOTFS/bin/probe" "$T/dir/"
	mnt bind "$T/dir" /tmp bind ro nosuid nodev noexec noatime
	mountinfo 'touch /tmp/x 2>&1; /tmp/probe 2>&1'
	run_ok
	expect_mount /tmp ro nosuid nodev noexec noatime
	expect_line 'touch: /tmp/x: Read-only file system'
	expect_line '/tmp/probe: Permission denied'
}

@test "bind: ro is the top mount alone, rro is all of them" {
	need_alone
	make_bundle
	mkdir "$T/dir"
	mount -t tmpfs hull-test "$T/dir"
	CLEANUP="umount $T/dir/sub $T/dir"
	mkdir "$T/dir/sub"
	mount -t tmpfs hull-test "$T/dir/sub"
	mkdir "$ROOTFS/a" "$ROOTFS/b" "$ROOTFS/c" "$ROOTFS/d"
	mnt bind "$T/dir" /a rbind ro
	mnt bind "$T/dir" /b rbind rro
	mnt bind "$T/dir" /c bind
	mnt bind "$T/dir" /d rbind rro rw rnosuid rnoexec rnodev rnoatime
	mountinfo 'ls /c/sub'
	run_ok
	expect_mount /a ro
	expect_mount /a/sub rw
	expect_mount /b ro
	expect_mount /b/sub ro
	expect_mount /c rw
	[ -z "$(mount_options /c/sub)" ] || fail "bind is recursive"
	expect_mount /d rw nosuid noexec nodev noatime
	expect_mount /d/sub ro nosuid noexec nodev noatime
}

@test "bind: rrw and the other options that take away recursively" {
	need_alone
	make_bundle
	mkdir "$T/dir"
	mount -t tmpfs -o nosuid,nodev,noexec,noatime hull-test "$T/dir"
	CLEANUP="umount $T/dir/sub $T/dir"
	mkdir "$T/dir/sub"
	mount -t tmpfs -o ro,nosuid,nodev,noexec,nosymfollow hull-test "$T/dir/sub"
	mnt bind "$T/dir" /tmp rbind rrw rsuid rdev rexec rsymfollow rrelatime
	mountinfo
	run_ok
	expect_mount /tmp rw !nosuid !nodev !noexec !noatime relatime
	expect_mount /tmp/sub rw !nosuid !nodev !noexec !nosymfollow
}

@test "bind: what the source mount has is kept" {
	need_alone
	make_bundle
	mkdir "$T/dir"
	mount -t tmpfs -o nosuid,nodev,noexec hull-test "$T/dir"
	CLEANUP="umount $T/dir"
	mnt bind "$T/dir" /tmp bind ro
	mountinfo
	run_ok
	expect_mount /tmp ro nosuid nodev noexec
}

@test "bind: a source below a directory that the container's user may not enter" {
	make_bundle
	mkdir -p -m 700 "$T/closed/open"
	chmod 755 "$T/closed/open"
	echo here >"$T/closed/open/file"
	mnt bind "$T/closed/open" /tmp bind
	config '.process.user.uid = 1000'
	script 'cat /tmp/file'
	run_ok
	expect_out here
}

@test "propagation: each kind, as mountinfo shows it" {
	need_alone
	make_bundle
	mkdir "$T/dir" "$ROOTFS"/{p,s,v,u,d}
	mount -t tmpfs hull-test "$T/dir"
	CLEANUP="umount $T/dir"
	mount --make-shared "$T/dir"
	mnt bind "$T/dir" /d bind
	mnt bind "$T/dir" /p bind private
	mnt bind "$T/dir" /s bind shared
	mnt bind "$T/dir" /v bind slave
	mnt bind "$T/dir" /u bind unbindable
	mountinfo
	run_ok
	expect_propagation /p '^$'
	expect_propagation /s '^shared:'
	expect_propagation /v '^master:[0-9]+ $'
	expect_propagation /u unbindable
}

@test "propagation: rslave sees what the host mounts later, private does not" {
	need_alone
	make_bundle
	mkdir "$T/dir" "$ROOTFS"/{v,p}
	mount -t tmpfs hull-test "$T/dir"
	CLEANUP="umount $T/dir/late $T/dir"
	mount --make-shared "$T/dir"
	mkdir "$T/dir/late"
	mnt bind "$T/dir" /v rbind rslave
	mnt bind "$T/dir" /p rbind rprivate
	program sleep 100
	start_it
	mount -t tmpfs hull-test "$T/dir/late"
	touch "$T/dir/late/file"
	run --separate-stderr hull exec "$ID" ls /v/late /p/late
	expect_ok
	expect_line '^file$'
	[ "$(grep -c file <<<"$output")" = 1 ]
}

@test "propagation: rshared lets the host see what the container mounts; nothing else does" {
	need_alone
	make_bundle
	mkdir "$T/dir" "$ROOTFS"/{s,v}
	mount -t tmpfs hull-test "$T/dir"
	CLEANUP="umount $T/dir/mine $T/dir"
	mount --make-shared "$T/dir"
	config '.linux.rootfsPropagation = "rshared"'
	mkdir "$T/dir/mine" "$T/dir/other"
	mnt bind "$T/dir" /s rbind rshared
	mnt bind "$T/dir" /v rbind rslave
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) | del(.linux.seccomp)'
	script 'mount -t tmpfs x /s/mine && mount -t tmpfs x /v/other && echo mounted && sleep 100'
	start_it
	said() { [ -s "$T/out" ]; }
	await said
	grep -q " $T/dir/mine " /proc/self/mountinfo
	! grep -q " $T/dir/other " /proc/self/mountinfo
	hull delete --force "$ID"
	# from the container it went to the host, where it stays: CLEANUP takes it away
	grep -q " $T/dir/mine " /proc/self/mountinfo
}

@test "propagation: of the root file system" {
	need_alone
	make_bundle
	for p in private rprivate slave rslave shared rshared unbindable runbindable; do
		config '.linux.rootfsPropagation = $p' --arg p $p
		mountinfo
		run_ok
		case $p in
		*private) expect_propagation / '^$' ;;
		*shared) expect_propagation / shared: ;;
		*slave) expect_propagation / '^(master:[0-9]+ )?$' ;;
		*unbindable) expect_propagation / unbindable ;;
		esac
	done
}

@test "propagation: no mount of a container is seen on the host, whatever its root is" {
	need_alone
	make_bundle
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"]) | del(.linux.seccomp)'
	for p in rslave rshared rprivate; do
		config '.linux.rootfsPropagation = $p' --arg p $p
		script 'mount -t tmpfs x /tmp && echo mounted && sleep 100'
		start_it
		said() { [ -s "$T/out" ]; }
		await said
		! grep -q 'x rw' /proc/self/mountinfo
		hull delete --force "$ID"
		as_before() { [ "$(snapshot_host)" = "$BEFORE" ]; }
		await as_before
	done
}

@test "tmpfs: tmpcopyup takes what was below" {
	make_bundle
	mkdir -m 1770 "$ROOTFS/data"
	mkdir -m 705 "$ROOTFS/data/sub"
	echo content >"$ROOTFS/data/sub/file"
	chown 1000:1000 "$ROOTFS/data/sub/file"
	chmod 4754 "$ROOTFS/data/sub/file"
	ln -s sub/file "$ROOTFS/data/link"
	mnt tmpfs tmpfs /data tmpcopyup rw
	script 'cat /data/link; stat -c "%n %a %u:%g" /data /data/sub /data/sub/file; readlink /data/link
		echo new >/data/new'
	run_ok
	expect_line '^content$'
	expect_line '^/data/sub 705 0:0$'
	expect_line '^/data/sub/file 4754 1000:1000$'
	expect_line '^sub/file$'
	[ ! -e "$ROOTFS/data/new" ]
}

@test "destination: relative is from the root" {
	make_bundle
	mnt tmpfs tmpfs tmp size=1m
	mountinfo
	run_ok
	expect_mount /tmp rw
}

@test "destination: symbolic links are followed, inside the rootfs" {
	make_bundle
	config '.root.readonly = false'
	mkdir -p "$ROOTFS/real/dir"
	ln -s /real/dir "$ROOTFS/absolute"
	ln -s ../../../../../../../../../tmp "$ROOTFS/climbing"
	ln -s /not/there/yet "$ROOTFS/dangling"
	mnt tmpfs one /absolute size=1m
	mnt tmpfs two /climbing size=1m
	mnt tmpfs three /dangling/deeper size=1m
	mountinfo
	run_ok
	expect_line ' /real/dir .* - tmpfs one '
	expect_line ' /tmp .* - tmpfs two '
	expect_line ' /not/there/yet/deeper .* - tmpfs three '
	[ ! -e /not/there ]
}

@test "destination: over another mount, in the order that is given" {
	make_bundle
	mkdir "$T/dir"
	mnt tmpfs outer /tmp size=1m
	mnt tmpfs inner /tmp/inner size=1m
	mnt bind "$T/dir" /dev/shm bind
	mountinfo 'touch /dev/shm/file'
	run_ok
	expect_line ' /tmp/inner .* - tmpfs inner '
	[ -e "$T/dir/file" ]
}

@test "destination: what is mounted on / is the root of all that follows" {
	make_bundle
	mkdir "$T/other"
	cp -a "$ROOTFS/." "$T/other"
	touch "$T/other/marker"
	config '.mounts = [{destination: "/", type: "bind", source: $s, options: ["rbind"]}] + .mounts' \
		--arg s "$T/other"
	script 'ls /marker /proc/1/status'
	run_ok
	expect_out $'/marker\n/proc/1/status'
}

@test "remount: changes what is mounted" {
	make_bundle
	mnt tmpfs tmpfs /tmp size=1m
	mnt tmpfs tmpfs /tmp remount ro nosuid size=2m
	mountinfo
	run_ok
	expect_mount /tmp ro nosuid
}

@test "a hundred mounts" {
	make_bundle
	config '.mounts += [range(100) | {destination: "/tmp/\(.)", type: "bind", source: $s, options: ["bind", "ro"]}]' \
		--arg s "$T"
	config '.root.readonly = false'
	mountinfo
	run_ok
	[ "$(grep -c ' /tmp/[0-9]* ro,' <<<"$output")" = 100 ]
}

@test "cgroup: the mount shows the container's cgroup" {
	make_bundle
	mnt cgroup cgroup /sys/fs/cgroup nosuid noexec nodev relatime ro
	script 'cat /proc/self/mountinfo; cat /proc/self/cgroup; for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do
		[ ! -e $d/cgroup.procs ] || { echo "procs $(wc -l <$d/cgroup.procs)"; }; done'
	run_ok
	expect_mount /sys/fs/cgroup nosuid noexec nodev
	expect_no_line ' /sys/fs/cgroup[^ ]* rw,.* - cgroup2? '
	expect_line ' /sys/fs/cgroup[^ ]* ro,.* - cgroup2? '
	expect_line '^procs [1-9]'
	expect_no_line '^procs ([0-9]{2,}|0)$' # not the host's root
}

@test "sysfs, proc: a destination that is a symbolic link is refused" {
	for t in proc sysfs; do
		make_bundle
		d=/${t%fs}
		rmdir "$ROOTFS$d"
		mkdir -p "$ROOTFS/elsewhere"
		ln -s /elsewhere "$ROOTFS$d"
		run_it
		[ "$status" = 1 ] && [[ $stderr == *"/mounts/"* ]] || { show && false; }
		expect_nothing
		rm -r "$BUNDLE"
	done
}

@test "idmap: a bind mount with ids of its own" {
	make_bundle
	mkdir "$T/dir"
	touch "$T/dir/file"
	chown 1000:1000 "$T/dir/file"
	chmod 711 "$T"
	config '.mounts += [{destination: "/tmp", type: "bind", source: $s, options: ["bind", "idmap"],
		uidMappings: [{containerID: 1000, hostID: 5000, size: 1}], gidMappings: [{containerID: 1000, hostID: 6000, size: 1}]}]' \
		--arg s "$T/dir"
	script 'stat -c %u:%g /tmp/file'
	run_ok
	expect_out 5000:6000
}

@test "idmap: without maps, in a user namespace, it is that one's" {
	make_bundle
	mkdir "$T/dir"
	touch "$T/dir/file"
	chmod 711 "$T"
	m='[{"containerID":0,"hostID":100000,"size":65536}]'
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = $m | .linux.gidMappings = $m' --argjson m "$m"
	mnt bind "$T/dir" /tmp bind idmap
	script 'stat -c %u:%g /tmp/file && touch /tmp/new'
	run_ok
	expect_out 0:0
	[ "$(stat -c %u:%g "$T/dir/new")" = 0:0 ]
}
