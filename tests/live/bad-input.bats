# Bad input: what is wrong with a bundle or an ID is said in one sentence, with its place in config.json,
# before anything was changed. tests/unit/rules-cases.def has every rule; here is one or more of each
# kind, as a user sees it.
load ../lib/hull

# The line and column where a JSON pointer's value begins: not found by hull's own locator.
place_of() { # POINTER < JSON
	python3 -c '
import re, sys
text, want = sys.stdin.read(), sys.argv[1]
def skip(i):
    return re.compile(r"\s*").match(text, i).end()
def value(i, at):
    i = skip(i)
    if at == want:
        line = text.count("\n", 0, i) + 1
        print("%d:%d" % (line, i - text.rfind("\n", 0, i)))
        sys.exit()
    if text[i] not in "{[":
        return re.compile(r"\"(?:[^\"\\]|\\.)*\"|[^\s,\]}]+").match(text, i).end()
    n, i = 0, skip(i + 1)
    while text[i] not in "}]":
        name = str(n)
        if text[i] == "\"":
            key = re.compile(r"\"((?:[^\"\\]|\\.)*)\"\s*:").match(text, i)
            if key:
                name, i = key.group(1).replace("~", "~0").replace("/", "~1"), key.end()
        i, n = skip(value(i, at + "/" + name)), n + 1
        if text[i] == ",":
            i = skip(i + 1)
    return i + 1
value(0, "")
sys.exit("there is nothing at " + want)' "$1"
}

# `hull create` of $BUNDLE fails with just this sentence and place, and leaves nothing.
refused() { # SENTENCE POINTER [POINTER OF WHAT IS SHOWN, when the first is about what is missing]
	local place
	place=$(place_of "${3-$2}" <"$BUNDLE/config.json")
	run --separate-stderr hull create --bundle "$BUNDLE" "$ID" </dev/null
	expect_status 1
	expect_out ""
	local want="hull: $1
  config.json:$place${2:+  $2}"
	[ "$stderr" = "$want" ] || { show; fail "expected: $want"; }
	expect_nothing
}

# The same, after a change to a good config.json.
mistake() { # JQ-FILTER SENTENCE POINTER [POINTER OF WHAT IS SHOWN]
	cp "$T/good.json" "$BUNDLE/config.json"
	config "$1"
	refused "${@:2}"
}

good_bundle() {
	make_bundle
	cp "$BUNDLE/config.json" "$T/good.json"
}

@test "bad input: the document and its root" {
	good_bundle
	mistake '.ociVersion = "1.3"' '`1.3` is not a version as SemVer 2.0.0 has it, like `1.3.0`' /ociVersion
	mistake '.ociVersion = "2.0.0"' \
		'version 2.0.0 of the runtime-spec is not supported, it has to be 1.x.y' /ociVersion
	mistake 'del(.root)' "root is missing, its path names the container's root file system" ''
	mistake '.root.path = ""' 'the path of the root file system is empty' /root/path
	mistake '.hostname = "h" | .linux.namespaces -= [{type: "uts"}]' \
		'unable to set hostname without a private UTS namespace, /linux/namespaces has none of type `uts`' /hostname
	mistake '.hostname = ("h" * 65)' 'the hostname has 65 bytes, at most 64 are possible' /hostname
	mistake '.domainname = ("h" * 65)' 'the domainname has 65 bytes, at most 64 are possible' /domainname
	mistake '.annotations[""] = "x"' 'the key of an annotation is empty, it needs a name' /annotations/
	mistake '.hooks.poststop = [{path: "/bin/true"}, {path: "true"}]' \
		'the path of a hook has to be absolute, `true` is not' /hooks/poststop/1/path
}

