/*
 * cgroup.h - what plan/cgroup.c, plan/cgroup-props.c and their tests share.
 *
 * cgroup.c decides where the container's cgroup lies; cgroup-props.c turns resources into
 * writes to its files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"

/* cpu.shares (v1) as cpu.weight (v2): 2 .. 262144 to 1 .. 10000, 1024 to 100. 0 stays 0. */
unsigned cgroup_cpu_weight(uint64_t shares);

/* blkio weight 10 .. 1000 as io.weight 1 .. 10000. */
unsigned cgroup_io_weight(unsigned weight);

/*
 * The hierarchy of the plan that has the controller, or -1. v2 controllers have the names
 * of v2 ("io"), those of v1 theirs ("blkio").
 */
int cgroup_find(const struct plan_ctx *x, const char *controller, bool v2);

/* The unified hierarchy, or -1. */
int cgroup_find_v2(const struct plan_ctx *x);
