# SPDX-License-Identifier: Apache-2.0
# hull.bash - what tests against a running hull have in common. For bats: load ../lib/hull
#
# Each test gets a state directory, a bundle and a name of its own. At its end its containers are
# deleted, and then the host has to look as it did before: what a test forgets to remove is hull's
# to remove, and what hull leaves behind fails the test.
#
#	$HULL		the program; build/hull of the checkout unless it is set
#	$STATE		its --root		$BUNDLE		a bundle: `make_bundle'
#	$ID		a name for a container	$T		a directory for files of the test
# shellcheck shell=bash disable=SC2034,SC2154

bats_require_minimum_version 1.5.0

HULL_TOP=${HULL_TOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)}
HULL=$(realpath -- "${HULL:-$HULL_TOP/build/hull}")
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-60}

# --- before and after -------------------------------------------------------------------------

setup() {
	hull_setup
}

teardown() {
	hull_teardown
}

hull_setup() {
	[ -x "$HULL" ] || fail "there is no program at $HULL"
	T=$BATS_TEST_TMPDIR
	ID=hull-test-${HULL_TEST_TOKEN:-0}-$$-$BATS_TEST_NUMBER
	STATE=$T/state
	BUNDLE=$T/bundle
	mkdir "$STATE"
	BEFORE=$(snapshot_host)
}

hull_teardown() {
	local d after i rc=0
	for d in "$STATE"/*/; do
		d=${d%/}
		[ -d "$d" ] || continue
		hull delete --force "${d##*/}" || rc=1
	done
	[ -z "${CLEANUP:-}" ] || eval "$CLEANUP"
	for i in {1..20}; do
		after=$(snapshot_host)
		[ "$after" != "$BEFORE" ] || return $rc
		sleep 0.1 # what the test itself started may be ending; keyrings go some time later
	done
	echo "left behind, or gone:"
	diff <(echo "$BEFORE") <(echo "$after")
	return 1
}

# Everything on the host that a container may leave something in. Of processes: those that are
# hull, or in other namespaces than ours (tests/lib/alone hides everybody else's).
snapshot_host() {
	local self=${HULL_TEST_SELF_NS:-}
	[ -n "$self" ] || HULL_TEST_SELF_NS=$(find -P /proc/self/ns -name '[mp]*' -printf '%l\n')
	self=$HULL_TEST_SELF_NS
	echo "--- mounts"
	cut -d' ' -f4- /proc/self/mountinfo | grep -v ' /[^ ]*/hull-test-mountns ' | sort
	echo "--- cgroups"
	cgroup_dirs
	echo "--- processes"
	# one process may end while find looks at it
	{
		find /proc/[0-9]*/exe /proc/[0-9]*/ns/mnt /proc/[0-9]*/ns/pid -maxdepth 0 -printf '%p %l\n' \
			2>/dev/null || :
	} | awk -v self="$self" -v hull="$HULL" '
		BEGIN { n = split(self, a, "\n"); for (i = 1; i <= n; i++) ours[a[i]] }
		/\/exe / && ($2 == hull || $2 ~ /^\/memfd:/) { print "runtime", $1, $2 }
		/\/ns\// && $2 != "" && !($2 in ours) { print "inside", $1 }'
	echo "--- keyrings"
	grep -o "${ID}[^:]*" /proc/keys | sort
	echo "--- network interfaces"
	cut -d: -f1 -s /proc/net/dev | tr -d ' '
	echo "--- state"
	state_files
}

# What is in the state directory, but for the cache of compiled seccomp filters, which stays.
state_files() {
	ls -A "$STATE" 2>/dev/null | grep -vx '\.seccomp-cache' || :
}

# The cgroups of this test, in all hierarchies.
cgroup_dirs() {
	find /sys/fs/cgroup -type d -name "*$ID*" 2>/dev/null | sort || :
}

fail() {
	echo "$*"
	return 1
}

# --- bundles ----------------------------------------------------------------------------------

busybox_static() {
	local b
	for b in /bin/busybox /usr/bin/busybox /bin/busybox.static; do
		[ -x "$b" ] && ! ldd "$b" >/dev/null 2>&1 && echo "$b" && return
	done
	fail "there is no statically linked busybox"
}

# What all bundles of a run of bats are copied from.
make_template() {
	local t=$BATS_RUN_TMPDIR/template b busybox
	[ ! -e "$t/done" ] || return 0
	busybox=$(busybox_static)
	mkdir -p "$t/rootfs"/{bin,dev,etc,proc,root,sys,tmp,home/app}
	cp -L "$busybox" "$t/rootfs/bin/busybox"
	for b in sh cat ls echo id true false sleep hostname uname env mount stat touch mkdir rm kill \
		readlink grep dd head wc tty stty test ps ln cut chmod chown find ip printf cp seq tr; do
		ln -s busybox "$t/rootfs/bin/$b"
	done
	printf '%s\n' root:x:0:0:root:/root:/bin/sh app:x:1000:1000:app:/home/app:/bin/sh \
		>"$t/rootfs/etc/passwd"
	printf '%s\n' root:x:0: app:x:1000: >"$t/rootfs/etc/group"
	chmod 1777 "$t/rootfs/tmp"
	${CC:-cc} -std=gnu17 -D_GNU_SOURCE -O1 -static -s "$HULL_TOP/tests/live/probe.c" \
		-o "$t/rootfs/bin/probe"
	(cd "$t" && "$HULL" spec)
	jq '.process.terminal = false | .process.args = ["/bin/true"]' "$t/config.json" >"$t/c"
	mv "$t/c" "$t/config.json"
	touch "$t/done"
}

