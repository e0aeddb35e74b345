# SPDX-License-Identifier: Apache-2.0
#
# podman: the life of a container, from create to rm, and what is done to it on the way.

load lib

bats_require_minimum_version 1.5.0

setup_file() {
	need_images
}

teardown() {
	remove_all
}

state() {
	podman inspect --type container -f "{{.State.$2}}" "$1"
}

# nothing of container ID is left: processes, cgroups, runtime state, mounts
nothing_left() {
	local id=$1
	is "$(grep -l "$id" /proc/[0-9]*/cgroup 2>/dev/null | wc -l)" 0 'processes in its cgroup'
	is "$(find /sys/fs/cgroup -type d -name "*$id*" | wc -l)" 0 'cgroups'
	# (podman keeps the status of the last 5 minutes' ends)
	is "$(find /run -path /run/libpod/exits -prune -o -name "*$id*" -print | tr '\n' ' ')" '' 'files in /run'
	is "$(grep -c "$id" /proc/self/mountinfo)" 0 'mounts'
}

# --- create, start, end -------------------------------------------------------------------------------

@test "create, init, start: nothing of the program runs before start" {
	podman create --name it --network none -v "$BATS_TEST_TMPDIR:/v" $box sh -c 'echo ran >/v/ran; sleep 100'
	is "$(state it Status)" created
	podman init it
	is "$(state it Status)" initialized
	pid=$(pid_of it)
	# the process is there, in its namespaces and its cgroup, and waits
	isnt "$(ns $pid pid)" "$(ns self pid)"
	has "$(cat /proc/$pid/cgroup)" "$(podman inspect -f '{{.Id}}' it)"
	sleep 0.3
	[ ! -e "$BATS_TEST_TMPDIR/ran" ]
	podman start it
	eventually test -e "$BATS_TEST_TMPDIR/ran"
	is "$(pid_of it)" "$pid" 'its pid'
	is "$(state it Status)" running
}

@test "init and rm: a container that never started leaves nothing" {
	podman create --name it --network none $box sleep 100
	podman init it
	id=$(podman inspect -f '{{.Id}}' it)
	pid=$(pid_of it)
	podman rm -f it
	[ ! -e "/proc/$pid" ]
	nothing_left "$id"
}

@test "run -d: inspect and ps agree with the kernel" {
	pstart it $box sleep 100
	is "$(state it Status)" running
	pid=$(pid_of it)
	is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 100 '
	is "$(cat "/proc/$(state it ConmonPid)/comm")" conmon
	is "$(podman ps --filter status=running --format '{{.Names}}')" it
	is "$(podman inspect -f '{{.OCIRuntime}}' it)" "$RUNTIME"
	# what is charged to the container is the container's: conmon is elsewhere
	has "$(cat "/proc/$pid/cgroup")" "libpod-$(podman inspect -f '{{.Id}}' it)"
	has_not "$(cat "/proc/$(state it ConmonPid)/cgroup")" "libpod-$(podman inspect -f '{{.Id}}' it)"
}

@test "start -a: output and status of the program" {
	podman create --name it --network none $box sh -c 'echo said; exit 3'
	run podman start -a it
	status_is 3
	is "$output" said
}

@test "the program's parent is conmon, and it has no controlling stdin of the caller" {
	pstart it $box sleep 100
	is "$(status_of "$(pid_of it)" PPid)" "$(state it ConmonPid)"
	is "$(readlink "/proc/$(pid_of it)/fd/0")" /dev/null
}

@test "logs: of both streams, in order, also after the end" {
	podman run --name it --network none $box sh -c 'for i in 1 2 3; do echo out $i; done; echo err >&2'
	run --separate-stderr podman logs it
	is "$output" $'out 1\nout 2\nout 3'
	is "$stderr" err
	is "$(podman logs --tail 1 it 2>/dev/null)" 'out 3' || is "$(podman logs --tail 1 it 2>&1)" err
}

@test "logs -f: ends with the container, with all of it" {
	pstart it $box sh -c 'for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done'
	is "$(podman logs -f it | tail -1)" 'line 5'
}

@test "wait: the status of the program" {
	pstart it $box sh -c 'sleep 0.5; exit 5'
	is "$(podman wait it)" 5
	is "$(state it ExitCode)" 5
	is "$(state it Status)" exited
}

@test "stop: SIGTERM first, and the program may end by it" {
	pstart it $box sh -c 'trap "echo got term; exit 7" TERM; echo ready; while :; do sleep 0.1; done'
	eventually sh -c "podman logs it | grep -q ready"
	podman stop -t 20 it
	is "$(state it ExitCode)" 7
	has "$(podman logs it)" 'got term'
}

