/* init-cred.c - INIT becomes who it is to be: keyring, label, ids, capabilities, directory. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/cred.h"
#include "sys/lsm.h"
#include "sys/proc.h"
#include "sys/rooted.h"
#include "sys/syscalls.h"

int keyring_join(struct run *run, struct err *e)
{
	const char *name = run->plan->exec.keyring;

	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) >= 0)
		return 0;
	/* A kernel without keyrings has nothing that could be shared. */
	if (errno == ENOSYS) {
		log_debug("this kernel has no keyrings");
		return 0;
	}
	return err_sys(e, "keyctl JOIN_SESSION_KEYRING", name);
}

int lsm_label(struct run *run, struct err *e)
{
	const struct plan_cred *c = &run->plan->cred;
	int r = 0;

	if (run->proc < 0)
		run->proc = proc_open_own(e);
	if (run->proc < 0)
		return run->proc;
	if (c->selinux)
		r = lsm_selinux_on_exec(run->proc, c->selinux, e);
	if (r < 0)
		return err_at(e, r, "/process/selinuxLabel");
	if (c->apparmor)
		r = lsm_apparmor_on_exec(run->proc, c->apparmor, e);
	return r < 0 ? err_at(e, r, "/process/apparmorProfile") : 0;
}

/*
 * Resolved as everything below the root is; then nothing but a directory inside can be it. One
 * that is missing is made for the container's own program, never by exec in somebody's files.
 */
static int enter_cwd(const char *cwd, bool make, struct err *e)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), dir = -EBADF;
	char real[PATH_MAX];
	long n;

	if (root < 0)
		return err_sys(e, "open", "/");
	if (make)
		dir = rooted_make(root, cwd, S_IFDIR, 0755, e);
	else
		dir = rooted_open(root, cwd, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, e);
	/* A seccomp filter that is older than openat2(2) is in force: what getcwd(2) says decides.
	 */
	if (dir == -ENOSYS || dir == -EPERM)
		err_drop(e);
	else if (dir < 0)
		return dir;
	if ((dir < 0 ? chdir(cwd) : fchdir(dir)) < 0)
		return err_sys(e, "chdir", cwd);
	n = syscall(SYS_getcwd, real, sizeof(real));
	if (n < 0 || real[0] != '/')
		return err_set(e, ERR_SPEC, EPERM,
			       "the working directory `%s` is outside the container", cwd);
	return 0;
}

static struct cred_caps caps_of(const struct plan_cred *c)
{
	return (struct cred_caps){.bounding = c->bounding,
				  .effective = c->effective,
				  .inheritable = c->inheritable,
				  .permitted = c->permitted,
				  .ambient = c->ambient,
				  .last_cap = c->last_cap};
}

static int become(const struct plan_cred *c, struct err *e)
{
	struct cred_caps caps = caps_of(c);
	int r = cred_set_bounding(&caps, e);

	if (r < 0)
		return err_at(e, r, "/process/capabilities/bounding");
	r = cred_set_ids(c->uid, c->gid, c->groups, c->n_groups, c->keep_groups, e);
	if (r < 0)
		return err_at(e, r, "/process/user");
	r = cred_set_caps(&caps, e);
	if (r < 0)
		return err_at(e, r, "/process/capabilities");
	if (c->no_new_privs)
		r = cred_no_new_privs(e);
	if (r < 0)
		return err_at(e, r, "/process/noNewPrivileges");
	return cred_verify(c->uid, c->gid, c->groups, c->n_groups, c->keep_groups, &caps,
			   c->no_new_privs, e);
}

int cred_drop(struct run *run, struct err *e)
{
	const char *cwd = run->plan->exec.cwd;
	bool make = run->list == LIST_CREATE;
	int r = enter_cwd(cwd, make, e);
	bool inside = r == 0;

	/* Either of the two, before or after, may be the one who is let in. */
	if (r == -EACCES)
		err_drop(e);
	else if (r < 0)
		return err_at(e, r, "/process/cwd");
	r = become(&run->plan->cred, e);
	if (r < 0)
		return r;
	/* The kernel lets an ordinary user look into a process of theirs: not into this one. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(e, "prctl", "PR_SET_DUMPABLE");
	if (!inside) {
		r = enter_cwd(cwd, make, e);
		if (r < 0)
			return err_at(e, r, "/process/cwd");
	}
	umask(run->plan->cred.umask);
	return 0;
}
