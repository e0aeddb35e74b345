#include "run/state.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "run/cgroups.h"

#include "libocispec/tables.h"

#include "run/state.def"

#include "libocispec/end.h"

/* All of a config.json could be annotations, and the reader takes no larger document. */
enum { STATE_MAX = OCI_MAX_BYTES, LOCK_SECONDS = 30, LOCK_STEP_NS = 2000000 };

static bool id_char(char c, bool first)
{
	return isalnum((unsigned char)c) || c == '_' || c == '+' || c == '-' ||
	       (!first && c == '.');
}

int state_check_id(const char *id, struct err *e)
{
	if (!*id)
		return err_set(e, ERR_USAGE, EINVAL, "container ID cannot be empty");
	if (strlen(id) > STATE_ID_MAX)
		return err_set(e, ERR_USAGE, ENAMETOOLONG,
			       "invalid container ID format: longer than %d bytes", STATE_ID_MAX);
	if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
		return err_set(e, ERR_USAGE, EINVAL,
			       "invalid container ID format: \"%s\" is a directory's own name", id);
	if (strchr(id, '/'))
		return err_set(e, ERR_USAGE, EINVAL,
			       "invalid container ID format: \"%s\" has a '/' in it", id);
	for (const char *p = id; *p; p++)
		if (!id_char(*p, p == id))
			return err_set(
				e, ERR_USAGE, EINVAL,
				"invalid container ID format: \"%s\" may have letters, digits, "
				"'_', '+', '-' and, not first, '.' alone",
				id);
	return 0;
}

static int make_dirs(const char *path, struct err *e)
{
	char part[PATH_MAX];
	struct str s = STR_ON(part);

	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	if (errno != ENOENT)
		return err_sys(e, "mkdir", path);
	str_addf(&s, "%s", path);
	for (char *p = part + 1; !str_cut(&s) && (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return err_sys(e, "mkdir", part);
		*p = '/';
	}
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "mkdir", path);
	return 0;
}

static char *join(const char *root, const char *id)
{
	char *path;

	return asprintf(&path, "%s/%s", root, id) < 0 ? NULL : path;
}

int state_claim_dir(const char *root, const char *id, struct state_dir *d, struct err *e)
{
	auto_free char *path = join(root, id);
	int r;

	*d = (struct state_dir){.fd = -1};
	if (!path)
		return err_set(e, ERR_SYS, ENOMEM, "asprintf");
	r = mkdir(path, 0700);
	if (r < 0 && errno == ENOENT) {
		r = make_dirs(root, e);
		if (r < 0)
			return r;
		r = mkdir(path, 0700);
	}
	if (r < 0 && errno == EEXIST)
		return err_set(e, ERR_STATE, EEXIST,
			       "container with given ID already exists: \"%s\"", id);
	if (r < 0)
		return err_sys(e, "mkdir", path);
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd < 0)
		r = err_sys(e, "open", path);
	/* Just made: nobody else can hold it for long. */
	else if (flock(d->fd, LOCK_EX) < 0)
		r = err_sys(e, "flock", path);
	if (r < 0) {
		rmdir(path); /* not claimed: nobody would take it away */
		state_close(d);
		return r;
	}
	d->path = steal_ptr(path);
	return 0;
}

static int no_such(const char *id, struct err *e)
{
	return err_set(e, ERR_STATE, ENOENT, "container \"%s\" does not exist", id);
}

int state_open_dir(const char *root, const char *id, struct state_dir *d, struct err *e)
{
	auto_free char *path = join(root, id);

	*d = (struct state_dir){.fd = -1};
	if (!path)
		return err_set(e, ERR_SYS, ENOMEM, "asprintf");
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return no_such(id, e);
	if (d->fd < 0)
		return err_sys(e, "open", path);
	d->path = steal_ptr(path);
	return 0;
}

int state_lock(struct state_dir *d, const char *id, struct err *e)
{
	struct timespec step = {.tv_nsec = LOCK_STEP_NS};
	struct stat st;

	for (int tries = 0; flock(d->fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "flock", d->path);
		if (tries > LOCK_SECONDS * (1000000000LL / LOCK_STEP_NS))
			return err_set(e, ERR_STATE, EBUSY,
				       "another command has worked on container \"%s\" for %d s",
				       id, LOCK_SECONDS);
		nanosleep(&step, NULL);
	}
	if (fstat(d->fd, &st) < 0)
		return err_sys(e, "fstat", d->path);
	return st.st_nlink == 0 ? no_such(id, e) : 0;
}

void state_unlock(struct state_dir *d)
{
	flock(d->fd, LOCK_UN); /* fails for what can't be: a descriptor that is none */
}

void state_close(struct state_dir *d)
{
	free(d->path);
	close_keep_errno(&d->fd);
	*d = (struct state_dir){.fd = -1};
}

