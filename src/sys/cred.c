#include "sys/cred.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

enum { GROUPS_MAX = 4096 };

static int cap_get(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable, struct err *e)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2];

	if (syscall(SYS_capget, &h, d) < 0)
		return err_sys(e, "capget", NULL);
	*effective = d[0].effective | (uint64_t)d[1].effective << 32;
	*permitted = d[0].permitted | (uint64_t)d[1].permitted << 32;
	*inheritable = d[0].inheritable | (uint64_t)d[1].inheritable << 32;
	return 0;
}

static int cap_set(uint64_t effective, uint64_t permitted, uint64_t inheritable, struct err *e)
{
	struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2] = {
		{(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		 (uint32_t)(inheritable >> 32)},
	};

	if (syscall(SYS_capset, &h, d) < 0)
		return err_sys(e, "capset", NULL);
	return 0;
}

int cred_effective(uint64_t *caps, struct err *e)
{
	uint64_t permitted, inheritable;

	return cap_get(caps, &permitted, &inheritable, e);
}

int cred_set_bounding(const struct cred_caps *caps, struct err *e)
{
	for (int cap = 0; cap <= caps->last_cap; cap++) {
		if (caps->bounding >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		/* Not ours to drop: fine, unless it is still there. */
		if (errno == EPERM && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 0)
			continue;
		return err_sys(e, "prctl", "PR_CAPBSET_DROP");
	}
	return 0;
}

int cred_set_ids(uid_t uid, gid_t gid, const gid_t *groups, size_t n, bool keep, struct err *e)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return err_sys(e, "prctl", "PR_SET_KEEPCAPS");
	if (!keep && syscall(SYS_setgroups, n, groups) < 0) {
		/* Where setgroups is denied (user_namespaces(7)) none can be added, nor dropped. */
		if (errno != EPERM || n > 0)
			return err_sys(e, "setgroups", NULL);
		log_debug("setgroups is denied in this user namespace: supplementary groups stay");
	}
	if (setresgid(gid, gid, gid) < 0)
		return err_sys(e, "setresgid", NULL);
	if (setresuid(uid, uid, uid) < 0)
		return err_sys(e, "setresuid", NULL);
	return 0;
}

int cred_set_caps(const struct cred_caps *caps, struct err *e)
{
	uint64_t effective, permitted, inheritable;
	int r = cap_get(&effective, &permitted, &inheritable, e);

	if (r < 0)
		return r;
	/* Beyond what we have the kernel refuses; config.md: warn, do not fail. */
	if (caps->permitted & ~permitted)
		log_warning("capabilities 0x%llx can't be granted: hull doesn't have them",
			    (unsigned long long)(caps->permitted & ~permitted));
	permitted &= caps->permitted;
	r = cap_set(caps->effective & permitted, permitted, caps->inheritable, e);
	if (r < 0)
		return r;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys(e, "prctl", "PR_CAP_AMBIENT");
	for (int cap = 0; cap <= caps->last_cap; cap++) {
		if (!(caps->ambient >> cap & 1))
			continue;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0) {
			if (errno != EPERM)
				return err_sys(e, "prctl", "PR_CAP_AMBIENT_RAISE");
			log_warning("ambient capability %d isn't both permitted and inheritable",
				    cap);
		}
	}
	return 0;
}

int cred_no_new_privs(struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, "prctl", "PR_SET_NO_NEW_PRIVS");
	return 0;
}

static int differs(const char *what, unsigned long long asked, unsigned long long got,
		   struct err *e)
{
	return err_set(e, ERR_PROTO, EPERM, "%s is 0x%llx, not 0x%llx as asked", what, got, asked);
}

static int verify_groups(const gid_t *groups, size_t n, struct err *e)
{
	static gid_t have[GROUPS_MAX];
	int count = getgroups(GROUPS_MAX, have);

	if (count < 0)
		return err_sys(e, "getgroups", NULL);
	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (int j = 0; j < count && !found; j++)
			found = have[j] == groups[i];
		if (!found)
			return differs("a supplementary group", groups[i], 0, e);
	}
	for (int j = 0; j < count && n > 0; j++) {
		bool asked = false;

		for (size_t i = 0; i < n && !asked; i++)
			asked = have[j] == groups[i];
		if (!asked)
			return differs("a supplementary group", 0, have[j], e);
	}
	return 0;
}

int cred_verify(uid_t uid, gid_t gid, const gid_t *groups, size_t n, bool keep,
		const struct cred_caps *caps, bool no_new_privs, struct err *e)
{
	uint64_t effective, permitted, inheritable;
	uid_t u[3];
	gid_t g[3];
	int r;

	if (getresuid(&u[0], &u[1], &u[2]) < 0)
		return err_sys(e, "getresuid", NULL);
	if (getresgid(&g[0], &g[1], &g[2]) < 0)
		return err_sys(e, "getresgid", NULL);
	for (int i = 0; i < 3; i++) {
		if (u[i] != uid)
			return differs("the user id", uid, u[i], e);
		if (g[i] != gid)
			return differs("the group id", gid, g[i], e);
	}
	if (!keep) {
		r = verify_groups(groups, n, e);
		if (r < 0)
			return r;
	}
	r = cap_get(&effective, &permitted, &inheritable, e);
	if (r < 0)
		return r;
	if (permitted & ~caps->permitted)
		return differs("the permitted set", caps->permitted, permitted, e);
	if (effective & ~caps->effective)
		return differs("the effective set", caps->effective, effective, e);
	if (inheritable != caps->inheritable)
		return differs("the inheritable set", caps->inheritable, inheritable, e);
	if (no_new_privs && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return err_set(e, ERR_PROTO, EPERM,
			       "no_new_privs is not set, though it was asked for");
	return 0;
}
