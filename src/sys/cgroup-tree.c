/*
 * cgroup-tree.c - cgroupfs.h's calls that go up or down the tree: make, remove, enable, list.
 */
#include "sys/cgroup-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/cgroupfs.h"

/*
 * The mode of a parent that was made on the way to a container's cgroup. The sticky bit, which
 * means nothing else here, marks it as ours from the moment it is there: whenever a hull is killed,
 * another one knows what to remove.
 */
enum { MADE_BY_US = S_ISVTX };

enum { RACES_MAX = 64 };

static int full_path(const struct cgroup_place *c, char *buf, struct err *e)
{
	struct str s = {.buf = buf, .size = PATH_MAX};

	str_addf(&s, "%s%s", c->dir, c->path);
	if (str_cut(&s)) {
		errno = ENAMETOOLONG;
		return err_sys(e, "mkdir", c->path);
	}
	return 0;
}

/* Makes the missing directories above path; base: length of the mount point in it. */
static int make_parents(char *path, size_t base, struct err *e)
{
	for (char *p = strchr(path + base + 1, '/'); p; p = strchr(p + 1, '/')) {
		int r = 0;

		*p = '\0';
		if (mkdirat(AT_FDCWD, path, 0755 | MADE_BY_US) < 0 && errno != EEXIST &&
		    errno != ENOENT)
			r = err_sys(e, "mkdir", path);
		*p = '/';
		if (r < 0)
			return r;
	}
	return 0;
}

/* The parents that a cgroupfs_make() marked, as far as they are empty. path is taken apart. */
static void remove_parents(char *path, size_t base)
{
	struct stat st;
	char *p;

	while ((p = strrchr(path + base, '/')) && p > path + base) {
		*p = '\0';
		/* One that isn't there (any more) can have a parent that is. */
		if (fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (!(st.st_mode & MADE_BY_US) || unlinkat(AT_FDCWD, path, AT_REMOVEDIR) < 0)
			return;
	}
}

int cgroupfs_make(const struct cgroup_place *c, bool *existed, struct err *e)
{
	char path[PATH_MAX];
	size_t base = strlen(c->dir);
	int r = full_path(c, path, e);

	*existed = false;
	for (int tries = 0; r == 0; tries++) {
		if (mkdirat(AT_FDCWD, path, 0755) == 0)
			return 0;
		if (errno == EEXIST) {
			*existed = true;
			return 0;
		}
		/* ENOENT: a parent is missing, or another container's end took it away again. */
		if (errno != ENOENT || tries == RACES_MAX)
			r = err_sys(e, "mkdir", path);
		else
			r = make_parents(path, base, e);
	}
	remove_parents(path, base);
	return r;
}

struct level {
	long next; /* where to go on in the directory above */
	char name[NAME_MAX + 1];
};

struct walk {
	DIR *here;
	struct level *up;
	size_t depth, room;
	int (*enter)(int dir, void *arg);
	void (*leave)(int above, const char *name);
	void *arg;
};

static void walk_end_ptr(struct walk *w)
{
	if (w->here)
		closedir(w->here);
	free(w->up);
}

/* Takes fd, whatever comes of it. */
static int walk_to(struct walk *w, int fd, long at)
{
	DIR *list = fdopendir(fd);

	if (!list) {
		close_keep_errno(&fd);
		return -errno;
	}
	if (at)
		seekdir(list, at);
	if (w->here)
		closedir(w->here);
	w->here = list;
	return 0;
}

static int walk_down(struct walk *w, const char *name)
{
	int fd = openat(dirfd(w->here), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), r;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	r = w->enter ? w->enter(fd, w->arg) : 0;
	if (r == 0 && w->depth == w->room) {
		size_t room = w->room ? w->room * 2 : 8;
		struct level *up = reallocarray(w->up, room, sizeof(*up));

		if (up) {
			w->up = up;
			w->room = room;
		} else {
			r = -ENOMEM;
		}
	}
	if (r < 0) {
		close_keep_errno(&fd);
		return r;
	}
	w->up[w->depth].next = telldir(w->here);
	memcpy(w->up[w->depth].name, name, strlen(name) + 1);
	w->depth++;
	return walk_to(w, fd, 0);
}

static int walk_up(struct walk *w)
{
	const struct level *l = &w->up[--w->depth];
	int above = openat(dirfd(w->here), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;

	if (above < 0)
		return -errno;
	r = walk_to(w, above, l->next);
	if (r == 0 && w->leave)
		w->leave(dirfd(w->here), l->name);
	return r;
}

/*
 * Goes through all directories below top. The container may have nested them as deep as
 * it liked, so it takes two descriptors at most, whatever the depth. In cgroupfs a position in a
 * directory stays good after others in it have gone, and a directory never moves to
 * another parent: ".." is where we came from.
 */
static int walk_below(int top, int (*enter)(int dir, void *arg),
		      void (*leave)(int above, const char *name), void *arg)
{
	auto_call(walk_end) struct walk w = {.enter = enter, .leave = leave, .arg = arg};
	int fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : walk_to(&w, fd, 0);

	while (r == 0) {
		struct dirent *d = readdir(w.here);

		if (!d && w.depth == 0)
			return 0;
		if (!d)
			r = walk_up(&w);
		else if (d->d_type == DT_DIR && strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			r = walk_down(&w, d->d_name);
	}
	return r;
}

/* What is busy stays: the caller tries again. */
static void remove_left(int above, const char *name)
{
	(void)unlinkat(above, name, AT_REMOVEDIR);
}

static int append_pid(struct cgroup_pids *pids, pid_t pid)
{
	if (pids->n == pids->room) {
		size_t room = pids->room ? pids->room * 2 : 64;
		pid_t *v = reallocarray(pids->v, room, sizeof(*v));

		if (!v)
			return -ENOMEM;
		pids->v = v;
		pids->room = room;
	}
	pids->v[pids->n++] = pid;
	return 0;
}

/* cgroup.procs of one directory: a number a line, of any length together. */
static int read_pids(int dir, struct cgroup_pids *pids)
{
	auto_close int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char buf[4096];
	pid_t pid = 0;
	bool digits = false;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] >= '0' && buf[i] <= '9') {
				pid = pid * 10 + (buf[i] - '0');
				digits = true;
				continue;
			}
			if (digits && append_pid(pids, pid) < 0)
				return -ENOMEM;
			pid = 0;
			digits = false;
		}
	}
	return 0;
}

