/*
 * cred.h - ids, capabilities and no_new_privs of this process, set and read back.
 *
 * Bare capset(2) and prctl(2): this runs in the stub. Names of capabilities are
 * capname.h's. Everything is exact: what the kernel then says is compared with what was asked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct cred_caps {
	uint64_t bounding, effective, inheritable, permitted, ambient;
	int last_cap; /* the kernel's highest */
};

/* Drops from the bounding set what is not in it. Needs CAP_SETPCAP, if anything is to be dropped.
 */
must_check int cred_set_bounding(const struct cred_caps *caps, struct err *e);

/* setgroups(2), setresgid(2), setresuid(2). groups NULL and n 0: none; keep: leave them. */
must_check int cred_set_ids(uid_t uid, gid_t gid, const gid_t *groups, size_t n, bool keep,
			    struct err *e);

/* capset(2) and the ambient set. An ambient capability that can't be raised is logged. */
must_check int cred_set_caps(const struct cred_caps *caps, struct err *e);

must_check int cred_no_new_privs(struct err *e);

/* Compares with getresuid(2), getresgid(2), getgroups(2), capget(2), prctl(2). */
must_check int cred_verify(uid_t uid, gid_t gid, const gid_t *groups, size_t n, bool keep,
			   const struct cred_caps *caps, bool no_new_privs, struct err *e);

/* The effective set of this process. */
must_check int cred_effective(uint64_t *caps, struct err *e);
