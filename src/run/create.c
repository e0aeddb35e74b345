/* create.c - container_create() and container_run(): from the bundle to a container. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "run/cgroups.h"
#include "run/lane.h"
#include "run/notify.h"
#include "run/object.h"
#include "spec/spec.h"
#include "sys/ns.h"
#include "sys/probe.h"
#include "sys/unixsock.h"

enum { ARENA_BASE = 4 << 20, ARENA_PER_BYTE = 24 };

static int bundle_path(const char *given, char out[PATH_MAX], struct err *e)
{
	struct stat st;

	if (!realpath(given, out))
		return err_sys(e, "bundle", given);
	if (stat(out, &st) < 0)
		return err_sys(e, "bundle", out);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_SPEC, ENOTDIR, "bundle `%s` is not a directory", out);
	return 0;
}

static int config_path(const struct create_options *o, const char *bundle, char out[PATH_MAX],
		       struct err *e)
{
	struct str s = {.buf = out, .size = PATH_MAX};

	/* --config is relative to the caller's directory, which we are still in. */
	if (o->config && !realpath(o->config, out))
		return err_sys(e, "config", o->config);
	if (!o->config)
		str_addf(&s, "%s/config.json", bundle);
	if (!o->config && str_cut(&s)) {
		errno = ENAMETOOLONG;
		return err_sys(e, "config", bundle);
	}
	return 0;
}

/* Reads, checks and plans. Changes nothing in the world but our own directory. */
static int decide(struct container *c, const struct create_options *o, bool wait_start,
		  struct host *host, struct err *e)
{
	char bundle[PATH_MAX], config[PATH_MAX];
	struct plan_options opt = {.id = c->id,
				   .bundle = bundle,
				   .run_dir = c->g->root,
				   .no_pivot = o->no_pivot,
				   .no_new_keyring = o->no_new_keyring,
				   .systemd_cgroup = c->g->systemd_cgroup,
				   .cgroup_disabled = c->g->cgroup_disabled,
				   .wait_start = wait_start,
				   .console_socket = o->console_socket,
				   .detach = o->detach || wait_start,
				   .no_terminal_ok = o->dry_run};
	struct spec_context ctx = {.systemd_cgroup = c->g->systemd_cgroup};
	struct winsize size;
	struct stat st;
	int r = bundle_path(o->bundle ? o->bundle : ".", bundle, e);

	if (r == 0)
		r = config_path(o, bundle, config, e);
	if (r < 0)
		return r;
	if (stat(config, &st) < 0 || !S_ISREG(st.st_mode))
		st.st_size = 0; /* spec_load() has the sentence */
	if (st.st_size > OCI_MAX_BYTES)
		st.st_size = OCI_MAX_BYTES;
	r = arena_init(&c->arena, ARENA_BASE + (size_t)st.st_size * ARENA_PER_BYTE, e);
	if (r < 0)
		return r;
	r = spec_load(config, &c->arena, &c->config, &c->text, &c->text_len, e);
	if (c->text)
		container_remember_text(c->text, c->text_len,
					o->config ? o->config : "config.json");
	if (r == 0)
		r = spec_check(c->config, &ctx, e);
	if (r == 0)
		r = host_probe(host, e);
	if (r < 0)
		return r;
	if (c->g->rootless)
		host->cgroup_writable = false; /* so a cgroup that can't be made is no error */
	if (chdir(bundle) < 0)
		return err_sys(e, "chdir", bundle);
	opt.listen_fds = listen_fds();
	opt.preserve_fds = o->preserve_fds + opt.listen_fds;
	opt.notify_socket = getenv("NOTIFY_SOCKET");
	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) {
		opt.rows = size.ws_row;
		opt.columns = size.ws_col;
	}
	return plan_create(c->config, &opt, host, &c->arena, &c->plan, e);
}

