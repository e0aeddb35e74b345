# Namespaces: made, joined, the host's.
load ../lib/hull

# A process in new namespaces, to be joined by its /proc/PID/ns: hold --net --uts
hold() {
	unshare "$@" sleep 60 3>&- &
	HOLDER=$!
	CLEANUP="kill $HOLDER; wait $HOLDER 2>/dev/null || :"
	held() { [ "$(cat /proc/$HOLDER/comm)" = sleep ]; }
	await held
}

ns_of() { # pid name
	readlink "/proc/$1/ns/$2"
}

without() { # type
	config '.linux.namespaces = [.linux.namespaces[] | select(.type != $t)]' --arg t "$1"
}

join() { # type path
	without "$1"
	config '.linux.namespaces += [{type: $t, path: $p}]' --arg t "$1" --arg p "$2"
}

@test "namespaces: the default makes pid, network, ipc, uts, mount and cgroup; user and time are the host's" {
	make_bundle
	program /bin/probe
	run_ok
	for n in pid net ipc uts mnt cgroup; do
		[ "$(jq -r ".ns.$n" <<<"$output")" != "$(ns_of self $n)" ] || fail "$n is the host's"
	done
	for n in user time; do
		[ "$(jq -r ".ns.$n" <<<"$output")" = "$(ns_of self $n)" ] || fail "$n is new"
	done
	expect_json '.pid == 1' '.ns.pid == .ns.pid_for_children'
}

@test "namespaces: time is made, with offsets" {
	make_bundle
	config '.linux.namespaces += [{type: "time"}]
		| .linux.timeOffsets = {boottime: {secs: 1000000, nanosecs: 5}, monotonic: {secs: 3000000}}'
	script 'cat /proc/uptime; cat /proc/self/timens_offsets; readlink /proc/self/ns/time'
	run_ok
	[ "${output%%.*}" -ge 1000000 ] || fail "uptime: $output"
	expect_line '^boottime +1000000 +5$'
	expect_line '^monotonic +3000000 +0$'
	[ "${lines[-1]}" != "$(ns_of self time)" ] || fail "time is the host's"
}

@test "namespaces: one that is not listed is the host's: network, ipc, cgroup" {
	make_bundle
	without network
	without ipc
	without cgroup
	# sysfs and mqueue belong to those namespaces
	program /bin/probe
	run_ok
	for n in net ipc cgroup; do
		[ "$(jq -r ".ns.$n" <<<"$output")" = "$(ns_of self $n)" ] || fail "$n is new"
	done
}

@test "namespaces: uts of the host, when no hostname is asked for" {
	make_bundle
	without uts
	config 'del(.hostname)'
	program /bin/probe
	run_ok
	[ "$(jq -r .ns.uts <<<"$output")" = "$(ns_of self uts)" ]
}

@test "namespaces: pid of the host" {
	make_bundle
	without pid
	program /bin/probe
	run_ok
	[ "$(jq -r .ns.pid <<<"$output")" = "$(ns_of self pid)" ]
	expect_json '.pid > 1'
}

@test "namespaces: without a pid namespace, nothing survives the first process" {
	make_bundle
	without pid
	script 'sleep 1000 & exec sleep 0.3'
	run_ok
	expect_nothing
}

@test "namespaces: network, uts and ipc are joined by path" {
	make_bundle
	hold --net --uts --ipc
	join network "/proc/$HOLDER/ns/net"
	join ipc "/proc/$HOLDER/ns/ipc"
	join uts "/proc/$HOLDER/ns/uts"
	config 'del(.hostname)'
	program /bin/probe
	run_ok
	for n in net uts ipc; do
		[ "$(jq -r ".ns.$n" <<<"$output")" = "$(ns_of $HOLDER $n)" ] || fail "$n is another"
	done
}

@test "namespaces: pid is joined by path, and the container is not its first process" {
	make_bundle
	unshare --pid --fork --kill-child sleep 60 3>&- &
	HOLDER=$!
	CLEANUP="kill -KILL $HOLDER; wait $HOLDER 2>/dev/null || :"
	forked() { INNER=$(cat /proc/$HOLDER/task/$HOLDER/children) && INNER=${INNER% } && [ -n "$INNER" ]; }
	await forked
	forked
	join pid "/proc/$INNER/ns/pid"
	program /bin/probe
	run_ok
	[ "$(jq -r .ns.pid <<<"$output")" = "$(ns_of "$INNER" pid)" ]
	expect_json '.pid > 1'
}

