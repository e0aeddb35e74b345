/*
 * probe.h - what this host can do, as plain data.
 *
 * The planner decides with this and nothing else, so a test can plan for a host
 * that isn't there. Looking is cheap: a few small reads, no process, no mountinfo.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

enum { HOST_HIERARCHIES_MAX = 32 };

struct host_hierarchy {
	char dir[128];	       /* where it is mounted, "/sys/fs/cgroup/memory" */
	char controllers[192]; /* v1: as in /proc/self/cgroup, "cpu,cpuacct", "name=systemd";
				  v2: cgroup.controllers of the root, blanks between */
	char own[512];	       /* this process' place in it, begins with '/' */
	bool v2;
};

struct host {
	uid_t euid;
	gid_t egid;
	uint64_t caps;		/* our effective capabilities */
	int last_cap;		/* /proc/sys/kernel/cap_last_cap */
	bool privileged;	/* CAP_SYS_ADMIN here: may open_tree(2), mount, and so on */
	bool init_userns;	/* we are in the initial user namespace */
	bool apparmor, selinux; /* enabled in the running kernel */
	bool cgroup_writable;	/* we may make cgroups at the root of the hierarchies */
	size_t n_hierarchies;	/* 0: no cgroups at all */
	struct host_hierarchy hierarchies[HOST_HIERARCHIES_MAX];
};

/* Whether release, as uname(2) has it ("6.1.0-28-amd64"), is of Linux 5.14 or newer. */
bool host_release_ok(const char *release);

/* Fills *host. An older kernel than 5.14 is an error, ERR_SPEC. An answer that can't be had makes
 * the host poorer, not an error, but for /proc. */
must_check int host_probe(struct host *host, struct err *e);

/* The cgroup part of host_probe(), in cgroupfs.c. */
must_check int host_probe_cgroups(struct host *host, struct err *e);
