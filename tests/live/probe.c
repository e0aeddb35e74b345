/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c - a container's program that says what it finds itself in, for the tests.
 *
 *	probe [WORD...]		all it can see, as one JSON object; WORDs are for the test to find
 *	probe signals		"ready", then a line for each signal; SIGTERM ends it with status 7
 *	probe winsize		"ROWSxCOLUMNS" of stdin, and for each SIGWINCH, until SIGTERM
 *	probe write FILE	opens FILE for writing, in each way there is: "NAME ERRNO" a line
 *	probe touch MIB		writes to that much memory, then "done"
 *	probe sleep		until it is killed
 *	probe thread		the same, in a second thread: the first ends
 *
 * Static and without /proc where that is possible: what a shell and busybox can't see.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

static void put_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void put_key(const char *key)
{
	put_string(key);
	putchar(':');
}

static void put_strings(const char *key, char **v)
{
	put_key(key);
	putchar('[');
	for (int i = 0; v[i]; i++) {
		if (i)
			putchar(',');
		put_string(v[i]);
	}
	printf("],");
}

static void put_ids(void)
{
	uid_t r, e, s;
	gid_t groups[128];
	int n;

	if (getresuid(&r, &e, &s) < 0)
		exit(99);
	printf("\"uid\":[%u,%u,%u,%ld],", r, e, s, syscall(SYS_setfsuid, -1));
	if (getresgid(&r, &e, &s) < 0)
		exit(99);
	printf("\"gid\":[%u,%u,%u,%ld],", r, e, s, syscall(SYS_setfsgid, -1));
	n = getgroups(128, groups);
	printf("\"groups\":[");
	for (int i = 0; i < n; i++)
		printf("%s%u", i ? "," : "", groups[i]);
	printf("],");
}

static void put_caps(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	unsigned long long bounding = 0, ambient = 0;

	if (syscall(SYS_capget, &head, data) < 0)
		exit(99);
	for (int i = 0; i < 64; i++) {
		if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1)
			bounding |= 1ULL << i;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			ambient |= 1ULL << i;
	}
	printf("\"caps\":{\"effective\":\"%08x%08x\",\"permitted\":\"%08x%08x\","
	       "\"inheritable\":\"%08x%08x\",\"bounding\":\"%016llx\",\"ambient\":\"%016llx\"},",
	       data[1].effective, data[0].effective, data[1].permitted, data[0].permitted,
	       data[1].inheritable, data[0].inheritable, bounding, ambient);
	printf("\"securebits\":%d,", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
}

static void put_limits(void)
{
	static const char *const names[] = {
		"CPU",	   "FSIZE", "DATA",  "STACK",	   "CORE",     "RSS",  "NPROC",	 "NOFILE",
		"MEMLOCK", "AS",    "LOCKS", "SIGPENDING", "MSGQUEUE", "NICE", "RTPRIO", "RTTIME"};

	printf("\"rlimits\":{");
	for (int i = 0; i < 16; i++) {
		struct rlimit l;

		if (getrlimit((__rlimit_resource_t)i, &l) < 0)
			exit(99);
		/* as strings: JSON readers lose the last digits of 2^64-1 */
		printf("%s\"%s\":[\"%llu\",\"%llu\"]", i ? "," : "", names[i],
		       (unsigned long long)l.rlim_cur, (unsigned long long)l.rlim_max);
	}
	printf("},");
}

static const char *file_type(mode_t mode)
{
	return S_ISCHR(mode)	? "char"
	       : S_ISFIFO(mode) ? "fifo"
	       : S_ISSOCK(mode) ? "socket"
	       : S_ISREG(mode)	? "file"
	       : S_ISDIR(mode)	? "dir"
	       : S_ISBLK(mode)	? "block"
				: "other";
}

