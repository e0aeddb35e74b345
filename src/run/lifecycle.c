/* lifecycle.c - what is done to a container that is there: start, kill, delete, pause, state, list.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "run/cgroups.h"
#include "run/lane.h"
#include "run/notify.h"
#include "run/object.h"
#include "step/hooks.h"
#include "sys/unixsock.h"

enum { END_MS = 10 * 1000 };

extern const struct run_ops create_ops;

static int call_init(struct container *c, struct run *run, struct channel *ch, struct err *e)
{
	unsigned part = lane_part(LIST_CREATE, "start");
	int sock = socket_connect_at(SOCK_SEQPACKET, c->dir.fd, "start.sock", e), r;
	auto_close int shared = -EBADF, arena = -EBADF;

	if (sock < 0)
		return sock;
	*ch = (struct channel){.fd = sock,
			       .side = LANE_PARENT,
			       .peer = -1,
			       .waits_ms = 60 * 1000,
			       .name = create_step_name};
	/* The step after the part's line is start.wait: INIT answers with what it shares. */
	r = channel_await(ch, part + 1, &shared, e);
	if (r == 0)
		r = channel_await(ch, part + 1, &arena, e);
	if (r == 0 && (shared < 0 || arena < 0))
		r = err_set(e, ERR_PROTO, EPROTO, "init sent no shared memory");
	if (r == 0)
		r = run_attach(run, ch, c, shared, arena, e);
	if (r < 0)
		return r;
	run->ops = &create_ops;
	run->from = part;
	run->until = lane_end(LIST_CREATE);
	return 0;
}

/* Says which state it is in instead, in the words that engines and users know. */
static int check_startable(struct container *c, struct err *e)
{
	const char *status;
	int r = state_status(&c->state, &status, NULL, e);

	if (r < 0)
		return r;
	if (strcmp(status, "created") == 0) {
		if (c->state.process)
			return 0;
		return err_spec(e, "/process", "start needs a process, and config.json has none");
	}
	if (strcmp(status, "stopped") == 0)
		return err_set(e, ERR_STATE, EINVAL, "cannot start a container that has stopped");
	if (strcmp(status, "creating") == 0)
		return err_set(e, ERR_STATE, EINVAL,
			       "cannot start a container that is being created");
	if (strcmp(status, "paused") == 0 && strcmp(c->state.status, "created") == 0)
		return err_set(e, ERR_STATE, EINVAL, "cannot start a container that is paused");
	return err_set(e, ERR_STATE, EINVAL, "cannot start an already running container");
}

int container_start(const struct global *g, const char *id, struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	auto_close int pidfd = -EBADF;
	struct err undo = {0};
	struct channel ch;
	const char *status;
	struct run run = {
		.init_pidfd = -1, .spawned_pidfd = -1, .terminal = -1, .given = -1, .notify = -1};
	int r = container_open(g, id, true, &c, e);

	if (r == 0)
		r = check_startable(c, e);
	if (r == 0)
		r = state_status(&c->state, &status, &pidfd, e);
	if (r < 0)
		return r;
	r = call_init(c, &run, &ch, e);
	if (r == 0) {
		run.init_pidfd = steal_fd(&pidfd);
		run.init_pid = (pid_t)c->state.pid;
		if (c->plan->notify_dir && getenv("NOTIFY_SOCKET"))
			r = notify_listen(c->dir.fd, &run.notify, e);
	}
	if (r == 0)
		r = lane_run(&run, e);
	if (r == 0)
		unlinkat(c->dir.fd, "start.sock", 0);
	else if (container_end(c, &undo) < 0)
		err_drop(&undo);
	if (r < 0 && run.reached >= lane_end(LIST_CREATE) - 1 && container_destroy(c, &undo) < 0)
		err_drop(&undo);
	if (r == 0) {
		state_unlock(&c->dir);
		r = notify_until_ready(run.notify, run.init_pid, run.init_pidfd, e);
	}
	run_close(&run);
	return r;
}

/* Whether there are processes in its cgroups: it may have none, or none that it was let into. */
static int has_members(const struct container *c, struct err *e)
{
	auto_free pid_t *pids = NULL;
	size_t n = 0;
	int r = cgroups_pids(&c->state, &pids, &n, e);

	return r < 0 ? r : n > 0;
}

/* container_open(), and what the container is at the moment; pidfd as state_status() has it. */
static int open_and_look(const struct global *g, const char *id, bool lock, struct container **c,
			 const char **status, int *pidfd, struct err *e)
{
	int r = container_open(g, id, lock, c, e);

	return r < 0 ? r : state_status(&(*c)->state, status, pidfd, e);
}

