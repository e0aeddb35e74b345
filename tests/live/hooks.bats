# The six kinds of hooks.
load ../lib/hull

# A hook for the host: appends what it was given to $T/log. Its name is its first argument.
make_hook() {
	cat >"$T/hook" <<-X
	#!/bin/sh
	{
		echo "hook \$1 args \$*"
		echo "cwd \$(pwd)"
		cat /proc/self/environ | tr '\0' '\n' | sed 's/^/env /'
		ls -l /proc/self/fd | sed -n 's/.* \([0-9]*\) -> .*/fd \1/p'
		sed 's/^/state /'
		echo
		\$2
	} >>"$T/log" 2>&1
	X
	chmod 755 "$T/hook"
	: >"$T/log"
	chmod 666 "$T/log"
}

# hook KIND NAME [JSON of further members]
hook() {
	local path=${HOOK:-$T/hook}
	config '.hooks[$k] += [{path: $p, args: ["arg0", $n]} + $more]' --arg k "$1" --arg n "$2" --arg p "$path" \
		--argjson more "${3:-null}"
}

order() {
	sed -n 's/^hook \([a-zA-Z0-9-]*\) .*/\1/p' "$T/log" | tr '\n' ' '
}

# The state that a hook had, as JSON.
state_of() {
	awk -v h="$1" '$1 == "hook" { on = $2 == h } on && /^state / { sub(/^state /, ""); print }' "$T/log"
}

lines_of() { # hook word
	awk -v h="$1" -v w="$2" '$1 == "hook" { on = $2 == h } on && $1 == w { sub(/^[a-z]* /, ""); print }' "$T/log"
}

@test "hooks: all kinds, in their order, with the state on stdin" {
	make_bundle
	make_hook
	config '.annotations = {"org.example.key": "value"}'
	for k in poststop poststart createContainer createRuntime prestart; do
		hook $k $k-1
		hook $k $k-2
	done
	# startContainer is looked up and run inside
	mkdir "$T/volume"
	cat >"$ROOTFS/hook" <<-'X'
	#!/bin/sh
	echo "hook startContainer args $*" >>/tmp/log
	sed 's/^/state /' >>/tmp/log
	echo >>/tmp/log
	X
	chmod 755 "$ROOTFS/hook"
	HOOK=/hook hook startContainer in
	ln "$T/log" "$T/volume/log"
	add_mount "{\"destination\":\"/tmp\",\"type\":\"bind\",\"source\":\"$T/volume\",\"options\":[\"bind\"]}"
	# in a file of its own: it runs beside the poststart hooks
	script 'echo "hook program" >/tmp/program; exec sleep 1000'
	create_it
	[ "$(order)" = "prestart-1 prestart-2 createRuntime-1 createRuntime-2 createContainer-1 createContainer-2 " ]
	pid=$(pid_of)
	hull start "$ID"
	programmed() { grep -q 'hook program' "$T/volume/program"; }
	await programmed
	[ "$(sed -n 's/^hook \([a-zA-Z0-9-]*\).*/\1/p' "$T/log" | tail -n 3 | tr '\n' ' ')" = \
		"startContainer poststart-1 poststart-2 " ] || { cat "$T/log" && false; }
	hull kill "$ID" KILL
	await_status stopped
	! grep -q '^hook poststop' "$T/log"
	hull delete "$ID"
	[[ $(order) == *" poststop-1 poststop-2 " ]] || { cat "$T/log" && false; }

	for h in prestart-1:creating createRuntime-2:creating createContainer-1:creating startContainer:created \
		poststart-1:running poststop-2:stopped; do
		output=$(state_of "${h%:*}")
		expect_json ".status == \"${h#*:}\"" ".id == \"$ID\"" ".bundle == \"$BUNDLE\"" \
			'.ociVersion | startswith("1.")' '.annotations["org.example.key"] == "value"' || { cat "$T/log" && false; }
	done
	for h in prestart-1 createRuntime-1 poststart-1; do
		[ "$(state_of $h | jq .pid)" = "$pid" ]
	done
	[ "$(state_of startContainer | jq .pid)" = 1 ]
}

