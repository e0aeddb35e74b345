/* host-userns.c - PARENT writes the id maps, and what depends on them. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/child.h"
#include "sys/mountapi.h"
#include "sys/ns.h"
#include "sys/syscalls.h"

enum { MAP_TEXT = 16 * 1024, HELPER_SECONDS = 30, HELPER_ARGS = 3 * 340 + 4 };

/* One write of the whole map, as the kernel wants it (user_namespaces(7)). */
static int write_map(pid_t pid, const char *file, const struct plan_id_range *v, size_t n,
		     struct err *e)
{
	char text[MAP_TEXT], path[64];
	struct str s = STR_ON(text);

	for (size_t i = 0; i < n; i++)
		str_addf(&s, "%u %u %u\n", v[i].inside, v[i].outside, v[i].size);
	if (str_cut(&s))
		return err_set(e, ERR_SPEC, E2BIG, "the id map is too long for the kernel");
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return file_write_once(AT_FDCWD, path, text, e);
}

/* Without privilege over the ids: the setuid helpers check /etc/subuid and write it for us. */
static int run_helper(pid_t pid, const char *name, const struct plan_id_range *v, size_t n,
		      struct err *e)
{
	static const char *const dirs[] = {"/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin"};
	static const char *const env[] = {NULL};
	char path[64] = "", number[3 * 340 + 1][12];
	const char *args[HELPER_ARGS];
	size_t count = 0;
	int r;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && !path[0]; i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		if (faccessat(AT_FDCWD, path, X_OK, 0) < 0)
			path[0] = '\0';
	}
	if (!path[0])
		return err_set(
			e, ERR_SPEC, ENOENT,
			"`%s` is needed to map more than one's own id without privilege, and "
			"isn't installed (package uidmap or shadow-utils)",
			name);
	args[count++] = name;
	snprintf(number[0], sizeof(number[0]), "%d", (int)pid);
	args[count++] = number[0];
	for (size_t i = 0; i < n && i < 340; i++) {
		const uint32_t field[3] = {v[i].inside, v[i].outside, v[i].size};

		for (size_t k = 0; k < 3; k++) {
			char *text = number[1 + 3 * i + k];

			snprintf(text, sizeof(number[0]), "%u", field[k]);
			args[count++] = text;
		}
	}
	args[count] = NULL;

	struct child c = {.path = path, .args = args, .env = env, .timeout_s = HELPER_SECONDS};

	r = child_run(&c, e);
	return r;
}

static int map_with(pid_t pid, const struct plan_idmap *m, struct err *e)
{
	char path[64];
	int r;

	if (m->by_helper) {
		r = run_helper(pid, "newuidmap", m->uid, m->n_uid, e);
		if (r < 0)
			return err_at(e, r, "/linux/uidMappings");
		r = run_helper(pid, "newgidmap", m->gid, m->n_gid, e);
		return r < 0 ? err_at(e, r, "/linux/gidMappings") : 0;
	}
	if (m->deny_setgroups) {
		snprintf(path, sizeof(path), "/proc/%d/setgroups", (int)pid);
		r = file_write_once(AT_FDCWD, path, "deny", e);
		if (r < 0)
			return err_at(e, r, "/linux/gidMappings");
	}
	r = write_map(pid, "uid_map", m->uid, m->n_uid, e);
	if (r < 0)
		return err_at(e, r, "/linux/uidMappings");
	r = write_map(pid, "gid_map", m->gid, m->n_gid, e);
	return r < 0 ? err_at(e, r, "/linux/gidMappings") : 0;
}

int userns_map(struct run *run, struct err *e)
{
	return map_with(run->init_pid, &run->plan->idmap, e);
}

static int __attribute__((noreturn)) wait_for_kill(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/* A user namespace with these maps, and nobody in it but a process that is about to be killed. */
static int userns_of(const struct plan_idmap *m, struct err *e)
{
	static char stack[16 * 1024] __attribute__((aligned(16)));
	char path[64];
	int pid, r, fd = -1;

	pid = clone(wait_for_kill, stack + sizeof(stack), CLONE_NEWUSER | SIGCHLD, NULL);
	if (pid < 0)
		return err_sys(e, "clone", "user namespace of an idmapped mount");
	r = map_with(pid, m, e);
	if (r == 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
		fd = ns_open(path, CLONE_NEWUSER, e);
	}
	kill(pid, SIGKILL); /* a child of ours that nobody has reaped */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r < 0 ? r : fd;
}

/* Binds that are idmapped: their trees are still detached, and INIT has the same descriptors. */
int mount_idmap(struct run *run, struct err *e)
{
	const struct plan *plan = run->plan;
	char path[64];

	for (size_t i = 0; i < plan->n_mounts; i++) {
		const struct plan_mount *m = &plan->mounts[i];
		auto_close int userns = -EBADF;
		int r;

		if (!(m->flags.extra & (MX_IDMAP | MX_RIDMAP)))
			continue;
		if (m->idmap) {
			userns = userns_of(m->idmap, e);
		} else {
			snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)run->init_pid);
			userns = ns_open(path, CLONE_NEWUSER, e);
		}
		r = userns;
		if (r >= 0)
			r = mount_set_idmap(run->shared->fds[i], m->flags.extra & MX_RIDMAP, userns,
					    e);
		if (r < 0)
			return err_at(e, r, "/mounts/%u", m->index);
	}
	return 0;
}

int oom_score_set(struct run *run, struct err *e)
{
	char path[64], text[16];
	int r;

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", (int)run->init_pid);
	snprintf(text, sizeof(text), "%d", run->plan->oom_score_adj);
	r = file_write_once(AT_FDCWD, path, text, e);
	return r < 0 ? err_at(e, r, "/process/oomScoreAdj") : 0;
}