@test "bad input: the process" {
	good_bundle
	mistake '.process.cwd = "tmp"' 'the working directory has to be an absolute path, `tmp` is not' /process/cwd
	mistake '.process.args = []' 'args must not be empty, its first entry names the program' /process/args
	mistake '.process.args = [""]' 'the first entry of args is empty, it has to name the program' /process/args/0
	mistake '.process.env = ["A=b", "PATH"]' \
		'`PATH` has no `=`, an entry of env has the form NAME=VALUE' /process/env/1
	mistake '.process.user.additionalGids = [1, 4294967295]' \
		'4294967295 is not a group id but `no change` to the kernel, ids end at 4294967294' \
		/process/user/additionalGids/1
	mistake '.process.rlimits = [{type: "RLIMIT_FILES", soft: 1, hard: 1}]' \
		'`RLIMIT_FILES` is not a resource that setrlimit(2) knows, like RLIMIT_NOFILE' /process/rlimits/0/type
	mistake '.process.rlimits = [{type: "RLIMIT_AS", soft: 1, hard: 1}, {type: "RLIMIT_AS", soft: 1, hard: 1}]' \
		'RLIMIT_AS is limited by /process/rlimits/0 already, a type may be there once' /process/rlimits/1/type
	mistake '.process.rlimits = [{type: "RLIMIT_AS", soft: 2, hard: 1}]' \
		'the soft limit 2 is above the hard limit 1' /process/rlimits/0/soft
	mistake '.process.oomScoreAdj = 1001' 'oomScoreAdj goes from -1000 to 1000, 1001 is out of range' \
		/process/oomScoreAdj
	mistake '.process.scheduler = {policy: "SCHED_OTHER", nice: 20}' \
		'nice goes from -20 to 19, 20 is out of range' /process/scheduler/nice
	mistake '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 9999, deadline: 5000, period: 5000}' \
		'the deadline of SCHED_DEADLINE has to be at least its runtime, 9999 ns' /process/scheduler/deadline
	mistake '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 8}' \
		'the priority within a class goes from 0 (highest) to 7, 8 is out of range' /process/ioPriority/priority
	mistake '.process.execCPUAffinity = {initial: "1-0"}' \
		'`1-0` is not a list of processors, like `0-3,7`' /process/execCPUAffinity/initial
}

@test "bad input: mounts" {
	good_bundle
	mistake '.mounts += [{destination: "", type: "tmpfs"}] | .mounts |= [last]' \
		'the destination is empty, it is a path in the container' /mounts/0/destination
	mistake '.mounts = [{destination: "/tmp", options: ["bind"]}]' \
		'a bind mount needs a source, the path of what to show' /mounts/0
	mistake '.mounts = [{destination: "/tmp", source: "/tmp"}]' \
		'a mount needs a type, unless its options have bind, rbind or remount' /mounts/0
	mistake '.mounts[0].options = ["tmpcopyup"]' \
		'tmpcopyup is for a mount of type tmpfs, not proc' /mounts/0/options/0
	mistake '.mounts = [{destination: "/tmp", source: "/tmp", options: ["rbind", "idmap"]}]' \
		'idmap needs uidMappings and gidMappings of the mount, or a user namespace of the container' \
		/mounts/0/options/1
	mistake '.mounts[0].uidMappings = [{containerID: 0, hostID: 0, size: 1}]' \
		'gidMappings is missing, uidMappings and gidMappings come together or not at all' /mounts/0
	mistake '.linux.maskedPaths = ["/proc/kcore", "proc/keys"]' \
		'a masked path has to be absolute, `proc/keys` is not' /linux/maskedPaths/1
	mistake '.linux.readonlyPaths = ["proc/sys"]' \
		'a read-only path has to be absolute, `proc/sys` is not' /linux/readonlyPaths/0
}

@test "bad input: mounts without a mount namespace" {
	good_bundle
	none="/linux/namespaces has none of type \`mount\`"
	mistake '.linux.namespaces -= [{type: "mount"}] | .root.readonly = false' \
		"mounts need a mount namespace of the container's own, $none" /mounts
	mistake '.linux.namespaces -= [{type: "mount"}] | .root.readonly = true' \
		"a read-only root needs a mount namespace of the container's own, $none" /root/readonly
}

