#include "sys/mountapi.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sys/syscalls.h"

enum { FS_SET_FLAG = 0, FS_SET_STRING = 1, FS_CMD_CREATE = 6, FS_CMD_RECONFIGURE = 7 };
enum { FSPICK_CLOEXEC_ = 1, FSPICK_EMPTY_PATH_ = 8 };

int mount_clone(int dirfd, const char *path, unsigned flags, struct err *e)
{
	int fd = sys_open_tree(dirfd, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | flags);

	if (fd < 0)
		return err_sys(e, "open_tree", path);
	return fd;
}

int mount_fs_open(const char *type, struct err *e)
{
	int fd = sys_fsopen(type, FSOPEN_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "fsopen", type);
	return fd;
}

/* Adds what the kernel says in words: a context can be read for its messages (fsopen(2)). */
static int fs_err(int fs, const char *op, const char *about, struct err *e)
{
	char said[200];
	int r = err_sys(e, op, about);
	ssize_t n = read(fs, said, sizeof(said) - 1);

	if (n > 2) {
		said[n] = '\0';
		said[strcspn(said, "\n")] = '\0';
		snprintf(e->text, sizeof(e->text), "%s (%s)", op, said + 2);
	}
	return r;
}

int mount_fs_set(int fs, const char *type, const char *key, const char *value, struct err *e)
{
	char about[256];
	struct str s = STR_ON(about);

	if (sys_fsconfig(fs, value ? FS_SET_STRING : FS_SET_FLAG, key, value, 0) == 0)
		return 0;
	str_addf(&s, "%s: %s%s%s", type, key, value ? "=" : "", value ? value : "");
	return fs_err(fs, "fsconfig", about, e);
}

int mount_fs_mount(int fs, const char *type, uint64_t attrs, struct err *e)
{
	int fd;

	if (sys_fsconfig(fs, FS_CMD_CREATE, NULL, NULL, 0) < 0)
		return fs_err(fs, "fsconfig", type, e);
	fd = sys_fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
	if (fd < 0)
		return fs_err(fs, "fsmount", type, e);
	return fd;
}

int mount_fs_pick(int mounted, const char *name, struct err *e)
{
	int fs = sys_fspick(mounted, "", FSPICK_CLOEXEC_ | FSPICK_EMPTY_PATH_);

	if (fs < 0)
		return err_sys(e, "fspick", name);
	return fs;
}

int mount_fs_reconfigure(int fs, const char *type, struct err *e)
{
	if (sys_fsconfig(fs, FS_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return fs_err(fs, "fsconfig", type, e);
	return 0;
}

int mount_set_attr(int fd, unsigned at, uint64_t set, uint64_t clear, uint64_t propagation,
		   struct err *e)
{
	struct mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation};

	if (!set && !clear && !propagation)
		return 0;
	if (sys_mount_setattr(fd, "", at | AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return err_sys(e, "mount_setattr", NULL);
	return 0;
}

int mount_set_idmap(int fd, bool recursive, int userns, struct err *e)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)userns};
	unsigned at = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	if (sys_mount_setattr(fd, "", at, &attr, sizeof(attr)) < 0)
		return err_sys(e, "mount_setattr", "idmap");
	return 0;
}

int mount_move(int from, int to, const char *name, struct err *e)
{
	if (sys_move_mount(from, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return err_sys(e, "move_mount", name);
	return 0;
}

mode_t mount_root_type(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		return S_IFREG;
	return S_IFDIR;
}