/* One level: what hull makes there are files, sockets, and the directory `notify`. */
static int empty_dir(int fd, int depth, struct err *e)
{
	DIR *dir = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return err_sys(e, "opendir", "state directory");
	while (r == 0 && (entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (unlinkat(fd, name, 0) == 0 || errno == ENOENT)
			continue;
		if ((errno == EISDIR || errno == EPERM) && depth == 0) {
			auto_close int sub =
				openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

			r = sub < 0 ? err_sys(e, "open", name) : empty_dir(sub, depth + 1, e);
			if (r == 0 && unlinkat(fd, name, AT_REMOVEDIR) < 0)
				r = err_sys(e, "rmdir", name);
		} else {
			r = err_sys(e, "unlink", name);
		}
	}
	closedir(dir);
	return r;
}

int state_remove_dir(const char *root, const char *id, struct state_dir *d, struct err *e)
{
	auto_free char *path = join(root, id);
	int r;

	if (!path)
		return err_set(e, ERR_SYS, ENOMEM, "asprintf");
	r = empty_dir(d->fd, 0, e);
	if (r < 0)
		return r;
	if (rmdir(path) < 0 && errno != ENOENT)
		return err_sys(e, "rmdir", path);
	return 0;
}

/*
 * The file that is replaced stays, as state.old: should state.json be damaged one day, it knows the
 * cgroups. Exchanged and renamed to a name that is free, because ext4 writes a file that replaces
 * another to the disk there and then (ext4(5), auto_da_alloc).
 */
static int put_in_place(int fd, struct err *e)
{
	if (renameat2(fd, "state.new", fd, "state.json", RENAME_EXCHANGE) == 0) {
		if (unlinkat(fd, "state.old", 0) < 0 && errno != ENOENT)
			return err_sys(e, "unlink", "state.old");
		if (renameat(fd, "state.new", fd, "state.old") < 0)
			return err_sys(e, "rename", "state.old");
		return 0;
	}
	if (renameat(fd, "state.new", fd, "state.json") < 0)
		return err_sys(e, "rename", "state.json");
	return 0;
}

int state_write(const struct state_dir *d, const struct state_file *s, struct err *e)
{
	auto_free char *text = NULL;
	auto_close int fd = -EBADF;
	size_t len;
	int r = oci_write(state_file_table(), s, false, &text, &len, e);

	if (r < 0)
		return r;
	if (len > STATE_MAX)
		return err_spec(e, "/annotations",
				"the state of the container would be larger than %d MiB",
				STATE_MAX >> 20);
	fd = openat(d->fd, "state.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return err_sys(e, "create", "state.new");
	r = file_write_all(fd, "state.new", text, len, e);
	return r < 0 ? r : put_in_place(d->fd, e);
}

static int read_from(const struct state_dir *d, const char *name, struct arena *a,
		     struct state_file *s, struct err *e)
{
	auto_free char *text = NULL;
	size_t len;
	int r = file_read(d->fd, name, STATE_MAX, &text, &len, e);

	if (r < 0)
		return r;
	*s = (struct state_file){0};
	r = oci_read(state_file_table(), text, len, a, s, e);
	if (r < 0) {
		err_drop(e);
		r = err_set(e, ERR_STATE, EBADMSG, "`%s/%s` is damaged", d->path, name);
	}
	return r;
}

int state_read(const struct state_dir *d, struct arena *a, struct state_file *s, struct err *e)
{
	return read_from(d, "state.json", a, s, e);
}

int state_read_old(const struct state_dir *d, struct arena *a, struct state_file *s, struct err *e)
{
	return read_from(d, "state.old", a, s, e);
}

int state_boot_id(char buf[static 40], struct err *e)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	static char known[40]; /* the kernel doesn't change under our feet */

	if (!known[0]) {
		auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return err_sys(e, "open", path);
		if (read(fd, known, 36) < 0)
			return err_sys(e, "read", path);
	}
	memcpy(buf, known, sizeof(known));
	return 0;
}

int state_is_past(const struct state_file *s, struct err *e)
{
	char boot[40];
	int r = state_boot_id(boot, e);

	return r < 0 ? r : strcmp(boot, s->boot) != 0;
}

int state_status(const struct state_file *s, const char **status, int *pidfd, struct err *e)
{
	struct process_id id = {(pid_t)s->pid, s->start, s->inode};
	auto_close int fd = -EBADF;
	int r;

	*status = "stopped";
	if (pidfd)
		*pidfd = -1;
	r = state_is_past(s, e);
	if (r != 0)
		return r < 0 ? r : 0;
	if (s->pid == 0) {
		*status = strcmp(s->status, "creating") == 0 ? "creating" : "stopped";
		return 0;
	}
	fd = process_open(&id, e);
	if (fd < 0 && e->kind == ERR_STATE) {
		err_drop(e);
		return 0;
	}
	if (fd < 0)
		return fd;
	*status = s->status;
	if (strcmp(s->status, "creating") != 0) {
		r = cgroups_frozen(s, e);
		if (r < 0)
			return r;
		if (r > 0)
			*status = "paused";
	}
	if (pidfd)
		*pidfd = steal_fd(&fd);
	return 0;
}
