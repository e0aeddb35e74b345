# Commands on containers that are there: texts, exit statuses and JSON that engines depend on.
load ../lib/hull

it() {
	run --separate-stderr hull "$@" </dev/null
}

sleeper() {
	make_bundle
	program /bin/sleep 60
}

@test "created, running, stopped: state's JSON" {
	sleeper
	config '.annotations = {a: "b"}'
	create_it
	it state "$ID"
	expect_ok
	expect_json '.ociVersion | test("^1\\.")' ".id == \"$ID\"" '.status == "created"' '.pid > 1' \
		".bundle == \"$BUNDLE\"" ".rootfs == \"$ROOTFS\"" '.annotations == {a: "b"}' '.owner == "root"' \
		'.created | test("^20[0-9-]{8}T[0-9:]{8}(\\.[0-9]+)?Z$")'
	pid=$(jq .pid <<<"$output")
	hull start "$ID"
	it state "$ID"
	expect_json '.status == "running"' ".pid == $pid"
	it kill "$ID" KILL
	expect_ok
	await_status stopped
	it state "$ID"
	expect_json '.pid == 0'
	it delete "$ID"
	expect_ok
	expect_nothing
}

@test "files of the command line are where the caller is, not where the bundle is" {
	sleeper
	mkdir "$T/here"
	cd "$T/here"
	cp "$BUNDLE/config.json" other.json
	rm "$BUNDLE/config.json"
	create_it --pid-file pid --config other.json
	[ "$(cat pid)" = "$(pid_of)" ] || fail "$(ls -R "$T/here" "$BUNDLE")"
	hull delete "$ID"
	jq '.process.terminal = true' other.json >tty.json
	it create --bundle "$BUNDLE" --config tty.json --console-socket here.sock "$ID"
	expect_error "\`$T/here/here.sock\`"
	it create --bundle "../bundle" "$ID"
	expect_error "config.json"
	expect_nothing
}

@test "list: a row, JSON with the owner, names" {
	sleeper
	create_it
	it list
	expect_ok
	expect_line "^$ID +[0-9]+ +created +$BUNDLE +20[^ ]+Z +root\$"
	it list --format json
	expect_json 'length == 1' ".[0].id == \"$ID\"" '.[0].owner == "root"' '.[0].status == "created"'
	it list --quiet
	expect_out "$ID"
	# what isn't a container's doesn't end the listing
	mkdir "$STATE/foreign"
	echo rubbish >"$STATE/foreign/state.json"
	it list --format json
	expect_ok
	expect_json "map(.id) | index(\"$ID\") != null"
	rm -r "$STATE/foreign"
}

@test "start: twice, and when it has stopped" {
	sleeper
	start_it
	it start "$ID"
	expect_error "cannot start an already running container"
	hull kill "$ID" KILL
	await_status stopped
	it start "$ID"
	expect_error "cannot start a container that has stopped"
}

@test "create: a name that is taken, and names that are none" {
	sleeper
	create_it
	it create --bundle "$BUNDLE" "$ID"
	expect_error "container with given ID already exists"
	for name in '' . .. a/b /a ' ' 'a b' $'a\nb' 'ä' "$(printf 'x%.0s' {1..2000})"; do
		it create --bundle "$BUNDLE" -- "$name"
		[ "$status" != 0 ] || fail "\`$name' was accepted"
		[[ $stderr == "hull: "* ]] || fail "$stderr"
	done
	it create --bundle "$BUNDLE" ''
	[[ $stderr == *"container ID cannot be empty"* ]] || fail "$stderr"
	it create --bundle "$BUNDLE" a/b
	[[ $stderr == *"invalid container ID format"* ]] || fail "$stderr"
}

@test "delete: a running container only with --force" {
	sleeper
	start_it
	it delete "$ID"
	expect_error "cannot delete container $ID that is not stopped: running"
	[ "$(status_of)" = running ] || fail "it was harmed"
	it delete --force "$ID"
	expect_ok
	expect_nothing
	create_it
	it delete "$ID"
	expect_ok
	expect_nothing
}

