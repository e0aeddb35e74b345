/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.c - runs commands, and says how long each took and what it used.
 *
 *	measure STDERR	reads one request a line from descriptor 3, answers on 4:
 *	run\tPROGRAM\tARG...	-> STATUS NANOSECONDS CPU_MICROSECONDS PEAK_KILOBYTES
 *	wait\tPID		-> the same of an orphan, once it has ended; its time is 0
 *
 * Small and static, for a program starts with the peak of memory of the process that it was
 * vforked from. The time is from before the vfork until the program has been reaped; CPU time and
 * peak are those of all processes that it waited for as well. STATUS is as a shell's.
 *
 * What the programs leave behind becomes a child of this process (PR_SET_CHILD_SUBREAPER).
 * They get /dev/null as stdin and stdout, and the file STDERR, emptied each time, as stderr.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGS_MAX = 64, REQUESTS = 3, ANSWERS = 4 };

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static long long microseconds(const struct timeval *tv)
{
	return tv->tv_sec * 1000000LL + tv->tv_usec;
}

static int reap(pid_t pid, struct rusage *used)
{
	int status;

	while (wait4(pid, &status, 0, used) < 0)
		if (errno != EINTR)
			err(1, "wait4");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void answer(int status, long long ns, const struct rusage *used)
{
	dprintf(ANSWERS, "%d %lld %lld %ld\n", status, ns,
		microseconds(&used->ru_utime) + microseconds(&used->ru_stime), used->ru_maxrss);
}

static void run(char **argv)
{
	struct rusage used;
	long long began;
	int status;
	pid_t pid;

	if (ftruncate(2, 0) < 0 || lseek(2, 0, SEEK_SET) < 0)
		err(1, "stderr");
	began = now_ns();
	pid = vfork();
	if (pid < 0)
		err(1, "vfork");
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	status = reap(pid, &used);
	answer(status, now_ns() - began, &used);
}

/* Splits at tabs, in place. */
static void split(char *line, char **argv)
{
	size_t n = 0;

	for (char *p = line; p && n < ARGS_MAX; n++) {
		argv[n] = p;
		p = strchr(p, '\t');
		if (p)
			*p++ = '\0';
	}
	argv[n] = NULL;
}

int main(int argc, char **argv)
{
	char *args[ARGS_MAX + 1], *line = NULL;
	size_t size = 0;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), said;
	FILE *requests = fdopen(REQUESTS, "r");
	ssize_t n;

	if (argc != 2 || null < 0 || !requests)
		errx(2, "usage: measure STDERR 3<REQUESTS 4>ANSWERS");
	said = open(argv[1], O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (said < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(said, 2) < 0)
		err(1, "%s", argv[1]);
	if (fcntl(REQUESTS, F_SETFD, FD_CLOEXEC) < 0 || fcntl(ANSWERS, F_SETFD, FD_CLOEXEC) < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		err(1, "prctl");
	while ((n = getline(&line, &size, requests)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		split(line, args);
		if (strcmp(args[0], "run") == 0 && args[1]) {
			run(args + 1);
		} else if (strcmp(args[0], "wait") == 0 && args[1]) {
			struct rusage used;
			int status = reap((pid_t)atoi(args[1]), &used);

			answer(status, 0, &used);
		} else {
			errx(2, "`%s' is no request", args[0]);
		}
	}
	free(line);
	return 0;
}
