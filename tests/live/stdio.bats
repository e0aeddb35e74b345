# Standard files, descriptors that are handed on, what may not leak.
load ../lib/hull

@test "stdin, stdout, stderr are the caller's, as they are" {
	make_bundle
	script 'cat; echo out; echo err >&2'
	run --separate-stderr hull run --bundle "$BUNDLE" "$ID" <<<"in"
	[ "$status" = 0 ]
	expect_out $'in\nout'
	[ "$stderr" = err ]
}

@test "a megabyte goes through stdin and stdout" {
	make_bundle
	program cat
	head -c 1000003 /dev/urandom >"$T/data"
	hull run --bundle "$BUNDLE" "$ID" <"$T/data" >"$T/out"
	cmp "$T/data" "$T/out"
}

@test "descriptors: 0, 1, 2 and nothing else, whatever the caller had open" {
	make_bundle
	program /bin/probe
	exec 5</etc/passwd 17</etc 200</dev/null
	run_ok
	exec 5<&- 17<&- 200<&-
	expect_json '[.fds[].fd] == [0,1,2]'
}

@test "descriptors: the same for exec" {
	make_bundle
	program sleep 1000
	start_it
	exec 5</etc/passwd 17</etc
	run --separate-stderr hull exec "$ID" /bin/probe
	exec 5<&- 17<&-
	expect_ok
	expect_json '[.fds[].fd] == [0,1,2]'
}

@test "descriptors: the same for detached ones" {
	make_bundle
	program /bin/probe
	exec 5</etc/passwd
	hull run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 5</etc
	exec 5<&-
	await_status stopped
	output=$(cat "$T/out")
	expect_json '[.fds[].fd] == [0,1,2]'
}

@test "--preserve-fds" {
	make_bundle
	program /bin/probe
	echo three >"$T/three"
	echo four >"$T/four"
	run --separate-stderr hull run --preserve-fds 2 --bundle "$BUNDLE" "$ID" </dev/null 3<"$T/three" 4<"$T/four" 5<"$T/four"
	expect_ok
	expect_json '[.fds[].fd] == [0,1,2,3,4]' '.fds[3].cloexec == 0' '.fds[3].target | endswith("three")' \
		'.fds[4].target | endswith("four")'
}

@test "--preserve-fds: holes are none of its business" {
	make_bundle
	program /bin/probe
	run --separate-stderr hull run --preserve-fds=3 --bundle "$BUNDLE" "$ID" </dev/null 3<&- 4<&- 5</etc/passwd
	expect_ok
	expect_json '[.fds[].fd] == [0,1,2,5]'
}

@test "--preserve-fds: for exec too" {
	make_bundle
	program sleep 1000
	start_it
	run --separate-stderr hull exec --preserve-fds 1 "$ID" /bin/probe 3</etc/passwd 4</etc/group
	expect_ok
	expect_json '[.fds[].fd] == [0,1,2,3]'
}

@test "LISTEN_FDS: handed on, with LISTEN_PID of the container" {
	make_bundle
	program /bin/probe
	run --separate-stderr sh -c 'LISTEN_FDS=2 LISTEN_PID=$$ exec "$@"' sh "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID" \
		</dev/null 3</etc/passwd 4</etc/group 5</etc/hosts
	expect_ok
	expect_json '[.fds[].fd] == [0,1,2,3,4]' '.env | index("LISTEN_FDS=2") != null and index("LISTEN_PID=1") != null'
}

@test "stdin that is closed becomes /dev/null" {
	make_bundle
	program /bin/probe
	run --separate-stderr sh -c '"$@" <&-' sh "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	expect_ok
	expect_json '.fds[0].type == "char"' '.fds[0].rdev == "1:3"' '[.fds[].fd] == [0,1,2]'
}

@test "/dev/null of the host is the container's own" {
	make_bundle
	script 'stat -Lc %d /proc/self/fd/0 /dev/null'
	run_ok
	[ "${lines[0]}" = "${lines[1]}" ] || { show && fail "stdin is the host's /dev/null"; }
}

@test "the last holder of stderr is the container" {
	make_bundle
	script 'exec >/dev/null 2>&1; sleep 1000'
	# cat ends when all who have the pipe are gone
	timeout 10 sh -c '"$0" --root "$1" run --detach --bundle "$2" "$3" </dev/null 2>&1 | cat' "$HULL" "$STATE" "$BUNDLE" "$ID"
}

@test "a pipe whose reader is gone" {
	make_bundle
	script 'trap "" PIPE; echo x; sleep 0.2; echo y; exit 5'
	run --separate-stderr bash -c '"$0" --root "$1" run --bundle "$2" "$3" </dev/null 2>/dev/null | true; exit ${PIPESTATUS[0]}' \
		"$HULL" "$STATE" "$BUNDLE" "$ID"
	expect_status 5
}

@test "NOTIFY_SOCKET: what the container says is passed on, with MAINPID" {
	make_bundle
	cat >"$T/notify.py" <<-'X'
	import os, socket, subprocess, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1])
	s.settimeout(10)
	p = subprocess.Popen(sys.argv[2:], env=dict(os.environ, NOTIFY_SOCKET=sys.argv[1]), stdin=subprocess.DEVNULL)
	text = ""
	while "READY=1" not in text:
	    text += s.recv(4096).decode() + "\n"
	print(text)
	p.terminate()
	p.wait()
	X
	config '.root.readonly = false'
	script 'echo "$NOTIFY_SOCKET"; trap "exit 0" TERM; /bin/notify; while :; do sleep 0.1; done'
	# busybox has no notifier
	cat >"$T/notify.c" <<-'X'
	#include <stdlib.h>
	#include <string.h>
	#include <sys/socket.h>
	#include <sys/un.h>
	int main(void)
	{
		struct sockaddr_un a = {.sun_family = AF_UNIX};
		int s = socket(AF_UNIX, SOCK_DGRAM, 0);
		const char *m = "READY=1\nSTATUS=fine", *p = getenv("NOTIFY_SOCKET");
		if (!p)
			return 3;
		strcpy(a.sun_path, p);
		return sendto(s, m, strlen(m), 0, (void *)&a, sizeof(a)) < 0;
	}
	X
	${CC:-cc} -static -O1 "$T/notify.c" -o "$ROOTFS/bin/notify"
	run --separate-stderr timeout 20 python3 "$T/notify.py" "$T/notify" "$HULL" --root "$STATE" run --bundle "$BUNDLE" "$ID"
	[ "$status" = 0 ] || { show && false; }
	expect_line '^READY=1$'
	expect_line '^STATUS=fine$'
	expect_line '^MAINPID=[0-9]+$'
}
