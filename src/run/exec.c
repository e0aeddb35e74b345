/* exec.c - container_exec(): a further process in a container. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "run/cgroups.h"
#include "run/lane.h"
#include "run/notify.h"
#include "run/object.h"
#include "spec/spec.h"
#include "sys/ns.h"
#include "sys/probe.h"
#include "sys/process.h"
#include "sys/syscalls.h"

enum { PROCESS_MAX = 4 << 20, ARENA_PROCESS = 64 << 20 };

static size_t count(const char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	return n;
}

/* Two lists of strings after another. */
static const char **join_lists(struct arena *a, const char *const *x, size_t n,
			       const char *const *y, size_t m)
{
	const char **v = arena_new(a, const char *, n + m + 1);

	for (size_t i = 0; i < n; i++)
		v[i] = x[i];
	for (size_t i = 0; i < m; i++)
		v[n + i] = arena_str(a, y[i]);
	return v;
}

/* "UID[:GID]", numbers alone: a name would have to be looked up in a file of the image. */
static int parse_user(struct container *c, struct oci_process *p, const char *text, struct err *e)
{
	struct oci_user *u = arena_new(&c->arena, struct oci_user, 1);
	const char *colon = strchr(text, ':');
	const char *uid = colon ? arena_strn(&c->arena, text, (size_t)(colon - text)) : text;

	if (!num_id(uid, &u->uid) || (colon && !num_id(colon + 1, &u->gid)))
		return err_set(e, ERR_USAGE, EINVAL, "--user: \"%s\" is not UID or UID:GID", text);
	u->has_uid = true;
	u->has_gid = true;
	if (!colon && p->user)
		u->gid = p->user->gid;
	if (p->user) {
		u->umask = p->user->umask;
		u->has_umask = p->user->has_umask;
		u->additional_gids = p->user->additional_gids;
		u->n_additional_gids = p->user->n_additional_gids;
	}
	p->user = u;
	return 0;
}

/* --cap: bounding, effective and permitted; never inheritable or ambient (CVE-2022-29162). */
static void add_caps(struct container *c, struct oci_process *p, const char *const *caps)
{
	struct oci_capabilities *old = p->capabilities;
	struct oci_capabilities *k = arena_new(&c->arena, struct oci_capabilities, 1);
	size_t n = count(caps);

	if (old)
		*k = *old;
	k->bounding = join_lists(&c->arena, k->bounding, k->n_bounding, caps, n);
	k->n_bounding += n;
	k->effective = join_lists(&c->arena, k->effective, k->n_effective, caps, n);
	k->n_effective += n;
	k->permitted = join_lists(&c->arena, k->permitted, k->n_permitted, caps, n);
	k->n_permitted += n;
	p->capabilities = k;
}

static int add_groups(struct container *c, struct oci_process *p, const char *const *groups,
		      struct err *e)
{
	struct oci_user *u = arena_new(&c->arena, struct oci_user, 1);
	size_t n = count(groups);

	if (p->user)
		*u = *p->user;
	uint32_t *v = arena_new(&c->arena, uint32_t, u->n_additional_gids + n);

	for (size_t i = 0; i < u->n_additional_gids; i++)
		v[i] = u->additional_gids[i];
	for (size_t i = 0; i < n; i++)
		if (!num_id(groups[i], &v[u->n_additional_gids + i]))
			return err_set(e, ERR_USAGE, EINVAL,
				       "--additional-gids: \"%s\" is not a gid", groups[i]);
	u->additional_gids = v;
	u->n_additional_gids += n;
	p->user = u;
	return 0;
}

/* Without --process: the container's own process, with what the command line says instead. */
static int from_options(struct container *c, const struct exec_options *o, struct oci_process *p,
			struct err *e)
{
	struct arena *a = &c->arena;
	int r = 0;

	if (!c->config->process)
		return err_spec(e, "/process",
				"exec needs a process to start from, and config.json has none");
	*p = *c->config->process;
	p->args = join_lists(a, NULL, 0, o->args, count(o->args));
	p->n_args = count(o->args);
	p->terminal = o->tty_given && o->tty;
	p->has_terminal = true;
	p->console_size = NULL;
	p->has_oom_score_adj = false;
	if (o->cwd)
		p->cwd = arena_str(a, o->cwd);
	if (o->env) {
		p->env = join_lists(a, p->env, p->n_env, o->env, count(o->env));
		p->n_env += count(o->env);
	}
	if (o->user)
		r = parse_user(c, p, o->user, e);
	if (r == 0 && o->groups)
		r = add_groups(c, p, o->groups, e);
	if (o->caps)
		add_caps(c, p, o->caps);
	return r;
}

