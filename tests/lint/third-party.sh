#!/bin/sh
# third-party.sh - each library's header is included by one .c file of ours
status=0
for lib in 'yajl/' 'seccomp\.h' 'systemd/' 'sys/capability\.h' 'libmount' 'criu/' 'selinux/' 'sys/apparmor\.h'; do
	files=$(grep -lE "^# *include <$lib" libocispec/*.[ch] src/*/*.[ch] || :)
	# shellcheck disable=SC2086
	set -- $files
	case $# in
	0) ;;
	1)
		case $1 in
		*.h)
			echo "<$lib...> is included by a header, $1: whoever includes that has it too"
			status=1
			;;
		esac
		;;
	*)
		echo "<$lib...> is included by $#:" "$@"
		status=1
		;;
	esac
done
exit $status