static int check_rootfs(const struct plan *plan, struct err *e)
{
	struct stat st;

	if (lstat(plan->rootfs, &st) < 0)
		return err_at(e, err_sys(e, "rootfs", plan->rootfs), "/root/path");
	if (S_ISLNK(st.st_mode))
		return err_spec(e, "/root/path",
				"the rootfs `%s` is a symlink: name the directory itself",
				plan->rootfs);
	if (!S_ISDIR(st.st_mode))
		return err_spec(e, "/root/path", "the rootfs `%s` is not a directory",
				plan->rootfs);
	return 0;
}

/*
 * A namespace to join may turn out to be the host's own: then nothing may be set in it, for it
 * would be set on the host (security.md A13).
 */
static int check_untouched(const struct plan *plan, const struct plan_ns_join *j, struct err *e)
{
	if (j->type == CLONE_NEWUTS && plan->features & (PF_HOSTNAME | PF_DOMAINNAME))
		return err_set(
			e, ERR_SPEC, EINVAL,
			"unable to set hostname without a private UTS namespace: `%s` is the "
			"host's",
			j->path);
	for (size_t i = 0; i < plan->n_sysctls; i++)
		if (plan->sysctls[i].ns == j->type)
			return err_set(e, ERR_SPEC, EINVAL,
				       "sysctl `%s` would be the host's: so is `%s`",
				       plan->sysctls[i].key, j->path);
	return 0;
}

static int open_joins(struct run *run, struct err *e)
{
	const struct plan_ns *ns = &run->plan->ns;

	for (size_t i = 0; i < ns->n_join; i++) {
		int fd = ns_open(ns->join[i].path, ns->join[i].type, e);

		if (fd >= 0)
			run->shared->join[i] = fd;
		if (fd >= 0 && ns_is_ours(fd, ns->join[i].type))
			fd = check_untouched(run->plan, &ns->join[i], e);
		if (fd < 0)
			return err_at(e, fd, "/linux/namespaces/%u/path", ns->join[i].index);
	}
	return 0;
}

/* From /etc/passwd itself: NSS would load modules that may be anything. */
static const char *owner_name(struct arena *a, uid_t uid)
{
	const char *name = NULL;
	struct passwd *pw;
	FILE *f;

	if (uid == 0)
		return "root";
	f = fopen("/etc/passwd", "re");
	while (f && !name && (pw = fgetpwent(f)))
		if (pw->pw_uid == uid)
			name = arena_str(a, pw->pw_name);
	if (f)
		fclose(f);
	return name ? name : arena_strf(a, "%u", (unsigned)uid);
}

/* What is known of the container before anything is made: enough to remove it again. */
static int fill_state_file(struct container *c, struct err *e)
{
	const struct plan *plan = c->plan;
	struct state_file *s = &c->state;
	struct state_cgroup *cg;

	*s = (struct state_file){.version = 1,
				 .has_version = true,
				 .id = c->id,
				 .status = "creating",
				 .boot = c->boot,
				 .bundle = plan->bundle,
				 .rootfs = plan->rootfs,
				 .created = rfc3339_now(c->created),
				 .process = c->config->process != NULL,
				 .has_process = true,
				 .poststop = plan->hooks.n[PH_POSTSTOP] > 0,
				 .has_poststop = true,
				 .poststart = plan->hooks.n[PH_POSTSTART] > 0,
				 .has_poststart = true,
				 .no_keyring = !(plan->features & PF_KEYRING),
				 .has_no_keyring = true,
				 .annotations = c->config->annotations,
				 .n_annotations = c->config->n_annotations};
	if (plan->features & PF_CGROUP) {
		cg = arena_new(&c->arena, struct state_cgroup, plan->cgroup.n);
		for (size_t i = 0; i < plan->cgroup.n; i++) {
			const struct plan_hierarchy *h = &plan->cgroup.hierarchies[i];

			cg[i] = (struct state_cgroup){.dir = h->dir,
						      .path = h->path,
						      .controllers = h->controllers,
						      .v2 = h->v2,
						      .has_v2 = true};
		}
		s->cgroups = cg;
		s->n_cgroups = plan->cgroup.n;
	}
	s->owner = owner_name(&c->arena, geteuid());
	return state_boot_id(c->boot, e);
}

