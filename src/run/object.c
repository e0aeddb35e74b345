#include "run/object.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "run/lane.h"
#include "spec/spec.h"
#include "step/fault.h"
#include "step/hooks.h"
#include "sys/unixsock.h"

enum { WAIT_MS = 120 * 1000, ARENA_BASE = 4 << 20, ARENA_PER_BYTE = 24 };

static struct {
	char *text;
	size_t len;
	const char *name;
} last_config;

void container_remember_text(char *text, size_t len, const char *name)
{
	free(last_config.text);
	last_config.text = text;
	last_config.len = len;
	last_config.name = name;
}

const char *container_config_text(size_t *len, const char **name)
{
	*len = last_config.len;
	*name = last_config.name;
	return last_config.text;
}

struct container *container_new(const struct global *g, const char *id)
{
	struct container *c = calloc(1, sizeof(*c));

	if (c) {
		c->g = g;
		c->id = id;
		c->dir.fd = -1;
		c->arena.fd = -1;
	}
	return c;
}

void container_free(struct container *c)
{
	if (!c)
		return;
	state_close(&c->dir);
	arena_free(&c->arena);
	free(c);
}

size_t container_arena_size(const struct container *c)
{
	static const char *const files[] = {"state.json", "state.old", "config.json"};
	size_t size = ARENA_BASE;
	struct stat st;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (fstatat(c->dir.fd, files[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_size <= OCI_MAX_BYTES) /* else it isn't read */
			size += (size_t)st.st_size * ARENA_PER_BYTE;
	return size;
}

int container_check_id(const char *id, struct err *e)
{
	return state_check_id(id, e);
}

int container_open(const struct global *g, const char *id, bool lock, struct container **ret,
		   struct err *e)
{
	auto_call(container_free) struct container *c = container_new(g, id);
	int r;

	if (!c)
		return err_set(e, ERR_SYS, ENOMEM, "calloc");
	r = state_check_id(id, e);
	if (r == 0)
		r = state_open_dir(g->root, id, &c->dir, e);
	if (r == 0 && lock)
		r = state_lock(&c->dir, id, e);
	if (r == 0)
		r = arena_init_private(&c->arena, container_arena_size(c), e);
	if (r == 0)
		r = state_read(&c->dir, &c->arena, &c->state, e);
	if (r == -ENOENT && e->kind == ERR_SYS) {
		err_drop(e);
		r = err_set(
			e, ERR_STATE, ENOENT,
			"container \"%s\" does not exist: `%s` has no state.json (delete --force "
			"removes it)",
			id, c->dir.path);
	}
	if (r < 0)
		return r;
	*ret = steal_ptr(c);
	return 0;
}

int container_load_config(struct container *c, struct err *e)
{
	auto_free char *path = NULL;
	int r;

	if (c->config)
		return 0;
	if (asprintf(&path, "%s/config.json", c->dir.path) < 0)
		return err_set(e, ERR_SYS, ENOMEM, "asprintf");
	r = spec_load(path, &c->arena, &c->config, &c->text, &c->text_len, e);
	if (c->text)
		container_remember_text(c->text, c->text_len, "config.json");
	return r;
}

void container_fill_state(const struct container *c, const char *status, int64_t pid,
			  struct oci_state *out)
{
	const struct state_file *s = &c->state;

	*out = (struct oci_state){
		.oci_version = OCI_VERSION,
		.id = s->id,
		.status = status,
		.pid = pid,
		.has_pid = true,
		.bundle = s->bundle,
		.rootfs = s->rootfs,
		.created = s->created,
		.owner = s->owner,
		.annotations = s->n_annotations ? s->annotations : NULL,
		.n_annotations = s->n_annotations,
	};
}

static bool last_words(void *arg, struct err *e)
{
	struct shared *s = arg;

	if (!atomic_load(&s->err_ready))
		return false;
	err_import(e, &s->err);
	return true;
}

static void run_init(struct run *run, struct channel *ch, struct container *c, enum step_list list)
{
	*run = (struct run){.plan = c->plan,
			    .features = c->plan->features,
			    .channel = ch,
			    .lane = LANE_PARENT,
			    .list = list,
			    .give = -1,
			    .given = -1,
			    .container = c,
			    .init_pidfd = -1,
			    .spawned_pidfd = -1,
			    .terminal = -1,
			    .notify = -1,
			    .state_dir = c->dir.path,
			    .state_fd = c->dir.fd,
			    .proc = -1,
			    .dev_pts = -1,
			    .root = -1,
			    .exec_fd = -1,
			    .program = -1};
	*ch = (struct channel){.fd = -1,
			       .side = LANE_PARENT,
			       .peer = -1,
			       .waits_ms = hooks_wait_ms(&c->plan->hooks, WAIT_MS),
			       .name = list == LIST_CREATE ? create_step_name : exec_step_name,
			       .last_words = last_words};
}

static void set_map(struct run *run, struct shared *s)
{
	run->shared = s;
	run->channel->at = s->at;
	run->channel->arg = s;
}

/* Many mounts take many descriptors at once; the program is given back what hull was given. */
static void raise_nofile(struct shared *s, size_t n_fds)
{
	struct rlimit now, more;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0)
		return;
	s->nofile_soft = now.rlim_cur;
	s->nofile_hard = now.rlim_max;
	if (n_fds + 128 < now.rlim_cur)
		return;
	more = now;
	more.rlim_cur = now.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &more) < 0)
		log_debug("setrlimit RLIMIT_NOFILE: %s", strerror(errno));
}

