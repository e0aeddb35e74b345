#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# fault.sh - fails at every step, and looks at what is left behind (TAP)
#
#	HULL=PROGRAM tests/lib/alone tests/fault/fault.sh [REGEX]
#
# PROGRAM is a build with --enable-faults: HULL_FAULT=STEP:ENOSPC makes that step fail, STEP:KILL is
# kill -9 there. `hull steps' is the list. For each step of create, start, run and exec: the
# error names the step, and the host looks as it did before (or, after KILL, as soon as `delete
# --force' has been there). For delete, which has no list, each system call that changes something
# is failed in turn: what it says has to be true. So it is for each system call of run.
#
# Which steps a configuration comes by is taken from --trace. A step that none of them
# comes by fails, unless it is in `unreachable' below.
#
# REGEX: only the tests whose names match.
set -u

here=$(cd "$(dirname "$0")" && pwd -P)
bats_require_minimum_version() { :; }
BATS_RUN_TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/hull-test-fault.XXXXXX") || exit 1
BATS_TEST_TMPDIR=$BATS_RUN_TMPDIR
BATS_TEST_NUMBER=0
. "$here/../lib/hull.bash"
only=${1-}

unset HULL_FAULT
exec 3>&1 # TAP
n=0 failed=0

tap() { # ok|not ok, name, what there is to say
	n=$((n + 1))
	echo "$1 $n - $2" >&3
	[ "$1" = ok ] || failed=$((failed + 1))
	[ -z "${3-}" ] || printf '%s\n' "$3" | sed 's/^/# /' >&3
}

skip() { # name, reason
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2" >&3
}

finish() {
	local rc=$?
	trap - EXIT
	[ -z "${SINK:-}" ] || kill "$SINK"
	[ -z "${HOLDER:-}" ] || kill "$HOLDER"
	for d in "$STATE"/*/; do
		[ ! -d "$d" ] || "$HULL" --root "$STATE" delete --force "$(basename "$d")"
	done
	rm -rf --one-file-system "$BATS_RUN_TMPDIR"
	[ $rc != 0 ] || echo "1..$n" >&3
	[ $rc != 0 ] || [ $failed = 0 ] || rc=1
	exit $rc
}
trap finish EXIT
trap 'exit 143' TERM INT HUP

"$HULL" steps >"$BATS_RUN_TMPDIR/steps" || exit 1
if HULL_FAULT=state.claim:ENOSPC "$HULL" --root "$BATS_RUN_TMPDIR/none" create none 2>&1 | grep -q -- --enable-faults; then
	echo "Bail out! $HULL was built without --enable-faults" >&3
	exit 1
fi

# The steps of a list whose names are on stdin, in the list's order: LANE NAME.
in_order() { # LIST
	awk -v l="$1" 'NR == FNR { want[$1]; next } $1 == l && $3 in want { print $2, $3 }' - "$BATS_RUN_TMPDIR/steps"
}

# The names in $T/trace, and that of the step after which there is nobody to write there.
names() {
	{
		sed -n 's/^[[,]*{"name":"\([^"]*\)".*/\1/p' "$T/trace"
		echo exec.program
	} | sort -u
}

# Part of `create', or of `start'?
part_of() { # NAME
	awk -v n="$1" '$3 == "start.wait" { after = 1 }
		$1 == "create" && $3 == n { print (after ? "start" : "create"); exit }' "$BATS_RUN_TMPDIR/steps"
}

of_part() { # create|start; LANE NAME lines on stdin
	local lane step
	while read -r lane step; do
		[ "$(part_of "$step")" != "$1" ] || echo "$lane $step"
	done
}

# --- configurations, by what makes steps apply ---------------------------------------------------

# plain: the bundle of `hull spec'
plain() { :; }

# rich: what root has and a default bundle lacks (PF_HOOKS_*, PF_DOMAINNAME, PF_TIMENS, PF_SYSCTL, PF_OOM, PF_SCHED)
rich() {
	config '.domainname = "example.test" | .linux.namespaces += [{type: "time"}]
		| .linux.timeOffsets = {boottime: {secs: 100}} | .linux.sysctl = {"kernel.msgmax": "4096"}
		| .process.oomScoreAdj = 500 | .process.scheduler = {policy: "SCHED_BATCH"}
		| .linux.rootfsPropagation = "rshared"
		| .linux.resources = {pids: {limit: 100}, memory: {limit: 50000000}}
		| .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup"]},
			{destination: "/etc/group", type: "bind", source: "/etc/group", options: ["bind", "ro"]},
			{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}]
		| .hooks = ({prestart, createRuntime, createContainer, startContainer, poststart, poststop}
			| map_values([{path: $t}]))' --arg t /bin/true
	# where the host's file system is seen, and in the container
	cp -L /bin/true "$T/true"
}

