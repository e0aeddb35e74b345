# Seccomp, from inside: what a program gets for its calls, and what an agent is asked.
load ../lib/hull

bats_require_minimum_version 1.5.0

# Numbers of calls, and a way to make one of another architecture: x86_64's.
[ "$(uname -m)" = x86_64 ] || skip_all=1
nr_getppid=110 nr_mkdir=83 nr_chmod=90 nr_rmdir=84 nr_socket=41 nr_sethostname=170 nr_mseal=462
EPERM=1 EINVAL=22 ENOSYS=38 EACCES=13

setup() {
	[ -z "${skip_all:-}" ] || skip "the numbers are those of x86_64"
	hull_setup
	make_bundle
	built call
	cp "$BATS_RUN_TMPDIR/call" "$ROOTFS/bin/call"
	config '.root.readonly = false'
}

built() { # a program of this directory
	local d=$BATS_RUN_TMPDIR
	[ -e "$d/$1" ] || ${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O1 -static -no-pie \
		"$HULL_TOP/tests/seccomp/$1.c" -o "$d/$1"
}

filter() { # JSON of linux.seccomp
	config '.linux.seccomp = $s' --argjson s "$1"
}

late() { # true: no_new_privs, the filter is loaded last; false: early, with privileges
	config '.process.noNewPrivileges = $on' --argjson on "$1"
}

allow_all_but() { # JSON of rules
	filter "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[$1]}"
}

# All that busybox and `call' need, and a few to look at.
allow_only() { # further names, as JSON strings with commas
	filter '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"action":"SCMP_ACT_ALLOW","names":[
		"execve","exit_group","write","brk","arch_prctl","set_tid_address","set_robust_list","rseq",
		"prlimit64","readlink","readlinkat","getrandom","mprotect","newfstatat","fstat"'"${1:+,$1}"']}]}'
}

cache() {
	ls -A "$STATE/.seccomp-cache" 2>/dev/null || :
}

# --- in force ---------------------------------------------------------------------------------

@test "seccomp: the filter is in force, with and without no_new_privs" {
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"}'
	script 'grep -E "^(Seccomp|NoNewPrivs)" /proc/self/status; call '$nr_mkdir' /tmp/x 0755'
	for nnp in true false; do
		late $nnp
		run_ok
		expect_line "^NoNewPrivs:.$([ $nnp = true ] && echo 1 || echo 0)$"
		expect_line '^Seccomp:.2$'
		expect_line '^Seccomp_filters:.1$'
		expect_line "^! $EPERM$"
	done
}

@test "seccomp: without linux.seccomp there is none" {
	config 'del(.linux.seccomp)'
	script 'grep ^Seccomp: /proc/self/status'
	run_ok
	expect_out $'Seccomp:\t0'
	[ -z "$(cache)" ]
}

@test "seccomp: an ordinary user without no_new_privs has the filter as well" {
	late false
	config '.process.user = {uid: 1000, gid: 1000}'
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":5}'
	script 'grep ^CapEff: /proc/self/status; call '$nr_mkdir' /tmp/x 0755'
	run_ok
	expect_out $'CapEff:\t0000000000000000\n! 5'
}

@test "seccomp: a filter that lets through the program's own calls alone" {
	late true
	allow_only
	program /bin/call $nr_getppid -- $nr_mkdir /tmp/x 0755
	run_ok
	expect_out $'! 1\n! 1'
}

# Without no_new_privs init itself goes on under the filter: engines' own old profiles.
@test "seccomp: a profile from before openat2, close_range and faccessat2 does" {
	local more='"chdir","fchdir","getcwd","openat","close","read","poll","ppoll","accept4","sendmsg",
		"recvmsg","rt_sigaction","rt_sigprocmask","rt_sigreturn","umask","setsid","fcntl","mmap",
		"munmap","clock_gettime","capget","capset","prctl","setresuid","setresgid","setgroups",
		"getresuid","getresgid","getgroups","statx"'
	late false
	config '.process.user = {uid: 1000, gid: 1000} | .process.cwd = "/tmp"'
	allow_only "$more"
	program /bin/call $nr_getppid -- 437 # ENOSYS, as if the kernel were older
	run_ok
	expect_out $'! 1\n! 38'
	allow_only "$more,\"set_mempolicy_home_node\""
	run_ok
	expect_out $'! 1\n! 1'
}

# --- actions ----------------------------------------------------------------------------------