/*
 * A cgroup can go while we look (ENOENT, ENODEV), and in a threaded one it is the
 * domain above that lists the processes (EOPNOTSUPP).
 */
static int pids_here(int dir, void *pids)
{
	int r = read_pids(dir, pids);

	return r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP ? 0 : r;
}

/* A directory of kernfs has two links and one more for each that is in it. */
static bool has_below(int dir)
{
	struct stat st;

	return fstat(dir, &st) < 0 || st.st_nlink > 2;
}

int cgroupfs_pids(const struct cgroup_place *c, struct cgroup_pids *pids, struct err *e)
{
	auto_close int dir = cgroupfs_open(c, NULL, O_RDONLY | O_DIRECTORY, e);
	int r;

	if (dir == -ENOENT || dir == -ENODEV) {
		err_drop(e);
		return 0;
	}
	if (dir < 0)
		return dir;
	r = pids_here(dir, pids);
	if (r == 0 && has_below(dir))
		r = walk_below(dir, pids_here, NULL, pids);
	if (r < 0) {
		errno = -r;
		return err_sys(e, "read", c->path);
	}
	return 0;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

void cgroup_pids_sort(struct cgroup_pids *pids)
{
	size_t n = 0;

	if (pids->n == 0)
		return;
	qsort(pids->v, pids->n, sizeof(*pids->v), compare_pids);
	for (size_t i = 1; i < pids->n; i++)
		if (pids->v[i] != pids->v[n])
			pids->v[++n] = pids->v[i];
	pids->n = n + 1;
}

void cgroup_pids_print(const struct cgroup_pids *pids, struct str *out)
{
	enum { SHOWN = 16 };

	for (size_t i = 0; i < pids->n && i < SHOWN; i++)
		str_addf(out, "%s%d", i ? " " : "", (int)pids->v[i]);
	if (pids->n > SHOWN)
		str_addf(out, " and %zu more", pids->n - SHOWN);
}

/* v2: sleeps until cgroup.events changes, at most ms. */
static void await_event(int dir, int ms)
{
	auto_close int fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd p = {.fd = fd, .events = POLLPRI};
	char text[256];

	/* It is reading that arms the event; what changed before is seen in the text. */
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strstr(text, "populated 1") != NULL)
		poll(&p, 1, ms);
}

static int still_busy(const struct cgroup_place *c, unsigned ms, struct err *e)
{
	auto_call(cgroup_pids_free) struct cgroup_pids pids = {0};
	char text[256] = "";
	struct str list = STR_ON(text);
	int r = cgroupfs_pids(c, &pids, e);

	if (r < 0)
		return r;
	cgroup_pids_sort(&pids);
	cgroup_pids_print(&pids, &list);
	return err_set(e, ERR_STATE, EBUSY, "the cgroup `%s%s` still has %s%s after %u ms", c->dir,
		       c->path, pids.n ? "the processes " : "something in it", text, ms);
}