static void fill_shared(struct run *run, struct container *c, size_t size, int fd, size_t n_fds)
{
	struct shared *s = run->shared;

	s->size = (uint32_t)size;
	s->version = SHARED_VERSION;
	s->list = run->list;
	s->plan = c->plan;
	s->arena_size = c->arena.size;
	s->arena_fd = c->arena.fd;
	s->self_fd = fd;
	s->channel_fd = s->rootfs = s->null_device = s->listener = s->target = s->cgroup_procs = -1;
	s->seccomp_fd = s->notify = -1;
	s->trace_fd = log_trace_fd();
	s->log_level = (int32_t)log_level();
	for (size_t i = 0; i < SHARED_NS_MAX; i++)
		s->join[i] = -1;
	for (size_t i = 0; i < SHARED_CGROUPS_MAX; i++)
		s->cgroup[i] = -1;
	s->n_fds = (uint32_t)n_fds;
	for (size_t i = 0; i < n_fds; i++)
		s->fds[i] = -1;
	raise_nofile(s, n_fds);
#ifdef ENABLE_FAULTS
	fault_get(s->fault_step, &s->fault_num);
#endif
}

int run_open(struct run *run, struct channel *ch, struct container *c, enum step_list list,
	     size_t n_fds, struct err *e)
{
	size_t size = sizeof(struct shared) + n_fds * sizeof(int32_t);
	auto_close int fd = memfd_create("hull-run", MFD_CLOEXEC);
	struct shared *s;

	run_init(run, ch, c, list);
	if (fd < 0)
		return err_sys(e, "memfd_create", "hull-run");
	if (ftruncate(fd, (off_t)size) < 0)
		return err_sys(e, "ftruncate", "hull-run");
	s = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		return err_sys(e, "mmap", "hull-run");
	set_map(run, s);
	run->shared_size = size;
	fill_shared(run, c, size, steal_fd(&fd), n_fds);
	return 0;
}

/* Number and nanosecond of birth, of some days: no other memfd has both (statx(2)). */
static int identify(int fd, uint64_t *inode, uint64_t *born, struct err *e)
{
	enum { SECONDS = 1 << 20 }; /* a double, which is what some JSON readers have, is exact */
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
		return err_sys(e, "statx", "hull-plan");
	*inode = st.stx_ino;
	*born = (uint64_t)(st.stx_btime.tv_sec % SECONDS) * 1000000000u + st.stx_btime.tv_nsec;
	return 0;
}

