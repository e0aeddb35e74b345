#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Podman and Buildah of this machine, driving the runtime that is given. Prints TAP.
#
#	run.sh [--runtime PATH] [--all] [--cgroups host|unified] [--filter REGEX] [FILE.bats...]
#
# --runtime PATH     what to test; else $HULL, else build/hull of this checkout
# --all              everything a second time, with only the unified hierarchy
# --cgroups unified  as if the host had only the unified hierarchy mounted
# --filter REGEX     only the tests whose name matches
# HULL_NO_INSTALL=1  never install packages: skip when something is missing
#
# Nothing of the machine changes: the tests run in a cgroup of their own in each hierarchy and in
# cgroup, mount, network, pid, uts and ipc namespaces of their own (inside.sh makes the inside of
# them). What this script makes outside is those cgroups and one empty directory, both removed at
# the end, whatever the end is.
set -u

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)

runtime=${HULL:-$top/build/hull}
all=
cgroups=host
filter=
files=()
packages=(podman buildah uidmap catatonit iptables netavark busybox-static bsdutils bats)

usage() {
	sed -n 's/^#\t\(run.sh.*\)/usage: \1/p' "$0" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	--runtime) runtime=${2:?} && shift ;;
	--runtime=*) runtime=${1#*=} ;;
	--cgroups) cgroups=${2:?} && shift ;;
	--cgroups=*) cgroups=${1#*=} ;;
	--filter) filter=${2:?} && shift ;;
	--filter=*) filter=${1#*=} ;;
	--all) all=1 ;;
	-*) usage ;;
	*) files+=("$(realpath -- "$1")") ;;
	esac
	shift