int container_kill(const struct global *g, const char *id, int sig, bool all, struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	auto_close int pidfd = -EBADF;
	const char *status;
	int r = open_and_look(g, id, false, &c, &status, &pidfd, e);

	if (r < 0)
		return r;
	if (all) {
		r = state_is_past(&c->state, e);
		if (r == 0)
			r = has_members(c, e);
		else if (r > 0)
			r = 0;
		if (r != 0)
			return r < 0 ? r : cgroups_kill(&c->state, sig, e);
	}
	if (pidfd < 0 && all)
		return 0; /* there is nobody */
	if (pidfd < 0)
		return err_set(e, ERR_STATE, ESRCH, "container not running: no such process");
	r = process_signal(pidfd, sig, e);
	if (r == -ESRCH) {
		err_drop(e);
		return err_set(e, ERR_STATE, ESRCH, "container not running: no such process");
	}
	/* Frozen processes don't die: the kernel has the signal wait (cgroups(7)). */
	if (r == 0 && sig == SIGKILL && strcmp(status, "paused") == 0)
		r = cgroups_freeze(&c->state, false, e);
	return r;
}

/*
 * Ends every process of it, and waits until that is so. bare, unless NULL: its cgroups are wanted
 * no more, and true says that there are none any longer.
 */
static int end_all(struct container *c, bool *bare, struct err *e)
{
	auto_close int pidfd = -EBADF;
	const char *status;
	int r = state_is_past(&c->state, e);

	if (bare)
		*bare = r > 0; /* no cgroup outlives the kernel that it was in */
	if (r != 0)
		return r < 0 ? r : 0;
	r = state_status(&c->state, &status, &pidfd, e);
	if (r < 0)
		return r;
	if (pidfd >= 0) {
		r = process_signal(pidfd, SIGKILL, e);
		if (r == -ESRCH)
			err_drop(e);
		else if (r < 0)
			return r;
		if (strcmp(status, "paused") == 0) {
			r = cgroups_freeze(&c->state, false, e);
			if (r < 0)
				return r;
		}
	} else if (bare && cgroups_remove_empty(&c->state)) {
		*bare = true;
		return 0;
	}
	/* Without a pid namespace there may be more of them than init. */
	r = cgroups_kill(&c->state, SIGKILL, e);
	if (r < 0 || pidfd < 0)
		return r;
	r = process_wait_end(pidfd, END_MS, e);
	if (r == 0)
		return err_set(e, ERR_STATE, EBUSY,
			       "init (pid %lld) has not ended %d s after SIGKILL",
			       (long long)c->state.pid, END_MS / 1000);
	return r < 0 ? r : 0;
}

/* They may fail, and are told to the log alone: the container is gone (runtime.md, "Lifecycle"). */
void container_poststop(struct container *c)
{
	struct plan plan = {0};
	auto_free char *text = NULL;
	struct oci_state state;
	struct err e = {0};
	size_t len;
	struct plan_ctx x = {.plan = &plan,
			     .a = &c->arena,
			     .process_at = "/process",
			     .opt = &(struct plan_options){.id = c->id, .bundle = c->state.bundle}};

	if (!c->state.poststop)
		return;
	if (c->plan) {
		plan.hooks = c->plan->hooks; /* the arena is sealed: what is there is used */
	} else {
		if (container_load_config(c, &e) == 0) {
			x.c = c->config;
			x.process = c->config->process;
			if (plan_hooks(&x, &e) < 0)
				log_debug("poststop hooks can't be planned");
		}
	}
	container_fill_state(c, "stopped", 0, &state);
	if (e.kind == ERR_NONE &&
	    oci_write(oci_state_table(), &state, false, &text, &len, &e) == 0) {
		for (size_t i = 0; i < plan.hooks.n[PH_POSTSTOP]; i++) {
			struct err he = {0};

			if (hook_run(&plan.hooks.v[PH_POSTSTOP][i], PH_POSTSTOP, c->state.bundle,
				     text, NULL, NULL, &he) < 0)
				log_warning("%s %s", he.text[0] ? he.text : he.op, he.path);
		}
	}
	if (e.kind != ERR_NONE)
		log_warning("poststop hooks: %s %s", e.text[0] ? e.text : e.op, e.path);
}

int container_end(struct container *c, struct err *e)
{
	return end_all(c, NULL, e);
}

