# SPDX-License-Identifier: Apache-2.0
#
# buildah: images made by running things, each in a container of the runtime under test.

load lib

bats_require_minimum_version 1.5.0

setup_file() {
	need_images
	need_images eng_podman
}

teardown() {
	buildah rm -a >/dev/null
	eng_buildah rm -a >/dev/null
}

# new [ARGUMENTS...]: a working container of the box, its name
new() {
	buildah from --pull-never "$@" $box
}

brun() {
	buildah run --isolation oci --network none "$@"
}

# A shell script in place of the runtime, which writes down how it is called.
spy() {
	cat >"$BATS_TEST_TMPDIR/spy" <<-X
	#!/bin/sh
	echo "\$@" >>$BATS_TEST_TMPDIR/calls
	exec $RUNTIME "\$@"
	X
	chmod 755 "$BATS_TEST_TMPDIR/spy"
	for_all_to_read
	: >"$BATS_TEST_TMPDIR/calls"
	chmod 666 "$BATS_TEST_TMPDIR/calls"
}

# --- run ------------------------------------------------------------------------------------------------

@test "buildah run: it is the runtime that runs it, from create to delete" {
	spy
	c=$(new)
	out=$(RUNTIME=$BATS_TEST_TMPDIR/spy buildah run --isolation oci --network none "$c" echo ran)
	is "$out" ran
	for command in create start state delete; do
		matches "$(cat "$BATS_TEST_TMPDIR/calls")" "(^|"$'\n'"| )$command "
	done
	is "$("$RUNTIME" list -q 2>/dev/null || "$RUNTIME" list | sed 1d)" '' 'containers left'
}

@test "buildah run: output, error output and status" {
	c=$(new)
	run --separate-stderr brun "$c" sh -c 'echo out; echo err >&2; exit 44'
	status_is 44
	is "$output" out
	has "$stderr" err
}

@test "buildah run: namespaces of its own" {
	c=$(new)
	out=$(brun "$c" sh -c 'for k in pid mnt ipc uts net; do readlink /proc/self/ns/$k; done; echo $$; ls /sys/class/net')
	for kind in pid mnt ipc uts net; do
		has_not "$out" "$(ns self $kind)"
	done
	has "$out" $'\n1\nlo'
}

@test "buildah run: user, groups, directory and environment of the configuration" {
	c=$(new)
	buildah config --user app --workingdir /var/tmp --env ONE=1 "$c"
	out=$(brun --env TWO=2 "$c" sh -c 'id -u; id -G; pwd; echo $ONE $TWO $HOME')
	is "$out" $'1000\n1000 2000\n/var/tmp\n1 2 /home/app'
	out=$(brun --user 5:6 --workingdir / "$c" sh -c 'id -u; id -g; pwd')
	is "$out" $'5\n6\n/'
}

@test "buildah run: capabilities, filter" {
	c=$(new)
	out=$(brun --cap-drop CAP_CHOWN --cap-add CAP_NET_RAW "$c" grep -E '^(CapEff|Seccomp):' /proc/self/status)
	caps=$((0x$(sed -n 's/CapEff:.//p' <<<"$out")))
	is $((caps & 1)) 0 CAP_CHOWN
	is $((caps >> 13 & 1)) 1 CAP_NET_RAW
	is $((caps >> 21 & 1)) 0 CAP_SYS_ADMIN
	has "$out" $'Seccomp:\t2'
}

@test "buildah run -v and --mount: bind, read-only, tmpfs" {
	c=$(new)
	mkdir "$BATS_TEST_TMPDIR/v"
	echo outside >"$BATS_TEST_TMPDIR/v/in"
	out=$(brun -v "$BATS_TEST_TMPDIR/v:/v" --mount type=tmpfs,destination=/t "$c" sh -c 'cat /v/in; echo x >/v/out; stat -f -c %T /t')
	is "$out" $'outside\ntmpfs'
	is "$(cat "$BATS_TEST_TMPDIR/v/out")" x
	run brun -v "$BATS_TEST_TMPDIR/v:/v:ro" "$c" sh -c 'echo x >/v/no'
	isnt "$status" 0
	has "$output" 'Read-only file system'
}