@test "bad input: namespaces and ids" {
	good_bundle
	mistake '.linux.namespaces = [{type: "uts"}, {type: "mount"}, {type: "mount"}]' \
		'there is a namespace of type mount at index 1 already, a type may be there once' \
		/linux/namespaces/2/type
	mistake '.linux.namespaces += [{type: "user"}]' \
		'a new user namespace needs uidMappings and gidMappings, which are missing' \
		/linux/namespaces/"$(jq '.linux.namespaces | length' "$T/good.json")"
	mistake '.linux.namespaces = [{type: "uts"}, {type: "time", path: "proc/self/ns/time"}, {type: "mount"}]' \
		'the path of a namespace has to be absolute, `proc/self/ns/time` is not; leave it out for a new one' \
		/linux/namespaces/1/path
	mistake '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]' \
		'mappings need a namespace of type `user`, /linux/namespaces has none' /linux/uidMappings
	user='.linux.namespaces += [{type: "user"}] | .linux.gidMappings = [{containerID: 0, hostID: 0, size: 1}] | '
	mistake "$user .linux.uidMappings = [{containerID: 0, hostID: 0, size: 0}]" \
		'user id 0 has no place in /linux/uidMappings, the process can'\''t have it' /process/user/uid
	mistake "$user .linux.uidMappings = [{containerID: 0, hostID: 0, size: 9}, {containerID: 8, hostID: 9, size: 9}]" \
		'the range overlaps with the one at index 0, each id may be mapped once' \
		/linux/uidMappings/1/containerID
	mistake "$user .linux.uidMappings = [{containerID: 0, hostID: 9, size: 4294967295}]" \
		'the range ends at 4294967303, ids end at 4294967294' /linux/uidMappings/0/hostID
	mistake "$user .linux.uidMappings = [range(341) | {containerID: ., hostID: ., size: 1}]" \
		'there are 341 ranges, the kernel takes at most 340' /linux/uidMappings/340
	mistake '.linux.timeOffsets = {monotonic: {secs: 1}}' \
		'clocks can be moved in a new time namespace alone, /linux/namespaces has none of type `time`' \
		/linux/timeOffsets/monotonic
}

@test "bad input: devices and cgroups" {
	good_bundle
	mistake '.linux.devices = [{type: "c", path: "/dev/x", major: 1}]' \
		'a device of type c needs major and minor' /linux/devices/0
	mistake '.linux.devices = [{type: "p", path: "/dev/x", fileMode: 512}]' \
		'fileMode has the permissions alone, at most 511 (octal 777), not 512' /linux/devices/0/fileMode
	mistake '.linux.cgroupsPath = "/a/../../b"' \
		'`/a/../../b` has a part `..`, a cgroup lies below the root of the hierarchy' /linux/cgroupsPath
	mistake '.linux.resources = {memory: {limit: 8192, swap: 4096}}' \
		'swap limits memory and swap together, 4096 is below the limit of memory, 8192' \
		/linux/resources/memory/swap
	mistake '.linux.resources = {devices: [{allow: false, access: "rwx"}]}' \
		'`rwx` is not an access, it has letters of `rwm`' /linux/resources/devices/0/access
	mistake '.linux.resources = {hugepageLimits: [{pageSize: "2MiB", limit: 1}]}' \
		'`2MiB` is not a page size, like `2MB`: a number without leading zeros and KB, MB or GB' \
		/linux/resources/hugepageLimits/0/pageSize
	mistake '.linux.resources = {unified: {"../memory.max": "1"}}' \
		'`../memory.max` is not a file of a cgroup v2 controller, like `memory.high`' \
		/linux/resources/unified/..~1memory.max
	mistake '.linux.resources = {rdma: {"mlx5_0": {}}}' \
		'the limit of an RDMA device needs one of hcaHandles and hcaObjects' /linux/resources/rdma/mlx5_0
}

@test "bad input: sysctl" {
	good_bundle
	mistake '.linux.sysctl = {"kernel.core_pattern": "|/bin/sh"}' \
		"\`kernel.core_pattern\` is the host's, only sysctls that belong to a namespace can be set" \
		/linux/sysctl/kernel.core_pattern
	mistake '.linux.sysctl = {"net/../kernel/core_pattern": "|/bin/sh"}' \
		'`net/../kernel/core_pattern` is not a sysctl: parts of letters, digits, `_`, `*` and `-` with `.` or `/` between them' \
		/linux/sysctl/net~1..~1kernel~1core_pattern
	mistake '.linux.namespaces -= [{type: "network"}] | .linux.sysctl = {"net.core.somaxconn": "1"}' \
		'`net.core.somaxconn` needs a network namespace, /linux/namespaces has none' \
		/linux/sysctl/net.core.somaxconn
	mistake '.linux.sysctl = {"kernel.hostname": "x"}' \
		'kernel.hostname is not set by sysctl but by the property hostname' /linux/sysctl/kernel.hostname
}

