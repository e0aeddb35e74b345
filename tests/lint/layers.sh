#!/bin/sh
# layers.sh - a file includes only from the layers below its own
# layers.txt says which those are. Every folder of src has to be there.
status=0
while IFS=: read -r layer below; do
	dir=src/$layer
	[ -d "$dir" ] || dir=$layer
	for inc in $(cat "$dir"/*.[ch] "$dir"/*.def 2>/dev/null |
		sed -n 's/^# *include "\([a-z]*\)\/.*/\1/p' | sort -u); do
		case " $layer $below " in
		*" $inc "*) ;;
		*)
			echo "$layer may not include from $inc:"
			grep -n "^# *include \"$inc/" "$dir"/*.[ch]
			status=1
			;;
		esac
	done
	# by its folder, never by a bare name: or this check would not see it (config.h is generated)
	if grep -n '^# *include "[^/]*"' "$dir"/*.[ch] 2>/dev/null | grep -v '"config.h"'; then
		echo "$layer: an include has to name the folder"
		status=1
	fi
done <tests/lint/layers.txt
for dir in src/*/; do
	dir=${dir#src/}
	if ! grep -q "^${dir%/}:" tests/lint/layers.txt; then
		echo "src/$dir is not in layers.txt"
		status=1
	fi
done
exit $status