static int op_claim(struct run *run, struct err *e)
{
	struct container *c = run->container;
	int r = state_claim_dir(c->g->root, c->id, &c->dir, e);

	if (r < 0)
		return r;
	run->state_dir = c->dir.path;
	run->state_fd = c->dir.fd;
	r = state_write(&c->dir, &c->state, e);
	if (r == 0) {
		auto_close int fd = openat(c->dir.fd, "config.json",
					   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		r = fd < 0 ? err_sys(e, "create", "config.json")
			   : file_write_all(fd, "config.json", c->text, c->text_len, e);
	}
	if (r == 0 && run->plan->features & PF_WAIT_START) {
		run->shared->listener =
			socket_bind_at(SOCK_SEQPACKET, c->dir.fd, "start.sock", 0600, e);
		r = run->shared->listener < 0 ? run->shared->listener : 0;
	}
	if (r == 0 && run->plan->notify_dir)
		r = notify_prepare(c->dir.fd, e);
	/* `start` listens for itself: a socket ends with the process that has it. */
	if (r == 0 && run->plan->notify_dir && !(run->features & PF_WAIT_START))
		r = notify_listen(c->dir.fd, &run->notify, e);
	return r;
}

static void op_remove(struct run *run)
{
	struct container *c = run->container;
	struct err e = {0};

	if (c->dir.fd < 0)
		return; /* it never was ours */
	if (run->cgroups_made > 0) {
		log_warning("cgroups of container \"%s\" are left: `delete --force` goes on",
			    c->id);
		return;
	}
	if (state_remove_dir(c->g->root, c->id, &c->dir, &e) < 0) {
		log_warning("%s `%s`: %s", e.op, e.path, strerror(e.num));
		err_drop(&e);
	}
}

static int write_process(struct run *run, const char *status, struct err *e)
{
	struct container *c = run->container;
	struct process_id id;
	int r = process_identify(run->init_pid, run->init_pidfd, &id, e);

	if (r < 0)
		return r;
	c->state.pid = id.pid;
	c->state.has_pid = true;
	c->state.start = id.start;
	c->state.has_start = true;
	c->state.inode = id.inode;
	c->state.has_inode = true;
	c->state.status = status;
	r = plan_remember(c, e);
	return r < 0 ? r : state_write(&c->dir, &c->state, e);
}

static int op_created(struct run *run, struct err *e)
{
	const struct create_options *o = run->container->create;
	bool waits = run->features & PF_WAIT_START;
	int r = write_process(run, waits ? "created" : "running",
			      e); /* `run` doesn't stop between */

	if (r == 0 && o->pidfd_socket)
		r = pidfd_send(o->pidfd_socket, run->init_pidfd, e);
	if (r == 0 && o->pid_file)
		r = pid_file_write(o->pid_file, run->init_pid, e);
	return r;
}

static int op_running(struct run *run, struct err *e)
{
	struct container *c = run->container;

	c->state.status = "running";
	return state_write(&c->dir, &c->state, e);
}

static int op_state_json(struct run *run, const char *status, char **text, struct err *e)
{
	struct oci_state s;
	size_t len;

	container_fill_state(run->container, status,
			     run->init_pid ? run->init_pid : run->container->state.pid, &s);
	return oci_write(oci_state_table(), &s, false, text, &len, e);
}

const struct run_ops create_ops = {
	.claim = op_claim,
	.remove = op_remove,
	.created = op_created,
	.running = op_running,
	.state_json = op_state_json,
};

/* Whether a hook may have run: then its counterpart has to (runtime.md, "Lifecycle"). */
static bool reached_hooks(const struct run *run)
{
	const char *name;

	for (unsigned i = 0; i <= run->reached && (name = create_step_name(i)); i++)
		if (strcmp(name, "hooks.runtime") == 0)
			return true;
	return false;
}

/*
 * A failure of the second part, after "created": what the runtime-spec wants is a container that
 * is stopped and deleted, poststop hooks included.
 */
static void take_back(struct run *run, unsigned part)
{
	struct container *c = run->container;
	struct err e = {0};

	if (run->reached < part) {
		bool hooks = reached_hooks(run);

		lane_undo(run);
		if (hooks)
			container_poststop(c);
		return;
	}
	if (container_destroy(c, &e) < 0) {
		log_warning("after the failure: %s %s", e.text[0] ? e.text : e.op, e.path);
		err_drop(&e);
	}
}

static int go(struct container *c, const struct create_options *o, bool wait_start, struct run *run,
	      struct channel *ch, struct err *e)
{
	unsigned part = lane_part(LIST_CREATE, "start");
	int r = run_open(run, ch, c, LIST_CREATE, c->plan->n_mounts + c->plan->n_devices, e);

	if (r < 0)
		return r;
	run->ops = &create_ops;
	run->console_socket = o->console_socket;
	run->until = wait_start ? part : lane_end(LIST_CREATE);
	r = open_joins(run, e);
	if (r < 0)
		return r;
	r = lane_run(run, e);
	if (r < 0)
		take_back(run, part);
	return r;
}

static int begin(const struct global *g, const char *id, const struct create_options *o,
		 bool wait_start, struct container **ret, struct err *e)
{
	auto_call(container_free) struct container *c = container_new(g, id);
	struct host host = {0};
	int r;

	if (!c)
		return err_set(e, ERR_SYS, ENOMEM, "calloc");
	c->create = o;
	r = state_check_id(id, e);
	if (r == 0)
		r = decide(c, o, wait_start, &host, e);
	if (r == 0)
		r = check_rootfs(c->plan, e);
	if (r == 0 && o->dry_run)
		r = plan_dump(c->plan, &c->arena, STDOUT_FILENO, e);
	if (r == 0)
		r = fill_state_file(c, e);
	if (r == 0)
		r = arena_seal(&c->arena, e);
	if (r < 0)
		return r;
	*ret = steal_ptr(c);
	return 0;
}

int container_create(const struct global *g, const char *id, const struct create_options *o,
		     struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	struct channel ch;
	struct run run;
	int r = begin(g, id, o, true, &c, e);

	if (r < 0 || o->dry_run)
		return r;
	r = go(c, o, true, &run, &ch, e);
	run_close(&run);
	return r;
}

/*
 * The container's end in the foreground: everything of it goes, unless --keep. It may be gone
 * already, by `delete --force`.
 */
static int finish(struct container *c, const struct create_options *o, struct err *e)
{
	int r;

	if (o->keep)
		return 0;
	r = state_lock(&c->dir, c->id, e);
	if (r == -ENOENT && e->kind == ERR_STATE) {
		err_drop(e);
		return 0;
	}
	return r < 0 ? r : container_destroy(c, e);
}

int container_run(const struct global *g, const char *id, const struct create_options *o,
		  int *status, struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	auto_call(monitor_end) struct monitor *m = NULL;
	struct channel ch;
	struct run run;
	int r = begin(g, id, o, false, &c, e);

	*status = 0;
	if (r < 0 || o->dry_run)
		return r;
	if (!c->config->process)
		return err_spec(e, "/process", "`run` needs a process, and config.json has none");
	if (!o->detach) {
		r = monitor_begin(&m, e);
		if (r < 0)
			return r;
	}
	r = go(c, o, false, &run, &ch, e);
	if (r == 0)
		state_unlock(&c->dir);
	if (r == 0 && !o->detach) {
		r = monitor_run(m, &run, status, e);
		if (r == 0)
			r = finish(c, o, e);
	}
	if (r == 0 && o->detach)
		r = notify_until_ready(run.notify, run.init_pid, run.init_pidfd, e);
	run_close(&run);
	return r;
}