@test "hooks: arguments, an environment of their own alone, the bundle as directory, no descriptors" {
	make_bundle
	make_hook
	export HULL_TEST_LEAK=1
	hook createRuntime one '{"args": ["arg0", "one", "", "three words"], "env": ["ONE=1", "PATH=/usr/bin:/bin"]}'
	hook createRuntime two '{"env": []}'
	hook createContainer three
	hook poststop four
	exec 7</etc
	run_ok
	exec 7<&-
	grep -q '^hook one args one  three words$' "$T/log"
	[ "$(lines_of one env | grep -v '^PWD=\|^_=\|^SHLVL=\|^OLDPWD=' | sort | tr '\n' ' ')" = "ONE=1 PATH=/usr/bin:/bin " ] ||
		{ cat "$T/log" && false; }
	for h in two three four; do
		! lines_of $h env | grep -q 'HULL_TEST_LEAK\|^ONE\|TERM' || { cat "$T/log" && false; }
	done
	for h in one two four; do
		[ "$(lines_of $h cwd)" = "$BUNDLE" ] || { cat "$T/log" && false; }
		# 3 is ls's own
		! lines_of $h fd | grep -vx '[0123]' || { cat "$T/log" && false; }
	done
}

@test "hooks: the network namespace is there for prestart and createRuntime, by the pid of the state" {
	make_bundle
	cat >"$T/hook" <<-X
	#!/bin/bash
	pid=\$(/usr/bin/tr -d ' \n' | sed 's/.*"pid":\([0-9]*\).*/\1/')
	nsenter --net=/proc/\$pid/ns/net ip link add hull-test-if type dummy 2>>"$T/err" ||
		nsenter --net=/proc/\$pid/ns/net busybox ip link set lo mtu 1234 2>>"$T/err"
	readlink /proc/\$pid/ns/net /proc/self/ns/net >"$T/log"
	X
	chmod 755 "$T/hook"
	hook createRuntime one '{"env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}'
	script 'ls /sys/class/net; cat /sys/class/net/lo/mtu; readlink /proc/self/ns/net'
	run_ok
	[ "${lines[-1]}" = "$(head -n 1 "$T/log")" ]
	[ "${lines[-1]}" != "$(tail -n 1 "$T/log")" ]
	expect_line '^(hull-test-if|1234)$' || { cat "$T/err" && false; }
}

@test "hooks: createContainer runs in the container's namespaces, before pivot_root" {
	make_bundle
	cat >"$T/hook" <<-X
	#!/bin/sh
	readlink /proc/self/ns/mnt /proc/self/ns/net /proc/self/ns/uts >"$T/log"
	cat /proc/self/mountinfo >"$T/mounts"
	X
	chmod 755 "$T/hook"
	hook createContainer one
	script 'for n in mnt net uts; do readlink /proc/self/ns/$n; done'
	run_ok
	expect_out "$(cat "$T/log")"
	grep -q ' [^ ]*/dev/shm .* - tmpfs shm ' "$T/mounts"
}

@test "hooks: one that fails stops create, with what it said, and leaves nothing" {
	make_bundle
	cat >"$T/bad" <<-'X'
	#!/bin/sh
	echo "words on stdout"
	echo "words on stderr" >&2
	exit 3
	X
	chmod 755 "$T/bad"
	make_hook
	for k in prestart createRuntime createContainer; do
		config 'del(.hooks)'
		HOOK=$T/bad hook $k bad
		hook poststop after
		: >"$T/log"
		run --separate-stderr hull create --bundle "$BUNDLE" "$ID" </dev/null
		expect_error "$T/bad"
		[[ $stderr == *"words on stdout"* && $stderr == *"words on stderr"* && $stderr == *"/hooks/$k/0"* ]] || { show && false; }
		[[ $stderr == *3* ]] || { show && false; }
		expect_nothing
	done
}

@test "hooks: poststop runs after a create that failed in a hook" {
	make_bundle
	make_hook
	HOOK=/bin/false hook createRuntime bad
	hook poststop after
	run_it
	[ "$status" = 1 ]
	[ "$(order)" = "after " ] || { cat "$T/log" && false; }
	expect_nothing
}