@test "buildah run --terminal" {
	c=$(new)
	out=$(on_tty "stty rows 29 cols 79; buildah run --runtime $RUNTIME --isolation oci --network none --terminal $c sh -c 'tty; test -t 0 -a -t 1 -a -t 2 && echo all; sleep 0.5; stty size'")
	has "$out" $'/dev/pts/0\nall\n29 79'
	run on_tty "buildah run --runtime $RUNTIME --isolation oci --network none -t $c sh -c 'exit 19'"
	status_is 19
}

@test "buildah run: stdin" {
	c=$(new)
	is "$(echo piped | brun "$c" cat)" piped
}

@test "buildah run --hostname, --network host" {
	c=$(new)
	is "$(brun --hostname there "$c" hostname)" there
	is "$(buildah run --isolation oci --network host "$c" readlink /proc/self/ns/net)" "$(ns self net)"
}

@test "buildah run: what is not there, and what may not be executed" {
	c=$(new)
	run brun "$c" no-such-command
	isnt "$status" 0
	matches "$output" 'executable file .*not found in \$PATH'
	run brun "$c" /bin/noexec-file
	isnt "$status" 0
	matches "${output,,}" 'permission denied'
}

@test "buildah run: a program that dies of a signal" {
	c=$(new)
	run brun "$c" sh -c 'sh -c "kill -KILL \$\$"; exit $?'
	status_is 137
}

@test "buildah from --memory, --pids-limit...: limits" {
	need_controller memory
	c=$(new --memory 64m --cpu-shares 300 --ulimit nofile=55:66)
	out=$(brun "$c" sh -c 'for f in memory/memory.limit_in_bytes cpu/cpu.shares memory.max cpu.weight; do cat /sys/fs/cgroup/$f 2>/dev/null; done; ulimit -Sn; ulimit -Hn')
	matches "$out" $'^67108864\n[0-9]+\n55\n66$'
}

@test "buildah from --userns-uid-map: other ids" {
	c=$(new --userns-uid-map 0:100000:2000 --userns-gid-map 0:200000:2000)
	out=$(brun "$c" sh -c 'id -u; tr -s " " </proc/self/uid_map; touch /root/f; stat -c %u /root/f')
	is "$out" $'0\n 0 100000 2000\n0'
	m=$(buildah mount "$c")
	is "$(stat -c %u:%g "$m/root/f")" 100000:200000
	buildah umount "$c"
}

@test "buildah: from scratch, copy, run, commit; podman runs it" {
	c=$(buildah from scratch)
	buildah copy -q "$c" "$ROOT/images/box" /
	brun "$c" sh -c 'echo made by run >/made; chown app /made; mkdir /var/new'
	buildah config --cmd '["cat","/made"]' --env PATH=/bin --user app "$c"
	buildah commit -q "$c" localhost/scratch:1
	is "$(podman run --rm --network none localhost/scratch:1)" 'made by run'
	is "$(podman run --rm --network none localhost/scratch:1 stat -c %U /made)" app
	buildah rmi localhost/scratch:1
}

@test "buildah run: what a run made is there in the next" {
	c=$(new)
	brun "$c" sh -c 'echo 1 >/n'
	brun "$c" sh -c 'echo 2 >>/n'
	is "$(brun "$c" cat /n)" $'1\n2'
}

# --- bud -------------------------------------------------------------------------------------------------

bud() { # ARGUMENTS..., Dockerfile on stdin
	mkdir -p "$BATS_TEST_TMPDIR/ctx"
	cat >"$BATS_TEST_TMPDIR/ctx/Dockerfile"
	buildah bud --isolation oci --network none --pull-never "$@" "$BATS_TEST_TMPDIR/ctx"
}

