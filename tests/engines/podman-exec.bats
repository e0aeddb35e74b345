# SPDX-License-Identifier: Apache-2.0
#
# podman exec: another program in a container that runs.

load lib

bats_require_minimum_version 1.5.0

setup_file() {
	need_images
	podman run -d --network none --name it --env OF=container --user app --cap-add net_raw -w /var \
		--ulimit nofile=300:400 --ulimit nproc=900:900 -v "$BATS_FILE_TMPDIR:/v" $box sleep 10000
	podman run -d --network none --name root $box sleep 10000
}

teardown_file() {
	remove_all
}

@test "exec: output, error output and status" {
	run --separate-stderr podman exec it sh -c 'echo out; echo err >&2; exit 33'
	status_is 33
	is "$output" out
	is "$stderr" err
}

@test "exec: is in all namespaces of the container, and in its cgroup" {
	pid=$(pid_of it)
	podman exec -d it sleep 4321
	eventually sh -c "grep -lz '^4321$' /proc/[0-9]*/cmdline"
	it=$(grep -lz '^4321$' /proc/[0-9]*/cmdline | head -1 | cut -d/ -f3)
	for kind in mnt pid ipc uts net user cgroup; do
		is "$(ns $it $kind)" "$(ns $pid $kind)" $kind
	done
	is "$(cat /proc/$it/cgroup)" "$(cat /proc/$pid/cgroup)" cgroup
	is "$(readlink /proc/$it/root)" /
	is "$(status_of $it NSpid | wc -w)" 2
}

@test "exec: user, groups and capabilities are those of the container" {
	out=$(podman exec it sh -c 'id -u; id -G; grep ^Cap /proc/self/status')
	has "$out" $'1000\n1000 2000'
	has "$out" $'CapBnd:\t00000000800425fb'
	has "$out" $'CapInh:\t0000000000002000'
	has "$out" $'CapEff:\t0000000000002000'
}

@test "exec --user: another user" {
	is "$(podman exec --user 4000:5000 it id -u)" 4000
	is "$(podman exec --user 4000:5000 it id -g)" 5000
	out=$(podman exec --user root it grep -E '^Cap(Eff|Prm)' /proc/self/status)
	has "$out" $'CapEff:\t00000000800425fb'
	out=$(podman exec --user app root grep -E '^CapEff' /proc/self/status)
	has "$out" $'CapEff:\t0000000000000000'
}

@test "exec: no_new_privs and filter are those of the container" {
	is "$(podman exec root sed -n 's/Seccomp:.//p' /proc/self/status)" 2
	is "$(podman exec root sed -n 's/NoNewPrivs:.//p' /proc/self/status)" 0
}

@test "exec -e, -w: environment and directory" {
	out=$(podman exec -e MORE=yes -w /tmp it sh -c 'echo $OF $MORE; pwd')
	is "$out" $'container yes\n/tmp'
	is "$(podman exec it pwd)" /var
}

@test "exec --privileged: all capabilities" {
	out=$(podman exec --privileged --user root it grep -E '^CapEff' /proc/self/status)
	has "$out" "$(status_of self CapBnd)"
}

@test "exec -i: stdin" {
	is "$(echo piped | podman exec -i it cat)" piped
	is "$(head -c 1000000 /dev/zero | podman exec -i it wc -c)" 1000000
}

@test "exec: without -i stdin is empty" {
	is "$(echo piped | podman exec it cat)" ''
}

@test "exec -t: a terminal of the container's" {
	out=$(on_tty "stty rows 31 cols 71; $PODMAN exec -it it sh -c 'tty; test -t 0 -a -t 1 -a -t 2 && echo all; sleep 0.5; stty size; stat -c %u \$(tty)'")
	matches "$out" '/dev/pts/[0-9]+'
	has "$out" $'all\n31 71\n1000'
}

@test "exec -t: status, and what is typed" {
	run on_tty "$PODMAN exec -t it sh -c 'exit 17'"
	status_is 17
	{
		sleep 1
		printf 'typed\r'
		sleep 0.5
	} | timeout 30 script -qec "$PODMAN exec -it it sh -c 'read l; echo got \$l'" "$BATS_TEST_TMPDIR/ts" >/dev/null
	has "$(cat "$BATS_TEST_TMPDIR/ts")" 'got typed'
}