@test "stop: SIGKILL when it does not" {
	pstart it $box sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
	eventually sh -c "podman logs it | grep -q ready"
	start=$SECONDS
	podman stop -t 1 it
	[ $((SECONDS - start)) -lt 10 ]
	is "$(state it ExitCode)" 137
}

@test "--stop-signal: is what stop sends" {
	pstart it --stop-signal USR2 $box sh -c 'trap "exit 8" USR2; echo ready; while :; do sleep 0.1; done'
	eventually sh -c "podman logs it | grep -q ready"
	podman stop -t 20 it
	is "$(state it ExitCode)" 8
}

@test "kill: by name, by number, and the default" {
	pstart it $box sh -c 'trap "echo usr1" USR1; trap "echo hup" HUP; echo ready; while :; do sleep 0.1; done'
	eventually sh -c "podman logs it | grep -q ready"
	podman kill -s USR1 it
	eventually sh -c "podman logs it | grep -q usr1"
	podman kill -s 1 it
	eventually sh -c "podman logs it | grep -q hup"
	is "$(state it Status)" running
	podman kill it
	is "$(podman wait it)" 137
}

@test "kill: of a stopped container is an error" {
	podman run --name it --network none $box true
	run podman kill it
	isnt "$status" 0
	has "$output" 'running'
}

@test "kill takes the first process and with it all others of its pid namespace" {
	pstart it $box sh -c 'sleep 1111 & sleep 1112 & wait'
	eventually sh -c "grep -l 111[2] /proc/[0-9]*/cmdline"
	podman kill it
	podman wait it
	is "$(cat /proc/[0-9]*/cmdline | tr '\0' ' ' | grep -c 'sleep 111[12]')" 0 'survivors'
}

@test "--pid host: stop and rm end all processes of the container, not only the first" {
	podman run -d --name it --network none --pid host $box sh -c 'sleep 2221 & sleep 2222 & wait'
	pid=$(pid_of it)
	eventually sh -c "podman exec it pidof sleep"
	podman rm -f -t 0 it
	eventually sh -c '! cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\0" " " | grep -q "sleep 222[12]"'
}

@test "restart: a new process, the same files" {
	pstart it $box sh -c 'echo started >>/count; exec sleep 100'
	a=$(pid_of it)
	eventually podman exec it test -s /count
	podman restart -t 1 it
	b=$(pid_of it)
	isnt "$a" "$b" pid
	[ ! -e "/proc/$a" ]
	eventually sh -c "[ \"\$(podman exec it grep -c started /count)\" = 2 ]"
	is "$(tr '\0' ' ' <"/proc/$b/cmdline")" 'sleep 100 '
}

@test "--restart on-failure: again, as often as said" {
	mkdir "$BATS_TEST_TMPDIR/v"
	pstart it --restart on-failure:2 -v "$BATS_TEST_TMPDIR/v:/v" $box sh -c 'echo x >>/v/count; exit 1'
	eventually sh -c "[ \"\$(wc -l <'$BATS_TEST_TMPDIR/v/count')\" = 3 ]"
	sleep 1
	is "$(wc -l <"$BATS_TEST_TMPDIR/v/count")" 3 runs
}

@test "start: again after the end" {
	podman run --name it --network none $box sh -c 'echo once more; exit 4' || :
	run podman start -a it
	status_is 4
	is "$output" 'once more'
}

@test "rm: of a running container only with -f, and then nothing is left" {
	pstart it --tmpfs /t $box sleep 100
	id=$(podman inspect -f '{{.Id}}' it)
	run podman rm it
	isnt "$status" 0
	has "$output" running
	is "$(state it Status)" running
	podman rm -f -t 0 it
	run podman inspect it
	isnt "$status" 0
	nothing_left "$id"
}

@test "run --rm: nothing is left after the end" {
	prun --name it --cidfile "$BATS_TEST_TMPDIR/cid" --tmpfs /t $box true
	nothing_left "$(cat "$BATS_TEST_TMPDIR/cid")"
}

@test "the first process dies by the host's hand: podman hears of it and cleans up" {
	pstart it $box sleep 100
	id=$(podman inspect -f '{{.Id}}' it)
	kill -KILL "$(pid_of it)"
	is "$(podman wait it)" 137
	is "$(state it Status)" exited
	podman rm it
	nothing_left "$id"
}

@test "--timeout: the container is ended" {
	start=$SECONDS
	run prun --timeout 1 $box sleep 100
	isnt "$status" 0
	[ $((SECONDS - start)) -lt 20 ]
}

# --- a stop in between ---------------------------------------------------------------------------------