@test "namespaces: cgroup is joined by path" {
	make_bundle
	hold --cgroup
	join cgroup "/proc/$HOLDER/ns/cgroup"
	program /bin/probe
	run_ok
	[ "$(jq -r .ns.cgroup <<<"$output")" = "$(ns_of $HOLDER cgroup)" ]
}

@test "namespaces: time is joined by path" {
	make_bundle
	unshare --time --boottime 5000000 --fork sleep 60 3>&- &
	HOLDER=$!
	CLEANUP="kill \$(cat /proc/$HOLDER/task/$HOLDER/children); wait $HOLDER 2>/dev/null || :"
	forked() { INNER=$(cat /proc/$HOLDER/task/$HOLDER/children) && INNER=${INNER% } && [ -n "$INNER" ]; }
	await forked
	forked
	config '.linux.namespaces += [{type: "time", path: $p}]' --arg p "/proc/$INNER/ns/time"
	script 'cat /proc/uptime'
	run_ok
	[ "${output%%.*}" -ge 5000000 ] || fail "uptime: $output"
}

@test "namespaces: another container's are joined, as in a pod" {
	make_bundle
	program sleep 100
	start_it
	pid=$(pid_of)
	infra=$ID
	make_bundle "$T/second"
	BUNDLE=$T/second
	ID=$ID-second
	for t in network:net ipc:ipc uts:uts; do
		join ${t%:*} "/proc/$pid/ns/${t#*:}"
	done
	config 'del(.hostname)'
	program /bin/probe
	run_ok
	for n in net ipc uts; do
		[ "$(jq -r ".ns.$n" <<<"$output")" = "$(ns_of "$pid" $n)" ] || fail "$n is another"
	done
	[ "$(jq -r .ns.mnt <<<"$output")" != "$(ns_of "$pid" mnt)" ]
	ID=$infra
}

@test "namespaces: a path that is a namespace of another type is refused, with the entry" {
	make_bundle
	join network /proc/self/ns/uts
	run_it
	expect_error "/proc/self/ns/uts"
	[[ $stderr == *"/linux/namespaces/"* ]] || { show && fail "no pointer"; }
	expect_nothing
}

@test "namespaces: a path that is no namespace is refused" {
	make_bundle
	for p in /etc/passwd /does/not/exist; do
		join network $p
		run_it
		expect_error "$p"
		expect_nothing
	done
}

@test "network: loopback is up in a new network namespace" {
	make_bundle
	script 'ip addr show lo; cat /proc/net/dev'
	run_ok
	expect_line 'LOOPBACK,UP'
	expect_line 'inet 127\.0\.0\.1/8'
	[ "$(grep -c : <<<"$(sed -n '/^Inter/,$p' <<<"$output" | tail -n +3)")" -ge 1 ]
}

@test "uts: hostname and domainname" {
	make_bundle
	config '.hostname = "hull-test-host" | .domainname = "example.test"'
	program /bin/probe
	run_ok
	expect_json '.hostname == "hull-test-host"' '.domainname == "example.test"'
}

@test "uts: the longest name, 64 bytes" {
	make_bundle
	name=$(printf 'h%.0s' {1..64})
	config '.hostname = $n' --arg n "$name"
	program /bin/probe
	run_ok
	[ "$(jq -r .hostname <<<"$output")" = "$name" ]
}

@test "uts: a hostname without a UTS namespace is refused" {
	make_bundle
	without uts
	run_it
	expect_error "UTS namespace"
	expect_nothing
}

@test "sysctl: in the container's namespaces, and not in the host's" {
	make_bundle
	before=$(cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_unprivileged_port_start)
	config '.linux.sysctl = {"kernel.msgmax": "12345", "net.ipv4.ip_unprivileged_port_start": "77",
		"net/ipv4/ping_group_range": "0 5", "fs.mqueue.msg_max": "11"}'
	script 'cd /proc/sys; cat kernel/msgmax net/ipv4/ip_unprivileged_port_start \
		net/ipv4/ping_group_range fs/mqueue/msg_max'
	run_ok
	expect_out $'12345\n77\n0\t5\n11'
	[ "$before" = "$(cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_unprivileged_port_start)" ]
}

@test "sysctl: one whose namespace is the host's is refused" {
	make_bundle
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	without network
	run_it
	expect_error "net.ipv4.ip_forward"
	expect_nothing
	make_bundle
	config '.linux.sysctl = {"vm.swappiness": "1"}'
	run_it
	expect_error "vm.swappiness"
	expect_nothing
}

@test "sysctl: a joined network namespace that is the host's is the host's" {
	make_bundle
	join network /proc/self/ns/net
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	run_it
	expect_error "net.ipv4.ip_forward"
	expect_nothing
}