@test "kill: names, numbers, 0, and one that has stopped" {
	make_bundle
	script 'trap "echo usr1" USR1; trap "echo rt" RTMIN+3 2>/dev/null; while :; do sleep 0.1; done'
	start_it
	sleep 0.3
	for s in 10 USR1 SIGUSR1 sigusr1; do
		it kill "$ID" $s
		expect_ok
		sleep 0.3
	done
	[ "$(grep -c usr1 "$T/out")" = 4 ] || fail "$(cat "$T/out")"
	it kill "$ID" 0
	expect_ok
	it kill "$ID" # TERM: not caught, and it is PID 1 of its namespace
	expect_ok
	it kill --all "$ID" 9
	expect_ok
	await_status stopped
	it kill "$ID" 9
	expect_error "container not running: no such process"
	it kill -a "$ID" 9
	expect_ok
}

@test "exec, kill and ps stop at the first argument" {
	sleeper
	start_it
	it exec "$ID" echo -x --tty --bundle
	expect_ok
	expect_out "-x --tty --bundle"
	it exec "$ID" -- echo y
	expect_out y
	it exec -e A=1 --env B=2 "$ID" sh -c 'echo $A$B'
	expect_out 12
	it exec "$ID" sh -c 'exit 7'
	expect_status 7
	it exec "$ID" sh -c 'kill -9 $$'
	expect_status 137
	it exec "$ID" no-such-program
	expect_error 'exec: "no-such-program": executable file not found in $PATH' 255
	it exec --user 1000:1000 --cwd /tmp "$ID" sh -c 'id -u; id -g; pwd'
	expect_out $'1000\n1000\n/tmp'
}

@test "exec: a process file, from stdin too, and the pid file" {
	sleeper
	start_it
	jq -n '{args: ["/bin/echo", "hello"], cwd: "/", user: {uid: 0, gid: 0}, env: ["PATH=/bin"]}' >"$T/p.json"
	it exec --process "$T/p.json" --pid-file "$T/pid" "$ID"
	expect_ok
	expect_out hello
	[[ $(od -An -c "$T/pid") != *'\n'* ]] || fail "a newline in the pid file"
	run --separate-stderr bash -c '"$1" --root "$2" exec --process - "$3" <"$4"' - "$HULL" "$STATE" "$ID" "$T/p.json"
	expect_ok
	expect_out hello
	rm "$T/pid"
	it exec --pid-file "$T/pid" "$ID" no-such-program
	expect_status 255
	[ ! -e "$T/pid" ] || fail "a pid file of a process that never ran"
	jq '.cwd = "relative"' "$T/p.json" >"$T/q.json"
	it exec --process "$T/q.json" "$ID"
	expect_error "/cwd" 255
}

@test "exec: into a created and into a paused container" {
	sleeper
	create_it
	it exec "$ID" echo early
	expect_out early
	hull start "$ID"
	hull pause "$ID"
	it state "$ID"
	expect_json '.status == "paused"'
	it exec "$ID" true
	expect_error "--ignore-paused" 255
	it resume "$ID"
	expect_ok
	it state "$ID"
	expect_json '.status == "running"'
}

