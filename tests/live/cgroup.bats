# SPDX-License-Identifier: Apache-2.0
# cgroups on the host that this runs on, whichever kind it is: where a container is, what limits it,
# what freezes and kills it, and that nothing of it stays. cgroup-hosts.bats does the same on a pure v1
# and a pure v2 host.
load ../lib/hull

setup() {
	hull_setup
	grep -q . /proc/self/cgroup || skip "this host has no cgroups"
	make_bundle
}

# --- where things are --------------------------------------------------------------------------

# The directory of a hierarchy that has this controller: where it is mounted. v1's name, or v2's.
hierarchy() { # CONTROLLER
	local d
	for d in /sys/fs/cgroup "/sys/fs/cgroup/$1" /sys/fs/cgroup/*; do
		if [ -e "$d/cgroup.controllers" ]; then
			grep -qw "$1" "$d/cgroup.controllers" || continue
		else
			[ -e "$d/tasks" ] && [[ ,${d##*/}, == *,$1,* ]] || continue
		fi
		echo "$d"
		return
	done
	return 1
}

is_v2() { # CONTROLLER
	[ -e "$(hierarchy "$1")/cgroup.controllers" ]
}

needs() { # CONTROLLER
	hierarchy "$1" >/dev/null || skip "this host has no controller $1"
}

# The directories of all that is mounted.
hierarchies() {
	local d
	[ ! -e /sys/fs/cgroup/cgroup.procs ] || { echo /sys/fs/cgroup && return; }
	for d in /sys/fs/cgroup/*; do
		[ -L "$d" ] || [ ! -e "$d/cgroup.procs" ] || echo "$d"
	done
}

# The unified hierarchy, whatever controllers it has.
unified() {
	local d
	for d in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ -e "$d/cgroup.subtree_control" ] && echo "$d" && return
	done
	return 1
}

# What a file of the container's cgroup holds.
value() { # CONTROLLER FILE
	cat "$(hierarchy "$1")/hull-$ID/$2"
}

in_host_cgroupns() {
	config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
}

# Makes a cgroup of the test's own in each hierarchy; gone at its end.
own_cgroup() { # PATH
	local d
	for d in $(hierarchies); do
		mkdir -p "$d/$1"
		CLEANUP="rmdir '$d/$1' 2>/dev/null; ${CLEANUP:-:}"
	done
}

# --- where a container is -----------------------------------------------------------------------

@test "a container is in a cgroup of every hierarchy" {
	in_host_cgroupns
	program cat /proc/self/cgroup
	run_ok
	# one that is mounted nowhere can't be joined
	[ "$(grep -c ":/hull-$ID\$" <<<"$output")" = "$(hierarchies | wc -l)" ] ||
		{ show && fail "not in all of them"; }
}

@test "what exec starts is where the container is" {
	in_host_cgroupns
	program sleep 1000
	start_it
	run --separate-stderr hull exec "$ID" cat /proc/self/cgroup
	expect_ok
	[ "$output" = "$(cat "/proc/$(pid_of)/cgroup")" ] || { show && fail "another cgroup"; }
}

@test "cgroupsPath: absolute, relative, and with parents" {
	in_host_cgroupns
	program cat /proc/self/cgroup
	for path in "/$ID-a" "$ID-b" "/$ID-c/x/y" "$ID-d//x/./z/"; do
		config '.linux.cgroupsPath = $p' --arg p "$path"
		run_ok
		want=$(tr -s / <<<"/$path" | sed 's,/\./,/,; s,/$,,')
		expect_line ":$want\$"
		[ -z "$(cgroup_dirs)" ] || fail "left: $(cgroup_dirs)"
	done
}

@test "a parent goes with the last container in it, one of the host's stays" {
	program sleep 1000
	config '.linux.cgroupsPath = $p' --arg p "/$ID-p/q/one"
	create_it
	sed "s,/one\",/two\"," "$BUNDLE/config.json" >"$T/c" && mv "$T/c" "$BUNDLE/config.json"
	hull create --bundle "$BUNDLE" "$ID-2" </dev/null >/dev/null
	hull delete --force "$ID"
	here() { find /sys/fs/cgroup -type d -path "*/$ID-$1" 2>/dev/null; }
	[ -n "$(here p/q/two)" ]
	[ -z "$(here p/q/one)" ] || fail "left: $(here p/q/one)"
	hull delete --force "$ID-2"
	[ -z "$(cgroup_dirs)" ] || fail "left: $(cgroup_dirs)"
	own_cgroup "$ID-host"
	program true
	config '.linux.cgroupsPath = $p' --arg p "/$ID-host/q/c"
	run_ok
	[ -n "$(here host)" ]
	[ -z "$(here 'host/*')" ] || fail "left: $(here 'host/*')"
}