@test "bad input: seccomp, memory policy, personality" {
	good_bundle
	call='.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"} | .linux.seccomp.syscalls = '
	mistake "$call [{names: [], action: \"SCMP_ACT_LOG\"}]" \
		'names is empty, a rule is about at least one system call' /linux/seccomp/syscalls/0/names
	mistake "$call [{names: [\"read\"], action: \"SCMP_ACT_ALLOW\", errnoRet: 1}]" \
		'a number goes with SCMP_ACT_ERRNO and SCMP_ACT_TRACE, not with SCMP_ACT_ALLOW' \
		/linux/seccomp/syscalls/0/errnoRet
	mistake "$call [{names: [\"read\"], action: \"SCMP_ACT_LOG\", args: [{index: 6, value: 0, op: \"SCMP_CMP_EQ\"}]}]" \
		'a system call has arguments 0 to 5, there is no 6' /linux/seccomp/syscalls/0/args/0/index
	mistake '.linux.seccomp = {defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/run/agent"}' \
		'SCMP_ACT_NOTIFY as the default would ask the agent about the hand-over to it, which never ends' \
		/linux/seccomp/defaultAction
	mistake '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: ""}' \
		'MPOL_BIND needs at least one node in nodes' /linux/memoryPolicy/nodes
	mistake '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}' \
		'no flags of a personality are defined, the array has to be absent or empty' /linux/personality/flags
}

@test "bad input: what this version can't do is refused, not dropped" {
	good_bundle
	no='not supported by this version of hull:'
	mistake '.linux.netDevices = {dummy0: {}}' "$no it has no way yet to move network devices" /linux/netDevices
	mistake '.linux.intelRdt = {closID: "guaranteed"}' "$no it has no way yet to use resctrl" /linux/intelRdt
	mistake '.vm = {kernel: {path: "/boot/vmlinuz"}}' \
		"$no it has no virtual machines, containers are made of namespaces alone" /vm
}

# Types are the reader's; its sentences are in tests/unit/test-ocispec.c. Here: the place, and that
# nothing is left.
@test "bad input: wrong types, unknown names, broken JSON" {
	good_bundle
	wrong() { # JQ-FILTER POINTER
		local place
		cp "$T/good.json" "$BUNDLE/config.json"
		config "$1"
		place=$(place_of "$2" <"$BUNDLE/config.json")
		run --separate-stderr hull create --bundle "$BUNDLE" "$ID" </dev/null
		expect_status 1
		[ "${stderr_lines[1]}" = "  config.json:$place  $2" ] || { show; fail "no such place: $place"; }
		expect_nothing
	}
	wrong '.process.args[0] = 7' /process/args/0
	wrong '.process.user.uid = -1' /process/user/uid
	wrong '.process.user.uid = 4294967296' /process/user/uid
	wrong '.process.user.gid = 1.5' /process/user/gid
	wrong '.linux.namespaces[1].type = "pids"' /linux/namespaces/1/type
	wrong '.hooks.poststart = [{path: "/bin/true", timeout: 0}]' /hooks/poststart/0/timeout
	wrong '.linux.rootfsPropagation = "rshare"' /linux/rootfsPropagation
	wrong '.annotations.x = 1' /annotations/x
	wrong '.process.scheduler = {policy: "SCHED_FAIR"}' /process/scheduler/policy
	wrong '.linux.seccomp = {defaultAction: "SCMP_ACT_DENY"}' /linux/seccomp/defaultAction

	text() { # CONFIG.JSON PLACE
		printf "$1" >"$BUNDLE/config.json"
		run --separate-stderr hull create --bundle "$BUNDLE" "$ID" </dev/null
		expect_status 1
		[[ ${stderr_lines[1]} = "  config.json:$2"* ]] || { show; fail "no such place: $2"; }
		expect_nothing
	}
	text '{\n  "ociVersion": "1.3.0",\n  "ociVersion": "1.3.0"\n}' 2:17
	text '{\n  "ociVersion" "1.3.0"\n}' 2:16
	text '' 1:1
}

@test "bad input: the log has one line, with pointer, line, column and errno" {
	good_bundle
	config '.process.cwd = "tmp"'
	run --separate-stderr hull --log "$T/log" --log-format json create --bundle "$BUNDLE" "$ID" </dev/null
	expect_status 1
	[ "$(wc -l <"$T/log")" = 1 ]
	place=$(place_of /process/cwd <"$BUNDLE/config.json")
	output=$(cat "$T/log")
	expect_json '.level == "error"' '.pointer == "/process/cwd"' ".line == ${place%:*}" \
		".column == ${place#*:}" '.errno == 22 or .errno == "EINVAL"' \
		'.msg | startswith("the working directory has to be an absolute path, `tmp` is not")'
	expect_nothing
}

# --- the bundle ---------------------------------------------------------------------------------

