# create, start, run, state, kill, delete, list, ps, pause, resume.
load ../lib/hull

@test "run: exit codes of the program" {
	make_bundle
	for n in 0 1 7 125 255; do
		script "exit $n"
		run_it
		[ "$status" = $n ] && [ -z "$stderr" ] || { show && false; }
	done
}

@test "run: 128 + the signal that ended it" {
	make_bundle
	config '.linux.namespaces = [.linux.namespaces[] | select(.type != "pid")]'
	for s in 9:137 6:134 15:143; do
		script "kill -${s%:*} \$\$"
		run_it
		expect_status "${s#*:}"
	done
	expect_nothing
}

@test "run: forwards signals to the program" {
	make_bundle
	program /bin/probe signals
	# a shell's background jobs ignore INT and QUIT
	env --default-signal=INT,QUIT "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" \
		</dev/null >"$T/out" 2>"$T/err" 3>&- &
	pid=$!
	heard() { grep -q "$1" "$T/out"; }
	await heard ready
	for s in HUP:1 INT:2 QUIT:3 USR1:10 USR2:12 CONT:18 RTMIN:34; do
		kill "-${s%:*}" $pid
		await heard "^signal ${s#*:}$"
	done
	kill -TERM $pid
	rc=0
	wait $pid || rc=$?
	[ $rc = 7 ]
	[ ! -s "$T/err" ]
	expect_nothing
}

@test "run: a killed hull takes nothing with it that delete --force does not remove" {
	make_bundle
	program sleep 1000
	hull run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>"$T/err" 3>&- &
	pid=$!
	await_status running
	kill -KILL $pid
	wait $pid || :
	hull delete --force "$ID"
	expect_nothing
}

@test "run: --detach leaves it running, with its output" {
	make_bundle
	script 'echo started; exec sleep 1000'
	hull run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>"$T/err"
	[ ! -s "$T/err" ]
	await_status running
	said() { [ "$(cat "$T/out")" = started ]; }
	await said
	hull kill "$ID" KILL
	await_status stopped
	hull delete "$ID"
	expect_nothing
}

@test "run: --keep leaves it stopped, to be deleted" {
	make_bundle
	script 'exit 3'
	run_it --keep
	expect_status 3
	[ "$(status_of)" = stopped ]
	[ "$(pid_of)" = 0 ]
	hull delete "$ID"
	expect_nothing
}

@test "run: a program that can't be started leaves nothing, --keep or not" {
	make_bundle
	program /not/there
	run_it --keep
	[ "$status" = 1 ]
	expect_nothing
	run_it --detach
	[ "$status" = 1 ]
	expect_nothing
}

@test "run: descendants end with the first process" {
	make_bundle
	script 'sleep 1000 & sleep 1000 & exit 5'
	run_it
	expect_status 5
	expect_nothing
}

@test "create, state, start, state, kill, state, delete" {
	make_bundle
	config '.annotations = {"org.example.key": "value"}'
	script 'echo started; exec sleep 1000'
	create_it
	run --separate-stderr hull state "$ID"
	expect_ok
	expect_json '.status == "created"' ".id == \"$ID\"" ".bundle == \"$BUNDLE\"" '.pid > 1' \
		'.ociVersion | startswith("1.")' '.annotations["org.example.key"] == "value"' \
		'.created | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?Z$")' ".rootfs == \"$ROOTFS\""
	[ ! -s "$T/out" ] # the program has not begun
	pid=$(pid_of)
	[ -d "/proc/$pid" ]
	run --separate-stderr hull start "$ID"
	expect_ok
	[ -z "$output" ]
	[ "$(status_of)" = running ]
	[ "$(pid_of)" = "$pid" ]
	said() { [ "$(cat "$T/out")" = started ]; }
	await said
	run --separate-stderr hull kill "$ID" KILL
	expect_ok
	await_status stopped
	[ "$(pid_of)" = 0 ]
	run --separate-stderr hull delete "$ID"
	expect_ok
	expect_nothing
	[ ! -s "$T/err" ]
}

