#!/bin/sh
# docs.sh - README.md and HACKING.md name each command, layer and group of tests
status=0
for c in $(sed -n 's/^COMMAND(\([a-z_]*\).*/\1/p' src/cmd/commands.def); do
	grep -qE "(^|[^a-z-])$c([^a-z-]|\$)" README.md || { echo "README.md: no \`$c'" && status=1; }
done
while IFS=: read -r layer rest; do
	grep -qw "$layer" HACKING.md || { echo "HACKING.md: no layer \`$layer'" && status=1; }
done <tests/lint/layers.txt
for g in $(tests/run --list); do
	grep -qw -- "$g" HACKING.md || { echo "HACKING.md: no group of tests \`$g'" && status=1; }
done
exit $status