@test "seccomp: errno, with its number and without" {
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO"},
		{"names":["rmdir"],"action":"SCMP_ACT_ERRNO","errnoRet":13},
		{"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":0}'
	program /bin/call $nr_mkdir /tmp/x 0755 -- $nr_rmdir /tmp/x -- $nr_chmod /tmp/x 0
	run_ok
	expect_out "! $EPERM"$'\n'"! $EACCES"$'\n'"= 0"
	[ ! -e "$ROOTFS/tmp/x" ]
}

@test "seccomp: the default is the default, with its number" {
	late true
	allow_only
	config '.linux.seccomp.defaultErrnoRet = 13'
	program /bin/call $nr_getppid
	run_ok
	expect_out "! $EACCES"
}

@test "seccomp: what kills, kills" {
	for action in SCMP_ACT_KILL SCMP_ACT_KILL_THREAD SCMP_ACT_KILL_PROCESS SCMP_ACT_TRAP; do
		allow_all_but '{"names":["mkdir"],"action":"'$action'"}'
		program /bin/call $nr_getppid -- $nr_mkdir /tmp/x 0755 -- $nr_getppid
		run_it
		expect_status $((128 + 31)) # SIGSYS
		[ "$(wc -l <<<"$output")" = 1 ]
		[ ! -e "$ROOTFS/tmp/x" ]
	done
}

@test "seccomp: log lets through, trace without a tracer does not" {
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_LOG"},
		{"names":["rmdir"],"action":"SCMP_ACT_TRACE","errnoRet":7}'
	program /bin/call $nr_mkdir /tmp/x 0755 -- $nr_rmdir /tmp/x
	run_ok
	expect_out $'= 0\n! 38'
	[ -d "$ROOTFS/tmp/x" ]
}

@test "seccomp: conditions on arguments" {
	allow_all_but '{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":97,
			"args":[{"index":0,"value":16,"op":"SCMP_CMP_EQ"}]},
		{"names":["chmod"],"action":"SCMP_ACT_ERRNO",
			"args":[{"index":1,"value":2048,"valueTwo":2048,"op":"SCMP_CMP_MASKED_EQ"}]}'
	script 'touch /tmp/f; exec call '"$nr_socket 1 1 0 -- $nr_socket 16 3 0 -- \
		$nr_chmod /tmp/f 0755 -- $nr_chmod /tmp/f 04755"
	run_ok
	expect_out "= 3"$'\n'"! 97"$'\n'"= 0"$'\n'"! $EPERM"
}

# --- numbers ----------------------------------------------------------------------------------

@test "seccomp: a call newer than all that the profile names gets ENOSYS" {
	late true
	allow_only '"openat2"'
	program /bin/call $nr_getppid -- 438 -- 999 -- $nr_mseal
	run_ok
	expect_out "! $EPERM"$'\n'"! $ENOSYS"$'\n'"! $ENOSYS"$'\n'"! $ENOSYS"
	# not where the default lets through: the kernel itself is asked
	allow_all_but '{"names":["getppid"],"action":"SCMP_ACT_ERRNO","errnoRet":5}'
	program /bin/call $nr_getppid -- 434 -1 0
	run_ok
	expect_out $'! 5\n! 22'
}

@test "seccomp: a call that is newer than libseccomp is honoured" {
	allow_all_but '{"names":["mseal"],"action":"SCMP_ACT_ERRNO","errnoRet":97}'
	program /bin/call $nr_mseal
	run_ok
	expect_out '! 97'
}

@test "seccomp: 32-bit calls are killed unless their architecture is listed" {
	[ "$("$BATS_RUN_TMPDIR/call" -i 64 | cut -c1)" = = ] || skip "this kernel has no 32-bit calls"
	local rules='{"names":["rmdir"],"action":"SCMP_ACT_ERRNO","errnoRet":97}'
	allow_all_but "$rules"
	program /bin/call -i 64
	run_it
	expect_status $((128 + 31))
	config '.linux.seccomp.architectures = ["SCMP_ARCH_X86"]' # the native one needs no mention
	program /bin/call -i 64 -- -i 40 /tmp/x -- $nr_rmdir /tmp/x
	run_ok
	expect_line '^= [0-9]+$'
	[ "$(grep -c '^! 97$' <<<"$output")" = 2 ]
}