int plan_remember(struct container *c, struct err *e)
{
	c->state.plan = (uint64_t)(uintptr_t)c->plan;
	c->state.has_plan = c->state.has_arena = c->state.has_arena_born = true;
	return identify(c->arena.fd, &c->state.arena, &c->state.arena_born, e);
}

/* The plan that `create` made, sealed as it was then. */
static int attach_plan(struct container *c, int arena_fd, struct err *e)
{
	enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };
	uint64_t inode, born, at;
	struct stat st;
	void *base;
	int seals = fcntl(arena_fd, F_GET_SEALS), r = identify(arena_fd, &inode, &born, e);

	if (r < 0)
		return r;
	if (fstat(arena_fd, &st) < 0)
		return err_sys(e, "fstat", "hull-plan");
	if (inode != c->state.arena || born != c->state.arena_born || seals < 0 ||
	    (seals & SEALS) != SEALS)
		return err_set(e, ERR_PROTO, EPERM,
			       "init sent another plan than the one that `create` made");
	r = arena_map(arena_fd, (size_t)st.st_size, &base, e);
	if (r < 0)
		return r;
	at = c->state.plan - (uint64_t)(uintptr_t)base;
	if (st.st_size < (off_t)sizeof(*c->plan) || at > (uint64_t)st.st_size - sizeof(*c->plan))
		return err_set(e, ERR_PROTO, EPROTO, "the plan isn't in its memory");
	c->plan = (struct plan *)((char *)base + at);
	return 0;
}

int run_attach(struct run *run, struct channel *ch, struct container *c, int shared_fd,
	       int arena_fd, struct err *e)
{
	int sock = ch->fd, r;
	struct shared *s;
	struct stat st;

	if (fstat(shared_fd, &st) < 0)
		return err_sys(e, "fstat", "hull-run");
	s = st.st_size < (off_t)sizeof(*s) ? MAP_FAILED
					   : mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
						  MAP_SHARED, shared_fd, 0);
	if (s == MAP_FAILED || s->version != SHARED_VERSION)
		return err_set(e, ERR_PROTO, EPROTO,
			       "the container was created by another version of hull");
	r = attach_plan(c, arena_fd, e);
	if (r < 0)
		return r;
	run_init(run, ch, c, LIST_CREATE);
	ch->fd = sock;
	set_map(run, s);
	run->shared_size = (size_t)st.st_size;
	return 0;
}

void run_close(struct run *run)
{
	struct shared *s = run->shared;

	close_keep_errno(&run->init_pidfd);
	close_keep_errno(&run->spawned_pidfd);
	close_keep_errno(&run->terminal);
	close_keep_errno(&run->given);
	close_keep_errno(&run->notify);
	if (run->channel)
		close_keep_errno(&run->channel->fd);
	if (!s)
		return;
	munmap(s, run->shared_size);
	run->shared = NULL;
}

int pid_file_write(const char *path, pid_t pid, struct err *e)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", (int)pid);
	struct stat st;

	/* A FIFO, a terminal, /dev/null: somebody's way to get the number, not ours to replace. */
	if (fstatat(AT_FDCWD, path, &st, 0) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		auto_close int fd =
			openat(AT_FDCWD, path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		return fd < 0 ? err_sys(e, "open", path)
			      : file_write_all(fd, path, text, (size_t)n, e);
	}
	return file_replace(AT_FDCWD, path, text, (size_t)n, 0644, e);
}

int pidfd_send(const char *path, int pidfd, struct err *e)
{
	auto_close int sock = socket_connect(SOCK_STREAM, path, e);

	return sock < 0 ? sock : socket_send_fd(sock, "pidfd", 5, pidfd, path, e);
}
