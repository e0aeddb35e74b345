# SPDX-License-Identifier: Apache-2.0
#
# podman run: what its options make of the container.

load lib

bats_require_minimum_version 1.5.0

setup_file() {
	need_images
}

teardown() {
	remove_all
}

# --- the program ---------------------------------------------------------------------------------------

@test "run: stdout and stderr of the program come out apart, and its status" {
	run --separate-stderr prun $box sh -c 'echo out; echo err >&2; exit 42'
	status_is 42
	is "$output" out
	is "$stderr" err
}

@test "run: a program that dies of a signal ends with 128 and its number" {
	pstart victim $box sleep 100
	kill -KILL "$(pid_of victim)"
	is "$(podman wait victim)" 137
	run prun --init $box sh -c 'kill -TERM $$'
	status_is 143
}

@test "run -i: stdin is passed to the program" {
	out=$(echo 'through the pipe' | prun -i $box cat)
	is "$out" 'through the pipe'
}

@test "run: without -i stdin is empty" {
	out=$(echo nothing | prun $box sh -c 'cat; readlink /proc/self/fd/0')
	is "$out" /dev/null
}

@test "run: the program has descriptors 0, 1, 2 and no other" {
	out=$(prun $box sh -c "$open_fds")
	is "$out" '0 1 2 '
}

@test "run --preserve-fds: descriptor 3 is there, 4 is not" {
	out=$(
		exec 3<<<'by descriptor three' 4<<<'by descriptor four'
		prun --preserve-fds 1 $box sh -c "cat <&3; $open_fds"
	) || :
	is "$out" $'by descriptor three\n0 1 2 3 '
}

