# The process: ids, capabilities, limits, environment, what it is started from.
load ../lib/hull

@test "process: what the default bundle gives it" {
	make_bundle
	program /bin/probe one 'two words' ''
	run_ok
	expect_json '.pid == 1' '.sid == 1' '.args == ["/bin/probe", "one", "two words", ""]' '.cwd == "/"' \
		'.uid == [0,0,0,0]' '.gid == [0,0,0,0]' '.groups == []' '.umask == "0022"' '.nnp == 1' \
		'.seccomp == 0 or .seccomp == 2' '.pdeathsig == 0' '.dumpable == 1' '.subreaper == 0' \
		'.comm == "probe"' '.securebits == 0' '.scheduler == 0' '.nice == 0' '.personality == 0'
}

@test "process: uid, gid, additional groups, umask" {
	make_bundle
	config '.process.user = {uid: 1234, gid: 2345, umask: 63, additionalGids: [7, 65533, 3000000000]}'
	program /bin/probe
	run_ok
	expect_json '.uid == [1234,1234,1234,1234]' '.gid == [2345,2345,2345,2345]' \
		'.groups == [7,65533,3000000000]' '.umask == "0077"'
}

@test "process: the largest ids, 4294967294" {
	make_bundle
	config '.process.user = {uid: 4294967294, gid: 4294967294}'
	program /bin/probe
	run_ok
	expect_json '.uid == [4294967294,4294967294,4294967294,4294967294]' \
		'.gid == [4294967294,4294967294,4294967294,4294967294]'
}

@test "process: the groups of the caller are not handed on" {
	make_bundle
	program /bin/probe
	run --separate-stderr setpriv --groups 11,12,13 "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	expect_ok
	expect_json '.groups == []'
}

@test "capabilities: five sets, each as asked for" {
	make_bundle
	config '.process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_CHROOT", "CAP_NET_RAW", "CAP_AUDIT_READ"],
		effective: ["CAP_CHOWN", "CAP_KILL"],
		permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"],
		inheritable: ["CAP_KILL", "CAP_NET_RAW"],
		ambient: ["CAP_KILL"]} | .process.user.uid = 1000'
	program /bin/probe
	run_ok
	# chown 0, kill 5, net_raw 13, sys_chroot 18, audit_read 37. For a user who is not root, execve
	# leaves what is ambient.
	expect_json '.caps.bounding == "0000002000042021"' '.caps.inheritable == "0000000000002020"' \
		'.caps.ambient == "0000000000000020"' '.caps.permitted == "0000000000000020"' \
		'.caps.effective == "0000000000000020"'
}

@test "capabilities: root has what is bounding" {
	make_bundle
	config '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_CHOWN"],
		permitted: ["CAP_CHOWN", "CAP_KILL"]}'
	program /bin/probe
	run_ok
	expect_json '.caps.bounding == "0000000000000021"' '.caps.permitted == "0000000000000021"' \
		'.caps.effective == "0000000000000021"' '.caps.inheritable == "0000000000000000"' \
		'.caps.ambient == "0000000000000000"'
}

@test "capabilities: absent means none" {
	make_bundle
	config 'del(.process.capabilities)'
	program /bin/probe
	run_ok
	expect_json '[.caps[]] | unique == ["0000000000000000"]'
}

@test "capabilities: empty sets" {
	make_bundle
	config '.process.capabilities = {bounding: [], effective: [], permitted: [], inheritable: [], ambient: []}'
	program /bin/probe
	run_ok
	expect_json '[.caps[]] | unique == ["0000000000000000"]'
}

@test "capabilities: an unknown one is a warning in the log, not an error" {
	make_bundle
	config '.process.capabilities.bounding += ["CAP_NOT_KNOWN"]'
	program /bin/probe
	run --separate-stderr hull --log "$T/log" --log-level warning run --bundle "$BUNDLE" "$ID" </dev/null
	expect_ok
	grep -q CAP_NOT_KNOWN "$T/log"
}

@test "capabilities: for a user who is not root, none survive without ambient" {
	make_bundle
	config '.process.user.uid = 1000 | .process.capabilities.ambient = [] | .process.capabilities.inheritable = []'
	program /bin/probe
	run_ok
	expect_json '.caps.effective == "0000000000000000"' '.caps.permitted == "0000000000000000"'
}

@test "no_new_privs: off" {
	make_bundle
	config '.process.noNewPrivileges = false'
	program /bin/probe
	run_ok
	expect_json '.nnp == 0'
}

