#!/bin/sh
# fault-listed.sh - every step is made to fail by a test
# tests/fault has a configuration for each feature that a step needs: a PF_ name in steps.def or
# exec-steps.def that no file there names would be a step that no test comes by.
status=0
for pf in $(grep -ohE 'PF_[A-Z_]+' src/step/steps.def src/step/exec-steps.def | sort -u); do
	grep -qw "$pf" tests/fault/*.bats || { echo "$pf: no test in tests/fault reaches its steps" && status=1; }
done
exit $status