@test "of a create that was killed half-way, delete --force removes the parents too" {
	config '.linux.cgroupsPath = $p' --arg p "/$ID-p/q/r/c"
	program sleep 1000
	start_it
	hull kill "$ID" KILL
	await_status stopped
	# as if it had come no further in the one, and not as far in the others
	half=1
	for d in $(hierarchies); do
		rmdir "$d/$ID-p/q/r/c"
		[ $half = 1 ] || rmdir "$d/$ID-p/q/r" "$d/$ID-p/q"
		half=0
	done
	hull delete --force "$ID"
	[ -z "$(cgroup_dirs)" ] || fail "left: $(cgroup_dirs)"
}

@test "a cgroup that is there and empty is used" {
	own_cgroup "$ID-there"
	config '.linux.cgroupsPath = $p' --arg p "/$ID-there"
	run_ok
	[ -z "$(cgroup_dirs)" ] || fail "left: $(cgroup_dirs)"
}

@test "a cgroup with processes is refused, and left alone" {
	own_cgroup "$ID-busy"
	d=$(hierarchy pids)/$ID-busy
	mkdir "$d/below"
	CLEANUP="rmdir '$d/below'; $CLEANUP"
	sleep 100 &
	echo $! >"$d/below/cgroup.procs"
	CLEANUP="kill $!; wait $!; $CLEANUP"
	config '.linux.cgroupsPath = $p' --arg p "/$ID-busy"
	run_it
	expect_error "container's cgroup is not empty: 1 process(es) found"
	[ -d "$d/below" ]
	kill -0 $!
	[ -z "$(state_files)" ]
}

@test "a frozen cgroup is refused" {
	own_cgroup "$ID-cold"
	if d=$(unified); then
		echo 1 >"$d/$ID-cold/cgroup.freeze"
	else
		echo FROZEN >"$(hierarchy freezer)/$ID-cold/freezer.state"
	fi
	config '.linux.cgroupsPath = $p' --arg p "/$ID-cold"
	run_it
	expect_error "is frozen"
}

@test "--cgroup-manager disabled: no cgroup" {
	in_host_cgroupns
	program cat /proc/self/cgroup
	run --separate-stderr "$HULL" --root "$STATE" --cgroup-manager disabled run --bundle "$BUNDLE" "$ID" </dev/null
	expect_ok
	expect_no_line "$ID"
	expect_out "$(cat /proc/self/cgroup)"
}

# --- limits --------------------------------------------------------------------------------------

@test "pids.limit holds, and 0 and 1 are limits too" {
	needs pids
	config '.linux.resources.pids.limit = 5'
	script 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait'
	run_it
	[[ $stderr == *"can't fork"* ]] || { show && fail "it could"; }
	is_v2 pids || zero=0
	for n in $zero 1; do
		config '.linux.resources.pids.limit = $n' --argjson n "$n"
		program true
		run_ok
		script 'true & wait'
		run_it
		[[ $stderr == *"can't fork"* ]] || { show && fail "a limit of $n is none"; }
	done
	program sleep 100
	config '.linux.resources.pids.limit = -1'
	start_it
	[ "$(value pids pids.max)" = max ]
}

@test "memory.limit holds, and 1 MiB is enough to start" {
	needs memory
	program true
	config '.linux.resources.memory.limit = 1048576'
	run_ok
	config '.linux.resources.memory = {limit: 16777216}'
	[ ! -e /proc/swaps ] || config '.linux.resources.memory.swap = 16777216'
	program probe touch 64
	run_it
	expect_status 137
	program probe touch 4
	run_ok
	# the kernel's OOM reaper holds what it has killed, keyring and all, for two seconds
	no_key() { ! grep -q "$ID" /proc/keys; }
	await no_key
}