/* One more try, with what is below. 0: gone, 1: busy. */
static int remove_once(const struct cgroup_place *c, const char *path, int wait_ms, struct err *e)
{
	if (unlinkat(AT_FDCWD, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY) {
		int num = errno;

		/* On a read-only mount, say: what isn't there needs no removing. */
		if (!cgroupfs_exists(c))
			return 0;
		errno = num;
		return err_sys(e, "rmdir", path);
	}

	auto_close int dir =
		openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (dir < 0)
		return errno == ENOENT ? 0 : err_sys(e, "open", path);
	if (has_below(dir))
		(void)walk_below(dir, NULL, remove_left, NULL);
	if (unlinkat(AT_FDCWD, path, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (c->v2)
		await_event(dir, wait_ms);
	return 1;
}

bool cgroupfs_remove_empty(const struct cgroup_place *c)
{
	struct err ignored = {0};
	char path[PATH_MAX];

	if (full_path(c, path, &ignored) < 0)
		return false;
	if (unlinkat(AT_FDCWD, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return false;
	remove_parents(path, strlen(c->dir));
	return true;
}

int cgroupfs_remove(const struct cgroup_place *c, unsigned ms, struct err *e)
{
	struct backoff wait = backoff_start(ms);
	char path[PATH_MAX];
	int r = full_path(c, path, e);

	if (r < 0)
		return r;
	while ((r = remove_once(c, path, ms < 20 ? (int)ms : 20, e)) > 0)
		if (!backoff_wait(&wait))
			return still_busy(c, ms, e);
	if (r == 0)
		remove_parents(path, strlen(c->dir));
	return r;
}

/* Whether word is one of those in text, which blanks or newlines separate. */
static bool has_word(const char *text, const char *word, size_t len)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, " \n");

		if (n == len && memcmp(p, word, len) == 0)
			return true;
		p += n;
		p += strspn(p, " \n");
	}
	return false;
}

/*
 * With processes of its own a cgroup can hand down no more than the controllers of threads; the
 * kernel then takes it for a threaded one, and no process could live below it. The root
 * of the hierarchy, the only one without a type, is excepted.
 */
static bool has_own_processes(int dir)
{
	char pid[16];

	return faccessat(dir, "cgroup.type", F_OK, 0) == 0 &&
	       cgroup_read_at(dir, "cgroup.procs", pid, sizeof(pid)) > 0;
}

/* Enables in one directory what isn't; all at once, and one by one if that is refused. */
static int enable_here(int dir, const char *controllers)
{
	char have[512], want[512] = "";
	struct str s = STR_ON(want);
	char *save = NULL;
	int r, refused = 0;

	r = cgroup_read_at(dir, "cgroup.subtree_control", have, sizeof(have));
	if (r < 0)
		return r;
	for (const char *p = controllers; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (!has_word(have, p, n))
			str_addf(&s, "%s+%.*s", s.len ? " " : "", (int)n, p);
		p += n;
	}
	if (s.len == 0)
		return 0;
	if (has_own_processes(dir))
		return -EBUSY;
	r = cgroup_write_at(dir, "cgroup.subtree_control", want);
	if (r == 0 || r == -EBUSY)
		return r;
	for (char *word = strtok_r(want, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		r = cgroup_write_at(dir, "cgroup.subtree_control", word);
		if (r < 0)
			refused = r;
	}
	return refused;
}

int cgroupfs_enable(const struct cgroup_place *c, const char *controllers, int *refused_by,
		    char *parent, size_t size, struct err *e)
{
	char path[PATH_MAX];
	size_t base = strlen(c->dir);
	int r = full_path(c, path, e);

	*refused_by = 0;
	for (char *p = path + base; r == 0 && p; p = strchr(p + 1, '/')) {
		*p = '\0';

		auto_close int dir = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		int refused = dir < 0 ? -errno : enable_here(dir, controllers);

		if (refused < 0) {
			*refused_by = -refused;
			snprintf(parent, size, "%s", path);
		}
		*p = '/';
	}
	return r;
}

/* One of cpuset.cpus and cpuset.mems, from the nearest parent that has any; text: what it is. */
static int cpuset_fill(char *path, size_t base, const char *file, char *text, size_t size,
		       struct err *e)
{
	auto_close int dir = openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *p = strrchr(path + base, '/');
	int r = dir < 0 ? -errno : cgroup_read_at(dir, file, text, size);

	if (r == 0 && p) {
		*p = '\0';
		r = cpuset_fill(path, base, file, text, size, e);
		*p = '/';
		if (r < 0)
			return r;
		r = cgroup_write_at(dir, file, text);
	}
	if (r < 0) {
		errno = -r;
		return err_sys(e, file, path);
	}
	return 0;
}

int cgroupfs_cpuset_inherit(const struct cgroup_place *c, struct err *e)
{
	char path[PATH_MAX];
	char text[4096];
	size_t base = strlen(c->dir);
	int r = full_path(c, path, e);

	if (r == 0)
		r = cpuset_fill(path, base, "cpuset.cpus", text, sizeof(text), e);
	if (r == 0)
		r = cpuset_fill(path, base, "cpuset.mems", text, sizeof(text), e);
	return r;
}