@test "buildah bud: RUN steps, with ARG, ENV, USER, WORKDIR" {
	spy
	RUNTIME=$BATS_TEST_TMPDIR/spy bud -t localhost/bud:1 --build-arg GIVEN=yes <<-X
	FROM $box
	ARG GIVEN
	ENV KEPT=kept
	RUN echo "\$GIVEN \$KEPT" >/first && id -u >>/first
	WORKDIR /home/app
	USER app
	RUN id -u >second && pwd >>second && stat -c %U second >>second
	RUN ["sh", "-c", "test -s /first && echo exec form >third"]
	CMD cat /first second third
	X
	is "$(podman run --rm --network none localhost/bud:1)" $'yes kept\n0\n1000\n/home/app\napp\nexec form'
	is "$(grep -c 'create ' "$BATS_TEST_TMPDIR/calls")" 3 'RUN steps that the runtime created'
	buildah rmi localhost/bud:1
}

@test "buildah bud: stages, COPY --from and COPY of the context" {
	mkdir "$BATS_TEST_TMPDIR/ctx"
	echo 'from the context' >"$BATS_TEST_TMPDIR/ctx/file"
	bud -t localhost/bud:2 <<-X
	FROM $box AS first
	RUN mkdir /out && echo "from the stage" >/out/f
	FROM $box
	COPY --from=first /out/f /f
	COPY --chown=app:app file /g
	RUN cat /f /g >/h && stat -c %U /g >>/h
	CMD cat /h
	X
	is "$(podman run --rm --network none localhost/bud:2)" $'from the stage\nfrom the context\napp'
	buildah rmi localhost/bud:2
}

@test "buildah bud: a RUN that fails fails the build, with its status" {
	run bud -t localhost/bud:3 <<-X
	FROM $box
	RUN echo before; exit 23
	X
	isnt "$status" 0
	has "$output" before
	has "$output" 'exit status 23'
	run buildah inspect --type image localhost/bud:3
	isnt "$status" 0
	is "$(find /sys/fs/cgroup -type d -name '*buildah*' | wc -l)" 0 'cgroups left'
}

@test "buildah bud: RUN --mount: bind, cache, tmpfs, secret" {
	mkdir "$BATS_TEST_TMPDIR/ctx"
	echo context >"$BATS_TEST_TMPDIR/ctx/file"
	echo hidden >"$BATS_TEST_TMPDIR/secret"
	bud -t localhost/bud:4 --secret "id=s,src=$BATS_TEST_TMPDIR/secret" <<-X
	FROM $box
	RUN --mount=type=bind,source=file,target=/b cat /b >/out
	RUN --mount=type=cache,target=/c echo cached >/c/f
	RUN --mount=type=cache,target=/c cat /c/f >>/out
	RUN --mount=type=tmpfs,target=/t stat -f -c %T /t >>/out
	RUN --mount=type=secret,id=s cat /run/secrets/s >>/out
	RUN test ! -s /run/secrets/s && test ! -e /c/f && ls /t | wc -l >>/out
	CMD cat /out
	X
	is "$(podman run --rm --network none localhost/bud:4)" $'context\ncached\ntmpfs\nhidden\n0'
	buildah rmi localhost/bud:4
}

@test "buildah bud --layers: the second time takes the layers" {
	for i in 1 2; do
		out=$(bud --layers -t localhost/bud:5 2>&1 <<-X
		FROM $box
		RUN date +%s%N >/when
		CMD cat /when
		X
		)
		when[i]=$(podman run --rm --network none localhost/bud:5)
	done
	has "$out" 'Using cache'
	is "${when[1]}" "${when[2]}"
	buildah rmi localhost/bud:5
}

@test "buildah bud --volume, --cap-add, --ulimit, --shm-size" {
	mkdir "$BATS_TEST_TMPDIR/v"
	bud -t localhost/bud:6 -v "$BATS_TEST_TMPDIR/v:/v" --cap-add sys_admin --ulimit nofile=44:55 --shm-size 2m <<-X
	FROM $box
	RUN echo x >/v/f; sed -n 's/CapEff:.//p' /proc/self/status >/v/caps; ulimit -Hn >/v/limit; df -k /dev/shm | tail -1 >/v/shm
	X
	is "$(cat "$BATS_TEST_TMPDIR/v/f")" x
	is $((0x$(cat "$BATS_TEST_TMPDIR/v/caps") >> 21 & 1)) 1 CAP_SYS_ADMIN
	is "$(cat "$BATS_TEST_TMPDIR/v/limit")" 55
	matches "$(cat "$BATS_TEST_TMPDIR/v/shm")" ' 2048 '
	buildah rmi localhost/bud:6
}