static int from_file(struct container *c, const struct exec_options *o, struct oci_process *p,
		     struct err *e)
{
	bool is_stdin = strcmp(o->process_file, "-") == 0;
	char *text = NULL;
	size_t len;
	int r;

	if (is_stdin)
		r = file_read_fd(STDIN_FILENO, "standard input", PROCESS_MAX, &text, &len, e);
	else
		r = file_read(AT_FDCWD, o->process_file, PROCESS_MAX, &text, &len, e);
	if (r < 0)
		return r;
	/* A pointer in an error is one into this document from now on. */
	container_remember_text(text, len, is_stdin ? "process" : o->process_file);
	return oci_read(oci_process_table(), text, len, &c->arena, p, e);
}

static int make_process(struct container *c, const struct exec_options *o, struct oci_process *p,
			struct err *e)
{
	struct arena *a = &c->arena;
	int r;

	r = o->process_file ? from_file(c, o, p, e) : from_options(c, o, p, e);
	if (r < 0)
		return r;
	if (o->tty_given) {
		p->terminal = o->tty;
		p->has_terminal = true;
	}
	if (o->no_new_privs_given && o->no_new_privs) {
		p->no_new_privileges = true;
		p->has_no_new_privileges = true;
	}
	if (o->apparmor)
		p->apparmor_profile = arena_str(a, o->apparmor);
	if (o->process_label)
		p->selinux_label = arena_str(a, o->process_label);
	return spec_check_process(p, o->process_file ? "" : "/process", e);
}

/* Whether `create` made it a namespace of this kind: then it is neither ours nor the host's. */
static bool has_own(const struct oci_config *config, const char *kind)
{
	const struct oci_linux *l = config->linux_;

	for (size_t i = 0; l && i < l->n_namespaces; i++) {
		const struct oci_namespace *n = &l->namespaces[i];

		if (strcmp(n->type, kind) == 0 && (!n->path || !*n->path))
			return true;
	}
	return false;
}

/*
 * The namespaces of init that aren't ours, to be entered. To enter one's own user namespace is an
 * error, so of that one the kernel is asked in any case.
 */
static uint32_t foreign_namespaces(const struct oci_config *config, pid_t pid)
{
	static const struct {
		const char *kind;
		int type;
	} all[] = {{"", CLONE_NEWUSER},		{"mount", CLONE_NEWNS}, {"pid", CLONE_NEWPID},
		   {"network", CLONE_NEWNET},	{"ipc", CLONE_NEWIPC},	{"uts", CLONE_NEWUTS},
		   {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME}};
	uint32_t set = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (has_own(config, all[i].kind) || ns_differs(pid, all[i].type))
			set |= (uint32_t)all[i].type;
	return set;
}

/*
 * What was looked up by its pid was looked up in time: as long as init has not been reaped the
 * number is its own.
 */
static int check_alive(int pidfd, struct err *e)
{
	int r = process_wait_end(pidfd, 0, e);

	if (r > 0)
		return err_set(e, ERR_STATE, ESRCH,
			       "cannot exec in a stopped container: container not running: no such "
			       "process");
	return r;
}

static int check_state(struct container *c, const struct exec_options *o, int *pidfd, struct err *e)
{
	const char *status;
	int r = state_status(&c->state, &status, pidfd, e);

	if (r < 0)
		return r;
	if (strcmp(status, "stopped") == 0)
		return err_set(e, ERR_STATE, ESRCH,
			       "cannot exec in a stopped container: container not running: no such "
			       "process");
	if (strcmp(status, "creating") == 0)
		return err_set(e, ERR_STATE, EINVAL,
			       "cannot exec in a container that is being created");
	if (strcmp(status, "paused") == 0 && !o->ignore_paused)
		return err_set(
			e, ERR_STATE, EINVAL,
			"cannot exec in a paused container (use --ignore-paused to override)");
	return 0;
}

