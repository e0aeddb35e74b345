# SPDX-License-Identifier: Apache-2.0
#
# What the .bats files of this folder have in common. inside.sh has made the machine and set
#
#	RUNTIME   the runtime under test, inside
#	ROOT      where the tests' files are; $ROOT/images: box/ box.tar box-archive.tar pause.tar
#	ENG_USER, ENG_UID   the ordinary user
#
# Tests look at what happened: in the container by what its program prints, outside by what the
# kernel says of its process.

box=localhost/box:1
pause=localhost/pause:1

# Where the unified hierarchy lacks a controller that Podman would like for its conmon, it warns of it
# each time: errors only, there.
PODMAN="podman --runtime $RUNTIME"
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || PODMAN+=' --log-level error'

# The engines, always with the runtime under test, and never for ever.
podman() {
	timeout -k 5 "${T:-60}" $PODMAN "$@"
}

# With Buildah it is an option of the commands that run something.
buildah() {
	local command=$1
	shift
	case $command in
	run | bud) set -- --runtime "$RUNTIME" "$@" ;;
	esac
	${AS:-} timeout -k 5 "${T:-60}" buildah "$command" "$@"
}

# eng COMMAND...: as the ordinary user, with a login's environment.
eng() {
	setpriv --reuid "$ENG_UID" --regid "$ENG_UID" --init-groups --reset-env \
		env -C "/var/lib/$ENG_USER" "XDG_RUNTIME_DIR=/run/user/$ENG_UID" "PATH=$PATH" \
		timeout -k 5 "${T:-60}" "$@"
}

eng_podman() {
	eng $PODMAN "$@"
}

eng_buildah() {
	AS=eng buildah "$@"
}

# on_tty COMMAND: a line of shell on a terminal of its own; what it wrote comes out without carriage
# returns and the echo of script's own end of input, and its status is the status. The terminal goes away when it takes too long.
on_tty() {
	(
		set -o pipefail
		timeout -k 5 "${T:-60}" script -qec "$1" /dev/null </dev/null | tr -d '\r' | sed 's/\^@//g'
	)
}

# The ordinary user may look at the files of this test.
for_all_to_read() {
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
	chmod -R a+rX "$BATS_TEST_TMPDIR"
}

# --- what is said when something is not as it should be ---------------------------------------------

fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# is GOT WANTED [WHAT]
is() {
	[ "$1" = "$2" ] || fail "${3:-value}: wanted '$2', got '$1'"
}

isnt() {
	[ "$1" != "$2" ] || fail "${3:-value}: is '$1'"
}

# has TEXT PART / has_not TEXT PART
has() {
	[[ $1 == *"$2"* ]] || fail "wanted '$2' in: $1"
}

has_not() {
	[[ $1 != *"$2"* ]] || fail "did not want '$2' in: $1"
}

# matches TEXT EXTENDED-REGEX
matches() {
	[[ $1 =~ $2 ]] || fail "wanted /$2/ in: $1"
}

# status_is N: of the last `run`
status_is() {
	[ "$status" = "$1" ] || fail "exit status: wanted $1, got $status; output: $output"
}

# eventually COMMAND...: true within ten seconds
eventually() {
	local end=$((SECONDS + 10))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || fail "not within ten seconds: $*" || return
		sleep 0.05
	done
}

# --- the kernel's view, from outside ------------------------------------------------------------------

# pid_of CONTAINER: of its first process, as this pid namespace has it
pid_of() {
	podman inspect --type container -f '{{.State.Pid}}' "$1"
}

# status_of PID FIELD: one line of /proc/PID/status, blanks made single
status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '[:space:]' ' ' | sed 's/ $//'
}

# ns PID KIND
ns() {
	readlink "/proc/$1/ns/$2"
}

# cgroup_of PID CONTROLLER: the directory of it, in the unified hierarchy when the controller is not v1's
cgroup_of() {
	local path
	path=$([ -z "$2" ] || sed -n "s/^[0-9]*:\(.*,\)\?$2\(,.*\)\?://p" "/proc/$1/cgroup")
	if [ -n "$path" ] && [ -d "/sys/fs/cgroup/$2" ]; then
		echo "/sys/fs/cgroup/$2${path%/}"
		return
	fi
	path=$(sed -n 's/^0:://p' "/proc/$1/cgroup")
	if [ -d /sys/fs/cgroup/unified ]; then
		echo "/sys/fs/cgroup/unified${path%/}"
	else
		echo "/sys/fs/cgroup${path%/}"
	fi
}

# limit PID CONTROLLER V1-FILE V2-FILE: what the kernel has as the limit
limit() {
	local dir
	dir=$(cgroup_of "$1" "$2")
	if [ -e "$dir/$3" ]; then
		cat "$dir/$3"
	else
		cat "$dir/$4"
	fi
}

# A test that needs a controller which this host does not offer is skipped.
need_controller() {
	[ -d "/sys/fs/cgroup/$1" ] || grep -qw "$1" /sys/fs/cgroup/cgroup.controllers 2>/dev/null ||
		skip "this host has no $1 controller to give"
}

# frozen PID: says yes or no. On a hybrid host either hierarchy has a freezer, and either will do.
frozen() {
	local v1 v2
	v1=$(cgroup_of "$1" freezer)
	v2=$(cgroup_of "$1" '')
	grep -qx FROZEN "$v1/freezer.state" 2>/dev/null || grep -qx 'frozen 1' "$v2/cgroup.events" 2>/dev/null ||
		{ echo no && return; }
	echo yes
}

is_runtime() {
	[ "${RUNTIME##*/}" = "$1" ]
}

# --- images and ends -----------------------------------------------------------------------------------

# Give the engine the images once; both engines of a user share their store.
need_images() {
	local p=${1:-podman}
	$p image exists $box || $p load -q -i "$ROOT/images/box-archive.tar"
	$p image exists $pause ||
		$p import -q -c 'ENTRYPOINT ["/pause","-P"]' "$ROOT/images/pause.tar" $pause
}

# Podman's clean-up after a container's end runs beside this, and what one of them has just unmounted
# or removed can be an error to the other: again, until there is nothing.
remove_all() {
	local p=${1:-podman} try
	for try in 1 2 3 4 5; do
		$p pod rm -fa -t 0 >/dev/null && $p rm -fa -t 0 >/dev/null && return
		sleep 0.3
	done 2>"$BATS_TEST_TMPDIR/remove_all"
	cat "$BATS_TEST_TMPDIR/remove_all"
	return 1
}

# prun OPTIONS... IMAGE COMMAND...: one container, gone at its end
prun() {
	podman run --rm --network none "$@"
}

# pstart NAME OPTIONS... IMAGE COMMAND...: one container that stays
pstart() {
	local name=$1
	shift
	podman run -d --network none --name "$name" "$@" >/dev/null
}

# For a shell inside: its open descriptors, without opening one to look.
open_fds='for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31; do
	[ ! -e /proc/$$/fd/$i ] || echo -n "$i "
done'