done
case $cgroups in host | unified) ;; *) usage ;; esac
[ ${#files[@]} -gt 0 ] || files=("$here"/*.bats)

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# What of the packages is needed and not there, by the file that each is needed for.
missing() {
	local p
	for p in podman buildah newuidmap iptables script bats; do
		command -v "$p" >/dev/null || echo "$p"
	done
	[ -e /usr/bin/catatonit ] || [ -e /usr/libexec/podman/catatonit ] || echo catatonit
	[ -e /usr/lib/podman/netavark ] || [ -e /usr/libexec/podman/netavark ] || echo netavark
	static_busybox >/dev/null || echo busybox-static
}

static_busybox() {
	local b
	for b in /bin/busybox /usr/bin/busybox; do
		[ -x "$b" ] && ! ldd "$b" >/dev/null 2>&1 && echo "$b" && return
	done
	return 1
}

[ "$(id -u)" = 0 ] || skip_all "needs root"
if [ ! -x "$runtime" ]; then
	printf '%s\n' 1..1 "not ok 1 - there is a runtime at $runtime"
	exit 1
fi
runtime=$(realpath -- "$runtime")
if [ -n "$(missing)" ] && [ -z "${HULL_NO_INSTALL:-}" ] && command -v apt-get >/dev/null; then
	{
		export DEBIAN_FRONTEND=noninteractive
		apt-get install -y --no-install-recommends "${packages[@]}" ||
			{ apt-get update && apt-get install -y --no-install-recommends "${packages[@]}"; }
	} >&2 </dev/null
fi
[ -z "$(missing)" ] || skip_all "not installed:" $(missing)

# --- what is made outside, and its end -----------------------------------------------------------

name=hull-test-engines-$$
work=
inner=
cgdirs=()

# The cgroup directory this process is in, for a line of /proc/self/cgroup, if it is mounted.
cgroup_dir() { # fstype controller path
	local want=$1 ctl=$2 path=$3 rest root mnt fs opts
	while read -r rest; do
		set -- ${rest%% - *}
		root=$4 mnt=$5
		set -- ${rest##* - }
		fs=$1 opts=${*: -1}
		[ "$fs" = "$want" ] || continue
		[ "$fs" = cgroup2 ] || [[ ,$opts, == *",$ctl,"* ]] || continue
		[ "$root" = / ] && root=
		[[ $path/ == "$root"/* ]] || continue
		found=$mnt${path#"$root"}
	done </proc/self/mountinfo
	found=${found%/}
}

make_cgroups() {
	local id ctl path found dir f
	while IFS=: read -r id ctl path; do
		found=
		if [ "$id" = 0 ]; then
			cgroup_dir cgroup2 '' "$path"
			# Limits need the controllers of the parent, which a cgroup with processes cannot
			# hand on; the root can. (Its cgroup.type file is what the root lacks.)
			if [ -n "$found" ] && [ "$path" != / ]; then
				dir=${found%"$path"}
				[ -e "$dir/cgroup.procs" ] && [ ! -e "$dir/cgroup.type" ] && found=$dir
			fi
		else
			cgroup_dir cgroup "${ctl%%,*}" "$path"
		fi
		[ -n "$found" ] || continue
		dir=$found/$name
		mkdir "$dir" || return
		cgdirs+=("$dir")
		for f in cpuset.cpus cpuset.mems; do
			[ "$id" = 0 ] || [ ! -e "$dir/$f" ] || cat "$found/$f" >"$dir/$f" || return
		done
	done </proc/self/cgroup
	[ ${#cgdirs[@]} -gt 0 ]
}

# A frozen task does not even die of SIGKILL: thaw first, then kill, then remove from the leaves up.
remove_cgroups() {
	local d f p left
	for _ in $(seq 100); do
		left=()
		for d in "${cgdirs[@]}"; do
			[ ! -d "$d" ] || left+=("$d")
		done
		[ ${#left[@]} -gt 0 ] || return 0
		while read -r f; do
			case $f in
			*/freezer.state) echo THAWED >"$f" ;;
			*/cgroup.freeze) echo 0 >"$f" ;;
			*) while read -r p; do kill -KILL "$p"; done <"$f" ;;
			esac
		done < <(find "${left[@]}" -name freezer.state -o -name cgroup.freeze &&
			find "${left[@]}" -name cgroup.procs)
		find "${left[@]}" -depth -type d -exec rmdir {} +
		sleep 0.1
	done 2>/dev/null
	echo "# run.sh: could not remove ${left[*]}" >&2
	return 1
}

cleanup() {
	local rc=$?
	trap '' HUP INT TERM
	trap - EXIT
	if [ -n "$inner" ]; then
		kill -KILL "$inner" 2>/dev/null
		remove_cgroups || rc=1
		wait "$inner" 2>/dev/null
	fi
	[ ${#cgdirs[@]} = 0 ] || remove_cgroups || rc=1
	[ -z "$work" ] || rmdir "$work" || rc=1
	exit $rc
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

make_cgroups || skip_all "cannot make cgroups"
work=$(mktemp -d "${TMPDIR:-/tmp}/hull-test-engines.XXXXXX") || exit 1
chmod 755 "$work"

# The shell enters the cgroups, then the cgroup namespace that has them as its root, then the rest.
# --kill-child: when unshare dies its child dies, the init of the pid namespace, and so all of it.
(
	for d in "${cgdirs[@]}"; do
		echo $BASHPID >"$d/cgroup.procs" || exit 1
	done
	export ENGINES_HERE=$here ENGINES_TOP=$top ENGINES_WORK=$work ENGINES_RUNTIME=$runtime
	export ENGINES_ALL=$all ENGINES_CGROUPS=$cgroups ENGINES_FILTER=$filter
	ENGINES_BUSYBOX=$(static_busybox) && export ENGINES_BUSYBOX
	exec setpriv --pdeathsig KILL unshare --cgroup \
		unshare --mount --net --pid --uts --ipc --propagation private --fork --kill-child --mount-proc \
		"$here/inside.sh" "${files[@]}"
) </dev/null &
inner=$!
wait $inner
rc=$?
inner=
exit $rc