@test "pause and unpause: the kernel freezes and thaws" {
	pstart it $box sh -c 'while :; do echo tick; sleep 0.05; done'
	pid=$(pid_of it)
	eventually sh -c "podman logs it | grep -q tick"
	is "$(frozen $pid)" no
	podman pause it
	is "$(state it Status)" paused
	is "$(frozen $pid)" yes
	a=$(podman logs it | wc -l)
	sleep 0.4
	is "$(podman logs it | wc -l)" "$a" 'ticks while paused'
	podman unpause it
	is "$(state it Status)" running
	is "$(frozen $pid)" no
	eventually sh -c "[ \"\$(podman logs it | wc -l)\" -gt $a ]"
}

@test "pause: exec is refused meanwhile" {
	pstart it $box sleep 100
	podman pause it
	run podman exec it true
	isnt "$status" 0
	has "$output" running
	podman unpause it
	podman exec it true
}

@test "rm -f: of a paused container" {
	pstart it $box sleep 100
	id=$(podman inspect -f '{{.Id}}' it)
	podman pause it
	podman rm -f -t 0 it
	nothing_left "$id"
}

# --- looking at it --------------------------------------------------------------------------------------

@test "top: the processes of the container, with users" {
	pstart it --user app $box sh -c 'sleep 1234 & wait'
	eventually sh -c "podman top it args | grep -q 'sleep 1234'"
	out=$(podman top it pid user args hpid)
	matches "$out" $'\n1 +app +sh -c'
	matches "$out" 'app +sleep 1234 +[0-9]+'
	hpid=$(awk '/sleep 1234/ && !/sh -c/ { print $NF }' <<<"$out")
	is "$(tr '\0' ' ' <"/proc/$hpid/cmdline")" 'sleep 1234 '
}

@test "stats: memory and processes, as the kernel counts them" {
	need_controller memory
	need_controller pids
	pstart it --memory 64m $box sh -c 'sleep 100 & sleep 100 & wait'
	sleep 0.3
	out=$(podman stats --no-stream --format '{{.PIDS}} {{.MemLimit}} {{.MemUsage}}' it) ||
		out=$(podman stats --no-stream --format '{{.PIDS}} {{.MemUsage}}' it)
	matches "$out" '^3 '
	has "$out" '67.11MB'
}

@test "stats: CPU time grows with work" {
	need_controller cpuacct
	need_controller memory
	pstart it $box sh -c 'while :; do :; done'
	sleep 0.5
	out=$(podman stats --no-stream --format json it)
	matches "$out" '"cpu_percent": "[1-9][0-9.]*%"'
}

@test "ps shows what runs where, also from inside" {
	pstart one $box sleep 100
	pstart two $box sleep 100
	is "$(podman ps --format '{{.Names}}' | sort | tr '\n' ' ')" 'one two '
	podman stop -t 0 one
	is "$(podman ps --format '{{.Names}}')" two
}

@test "diff, export and commit: what the container changed" {
	podman run --name it --network none $box sh -c 'echo new >/root/new; rm /bin/vi'
	out=$(podman diff it)
	has "$out" 'A /root/new'
	has "$out" 'D /bin/vi'
	podman export it | tar -xO root/new >"$BATS_TEST_TMPDIR/new"
	is "$(cat "$BATS_TEST_TMPDIR/new")" new
	podman commit -q it localhost/changed:1
	out=$(prun localhost/changed:1 sh -c 'exec 2>&1; cat /root/new; ls /bin/vi') || :
	podman rmi localhost/changed:1
	has "$out" $'new\n'
	has "$out" 'No such file'
}

@test "cp: into and out of a running container" {
	pstart it -v "$BATS_TEST_TMPDIR:/v" --tmpfs /t $box sleep 100
	echo in >"$BATS_TEST_TMPDIR/f"
	podman cp "$BATS_TEST_TMPDIR/f" it:/root/f
	podman cp "$BATS_TEST_TMPDIR/f" it:/t/f # on a mount of the container's
	is "$(podman exec it cat /root/f /t/f)" $'in\nin'
	podman exec it sh -c 'echo out >/t/out'
	podman cp it:/t/out "$BATS_TEST_TMPDIR/out"
	is "$(cat "$BATS_TEST_TMPDIR/out")" out
}

@test "cp: with a stopped container" {
	podman create --name it --network none $box cat /root/f
	echo before >"$BATS_TEST_TMPDIR/f"
	podman cp "$BATS_TEST_TMPDIR/f" it:/root/f
	is "$(podman start -a it)" before
	podman cp it:/root/f "$BATS_TEST_TMPDIR/g"
	is "$(cat "$BATS_TEST_TMPDIR/g")" before
}