static int plan(struct container *c, const struct exec_options *o, const struct oci_process *p,
		int target, struct err *e)
{
	struct plan_hierarchy h[SHARED_CGROUPS_MAX];
	size_t n = cgroups_of(&c->state, h);
	struct host host = {0};
	struct winsize size;
	uint32_t types = foreign_namespaces(c->config, (pid_t)c->state.pid);
	struct plan_options opt = {.id = c->id,
				   .bundle = c->state.bundle,
				   .run_dir = c->g->root,
				   .listen_fds = listen_fds(),
				   .no_new_keyring = c->state.no_keyring,
				   .console_socket = o->console_socket,
				   .detach = o->detach};
	struct plan_exec_options x = {.process = p,
				      .process_at = o->process_file ? "" : "/process",
				      .cgroup = o->cgroup,
				      .ns_types = types,
				      .in_userns = types & CLONE_NEWUSER,
				      .own_root = !has_own(c->config, "mount")};
	int r = check_alive(target, e);

	if (r == 0)
		r = host_probe(&host, e);
	if (r < 0)
		return r;
	opt.preserve_fds = o->preserve_fds + opt.listen_fds;
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
		opt.rows = size.ws_row;
		opt.columns = size.ws_col;
	}
	return plan_exec(c->config, &opt, &x, h, n, &host, &c->arena, &c->plan, e);
}

static int op_state_json(struct run *run, const char *status, char **text, struct err *e)
{
	struct oci_state s;
	size_t len;

	(void)status;
	container_fill_state(run->container, "running", run->container->state.pid, &s);
	return oci_write(oci_state_table(), &s, false, text, &len, e);
}

static const struct run_ops exec_ops = {.state_json = op_state_json};

/* Opens the container with an arena that can be handed on. */
static int open_for_exec(const struct global *g, const char *id, const struct exec_options *o,
			 struct container **ret, int *pidfd, struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	struct arena strings;
	int r = container_open(g, id, false, &c, e);

	if (r == 0)
		r = check_state(c, o, pidfd, e);
	if (r < 0)
		return r;
	strings = c->arena; /* of the state; lives as long as the process */
	(void)strings;
	r = arena_init(&c->arena, ARENA_PROCESS + container_arena_size(c), e);
	if (r == 0)
		r = container_load_config(c, e);
	if (r == 0)
		*ret = steal_ptr(c);
	return r;
}

/* The root of a container that has none of its own mounts, by the one thing that knows it. */
static int open_root(struct container *c, int target, struct run *run, struct err *e)
{
	char path[64];

	if (has_own(c->config, "mount"))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/root", (int)c->state.pid);
	run->shared->rootfs = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (run->shared->rootfs < 0)
		return err_sys(e, "open", path);
	return check_alive(target, e);
}

static int go(struct container *c, const struct exec_options *o, int target, struct run *run,
	      struct channel *ch, struct err *e)
{
	int r = run_open(run, ch, c, LIST_EXEC, 0, e);

	if (r < 0)
		return r;
	run->ops = &exec_ops;
	run->console_socket = o->console_socket;
	run->until = lane_end(LIST_EXEC);
	run->shared->target = fcntl(target, F_DUPFD_CLOEXEC, 3);
	if (run->shared->target < 0)
		return err_sys(e, "fcntl", "pidfd");
	r = open_root(c, target, run, e);
	if (r < 0)
		return r;
	r = lane_run(run, e);
	if (r == 0 && o->pidfd_socket)
		r = pidfd_send(o->pidfd_socket, run->init_pidfd, e);
	/* Only now: a pid file says that the process was started (engine-contract A0.3). */
	if (r == 0 && o->pid_file)
		r = pid_file_write(o->pid_file, run->init_pid, e);
	if (r < 0)
		lane_undo(run);
	return r;
}

int container_exec(const struct global *g, const char *id, const struct exec_options *o,
		   int *status, struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	auto_call(monitor_end) struct monitor *m = NULL;
	auto_close int target = -EBADF;
	struct oci_process p = {0};
	struct channel ch;
	struct run run;
	int r = open_for_exec(g, id, o, &c, &target, e);

	*status = 0;
	if (r == 0)
		r = make_process(c, o, &p, e);
	if (r == 0)
		r = plan(c, o, &p, target, e);
	if (r == 0)
		r = arena_seal(&c->arena, e);
	if (r == 0 && !o->detach)
		r = monitor_begin(&m, e);
	if (r < 0)
		return r;
	r = go(c, o, target, &run, &ch, e);
	if (r == 0 && !o->detach)
		r = monitor_run(m, &run, status, e);
	run_close(&run);
	return r;
}
