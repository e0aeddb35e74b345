# SPDX-License-Identifier: Apache-2.0
#
# podman pod: containers that share, around a pause container whose image was made here.

load lib

bats_require_minimum_version 1.5.0

setup_file() {
	need_images
}

setup() {
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || grep -q memory /sys/fs/cgroup/cgroup.controllers ||
		skip 'podman 4.3 does not make a pod where the unified hierarchy lacks a controller'
}

teardown() {
	remove_all
}

new_pod() {
	podman pod create --infra-image $pause --name group --network none "$@"
}

in_pod() { # NAME ARGUMENTS...
	podman run -d --pod group --name "$@" >/dev/null
}

infra() {
	podman pod inspect -f '{{.InfraContainerID}}' group
}

@test "pod: the pause container holds what the others share" {
	new_pod --hostname poddy
	in_pod one $box sleep 1001
	in_pod two $box sleep 1002
	p=$(pid_of "$(infra)") one=$(pid_of one) two=$(pid_of two)
	is "$(cat "/proc/$p/comm")" pause
	for kind in net ipc uts; do
		is "$(ns $one $kind)" "$(ns $p $kind)" "$kind of one"
		is "$(ns $two $kind)" "$(ns $p $kind)" "$kind of two"
		isnt "$(ns $one $kind)" "$(ns self $kind)" "$kind"
	done
	for kind in pid mnt; do
		isnt "$(ns $one $kind)" "$(ns $two $kind)" $kind
	done
	is "$(podman exec one hostname)" poddy
	is "$(podman exec two hostname)" poddy
}

@test "pod: its containers meet on localhost" {
	new_pod
	in_pod server $box sh -c 'mkdir /www; echo met >/www/index.html; httpd -f -p 127.0.0.1:80 -h /www'
	out=$(podman run --rm --pod group $box sh -c 'for i in 1 2 3 4 5 6 7 8 9; do wget -q -O - http://127.0.0.1/ && break; sleep 0.3; done')
	is "$out" met
}

@test "pod: shared memory is shared" {
	new_pod
	in_pod one $box sh -c 'echo written >/dev/shm/f; sleep 100'
	eventually podman exec one test -s /dev/shm/f
	is "$(podman run --rm --pod group $box cat /dev/shm/f)" written
}

@test "pod: the limits of containers are their own, below the pod's cgroup" {
	need_controller pids
	new_pod
	in_pod one --pids-limit 11 $box sleep 100
	in_pod two --pids-limit 22 $box sleep 100
	one=$(pid_of one) two=$(pid_of two)
	is "$(limit $one pids pids.max pids.max)" 11
	is "$(limit $two pids pids.max pids.max)" 22
	is "$(dirname "$(cgroup_of $one pids)")" "$(dirname "$(cgroup_of $two pids)")" 'parents'
	has "$(cgroup_of $one pids)" "$(podman pod inspect -f '{{.Id}}' group)"
}

@test "pod --share pid: the pause process is 1, the others see each other" {
	new_pod --share pid,ipc,net,uts
	in_pod one $box sleep 1001
	in_pod two $box sleep 1002
	out=$(podman exec one ps -o pid,args)
	matches "$out" '1 /pause'
	has "$out" 'sleep 1001'
	has "$out" 'sleep 1002'
	# who dies is reaped by the pause process
	podman exec one sh -c 'sleep 0.1 & exit'
	sleep 0.5
	has_not "$(podman exec two ps -o stat,args)" Z
	podman kill two
	is "$(podman wait two)" 137
	is "$(podman inspect -f '{{.State.Running}}' one)" true
}

@test "pod pause, unpause" {
	new_pod
	in_pod one $box sleep 100
	podman pod pause group
	is "$(frozen "$(pid_of one)")" yes
	podman pod unpause group
	is "$(frozen "$(pid_of one)")" no
	is "$(podman exec one echo awake)" awake
}

@test "pod stop, start: all of it" {
	new_pod
	in_pod one $box sleep 100
	in_pod two $box sleep 100
	a=$(pid_of one)
	podman pod stop -t 0 group
	is "$(podman inspect -f '{{.State.Running}}' one two | sort -u)" false
	[ ! -e "/proc/$a" ]
	podman pod start group
	is "$(podman inspect -f '{{.State.Running}}' one two | sort -u)" true
	is "$(ns "$(pid_of one)" net)" "$(ns "$(pid_of two)" net)"
}

@test "pod kill, top and stats" {
	need_controller memory
	new_pod
	in_pod one $box sleep 1003
	has "$(podman pod top group args)" 'sleep 1003'
	has "$(podman pod stats --no-stream group)" one
	podman pod kill group
	is "$(podman wait one)" 137
}

@test "pod --userns: one user namespace for all" {
	new_pod --uidmap 0:100000:2000 --gidmap 0:200000:2000
	in_pod one $box sleep 100
	in_pod two --user app $box sleep 100
	is "$(ns "$(pid_of one)" user)" "$(ns "$(pid_of two)" user)"
	isnt "$(ns "$(pid_of one)" user)" "$(ns self user)"
	is "$(status_of "$(pid_of one)" Uid)" '100000 100000 100000 100000'
	is "$(status_of "$(pid_of two)" Uid)" '101000 101000 101000 101000'
}

@test "pod: on a bridge, with a port, one address for all" {
	podman pod create --infra-image $pause --name group -p 8081:80
	in_pod server $box sh -c 'mkdir /www; echo from a pod >/www/index.html; httpd -f -p 80 -h /www'
	eventually busybox wget -q -O /dev/null http://127.0.0.1:8081/
	is "$(busybox wget -q -O - http://127.0.0.1:8081/)" 'from a pod'
	is "$(podman exec server ip -4 addr show eth0 | grep -c 'inet 10.88')" 1
}

@test "pod rm -f: nothing of it is left" {
	new_pod
	in_pod one $box sleep 100
	id=$(podman pod inspect -f '{{.Id}}' group)
	ids="$(infra) $(podman inspect -f '{{.Id}}' one)"
	podman pod rm -f -t 0 group
	for i in $ids; do
		is "$(find /sys/fs/cgroup -type d -name "*$i*" | wc -l)" 0 "cgroups of $i"
		is "$(grep -c "$i" /proc/self/mountinfo)" 0 "mounts of $i"
	done
}

@test "play kube: an init container, then two that share a volume" {
	cat >"$BATS_TEST_TMPDIR/pod.yaml" <<-X
	apiVersion: v1
	kind: Pod
	metadata:
	  name: group
	spec:
	  restartPolicy: Never
	  volumes:
	  - name: both
	    emptyDir: {}
	  initContainers:
	  - name: before
	    image: $box
	    command: [sh, -c, "echo first >/v/f"]
	    volumeMounts: [{name: both, mountPath: /v}]
	  containers:
	  - name: main
	    image: $box
	    command: [sh, -c, "cat /v/f; id -u; sleep 100"]
	    securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
	    volumeMounts: [{name: both, mountPath: /v, readOnly: true}]
	X
	printf '[engine]\ninfra_image = "%s"\n' $pause >/etc/containers/containers.conf.d/60-pause.conf
	podman play kube --network none "$BATS_TEST_TMPDIR/pod.yaml" || rc=$?
	rm /etc/containers/containers.conf.d/60-pause.conf
	is "${rc:-0}" 0
	eventually sh -c "podman logs group-main | grep -q 1000"
	is "$(podman logs group-main)" $'first\n1000'
	is "$(status_of "$(pid_of group-main)" CapBnd)" 0000000000000000
}
