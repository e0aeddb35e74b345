#include "sys/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/table.h"
#include "sys/cred.h"

/* mount_setattr(2) with all that hull asks of it, and cgroup.kill. */
enum { LINUX_MAJOR = 5, LINUX_MINOR = 14 };

/* The whole of a small kernel file into buf; an empty string if it can't be had. */
static void read_small(const char *path, char *buf, size_t size)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
}

/* The initial user namespace maps all ids onto themselves, in one range (user_namespaces(7)). */
static bool maps_everything(char *map)
{
	static const char *const want[] = {"0", "0", "4294967295"};
	char *save = NULL;
	size_t i = 0;

	for (char *w = strtok_r(map, " \n", &save); w; w = strtok_r(NULL, " \n", &save), i++)
		if (i >= ARRAY_SIZE(want) || strcmp(w, want[i]) != 0)
			return false;
	return i == ARRAY_SIZE(want);
}

/* "5.14": the digits up to the next character that is none. Leaves *text behind it. */
static unsigned number_at(const char **text)
{
	unsigned value = 0;

	for (; **text >= '0' && **text <= '9' && value < 100000; ++*text)
		value = value * 10 + (unsigned)(**text - '0');
	return value;
}

bool host_release_ok(const char *release)
{
	unsigned major = number_at(&release), minor;

	if (*release++ != '.')
		return false;
	minor = number_at(&release);
	return major > LINUX_MAJOR || (major == LINUX_MAJOR && minor >= LINUX_MINOR);
}

int host_probe(struct host *host, struct err *e)
{
	struct utsname kernel;
	char buf[256];
	uint64_t last;
	int r;

	if (uname(&kernel) == 0 && !host_release_ok(kernel.release))
		return err_set(e, ERR_SPEC, ENOSYS,
			       "hull needs Linux %d.%d or newer, and this is %s", LINUX_MAJOR,
			       LINUX_MINOR, kernel.release);
	host->euid = geteuid();
	host->egid = getegid();
	r = cred_effective(&host->caps, e);
	if (r < 0)
		return r;
	host->privileged = host->caps >> CAP_SYS_ADMIN & 1;
	read_small("/proc/self/uid_map", buf, sizeof(buf));
	if (!buf[0])
		return err_set(e, ERR_SYS, ENOENT, "procfs is needed on /proc");
	host->init_userns = maps_everything(buf);
	read_small("/proc/sys/kernel/cap_last_cap", buf, sizeof(buf));
	buf[strcspn(buf, "\n")] = '\0';
	host->last_cap = num_u64(buf, 63, &last) ? (int)last : CAP_LAST_CAP;
	read_small("/sys/module/apparmor/parameters/enabled", buf, sizeof(buf));
	host->apparmor = buf[0] == 'Y';
	host->selinux = access("/sys/fs/selinux/enforce", F_OK) == 0;
	return host_probe_cgroups(host, e);
}