# Makes $BUNDLE, or the directory given: busybox, the probe, and the configuration of `hull spec'
# without a terminal.
make_bundle() { # [DIRECTORY]
	local d=${1:-$BUNDLE}
	make_template
	mkdir -p "$d"
	cp -a --reflink=auto "$BATS_RUN_TMPDIR/template/rootfs" "$d/"
	cp "$BATS_RUN_TMPDIR/template/config.json" "$d/"
	ROOTFS=$d/rootfs
}

# Changes config.json by a jq filter: config '.process.cwd = $d' --arg d /tmp
config() {
	local filter=$1
	shift
	jq "$filter" "$BUNDLE/config.json" "$@" >"$T/config.new"
	mv "$T/config.new" "$BUNDLE/config.json"
}

# process.args
program() {
	config '.process.args = $ARGS.positional' --args -- "$@"
}

# A shell script as the container's program.
script() {
	program /bin/sh -c "$1"
}

# Replaces the mount at a destination, or appends it.
add_mount() { # JSON
	config '.mounts = [.mounts[] | select(.destination != $m.destination)] + [$m]' --argjson m "$1"
}

# --- running ----------------------------------------------------------------------------------

hull() {
	"$HULL" --root "$STATE" "$@"
}

# `hull run' of $BUNDLE in the foreground: sets $status, $output and $stderr.
run_it() {
	run --separate-stderr hull run --bundle "$BUNDLE" "$@" "$ID" </dev/null
}

# The same, and it has to succeed in silence; what the program wrote is $output.
run_ok() {
	run_it "$@"
	expect_ok
}

# `hull create', with the program's output in $T/out and $T/err.
create_it() {
	local rc=0
	hull create --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	[ $rc = 0 ] || cat "$T/err"
	return $rc
}

# create and start.
start_it() {
	create_it "$@"
	hull start "$ID"
}

status_of() {
	hull state "${1:-$ID}" | jq -r .status
}

pid_of() {
	hull state "${1:-$ID}" | jq -r .pid
}

# Waits until a command succeeds; 10 s, or the time that is set.
await() {
	local i
	for ((i = 0; i < ${AWAIT:-100}; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	fail "waited in vain for: $*"
}

await_status() { # STATUS
	has_status() { [ "$(status_of)" = "$1" ]; }
	await has_status "$1"
}

# --- what is expected ---------------------------------------------------------------------------

expect_ok() {
	[ "$status" = 0 ] && [ -z "$stderr" ] && return
	show
	fail "expected status 0 and nothing on stderr"
}

expect_status() { # STATUS
	[ "$status" = "$1" ] && return
	show
	fail "expected status $1"
}

expect_error() { # TEXT [STATUS]: the command failed, and stderr says so
	[ "$status" = "${2:-1}" ] && [[ $stderr == *"$1"* ]] && return
	show
	fail "expected status ${2:-1} and an error with: $1"
}

expect_out() { # TEXT: stdout is just that
	[ "$output" = "$1" ] && return
	show
	fail "expected stdout: $1"
}

expect_line() { # REGEX: stdout has such a line
	grep -qE -- "$1" <<<"$output" && return
	show
	fail "expected a line on stdout: $1"
}

expect_no_line() { # REGEX
	! grep -qE -- "$1" <<<"$output" && return
	show
	fail "unexpected line on stdout: $1"
}

# expect_json FILTER...: jq on stdout; each filter has to be true.
expect_json() {
	local f
	for f; do
		jq -e "$f" >/dev/null <<<"$output" && continue
		show
		fail "not so in stdout: $f"
		return
	done
}

show() {
	echo "status $status"
	printf '%s\n' "stdout:" "$output" "stderr:" "$stderr"
}

# Nothing is there of a container whose create failed.
expect_nothing() {
	[ -z "$(state_files)" ] || fail "left in the state directory: $(ls -AR "$STATE")"
	[ -z "$(cgroup_dirs)" ] || fail "left: $(cgroup_dirs)"
}

# The options of the mount at a path, from the mountinfo in $output: mount_options /proc
mount_options() {
	awk -v p="$1" '$5 == p { o = $6 } END { print o }' <<<"$output"
}

expect_mount() { # PATH OPTION...: with `!' before it: not that option
	local have o path=$1
	have=$(mount_options "$path")
	[ -n "$have" ] || { show; fail "nothing is mounted on $path"; }
	shift
	for o; do
		case $o in
		!*) [[ ,$have, != *",${o#!},"* ]] || { fail "$path: has ${o#!}: $have" || return; } ;;
		*) [[ ,$have, == *",$o,"* ]] || { fail "$path: lacks $o: $have" || return; } ;;
		esac
	done
}