@test "memory: what is asked for is what is set" {
	needs memory
	config '.linux.resources.memory = {limit: 33554432, reservation: 16777216}'
	program sleep 100
	start_it
	if is_v2 memory; then
		[ "$(value memory memory.max)" = 33554432 ]
		[ "$(value memory memory.low)" = 16777216 ]
	else
		[ "$(value memory memory.limit_in_bytes)" = 33554432 ]
		[ "$(value memory memory.soft_limit_in_bytes)" = 16777216 ]
	fi
}

@test "memory and swap, raised: the kernel wants the other order" {
	needs memory
	! is_v2 memory || skip "v2 has no such order"
	d=$(hierarchy memory)/$ID-swap
	[ -e "$(hierarchy memory)/memory.memsw.limit_in_bytes" ] || skip "this kernel doesn't count swap"
	mkdir "$d"
	echo 16777216 >"$d/memory.limit_in_bytes"
	echo 16777216 >"$d/memory.memsw.limit_in_bytes"
	config '.linux.cgroupsPath = $p | .linux.resources.memory = {limit: 33554432, swap: 50331648}' \
		--arg p "/$ID-swap"
	program sleep 100
	start_it
	[ "$(cat "$d/memory.limit_in_bytes")" = 33554432 ]
	[ "$(cat "$d/memory.memsw.limit_in_bytes")" = 50331648 ]
}

@test "cpu: shares, quota, period, burst" {
	needs cpu
	config '.linux.resources.cpu = {shares: 512, quota: 50000, period: 200000, burst: 10000}'
	program sleep 100
	start_it
	if is_v2 cpu; then
		[ "$(value cpu cpu.weight)" = 59 ]
		[ "$(value cpu cpu.max)" = "50000 200000" ]
		[ "$(value cpu cpu.max.burst)" = 10000 ]
	else
		[ "$(value cpu cpu.shares)" = 512 ]
		[ "$(value cpu cpu.cfs_quota_us)" = 50000 ]
		[ "$(value cpu cpu.cfs_period_us)" = 200000 ]
		[ "$(value cpu cpu.cfs_burst_us)" = 10000 ]
	fi
}

@test "cpuset: the processors of the parent, or those that are asked for" {
	needs cpuset
	in_host_cgroupns
	script 'grep Cpus_allowed_list: /proc/self/status'
	run_ok
	all=$output
	config '.linux.resources.cpu = {cpus: "0", mems: "0"} | .linux.cgroupsPath = $p' \
		--arg p "/$ID/deep/er"
	run_ok
	expect_line 'Cpus_allowed_list:[[:space:]]*0$'
	[ "$(nproc --all)" = 1 ] || [ "$output" != "$all" ]
	config '.linux.resources.cpu = {cpus: "4000"}'
	run_it
	expect_error "cpuset.cpus"
	[[ $stderr == *"/linux/resources/cpu/cpus"* ]]
	expect_nothing
}

@test "hugepageLimits, with the controller handed down for it" {
	needs hugetlb
	d=$(hierarchy hugetlb)
	if is_v2 hugetlb && ! grep -qw hugetlb "$d/cgroup.subtree_control"; then
		CLEANUP="echo -hugetlb >'$d/cgroup.subtree_control'; ${CLEANUP:-:}"
	fi
	size=$(ls /sys/kernel/mm/hugepages | sed -n 's/hugepages-2048kB/2MB/p')
	[ -n "$size" ] || skip "this kernel has no pages of 2 MB"
	config '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 4194304}]'
	program sleep 100
	start_it
	cat "$d/hull-$ID"/hugetlb.2MB.rsvd.{max,limit_in_bytes} 2>/dev/null | grep -qx 4194304
	hull delete --force "$ID"
	config '.linux.resources.hugepageLimits[0].pageSize = "3MB"'
	run_it
	expect_error "has no \`hugetlb.3MB"
	[[ $stderr == *"/linux/resources/hugepageLimits/0"* ]]
	expect_nothing
}