@test "hooks: startContainer that fails stops start" {
	make_bundle
	HOOK=/bin/false hook startContainer bad
	script 'echo never'
	create_it
	run --separate-stderr hull start "$ID"
	[ "$status" = 1 ] && [[ $stderr == *"/bin/false"* ]] || { show && false; }
	await_status stopped || { hull state "$ID" && false; }
	[ ! -s "$T/out" ]
	hull delete --force "$ID"
	expect_nothing
}

@test "hooks: poststart that fails stops the container" {
	make_bundle
	make_hook
	HOOK=/bin/false hook poststart bad
	program sleep 1000
	run_it --detach
	[ "$status" = 1 ] && [[ $stderr == *"/bin/false"* ]] || { show && false; }
	expect_nothing
}

@test "hooks: poststop that fails is a warning, and the next one runs" {
	make_bundle
	make_hook
	HOOK=/bin/false hook poststop bad
	hook poststop after
	run_ok
	[ "$(order)" = "after " ]
	run --separate-stderr hull --log "$T/warnings" --log-level warning run --bundle "$BUNDLE" "$ID" </dev/null
	expect_ok
	grep -q /bin/false "$T/warnings"
	expect_nothing
}

@test "hooks: a path that is not there, or not a program" {
	make_bundle
	for p in /no/such/hook /etc/passwd; do
		config 'del(.hooks)'
		HOOK=$p hook createRuntime bad
		run_it
		expect_error "$p"
		expect_nothing
	done
}

@test "hooks: a timeout ends one, with its children" {
	make_bundle
	cat >"$T/slow" <<-X
	#!/bin/sh
	echo "began"
	sleep 1000 &
	echo \$! >"$T/child"
	sleep 1000
	X
	chmod 755 "$T/slow"
	HOOK=$T/slow hook createRuntime slow '{"timeout": 1}'
	t=$SECONDS
	run_it
	[ $((SECONDS - t)) -lt 6 ]
	expect_error "$T/slow"
	[[ $stderr == *"timeout of 1"* && $stderr == *began* ]] || { show && false; }
	gone() { [ ! -d "/proc/$(cat "$T/child")" ]; }
	await gone || { kill "$(cat "$T/child")" && false; }
	expect_nothing
}

@test "hooks: much output does not stop one" {
	make_bundle
	cat >"$T/loud" <<-'X'
	#!/bin/sh
	head -c 1000000 /dev/zero | tr '\0' x
	echo the end >&2
	exit 1
	X
	chmod 755 "$T/loud"
	HOOK=$T/loud hook createRuntime loud '{"env": ["PATH=/usr/bin:/bin"]}'
	run_it
	expect_error "the end"
	[ "${#stderr}" -lt 8192 ]
	expect_nothing
}

@test "hooks: a program left behind does not hold create up" {
	make_bundle
	cat >"$T/daemon" <<-X
	#!/bin/sh
	sleep 1000 &
	echo \$! >"$T/child"
	X
	chmod 755 "$T/daemon"
	HOOK=$T/daemon hook createRuntime daemon '{"env": ["PATH=/usr/bin:/bin"]}'
	t=$SECONDS
	run_it
	CLEANUP="kill \$(cat $T/child) 2>/dev/null || :"
	[ "$status" = 0 ] || { show && false; }
	[ $((SECONDS - t)) -lt 8 ]
}

@test "hooks: nothing of the caller's signals" {
	make_bundle
	cp "$ROOTFS/bin/probe" "$T/probe"
	cat >"$T/hook" <<-X
	#!/bin/sh
	exec $T/probe >"$T/log"
	X
	chmod 755 "$T/hook"
	hook createRuntime one
	run --separate-stderr env --ignore-signal=USR1 --block-signal=USR2 "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null
	expect_ok
	output=$(cat "$T/log")
	expect_json '.signals.ignored == "0"' '.signals.blocked == "0"' '.fds | map(.fd) == [0,1,2]'
}