@test "seccomp: a 32-bit program's socketcall is no way around a condition" {
	[ "$("$BATS_RUN_TMPDIR/call" -i 64 | cut -c1)" = = ] || skip "this kernel has no 32-bit calls"
	late true
	allow_only
	config '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] |
		.linux.seccomp.syscalls += [{names: ["socket"], action: "SCMP_ACT_ALLOW",
			args: [{index: 0, value: 16, op: "SCMP_CMP_NE"}]}]'
	program /bin/call $nr_socket 1 1 0 -- $nr_socket 16 3 0 -- -i 359 1 1 0 -- -i 359 16 3 0 -- -i 102 1 0
	run_ok
	expect_out $'= 3\n! 1\n= 4\n! 1\n! 1'
}

# --- flags ------------------------------------------------------------------------------------

@test "seccomp: all flags are taken, and none" {
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":97}'
	program /bin/call $nr_mkdir /tmp/x 0755
	config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
		"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	run_ok
	expect_out '! 97'
	config '.linux.seccomp.flags = []'
	run_ok
	expect_out '! 97'
}

# --- exec -------------------------------------------------------------------------------------

@test "seccomp: exec has the same filter" {
	for nnp in true false; do
		late $nnp
		allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":97}'
		program /bin/sleep 100
		start_it
		run --separate-stderr hull exec "$ID" /bin/call $nr_mkdir /tmp/x 0755
		expect_ok
		expect_out '! 97'
		run --separate-stderr hull exec "$ID" /bin/grep ^Seccomp /proc/self/status
		expect_ok
		expect_out $'Seccomp:\t2\nSeccomp_filters:\t1'
		hull delete --force "$ID"
	done
}

# --- errors -----------------------------------------------------------------------------------

@test "seccomp: an unknown name is left out, or an error if it is to be" {
	allow_all_but '{"names":["no_such_call","mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":97}'
	program /bin/call $nr_mkdir /tmp/x 0755
	run_ok
	expect_out '! 97'
	config '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "1"'
	run_it
	expect_error 'unknown system call `no_such_call`'
	expect_nothing
	config '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "0"'
	run_ok
}

@test "seccomp: a profile that contradicts itself is refused" {
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_KILL",
			"args":[{"index":1,"value":1,"op":"SCMP_CMP_EQ"}]},
		{"names":["mkdir"],"action":"SCMP_ACT_TRAP",
			"args":[{"index":1,"value":1,"op":"SCMP_CMP_EQ"}]}'
	run_it
	expect_error 'the same conditions have another action already'
	[[ $stderr == *"/linux/seccomp/syscalls/1/names/0"* ]]
	expect_nothing
}

# --- the agent --------------------------------------------------------------------------------

AGENT_DIR=
start_agent() { # SOCKET ERRNO
	built agent
	AGENT_DIR=$T/agent
	mkdir -p "$AGENT_DIR"
	"$BATS_RUN_TMPDIR/agent" "$1" "$AGENT_DIR" "$2" 3>&- &
	CLEANUP="kill $!"
	await test -S "$1"
}

notify() { # RULES SOCKET
	allow_all_but "$1"
	config '.linux.seccomp.listenerPath = $p' --arg p "$2"
}

@test "seccomp: an agent decides, for the container and for what exec runs in it" {
	start_agent "$T/sock" 42
	for nnp in true false; do
		late $nnp
		notify '{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}' "$T/sock"
		config '.linux.seccomp.listenerMetadata = "a \"b\" ü" | .annotations.x = "y"'
		script "call $nr_mkdir /tmp/x 0755 -- $nr_rmdir /tmp/x; sleep 100"
		start_it
		said() { [ "$(cat "$T/out")" = $'! 42\n! 2' ]; }
		await said
		output=$(cat "$AGENT_DIR"/1.json)
		expect_json '.ociVersion == "1.3.0"' '.fds == ["seccompFd"]' '.metadata == "a \"b\" ü"' \
			".pid == $(pid_of)" ".state.pid == $(pid_of)" ".state.id == \"$ID\"" \
			".state.bundle == \"$BUNDLE\"" '.state.annotations.x == "y"' \
			".state.status == \"$([ $nnp = true ] && echo created || echo creating)\""
		[ "$(cat "$AGENT_DIR/1.fds")" = 1 ]
		[ "$(sort -u "$AGENT_DIR/1.calls")" = $nr_mkdir ]

		run --separate-stderr hull exec "$ID" /bin/call $nr_mkdir /tmp/x 0755
		expect_ok
		expect_out '! 42'
		output=$(cat "$AGENT_DIR/2.json")
		expect_json '.state.status == "running"' ".state.pid == $(pid_of)" ".pid != $(pid_of)"
		[ "$(cat "$AGENT_DIR/2.calls")" = $nr_mkdir ]
		hull delete --force "$ID"
		kill -0 "${CLEANUP#kill }"
		eval "$CLEANUP"
		await test ! -e "/proc/${CLEANUP#kill }"
		rm -r "$AGENT_DIR" "$T/sock"
		start_agent "$T/sock" 42
	done
}