@test "a limit without its controller is refused, the absence of a limit is not" {
	local any=
	missing() { # CONTROLLER JSON POINTER
		! hierarchy "$1" >/dev/null || return 0
		any=1
		config '.linux.resources = $r' --argjson r "$2"
		run_it
		[ "$status" = 1 ] && [[ $stderr == *"$3"* ]] || { show && fail "$1"; }
		expect_nothing
	}
	missing net_cls '{"network": {"classID": 5}}' /linux/resources/network/classID
	missing net_prio '{"network": {"priorities": [{"name": "lo", "priority": 1}]}}' \
		/linux/resources/network/priorities/0
	missing rdma '{"rdma": {"mlx5_0": {"hcaHandles": 1}}}' /linux/resources/rdma/mlx5_0
	missing hugetlb '{"hugepageLimits": [{"pageSize": "2MB", "limit": 1}]}' \
		/linux/resources/hugepageLimits/0
	unified >/dev/null && grep -qw memory "$(unified)/cgroup.controllers" ||
		missing memory-of-v2 '{"unified": {"memory.high": "5"}}' /linux/resources/unified/memory.high
	[ -n "$any" ] || skip "this host has all controllers"
	config '.linux.resources = {network: {classID: 0, priorities: []}, rdma: {}, hugepageLimits: [],
		memory: {limit: -1}, pids: {limit: -1}, cpu: {quota: -1, cpus: ""}}'
	program true
	run_ok
}

# --- devices -------------------------------------------------------------------------------------

# /dev/kmsg, opened for writing and not written to.
kmsg() {
	config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
	script 'mknod /dev/k c 1 11 || exit 9; : >>/dev/k && echo "can"'
}

@test "devices: denied but for the default ones, in the bundle of hull spec" {
	kmsg
	run_it
	expect_line '^$'
	[[ $stderr == *"can't create /dev/k: Operation not permitted"* ]] || { show && fail "it can"; }
	script 'for d in null zero full random urandom; do head -c 1 /dev/$d >/dev/null || exit 3; done
		echo x >/dev/null && echo all'
	run_ok
	expect_out all
}

@test "devices: without any rule the same" {
	config 'del(.linux.resources)'
	kmsg
	run_it
	[[ $stderr == *"can't create /dev/k: Operation not permitted"* ]] || { show && fail "it can"; }
}

@test "devices: a rule that allows one, for what it says" {
	config '.linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 11, access: "w"}]'
	kmsg
	run_ok
	expect_out can
	script 'mknod /dev/k c 1 11 && : </dev/k'
	run_it
	[[ $stderr == *"can't open /dev/k: Operation not permitted"* ]] || { show && fail "it can"; }
}

@test "devices: all, as for a privileged container, less what is denied after it" {
	config '.linux.resources.devices = [{allow: true, access: "rwm"}]'
	kmsg
	run_ok
	expect_out can
	config '.linux.resources.devices += [{allow: false, type: "c", major: 1, minor: 11, access: "w"}]'
	run_it
	[[ $stderr == *"can't create /dev/k: Operation not permitted"* ]] || { show && fail "it can"; }
}

# --- freezing and killing --------------------------------------------------------------------------

@test "pause stops everything, resume goes on" {
	add_mount "{\"destination\": \"/t\", \"source\": \"$T\", \"type\": \"bind\", \"options\": [\"bind\"]}"
	script 'i=0; while :; do i=$((i + 1)); echo $i >/t/count; sleep 0.01; done'
	start_it
	await test -s "$T/count"
	hull pause "$ID"
	[ "$(status_of)" = paused ]
	before=$(cat "$T/count")
	sleep 0.3
	[ "$(cat "$T/count")" = "$before" ]
	run --separate-stderr hull exec "$ID" true
	expect_error paused 255
	hull resume "$ID"
	[ "$(status_of)" = running ]
	moved() { [ "$(cat "$T/count")" != "$before" ]; }
	await moved
	hull pause "$ID"
	hull delete --force "$ID"
	expect_nothing
}

@test "kill --all and delete reach every process, also without a pid namespace" {
	config 'del(.linux.namespaces[] | select(.type == "pid")) | .linux.resources.pids.limit = 60'
	config 'del(.mounts[] | select(.destination == "/proc"))'
	script 'trap "" TERM; for i in $(seq 20); do sleep 1000 & done; wait'
	start_it
	many() { [ "$(hull ps --format json "$ID" | jq length)" -ge 21 ]; }
	await many
	pids=$(hull ps --format json "$ID" | jq -r '.[]')
	hull kill --all "$ID" KILL
	gone() { for p in $pids; do [ ! -e "/proc/$p/exe" ] || return 1; done; }
	await gone
	hull delete "$ID"
	expect_nothing
}

