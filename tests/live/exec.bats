# exec: a further process in a running container.
load ../lib/hull

running() {
	make_bundle
	"$@"
	program sleep 1000
	start_it
}

in_it() { # hull exec ... ID ...
	run --separate-stderr hull exec "$@" </dev/null
}

@test "exec: namespaces, ids, capabilities, limits, directory and environment are the container's" {
	set_up() {
		config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 88}] | .process.cwd = "/tmp"
			| .process.env += ["ONE=1"] | .process.user.additionalGids = [7, 8]'
	}
	running set_up
	in_it "$ID" /bin/probe one two
	expect_ok
	pid=$(pid_of)
	for n in pid net mnt ipc uts cgroup user; do
		[ "$(jq -r ".ns.$n" <<<"$output")" = "$(readlink "/proc/$pid/ns/$n")" ] || fail "$n is another"
	done
	expect_json '.pid > 1' '.args == ["/bin/probe", "one", "two"]' '.rlimits.NOFILE == ["77","88"]' '.cwd == "/tmp"' \
		'.env | index("ONE=1") != null' '.groups == [7,8]' '.umask == "0022"' '.nnp == 1' '.sid == .pid' '.seccomp == 2'
	for set in Bnd:bounding Eff:effective Prm:permitted Inh:inheritable Amb:ambient; do
		[ "$(sed -n "s/^Cap${set%:*}:\t//p" "/proc/$pid/status")" = "$(jq -r ".caps.${set#*:}" <<<"$output")" ] ||
			fail "${set#*:} differs"
	done
	[ "$(cut -d: -f2- <<<"$(jq -r .cgroup <<<"$output")")" = "$(hull exec "$ID" cat /proc/1/cgroup | cut -d: -f2-)" ]
}

@test "exec: exit codes, 128 + signal, 255 for what can't be done" {
	running :
	for n in 0 1 42 255; do
		in_it "$ID" sh -c "exit $n"
		expect_status $n
	done
	in_it "$ID" sh -c 'kill -9 $$'
	expect_status 137
	in_it "$ID" nope
	expect_error 'exec: "nope": executable file not found in $PATH' 255
	in_it "$ID" /etc/passwd
	expect_error 'exec: "/etc/passwd": permission denied' 255
	in_it "$ID" /no/such
	expect_error 'exec: "/no/such": stat /no/such: no such file or directory' 255
	[ "$(status_of)" = running ]
	[ "$(hull ps --format json "$ID" | jq length)" = 1 ]
}

@test "exec: options after the program are the program's" {
	running :
	in_it "$ID" echo -t --cwd / -- -x
	expect_ok
	expect_out '-t --cwd / -- -x'
}

@test "exec: --cwd, --env, --user, --additional-gids, --cap, --no-new-privs" {
	running :
	in_it --cwd /tmp --env A=1 -e B=2 --user 1000:1001 "$ID" /bin/probe
	expect_ok
	expect_json '.cwd == "/tmp"' '.uid == [1000,1000,1000,1000]' '.gid == [1001,1001,1001,1001]' \
		'.env | index("A=1") != null and index("B=2") != null'
	in_it --additional-gids 5 -g 6 "$ID" /bin/probe
	expect_ok
	expect_json '.groups == [5,6]'
	in_it --cap CAP_NET_RAW -c CAP_SYS_CHROOT "$ID" /bin/probe
	expect_ok
	# in addition to what the container has; nothing becomes inheritable (CVE-2022-29162)
	expect_json '.caps.inheritable == "0000000000000000"' '.caps.ambient == "0000000000000000"' \
		'.caps.effective | endswith("20042420")'
}

@test "exec: --user is a number, and nothing but" {
	running :
	for u in -1 4294967295 1x '' 1: :1 1:4294967295 99999999999; do
		in_it --user "$u" "$ID" true
		[ "$status" != 0 ] && [ -n "$stderr" ] || { show && fail "--user '$u'"; }
	done
}

