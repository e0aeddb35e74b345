#!/bin/sh
# rootfs-paths.sh - outside sys/ no system call gets a path that could lie below a rootfs
# One resolver: what an image can influence is reached by sys/rooted.h, as a descriptor. The steps
# and the stub, which work inside, take no path at all; the other layers work on the host's files
# through descriptors of their directories (base/file.h). rootfs-paths.txt has the exceptions,
# each with its reason.
at='openat|openat2|mkdirat|mknodat|symlinkat|linkat|unlinkat|renameat|renameat2|fstatat|statx|faccessat'
at="$at|fchmodat|fchownat|readlinkat|utimensat|name_to_handle_at|open_tree|move_mount|mount_setattr|fspick"
plain='open|creat|fopen|freopen|mkdir|mknod|symlink|link|unlink|remove|rmdir|rename|stat|lstat|access|chmod'
plain="$plain|chown|lchown|readlink|opendir|scandir|mount|umount|umount2|chroot|chdir|truncate|realpath|statfs"
plain="$plain|mkfifo|utime|utimes|execve|execv|execvp|execl|execlp|pivot_root"
check() { # functions, files...
	fns=$1
	shift
	awk -f tests/lint/code.awk "$@" | grep -E "(^|[^A-Za-z0-9_.>])($fns) *\(" |
		grep -vE '^[^:]*:[0-9]+:(static |int |[a-z_ ]*\*?)*[a-z_]+\([a-z ]*\*' |
		while IFS= read -r hit; do
			file=${hit%%:*}
			fn=$(printf '%s\n' "${hit#*:*:}" | grep -oE "(^|[^A-Za-z0-9_.>])($fns) *\(" | head -n 1 | tr -dc 'a-z0-9_')
			grep -qE "^$file[[:blank:]]+$fn[[:blank:]]+[^[:blank:]]" tests/lint/rootfs-paths.txt || echo "$hit"
		done
}
found=$(
	check "$plain|$at" src/step/*.c src/init/*.c
	check "$plain" src/plan/*.c src/run/*.c src/cmd/*.c src/spec/*.c libocispec/*.c
)
if [ -n "$found" ]; then
	printf '%s\n' "$found"
	exit 1
fi
# An exception that nothing needs any more has to go.
grep -v '^#' tests/lint/rootfs-paths.txt | while read -r file fn rest; do
	[ -n "$file" ] || continue
	if ! grep -qE "(^|[^A-Za-z0-9_])$fn *\(" "$file" 2>/dev/null; then
		echo "rootfs-paths.txt: $file does not call $fn"
		exit 1
	fi
done