# user: a user namespace, a terminal, an idmap, a filter without no_new_privs (PF_USERNS, PF_TTY, PF_IDMAP)
user() {
	mkdir -p "$T/volume" "$ROOTFS/volume"
	config '.process.terminal = true | .process.noNewPrivileges = false
		| .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = $m | .linux.gidMappings = $m
		| .mounts += [{destination: "/volume", type: "bind", source: $v, options: ["bind", "idmap"]}]' \
		--argjson m '[{"containerID":0,"hostID":100000,"size":65536}]' --arg v "$T/volume"
	options=(--console-socket "$T/console")
}

# joined: namespaces that are there already (PF_JOIN)
joined() {
	config '.linux.namespaces = [.linux.namespaces[] | if .type == "network" then .path = $n + "net"
		elif .type == "ipc" then .path = $n + "ipc" else . end]' --arg n "/proc/$HOLDER/ns/"
}

# agent_late, agent_early: a seccomp listener, with and without no_new_privs (PF_NOTIFY)
agent_late() {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
		listenerPath: $s, syscalls: [{names: ["swapoff"], action: "SCMP_ACT_NOTIFY"}]}' --arg s "$T/agent"
}

agent_early() {
	agent_late
	config '.process.noNewPrivileges = false'
}

# bare: no mount namespace to copy for, no pid namespace, nothing of its own (the steps do without)
bare() {
	config '.linux.namespaces = [{type: "mount"}] | del(.hostname, .linux.seccomp, .linux.maskedPaths, .linux.readonlyPaths)
		| .root.readonly = false | .mounts = []'
}

# Steps that can't be come by here, and why.
unreachable() { # NAME
	case $1 in
	lsm.label) [ -d /sys/kernel/security/apparmor ] || [ -d /sys/fs/selinux ] || echo "there is neither AppArmor nor SELinux" ;;
	sources.inside) echo "only for an ordinary user, below" ;;
	net.move | rdt.*) echo "not in this version" ;;
	esac
}

# --- one fault, and what is left --------------------------------------------------------------------

fresh() { # CONFIGURATION
	rm -rf --one-file-system "$BUNDLE"
	options=()
	make_bundle
	"$1"
	program sleep 1000
}

# stderr, if the host is not as it was
left_behind() {
	local i after
	for i in 1 2 3 4 5 6 7 8; do
		after=$(snapshot_host)
		[ "$after" != "$BEFORE" ] || return 1
		sleep 0.05
	done
	diff <(echo "$BEFORE") <(echo "$after")
	return 0
}

clean_up() {
	"$HULL" --root "$STATE" delete --force "$ID" >"$T/delete" 2>&1 || cat "$T/delete"
}

wanted() {
	[ -z "$only" ] || [[ $1 =~ $only ]]
}

# The error has to be there, to name the step, and to say why.
bad_error() { # STATUS STEP FILE
	[ "$1" != 0 ] || { echo "it succeeded" && return; }
	[ "$1" -lt 128 ] || [ "$1" = 255 ] || { echo "status $1" && cat "$3" && return; }
	grep -qF "$2: " "$3" || { echo "the error does not name the step:" && cat "$3" && return; }
	grep -q "No space left on device" "$3" || { echo "the error does not say why:" && cat "$3" && return; }
	return 1
}

hull_limited() { # as hull, but for 20 s at most
	timeout --foreground -k 1 20 "$HULL" --root "$STATE" "$@" </dev/null >"$T/out" 2>"$T/err" 3>&-
}

fault_create() { # STEP ENOSPC|KILL
	local rc=0 what lane
	HULL_FAULT=$1:$2 hull_limited create --bundle "$BUNDLE" "${options[@]}" "$ID" || rc=$?
	lane=$(awk -v n="$1" '$1 == "create" && $3 == n { print $2 }' "$BATS_RUN_TMPDIR/steps")
	if [ "$2" = ENOSPC ]; then
		what=$(bad_error $rc "$1" "$T/err") && echo "$what"
	elif [ $rc = 0 ]; then
		echo "it succeeded"
	elif [ $rc = 124 ]; then
		echo "it did not end"
	elif [ "$lane" = PARENT ]; then
		what=$(clean_up)
		[ -z "$what" ] || echo "delete --force: $what"
	fi
	what=$(left_behind) && echo "left behind:" && echo "$what" && clean_up
}

