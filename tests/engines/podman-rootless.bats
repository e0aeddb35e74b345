# SPDX-License-Identifier: Apache-2.0
#
# podman of an ordinary user.

load lib

bats_require_minimum_version 1.5.0

setup_file() {
	need_images eng_podman
}

teardown() {
	remove_all eng_podman
}

eng_run() {
	eng_podman run --rm --network none "$@"
}

eng_start() { # NAME ARGUMENTS...
	eng_podman run -d --network none --name "$@" >/dev/null
}

eng_pid() {
	eng_podman inspect -f '{{.State.Pid}}' "$1"
}

@test "rootless run: root inside is the user outside" {
	eng_start it $box sh -c 'touch /made; id -u; sleep 100'
	pid=$(eng_pid it)
	is "$(status_of $pid Uid)" "$ENG_UID $ENG_UID $ENG_UID $ENG_UID"
	isnt "$(ns $pid user)" "$(ns self user)"
	set -- $(cat "/proc/$pid/uid_map")
	is "$1 $2 $3" "0 $ENG_UID 1"
	is "$4 $5 $6" '1 100000 65536'
	is "$(eng_podman logs it)" 0
	is "$(stat -c %u "/proc/$pid/root/made")" "$ENG_UID"
}

@test "rootless run: output, status" {
	run --separate-stderr eng_run $box sh -c 'echo out; echo err >&2; exit 43'
	status_is 43
	is "$output" out
	is "$stderr" err
}

@test "rootless run --user: an id of the user's range, with its groups" {
	eng_start it --user app $box sleep 100
	pid=$(eng_pid it)
	is "$(status_of $pid Uid)" '100999 100999 100999 100999'
	has " $(status_of $pid Groups) " ' 101999 '
	is "$(eng_podman exec it id -G)" '1000 2000'
}

@test "rootless run: capabilities, filter, namespaces" {
	eng_start it $box sleep 100
	pid=$(eng_pid it)
	is "$(status_of $pid CapEff)" 00000000800405fb
	is "$(status_of $pid Seccomp)" 2
	for kind in pid mnt ipc uts net; do
		isnt "$(ns $pid $kind)" "$(ns self $kind)" $kind
	done
}