@test "ps: JSON, table, arguments of one's own, and without ps" {
	make_bundle
	script 'sleep 60 & sleep 60'
	start_it
	two() { [ "$(hull ps --format json "$ID" | jq length)" -ge 2 ]; }
	await two
	it ps --format json "$ID"
	expect_ok
	expect_json 'type == "array"' ". == sort" "index($(pid_of)) != null"
	n=$(jq length <<<"$output")
	it ps "$ID"
	expect_ok
	[[ ${lines[0]} =~ (^| )PID( |$) ]] || fail "header: ${lines[0]}"
	[ ${#lines[@]} = $((n + 1)) ] || fail "$n processes, and rows: $output"
	it ps "$ID" -o comm,pid
	expect_ok
	[[ ${lines[0]} =~ ^COMMAND\ +PID$ ]] || fail "header: ${lines[0]}"
	[ ${#lines[@]} = $((n + 1)) ] || fail "$n processes, and rows: $output"
	it ps "$ID" -o comm
	expect_error "no column PID"
	run --separate-stderr env PATH=/nowhere "$HULL" --root "$STATE" ps "$ID"
	expect_ok
	[ "${lines[0]}" = PID ] && [ ${#lines[@]} = $((n + 1)) ] || fail "$output"
}

@test "run: the program's status, and 128 and the signal" {
	make_bundle
	script 'exit 42'
	run_it
	expect_status 42
	[ -z "$stderr" ] || fail "$stderr"
	program /bin/no-such-program
	run_it
	expect_error 'exec: "/bin/no-such-program": stat /bin/no-such-program: no such file or directory'
	expect_nothing
	program no-such-program
	run_it
	expect_error 'exec: "no-such-program": executable file not found in $PATH'
	program /tmp
	run_it
	[[ $stderr == *"is a directory"* || $stderr == *"permission denied"* ]] || fail "$stderr"
	[ "$status" = 1 ] || fail "status $status"
	expect_nothing
}

@test "run: killed by a signal" {
	make_bundle
	program /bin/sleep 60
	hull run --bundle "$BUNDLE" "$ID" </dev/null 3>&- &
	p=$!
	await_status running
	hull kill "$ID" KILL
	rc=0
	wait $p || rc=$?
	[ $rc = 137 ] || fail "status $rc"
	expect_nothing
}

@test "run: --keep, --detach, single dashes" {
	make_bundle
	run_it -keep
	expect_ok
	[ "$(status_of)" = stopped ] || fail "$(status_of)"
	it delete "$ID"
	expect_ok
	program /bin/sleep 60
	hull run -detach -bundle "$BUNDLE" --pid-file="$T/pid" "$ID" </dev/null >"$T/out" 2>&1
	[ "$(cat "$T/pid")" = "$(pid_of)" ] || fail "pid file"
	[ ! -s "$T/out" ] || fail "$(cat "$T/out")"
}

@test "--dry-run prints the plan and changes nothing" {
	make_bundle
	for c in create run; do
		it $c --dry-run --bundle "$BUNDLE" "$ID"
		expect_ok
		[ ${#lines[@]} -gt 20 ] || fail "a plan of ${#lines[@]} lines"
		expect_nothing
	done
	run --separate-stderr bash -c '"$1" --root "$2" create --dry-run --bundle "$3" x >/dev/full' - "$HULL" "$STATE" "$BUNDLE"
	[ "$status" = 1 ] && [[ $stderr == *"No space left on device"* ]] || fail "$status $stderr"
}

@test "--trace: an array that a viewer can read, from both processes" {
	make_bundle
	run_it --trace "$T/trace"
	expect_ok
	sed '$ s/,$//; $ a ]' "$T/trace" >"$T/trace.json"
	jq -e 'length > 20 and all(.ph == "X" and (.ts | type) == "number" and (.name | type) == "string")
		and ([.[].tid] | unique | length) >= 2' "$T/trace.json" >/dev/null || fail "$(head -5 "$T/trace")"
	for s in state.claim mount.entries exec.await; do
		jq -e --arg s $s 'any(.name == $s)' "$T/trace.json" >/dev/null || fail "no $s"
	done
	# create and start make one picture
	program /bin/true
	hull --trace "$T/two" create --bundle "$BUNDLE" "$ID" </dev/null
	hull --trace "$T/two" start "$ID"
	[ "$(grep -c '^\[' "$T/two")" = 1 ] || fail "two arrays"
	sed '$ s/,$//; $ a ]' "$T/two" | jq -e 'any(.name == "init.spawn") and any(.name == "exec.await")' >/dev/null ||
		fail "not both parts"
}

@test "--preserve-fds: what is open stays, holes stay holes, the rest is gone" {
	make_bundle
	script 'for i in 0 1 2 3 4 5 6 7 8 9; do [ ! -e /proc/$$/fd/$i ] || echo $i; done; cat <&5'
	echo data >"$T/data"
	# 3 and 4 are closed, 5 and 7 are open; three are preserved: 3 to 5
	run --separate-stderr bash -c 'exec 3>&- 4>&- 5<"$4" 7<"$4"
		"$1" --root "$2" run --bundle "$3" --preserve-fds 3 "$5" </dev/null' - "$HULL" "$STATE" "$BUNDLE" "$T/data" "$ID"
	expect_ok
	expect_out $'0\n1\n2\n5\ndata'
}

@test "log: a failure of the other process is one line with all that is known" {
	make_bundle
	add_mount "{\"destination\": \"/tmp\", \"type\": \"bind\", \"source\": \"$T/no/dir\", \"options\": [\"bind\"]}"
	it --log "$T/log" --log-format json create --bundle "$BUNDLE" "$ID"
	expect_error "No such file or directory (\`$T/no\` is missing)"
	[ "$(wc -l <"$T/log")" = 1 ] || fail "$(cat "$T/log")"
	jq -e --arg p "$T/no/dir" '.level == "error" and .path == $p and .errno == 2 and .pointer == "/mounts/7/source"
		and (.step | length) > 0 and (.op | length) > 0 and .line > 1 and .column > 1' "$T/log" ||
		fail "$(cat "$T/log")"
	expect_nothing
	# what fails in the container's own process comes the same way
	config 'del(.mounts[7]) | .process.cwd = "/bin/sh/x"'
	it --log "$T/log2" --log-format json create --bundle "$BUNDLE" "$ID"
	expect_status 1
	[ "$(wc -l <"$T/log2")" = 1 ] || fail "$(cat "$T/log2")"
	jq -e '.level == "error" and (.step | length) > 0 and .pointer == "/process/cwd"' "$T/log2" ||
		fail "$(cat "$T/log2")"
	[ "hull: $(jq -r '.msg | sub(" \\(config.json.*"; "")' "$T/log2")" = "${stderr%%$'\n'*}" ] ||
		fail "another sentence: $stderr"
	expect_nothing
}

@test "log: warnings only where they are asked for, and never on stderr" {
	make_bundle
	config '.process.capabilities.bounding += ["CAP_NO_SUCH"]'
	it --log "$T/log" --log-format json run --bundle "$BUNDLE" "$ID"
	expect_ok
	[ ! -s "$T/log" ] || fail "$(cat "$T/log")"
	it --log "$T/log" --log-format json --log-level warning run --bundle "$BUNDLE" "$ID"
	expect_ok
	jq -e '.level == "warning" and (.msg | contains("CAP_NO_SUCH"))' "$T/log" || fail "$(cat "$T/log")"
	it --log-level warning run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[[ $stderr == *CAP_NO_SUCH* ]] || fail "asked for, and not there: $stderr"
}

@test "an environment that is empty, and a umask of 0" {
	sleeper
	run --separate-stderr bash -c 'umask 0; exec env -i "$1" --root "$2" create --bundle "$3" "$4" </dev/null >/dev/null' \
		- "$HULL" "$STATE" "$BUNDLE" "$ID"
	expect_ok
	[ "$(stat -c %a "$STATE/$ID")" = 700 ] || fail "mode $(stat -c %a "$STATE/$ID")"
	for c in start pause resume "kill $ID KILL" "delete --force"; do
		# shellcheck disable=SC2086
		case $c in
		kill*) run --separate-stderr env -i "$HULL" --root "$STATE" $c ;;
		*) run --separate-stderr env -i "$HULL" --root "$STATE" $c "$ID" ;;
		esac
		expect_ok
	done
	expect_nothing
}
