# The command line: what is said on stdout, on stderr, in the log, and by the exit status.
load ../lib/hull

commands() {
	"$HULL" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# Without --root: as engines call version, features and the like.
bare() {
	run --separate-stderr "$HULL" "$@" </dev/null
}

it() {
	run --separate-stderr hull "$@" </dev/null
}

expect_silence() { # nothing on stdout
	[ -z "$output" ] && return
	show
	fail "expected nothing on stdout"
}

@test "version: the lines that engines take apart" {
	for o in --version -v -V -version; do
		bare "$o"
		expect_ok
		[[ ${lines[0]} =~ ^hull\ version\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "first: ${lines[0]}"
		[[ ${lines[1]} =~ ^commit:\ [^\ ]+$ ]] || fail "second: ${lines[1]}"
		[ "${lines[2]}" = "spec: 1.3.0" ] || fail "third: ${lines[2]}"
		expect_line '^\+SECCOMP '
	done
}

@test "help: on stdout, with every command and option" {
	for o in --help -h '-?' -help help; do
		bare "$o"
		expect_ok
		expect_line '^usage: hull '
		for c in create start run exec kill delete state list ps pause resume spec features steps; do
			expect_line "^  $c +[a-z]"
		done
		for o in root log log-format log-level debug systemd-cgroup cgroup-manager rootless trace; do
			expect_line "^ +(-[a-z], )?--$o\b"
		done
	done
	bare --usage
	expect_ok
	expect_line '^usage: hull '
}

@test "help: of each command, by option and by command" {
	local c n=0
	for c in $(commands); do
		bare "$c" --help
		expect_ok
		expect_line "^usage: hull $c"
		before=$output
		bare help "$c"
		expect_out "$before"
		bare "$c" -h some thing
		expect_status 0
		n=$((n + 1))
	done
	[ $n -ge 14 ] || fail "only $n commands"
	bare create --help
	for o in bundle config console-socket pid-file pidfd-socket preserve-fds no-pivot no-new-keyring dry-run trace; do
		expect_line "^ +(-[a-z], )?--$o\b"
	done
	bare exec --help
	for o in process tty detach user additional-gids cwd env cap no-new-privs apparmor process-label \
		cgroup console-socket pid-file pidfd-socket preserve-fds ignore-paused; do
		expect_line "^ +(-[a-z], )?--$o\b"
	done
}

@test "help: the manual page has no mistake, and every option" {
	command -v groff >/dev/null || skip "groff is not installed"
	bare help --man
	expect_ok
	printf '%s\n' "$output" >"$T/hull.8"
	groff -man -Tascii -ww -P-cbou "$T/hull.8" >"$T/plain" 2>"$T/err"
	[ ! -s "$T/err" ] || fail "$(cat "$T/err")"
	for o in root cgroup-manager preserve-fds ignore-paused no-new-privs; do
		grep -q -- "--$o" "$T/plain" || fail "--$o is missing"
	done
}

@test "help: bash completes commands, options, choices and containers' options" {
	bare help --completion bash
	expect_ok
	printf '%s\n' "$output" >"$T/hull.bash"
	complete_it() {
		bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hull
			printf "%s\n" "${COMPREPLY[@]}"' - "$T/hull.bash" "$@"
	}
	[ "$(complete_it hull sta | sort | xargs)" = "start state" ] || fail "commands: $(complete_it hull sta)"
	[ "$(complete_it hull --root /x del)" = delete ] || fail "a command behind an option's value"
	[ "$(complete_it hull create --bun)" = --bundle ] || fail "options of a command"
	[ "$(complete_it hull --log-format j)" = json ] || fail "choices"
	[ "$(complete_it hull list -f t)" = table ] || fail "choices of a letter"
	for s in zsh fish; do
		bare help --completion $s
		expect_ok
		expect_line 'ignore-paused'
		! command -v $s >/dev/null || $s -n <(printf '%s\n' "$output") || fail "$s can't read it"
	done
}

@test "wrong usage: status 2, one sentence, the nearest word" {
	local want
	while IFS='|' read -r args want; do
		# shellcheck disable=SC2086
		it $args
		expect_error "$want" 2
		expect_silence
		[[ $stderr == "hull: "* ]] || fail "not from hull: $stderr"
	done <<-'END'
		|there is no command
		craete x|unknown command `craete`; did you mean `create`?
		checkpoint --help|`checkpoint` is not built in this version
		restore --lsm-mount-context|`restore` is not built in this version
		update x|`update` is not built in this version
		events x|`events` is not built in this version
		--bogus list|unknown option `--bogus`
		--dbug list|unknown option `--dbug`; did you mean `--debug`?
		create --bundel /x y|unknown option `--bundel`; did you mean `--bundle`?
		create --bundle|flag needs an argument: --bundle (option requires an argument)
		create|`create` needs CONTAINER
		state|`state` needs CONTAINER
		state a b|`state` takes CONTAINER, not 2 arguments
		list a|`list` takes none, not 1 arguments
		start --force a|unknown option `--force`
		kill a NOSUCH|unknown signal `NOSUCH`
		kill a SIGTREM|did you mean `TERM`?
		kill a 65|unknown signal `65`
		kill a -1|unknown signal `-1`
		list --format xml|invalid format: xml
		--log-format xml list|invalid log-format: xml
		--log-level loud list|invalid log-level: loud
		--rootless maybe list|invalid rootless: maybe
		--cgroup-manager none list|invalid cgroup-manager: none
		--root / list|--root is the root of the file system
		--root= list|--root is empty
		create --preserve-fds x y|--preserve-fds wants a number from 0
		create --preserve-fds 2000000000 y|more than there can be
		exec a|there is neither a command nor --process
		exec --process - a b|`b` and --process are both given
		exec --env FOO a b|--env `FOO` is not NAME=VALUE
	END
}

@test "what isn't there: status 1, or 255 for exec, in words that engines know" {
	local c
	for c in start state kill pause resume ps delete; do
		it $c hull-test-none
		expect_error 'container "hull-test-none" does not exist'
		expect_silence
	done
	it exec hull-test-none true
	expect_error 'container "hull-test-none" does not exist' 255
	for c in "delete --force" "delete -f"; do
		# shellcheck disable=SC2086
		it $c hull-test-none
		expect_ok
		expect_silence
	done
}

@test "log: JSON, one line for a failure, with the sentence of stderr" {
	local log=$T/log.json
	it --log "$log" --log-format json state hull-test-none
	expect_error "does not exist"
	[ "$(wc -l <"$log")" = 1 ] || fail "$(cat "$log")"
	jq -e '.level == "error" and (.errno | type) == "number"' "$log" || fail "$(cat "$log")"
	[ "hull: $(jq -r .msg "$log")" = "$stderr" ] || fail "another sentence: $(cat "$log") $stderr"
	[[ $(jq -r .time "$log") =~ ^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-9:]{8}\.[0-9]{9}Z$ ]] || fail "time"
	[ $(($(date +%s) - $(date -d "$(jq -r .time "$log")" +%s))) -lt 60 ] || fail "another time"
	[ "$(stat -c %a "$log")" = 644 ] || fail "mode $(stat -c %a "$log")"
	# wrong usage is there too, and the file is appended to
	it --log="$log" --log-format=json create --bogus
	expect_status 2
	[ "$(wc -l <"$log")" = 2 ] || fail "$(cat "$log")"
	[[ $(tail -n 1 "$log" | jq -r .msg) == *bogus* ]] || fail "$(cat "$log")"
	# success writes nothing
	it --log "$log" --log-format json list
	expect_ok
	[ "$(wc -l <"$log")" = 2 ] || fail "$(cat "$log")"
}

@test "log: text, file: before the name, single dashes, options twice" {
	it -log /nowhere/at/all --log "file:$T/log" -log-format=json -log-format text --debug state x-none
	expect_error "does not exist"
	grep -qE '^time="20[^"]+Z" level=error msg="container \\"x-none\\" does not exist"$' "$T/log" ||
		fail "$(cat "$T/log")"
	it --log /nowhere/at/all list
	expect_error 'open the log `/nowhere/at/all`: No such file or directory (`/nowhere` is missing)'
	it --log journald: list
	expect_error "the name after the colon is missing" 2
}

@test "log: syslog: and journald: are datagrams" {
	[ -e /run/systemd/journal/socket ] || [ -e /dev/log ] || skip "neither journald nor syslog is here"
	[ ! -e /dev/log ] || { it --log syslog:hull-test state x-none && false || expect_error "does not exist"; }
	[ ! -e /run/systemd/journal/socket ] || { it --log journald:hull-test state x-none && false ||
		expect_error "does not exist"; }
}

@test "config.json: a mistake has a line, a column and a pointer, on stderr and in the log" {
	make_bundle
	jq . "$BUNDLE/config.json" >"$T/c"
	jq '.mounts[1].destination = 7' "$T/c" >"$BUNDLE/config.json"
	line=$(grep -n '"destination": 7' "$BUNDLE/config.json" | cut -d: -f1)
	it --log "$T/log" --log-format json create --bundle "$BUNDLE" "$ID"
	expect_error "config.json:$line:"
	[[ ${stderr##*$'\n'} =~ ^\ \ config\.json:[0-9]+:[0-9]+\ \ /mounts/1/destination$ ]] || fail "$stderr"
	jq -e --argjson l "$line" '.line == $l and .column > 1 and .pointer == "/mounts/1/destination"' "$T/log" ||
		fail "$(cat "$T/log")"
	[[ $(jq -r .msg "$T/log") == *"(config.json:$line:"*" /mounts/1/destination)" ]] || fail "$(cat "$T/log")"
	expect_nothing
	# not JSON at all: the place, without a pointer
	printf '{\n  "ociVersion": "1.0.0",\n  oops\n}\n' >"$BUNDLE/config.json"
	it create --bundle "$BUNDLE" "$ID"
	expect_error "config.json:3:3"
	expect_nothing
}

@test "a path that isn't there: its missing part is named" {
	it create --bundle "$T/no/such/bundle" "$ID"
	expect_error "No such file or directory"
	[[ $stderr == *"(\`$T/no\` is missing)"* ]] || fail "$stderr"
	expect_nothing
}

@test "stdout: a write that fails is a failure" {
	for c in list features steps --version --help "help --man" "spec -f -"; do
		# shellcheck disable=SC2086
		run --separate-stderr bash -c '"$@" >/dev/full' - "$HULL" $c
		expect_error 'write `stdout`: No space left on device'
		# shellcheck disable=SC2086
		run --separate-stderr bash -c '"$@" >&-' - "$HULL" $c
		expect_error 'write `stdout`: Bad file descriptor'
	done
	run --separate-stderr bash -c '{ sleep 0.3; "$1" features; echo "status $?" >&2; } | true' - "$HULL"
	[[ $stderr == *"Broken pipe"*"status 1"* ]] || fail "$stderr"
}

@test "descriptors 0 to 2 that are closed do no harm" {
	run --separate-stderr bash -c '"$1" --root "$2" list <&- 2>&-' - "$HULL" "$STATE"
	expect_status 0
	run --separate-stderr bash -c '"$1" --root "$2" --log "$3" state x-none <&- >&- 2>&-' - "$HULL" "$STATE" "$T/log"
	expect_status 1
	grep -q "does not exist" "$T/log" || fail "the log has other things: $(cat "$T/log")"
}

@test "list: empty" {
	it list
	expect_ok
	[[ $output =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER$ ]] || fail "header: $output"
	for f in "-f json" "--format=json" "-fjson" "-format json"; do
		# shellcheck disable=SC2086
		it list $f
		expect_ok
		expect_out "[]"
	done
	it list -q
	expect_out ""
	rmdir "$STATE"
	it list --format json
	expect_ok
	expect_out "[]"
	mkdir "$STATE"
}

@test "features: complete, without options, and quiet" {
	bare features
	expect_ok
	expect_json '.ociVersionMin == "1.0.0"' '.ociVersionMax == "1.3.0"' \
		'.hooks == ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]' \
		'.mountOptions | contains(["rro", "idmap", "ridmap", "rbind", "tmpcopyup", "lazytime", "nosymfollow"])' \
		'.mountOptions | length == (unique | length)' \
		'.linux.namespaces | sort == ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]' \
		'.linux.capabilities | length >= 41 and all(test("^CAP_[A-Z_]+$"))' \
		'.linux.cgroup == {v1: true, v2: true, systemd: false, systemdUser: false, rdma: true}' \
		'.linux.seccomp.enabled' '.linux.seccomp.actions | index("SCMP_ACT_NOTIFY") != null' \
		'.linux.seccomp.operators | length == 7' '.linux.seccomp.archs | index("SCMP_ARCH_X86_64") != null' \
		'.linux.seccomp.knownFlags | length == 4' '.linux.seccomp.supportedFlags | length > 0' \
		'.linux.apparmor.enabled' '.linux.selinux.enabled' '.linux.intelRdt.enabled == false' \
		'.linux.netDevices.enabled == false' '.linux.mountExtensions.idmap.enabled' \
		'.linux.memoryPolicy.modes | length == 7' \
		'.annotations["org.opencontainers.runc.checkpoint.enabled"] == "false"' \
		'.potentiallyUnsafeConfigAnnotations | index("run.oci.") != null'
}

@test "spec: a config.json, once" {
	mkdir "$T/b"
	it spec --bundle "$T/b"
	expect_ok
	expect_out ""
	jq -e '.ociVersion == "1.3.0" and .process.noNewPrivileges and .process.terminal and .process.args == ["sh"]
		and .root == {path: "rootfs", readonly: true} and (.process.capabilities.ambient == [])
		and (.linux.seccomp.syscalls | map(.names) | add | contains(["bpf", "io_uring_setup", "keyctl", "mount",
			"move_mount", "userfaultfd"]))
		and ([.linux.namespaces[].type] | sort == ["cgroup", "ipc", "mount", "network", "pid", "uts"])' \
		"$T/b/config.json" >/dev/null || fail "$(cat "$T/b/config.json")"
	sum=$(cksum <"$T/b/config.json")
	it spec -b "$T/b"
	expect_error '`config.json` exists already'
	[ "$(cksum <"$T/b/config.json")" = "$sum" ] || fail "it was written over"
	it spec -b "$T/b" -f other.json --rootless
	expect_ok
	jq -e '[.linux.namespaces[].type] | index("user") != null' "$T/b/other.json" >/dev/null || fail "no user namespace"
	jq -e '.linux | has("resources") | not' "$T/b/other.json" >/dev/null || fail "limits"
	it spec -f -
	expect_ok
	[ "$output" = "$(cat "$T/b/config.json")" ] || fail "another document on stdout"
	it spec -b "$T/none"
	expect_error "No such file or directory"
	# a disk that is full leaves nothing half-written
	run bash -c '(ulimit -f 0; "$1" spec -b "$2" -f full.json; echo "status $?") 2>&1 | cat' - "$HULL" "$T/b"
	[[ $output == *"File too large"*"status 1" ]] || fail "$output"
	[ ! -e "$T/b/full.json" ] || fail "a part of it is left"
}

@test "steps: the list of both processes" {
	bare steps
	expect_ok
	for s in state.claim cgroup.create mount.entries root.pivot cred.drop exec.program; do
		expect_line "$s"
	done
}

@test "root: relative, and without --root in XDG_RUNTIME_DIR for a user" {
	cd "$T"
	mkdir -p rel
	run --separate-stderr "$HULL" --root rel list -q
	expect_ok
	[ "$(id -u)" = 0 ] || skip "needs root"
	mkdir "$T/xdg"
	chmod 711 "$T" && chown 1000:1000 "$T/xdg"
	# an own namespace: root of it isn't root of the host
	run --separate-stderr env XDG_RUNTIME_DIR="$T/xdg" unshare --user --map-root-user "$HULL" list -f json
	expect_ok
	expect_out "[]"
}