@test "podman build: RUN by the runtime too" {
	mkdir "$BATS_TEST_TMPDIR/ctx"
	printf 'FROM %s\nRUN echo built >/f\nCMD cat /f\n' $box >"$BATS_TEST_TMPDIR/ctx/Dockerfile"
	podman build -q --isolation oci --network none -t localhost/pb:1 "$BATS_TEST_TMPDIR/ctx"
	is "$(podman run --rm --network none localhost/pb:1)" built
	podman rmi localhost/pb:1
}

# --- an ordinary user -----------------------------------------------------------------------------------

eng_new() {
	eng_buildah from --pull-never "$@" $box
}

eng_brun() {
	eng_buildah run --isolation oci --network none "$@"
}

@test "rootless buildah run: by the runtime, as the user outside" {
	spy
	c=$(eng_new)
	out=$(RUNTIME=$BATS_TEST_TMPDIR/spy eng_buildah run --isolation oci --network none "$c" sh -c 'id -u; tr -s " " </proc/self/uid_map | head -1; echo x >/root/f')
	is "$out" $'0\n 0 '"$ENG_UID 1"
	has "$(cat "$BATS_TEST_TMPDIR/calls")" 'create '
	is "$(eng_brun "$c" stat -c %u /root/f)" 0
	# without --isolation it is "rootless", which takes the runtime too
	: >"$BATS_TEST_TMPDIR/calls"
	RUNTIME=$BATS_TEST_TMPDIR/spy eng_buildah run --network none "$c" true
	has "$(cat "$BATS_TEST_TMPDIR/calls")" 'create '
}

@test "rootless buildah run: output, status, user, mounts" {
	c=$(eng_new)
	run eng_brun "$c" sh -c 'echo out; exit 45'
	status_is 45
	has "$output" out
	is "$(eng_brun --user app "$c" id -G)" '1000 2000'
	out=$(eng_brun --mount type=tmpfs,destination=/t "$c" sh -c 'stat -f -c %T /t; for k in pid mnt ipc uts net; do readlink /proc/self/ns/$k; done')
	has "$out" tmpfs
	for kind in pid mnt ipc uts net; do
		has_not "$out" "$(ns self $kind)"
	done
}

@test "rootless buildah bud: RUN steps" {
	mkdir "$BATS_TEST_TMPDIR/ctx"
	cat >"$BATS_TEST_TMPDIR/ctx/Dockerfile" <<-X
	FROM $box
	RUN echo by root >/f && chown app /f
	USER app
	RUN id -u >/home/app/g && stat -c %U /f >>/home/app/g
	CMD cat /f /home/app/g
	X
	for_all_to_read
	eng_buildah bud --isolation oci --network none --pull-never -t localhost/rootless:1 "$BATS_TEST_TMPDIR/ctx"
	is "$(eng_podman run --rm --network none localhost/rootless:1)" $'by root\n1000\napp'
	printf 'FROM %s\nRUN exit 24\n' $box >"$BATS_TEST_TMPDIR/ctx/Failing"
	run eng_buildah bud --isolation oci --network none --pull-never -f "$BATS_TEST_TMPDIR/ctx/Failing" "$BATS_TEST_TMPDIR/ctx"
	isnt "$status" 0
	has "$output" 'exit status 24'
	eng_podman rmi localhost/rootless:1
}

@test "rootless buildah: from scratch, copy, run, commit" {
	c=$(eng_buildah from scratch)
	eng_buildah copy -q "$c" "$ROOT/images/box" /
	eng_brun "$c" sh -c 'echo made by run >/made'
	eng_buildah config --cmd '["cat","/made"]' --env PATH=/bin "$c"
	eng_buildah commit -q "$c" localhost/scratch:1
	is "$(eng_podman run --rm --network none localhost/scratch:1)" 'made by run'
	eng_buildah rmi localhost/scratch:1
}