fault_start() { # STEP ENOSPC|KILL
	local rc=0 what
	# INIT has it from create, PARENT from start
	HULL_FAULT=$1:$2 hull_limited create --bundle "$BUNDLE" "${options[@]}" "$ID" || rc=$?
	[ $rc = 0 ] || { echo "create ended with $rc:" && cat "$T/err"; }
	rc=0
	HULL_FAULT=$1:$2 hull_limited start "$ID" || rc=$?
	if [ "$2" = ENOSPC ]; then
		what=$(bad_error $rc "$1" "$T/err") && [ "$1" != start.wait ] && echo "$what"
		# INIT ends in start.wait: before `start` has looked for it, or while it calls
		[ "$1" != start.wait ] || grep -qE "that has stopped|start\.wait: .* is gone" "$T/err" || cat "$T/err"
		# stopped, or gone
		what=$("$HULL" --root "$STATE" state "$ID" 2>/dev/null | jq -r .status)
		[ -z "$what" ] || [ "$what" = stopped ] || echo "the container is $what"
	elif [ $rc = 124 ]; then
		echo "it did not end"
	fi
	what=$(clean_up)
	[ -z "$what" ] || echo "delete --force: $what"
	what=$(left_behind) && echo "left behind:" && echo "$what"
}

fault_run() { # STEP ENOSPC
	local rc=0 what
	HULL_FAULT=$1:$2 hull_limited run --bundle "$BUNDLE" --detach "${options[@]}" "$ID" || rc=$?
	what=$(bad_error $rc "$1" "$T/err") && echo "$what"
	what=$(left_behind) && echo "left behind:" && echo "$what" && clean_up
}

fault_exec() { # STEP ENOSPC|KILL; a container runs
	local rc=0 what i
	rm -f "$T/pid"
	HULL_FAULT=$1:$2 hull_limited exec --pid-file "$T/pid" --detach "${exec_options[@]}" "$ID" "${exec_args[@]}" || rc=$?
	if [ "$2" = ENOSPC ]; then
		what=$(bad_error $rc "$1" "$T/err") && echo "$what"
		[ $rc = 255 ] || echo "status $rc, not 255"
		[ ! -e "$T/pid" ] || echo "there is a pid file"
	elif [ $rc = 124 ]; then
		echo "it did not end"
	fi
	for i in 1 2 3 4 5 6 7 8; do
		what=$("$HULL" --root "$STATE" ps --format json "$ID" | jq -c .)
		[ "$what" != "[$init]" ] || return 0
		sleep 0.05
	done
	# a PARENT that was killed after the exec has left what it was asked for
	[ "$2" = KILL ] && [[ $1 == exec.await ]] || echo "processes: $what, not only init ($init)"
	for i in $(jq '.[]' <<<"$what"); do
		[ "$i" = "$init" ] || kill -KILL "$i"
	done
}

sweep() { # COMMAND CONFIGURATION ERRNO; LANE NAME lines on stdin
	local lane step what
	while read -r lane step; do
		wanted "$1 $2 $step $3" || continue
		what=$("fault_$1" "$step" "$3")
		if [ -z "$what" ]; then
			tap ok "$1 ($2): $step $3 ($lane)"
		else
			tap "not ok" "$1 ($2): $step $3 ($lane)" "$what"
		fi
	done
}

# --- create, start, run, exec -----------------------------------------------------------------------

T=$BATS_TEST_TMPDIR
ID=hull-test-fault-${HULL_TEST_TOKEN:-0}-$$
STATE=$T/state
BUNDLE=$T/bundle
mkdir "$STATE"
python3 "$here/sink.py" "$T/console" "$T/agent" 3>&- &
SINK=$!
unshare --net --ipc sleep 1000 3>&- &
HOLDER=$!
listening() { [ -S "$T/console" ] && [ -S "$T/agent" ] && [ "$(cat /proc/$HOLDER/comm)" = sleep ]; }
await listening

