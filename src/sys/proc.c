#include "sys/proc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "sys/mountapi.h"
#include "sys/syscalls.h"

static int open_new(struct err *e)
{
	auto_close int fs = mount_fs_open("proc", e);

	if (fs < 0)
		return fs;
	return mount_fs_mount(fs, "proc", MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID,
			      e);
}

int proc_open_own(struct err *e)
{
	auto_close int fd = open_new(e);
	struct statfs fs;

	if (fd == -EPERM || fd == -EBUSY) {
		err_drop(e);
		fd = mount_clone(AT_FDCWD, "/proc", 0, e);
	}
	if (fd < 0)
		return fd;
	if (fstatfs(fd, &fs) < 0)
		return err_sys(e, "fstatfs", "/proc");
	if (fs.f_type != PROC_SUPER_MAGIC_)
		return err_set(e, ERR_SPEC, EINVAL, "what is mounted on /proc is not procfs");
	return steal_fd(&fd);
}

static int proc_openat(int proc, const char *path, int flags, struct err *e)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)flags | O_CLOEXEC | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	char name[256];
	int fd = sys_openat2(proc, path, &how);

	if (fd < 0) {
		snprintf(name, sizeof(name), "/proc/%s", path);
		return err_sys(e, "open", name);
	}
	return fd;
}

int proc_write(int proc, const char *path, const char *text, struct err *e)
{
	auto_close int fd = proc_openat(proc, path, O_WRONLY, e);
	size_t len = strlen(text);
	char name[256];
	ssize_t n;

	if (fd < 0)
		return fd;
	snprintf(name, sizeof(name), "/proc/%s", path);
	do
		n = write(fd, text, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "write", name);
	if ((size_t)n != len)
		return err_set(e, ERR_PROTO, EIO, "write `%s`: %ld of %lu bytes were taken", name,
			       (long)n, (unsigned long)len);
	return 0;
}

ssize_t proc_read(int proc, const char *path, char *buf, size_t max, struct err *e)
{
	auto_close int fd = proc_openat(proc, path, O_RDONLY, e);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = read(fd, buf, max - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, "read", path);
	buf[n] = '\0';
	return n;
}
