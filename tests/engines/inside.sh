#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# inside.sh FILE.bats...: the inside of a run; run.sh starts it as the first process of namespaces
# and cgroups of their own, and it has no other use.
#
# A pass is one go of all test files over a fresh little machine: /etc with a user of its own over
# the real one, and /run, /tmp, /var/lib and so on empty, all of it in one tmpfs of a mount namespace
# that ends with the pass.
set -u

user=eng
uid=4242
root=/run/hull-test # where what belongs to the tests is, inside

say() {
	echo "# inside.sh: $*" >&2
}

# The hierarchies of the host, mounted anew: as this comes from the cgroup namespace, their roots are
# the cgroups that run.sh made.
mount_cgroups() { # host|unified
	local id ctl path
	# Podman tries to unmount all that mountinfo has below /sys: no mounts that this one hides.
	umount -R -l /sys
	mount -t sysfs -o nosuid,nodev,noexec sysfs /sys || return
	if [ "$1" = unified ] || ! grep -q ' - cgroup ' "$mountinfo"; then
		mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup || return
		# no processes in a cgroup that hands on controllers
		mkdir -p /sys/fs/cgroup/tests && echo 0 >/sys/fs/cgroup/tests/cgroup.procs || return
		for ctl in $(cat /sys/fs/cgroup/cgroup.controllers); do
			echo "+$ctl" >/sys/fs/cgroup/cgroup.subtree_control || say "no $ctl"
		done
		return 0
	fi
	mount -t tmpfs -o nosuid,nodev,noexec,mode=755 cgroup /sys/fs/cgroup || return
	while IFS=: read -r id ctl path; do
		if [ "$id" = 0 ]; then
			grep -q ' - cgroup2 ' "$mountinfo" || continue
			mkdir /sys/fs/cgroup/unified &&
				mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup/unified || return
			continue
		fi
		mkdir "/sys/fs/cgroup/${ctl#name=}" || return
		if [[ $ctl == name=* ]]; then
			mount -t cgroup -o "nosuid,nodev,noexec,none,$ctl" cgroup "/sys/fs/cgroup/${ctl#name=}"
		else
			mount -t cgroup -o "nosuid,nodev,noexec,$ctl" cgroup "/sys/fs/cgroup/$ctl"
		fi || return
	done </proc/self/cgroup
}

# What the engines read below /etc.
write_etc() {
	local nproc nofile pids_limit=
	echo "$user:x:$uid:$uid:Engine tests:/var/lib/$user:/bin/bash" >>/etc/passwd
	echo "$user:x:$uid:" >>/etc/group
	printf '%s\n' "$user:100000:65536" "containers:1000000:1048576" >/etc/subuid
	cp /etc/subuid /etc/subgid
	printf '127.0.0.1 localhost\n' >/etc/hosts
	printf 'nameserver 127.0.0.1\n' >/etc/resolv.conf

	# The engines ask for more than a process without CAP_SYS_RESOURCE may have.
	nofile=$(ulimit -Hn)
	nproc=$(ulimit -Hu)
	[ "$nproc" != unlimited ] && [ "$nproc" -lt "$(cat /proc/sys/kernel/pid_max)" ] ||
		nproc=$(cat /proc/sys/kernel/pid_max)
	[ "$nofile" != unlimited ] && [ "$nofile" -lt 20000 ] || nofile=20000
	# Podman asks for a limit that it cannot have where the controller is not.
	[ -d /sys/fs/cgroup/pids ] || grep -qw pids /sys/fs/cgroup/cgroup.controllers 2>/dev/null ||
		pids_limit='pids_limit = 0'
	rm -rf /etc/containers /etc/cni
	mkdir -p /etc/containers/containers.conf.d
	cat >/etc/containers/containers.conf <<-X
	[containers]
	default_ulimits = ["nofile=$nofile:$nofile", "nproc=$nproc:$nproc"]
	$pids_limit
	log_driver = "k8s-file"
	[engine]
	events_logger = "file"
	cgroup_manager = "cgroupfs"
	[network]
	network_backend = "netavark"
	X
	# The drop-in that hull ships, with the place where hull is here.
	sed "s,\"/usr/[a-z/]*/hull\",\"$root/bin/hull\"," "$ENGINES_TOP/contrib/engines/50-hull.conf" \
		>/etc/containers/containers.conf.d/50-hull.conf || return
	echo '{"default":[{"type":"insecureAcceptAnything"}]}' >/etc/containers/policy.json
	printf 'unqualified-search-registries = []\n' >/etc/containers/registries.conf
	printf '[storage]\ndriver = "overlay"\nrunroot = "/run/containers/storage"\n%s\n' \
		'graphroot = "/var/lib/containers/storage"' >/etc/containers/storage.conf
}