: >"$T/seen"
for c in plain rich user joined agent_late agent_early bare; do
	fresh $c
	BEFORE=$(snapshot_host)
	rm -f "$T/trace"
	if ! hull_limited --trace "$T/trace" create --bundle "$BUNDLE" "${options[@]}" "$ID" ||
		! hull_limited --trace "$T/trace" start "$ID"; then
		tap "not ok" "$c: without a fault" "$(cat "$T/err")"
		clean_up
		continue
	fi
	names >"$T/create.names"
	exec_options=() exec_args=(sleep 1000)
	[ $c != user ] || exec_options=(--tty --console-socket "$T/console")
	if [ $c = rich ]; then
		jq '.process | .args = ["sleep", "1000"]' "$BUNDLE/config.json" >"$T/process.json"
		exec_options=(--process "$T/process.json") exec_args=()
	fi
	rm -f "$T/trace"
	if ! hull_limited --trace "$T/trace" exec --detach "${exec_options[@]}" "$ID" "${exec_args[@]}"; then
		tap "not ok" "$c: exec without a fault" "$(cat "$T/err")"
	fi
	names >"$T/exec.names"
	clean_up
	left_behind && { tap "not ok" "$c: without a fault, all of it is removed"; }

	# Every step once with ENOSPC; with KILL those that are new.
	in_order create <"$T/create.names" >"$T/create.steps"
	grep -vxFf "$T/seen" "$T/create.steps" >"$T/new.steps"
	for part in create start; do
		sweep $part $c ENOSPC < <(of_part $part <"$T/create.steps")
		sweep $part $c KILL < <(of_part $part <"$T/new.steps")
	done

	rm -f "$T/trace"
	if hull_limited --trace "$T/trace" run --detach --bundle "$BUNDLE" "${options[@]}" "$ID"; then
		init=$("$HULL" --root "$STATE" state "$ID" | jq .pid)
		in_order exec <"$T/exec.names" >"$T/exec.steps"
		sed 's/ / exec:/' "$T/exec.steps" | grep -vxFf "$T/seen" | sed 's/exec://' >"$T/new.steps"
		sweep exec $c ENOSPC <"$T/exec.steps"
		sweep exec $c KILL <"$T/new.steps"
		clean_up
	else
		tap "not ok" "$c: run without a fault" "$(cat "$T/err")"
	fi
	sweep run $c ENOSPC < <(names | in_order create)
	cat "$T/create.steps" >>"$T/seen"
	sed 's/ / exec:/' "$T/exec.steps" >>"$T/seen"
done

# Every step of both lists has been come by.
while read -r list lane step _; do
	wanted "reached $list $step" || continue
	name=$step
	[ "$list" = create ] || name=exec:$step
	grep -qx "$lane $name" "$T/seen" && continue
	why=$(unreachable "$step")
	if [ -n "$why" ]; then
		skip "$list: $step ($lane)" "$why"
	else
		tap "not ok" "$list: $step ($lane): no configuration here comes by it"
	fi
done <"$BATS_RUN_TMPDIR/steps"

# --- an ordinary user ---------------------------------------------------------------------------

rootless() {
	local d=$T/user rc=0 what step
	mkdir -p "$d/state" "$d/bundle"
	chmod 711 "$T" "$BATS_RUN_TMPDIR"
	cp "$HULL" "$d/hull"
	fresh plain
	cp -a "$ROOTFS" "$d/bundle/rootfs"
	chown -R -h 4243:4243 "$d"
	(cd "$d/bundle" && setpriv --reuid 4243 --regid 4243 --clear-groups -- "$d/hull" spec --rootless)
	jq '.process.terminal = false | .process.args = ["sleep", "1000"]' "$d/bundle/config.json" >"$T/c"
	cat "$T/c" >"$d/bundle/config.json"
	BEFORE=$(STATE=$d/state HULL=$d/hull snapshot_host)
	for step in sources.inside mount.entries userns.map cred.drop; do
		rc=0
		HULL_FAULT=$step:ENOSPC XDG_RUNTIME_DIR=$d timeout -k 1 20 setpriv --reuid 4243 --regid 4243 --clear-groups -- \
			"$d/hull" --root "$d/state" create --bundle "$d/bundle" "$ID" </dev/null >"$T/out" 2>"$T/err" 3>&- || rc=$?
		what=$(bad_error $rc $step "$T/err")
		what+=$(STATE=$d/state HULL=$d/hull left_behind)
		[ -z "$what" ] && tap ok "rootless create: $step" || tap "not ok" "rootless create: $step" "$what"
	done
	rm -rf --one-file-system "$d"
}
! wanted "rootless create" || rootless