static void put_fds(void)
{
	const char *comma = "";

	printf("\"fds\":[");
	for (int fd = 0; fd < 1024; fd++) {
		char name[32], target[512];
		struct stat st;
		ssize_t n;

		if (fstat(fd, &st) < 0)
			continue;
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		n = readlink(name, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = 0;
		printf("%s{\"fd\":%d,\"type\":\"%s\",\"cloexec\":%d,\"rdev\":\"%u:%u\",\"target\":",
		       comma, fd, file_type(st.st_mode), fcntl(fd, F_GETFD), major(st.st_rdev),
		       minor(st.st_rdev));
		put_string(target);
		putchar('}');
		comma = ",";
	}
	printf("],");
}

static void put_namespaces(void)
{
	static const char *const names[] = {"pid",
					    "net",
					    "mnt",
					    "ipc",
					    "uts",
					    "user",
					    "cgroup",
					    "time",
					    "pid_for_children",
					    "time_for_children"};

	printf("\"ns\":{");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], target[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = 0;
		printf("%s", i ? "," : "");
		put_key(names[i]);
		put_string(target);
	}
	printf("},");
}

static void put_file(const char *key, const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n < 0 ? 0 : n] = 0;
	put_key(key);
	put_string(text);
	putchar(',');
}

static void put_keyring(void)
{
	char text[256];
	long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	long n = id < 0 ? -1 : syscall(SYS_keyctl, KEYCTL_DESCRIBE, id, text, sizeof(text));

	printf("\"keyring\":{\"id\":%ld,\"description\":", id);
	put_string(n < 0 ? "" : text);
	printf("},");
}

static void put_terminal(void)
{
	struct winsize size = {0};
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	char name[128] = "";

	if (ioctl(0, TIOCGWINSZ, &size) == 0)
		(void)ttyname_r(0, name, sizeof(name));
	printf("\"tty\":{\"stdin\":%d,\"stdout\":%d,\"stderr\":%d,\"controlling\":%d,\"rows\":%d,"
	       "\"columns\":%d,\"foreground\":%d,\"name\":",
	       isatty(0), isatty(1), isatty(2), tty >= 0, size.ws_row, size.ws_col,
	       tty >= 0 && tcgetpgrp(tty) == getpgrp());
	put_string(name);
	printf("},");
	if (tty >= 0)
		close(tty);
}

static void put_signals(void)
{
	unsigned long long ignored = 0, caught = 0, blocked = 0;
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int i = 1; i < 65; i++) {
		struct sigaction sa;

		if (sigismember(&set, i) == 1)
			blocked |= 1ULL << (i - 1);
		if (sigaction(i, NULL, &sa) < 0)
			continue;
		if (sa.sa_handler == SIG_IGN)
			ignored |= 1ULL << (i - 1);
		else if (sa.sa_handler != SIG_DFL)
			caught |= 1ULL << (i - 1);
	}
	printf("\"signals\":{\"blocked\":\"%llx\",\"ignored\":\"%llx\",\"caught\":\"%llx\"},",
	       blocked, ignored, caught);
}

static void put_process(void)
{
	char cwd[4096] = "", comm[17] = "";
	int death = -1;
	struct utsname u;
	mode_t mask = umask(0);

	umask(mask);
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0)
		snprintf(cwd, sizeof(cwd), "error %d", errno);
	prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
	prctl(PR_GET_NAME, comm, 0, 0, 0);
	if (uname(&u) < 0)
		exit(99);
	printf("\"pid\":%d,\"ppid\":%d,\"pgrp\":%d,\"sid\":%d,", getpid(), getppid(), getpgrp(),
	       getsid(0));
	printf("\"umask\":\"%04o\",\"pdeathsig\":%d,\"dumpable\":%d,\"subreaper\":", mask, death,
	       prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	prctl(PR_GET_CHILD_SUBREAPER, &death, 0, 0, 0);
	printf("%d,\"nnp\":%d,\"seccomp\":%d,\"personality\":%d,", death,
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0),
	       personality(0xffffffff));
	printf("\"scheduler\":%d,\"nice\":%d,\"ioprio\":%ld,\"thp\":%d,", sched_getscheduler(0),
	       getpriority(PRIO_PROCESS, 0), syscall(SYS_ioprio_get, 1, 0),
	       prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
	put_key("cwd");
	put_string(cwd);
	putchar(',');
	put_key("comm");
	put_string(comm);
	putchar(',');
	put_key("hostname");
	put_string(u.nodename);
	putchar(',');
	put_key("domainname");
	put_string(u.domainname);
	putchar(',');
}