@test "exec -t: closing the terminal does not hurt the container" {
	timeout -s KILL 2 script -qec "$PODMAN exec -it it sleep 50" /dev/null >/dev/null </dev/null || :
	is "$(podman exec it echo well)" well
}

@test "exec -d: goes on by itself" {
	podman exec -d it sh -c 'sleep 0.2; echo done >/tmp/detached'
	eventually podman exec it test -s /tmp/detached
}

@test "exec: descriptors 0, 1, 2 and no other" {
	is "$(podman exec it sh -c "$open_fds")" '0 1 2 '
}

@test "exec --preserve-fds" {
	out=$(
		exec 3<<<'by three' 4<<<'by four'
		podman exec --preserve-fds 1 it sh -c "cat <&3; $open_fds"
	) || :
	is "$out" $'by three\n0 1 2 3 '
}

@test "exec: limits of the container" {
	is_runtime runc && skip 'its language raises the soft limit of open files, and at times that stays'
	is "$(podman exec it sh -c 'ulimit -Sn; ulimit -Hn')" $'300\n400'
}

@test "exec: 127 for what is not there" {
	run -127 podman exec it no-such-command
	matches "$output" 'executable file .*not found in \$PATH'
	run -127 podman exec it /no/such/command
	has "$output" 'no such file or directory'
}

@test "exec: 126 for what may not be executed" {
	run podman exec it /bin/noexec-file
	status_is 126
	matches "${output,,}" 'permission denied'
	# a sentence without "permission" is 255 to podman 4.3
	run podman exec it /tmp
	matches "$status" '^(126|255)$'
	matches "${output,,}" 'permission denied|is a directory'
}

@test "exec: 126 or 127 of the program itself are passed on" {
	run podman exec it sh -c 'exit 126'
	status_is 126
	run -127 podman exec it sh -c 'exit 127'
}

@test "exec: 125 for a container that is not there" {
	run podman exec no-such-container true
	status_is 125
}

@test "exec: a working directory that is not there is an error" {
	run -127 podman exec -w /no/such/dir --user app it pwd
	isnt "$status" 0
	has "$output" /no/such/dir
	[ ! -e "/proc/$(pid_of it)/root/no" ]
}

@test "exec: a program that dies of a signal" {
	run podman exec it sh -c 'kill -KILL $$'
	status_is 137
}

@test "exec: a program with PATH of the container, and arguments as they are" {
	is "$(podman exec -e PATH=/nowhere:/bin it printf '%s|' 'a b' '' '$HOME' "'")" "a b||\$HOME|'|"
}

@test "exec: its orphans end with the container" {
	podman run -d --network none --name short $box sh -c 'while [ ! -e /tmp/end ]; do sleep 0.1; done'
	podman exec -d short sleep 8765
	eventually sh -c "grep -lz '^8765$' /proc/[0-9]*/cmdline"
	podman exec short touch /tmp/end
	podman wait short
	eventually sh -c "! grep -lz '^8765$' /proc/[0-9]*/cmdline"
	podman rm short
}

@test "exec: in a container with a user namespace" {
	podman run -d --network none --name mapped --uidmap 0:100000:2000 --gidmap 0:200000:2000 $box sleep 100
	podman exec -d mapped sleep 5432
	eventually sh -c "grep -lz '^5432$' /proc/[0-9]*/cmdline"
	it=$(grep -lz '^5432$' /proc/[0-9]*/cmdline | head -1 | cut -d/ -f3)
	is "$(status_of $it Uid)" '100000 100000 100000 100000'
	is "$(ns $it user)" "$(ns "$(pid_of mapped)" user)"
	is "$(podman exec --user 5:6 mapped sh -c 'id -u; id -g')" $'5\n6'
	out=$(on_tty "$PODMAN exec -t --user 5 mapped sh -c 'tty; stat -c %u \$(tty)'")
	matches "$out" $'/dev/pts/[0-9]+\n5$'
}

@test "exec: leaves nothing of the runtime behind" {
	podman exec it true
	eventually sh -c '! cat /proc/[0-9]*/comm | grep -qx "hull\|runc"'
	is "$(find /proc/[0-9]*/comm -exec grep -l '^runc:\|^hull' {} + 2>/dev/null | wc -l)" 0
}