@test "rlimits: as asked for, and no others" {
	make_bundle
	config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
		{type: "RLIMIT_NPROC", soft: 50, hard: 60}, {type: "RLIMIT_FSIZE", soft: 1000000, hard: 5000000000},
		{type: "RLIMIT_RTTIME", soft: 1, hard: 2}, {type: "RLIMIT_STACK", soft: 1048576, hard: 18446744073709551615}]'
	# jq makes a float of 2^64-1
	sed -i 's/18446744073709552000/18446744073709551615/' "$BUNDLE/config.json"
	program() { sed -i 's,"/bin/true","/bin/probe",' "$BUNDLE/config.json"; }
	program
	ulimit -Sd 4000000
	run_ok
	expect_json '.rlimits.NOFILE == ["100","200"]' '.rlimits.CORE == ["0","0"]' '.rlimits.NPROC == ["50","60"]' \
		'.rlimits.FSIZE == ["1000000","5000000000"]' '.rlimits.RTTIME == ["1","2"]' \
		'.rlimits.STACK == ["1048576","18446744073709551615"]' '.rlimits.DATA[0] == "4096000000"'
}

@test "oom_score_adj" {
	make_bundle
	program /bin/probe
	for v in 0 123 1000; do
		config '.process.oomScoreAdj = $v' --argjson v $v
		run_ok
		expect_json ".oom_score_adj == \"$v\""
	done
	config 'del(.process.oomScoreAdj)'
	run_ok
	expect_json ".oom_score_adj == \"$(cat /proc/self/oom_score_adj)\""
}

@test "cwd: is there, or is made, and is where the process starts" {
	make_bundle
	config '.process.cwd = "/tmp"'
	program /bin/probe
	run_ok
	expect_json '.cwd == "/tmp"'
	config '.process.cwd = "/made/for/it" | .root.readonly = false'
	run_ok
	expect_json '.cwd == "/made/for/it"'
	[ "$(stat -c %a:%u "$ROOTFS/made/for")" = 755:0 ]
}

@test "cwd: a symbolic link inside is followed inside" {
	make_bundle
	ln -s /tmp "$ROOTFS/link"
	config '.process.cwd = "/link"'
	program /bin/probe
	run_ok
	expect_json '.cwd == "/tmp"'
}

@test "cwd: that only the user may enter, or only root" {
	make_bundle
	mkdir -m 700 "$ROOTFS/users" "$ROOTFS/roots"
	chown 1000 "$ROOTFS/users"
	config '.process.user = {uid: 1000, gid: 1000} | .process.cwd = "/users"'
	config '.process.capabilities = {bounding: [], effective: [], permitted: []}'
	program /bin/true
	run_ok
	config '.process.cwd = "/roots"'
	run_ok
}

@test "cwd: a file is refused" {
	make_bundle
	config '.process.cwd = "/etc/passwd"'
	run_it
	[ "$status" = 1 ]
	[[ $stderr == *"/etc/passwd"*[Nn]"ot a directory"* ]] || { show && false; }
	expect_nothing
}

@test "env: is what config.json says, the last of a name" {
	make_bundle
	config '.process.env = ["PATH=/bin", "A=1", "EMPTY=", "B=x=y", "A=2"]'
	program probe
	run_ok
	expect_json '.env | index("A=2") != null and index("A=1") == null and index("EMPTY=") != null and
		index("B=x=y") != null and index("PATH=/bin") != null'
	[ "$(jq '.env | length' <<<"$output")" = 5 ] # and HOME
}

@test "env: HOME is from the container's passwd, unless it is given" {
	make_bundle
	program /bin/probe
	run_ok
	expect_json '.env | index("HOME=/root") != null'
	config '.process.user.uid = 1000'
	run_ok
	expect_json '.env | index("HOME=/home/app") != null'
	config '.process.user.uid = 4321'
	run_ok
	expect_json '.env | index("HOME=/") != null'
	config '.process.env += ["HOME=/elsewhere"]'
	run_ok
	expect_json '[.env[] | select(startswith("HOME="))] == ["HOME=/elsewhere"]'
}

@test "env: nothing of the caller's" {
	make_bundle
	program /bin/probe
	export HULL_TEST_LEAK=1
	run_ok
	expect_json '[.env[] | select(startswith("HULL_TEST"))] == []'
}

