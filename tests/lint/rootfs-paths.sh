#!/bin/sh
# rootfs-paths.sh - the steps hand the kernel no path that an image could bend
# One resolver: what lies below a rootfs is reached by sys/rooted.h, as a descriptor. What the steps
# and the stub may still give a system call is a path of their own, written out in the code, or
# one component, called `name', in a directory that the resolver found. rootfs-paths.txt has the
# exceptions, each with its reason.
calls='open|openat|openat2|creat|fopen|mkdir|mkdirat|mknod|mknodat|symlink|symlinkat|link|linkat|unlink'
calls="$calls|unlinkat|remove|rmdir|rename|renameat|renameat2|stat|lstat|fstatat|statx|access|faccessat"
calls="$calls|chmod|fchmodat|chown|lchown|fchownat|readlink|readlinkat|opendir|scandir|mount|umount"
calls="$calls|umount2|chroot|chdir|truncate|realpath|statfs|mkfifo|utimensat|execve|execv|execvp"
calls="$calls|sys_open_tree|sys_move_mount|sys_mount_setattr|sys_fspick|mount_clone"
found=$(awk -f tests/lint/code.awk $(ls src/step/*.c src/init/*.c | grep -v 'src/init/libc\.c') |
	grep -E "(^|[^A-Za-z0-9_.>])($calls) *\(" |
	# the path is written out (a string literal is "" here), or a single name
	grep -vE "(^|[^A-Za-z0-9_.>])($calls) *\([^,()]*(\([^()]*\))?[^,()]*,? *(\"\"|name)[,)]" |
	grep -vE "(^|[^A-Za-z0-9_.>])($calls) *\( *(\"\"|name)[,)]" |
	# symlinkat's is its last
	grep -vE 'symlinkat *\([a-z_>.-]+, [a-z_]+, name\)' |
	while IFS= read -r hit; do
		file=${hit%%:*}
		fn=$(printf '%s\n' "${hit#*:*:}" | grep -oE "(^|[^A-Za-z0-9_.>])($calls) *\(" | head -n 1 |
			tr -dc 'a-z0-9_')
		grep -qE "^${file}[[:blank:]]+${fn}[[:blank:]]+[^[:blank:]]" tests/lint/rootfs-paths.txt ||
			printf '%s\n' "$hit"
	done)
if [ -n "$found" ]; then
	printf '%s\n' "$found"
	exit 1
fi
# An exception that nothing needs any more has to go.
status=0
while read -r file fn rest; do
	case $file in '#'* | '') continue ;; esac
	if ! grep -qE "(^|[^A-Za-z0-9_])$fn *\(" "$file" 2>/dev/null; then
		echo "rootfs-paths.txt: $file does not call $fn ($rest)"
		status=1
	fi
done <tests/lint/rootfs-paths.txt
exit $status