@test "run -t: a terminal of the container's own, with the size that is asked for" {
	# the terminal of script is the one that podman passes the size of
	out=$(on_tty "stty rows 33 cols 77; $PODMAN run --rm --network none -it $box sh -c '
		tty; ls -l /dev/console; test -t 0 -a -t 1 -a -t 2 && echo all three; sleep 0.5; stty size'")
	has "$out" /dev/pts/0
	matches "$out" 'crw--w---- +1 root +(root|tty|5) +136, +0 .* /dev/console'
	has "$out" 'all three'
	has "$out" '33 77'
}

@test "run -t: with a user, the terminal belongs to the user" {
	out=$(on_tty "$PODMAN run --rm --network none -t --user app $box \
		sh -c 'echo hello >\$(tty) && stat -c %u:%a \$(tty)'")
	is "$out" $'hello\n1000:620'
}

@test "run -t: the program's status comes through" {
	run on_tty "$PODMAN run --rm --network none -t $box sh -c 'exit 9'"
	status_is 9
}

@test "run: environment of image, options and engine" {
	out=$(prun -e ONE=1 -e 'TWO=a b=c' --hostname there $box env)
	has $'\n'"$out" $'\nONE=1\n'
	has "$out" 'TWO=a b=c'
	has "$out" 'FROM_IMAGE=yes'
	has "$out" 'PATH=/bin'
	has "$out" 'container=podman'
	has "$out" 'HOME=/root'
	has "$out" 'HOSTNAME=there'
}

@test "run: HOME is that of the user" {
	out=$(prun --user app $box sh -c 'echo $HOME')
	is "$out" /home/app
}

@test "run -w: working directory" {
	out=$(prun -w /var/tmp $box pwd)
	is "$out" /var/tmp
}

@test "run --entrypoint: with arguments" {
	out=$(prun --entrypoint '["echo","a  b"]' $box c)
	is "$out" 'a  b c'
}

@test "run --umask" {
	out=$(prun --umask 0027 $box sh -c 'umask; : >/tmp/f; stat -c %a /tmp/f')
	is "$out" $'0027\n640'
	out=$(prun $box sh -c umask)
	is "$out" 0022
}

# --- exit codes -----------------------------------------------------------------------------------------

@test "exit code 125: podman's own error" {
	run podman run --rm --no-such-option $box true
	status_is 125
}

@test "exit code 126: a file that is not executable" {
	run prun $box /bin/noexec-file
	status_is 126
	matches "${output,,}" 'permission denied'
	has "$output" noexec-file
}

@test "exit code 126: a directory" {
	run prun $box /tmp
	status_is 126
	matches "${output,,}" 'permission denied|is a directory'
}

@test "exit code 127: no such command in PATH" {
	run -127 prun $box no-such-command
	status_is 127
	has "$output" no-such-command
	matches "$output" 'executable file .*not found in \$PATH'
}

@test "exit code 127: no such absolute path" {
	run -127 prun $box /no/such/command
	status_is 127
	has "$output" /no/such/command
	has "$output" 'no such file or directory'
}

@test "exit codes: a failed start leaves no container process, cgroup or state" {
	podman create --name broken --network none $box no-such-command
	run podman start broken
	isnt "$status" 0
	is "$(podman inspect -f '{{.State.Pid}}' broken)" 0
	id=$(podman inspect -f '{{.Id}}' broken)
	podman rm broken
	is "$(find /sys/fs/cgroup -type d -name "*$id*" | wc -l)" 0 'cgroups left'
	is "$(find /run -path "*$id*" | wc -l)" 0 'files left in /run'
}

@test "the message of a failed create is the runtime's own sentence, once" {
	out=$(prun --sysctl net.no_such_thing=1 $box true 2>&1) && fail 'it was started'
	has "$out" "${RUNTIME##*/}: "
	is "$(grep -c 'no_such_thing' <<<"$out")" 1 'lines that name it'
}

@test "exit codes: the same by a name that podman's configuration does not have" {
	cp "$RUNTIME" "$BATS_TEST_TMPDIR/another"
	RUNTIME=$BATS_TEST_TMPDIR/another
	PODMAN="podman --runtime $RUNTIME"
	is "$(prun $box echo fine)" fine
	run -127 prun $box no-such-command
	has "$output" no-such-command
	run -127 prun $box /no/such/command
	run prun $box /bin/noexec-file
	status_is 126
	run prun $box sh -c 'exit 42'
	status_is 42
}

# --- namespaces ------------------------------------------------------------------------------------------

@test "namespaces: own pid, mnt, ipc, uts, net; the host's user namespace" {
	pstart ns $box sleep 100
	pid=$(pid_of ns)
	for kind in pid mnt ipc uts net; do
		isnt "$(ns $pid $kind)" "$(ns self $kind)" $kind
	done
	is "$(ns $pid user)" "$(ns self user)" user
	out=$(podman exec ns sh -c 'ps -o pid,comm | sed 1d; echo; cat /proc/1/comm')
	matches "$out" '^ +1 sleep'
	is "$(tail -1 <<<"$out")" sleep
	[ "$(grep -c . <<<"$out")" -le 5 ] # sleep, sh, ps, sed, the name
}

@test "namespaces: host's where asked for" {
	pstart ns --pid host --ipc host --uts host --cgroupns host $box sleep 100
	pid=$(pid_of ns)
	for kind in pid ipc uts cgroup; do
		is "$(ns $pid $kind)" "$(ns self $kind)" $kind
	done
	isnt "$(ns $pid mnt)" "$(ns self mnt)" mnt
}

@test "namespaces: those of another container" {
	pstart first --hostname first $box sleep 100
	podman run -d --name second --network container:first --pid container:first --ipc container:first \
		--uts container:first $box sleep 101
	a=$(pid_of first) b=$(pid_of second)
	for kind in pid ipc net uts; do
		is "$(ns $b $kind)" "$(ns $a $kind)" $kind
	done
	isnt "$(ns $b mnt)" "$(ns $a mnt)" mnt
	out=$(podman exec second sh -c 'ps -o args; hostname')
	has "$out" 'sleep 100'
	has "$out" 'sleep 101'
	has "$out" first
}

@test "--cgroupns private: the container sees its cgroup as the root" {
	out=$(prun --cgroupns private $box cat /proc/self/cgroup)
	is "$(grep -vc ':/$' <<<"$out")" 0 'lines that show more than /'
}

@test "--hostname and --domainname's place: hostname inside, not outside" {
	before=$(hostname)
	out=$(prun --hostname box.example $box sh -c 'hostname; cat /proc/sys/kernel/hostname; grep -c box.example /etc/hosts')
	is "$out" $'box.example\nbox.example\n1'
	is "$(hostname)" "$before"
}

# --- network ----------------------------------------------------------------------------------------------

@test "--network none: loopback alone, and up" {
	pstart alone $box sleep 100
	isnt "$(ns "$(pid_of alone)" net)" "$(ns self net)"
	is "$(podman exec alone ls /sys/class/net)" lo
	has "$(podman exec alone ip addr show lo)" 'inet 127.0.0.1/8'
}

@test "--network host: the host's own namespace" {
	podman run -d --name host --network host $box sleep 100
	is "$(ns "$(pid_of host)" net)" "$(ns self net)"
	is "$(podman exec host readlink /proc/self/ns/net)" "$(ns self net)"
}

@test "--network bridge: an address, and the host answers through it" {
	podman run -d --name web -p 8080:80 $box sh -c 'mkdir /www; echo served >/www/index.html; httpd -f -p 80 -h /www'
	addr=$(podman inspect -f '{{.NetworkSettings.IPAddress}}' web)
	has "$(podman exec web ip addr show eth0)" "inet $addr/16"
	eventually busybox wget -q -O /dev/null "http://$addr/"
	is "$(busybox wget -q -O - "http://$addr/")" served
	is "$(busybox wget -q -O - "http://127.0.0.1:8080/")" served 'published port'
}

# --- users -------------------------------------------------------------------------------------------------

@test "--user NAME: ids and groups of the image's passwd and group" {
	pstart u --user app $box sleep 100
	pid=$(pid_of u)
	is "$(status_of $pid Uid)" '1000 1000 1000 1000'
	is "$(status_of $pid Gid)" '1000 1000 1000 1000'
	has " $(status_of $pid Groups) " ' 2000 '
	is "$(podman exec u id -u)" 1000
}

@test "--user UID:GID and --group-add" {
	pstart u --user 4321:765 --group-add 3000 --group-add 3001 $box sleep 100
	pid=$(pid_of u)
	is "$(status_of $pid Uid)" '4321 4321 4321 4321'
	is "$(status_of $pid Gid)" '765 765 765 765'
	for g in 3000 3001; do
		has " $(status_of $pid Groups) " " $g "
	done
}

@test "--uidmap and --gidmap: root inside is another outside, and owns its files" {
	pstart mapped --uidmap 0:100000:2000 --gidmap 0:200000:3000 $box sh -c 'touch /made; id -u; sleep 100'
	pid=$(pid_of mapped)
	is "$(status_of $pid Uid)" '100000 100000 100000 100000'
	is "$(status_of $pid Gid)" '200000 200000 200000 200000'
	is "$(tr -s ' ' <"/proc/$pid/uid_map")" ' 0 100000 2000'
	is "$(tr -s ' ' <"/proc/$pid/gid_map")" ' 0 200000 3000'
	isnt "$(ns $pid user)" "$(ns self user)" user
	eventually test -e "/proc/$pid/root/made"
	is "$(stat -c %u:%g "/proc/$pid/root/made")" 100000:200000
	is "$(podman exec mapped stat -c %u:%g /made)" 0:0
	is "$(podman exec --user 1000 mapped id -u)" 1000
}

@test "--uidmap: /proc, /sys, /dev are usable and the root is not the host's" {
	out=$(prun --uidmap 0:100000:2000 --gidmap 0:200000:3000 $box sh -c '
		echo $$ >/dev/null; head -c4 /dev/zero | wc -c; ls /sys/class/net; cat /proc/1/comm
		dd if=/dev/urandom of=/tmp/x bs=1 count=1 2>/dev/null && echo read; echo hi >/proc/1/oom_score_adj 2>/dev/null || echo no')
	is "$out" $'4\nlo\nsh\nread\nno'
}

@test "--userns=auto: a range of the containers user" {
	pstart auto --userns=auto:size=3000 $box sleep 100
	pid=$(pid_of auto)
	set -- $(cat "/proc/$pid/uid_map")
	is "$1" 0
	[ "$2" -ge 1000000 ]
	is "$3" 3000
	is "$(podman exec auto id -u)" 0
}

@test "--userns=container:NAME: the other's user namespace" {
	pstart first --uidmap 0:100000:2000 --gidmap 0:200000:2000 $box sleep 100
	pstart second --userns container:first $box sleep 101
	is "$(ns "$(pid_of second)" user)" "$(ns "$(pid_of first)" user)"
	is "$(status_of "$(pid_of second)" Uid)" '100000 100000 100000 100000'
}

# --- privileges -------------------------------------------------------------------------------------------

# chown dac_override fowner fsetid kill setgid setuid setpcap net_bind_service sys_chroot setfcap
default_caps=00000000800405fb

@test "capabilities: podman's default set, in all sets that have them" {
	pstart it $box sleep 100
	pid=$(pid_of it)
	for set in CapPrm CapEff CapBnd; do
		is "$(status_of $pid $set)" $default_caps $set
	done
	is "$(status_of $pid CapInh)" 0000000000000000 CapInh
	is "$(status_of $pid CapAmb)" 0000000000000000 CapAmb
	is "$(podman exec it sed -n 's/CapEff:.//p' /proc/self/status)" $default_caps 'of exec'
}

@test "--cap-add and --cap-drop" {
	out=$(prun --cap-drop all --cap-add net_raw --cap-add CAP_CHOWN $box grep ^Cap /proc/self/status)
	for set in CapPrm CapEff CapBnd; do
		has "$out" $set$':\t0000000000002001'
	done
	run prun --cap-drop chown $box chown 1 /tmp
	isnt "$status" 0
	has "$output" 'Operation not permitted'
}

@test "--user: an ordinary user has no capabilities, and those that are added are ambient" {
	out=$(prun --user app $box grep ^Cap /proc/self/status)
	has "$out" $'CapEff:\t0000000000000000'
	has "$out" $'CapPrm:\t0000000000000000'
	has "$out" $'CapBnd:\t'$default_caps
	out=$(prun --user app --cap-add net_bind_service $box grep ^Cap /proc/self/status)
	has "$out" $'CapEff:\t0000000000000400'
	has "$out" $'CapAmb:\t0000000000000400'
}

@test "--privileged: all that the host may give, its devices, no masks, no filter" {
	pstart priv --privileged $box sleep 100
	pid=$(pid_of priv)
	is "$(status_of $pid CapEff)" "$(status_of self CapBnd)" CapEff
	is "$(status_of $pid Seccomp)" 0 Seccomp
	is "$(status_of $pid NoNewPrivs)" 0 NoNewPrivs
	out=$(podman exec priv sh -c 'ls /dev; mount | grep "on /sys type"; mount | grep -c "on /proc/"; mount -t tmpfs x /mnt 2>&1 || { mkdir /mnt && mount -t tmpfs x /mnt; } && echo mounted')
	has "$out" kmsg
	has "$out" '/sys type sysfs (rw'
	has "$out" $'\n0\n'
	has "$out" mounted
}

@test "no_new_privs: off by default, on with --security-opt" {
	is "$(prun $box sed -n 's/NoNewPrivs:.//p' /proc/self/status)" 0
	is "$(prun --security-opt no-new-privileges $box sed -n 's/NoNewPrivs:.//p' /proc/self/status)" 1
}

@test "seccomp: the default profile filters" {
	pstart s $box sleep 100
	is "$(status_of "$(pid_of s)" Seccomp)" 2
	# it lets few personalities through
	run podman exec s linux64 -R true
	isnt "$status" 0
	is "$(podman exec s sed -n 's/Seccomp:.//p' /proc/self/status)" 2 'of exec'
}

@test "seccomp: a profile of one's own, with its errno" {
	cat >"$BATS_TEST_TMPDIR/p.json" <<-X
	{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
	{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":37},
	{"names":["chmod","fchmodat"],"action":"SCMP_ACT_ERRNO","args":[{"index":1,"value":511,"op":"SCMP_CMP_EQ"}]}]}
	X
	run prun --security-opt seccomp="$BATS_TEST_TMPDIR/p.json" $box mkdir /made
	isnt "$status" 0
	has "$output" 'No locks available'
	run prun --security-opt seccomp="$BATS_TEST_TMPDIR/p.json" $box sh -c 'chmod 755 /tmp && echo 755 done; chmod 777 /tmp'
	isnt "$status" 0
	has "$output" '755 done'
	has "$output" 'Operation not permitted'
}

@test "seccomp: unconfined" {
	out=$(prun --security-opt seccomp=unconfined $box sh -c 'sed -n "s/Seccomp:.//p" /proc/self/status; linux64 -R echo in')
	is "$out" $'0\nin'
}

@test "masked and read-only paths" {
	masked=()
	for f in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/latency_stats; do
		[ ! -e $f ] || masked+=($f)
	done
	[ ${#masked[@]} -gt 0 ]
	out=$(prun --cap-add all $box sh -c 'exec 2>&1
		cat "$@" | wc -c; ls /proc/acpi /sys/firmware 2>/dev/null | grep -c "^[^/]"
		cd /proc; for f in sys/kernel/domainname irq/default_smp_affinity; do v=$(cat $f); echo $v >$f; done' sh "${masked[@]}") || :
	is "$(head -2 <<<"$out")" $'0\n0' 'bytes of files and entries of directories'
	is "$(grep -c 'Read-only file system' <<<"$out")" 2 'refusals'
}

@test "--security-opt unmask=ALL and mask=PATH" {
	out=$(prun --security-opt unmask=ALL $box sh -c 'mount | grep -c " on /proc/"' || :)
	is "$out" 0
	out=$(prun --security-opt mask=/proc/cpuinfo:/sys/kernel $box sh -c 'wc -c </proc/cpuinfo; ls /sys/kernel | wc -l')
	is "$out" $'0\n0'
}

@test "--ulimit: soft and hard, as the kernel has them" {
	pstart l --ulimit nofile=100:200 --ulimit core=0 --ulimit nproc=500:600 $box sleep 100
	out=$(tr -s ' ' <"/proc/$(pid_of l)/limits")
	has "$out" 'Max open files 100 200'
	has "$out" 'Max core file size 0 0'
	has "$out" 'Max processes 500 600'
	is_runtime runc && return # its language's runtime raises the soft limit, and at times that stays
	is "$(podman exec l sh -c 'ulimit -Sn; ulimit -Hn')" $'100\n200' 'of exec'
}

@test "--sysctl: of the container's namespaces alone" {
	before=$(cat /proc/sys/net/core/somaxconn)
	out=$(prun --sysctl net.core.somaxconn=77 --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=9999 \
		$box cat /proc/sys/net/core/somaxconn /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax)
	is "$out" $'77\n1\n9999'
	is "$(cat /proc/sys/net/core/somaxconn)" "$before" "the host's"
}

@test "--oom-score-adj" {
	out=$(prun --oom-score-adj 500 $box cat /proc/self/oom_score_adj)
	is "$out" 500
}

# --- devices -----------------------------------------------------------------------------------------------

@test "devices: the default ones, and the links" {
	out=$(prun $box sh -c 'cd /dev; for d in null zero full random urandom tty; do stat -c "%n %t:%T %a" $d; done; for l in fd stdin stdout stderr ptmx; do echo $l $(readlink $l); done')
	is "$out" "null 1:3 666
zero 1:5 666
full 1:7 666
random 1:8 666
urandom 1:9 666
tty 5:0 666
fd /proc/self/fd
stdin /proc/self/fd/0
stdout /proc/self/fd/1
stderr /proc/self/fd/2
ptmx pts/ptmx"
}

@test "devices: they work, and those not given do not" {
	out=$(prun --cap-add mknod $box sh -c 'exec 2>&1
		head -c 3 /dev/zero | wc -c; echo x 2>/dev/null >/dev/full || echo full; head -c 9 /dev/urandom | wc -c
		mknod /tmp/kmsg c 1 11; head -c 1 /tmp/kmsg; mknod /tmp/null c 1 3 && echo x >/tmp/null && echo null')
	has "$out" $'3\n'
	has "$out" $'full\n9'
	has "$out" '/tmp/kmsg: Operation not permitted'
	has "$out" null
}

@test "--device: another name, and only the access that is given" {
	out=$(prun --device /dev/zero:/dev/nil:r $box sh -c 'stat -c "%t:%T" /dev/nil; head -c 5 /dev/nil | wc -c; cat /proc/self/attr/current 2>/dev/null >/dev/null; echo done')
	is "$out" $'1:5\n5\ndone'
}

# A device that no default gives. Its driver need not be there: the cgroup has its say before that.
@test "--device: no other access than is given" {
	mknod "$BATS_TEST_TMPDIR/dev" c 10 229
	out=$(prun --device "$BATS_TEST_TMPDIR/dev:/dev/it:r" $box sh -c 'exec 2>&1; stat -c %t:%T /dev/it; true </dev/it; echo; true >/dev/it') || :
	is "$(head -1 <<<"$out")" a:e5
	is "$(grep -c 'Operation not permitted' <<<"$out")" 1 'refusals (of read and write)'
	has "$(tail -1 <<<"$out")" 'Operation not permitted'
	out=$(prun --device "$BATS_TEST_TMPDIR/dev:/dev/it:rw" $box sh -c 'exec 2>&1; true </dev/it; echo; true >/dev/it') || :
	has_not "$out" 'Operation not permitted'
}

@test "--device-cgroup-rule: a node made inside may be opened" {
	run prun --cap-add mknod $box sh -c 'mknod /tmp/it c 10 229 && true </tmp/it'
	has "$output" 'Operation not permitted'
	run prun --cap-add mknod --device-cgroup-rule 'c 10:229 rwm' $box sh -c 'mknod /tmp/it c 10 229 && true </tmp/it'
	has_not "$output" 'Operation not permitted'
}

# --- limits --------------------------------------------------------------------------------------------------

@test "--memory, --memory-reservation, --memory-swap: the kernel has them" {
	need_controller memory
	pstart m --memory 64m --memory-reservation 32m --memory-swap 128m $box sleep 100
	pid=$(pid_of m)
	is "$(limit $pid memory memory.limit_in_bytes memory.max)" 67108864
	is "$(limit $pid memory memory.soft_limit_in_bytes memory.low)" 33554432
	dir=$(cgroup_of $pid memory)
	if [ -e $dir/memory.memsw.limit_in_bytes ]; then
		is "$(cat $dir/memory.memsw.limit_in_bytes)" 134217728
	elif [ -e $dir/memory.swap.max ]; then
		is "$(cat $dir/memory.swap.max)" 67108864
	fi
}

@test "--memory: a program that wants more is killed, the others are not" {
	need_controller memory
	pstart hog --memory 16m $box sh -c 'dd if=/dev/zero of=/dev/null bs=64M count=1; echo $?; sleep 100'
	eventually sh -c "podman logs hog | grep -q ."
	is "$(podman logs hog 2>/dev/null | tail -1)" 137
	is "$(limit "$(pid_of hog)" memory memory.oom_control memory.events | sed -n 's/^oom_kill \([0-9]*\)$/\1/p')" 1 'tasks killed'
	run prun --memory 16m $box dd if=/dev/zero of=/dev/null bs=64M count=1
	status_is 137
}

@test "--memory: a small program starts within 8 MB" {
	need_controller memory
	is_runtime runc && skip 'runc: unable to set memory limit to 8388608 (current usage: 11460608)'
	out=$(prun --memory 8m $box echo fits)
	is "$out" fits
}

@test "--cpus, --cpu-shares" {
	need_controller cpu
	pstart it --cpus 0.5 --cpu-shares 512 $box sleep 100
	pid=$(pid_of it)
	dir=$(cgroup_of $pid cpu)
	if [ -e $dir/cpu.cfs_quota_us ]; then
		is "$(cat $dir/cpu.cfs_quota_us $dir/cpu.cfs_period_us $dir/cpu.shares)" $'50000\n100000\n512'
	else
		is "$(cat $dir/cpu.max)" '50000 100000'
		is "$(cat $dir/cpu.weight)" 20
	fi
}

@test "--cpuset-cpus" {
	need_controller cpuset
	cpu=$(status_of self Cpus_allowed_list | sed 's/[-,].*//')
	pstart it --cpuset-cpus "$cpu" --cpuset-mems 0 $box sleep 100
	pid=$(pid_of it)
	is "$(limit $pid cpuset cpuset.cpus cpuset.cpus)" "$cpu"
	is "$(status_of $pid Cpus_allowed_list)" "$cpu"
}

@test "--pids-limit: the kernel has it and forks fail beyond it" {
	need_controller pids
	pstart p --pids-limit 12 $box sleep 100
	is "$(limit "$(pid_of p)" pids pids.max pids.max)" 12
	run podman exec p sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 50 & done'
	matches "$output" "can't fork|Resource temporarily"
}

@test "--blkio-weight" {
	dir=/sys/fs/cgroup/blkio
	[ -e $dir/blkio.bfq.weight ] || [ -e $dir/blkio.weight ] || skip 'this host has no blkio weight'
	run pstart it --blkio-weight 123 $box sleep 100
	[[ $output != *discarded* ]] || skip "podman: $output"
	dir=$(cgroup_of "$(pid_of it)" blkio)
	is "$(cat $dir/blkio.bfq.weight 2>/dev/null || cat $dir/blkio.weight)" 123
}

@test "--cgroup-parent: the cgroup is below it, in every hierarchy" {
	pstart it --cgroup-parent /above/it $box sleep 100
	out=$(cat "/proc/$(pid_of it)/cgroup")
	id=$(podman inspect -f '{{.Id}}' it)
	if [ -d /sys/fs/cgroup/freezer ]; then
		is "$(grep -c "^[1-9].*:/above/it/libpod-$id\$" <<<"$out")" "$(grep -c '^[1-9]' <<<"$out")"
	else
		matches "$out" "(^|"$'\n'")0::/above/it/libpod-$id"
	fi
}

@test "--cgroups=disabled: no cgroup is made, the container runs in its caller's" {
	is_runtime runc && skip 'podman does not take runc for able to'
	podman run -d --name none --network none --cgroups disabled $box sleep 100
	pid=$(pid_of none)
	is "$(cat "/proc/$pid/cgroup")" "$(cat /proc/self/cgroup)"
	is "$(podman exec none cat /proc/1/comm)" sleep
	podman stop -t 1 none
	is "$(podman inspect -f '{{.State.Running}}' none)" false
}

# --- files ----------------------------------------------------------------------------------------------------

@test "rootfs: what is written stays in the container" {
	prun --name w $box sh -c 'echo x >/bin/new && rm /bin/vi'
	out=$(prun $box sh -c 'exec 2>&1; ls /bin/new /bin/vi') || :
	has "$out" '/bin/new: No such file'
	has_not "$out" '/bin/vi:'
}

@test "--read-only: the root is read-only, /tmp and /dev/shm are not" {
	out=$(prun --read-only $box sh -c 'exec 2>&1; echo x >/bin/new || echo refused; echo x >/tmp/f && echo x >/dev/shm/f && echo x >/run/f && echo written')
	has "$out" 'Read-only file system'
	has "$out" refused
	has "$out" written
	out=$(prun --read-only --read-only-tmpfs=false $box sh -c 'exec 2>&1; echo x >/tmp/f') || :
	has "$out" 'Read-only file system'
}

@test "--tmpfs: with size, mode and flags" {
	out=$(prun --tmpfs /scratch:rw,size=1m,mode=1770,noexec $box sh -c 'exec 2>&1
		stat -c %a /scratch; grep " /scratch " /proc/self/mountinfo
		dd if=/dev/zero of=/scratch/f bs=1k count=2000 2>&1; cp /bin/busybox /scratch/; /scratch/busybox true') || :
	is "$(head -1 <<<"$out")" 1770
	matches "$out" 'noexec'
	has "$out" 'size=1024k'
	has "$out" 'No space left'
	has "$out" 'Permission denied'
}

@test "--tmpfs: what the image has below it is copied up" {
	out=$(prun --tmpfs /etc $box sh -c 'grep -c app /etc/passwd; stat -f -c %T /etc')
	is "$out" $'1\ntmpfs'
}

@test "--shm-size" {
	out=$(prun --shm-size 3m $box sh -c 'df -k /dev/shm | tail -1')
	matches "$out" ' 3072 '
}

@test "-v: a directory, written on both sides" {
	mkdir "$BATS_TEST_TMPDIR/v"
	echo outside >"$BATS_TEST_TMPDIR/v/in"
	out=$(prun -v "$BATS_TEST_TMPDIR/v:/some/where" $box sh -c 'cat /some/where/in; echo inside >/some/where/out')
	is "$out" outside
	is "$(cat "$BATS_TEST_TMPDIR/v/out")" inside
}

@test "-v :ro: refused by the kernel" {
	mkdir "$BATS_TEST_TMPDIR/v"
	run prun -v "$BATS_TEST_TMPDIR/v:/v:ro" $box sh -c 'echo x >/v/f'
	isnt "$status" 0
	has "$output" 'Read-only file system'
	is "$(ls "$BATS_TEST_TMPDIR/v")" ''
}

@test "-v: one file, on a file of the image" {
	echo 'of the host' >"$BATS_TEST_TMPDIR/f"
	out=$(prun -v "$BATS_TEST_TMPDIR/f:/etc/passwd:ro" -v "$BATS_TEST_TMPDIR/f:/new/place/file" $box \
		sh -c 'cat /etc/passwd /new/place/file')
	is "$out" $'of the host\nof the host'
}

@test "-v :nosuid,nodev,noexec: are flags of the mount" {
	mkdir "$BATS_TEST_TMPDIR/v"
	cp "$ROOT/images/box/bin/busybox" "$BATS_TEST_TMPDIR/v/"
	out=$(prun -v "$BATS_TEST_TMPDIR/v:/v:nosuid,nodev,noexec" $box sh -c 'exec 2>&1; grep " /v " /proc/self/mountinfo; /v/busybox true') || :
	for flag in nosuid nodev noexec; do
		has "$out" $flag
	done
	has "$out" 'Permission denied'
	out=$(prun -v "$BATS_TEST_TMPDIR/v:/v:suid,dev,exec" $box sh -c 'grep " /v " /proc/self/mountinfo; /v/busybox echo ran')
	has "$out" ran
	has_not "$out" noexec
}

@test "-v: submounts come along, and :ro leaves no writable top" {
	mkdir -p "$BATS_TEST_TMPDIR/v/sub"
	mount -t tmpfs sub "$BATS_TEST_TMPDIR/v/sub"
	echo below >"$BATS_TEST_TMPDIR/v/sub/f"
	out=$(prun -v "$BATS_TEST_TMPDIR/v:/v" $box cat /v/sub/f) || :
	out2=$(prun --mount "type=bind,src=$BATS_TEST_TMPDIR/v,dst=/v,bind-nonrecursive=true" $box ls /v/sub) || :
	umount "$BATS_TEST_TMPDIR/v/sub"
	is "$out" below
	is "$out2" ''
}

@test "-v :rslave and :rprivate: later mounts of the host come in, or do not" {
	mkdir -p "$BATS_TEST_TMPDIR"/v/{a,b}
	mount --bind "$BATS_TEST_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	mount --make-rshared "$BATS_TEST_TMPDIR/v"
	pstart slave -v "$BATS_TEST_TMPDIR/v:/v:rslave" $box sleep 100
	pstart private -v "$BATS_TEST_TMPDIR/v:/v:rprivate" $box sleep 100
	mount -t tmpfs later "$BATS_TEST_TMPDIR/v/a"
	out=$(podman exec slave grep ' /v' /proc/self/mountinfo)
	out2=$(podman exec private grep ' /v' /proc/self/mountinfo)
	umount -R "$BATS_TEST_TMPDIR/v"
	has "$out" ' /v/a '
	has "$out" 'master:'
	has_not "$out2" ' /v/a '
	has_not "$out2" 'shared:'
	has_not "$out2" 'master:'
}

@test "-v :rshared: a mount made inside comes out" {
	mkdir -p "$BATS_TEST_TMPDIR"/v/a
	mount --bind "$BATS_TEST_TMPDIR/v" "$BATS_TEST_TMPDIR/v"
	mount --make-rshared "$BATS_TEST_TMPDIR/v"
	pstart shared --privileged -v "$BATS_TEST_TMPDIR/v:/v:rshared" $box sleep 100
	podman exec shared mount -t tmpfs fromwithin /v/a
	out=$(grep fromwithin /proc/self/mountinfo) || :
	podman rm -f -t 0 shared
	umount -R "$BATS_TEST_TMPDIR/v"
	has "$out" "$BATS_TEST_TMPDIR/v/a"
}

@test "-v :z, :Z and :U: labels are nothing here, the owner is changed" {
	mkdir "$BATS_TEST_TMPDIR"/{a,b}
	out=$(prun -v "$BATS_TEST_TMPDIR/a:/a:z" -v "$BATS_TEST_TMPDIR/b:/b:Z,U" --user app $box stat -c %u /a /b)
	is "$out" $'0\n1000'
	is "$(stat -c %u "$BATS_TEST_TMPDIR/b")" 1000
}

@test "-v NAME: a volume keeps what was written, and starts as the image has it" {
	prun -v keep:/home $box sh -c 'ls /home; echo kept >/home/app/f'
	out=$(prun -v keep:/other $box cat /other/app/f)
	podman volume rm keep
	is "$out" kept
}

@test "-v :O: an overlay, the source stays as it is" {
	mkdir "$BATS_TEST_TMPDIR/v"
	out=$(prun -v "$BATS_TEST_TMPDIR/v:/v:O" $box sh -c 'echo x >/v/f; ls /v')
	is "$out" f
	is "$(ls "$BATS_TEST_TMPDIR/v")" ''
}

@test "-v: a link in the image does not lead out of it" {
	mkdir "$BATS_TEST_TMPDIR/v" "$BATS_TEST_TMPDIR/outside"
	mkdir "$BATS_TEST_TMPDIR/ctx"
	ln -s "../../../../../../../../..$BATS_TEST_TMPDIR/outside" "$BATS_TEST_TMPDIR/ctx/evil"
	tar -C "$BATS_TEST_TMPDIR/ctx" -rf - evil >/dev/null 2>&1 || :
	cp "$ROOT/images/box.tar" "$BATS_TEST_TMPDIR/evil.tar"
	tar -C "$BATS_TEST_TMPDIR/ctx" -rf "$BATS_TEST_TMPDIR/evil.tar" ./evil
	podman import -q "$BATS_TEST_TMPDIR/evil.tar" localhost/evil:1
	echo seen >"$BATS_TEST_TMPDIR/v/f"
	out=$(prun -v "$BATS_TEST_TMPDIR/v:/evil/sub" localhost/evil:1 cat /evil/sub/f)
	podman rmi -f localhost/evil:1
	is "$out" seen
	is "$(ls "$BATS_TEST_TMPDIR/outside")" '' 'made outside'
}

@test "--rootfs: a directory instead of an image" {
	cp -a "$ROOT/images/box" "$BATS_TEST_TMPDIR/box"
	out=$(prun --rootfs "$BATS_TEST_TMPDIR/box" sh -c 'hostname >/dev/null; echo here >/made; ls -d /home/app; true')
	is "$out" /home/app
	is "$(cat "$BATS_TEST_TMPDIR/box/made")" here
}

@test "the host's mounts are as before" {
	before=$(cut -d' ' -f5- /proc/self/mountinfo | sort)
	mkdir "$BATS_TEST_TMPDIR/v"
	prun -v "$BATS_TEST_TMPDIR/v:/v" --tmpfs /t --read-only $box true
	is "$(cut -d' ' -f5- /proc/self/mountinfo | sort)" "$before"
}

# --- others ----------------------------------------------------------------------------------------------------

@test "--init: the first process is the init, which reaps" {
	pstart i --init $box sh -c 'sleep 100'
	out=$(podman exec i cat /proc/1/comm)
	matches "$out" 'catatonit|podman-init'
	# an orphan that ends is nobody's zombie
	podman exec i sh -c '(sleep 0.1 &) ; exit 0'
	sleep 0.3
	has_not "$(podman exec i ps -o stat,args)" 'Z'
	podman stop -t 5 i
	is "$(podman inspect -f '{{.State.Running}}' i)" false
}

@test "--systemd=always: a cgroup that may be written, and tmpfs where systemd wants them" {
	out=$(prun --systemd=always $box sh -c 'exec 2>&1
		for d in /run /run/lock /tmp; do stat -f -c %T $d; done; echo $container_uuid
		d=/sys/fs/cgroup/systemd; [ -d $d ] || d=/sys/fs/cgroup
		[ -d $d/libpod_parent ] && d=$d$(sed -n "s/.*name=systemd://p" /proc/self/cgroup)
		mkdir $d/below && rmdir $d/below && echo writable')
	has "$out" $'tmpfs\ntmpfs\ntmpfs\n'
	has "$out" writable
}

@test "--runtime NAME: by the drop-in that comes with hull" {
	is_runtime hull || skip 'the drop-in is for hull'
	out=$(timeout 60 podman --runtime hull run --rm --network none $box echo by name)
	is "$out" 'by name'
}

@test "runtime = \"hull\" in containers.conf: podman and buildah take it by themselves" {
	is_runtime hull || skip 'the drop-in is for hull'
	printf '[engine]\nruntime = "hull"\n' >/etc/containers/containers.conf.d/60-default.conf
	# what hull is here, seen from outside
	timeout 60 podman run -d --network none --name it $box sleep 100
	by=$(timeout 60 podman inspect -f '{{.OCIRuntime}}' it)
	version=$(timeout 60 podman info -f '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Version}}')
	c=$(timeout 60 buildah from --pull-never $box)
	mv "$RUNTIME" "$RUNTIME.away"
	run timeout 60 buildah run --isolation oci --network none "$c" true
	mv "$RUNTIME.away" "$RUNTIME"
	out=$(timeout 60 buildah run --isolation oci --network none "$c" echo built)
	timeout 60 buildah rm "$c"
	rm /etc/containers/containers.conf.d/60-default.conf
	is "$by" hull
	matches "$version" '^hull hull version'
	isnt "$status" 0 'status of buildah without a runtime'
	is "$out" built
}

@test "inspect names the runtime that ran it" {
	pstart r $box true
	is "$(podman inspect -f '{{.OCIRuntime}}' r)" "$RUNTIME"
}