@test "rootless run: proc, sys and dev are there, and masked" {
	out=$(eng_run $box sh -c 'exec 2>&1; head -c 3 /dev/zero | wc -c; echo x >/dev/null && echo null; cat /proc/1/comm; ls /sys/class/net
		echo 1 >/proc/sys/kernel/domainname; ls /sys/firmware | wc -l; for d in full random urandom tty; do stat -c %t:%T /dev/$d; done')
	has "$out" $'3\nnull\nsh\nlo\n'
	has "$out" 'Read-only file system'
	has "$out" $'0\n1:7\n1:8\n1:9\n5:0'
}

@test "rootless run -v: files of the user are root's inside, and stay the user's" {
	eng mkdir -p mine
	out=$(eng_run -v "/var/lib/$ENG_USER/mine:/v" $box sh -c 'echo hello >/v/f; stat -c %u:%g /v /v/f')
	is "$out" $'0:0\n0:0'
	is "$(stat -c %u:%g "/var/lib/$ENG_USER/mine/f")" "$ENG_UID:$ENG_UID"
	run eng_run -v "/var/lib/$ENG_USER/mine:/v:ro" $box sh -c 'echo x >/v/g'
	isnt "$status" 0
	has "$output" 'Read-only file system'
	out=$(eng_run -v "/var/lib/$ENG_USER/mine:/v:U" --user app $box stat -c %u /v)
	is "$out" 1000
	is "$(stat -c %u "/var/lib/$ENG_USER/mine")" 100999
	eng podman unshare rm -r mine
}

@test "rootless run -v: what the user may not read, root inside may not either" {
	echo secret >/run/hull-test/secret
	chmod 600 /run/hull-test/secret
	run eng_run -v /run/hull-test/secret:/s $box cat /s
	isnt "$status" 0
	has "$output" 'Permission denied'
	rm /run/hull-test/secret
}

@test "rootless --userns=keep-id: the user inside is the user" {
	eng mkdir -p kept
	eng_start it --userns=keep-id -v "/var/lib/$ENG_USER/kept:/v" $box sh -c 'id -u; id -g; echo x >/v/f; sleep 100'
	pid=$(eng_pid it)
	is "$(status_of $pid Uid)" "$ENG_UID $ENG_UID $ENG_UID $ENG_UID"
	eventually test -s "/var/lib/$ENG_USER/kept/f"
	is "$(eng_podman logs it)" "$ENG_UID"$'\n'"$ENG_UID"
	is "$(stat -c %u "/var/lib/$ENG_USER/kept/f")" "$ENG_UID"
	# root is another, of the range
	is "$(eng_podman exec --user 0 it sh -c 'id -u; touch /root/f'; stat -c %u "/proc/$pid/root/root/f")" $'0\n100000'
	rm -r "/var/lib/$ENG_USER/kept"
}

@test "rootless --userns=keep-id: on a terminal" {
	out=$(cd "/var/lib/$ENG_USER" && on_tty "setpriv --reuid $ENG_UID --regid $ENG_UID --init-groups --reset-env \
		env XDG_RUNTIME_DIR=/run/user/$ENG_UID PATH=$PATH $PODMAN run --rm --network none -it --userns=keep-id $box sh -c 'tty; id -u; stat -c %u \$(tty)'")
	is "$out" $'/dev/pts/0\n'"$ENG_UID"$'\n'"$ENG_UID"
}

@test "rootless --uidmap" {
	eng_start it --uidmap 0:1:1000 --gidmap 0:1:1000 $box sleep 100
	is "$(status_of "$(eng_pid it)" Uid)" '100000 100000 100000 100000'
	is "$(eng_podman exec it id -u)" 0
}

@test "rootless exec: in its namespaces, as its user, with status" {
	eng_start it --user app $box sleep 100
	pid=$(eng_pid it)
	eng_podman exec -d it sleep 6543
	eventually sh -c "grep -lz '^6543$' /proc/[0-9]*/cmdline"
	it=$(grep -lz '^6543$' /proc/[0-9]*/cmdline | head -1 | cut -d/ -f3)
	for kind in mnt pid ipc uts net user; do
		is "$(ns $it $kind)" "$(ns $pid $kind)" $kind
	done
	is "$(status_of $it Uid)" '100999 100999 100999 100999'
	run eng_podman exec it sh -c 'exit 21'
	status_is 21
	is "$(echo piped | eng_podman exec -i it cat)" piped
	is "$(eng_podman exec --user 0 it id -u)" 0
}

@test "rootless exec -t" {
	eng_start it $box sleep 100
	out=$(cd "/var/lib/$ENG_USER" && on_tty "setpriv --reuid $ENG_UID --regid $ENG_UID --init-groups --reset-env \
		env XDG_RUNTIME_DIR=/run/user/$ENG_UID PATH=$PATH $PODMAN exec -t it sh -c 'tty; test -t 0 && echo yes'")
	matches "$out" $'/dev/pts/[0-9]+\nyes'
}

@test "rootless run -t" {
	out=$(cd "/var/lib/$ENG_USER" && on_tty "stty rows 22 cols 66; setpriv --reuid $ENG_UID --regid $ENG_UID --init-groups --reset-env \
		env XDG_RUNTIME_DIR=/run/user/$ENG_UID PATH=$PATH $PODMAN run --rm --network none -it $box sh -c 'tty; sleep 0.5; stty size'")
	is "$out" $'/dev/pts/0\n22 66'
}

@test "rootless exit codes: 125, 126, 127" {
	run eng_run --no-such-option $box true
	status_is 125
	run eng_run $box /bin/noexec-file
	status_is 126
	run -127 eng_run $box no-such-command
	run -127 eng_run $box /no/such/command
}

@test "rootless run -d, logs, stop, kill, restart, rm" {
	eng_start it $box sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'
	eventually sh -c "$(declare -f eng eng_podman); PODMAN='$PODMAN'; eng_podman logs it | grep -q ready"
	eng_podman stop -t 20 it
	is "$(eng_podman inspect -f '{{.State.ExitCode}}' it)" 7
	eng_podman start it
	a=$(eng_pid it)
	eng_podman restart -t 0 it
	isnt "$a" "$(eng_pid it)"
	eng_podman kill it
	is "$(eng_podman wait it)" 137
	id=$(eng_podman inspect -f '{{.Id}}' it)
	eng_podman rm it
	is "$(find "/run/user/$ENG_UID" -path '*/exits' -prune -o -name "*$id*" -print | wc -l)" 0 'files left'
	is "$(find /sys/fs/cgroup -type d -name "*$id*" | wc -l)" 0 'cgroups left'
}

@test "rootless --read-only, --tmpfs, --init, --hostname, --ulimit, --umask, --workdir" {
	out=$(eng_run --read-only --tmpfs /t:size=1m --init --hostname here --ulimit nofile=77:88 --ulimit nproc=900:900 --umask 0077 -w /var \
		$box sh -c 'echo x 2>/dev/null >/bin/f || echo x >/t/f && echo t; cat /proc/1/comm; hostname; ulimit -Sn; ulimit -Hn; umask; pwd')
	matches "$out" $'t\n(catatonit|podman-init)\nhere\n77\n88\n0077\n/var'
}

@test "rootless --cap-add, --cap-drop, --security-opt" {
	out=$(eng_run --cap-drop all --cap-add net_raw --security-opt no-new-privileges --security-opt seccomp=unconfined \
		$box grep -E '^(Cap(Eff|Bnd)|NoNewPrivs|Seccomp):' /proc/self/status)
	has "$out" $'CapEff:\t0000000000002000'
	has "$out" $'CapBnd:\t0000000000002000'
	has "$out" $'NoNewPrivs:\t1'
	has "$out" $'Seccomp:\t0'
}

@test "rootless --privileged: all capabilities, of the user's own namespace" {
	out=$(eng_run --privileged $box sh -c 'exec 2>&1; sed -n "s/CapEff:.//p" /proc/self/status; mkdir /m; mount -t tmpfs x /m && echo mounted; echo 1 >/proc/sys/kernel/panic || echo refused')
	has "$out" mounted
	has "$out" refused
	has "$out" 000001ff
}

@test "rootless --network host, --pid host, --uts host" {
	eng_podman run -d --name it --network host --pid host --uts host $box sleep 100
	pid=$(eng_pid it)
	for kind in net pid uts; do
		is "$(ns $pid $kind)" "$(ns self $kind)" $kind
	done
	is "$(eng_podman exec it cat /proc/$pid/comm)" sleep
}

@test "rootless --device: of the host's, by its name" {
	out=$(eng_run --device /dev/zero:/dev/nil $box sh -c 'head -c 4 /dev/nil | wc -c')
	is "$out" 4
}

@test "rootless --sysctl" {
	out=$(eng_run --sysctl net.ipv4.ip_forward=1 $box cat /proc/sys/net/ipv4/ip_forward)
	is "$out" 1
}

@test "rootless top, cp, commit, healthcheck" {
	eng_start it --health-cmd 'test -e /root/f' --health-interval disable $box sleep 1357
	has "$(eng_podman top it args)" 'sleep 1357'
	run eng_podman healthcheck run it
	status_is 1
	echo copied >/tmp/f && chmod 644 /tmp/f
	eng_podman cp /tmp/f it:/root/f
	is "$(eng_podman exec it cat /root/f)" copied
	eng_podman healthcheck run it
	eng_podman commit -q it localhost/committed:1
	is "$(eng_run localhost/committed:1 cat /root/f)" copied
	eng_podman rmi localhost/committed:1
}

@test "rootless pod" {
	eng_podman pod create --infra-image $pause --name group --network none --hostname poddy
	eng_podman run -d --pod group --name one $box sleep 100
	eng_podman run -d --pod group --name two $box sleep 100
	is "$(ns "$(eng_pid one)" net)" "$(ns "$(eng_pid two)" net)"
	is "$(ns "$(eng_pid one)" user)" "$(ns "$(eng_pid two)" user)"
	is "$(eng_podman exec two hostname)" poddy
}

@test "rootless pause: in a cgroup that the user was given" {
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip 'podman 4.3: can not pause containers on rootless containers with cgroup V1'
	mkdir -p /sys/fs/cgroup/eng/login
	chown -R "$ENG_UID" /sys/fs/cgroup/eng
	(
		echo $BASHPID >/sys/fs/cgroup/eng/login/cgroup.procs
		eng_podman run -d --network none --cgroup-parent /eng --name it $box sleep 100
		eng_podman pause it
		is "$(frozen "$(eng_pid it)")" yes
		eng_podman unpause it
		is "$(frozen "$(eng_pid it)")" no
	)
}

@test "rootless: four at once" {
	pids=()
	for i in 1 2 3 4; do
		(eng_run $box echo "$i" >"$BATS_TEST_TMPDIR/$i") 3>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "$(cat "$BATS_TEST_TMPDIR"/[1-4] | tr '\n' ' ')" '1 2 3 4 '
}