# `hull create` fails with this on its first line of stderr, and leaves nothing.
fails_with() { # SENTENCE
	expect_status 1
	expect_out ""
	[ "${stderr_lines[0]}" = "hull: $1" ] || { show; fail "expected: hull: $1"; }
	expect_nothing
}

create() { # [BUNDLE]
	run --separate-stderr hull create --bundle "${1:-$BUNDLE}" "$ID" </dev/null
}

@test "bad input: a bundle without config.json" {
	make_bundle
	rm "$BUNDLE/config.json"
	create
	fails_with "bundle \`$BUNDLE\` has no config.json"
}

@test "bad input: config.json is a directory, a FIFO, a dangling link, too large" {
	make_bundle
	rm "$BUNDLE/config.json"
	mkdir "$BUNDLE/config.json"
	create
	fails_with "\`$BUNDLE/config.json\` is a directory, it has to be a file"
	rmdir "$BUNDLE/config.json"
	mkfifo "$BUNDLE/config.json"
	create
	fails_with "\`$BUNDLE/config.json\` is not a regular file"
	rm "$BUNDLE/config.json"
	ln -s nowhere "$BUNDLE/config.json"
	create
	fails_with "bundle \`$BUNDLE\` has no config.json"
	rm "$BUNDLE/config.json"
	truncate -s $(((16 << 20) + 1)) "$BUNDLE/config.json"
	create
	fails_with "\`$BUNDLE/config.json\` has more than 16777216 bytes"
}

@test "bad input: a config.json that can't be read" {
	make_bundle
	chmod 0 "$BUNDLE/config.json"
	run --separate-stderr setpriv --bounding-set=-dac_override,-dac_read_search "$HULL" --root "$STATE" \
		create --bundle "$BUNDLE" "$ID" </dev/null
	fails_with "config.json of bundle \`$BUNDLE\` can't be read: Permission denied"
}

@test "bad input: a bundle that is missing or a file" {
	make_bundle
	create "$T/none"
	expect_error "$T/none"
	[[ ${stderr_lines[0]} == "hull: bundle "* ]]
	expect_nothing
	create "$BUNDLE/config.json"
	[ "$status" != 0 ]
	[ "${stderr_lines[0]}" = "hull: bundle \`$BUNDLE/config.json\` is not a directory" ]
	expect_nothing
}

@test "bad input: a rootfs that is missing, a file, a symlink" {
	good_bundle
	touch "$BUNDLE/file"
	ln -s rootfs "$BUNDLE/link"
	config '.root.path = "none"'
	create
	expect_error "none"
	[[ $stderr == *"  /root/path"* ]]
	expect_nothing
	config '.root.path = "file"'
	refused "the rootfs \`$BUNDLE/file\` is not a directory" /root/path
	config '.root.path = "link"'
	refused "the rootfs \`$BUNDLE/link\` is a symlink: name the directory itself" /root/path
}

# --- the ID -------------------------------------------------------------------------------------

@test "bad input: IDs, each mistake with its own sentence" {
	make_bundle
	said=
	bad_id() { # ID WORDS
		run --separate-stderr hull create --bundle "$BUNDLE" -- "$1" </dev/null
		[ "$status" != 0 ] || fail "accepted: $1"
		expect_out ""
		[[ ${stderr_lines[0]} == "hull: "*"$2"* ]] || { show; fail "expected: $2"; }
		[[ $said != *"<${stderr_lines[0]}>"* ]] || { show; fail "said before, about another mistake"; }
		said+="<${stderr_lines[0]}>"
		[ -z "$(state_files)" ] || fail "left: $(ls -A "$STATE")"
		[ ! -e "$T/x" ] || fail "left beside the state directory: $T/x"
	}
	bad_id '' 'container ID cannot be empty'
	bad_id "$(printf 'x%.0s' {1..1025})" 'longer than'
	bad_id . '.'
	bad_id .. '..'
	bad_id ../x '/'
	bad_id a/b '/'
	bad_id .hidden '.hidden'
	bad_id 'a b' ''
	bad_id $'a\nb' ''
}

@test "bad input: an ID that exists already" {
	make_bundle
	program /bin/sleep 100
	create_it
	pid=$(pid_of)
	run --separate-stderr hull create --bundle "$BUNDLE" "$ID" </dev/null
	expect_error "container with given ID already exists"
	[ "$(status_of)" = created ] # and the first one is as it was
	[ "$(pid_of)" = "$pid" ]
	hull delete --force "$ID"
	expect_nothing
}