@test "delete --force ends processes that fork all the time" {
	needs pids
	config 'del(.linux.namespaces[] | select(.type == "pid")) | .linux.resources.pids.limit = 200'
	config 'del(.mounts[] | select(.destination == "/proc"))'
	script 'for i in $(seq 40); do (while :; do (busybox true); done) & done; wait'
	start_it
	full() { [ "$(value pids pids.current)" -ge 40 ]; }
	await full
	hull delete --force "$ID"
	expect_nothing
}

@test "cgroups that the container made, however deep, go with it" {
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	config '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	script 'cd /sys/fs/cgroup; [ -e cgroup.procs ] || cd pids || exit 3
		for i in $(seq 150); do mkdir d side || exit 4; cd d; done
		sleep 1000 & echo $! >cgroup.procs || exit 5
		echo done >/dev/console 2>/dev/null; echo done; wait'
	start_it
	await grep -q done "$T/out"
	# not with find, which follows the path
	hull delete --force "$ID"
	expect_nothing
}

# --- v2 alone ----------------------------------------------------------------------------------------

needs_pure_v2() {
	[ -e /sys/fs/cgroup/cgroup.subtree_control ] || skip "this isn't a pure v2 host"
}

@test "v2: unified has the last word" {
	needs_pure_v2
	config '.linux.resources = {memory: {limit: 67108864},
		unified: {"memory.max": "33554432", "memory.high": "16777216", "cpu.weight": "77"}}'
	program sleep 100
	start_it
	[ "$(value memory memory.max)" = 33554432 ]
	[ "$(value memory memory.high)" = 16777216 ]
	[ "$(value cpu cpu.weight)" = 77 ]
	hull delete --force "$ID"
	config '.linux.resources.unified = {"memory.nonsense": "1"}'
	run_it
	expect_error "has no \`memory.nonsense\` on this kernel"
	[[ $stderr == *"/linux/resources/unified/memory.nonsense"* ]]
	expect_nothing
}

@test "v2: memory and swap together are written apart" {
	needs_pure_v2
	config '.linux.resources.memory = {limit: 33554432, swap: 50331648}'
	program sleep 100
	start_it
	[ "$(value memory memory.max)" = 33554432 ]
	[ "$(value memory memory.swap.max)" = 16777216 ]
}

@test "v2: a parent with processes of its own hands nothing down, and that is said" {
	needs_pure_v2
	own_cgroup "$ID-full"
	sleep 100 &
	echo $! >"/sys/fs/cgroup/$ID-full/cgroup.procs"
	CLEANUP="kill $!; wait $!; $CLEANUP"
	config '.linux.cgroupsPath = $p' --arg p "/$ID-full/c"
	program true
	run_ok
	config '.linux.resources.memory.limit = 33554432'
	run_it
	expect_error "\`memory.max\` needs the controller \`memory\`"
	[[ $stderr == *"/sys/fs/cgroup/$ID-full/cgroup.subtree_control"*"there are processes in that cgroup"* ]]
	[[ $stderr == *"/linux/resources/memory/limit"* ]]
	[ ! -d "/sys/fs/cgroup/$ID-full/c" ]
}

@test "v2: below a threaded cgroup there can be no container" {
	needs_pure_v2
	own_cgroup "$ID-thr"
	own_cgroup "$ID-thr/x"
	echo threaded >"/sys/fs/cgroup/$ID-thr/x/cgroup.type"
	config '.linux.cgroupsPath = $p' --arg p "/$ID-thr/x/c"
	run_it
	expect_error "a parent of it is threaded"
	[ ! -d "/sys/fs/cgroup/$ID-thr/x/c" ]
}

@test "v2: in a cgroup that is used again, the device program is replaced" {
	needs_pure_v2
	config '.linux.cgroupsPath = $p' --arg p "/$ID-again"
	program sleep 100
	start_it
	hull kill "$ID" KILL
	await_status stopped
	config '.linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 11, access: "w"}]'
	kmsg
	run --separate-stderr hull run --bundle "$BUNDLE" "$ID-2" </dev/null
	expect_ok
	expect_out can
}

