/*
 * bpf.h - the device program of a cgroup v2.
 *
 * bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE. Making the program is plan/device-prog.c's; this
 * loads it and sees to it that it is the cgroup's only one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct bpf_insn;

/*
 * Loads n instructions and attaches them to the cgroup whose directory is open as cgroup.
 * fresh: the cgroup has just been made, so it can have no program yet. Else the one that is there
 * is replaced (BPF_F_REPLACE) and further ones are detached, in an order that never leaves the
 * cgroup without a program. The program lives as long as the cgroup.
 */
must_check int bpf_device_set(int cgroup, bool fresh, const struct bpf_insn *prog, size_t n,
			      struct err *e);

/* How many device programs are attached to the cgroup itself. */
must_check int bpf_device_count(int cgroup, size_t *n, struct err *e);