int container_destroy(struct container *c, struct err *e)
{
	struct err ignored = {0};
	bool bare;
	int r = end_all(c, &bare, e);

	if (r == 0 && !bare)
		r = cgroups_remove(&c->state, e);
	/* The copy of config.json, where the hooks are, goes with the directory. */
	if (r == 0 && c->state.poststop && !c->plan && container_load_config(c, &ignored) < 0)
		err_drop(&ignored); /* they can't be found later either, and then it is said */
	if (r == 0)
		r = state_remove_dir(c->g->root, c->id, &c->dir, e);
	if (r == 0)
		container_poststop(c);
	return r;
}

/*
 * A state directory without a state that can be read. Missing: a create that was killed at its
 * very first step, for that file comes first, and before anything is made. Damaged: the state
 * before says as much of what there is to end and to remove.
 */
static int delete_orphan(const struct global *g, const char *id, struct err *e)
{
	auto_call(container_free) struct container *c = container_new(g, id);
	struct err ignored = {0};
	int r;

	if (!c)
		return err_set(e, ERR_SYS, ENOMEM, "calloc");
	r = state_open_dir(g->root, id, &c->dir, e);
	if (r == -ENOENT && e->kind == ERR_STATE) {
		err_drop(e);
		return 0;
	}
	if (r == 0)
		r = state_lock(&c->dir, id, e);
	if (r == 0)
		r = arena_init_private(&c->arena, container_arena_size(c), e);
	if (r < 0)
		return r;
	r = state_read(&c->dir, &c->arena, &c->state, e);
	if (r < 0) {
		int old = state_read_old(&c->dir, &c->arena, &c->state, &ignored);

		if (old < 0)
			err_drop(&ignored);
		if (old < 0 && (r != -ENOENT || old != -ENOENT))
			return r; /* what to end isn't known: nothing is forgotten */
		err_drop(e);
		if (old < 0)
			return state_remove_dir(g->root, id, &c->dir, e);
	}
	return container_destroy(c, e);
}

int container_delete(const struct global *g, const char *id, bool force, struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	const char *status;
	int r;

	if (force) {
		/* Whoever holds the lock may wait for a process that only ends when it is killed.
		 */
		struct err ignored = {0};

		if (container_kill(g, id, SIGKILL, false, &ignored) < 0)
			err_drop(&ignored);
	}
	r = container_open(g, id, true, &c, e);
	if (r < 0 && force && e->kind == ERR_STATE && (r == -ENOENT || r == -EBADMSG)) {
		err_drop(e);
		return delete_orphan(g, id, e);
	}
	if (r == 0)
		r = state_status(&c->state, &status, NULL, e);
	if (r < 0)
		return r;
	/* The lock is ours: "creating" means that a create was killed. */
	if (!force && strcmp(status, "stopped") != 0 && strcmp(status, "created") != 0 &&
	    strcmp(status, "creating") != 0)
		return err_set(e, ERR_STATE, EBUSY,
			       "cannot delete container %s that is not stopped: %s", id, status);
	return container_destroy(c, e);
}

static int set_frozen(const struct global *g, const char *id, bool freeze, struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	const char *status;
	int r = open_and_look(g, id, true, &c, &status, NULL, e);

	if (r < 0)
		return r;
	if (freeze && strcmp(status, "running") != 0 && strcmp(status, "created") != 0)
		return err_set(e, ERR_STATE, EINVAL, "cannot pause a container that is %s", status);
	if (!freeze && strcmp(status, "paused") != 0)
		return err_set(e, ERR_STATE, EINVAL,
			       "cannot resume a container that is not paused: %s", status);
	if (c->state.n_cgroups == 0)
		return err_set(e, ERR_STATE, ENOTSUP,
			       "container \"%s\" has no cgroup, and so no freezer", id);
	return cgroups_freeze(&c->state, freeze, e);
}

int container_pause(const struct global *g, const char *id, struct err *e)
{
	return set_frozen(g, id, true, e);
}

int container_resume(const struct global *g, const char *id, struct err *e)
{
	return set_frozen(g, id, false, e);
}

int container_pids(const struct global *g, const char *id, pid_t **pids, size_t *n, struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	const char *status;
	int r = open_and_look(g, id, false, &c, &status, NULL, e);

	if (r < 0)
		return r;
	if (c->state.n_cgroups > 0) {
		r = cgroups_pids(&c->state, pids, n, e);
		if (r < 0 || *n > 0)
			return r;
		free(*pids);
	}
	/* Without a cgroup, or where none could be made, init is all that is known of it. */
	*n = strcmp(status, "stopped") != 0 && c->state.pid > 0;
	*pids = calloc(1, sizeof(**pids));
	if (!*pids)
		return err_set(e, ERR_SYS, ENOMEM, "calloc");
	**pids = (pid_t)c->state.pid;
	return 0;
}