mount_files() { # one tmpfs for all that is written
	local t=$ENGINES_WORK d
	mount -t tmpfs -o mode=755 hull-test "$t" && mkdir "$t"/{run,tmp,var-tmp,var-lib,etc,etc-work} || return
	chmod 1777 "$t/tmp" "$t/var-tmp"
	mkdir -p "$t$root/bin" "$t$root/tests" "$t/var-lib/$user" "$t/run/user/$uid" || return
	cp -L "$ENGINES_RUNTIME" "$t$root/bin/" && cp "${files[@]}" "$ENGINES_HERE/lib.bash" "$t$root/tests/" || return
	chown "$uid:$uid" "$t/var-lib/$user" "$t/run/user/$uid"
	chmod 700 "$t/run/user/$uid"
	mount -t overlay -o "lowerdir=/etc,upperdir=$t/etc,workdir=$t/etc-work" overlay /etc || return
	write_etc || return
	mount -t tmpfs -o nosuid,nodev,mode=1777 shm /dev/shm &&
		mount -t devpts -o newinstance,nosuid,noexec,ptmxmode=0666,mode=620,gid=5 devpts /dev/pts || return
	# From here on $t may be hidden: the sources of these are below it.
	cd "$t" || return
	for d in var-lib:/var/lib var-tmp:/var/tmp tmp:/tmp run:/run; do
		mount --bind "${d%:*}" "${d#*:}" || return
	done
	cd /
}

# A root file system of busybox alone, as a tree, as a tar of it, and as a docker archive.
make_images() {
	local i=$root/images b
	mkdir -p "$i" && cd "$i" || return
	mkdir -p box/{bin,dev,etc,home/app,proc,root,run,sys,tmp,var/tmp} &&
		cp -L "$ENGINES_BUSYBOX" box/bin/busybox || return
	for b in $(box/bin/busybox --list); do
		[ "$b" = busybox ] || ln -s busybox "box/bin/$b" || return
	done
	chmod 1777 box/tmp box/var/tmp
	chown 1000:1000 box/home/app
	printf '%s\n' root:x:0:0:root:/root:/bin/sh app:x:1000:1000:app:/home/app:/bin/sh >box/etc/passwd
	printf '%s\n' root:x:0: app:x:1000: extra:x:2000:app other:x:3000: >box/etc/group
	: >box/bin/noexec-file
	tar -C box -cf box.tar . || return

	mkdir archive && cp box.tar archive/layer.tar && cd archive || return
	cat >config.json <<-X
	{"architecture":"amd64","os":"linux","config":{"Cmd":["sh"],"Env":["PATH=/bin","FROM_IMAGE=yes"]},
	"created":"2024-01-01T00:00:00Z","history":[{"created":"2024-01-01T00:00:00Z","created_by":"tar"}],
	"rootfs":{"type":"layers","diff_ids":["sha256:$(sha256sum <layer.tar | cut -d' ' -f1)"]}}
	X
	echo '[{"Config":"config.json","RepoTags":["localhost/box:1"],"Layers":["layer.tar"]}]' >manifest.json
	tar -cf ../box-archive.tar manifest.json config.json layer.tar || return
	cd .. && rm -rf archive

	# what pods have as their first process: something static that waits for its signal
	mkdir pause && cp -L "$(command -v catatonit || echo /usr/libexec/podman/catatonit)" pause/pause &&
		tar -C pause -cf pause.tar . || return
	chmod -R a+rX "$root"
	cd /
}

