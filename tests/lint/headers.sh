#!/bin/sh
# headers.sh - each header compiles alone, with gcc and with clang
# X-macro files, made to be included in the middle of something, are no headers.
status=0
flags="-std=gnu17 -D_GNU_SOURCE -I. -Isrc -I$HULL_BUILD -Wall -Wextra -Wno-unused-function -Werror"
one() { # compiler, header
	# shellcheck disable=SC2086
	echo "#include \"$2\"" | $1 $flags -fsyntax-only -x c - || {
		echo "$1: $2 does not stand alone"
		return 1
	}
}
compilers=
for cc in gcc clang; do
	! command -v $cc >/dev/null || compilers="$compilers $cc"
done
[ -n "$compilers" ] || { echo "neither gcc nor clang is installed" && exit 77; }
for h in libocispec/*.h src/*/*.h; do
	case $h in
	libocispec/end.h | libocispec/struct.h | libocispec/tables.h) continue ;;
	esac
	for cc in $compilers; do
		one $cc "${h#src/}" || status=1
	done
done
exit $status