/* A copy that owns its strings, for callers above that know nothing of arenas. */
static int copy_state(const struct oci_state *from, struct oci_state *to)
{
	*to = *from;
	to->annotations = NULL;
	to->n_annotations = 0;
	to->oci_version = strdup(from->oci_version);
	to->id = strdup(from->id);
	to->status = strdup(from->status);
	to->bundle = strdup(from->bundle);
	to->rootfs = from->rootfs ? strdup(from->rootfs) : NULL;
	to->created = from->created ? strdup(from->created) : NULL;
	to->owner = from->owner ? strdup(from->owner) : NULL;
	if (from->n_annotations == 0)
		return 0;
	to->annotations = calloc(from->n_annotations, sizeof(*to->annotations));
	if (!to->annotations)
		return -ENOMEM;
	to->n_annotations = from->n_annotations;
	for (size_t i = 0; i < from->n_annotations; i++) {
		to->annotations[i].key = strdup(from->annotations[i].key);
		to->annotations[i].value = strdup(from->annotations[i].value);
	}
	return 0;
}

static void free_fields(struct oci_state *s)
{
	const char *const strings[] = {s->oci_version, s->id,	   s->status, s->bundle,
				       s->rootfs,      s->created, s->owner};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		free((char *)strings[i]);
	for (size_t i = 0; i < s->n_annotations; i++) {
		free((char *)s->annotations[i].key);
		free((char *)s->annotations[i].value);
	}
	free(s->annotations);
}

static int read_state(const struct global *g, const char *id, struct oci_state *out, struct err *e)
{
	auto_call(container_free) struct container *c = NULL;
	struct oci_state s;
	const char *status;
	int r = open_and_look(g, id, false, &c, &status, NULL, e);

	if (r < 0)
		return r;
	container_fill_state(c, status, strcmp(status, "stopped") == 0 ? 0 : c->state.pid, &s);
	if (copy_state(&s, out) < 0)
		return err_set(e, ERR_SYS, ENOMEM, "calloc");
	return 0;
}

int container_state(const struct global *g, const char *id, struct oci_state **state, struct err *e)
{
	auto_free struct oci_state *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, ERR_SYS, ENOMEM, "calloc");
	r = read_state(g, id, s, e);
	if (r == 0)
		*state = steal_ptr(s);
	return r;
}

void container_state_free(struct oci_state *state)
{
	if (state)
		free_fields(state);
	free(state);
}

void container_list_free(struct oci_state *states, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free_fields(&states[i]);
	free(states);
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct oci_state *)a)->id, ((const struct oci_state *)b)->id);
}

/* One that can't be read is left out and named in the log: the others matter no less. */
static bool list_one(const struct global *g, const char *id, struct oci_state *out)
{
	struct err e = {0};
	char text[512];
	struct str s = STR_ON(text);

	if (state_check_id(id, &e) < 0 || read_state(g, id, out, &e) < 0) {
		err_format(&e, &s);
		log_warning("list: %s: %s", id, text);
		err_drop(&e);
		return false;
	}
	return true;
}

int container_list(const struct global *g, struct oci_state **states, size_t *n, struct err *e)
{
	DIR *dir = opendir(g->root);
	struct oci_state *v = NULL;
	struct dirent *entry;
	size_t used = 0, room = 0;

	*states = NULL;
	*n = 0;
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return err_sys(e, "opendir", g->root);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
			continue;
		if (used == room) {
			struct oci_state *more =
				realloc(v, (room = room ? 2 * room : 16) * sizeof(*v));

			if (!more) {
				container_list_free(v, used);
				closedir(dir);
				return err_set(e, ERR_SYS, ENOMEM, "realloc");
			}
			v = more;
		}
		used += list_one(g, entry->d_name, &v[used]);
	}
	closedir(dir);
	if (used)
		qsort(v, used, sizeof(*v), by_id);
	*states = v;
	*n = used;
	return 0;
}

static void print_step(enum lane lane, bool meet, const char *name, void *arg)
{
	fprintf(arg, "%s %s%s\n", lane == LANE_PARENT ? "PARENT" : "INIT", name,
		meet ? " meet" : "");
}

static void print_list(enum step_list list, const char *name, FILE *out)
{
	char *text = NULL;
	size_t len = 0;
	FILE *mem = open_memstream(&text, &len);

	if (!mem)
		return;
	lane_each(list, print_step, mem);
	fclose(mem);
	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		fprintf(out, "%s %s\n", name, line);
	}
	free(text);
}

void container_print_steps(FILE *out)
{
	print_list(LIST_CREATE, "create", out);
	print_list(LIST_EXEC, "exec", out);
}