as_user() {
	setpriv --reuid $uid --regid $uid --init-groups --reset-env env -C "/var/lib/$user" \
		"XDG_RUNTIME_DIR=/run/user/$uid" "PATH=$PATH" "$@"
}

# Whatever a failed test left frozen would keep the namespace from ending.
thaw() {
	local f
	find /sys/fs/cgroup -name freezer.state -o -name cgroup.freeze | while read -r f; do
		case $f in
		*.state) [ "$(cat "$f")" = THAWED ] || echo THAWED >"$f" ;;
		*) [ "$(cat "$f")" = 0 ] || echo 0 >"$f" ;;
		esac
	done 2>/dev/null
}

pass() { # host|unified, in a mount namespace of its own
	local rc
	mountinfo=$(mktemp) && cat /proc/self/mountinfo >"$mountinfo"
	mount_cgroups "$1"
	rc=$?
	rm "$mountinfo"
	[ $rc = 0 ] && mount_files && make_images || return 3
	busybox ip link set lo up 2>/dev/null || ip link set lo up || say "lo is not up"
	unset TMPDIR
	export HOME=/root XDG_RUNTIME_DIR='' ROOT=$root ENG_USER=$user ENG_UID=$uid
	unset DOCKER_CONFIG REGISTRY_AUTH_FILE
	export BATS_TEST_TIMEOUT=120
	export RUNTIME=$root/bin/${ENGINES_RUNTIME##*/}
	cd $root/tests || return 3
	bats --tap ${ENGINES_TIMING:+--timing} ${ENGINES_FILTER:+--filter "$ENGINES_FILTER"} \
		"${files[@]##*/}" </dev/null
	rc=$?
	thaw
	return $rc
}

# This script again, in a mount namespace for the pass.
if [ -n "${ENGINES_PASS:-}" ]; then
	files=("$@")
	pass "$ENGINES_PASS"
	exit
fi

run_pass() {
	ENGINES_PASS=$1 unshare --mount --propagation private "$0" "${@:2}"
}

passes=("$ENGINES_CGROUPS")
if [ -n "$ENGINES_ALL" ] && [ "$ENGINES_CGROUPS" = host ] && grep -q ' - cgroup ' /proc/self/mountinfo; then
	passes+=(unified)
fi
{
	rc=0
	for p in "${passes[@]}"; do
		echo "pass $p"
		run_pass "$p" "$@" || rc=$?
	done
	echo "rc $rc"
} | {
	n=0 want=0 failed=0 rc=none prefix=
	while IFS= read -r line; do
		case $line in
		'pass '*)
			[ "${line#pass }" = unified ] && prefix='cgroup2 only: ' || prefix=
			;;
		'rc '[0-9]*) rc=${line#rc } ;;
		1..[0-9]*) want=$((want + ${line#1..})) ;;
		'ok '[0-9]* | 'not ok '[0-9]*)
			n=$((n + 1))
			line=${line/\# skip/# SKIP}
			case $line in
			ok*) echo "ok $n $prefix${line#ok * }" ;;
			*) failed=1 && echo "not ok $n $prefix${line#not ok * }" ;;
			esac
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	# a run that ended early must not look like one that had little to do
	if [ $n != $want ] || [ $want = 0 ] || [ "$rc" != 0 ] && [ $failed = 0 ]; then
		echo "not ok $((n + 1)) all tests ran ($n of $want, status $rc)"
		n=$((n + 1)) failed=1
	fi
	echo "1..$n"
	exit $failed
}
