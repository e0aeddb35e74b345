# SPDX-License-Identifier: Apache-2.0
# common.sh - what contrib/quickstart and tests/run share: packages and the build. For sh.
#
# The caller sets $top, the root of the checkout.
# shellcheck shell=sh disable=SC2034,SC2154

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "${0##*/}: $*"
	exit 1
}

# What hull itself is built from, as each family of distributions calls it.
build_packages_apt='gcc libc6-dev make autoconf automake pkg-config libseccomp-dev libcap-dev
	libyajl-dev busybox-static'
build_packages_dnf='gcc make autoconf automake pkgconf-pkg-config libseccomp-devel libcap-devel
	yajl-devel busybox'
build_packages_zypper='gcc make autoconf automake pkg-config libseccomp-devel libcap-devel
	libyajl-devel busybox-static'
build_packages_apk='gcc musl-dev linux-headers make autoconf automake pkgconf libseccomp-dev
	libseccomp-static libcap-dev libcap-static yajl-dev yajl-static busybox-static'

# Those of the given Debian packages that are not there.
packages_missing() {
	for p in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || echo "$p"
	done
}

# Installs the given Debian packages unless they are there; asks nothing.
packages_install() {
	# shellcheck disable=SC2046 # words are what is wanted
	set -- $(packages_missing "$@")
	[ $# -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || die "needs root, to install: $*"
	say "installing: $*"
	export DEBIAN_FRONTEND=noninteractive
	packages_apt "$@" || { apt-get -q update && packages_apt "$@"; } ||
		die "apt-get could not install: $*"
}

packages_apt() {
	apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@" </dev/null
}

# Installs what the build needs, or says what has to be installed where there is no apt.
build_needs() {
	if command -v apt-get >/dev/null 2>&1; then
		# shellcheck disable=SC2086
		packages_install $build_packages_apt "$@"
		return
	fi
	missing=
	for c in cc make autoreconf pkg-config busybox; do
		command -v $c >/dev/null 2>&1 || missing="$missing $c"
	done
	for h in seccomp.h sys/capability.h yajl/yajl_parse.h; do
		[ -e "/usr/include/$h" ] || missing="$missing <$h>"
	done
	[ -n "$missing" ] || return 0
	say "${0##*/}: not found:$missing"
	for pm in dnf zypper apk; do
		command -v $pm >/dev/null 2>&1 || continue
		eval "list=\$build_packages_$pm"
		verb=install
		[ $pm != apk ] || verb=add
		# shellcheck disable=SC2086,SC2154
		say "Install it with: $pm $verb" $list
		exit 1
	done
	say "Packages are installed by apt alone; elsewhere, install a C compiler, make, autoconf,"
	say "automake, pkg-config, a static busybox and the headers of libseccomp, libcap and yajl."
	exit 1
}

# Builds $top into directory $1; what follows goes to configure. What is older than its sources
# is made anew by make's own rules, configure included.
build_tree() {
	dir=$1
	shift
	if [ ! -e "$top/configure" ] || [ ! -e "$top/Makefile.in" ]; then
		(cd "$top" && autoreconf -i) || return
	fi
	mkdir -p "$dir" || return
	if [ ! -e "$dir/Makefile" ]; then
		# a path that is relative where it can be: a checkout can then be moved
		case $dir in
		"$top"/*/*) src=../.. ;;
		"$top"/*) src=.. ;;
		*) src=$top ;;
		esac
		(cd "$dir" && "$src/configure" "$@") || return
	fi
	make -C "$dir" -j"$(nproc)"
}
