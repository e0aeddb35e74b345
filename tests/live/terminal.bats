# Terminals: one of the container's own, sent away or kept in the foreground.
load ../lib/hull

pty() {
	run --separate-stderr python3 "$HULL_TOP/tests/lib/onpty.py" "$@"
}

# A receiver for --console-socket at $T/console; what comes is in $T/tty.
receiver() { # [ROWSxCOLUMNS]
	mkfifo "$T/keys"
	python3 "$HULL_TOP/tests/lib/console.py" "${SOCKET:-$T/console}" "$T/tty" "$@" <"$T/keys" 2>"$T/tty.err" 3>&- &
	RECEIVER=$!
	exec 9>"$T/keys"
	CLEANUP="exec 9>&-; kill $RECEIVER 2>/dev/null || :"
	listening() { [ -e "$T/tty.ready" ]; }
	await listening
}

saw() {
	grep -q "$1" "$T/tty"
}

terminal() {
	make_bundle
	config '.process.terminal = true'
}

@test "terminal: stdin, stdout and stderr are one, its controlling one, in the foreground" {
	terminal
	program /bin/probe
	pty 24x80 -- "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_ok
	expect_json '.tty.stdin == 1 and .tty.stdout == 1 and .tty.stderr == 1' '.tty.controlling == 1' \
		'.tty.foreground == 1' '.tty.name | startswith("/dev/pts/")' '.sid == .pid'
	expect_json '[.fds[].fd] == [0,1,2]' '.fds[0].rdev | startswith("136:")'
}

@test "terminal: /dev/console is that terminal" {
	terminal
	script 'stat -c "%F %t" /dev/console; echo through >/dev/console; readlink /dev/console || :; cat /proc/self/mountinfo'
	pty 24x80 -- "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_ok
	expect_line '^character special file 88'
	expect_line '^through'
	expect_line ' /dev/console .* - devpts '
}

@test "terminal: belongs to the process' user" {
	terminal
	config '.process.user = {uid: 1000, gid: 1000}'
	script 'stat -c "%u %a" $(tty); echo x >/dev/tty'
	pty 24x80 -- "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_ok
	expect_line '^1000 6[0-9]0'
}

@test "terminal: what is typed gets there, exit status and end of input too" {
	terminal
	script 'echo ready; read x; echo "got $x"; cat >/dev/null; exit 6'
	pty 24x80 ready 'send:hello\n' 'got hello' 'send:\x04' -- "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_status 6
	expect_nothing
}

@test "terminal: control-C is the container's" {
	terminal
	script 'trap "echo caught; exit 4" INT; echo ready; while :; do sleep 0.1; done'
	pty 24x80 ready 'send:\x03' caught - -- "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_status 4
}

@test "terminal: much output arrives whole" {
	terminal
	script 'seq 1 20000'
	pty 24x80 -- "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_ok
	[ "$(md5sum <<<"$output")" = "$(seq 1 20000 | md5sum)" ]
}

@test "terminal: the caller's settings are as before, at the end" {
	terminal
	script 'stty; exit 0'
	pty 24x80 -- bash -c 'stty -g; "$@"; stty -g' bash "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_ok
	[ "${lines[0]}" = "${lines[-1]}" ]
}

@test "terminal: size is the caller's, and follows it" {
	terminal
	program /bin/probe winsize
	pty 33x101 '33x101' 'size:44x202' '44x202' 'signal:15' -- "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_ok
	expect_line '^44x202'
}

@test "terminal: consoleSize" {
	terminal
	config '.process.consoleSize = {height: 50, width: 160}'
	program /bin/probe winsize
	receiver
	create_it --console-socket "$T/console"
	hull start "$ID"
	await saw 50x160
}

@test "terminal: consoleSize means nothing without one" {
	make_bundle
	config '.process.consoleSize = {height: 50, width: 160}'
	program /bin/probe
	run_ok
	expect_json '.tty.stdin == 0'
}

@test "--console-socket: gets the pty during create; the program is on it" {
	terminal
	script 'tty; echo ready; read x; echo "got $x"; exit 0'
	receiver 40x120
	create_it --console-socket "$T/console"
	[ -s "$T/tty.name" ]
	hull start "$ID"
	await saw ready
	grep -q '^/dev/pts/0' "$T/tty"
	echo hello >&9
	await saw 'got hello'
	await_status stopped
	wait "$RECEIVER"
	[ ! -s "$T/tty.err" ] || { cat "$T/tty.err" && false; }
}

@test "--console-socket: with run --detach" {
	terminal
	program /bin/probe
	receiver 40x120
	hull run --detach --bundle "$BUNDLE" --console-socket "$T/console" "$ID" </dev/null
	await_status stopped
	wait "$RECEIVER"
	output=$(cat "$T/tty")
	expect_json '.tty.stdin == 1 and .tty.stdout == 1 and .tty.stderr == 1 and .tty.controlling == 1'
}

@test "--console-socket: a path of more than 108 bytes" {
	terminal
	d=$T/$(printf 'long%.0s' {1..50})
	mkdir "$d"
	program /bin/probe
	ln -s "$d" "$T/short"
	SOCKET=$T/short/s receiver
	create_it --console-socket "$d/s"
	hull start "$ID"
	await saw end
}

@test "--console-socket: nobody there, or no socket" {
	terminal
	for s in "$T/nothing" /etc/passwd; do
		run --separate-stderr hull create --bundle "$BUNDLE" --console-socket "$s" "$ID" </dev/null
		expect_error "$s"
		expect_nothing
	done
}

@test "terminal and detached without a socket is refused" {
	terminal
	run_it --detach
	[ "$status" = 1 ] && [[ $stderr == *"console-socket"* ]] || { show && false; }
	run --separate-stderr hull create --bundle "$BUNDLE" "$ID" </dev/null
	[ "$status" = 1 ] && [[ $stderr == *"console-socket"* ]] || { show && false; }
	expect_nothing
}

@test "exec --tty: a terminal of its own, size, exit status" {
	make_bundle
	program sleep 1000
	start_it
	pty 33x101 '"rows":33' - -- "$HULL" --root "$STATE" exec --tty "$ID" /bin/probe
	expect_ok
	expect_json '.tty.stdin == 1 and .tty.stdout == 1 and .tty.stderr == 1 and .tty.controlling == 1' \
		'.tty.rows == 33 and .tty.columns == 101' '[.fds[].fd] == [0,1,2]'
	pty 24x80 -- "$HULL" --root "$STATE" exec -t "$ID" sh -c 'exit 9'
	expect_status 9
}

@test "exec --tty --detach --console-socket" {
	make_bundle
	program sleep 1000
	start_it
	receiver 40x120
	hull exec --tty --detach --console-socket "$T/console" --pid-file "$T/pid" "$ID" sh -c \
		'tty; until stty size | grep "40 120"; do sleep 0.05; done; sleep 0.2' </dev/null
	await saw '40 120'
	grep -q '^/dev/pts/' "$T/tty"
}

@test "terminal: in a user namespace" {
	terminal
	config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = $m | .linux.gidMappings = $m' \
		--argjson m '[{"containerID":0,"hostID":100000,"size":65536}]'
	program /bin/probe
	pty 24x80 -- "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_ok
	expect_json '.tty.stdin == 1 and .tty.controlling == 1'
}