@test "args: found in the PATH of the container" {
	make_bundle
	mkdir "$ROOTFS/first" "$ROOTFS/second"
	: >"$ROOTFS/first/tool" # there, and not executable: the search goes on
	printf '#!/bin/sh\necho second\n' >"$ROOTFS/second/tool"
	chmod 755 "$ROOTFS/second/tool"
	config '.process.env = ["PATH=/none:/first:/second:/bin"]'
	program tool
	run_ok
	expect_out second
}

@test "args: relative with a slash is from the cwd" {
	make_bundle
	config '.process.cwd = "/bin"'
	program ./echo fine
	run_ok
	expect_out fine
	config '.process.cwd = "/"'
	program bin/echo fine
	run_ok
	expect_out fine
}

@test "args: what can't be started is said in the engines' words" {
	make_bundle
	ln -s /etc/passwd "$ROOTFS/link"
	program nope
	run_it
	expect_error 'exec: "nope": executable file not found in $PATH'
	expect_nothing
	program /no/such
	run_it
	expect_error 'exec: "/no/such": stat /no/such: no such file or directory'
	program /etc/passwd
	run_it
	expect_error 'exec: "/etc/passwd": permission denied'
	program /etc
	run_it
	expect_error 'exec: "/etc": is a directory'
	program /etc/passwd/x
	run_it
	[ "$status" = 1 ] && [[ $stderr == *"not a directory"* ]] || { show && false; }
	program /link
	run_it
	expect_error 'exec: "/link": permission denied'
	expect_nothing
}

@test "args: an interpreter that is not there, a file of no format" {
	make_bundle
	printf '#!/no/such/interpreter\n' >"$ROOTFS/script"
	printf 'nothing executable' >"$ROOTFS/junk"
	chmod 755 "$ROOTFS/script" "$ROOTFS/junk"
	program /script
	run_it
	[ "$status" = 1 ] && [[ ${stderr,,} == *"/script"*"no such file or directory"* ]] || { show && false; }
	program /junk
	run_it
	[ "$status" = 1 ] && [[ ${stderr,,} == *"exec format error"* ]] || { show && false; }
	expect_nothing
}

@test "args: create says so too, before start" {
	make_bundle
	program nope
	run --separate-stderr hull create --bundle "$BUNDLE" "$ID" </dev/null
	expect_error 'exec: "nope": executable file not found in $PATH'
	expect_nothing
}

@test "signals: none blocked, none ignored, whatever the caller had" {
	make_bundle
	program /bin/probe
	run --separate-stderr env --ignore-signal=USR1,HUP --block-signal=USR2,TERM,CHLD \
		"$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	expect_ok
	expect_json '.signals == {blocked: "0", ignored: "0", caught: "0"}'
}

@test "keyring: a session keyring of its own, unless --no-new-keyring" {
	make_bundle
	config 'del(.linux.seccomp)' # it lets no keyctl(2) through
	program /bin/probe
	run_ok
	expect_json '.keyring.description | contains("hull-test-")'
	first=$(jq .keyring.id <<<"$output")
	run_ok
	[ "$(jq .keyring.id <<<"$output")" != "$first" ]
	run_ok --no-new-keyring
	expect_json '.keyring.description | contains("hull-test-") | not'
}

@test "personality: LINUX32, for the process and for exec" {
	make_bundle
	config '.linux.personality = {domain: "LINUX32"}'
	script 'uname -m; sleep 100'
	start_it
	said() { [ -s "$T/out" ]; }
	await said
	[ "$(cat "$T/out")" != "$(uname -m)" ]
	run --separate-stderr hull exec "$ID" uname -m
	expect_ok
	expect_out "$(cat "$T/out")"
}

@test "scheduler and ioPriority" {
	make_bundle
	config '.process.scheduler = {policy: "SCHED_BATCH", nice: 7} | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	program /bin/probe
	run_ok
	expect_json '.scheduler == 3' '.nice == 7' ".ioprio == $((2 << 13 | 6))"
}

@test "scheduler: one that this machine refuses is an error that names it" {
	make_bundle
	# real time without CAP_SYS_NICE
	config '.process.scheduler = {policy: "SCHED_FIFO", priority: 10}'
	program /bin/probe
	run --separate-stderr setpriv --inh-caps -sys_nice --bounding-set -sys_nice \
		"$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	[ "$status" = 1 ] && [[ $stderr == *"/process/scheduler"* ]] || { show && false; }
	expect_nothing
}