@test "create: what it makes is the caller's child, for subreapers" {
	make_bundle
	program sleep 1000
	cat >"$T/reap.py" <<-'X'
	import ctypes, subprocess, sys, os
	ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
	assert subprocess.call(sys.argv[2:]) == 0
	pid = int(open(sys.argv[1]).read())
	with open("/proc/%d/stat" % pid) as f:
	    assert int(f.read().rsplit(")", 1)[1].split()[1]) == os.getpid()
	os.kill(pid, 9)
	assert os.waitpid(pid, 0) == (pid, 9)
	X
	run --separate-stderr python3 "$T/reap.py" "$T/pid" "$HULL" --root "$STATE" create --bundle "$BUNDLE" \
		--pid-file "$T/pid" "$ID" </dev/null
	expect_ok
	[ "$(status_of)" = stopped ]
}

@test "create: a container that has ended before start" {
	make_bundle
	program sleep 1000
	create_it
	hull kill "$ID" KILL
	await_status stopped
	run --separate-stderr hull start "$ID"
	expect_error "cannot start a container that has stopped"
}

@test "start: twice" {
	make_bundle
	program sleep 1000
	start_it
	run --separate-stderr hull start "$ID"
	expect_error "cannot start an already running container"
	[ "$(status_of)" = running ]
}

@test "start: needs a process" {
	make_bundle
	config 'del(.process)'
	create_it
	[ "$(status_of)" = created ]
	run --separate-stderr hull start "$ID"
	[ "$status" = 1 ] && [[ $stderr == *process* ]] || { show && false; }
	hull delete --force "$ID"
	expect_nothing
}

@test "config.json: changes after create have no effect" {
	make_bundle
	script 'echo original'
	create_it
	script 'echo changed'
	hull start "$ID"
	await_status stopped
	[ "$(cat "$T/out")" = original ]
}

@test "a container that is not there" {
	for c in state start kill pause resume ps delete; do
		run --separate-stderr hull $c not-there
		expect_error 'container "not-there" does not exist'
		[ -z "$output" ]
	done
	run --separate-stderr hull exec not-there true
	expect_error 'container "not-there" does not exist' 255
	run --separate-stderr hull delete --force not-there
	expect_ok
}

@test "create: an ID that is taken" {
	make_bundle
	program sleep 1000
	create_it
	pid=$(pid_of)
	run --separate-stderr hull create --bundle "$BUNDLE" "$ID" </dev/null
	expect_error "already exists"
	[ "$(status_of)" = created ] && [ "$(pid_of)" = "$pid" ]
}

@test "create: one of many at once wins" {
	make_bundle
	program sleep 1000
	pids=()
	for i in 1 2 3 4 5; do
		hull create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$T/err.$i" 3>&- && echo won >>"$T/won" &
		pids+=($!)
	done
	wait "${pids[@]}" || :
	[ "$(wc -l <"$T/won")" = 1 ]
	[ "$(cat "$T"/err.* | grep -c 'already exists')" = 4 ]
	[ "$(status_of)" = created ]
}

@test "kill: by name, by number, in any case; TERM unless told" {
	make_bundle
	program /bin/probe signals
	start_it
	heard() { grep -q "$1" "$T/out"; }
	await heard ready
	for s in USR1:10 SIGUSR2:12 hup:1 sigint:2 28:28 SIGRTMIN+3:37 0:; do
		run --separate-stderr hull kill "$ID" "${s%:*}"
		expect_ok
		[ -z "${s#*:}" ] || await heard "^signal ${s#*:}$"
	done
	hull kill "$ID"
	await heard '^signal 15$'
	await_status stopped
}

@test "kill: an unknown signal" {
	make_bundle
	program sleep 1000
	start_it
	for s in NOPE 65 -1 1x ''; do
		run --separate-stderr hull kill "$ID" "$s"
		[ "$status" != 0 ] && [ -n "$stderr" ] || { show && false; }
	done
	[ "$(status_of)" = running ]
}

