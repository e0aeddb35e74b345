#!/bin/sh
# test-schema-examples.sh - the runtime-spec's own good and bad documents, through ocispec-tool.
#
# Good ones are accepted, and written again with nothing lost but what is foreign or unknown; bad
# ones are refused. Two bad ones are not this layer's business, and named below. Without
# ../shared/runtime-spec beside the project this is skipped (77).

top=${HULL_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
tool=${OCISPEC_TOOL:-${HULL_BUILD:-$top}/tests/unit/ocispec-tool}
examples=$top/../shared/runtime-spec/test

if [ ! -d "$examples" ]; then
	echo "1..0 # SKIP no examples in ../shared/runtime-spec/test"
	exit 77
fi
if [ ! -x "$tool" ]; then
	echo "Bail out! $tool was not built"
	exit 99
fi
out=$(mktemp -d) || exit 99
trap 'rm -rf "$out"' EXIT

n=0
failed=0
result() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$out/err"
		failed=1
	fi
}

# Whether $2 is $1 without nulls and without what the tables do not have.
same() {
	python3 - "$1" "$2" <<'END'
import json, sys

FOREIGN = {"/windows", "/solaris", "/zos", "/freebsd"}
# an example from the time before 1.0 has it here; it is of the process today
UNKNOWN = {"/linux/resources/oomScoreAdj"}

def strip(value, pointer=""):
    if isinstance(value, dict):
        return {k: strip(v, pointer + "/" + k) for k, v in value.items()
                if v is not None and pointer + "/" + k not in FOREIGN | UNKNOWN}
    if isinstance(value, list):
        return [strip(v, pointer) for v in value]
    return value

first, second = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
if json.dumps(strip(first), sort_keys=True) != json.dumps(second, sort_keys=True):
    sys.exit("%s comes back as %s" % (sys.argv[1], json.dumps(second)))
END
}

# What a bad document is refused with; "-" where it has to be read here and why.
sentence() {
	case $1 in
	config/linux-netdevice) echo "9:25 /linux/netDevices/eth0/name expected a string, found a number" ;;
	config/linux-rdma) echo "10:35 /linux/resources/rdma/mlx5_1/hcaHandles expected an integer, found a string" ;;
	features/missing-ociVersionMax) echo '1:1 /ociVersionMax required property "ociVersionMax" is missing' ;;
	*/invalid-json) echo "1:2 @1 not JSON: expected a key in double quotes" ;;
	config/freebsd-vnet-disable) echo "- another platform's section is skipped (config.md)" ;;
	config/linux-hugepage) echo "- the form of a page size is for spec/rules" ;;
	*) echo "? an example that this test does not know" ;;
	esac
}

for kind in config state features; do
	for file in "$examples/$kind"/good/*.json; do
		name=$kind/$(basename "$file" .json)
		"$tool" $kind "$file" >"$out/once" 2>"$out/err" &&
			same "$file" "$out/once" 2>>"$out/err" &&
			"$tool" $kind "$out/once" >"$out/twice" 2>>"$out/err" &&
			cmp "$out/once" "$out/twice" >>"$out/err" 2>&1
		result $? "good $name is read and written again"
	done
	for file in "$examples/$kind"/bad/*.json; do
		name=$kind/$(basename "$file" .json)
		want=$(sentence "$name")
		"$tool" $kind "$file" >"$out/once" 2>"$out/err"
		status=$?
		case $want in
		"- "*)
			result $status "bad $name is read: ${want#- }"
			;;
		*)
			[ $status -eq 1 ] && [ ! -s "$out/once" ] && [ "$(cat "$out/err")" = "$want" ]
			result $? "bad $name is refused: $want"
			;;
		esac
	done
done

echo "1..$n"
[ $n -ge 19 ] || echo "# too few examples"
[ $failed -eq 0 ] && [ $n -ge 19 ]