# --- delete: each system call that changes something ------------------------------------------------

# Either it says that it failed, and a second one removes everything; or everything is removed.
fault_delete() { # CALL N
	local rc=0 what
	hull_limited run --detach --bundle "$BUNDLE" "$ID" || { echo "run: $(cat "$T/err")" && return; }
	timeout -k 1 30 strace -qq -o "$T/strace" -e trace="$1" -e inject="$1:error=EIO:when=$2" \
		"$HULL" --root "$STATE" delete --force "$ID" </dev/null >"$T/out" 2>"$T/err" 3>&- || rc=$?
	grep -q INJECTED "$T/strace" || { clean_up && return 1; }
	if [ $rc = 124 ] || [ $rc -ge 128 ]; then
		echo "status $rc"
	elif [ $rc != 0 ] && [ ! -s "$T/err" ]; then
		echo "status $rc without a word"
	elif [ $rc != 0 ]; then
		what=$(clean_up)
		[ -z "$what" ] || echo "a second delete --force: $what"
	fi
	what=$(left_behind) && echo "left behind (status $rc, $(cat "$T/err")):" && echo "$what" && clean_up
	return 0
}

if ! command -v strace >/dev/null; then
	skip "delete" "strace is not installed"
else
	fresh plain
	BEFORE=$(snapshot_host)
	for call in pidfd_send_signal,kill,rt_sigqueueinfo unlink,unlinkat rmdir write openat,openat2 flock pidfd_open \
		rename,renameat,renameat2 getdents64 read; do
		for ((i = 1; i <= 12; i++)); do
			wanted "delete $call $i" || continue
			what=$(fault_delete "$call" "$i") || break # there are not so many of them
			[ -z "$what" ] && tap ok "delete: $call, number $i" || tap "not ok" "delete: $call, number $i" "$what"
		done
	done
fi

# --- run: each system call of both processes, once each time it is made --------------------------

# It ends, says something if it failed, and then `delete --force' has nothing to add, or removes it.
fault_call() { # CALL N
	local rc=0 what
	timeout -k 1 30 strace -f -qq -o "$T/strace" -e trace="$1" -e inject="$1:error=EIO:when=$2" \
		"$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>"$T/err" 3>&- || rc=$?
	grep -q INJECTED "$T/strace" || return 1
	[ $rc != 124 ] && [ $rc -lt 128 ] || echo "$1, number $2: status $rc"
	[ $rc = 0 ] || [ -s "$T/err" ] || echo "$1, number $2: status $rc without a word"
	if [ $rc = 0 ]; then
		[ -z "$(state_files)$(cgroup_dirs)" ] || echo "$1, number $2: it succeeded, and left $(state_files) $(cgroup_dirs)"
	fi
	what=$(clean_up)
	[ -z "$what" ] || echo "$1, number $2: delete --force: $what"
	[ -z "$(state_files)$(cgroup_dirs)" ] || echo "$1, number $2: left $(state_files) $(cgroup_dirs)"
	return 0
}

if ! command -v strace >/dev/null; then
	skip "run" "strace is not installed"
else
	program true
	# (close that fails is close that was not done here, and mmap's first callers are before main)
	for call in openat openat2 open_tree move_mount mount_setattr fsopen fsconfig fsmount mkdirat,mkdir mknodat \
		symlinkat write read fstat,newfstatat memfd_create clone3,clone pidfd_open socketpair sendmsg,sendto \
		recvmsg,recvfrom poll,ppoll ioctl prctl capset setgroups setresuid setresgid close_range pivot_root \
		umount2 chdir,fchdir unshare keyctl execve,execveat seccomp fcntl renameat,renameat2 unlinkat,unlink \
		rmdir statfs,fstatfs ftruncate mprotect waitid,wait4 getdents64 flock dup2,dup3 sethostname prlimit64; do
		wanted "run: $call" || continue
		all=
		for ((i = 1; i <= 60; i++)); do
			what=$(fault_call "$call" "$i") || break
			all+=$what${what:+$'\n'}
		done
		what=$(left_behind) && all+="left behind: $what"
		[ $i -gt 1 ] || { skip "run: $call fails" "it isn't called here" && continue; }
		[ -z "$all" ] && tap ok "run: $call fails, each of $((i - 1)) times" ||
			tap "not ok" "run: $call fails, each of $((i - 1)) times" "$all"
	done
fi
exit 0