@test "kill: what has stopped" {
	make_bundle
	start_it
	await_status stopped
	run --separate-stderr hull kill "$ID" TERM
	expect_error "container not running: no such process"
	run --separate-stderr hull kill --all "$ID" TERM
	expect_ok
}

@test "kill: a created one" {
	make_bundle
	create_it
	hull kill "$ID" KILL
	await_status stopped
}

@test "kill: --all reaches every process" {
	make_bundle
	script 'trap "" USR1; (trap "echo inner; exit" USR1; while :; do sleep 0.1; done) & echo ready; wait'
	start_it
	heard() { grep -q "$1" "$T/out"; }
	await heard ready
	sleep 0.2
	hull kill --all "$ID" USR1
	await heard inner
}

@test "kill: KILL without a pid namespace of its own ends all of it" {
	make_bundle
	config '.linux.namespaces = [.linux.namespaces[] | select(.type != "pid")]'
	script 'sleep 1000 & sleep 1000 & echo ready; wait'
	start_it
	heard() { grep -q "$1" "$T/out"; }
	await heard ready
	hull kill "$ID" KILL
	await_status stopped
	hull delete "$ID"
	expect_nothing
}

# Whoever took the place of its parent may not have waited for it yet.
has_ended() { # PID
	[ ! -d "/proc/$1" ] || grep -q '^State:[[:blank:]]*Z' "/proc/$1/status"
}

@test "delete: a running one is refused, by force it is not" {
	make_bundle
	program sleep 1000
	start_it
	run --separate-stderr hull delete "$ID"
	expect_error "cannot delete container"
	[[ $stderr == *"that is not stopped: running"* ]] || { show && false; }
	[ "$(status_of)" = running ]
	pid=$(pid_of)
	run --separate-stderr hull delete --force "$ID"
	expect_ok
	has_ended "$pid" # it is synchronous
	expect_nothing
}

@test "delete: a created one" {
	make_bundle
	create_it
	pid=$(pid_of)
	run --separate-stderr hull delete "$ID"
	expect_ok
	has_ended "$pid"
	expect_nothing
}

@test "delete: removes cgroups that the container made below its own" {
	make_bundle
	config '.mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"]}]'
	script 'for d in /sys/fs/cgroup /sys/fs/cgroup/*/; do [ ! -e $d/cgroup.procs ] || mkdir $d/sub $d/sub/deeper; done; echo done'
	run_it
	expect_line done
	expect_nothing
}

@test "delete: a state directory without a state in it" {
	mkdir "$STATE/$ID"
	run --separate-stderr hull delete --force "$ID"
	expect_ok
	expect_nothing
}