static int all(char **argv)
{
	putchar('{');
	put_fds(); /* first: nothing of ours is open yet */
	put_strings("args", argv);
	put_strings("env", environ);
	put_ids();
	put_caps();
	put_limits();
	put_namespaces();
	put_keyring();
	put_terminal();
	put_signals();
	put_process();
	put_file("oom_score_adj", "/proc/self/oom_score_adj");
	put_file("cgroup", "/proc/self/cgroup");
	printf("\"end\":true}\n");
	return fflush(stdout) ? 99 : 0;
}

static volatile sig_atomic_t got[65];

static void note(int sig)
{
	got[sig] = 1;
}

static int signals(void)
{
	sigset_t none, every;

	sigfillset(&every);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &every, NULL);
	for (int i = 1; i < 65; i++)
		if (i != SIGCHLD)
			signal(i, note); /* some can't be caught */
	puts("ready");
	fflush(stdout);
	for (;;) {
		sigsuspend(&none);
		for (int i = 1; i < 65; i++) {
			if (!got[i])
				continue;
			got[i] = 0;
			printf("signal %d\n", i);
			fflush(stdout);
			if (i == SIGTERM)
				return 7;
		}
	}
}

static int winsize(void)
{
	sigset_t set;
	int sig = SIGWINCH;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (sig == SIGWINCH) {
		struct winsize size;

		if (ioctl(0, TIOCGWINSZ, &size) < 0)
			return 99;
		printf("%dx%d\n", size.ws_row, size.ws_col);
		fflush(stdout);
		if (sigwait(&set, &sig))
			return 99;
	}
	return 0;
}

static int write_to(const char *path)
{
	static const struct {
		const char *name;
		int flags;
	} ways[] = {{"wronly", O_WRONLY},
		    {"rdwr", O_RDWR},
		    {"trunc", O_WRONLY | O_TRUNC},
		    {"append", O_WRONLY | O_APPEND}};
	int ro;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int fd = open(path, ways[i].flags | O_CLOEXEC);

		printf("%s %d\n", ways[i].name, fd < 0 ? errno : 0);
		if (fd >= 0)
			close(fd);
	}
	/* An O_PATH descriptor opened again for writing: the way of CVE-2019-5736. */
	ro = open(path, O_PATH | O_CLOEXEC);
	if (ro >= 0) {
		char again[32];
		int fd;

		snprintf(again, sizeof(again), "/proc/self/fd/%d", ro);
		fd = open(again, O_WRONLY | O_CLOEXEC);
		printf("reopen %d\n", fd < 0 ? errno : 0);
	} else {
		printf("path %d\n", errno);
	}
	return 0;
}

static int touch(const char *mib)
{
	size_t n = (size_t)strtoul(mib, NULL, 10) << 20;
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 99;
	memset(p, 1, n);
	puts("done");
	return 0;
}

static void *rest(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* The first thread ends, and the process goes on in another. */
static int leave_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, rest, NULL) != 0)
		return 1;
	return (int)syscall(SYS_exit, 0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "thread") == 0)
		return leave_thread();
	if (argc == 2 && strcmp(argv[1], "signals") == 0)
		return signals();
	if (argc == 2 && strcmp(argv[1], "winsize") == 0)
		return winsize();
	if (argc == 3 && strcmp(argv[1], "write") == 0)
		return write_to(argv[2]);
	if (argc == 3 && strcmp(argv[1], "touch") == 0)
		return touch(argv[2]);
	if (argc == 2 && strcmp(argv[1], "sleep") == 0)
		for (;;)
			pause();
	return all(argv);
}