@test "healthcheck run: healthy and not" {
	pstart it --health-cmd 'test -e /tmp/well' --health-interval disable --health-retries 1 $box sleep 100
	run podman healthcheck run it
	status_is 1
	has "$output" unhealthy
	podman exec it touch /tmp/well
	podman healthcheck run it
	is "$(podman inspect -f '{{.State.Health.Status}}' it 2>/dev/null || podman inspect -f '{{.State.Healthcheck.Status}}' it)" healthy
}

@test "healthcheck run: a command that is not there is unhealthy" {
	pstart it --health-cmd '["CMD","/no/such/check"]' --health-interval disable --health-retries 1 $box sleep 100
	run podman healthcheck run it
	isnt "$status" 0
	is "$(state it Status)" running
}

# --- attach ----------------------------------------------------------------------------------------------

@test "attach: what the program says comes, and what is typed goes" {
	podman run -d -i --name it --network none $box sh -c 'read line; echo "it said $line"; exit 6'
	run sh -c "echo hello | timeout 60 $PODMAN attach it"
	has "$output" 'it said hello'
	is "$(podman wait it)" 6
}

@test "attach to a terminal, and detach by its keys: the container goes on" {
	podman run -d -t --name it --network none $box sh -c 'stty -echo; while read line; do echo "got $line"; done; sleep 100'
	{
		sleep 1
		printf 'typed\r'
		sleep 1
		printf '\020'
		sleep 0.2
		printf '\021'
		sleep 1
	} | timeout 30 script -qec "$PODMAN attach it" "$BATS_TEST_TMPDIR/typescript" >/dev/null
	has "$(cat "$BATS_TEST_TMPDIR/typescript")" 'got typed'
	is "$(state it Status)" running
}

@test "run -it, detached by its keys: the container goes on" {
	{
		sleep 2
		printf '\020'
		sleep 0.2
		printf '\021'
		sleep 1
	} | timeout 30 script -qec "$PODMAN run -it --name it --network none $box sleep 100" /dev/null >/dev/null
	is "$(state it Status)" running
	is "$(cat "/proc/$(pid_of it)/comm")" sleep
}

@test "run -it: ^C reaches the program as SIGINT" {
	{
		sleep 2
		printf '\003'
		sleep 1
	} | timeout 30 script -qec "$PODMAN run -it --name it --network none $box sh -c 'trap \"echo interrupted; exit 5\" INT; while :; do sleep 0.1; done'" \
		"$BATS_TEST_TMPDIR/typescript" >/dev/null || :
	has "$(cat "$BATS_TEST_TMPDIR/typescript")" interrupted
	is "$(state it ExitCode)" 5
}

@test "run -it: a new window size reaches the program" {
	podman run -d -it --name it --network none $box sh -c 'trap "stty size" WINCH; while :; do sleep 0.1; done'
	T=3 on_tty "stty rows 21 cols 55; $PODMAN attach it" || :
	has "$(podman logs it | tr -d '\r')" '21 55'
}

@test "run, in the foreground: a signal to podman is one to the program" {
	timeout 60 $PODMAN run --name it --network none $box sh -c 'trap "exit 12" TERM; echo ready; while :; do sleep 0.1; done' \
		>"$BATS_TEST_TMPDIR/out" 3>&- &
	eventually grep -q ready "$BATS_TEST_TMPDIR/out"
	kill -TERM "$(pgrep -P $! podman)"
	rc=0
	wait $! || rc=$?
	is "$rc" 12
}

# --- many at once -----------------------------------------------------------------------------------------

@test "eight containers at once, each with its own" {
	pids=()
	for i in 1 2 3 4 5 6 7 8; do
		(prun --hostname "h$i" $box sh -c 'hostname' >"$BATS_TEST_TMPDIR/$i") 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	for i in 1 2 3 4 5 6 7 8; do
		is "$(cat "$BATS_TEST_TMPDIR/$i")" "h$i"
	done
}

@test "eight execs at once in one container" {
	pstart it $box sleep 100
	pids=()
	for i in 1 2 3 4 5 6 7 8; do
		(podman exec it sh -c "echo $i; sleep 0.3" >"$BATS_TEST_TMPDIR/$i" 2>&1) 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "$(cat "$BATS_TEST_TMPDIR"/[1-8] | tr '\n' ' ')" '1 2 3 4 5 6 7 8 '
}

@test "much output comes through whole" {
	is "$(prun $box sh -c 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done' | md5sum)" \
		"$(for ((i = 0; i < 5000; i++)); do echo "line $i"; done | md5sum)"
	is "$(prun $box head -c 1000000 /dev/zero | wc -c)" 1000000
}
