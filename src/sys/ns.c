#include "sys/ns.h"

#include <errno.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "sys/syscalls.h"

static const struct name_value names[] = {
	{"mnt", CLONE_NEWNS},	     {"pid", CLONE_NEWPID},   {"net", CLONE_NEWNET},
	{"ipc", CLONE_NEWIPC},	     {"uts", CLONE_NEWUTS},   {"user", CLONE_NEWUSER},
	{"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME},
};

const char *ns_name(int type)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].value == (uint64_t)type)
			return names[i].name;
	return NULL;
}

int ns_open(const char *path, int type, struct err *e)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int is;

	if (fd < 0)
		return err_sys(e, "open", path);
	is = ioctl(fd, NS_GET_NSTYPE);
	if (is < 0)
		return err_set(e, ERR_SPEC, EINVAL, "`%s` is not a namespace", path);
	if (is != type)
		return err_set(e, ERR_SPEC, EINVAL, "`%s` is a %s namespace, not a %s one", path,
			       ns_name(is) ? ns_name(is) : "strange", ns_name(type));
	return steal_fd(&fd);
}

bool ns_is_ours(int fd, int type)
{
	char ours[64];
	struct stat a, b;

	snprintf(ours, sizeof(ours), "/proc/self/ns/%s", ns_name(type));
	if (fstat(fd, &a) < 0 || stat(ours, &b) < 0)
		return false;
	return a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

bool ns_differs(pid_t pid, int type)
{
	const char *name = ns_name(type);
	char theirs[64], ours[64];
	struct stat a, b;

	snprintf(theirs, sizeof(theirs), "/proc/%d/ns/%s", (int)pid, name);
	snprintf(ours, sizeof(ours), "/proc/self/ns/%s", name);
	if (stat(theirs, &a) < 0 || stat(ours, &b) < 0)
		return true;
	return a.st_ino != b.st_ino || a.st_dev != b.st_dev;
}
