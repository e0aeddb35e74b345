# What hull does where something is missing, small, damaged or in its way.
load ../lib/hull

@test "an environment without PATH: programs are found where execvp(3) would" {
	make_bundle
	config '.process.env = []'
	program sh -c 'echo fine'
	run_ok
	expect_out fine
	config '.process.args = ["nowhere"]'
	run_it
	expect_error 'exec: "nowhere": executable file not found in $PATH'
}

# The processes of a container, by its first one's pid, are to be gone.
expect_ended() { # PID
	[ ! -e "/proc/$1/ns/pid" ] || ! readlink "/proc/$1/ns/pid" >/dev/null || fail "$1 is still there"
}

@test "delete --force: a state file that is damaged or missing, and the container runs" {
	make_bundle
	program sleep 1000
	for how in ': >' 'rm' 'truncate --size=200' 'echo {} >' 'printf "\0" >'; do
		start_it
		pid=$(pid_of)
		eval "$how $STATE/$ID/state.json"
		run --separate-stderr hull delete "$ID"
		[ "$status" = 1 ] && [ -n "$stderr" ] || { show && false; }
		run --separate-stderr hull delete --force "$ID"
		expect_ok
		expect_ended "$pid"
		expect_nothing
	done
}

@test "delete --force: what can't be known is not forgotten" {
	make_bundle
	program sleep 1000
	start_it
	pid=$(pid_of)
	mkdir "$T/kept"
	cp "$STATE/$ID"/state.* "$T/kept"
	for f in "$STATE/$ID"/state.*; do
		: >"$f"
	done
	run --separate-stderr hull delete --force "$ID"
	expect_error "state.json\` is damaged"
	[ -e "$STATE/$ID/config.json" ]
	kill -0 "$pid"
	cp "$T/kept"/* "$STATE/$ID"
	hull delete --force "$ID"
	expect_ended "$pid"
	expect_nothing
}

@test "annotations of some megabytes" {
	make_bundle
	head -c 5000000 /dev/zero | tr '\0' x >"$T/long"
	config '.annotations.long = $x' --rawfile x "$T/long"
	program sleep 1000
	start_it
	[ "$(hull state "$ID" | jq '.annotations.long | length')" = 5000000 ]
	[ "$(status_of)" = running ]
	hull delete --force "$ID"
	expect_nothing
}

@test "state: the pid is another process' thread by now" {
	make_bundle
	program sleep 1000
	start_it
	pid=$(pid_of)
	python3 -c 'import sys, threading, time
t = threading.Thread(target=lambda: (print(threading.get_native_id(), flush=True), time.sleep(1000)))
t.start()' >"$T/thread" 3>&- &
	CLEANUP="kill -KILL $!; wait $! || :"
	await test -s "$T/thread"
	kill -KILL "$pid"
	await_status stopped
	jq --argjson p "$(cat "$T/thread")" '.pid = $p' "$STATE/$ID/state.json" >"$T/new"
	cp "$T/new" "$STATE/$ID/state.json"
	[ "$(status_of)" = stopped ]
	run --separate-stderr hull kill "$ID" KILL
	expect_error "container not running: no such process"
	run --separate-stderr hull delete "$ID"
	expect_ok
	expect_nothing
}

@test "state: a first thread that has ended, while another goes on" {
	make_bundle
	program /bin/probe thread
	start_it
	sleep 0.3
	[ "$(status_of)" = running ]
	run --separate-stderr hull delete "$ID"
	expect_error "not stopped: running"
	hull kill "$ID" KILL
	await_status stopped
	hull delete "$ID"
	expect_nothing
}

@test "delete: of another boot; processes in a cgroup of that name are not its own" {
	make_bundle
	program sleep 1000
	start_it
	pid=$(pid_of)
	cp "$STATE/$ID/state.json" "$T/kept"
	jq '.bootID = "00000000-0000-0000-0000-000000000000"' "$T/kept" >"$STATE/$ID/state.json"
	[ "$(status_of)" = stopped ]
	cp -r "$STATE/$ID" "$T/dir"
	hull delete "$ID"
	[ ! -e "$STATE/$ID" ]
	kill -0 "$pid"
	cp -r "$T/dir" "$STATE/$ID"
	cp "$T/kept" "$STATE/$ID/state.json"
	hull delete --force "$ID"
	expect_ended "$pid"
	expect_nothing
}

@test "rlimits: so few descriptors that hull itself could open none" {
	make_bundle
	for n in 0 1 3 9; do
		config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: $n, hard: ($n + 2)}]' --argjson n $n
		program /bin/probe
		run_ok
		expect_json ".rlimits.NOFILE == [\"$n\", \"$((n + 2))\"]"
	done
}

@test "create: what its hooks left running ends when it fails, without a pid namespace too" {
	make_bundle
	config '.linux.namespaces |= map(select(.type != "pid"))'
	printf '#!/bin/sh\nsetsid sleep 1234 >/dev/null 2>&1 3>&- &\necho $! >%s\n' "$T/left" >"$T/leaves"
	printf '#!/bin/sh\nexit 3\n' >"$T/fails"
	chmod +x "$T/leaves" "$T/fails"
	config '.hooks.createContainer = [{path: $a}, {path: $b}]' --arg a "$T/leaves" --arg b "$T/fails"
	began=$SECONDS
	run --separate-stderr hull create --bundle "$BUNDLE" "$ID" </dev/null
	expect_error "exited with status 3"
	[ $((SECONDS - began)) -lt 5 ]
	expect_ended "$(cat "$T/left")"
	expect_nothing
}

# Ends, or is killed after a while: sets $rc
await_end() { # PID
	local i
	rc=0
	for ((i = 0; i < 50; i++)); do
		[[ $(ps -o stat= -p "$1") == [!Z]* ]] || break
		sleep 0.1
	done
	[ $i -lt 50 ] || kill -KILL "$1"
	wait "$1" || rc=$?
}

@test "terminal: input that nobody reads does not keep signals from the container" {
	make_bundle
	config '.process.terminal = true'
	script 'stty raw -echo; exec probe signals'
	mkfifo "$T/in"
	exec 8<>"$T/in"
	"$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" <"$T/in" >"$T/out" 2>"$T/err" 3>&- 8>&- &
	pid=$!
	await grep -q ready "$T/out"
	head -c 1000000 /dev/zero >&8 2>/dev/null 3>&- &
	CLEANUP="kill $! $pid 2>/dev/null || :; wait $! || :"
	sleep 0.5
	kill -TERM $pid
	await_end $pid
	exec 8>&-
	[ $rc = 7 ]
	expect_nothing
}

@test "terminal: output that nobody reads does not keep signals from the container, nor from hull" {
	make_bundle
	config '.process.terminal = true'
	script 'while :; do echo 0123456789012345678901234567890123456789; done &
		exec >/dev/null; trap "exit 7" TERM; while :; do sleep 0.1; done'
	mkfifo "$T/pipe"
	exec 9<>"$T/pipe"
	"$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/pipe" 2>"$T/err" 3>&- 9>&- &
	pid=$!
	await_status running
	sleep 0.5
	kill -TERM $pid
	await_status stopped
	kill -TERM $pid
	await_end $pid
	[ $rc = 7 ]
	exec 9>&-
	expect_nothing
}

@test "run: in the foreground it keeps no other command waiting" {
	make_bundle
	program sleep 1000
	"$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>"$T/err" 3>&- &
	pid=$!
	await_status running
	timeout 5 "$HULL" --root "$STATE" pause "$ID"
	[ "$(status_of)" = paused ]
	timeout 5 "$HULL" --root "$STATE" resume "$ID"
	run --separate-stderr timeout 5 "$HULL" --root "$STATE" delete "$ID"
	expect_error "not stopped: running"
	timeout 5 "$HULL" --root "$STATE" delete --force "$ID"
	await_end $pid
	[ $rc = 137 ]
	[ ! -s "$T/err" ]
	expect_nothing
}

@test "--pid-file: a FIFO or a device is written to, not replaced" {
	make_bundle
	mknod "$T/null" c 1 3
	mkfifo "$T/fifo"
	exec 9<>"$T/fifo"
	create_it --pid-file "$T/null"
	[ -c "$T/null" ]
	hull delete --force "$ID"
	create_it --pid-file "$T/fifo"
	[ -p "$T/fifo" ]
	[ "$(timeout 5 head -c "$(pid_of | tr -d '\n' | wc -c)" <&9)" = "$(pid_of)" ]
	exec 9>&-
}

@test "HOME: a long passwd file, lines of any length, one without an end, a FIFO, none" {
	make_bundle
	config '.process.env = ["PATH=/bin"] | .process.user = {uid: 4321, gid: 0}'
	script 'echo $HOME'
	{
		seq -f 'u:x:%.0f:0::/wrong:/bin/sh' 5000 25000
		printf 'x%.0s' $(seq 3000)
		printf ':x:4321:0::/long:/bin/sh\nshort\n::\n'
		printf 'me:x:4321:0::/home/me:/bin/sh'
	} >"$ROOTFS/etc/passwd"
	run_ok
	expect_out /home/me
	echo '' >>"$ROOTFS/etc/passwd"
	run_ok
	expect_out /home/me
	yes x:x:1:1::/x: | head -c 3000000 >"$ROOTFS/etc/passwd"
	run_ok
	expect_out /
	rm "$ROOTFS/etc/passwd"
	run_ok
	expect_out /
	mkfifo "$ROOTFS/etc/passwd"
	run_ok
	expect_out /
}

# With 0, 1 and 2 open, and room for thirteen more.
with_few() { # ARG...
	(
		exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
		ulimit -n 16
		exec "$HULL" --root "$STATE" "$@"
	)
}

@test "16 descriptors are enough" {
	make_bundle
	config '.process.rlimits = []'
	program sleep 1000
	with_few create --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 || { cat "$T/out" && false; }
	with_few start "$ID"
	[ "$(with_few exec "$ID" echo fine)" = fine ]
	with_few ps "$ID" >/dev/null
	with_few kill "$ID" KILL
	await_status stopped
	with_few delete "$ID"
	expect_nothing
}

@test "little address space is needed" {
	! grep -q __asan_init "$HULL" || skip "the address sanitizer reserves terabytes of it"
	make_bundle
	program sleep 1000
	(
		ulimit -v 150000
		"$HULL" --root "$STATE" create --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1
		for c in start state ps pause resume; do
			"$HULL" --root "$STATE" $c "$ID" >"$T/out" 2>&1 || { cat "$T/out" && exit 1; }
		done
		[ "$("$HULL" --root "$STATE" exec "$ID" echo fine)" = fine ]
		"$HULL" --root "$STATE" delete --force "$ID"
	)
	expect_nothing
}

@test "a config.json of many small values, for exec and delete too" {
	make_bundle
	program /bin/sleep 1000
	python3 - "$BUNDLE/config.json" <<-'X'
	import json, sys
	c = json.load(open(sys.argv[1]))
	c["annotations"] = {str(i): "" for i in range(300000)}
	json.dump(c, open(sys.argv[1], "w"), separators=(",", ":"))
	X
	start_it
	[ "$(hull state "$ID" | jq '.annotations | length')" = 300000 ]
	[ "$(hull exec "$ID" echo fine)" = fine ]
	: >"$STATE/$ID/state.json"
	hull delete --force "$ID"
	expect_nothing
}

@test "SIGCHLD is ignored by the caller" {
	make_bundle
	config '.hooks = {createRuntime: [{path: "/bin/true"}], createContainer: [{path: "/bin/true"}]}'
	script 'exit 5'
	run --separate-stderr bash -c 'trap "" CHLD; "$@"' - "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	[ "$status" = 5 ] && [ -z "$stderr" ] || { show && false; }
	run --separate-stderr python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	[ "$status" = 5 ] && [ -z "$stderr" ] || { show && false; }
	expect_nothing
}

@test "terminal: closed by everybody inside, and opened again" {
	make_bundle
	config '.process.terminal = true'
	script 'exec <&- >&- 2>&-; sleep 0.4; echo late >/dev/console; sleep 0.4; echo later >/dev/console; exit 3'
	run_it
	expect_status 3
	expect_line '^late'
	expect_line '^later'
}

@test "kill --all: without a cgroup it is the first process that gets the signal" {
	make_bundle
	program /bin/probe signals
	hull --cgroup-manager disabled create --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>"$T/err"
	hull start "$ID"
	await grep -q ready "$T/out"
	hull kill --all "$ID" TERM
	await_status stopped
	run --separate-stderr hull kill --all "$ID" KILL
	expect_ok
	hull delete "$ID"
}

@test "start: a created container that is paused" {
	make_bundle
	program sleep 1000
	create_it
	hull pause "$ID"
	run --separate-stderr hull start "$ID"
	expect_error "cannot start a container that is paused"
	hull resume "$ID"
	hull start "$ID"
	[ "$(status_of)" = running ]
}