@test "delete: a state file that is damaged" {
	make_bundle
	start_it
	await_status stopped
	for f in "$STATE/$ID"/*.json; do
		: >"$f"
	done
	run --separate-stderr hull state "$ID"
	[ "$status" = 1 ] && [ -n "$stderr" ] || { show && false; }
	run --separate-stderr hull delete --force "$ID"
	expect_ok
	[ -z "$(state_files)" ]
}

@test "list: table, json, quiet; none is []" {
	run --separate-stderr hull list --format json
	expect_ok
	expect_out '[]'
	run --separate-stderr hull list
	expect_ok
	expect_line '^ID +PID +STATUS +BUNDLE +CREATED +OWNER'
	[ "${#lines[@]}" = 1 ]
	make_bundle
	program sleep 1000
	start_it
	first=$ID
	ID=$ID-b
	create_it
	run --separate-stderr hull list
	expect_line "^$first +$(pid_of "$first") +running +$BUNDLE +[0-9T:.-]+Z +root"
	expect_line "^$ID +[0-9]+ +created "
	run --separate-stderr hull list -q
	expect_out "$first"$'\n'"$ID"
	run --separate-stderr hull list -f json
	expect_ok
	expect_json 'length == 2' ".[0].id == \"$first\"" '.[1].status == "created"' '.[0].owner == "root"'
	ID=$first
}

@test "list: what is no container is passed over" {
	make_bundle
	program sleep 1000
	create_it
	mkdir "$STATE/empty"
	echo x >"$STATE/file"
	run --separate-stderr hull list -f json
	[ "$status" = 0 ]
	expect_json 'length == 1'
	rm -r "$STATE/empty" "$STATE/file"
}

@test "ps: the host's pids" {
	make_bundle
	script 'sleep 1000 & wait'
	start_it
	two() { [ "$(hull ps --format json "$ID" | jq length)" = 2 ]; }
	await two
	run --separate-stderr hull ps --format json "$ID"
	expect_ok
	expect_json "index($(pid_of)) == 0"
	run --separate-stderr hull ps "$ID"
	expect_ok
	expect_line PID
	expect_line "(^| )$(pid_of)( |\$)"
}

@test "pause, resume" {
	make_bundle
	script 'while :; do echo x; sleep 0.02; done'
	start_it
	said() { [ -s "$T/out" ]; }
	await said
	run --separate-stderr hull pause "$ID"
	expect_ok
	[ "$(status_of)" = paused ]
	n=$(wc -c <"$T/out")
	sleep 0.3
	[ "$(wc -c <"$T/out")" = "$n" ]
	run --separate-stderr hull exec "$ID" true
	[ "$status" = 255 ] && [[ $stderr == *"--ignore-paused"* ]] || { show && false; }
	run --separate-stderr hull resume "$ID"
	expect_ok
	[ "$(status_of)" = running ]
	more() { [ "$(wc -c <"$T/out")" -gt "$n" ]; }
	await more
}

@test "pause: what is not running" {
	make_bundle
	start_it
	await_status stopped
	for c in pause resume; do
		run --separate-stderr hull $c "$ID"
		[ "$status" = 1 ] && [ -n "$stderr" ] || { show && false; }
	done
}

@test "delete --force: a paused one" {
	make_bundle
	program sleep 1000
	start_it
	hull pause "$ID"
	run --separate-stderr hull delete --force "$ID"
	expect_ok
	expect_nothing
}

@test "commands with almost no environment, closed standard files, a strict umask" {
	make_bundle
	program sleep 1000
	env -i "$HULL" --root "$STATE" create --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>"$T/err"
	env -i "$HULL" --root "$STATE" start "$ID" <&- >&- 2>&-
	(umask 0777 && env -i "$HULL" --root "$STATE" state "$ID" >/dev/null)
	[ "$(status_of)" = running ]
	env -i "$HULL" --root "$STATE" delete --force "$ID" <&- >&- 2>&-
	expect_nothing
}

@test "--pid-file: digits alone, of the first process" {
	make_bundle
	program sleep 1000
	create_it --pid-file "$T/pid"
	[ "$(od -An -c "$T/pid" | tr -d ' 0-9')" = "" ] || { od -c "$T/pid" && false; }
	[ "$(cat "$T/pid")" = "$(pid_of)" ]
	hull start "$ID"
	hull exec --detach --pid-file "$T/exec.pid" "$ID" sleep 1000 </dev/null >/dev/null 2>&1
	[ "$(readlink "/proc/$(cat "$T/exec.pid")/ns/pid")" = "$(readlink "/proc/$(pid_of)/ns/pid")" ]
	hull delete --force "$ID"
	program /not/there
	! create_it --pid-file "$T/failed.pid" >/dev/null
	[ ! -e "$T/failed.pid" ]
}

@test "create is killed at any time: delete --force cleans up, or there is nothing" {
	make_bundle
	program sleep 1000
	for ms in 1 2 3 4 5 6 8 10 13 16 20; do
		hull create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
		pid=$!
		sleep "0.$(printf %03d $ms)"
		kill -KILL $pid 2>/dev/null || :
		wait $pid 2>/dev/null || :
		run --separate-stderr hull delete --force "$ID"
		expect_ok
		expect_nothing
	done
	after=$(snapshot_host)
	[ "$after" = "$BEFORE" ] || { sleep 0.5 && after=$(snapshot_host); }
	[ "$after" = "$BEFORE" ] || { diff <(echo "$BEFORE") <(echo "$after") && false; }
}
