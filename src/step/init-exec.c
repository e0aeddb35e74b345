/* init-exec.c - INIT finds the program and becomes it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "step/run.h"
#include "step/steps.h"
#include "sys/rooted.h"
#include "sys/syscalls.h"

enum { PASSWD_MAX = 1 << 20, HOME_MAX = 512, SIGNALS = 64 };

/* 0, or what execve(2) would say. */
static int check_program(const char *path)
{
	struct stat st;

	if (fstatat(AT_FDCWD, path, &st, 0) < 0)
		return errno;
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (!S_ISREG(st.st_mode))
		return EACCES;
	if (syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
		return 0;
	/* A seccomp filter that is older than the call: execve(2) will have the last word. */
	if (errno == ENOSYS || errno == EPERM)
		return st.st_mode & 0111 ? 0 : EACCES;
	return errno;
}

/* The sentences that engines look for (engine-contract A9). */
static int cannot(const char *name, int num, bool searched, struct err *e)
{
	switch (num) {
	case ENOENT:
	case ENOTDIR:
		if (searched)
			return err_set(e, ERR_EXEC, ENOENT,
				       "exec: \"%s\": executable file not found in $PATH", name);
		return err_set(e, ERR_EXEC, num, "exec: \"%s\": stat %s: %s", name, name,
			       num == ENOENT ? "no such file or directory" : "not a directory");
	case EACCES:
		return err_set(e, ERR_EXEC, num, "exec: \"%s\": permission denied", name);
	case EISDIR:
		return err_set(e, ERR_EXEC, num, "exec: \"%s\": is a directory", name);
	default:
		return err_set(e, ERR_EXEC, num, "exec: \"%s\": %s", name, strerror(num));
	}
}

/* Without PATH, what execvp(3) takes for it. */
static int search(struct run *run, const char *name, struct err *e)
{
	static char found[PATH_MAX];
	const char *path = run->plan->exec.path ? run->plan->exec.path : "/bin:/usr/bin";
	int worst = ENOENT;

	for (;;) {
		size_t len = strcspn(path, ":");
		struct str s = STR_ON(found);
		int num;

		str_add(&s, len ? path : ".", len ? len : 1);
		str_addf(&s, "/%s", name);
		num = str_cut(&s) ? ENAMETOOLONG : check_program(found);
		if (num == 0) {
			run->program_path = found;
			return 0;
		}
		if (num == EACCES)
			worst = EACCES;
		if (!path[len])
			return cannot(name, worst, true, e);
		path += len + 1;
	}
}

int exec_find(struct run *run, struct err *e)
{
	const char *name = run->plan->exec.args.v[0];
	int num;

	if (!strchr(name, '/'))
		return search(run, name, e);
	num = check_program(name);
	if (num)
		return cannot(name, num, false, e);
	run->program_path = name;
	return 0;
}

/* The home directory in a line of passwd(5), if it is uid's; else NULL. Takes the line apart. */
static const char *home_in(char *line, uid_t uid)
{
	char *field[7] = {line};
	uint32_t id;
	int n = 1;

	for (char *p = line; *p && n < 7; p++) {
		if (*p != ':')
			continue;
		*p = '\0';
		field[n++] = p + 1;
	}
	return n >= 6 && num_id(field[2], &id) && id == uid && field[5][0] == '/' ? field[5] : NULL;
}

struct line {
	char text[1024];
	size_t len; /* sizeof(text): it is longer than that, and nobody's */
};

/* True, and "HOME=..." in out, if it is uid's. Begins the next line. */
static bool end_line(struct line *line, uid_t uid, char *out, size_t size)
{
	bool whole = line->len < sizeof(line->text);
	const char *home;

	line->text[whole ? line->len : 0] = '\0';
	line->len = 0;
	home = home_in(line->text, uid);
	if (home)
		snprintf(out, size, "HOME=%s", home);
	return home;
}

/* In the first PASSWD_MAX bytes. In portions, for the file may be large, and INIT must not be. */
static bool search_home(int fd, uid_t uid, char *out, size_t size)
{
	struct line line = {.len = 0};
	char part[4096];
	ssize_t n;

	for (size_t all = 0; all < PASSWD_MAX; all += (size_t)n) {
		n = read(fd, part, sizeof(part));
		if (n <= 0)
			return end_line(&line, uid, out, size);
		for (ssize_t i = 0; i < n; i++) {
			if (part[i] == '\n' && end_line(&line, uid, out, size))
				return true;
			if (part[i] != '\n' && line.len < sizeof(line.text))
				line.text[line.len++] = part[i];
		}
	}
	return false;
}

/* The image's passwd file is read as what it is: a stranger's, maybe not even a file. */
static void home_of(uid_t uid, char *out, size_t size)
{
	auto_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -EBADF;
	struct err e = {0};
	struct stat st;

	if (root >= 0)
		fd = rooted_open(root, "/etc/passwd", O_RDONLY, 0, &e);
	err_drop(&e);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    search_home(fd, uid, out, size))
		return;
	snprintf(out, size, "HOME=%s", uid ? "/" : "/root");
}

static int env_with_home(struct run *run, const char *const **env, struct err *e)
{
	static char home[HOME_MAX];
	const struct plan_strs *given = &run->plan->exec.env;
	const char **all;

	if (!run->plan->exec.home_missing) {
		*env = given->v;
		return 0;
	}
	home_of(run->plan->cred.uid, home, sizeof(home));
	all = mmap(NULL, (given->n + 2) * sizeof(*all), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return err_sys(e, "mmap", "environment");
	memcpy(all, given->v, given->n * sizeof(*all));
	all[given->n] = home;
	*env = all;
	return 0;
}

/* The program starts with no signal ignored, handled or blocked. */
static void clean_signals(void)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig <= SIGNALS; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int exec_prepare(struct run *run, struct err *e)
{
	int r = env_with_home(run, &run->env, e);

	if (r < 0)
		return r;
	if (prctl(PR_SET_PDEATHSIG, 0) < 0)
		return err_sys(e, "prctl", "PR_SET_PDEATHSIG");
	if (!run->plan->exec.terminal)
		setsid();
	clean_signals();
	return 0;
}

int exec_program(struct run *run, struct err *e)
{
	const char *name = run->plan->exec.args.v[0];

	execve(run->program_path, (char *const *)run->plan->exec.args.v, (char *const *)run->env);
	return cannot(name, errno, false, e);
}