@test "v2: a container that manages cgroups itself can still be entered" {
	needs_pure_v2
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	config '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	script 'cd /sys/fs/cgroup && mkdir init && echo 0 >init/cgroup.procs &&
		echo +pids >cgroup.subtree_control && echo done; sleep 1000'
	start_it
	await grep -q done "$T/out"
	run --separate-stderr hull exec "$ID" cat /proc/self/cgroup
	expect_ok
	expect_out 0::/init
}

@test "v2: the container's root owns its cgroup, if it may write to it" {
	needs_pure_v2
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = $m | .linux.gidMappings = $m' \
		--argjson m '[{"containerID": 0, "hostID": 100000, "size": 65536}]'
	chmod 755 "$T" "$BUNDLE"
	program sleep 1000
	start_it
	d=/sys/fs/cgroup/hull-$ID
	[ "$(stat -c %u "$d")" = 0 ]
	hull delete --force "$ID"
	config '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	start_it
	[ "$(stat -c %u "$d" "$d/cgroup.procs" "$d/cgroup.subtree_control" | sort -u)" = 100000 ]
	[ "$(stat -c %u "$d/memory.max")" = 0 ]
	run --separate-stderr hull exec "$ID" sh -c \
		'cd /sys/fs/cgroup && mkdir sub && echo 0 >sub/cgroup.procs && cat /proc/self/cgroup'
	expect_ok
	expect_out 0::/sub
}

# --- other hosts -------------------------------------------------------------------------------------

# A shell in a mount namespace of its own, where some of the hierarchies are not.
on_host() { # SCRIPT
	HULL=$HULL STATE=$STATE BUNDLE=$BUNDLE ID=$ID unshare --mount sh -ec "$1" </dev/null
}

@test "the bundle of hull spec runs where the unified hierarchy isn't mounted" {
	[ -e /sys/fs/cgroup/unified/cgroup.procs ] || skip "this host isn't hybrid"
	in_host_cgroupns
	program cat /proc/self/cgroup
	run --separate-stderr on_host 'umount /sys/fs/cgroup/unified
		exec "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"'
	expect_ok
	expect_line ":pids:/hull-$ID\$"
	expect_line "^0::/[^h]*\$"
}

@test "it runs where the unified hierarchy is all there is" {
	[ -e /sys/fs/cgroup/unified/cgroup.procs ] || skip "this host isn't hybrid"
	in_host_cgroupns
	program cat /proc/self/cgroup
	run --separate-stderr on_host 'mount --bind /sys/fs/cgroup/unified /mnt
		umount -l /sys/fs/cgroup && mount --move /mnt /sys/fs/cgroup
		exec "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"'
	expect_ok
	expect_line "^0::/hull-$ID\$"
	kmsg
	run --separate-stderr on_host 'mount --bind /sys/fs/cgroup/unified /mnt
		umount -l /sys/fs/cgroup && mount --move /mnt /sys/fs/cgroup
		exec "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"'
	[[ $stderr == *"can't create /dev/k: Operation not permitted"* ]] || { show && fail "it can"; }
}

@test "hierarchies mounted elsewhere are found" {
	[ -e /sys/fs/cgroup/unified/cgroup.procs ] || skip "this host isn't hybrid"
	in_host_cgroupns
	program cat /proc/self/cgroup
	run --separate-stderr on_host 'mount -t tmpfs t /mnt; mkdir /mnt/p /mnt/d
		mount --bind /sys/fs/cgroup/pids /mnt/p; mount --bind /sys/fs/cgroup/devices /mnt/d
		umount -l /sys/fs/cgroup
		exec "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"'
	expect_ok
	expect_line ":pids:/hull-$ID\$"
	expect_line ":devices:/hull-$ID\$"
}

@test "no cgroups mounted at all: only what needs them is refused" {
	program true
	config '.mounts |= map(select(.type != "cgroup"))'
	run --separate-stderr on_host 'umount -l /sys/fs/cgroup
		exec "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"'
	expect_error "this host has no cgroups"
	[[ $stderr == *"/linux/resources/devices"* ]]
	config 'del(.linux.resources)'
	run --separate-stderr on_host 'umount -l /sys/fs/cgroup
		exec "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"'
	expect_ok
}