@test "exec: --process: from a file and from stdin" {
	running :
	jq -n '{args: ["/bin/probe", "x"], cwd: "/etc", user: {uid: 5, gid: 6, umask: 7, additionalGids: [9]}, env: ["PATH=/bin", "E=1"],
		noNewPrivileges: false, oomScoreAdj: 321, rlimits: [{type: "RLIMIT_CORE", soft: 1, hard: 2}],
		capabilities: {bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"]}}' >"$T/process.json"
	in_it --process "$T/process.json" "$ID"
	expect_ok
	expect_json '.cwd == "/etc"' '.uid[0] == 5 and .gid[0] == 6' '.umask == "0007"' '.groups == [9]' '.nnp == 0' \
		'.oom_score_adj == "321"' '.rlimits.CORE == ["1","2"]' '.caps.bounding == "0000000000000020"' \
		'.env | index("E=1") != null'
	in_it -p "$T/process.json" --tty=false "$ID"
	expect_ok
	jq '.args = []' "$T/process.json" >"$T/bad.json"
	in_it --process "$T/bad.json" "$ID"
	expect_error "args" 255
	echo '{"args": ["true"], "cwd": 5}' >"$T/bad.json"
	in_it --process "$T/bad.json" "$ID"
	expect_error "/cwd" 255
}

@test "exec: in the foreground, signals are forwarded and stdin is the caller's" {
	running :
	run --separate-stderr hull exec "$ID" cat <<<"through"
	expect_ok
	expect_out through
	env --default-signal=INT,QUIT "$HULL" --root "$STATE" exec "$ID" /bin/probe signals </dev/null >"$T/signals" 2>&1 3>&- &
	pid=$!
	heard() { grep -q "$1" "$T/signals"; }
	await heard ready
	kill -USR1 $pid
	await heard 'signal 10'
	kill -TERM $pid
	rc=0
	wait $pid || rc=$?
	[ $rc = 7 ]
}

@test "exec: --detach returns when it runs, and its pid file is right" {
	running :
	hull exec --detach --pid-file "$T/pid" "$ID" sleep 1000 </dev/null >"$T/said" 2>&1
	[ ! -s "$T/said" ]
	[ "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" = "sleep 1000 " ]
	run --separate-stderr hull exec --detach --pid-file "$T/failed" "$ID" nope </dev/null
	expect_status 255
	[ ! -e "$T/failed" ]
}

@test "exec: what it leaves running ends with the container" {
	running :
	hull exec --detach "$ID" sleep 1000 </dev/null >/dev/null 2>&1
	hull exec "$ID" sh -c 'sleep 1000 & exit 0' </dev/null >/dev/null 2>&1
	[ "$(hull ps --format json "$ID" | jq length)" = 3 ]
	hull delete --force "$ID"
	expect_nothing
}

@test "exec: into one that is created but not started" {
	make_bundle
	program sleep 1000
	create_it
	in_it "$ID" echo inside
	expect_ok
	expect_out inside
	[ "$(status_of)" = created ]
}

@test "exec: into one that has stopped" {
	make_bundle
	start_it
	await_status stopped
	in_it "$ID" true
	[ "$status" = 255 ] && [ -n "$stderr" ] || { show && false; }
}

@test "exec: into a paused one with --ignore-paused" {
	running :
	hull pause "$ID"
	hull exec --ignore-paused "$ID" touch /dev/shm/done </dev/null 3>&- &
	pid=$!
	sleep 0.3
	hull resume "$ID"
	wait $pid
	[ "$(hull exec "$ID" ls /dev/shm </dev/null)" = done ]
}

@test "exec: a hundred times leaves no trace" {
	running :
	before=$(ls "/proc/$(pid_of)/fd" | wc -l)
	for i in {1..100}; do
		hull exec "$ID" true </dev/null
	done
	[ "$(hull ps --format json "$ID" | jq length)" = 1 ]
	[ "$(ls "/proc/$(pid_of)/fd" | wc -l)" = "$before" ]
}

@test "exec: many at once" {
	running :
	pids=()
	for i in {1..10}; do
		hull exec "$ID" sh -c "echo $i; exit $i" </dev/null >"$T/out.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in {1..10}; do
		rc=0
		wait "${pids[i - 1]}" || rc=$?
		[ $rc = "$i" ] && [ "$(cat "$T/out.$i")" = "$i" ] || { cat "$T/out.$i" && fail "$i: status $rc"; }
	done
}

@test "exec: the caller's session keyring is not handed in" {
	set_up() { config 'del(.linux.seccomp)'; }
	running set_up
	in_it "$ID" /bin/probe
	expect_ok
	[ "$(jq .keyring.id <<<"$output")" != "$(grep -F _ses /proc/keys | head -n 1 | cut -d' ' -f1)" ]
	expect_json '.keyring.description | contains("hull-test-")'
}
