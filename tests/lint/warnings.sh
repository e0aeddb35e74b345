#!/bin/sh
# warnings.sh - gcc and clang have nothing to say about any file
flags="-std=gnu17 -D_GNU_SOURCE -I. -Isrc -I$HULL_BUILD -fsyntax-only -Werror -Wall -Wextra -Wshadow -Wvla
	-Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Wundef"
status=0
found=
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	found=1
	for f in libocispec/*.c src/*/*.c tests/unit/*.c; do
		[ -e "$f" ] || continue
		# shellcheck disable=SC2086
		$cc $flags "$f" || status=1
	done
done
[ -n "$found" ] || { echo "neither gcc nor clang is installed" && exit 77; }
exit $status