@test "seccomp: with no_new_privs the hand-over needs neither sendmsg nor recvmsg nor poll" {
	start_agent "$T/sock" 42
	late true
	notify '{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"},
		{"names":["sendmsg","recvmsg","sendto","recvfrom","poll","ppoll","futex"],
		"action":"SCMP_ACT_ERRNO"}' "$T/sock"
	program /bin/call $nr_mkdir /tmp/x 0755
	run_ok
	expect_out '! 42'
}

@test "seccomp: the agent's socket may have a long path" {
	local d
	d=$T/$(printf 'd%.0s' {1..120})
	mkdir "$d"
	start_agent "$d/sock" 42
	notify '{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}' "$d/sock"
	program /bin/call $nr_mkdir /tmp/x 0755
	run_ok
	expect_out '! 42'
}

@test "seccomp: nobody listening is an error, and nothing is left" {
	for nnp in true false; do
		late $nnp
		notify '{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}' "$T/nobody"
		program /bin/call $nr_mkdir /tmp/x 0755
		run_it
		expect_error "$T/nobody"
		[[ $stderr == *"/linux/seccomp/listenerPath"* ]]
		expect_nothing
	done
}

@test "seccomp: listenerPath without NOTIFY is not called" {
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":97}'
	config '.linux.seccomp.listenerPath = "/nonexistent/sock"'
	program /bin/call $nr_mkdir /tmp/x 0755
	run_ok
	expect_out '! 97'
}

@test "seccomp: a listener that can't be handed over is refused before anything is done" {
	notify '{"names":["mkdir","write"],"action":"SCMP_ACT_NOTIFY"}' "$T/sock"
	run_it
	expect_error write
	notify '{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"},
		{"names":["read"],"action":"SCMP_ACT_KILL"}' "$T/sock"
	run_it
	expect_error 'has to let `read` through'
	notify '{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}' sock
	run_it
	expect_error absolute
	expect_nothing
	[ -z "$(cache)" ] || [ "$(cache | wc -l)" = 1 ]
}

# --- the cache --------------------------------------------------------------------------------

@test "seccomp: a profile is compiled once, a damaged file is replaced" {
	local file
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":97}'
	program /bin/call $nr_mkdir /tmp/x 0755
	run_ok
	run_ok # the state directory may not have been there the first time
	[ "$(cache | wc -l)" = 1 ]
	file=$STATE/.seccomp-cache/$(cache)
	[ "$(stat -c %a "$file")" = 600 ]
	[ "$(stat -c %a "$STATE/.seccomp-cache")" = 700 ]
	cp "$file" "$T/good"

	local inode
	inode=$(stat -c %i,%Y "$file")
	run_ok
	[ "$(stat -c %i,%Y "$file")" = "$inode" ]

	# the number that chmod gets: as if somebody had made the filter weaker
	printf '\x00' | dd of="$file" bs=1 seek=100 conv=notrunc status=none
	! cmp -s "$file" "$T/good" || printf '\x01' | dd of="$file" bs=1 seek=100 conv=notrunc status=none
	run --separate-stderr hull --debug --log "$T/log" run --bundle "$BUNDLE" "$ID"
	expect_ok
	expect_out '! 97'
	grep -q 'damaged: compiling anew' "$T/log"
	cmp "$file" "$T/good"

	: >"$file"
	run_ok
	expect_out '! 97'
	cmp "$file" "$T/good"

	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":98}'
	run_ok
	expect_out '! 98'
	[ "$(cache | wc -l)" = 2 ]
}

@test "seccomp: a cache that others can write to is not used" {
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":97}'
	program /bin/call $nr_mkdir /tmp/x 0755
	run_ok
	run_ok
	chmod 777 "$STATE/.seccomp-cache"
	printf x >>"$STATE/.seccomp-cache/$(cache)"
	run_ok
	expect_out '! 97'
	rm -r "$STATE/.seccomp-cache"
	: >"$STATE/.seccomp-cache" # not even a directory
	run_ok
	expect_out '! 97'
}

@test "seccomp: the cache is no container" {
	allow_all_but '{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":97}'
	program /bin/call $nr_mkdir /tmp/x 0755
	run_ok
	run_ok
	[ -n "$(cache)" ]
	run --separate-stderr hull list --quiet
	expect_ok
	expect_out ''
}
