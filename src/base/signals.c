#include "base/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <strings.h>

#include "base/num.h"
#include "base/table.h"

/* In the order of numbers on x86 and ARM. A second name for a number comes after its first. */
static const struct name_value signals[] = {
	{"HUP", SIGHUP},       {"INT", SIGINT},	  {"QUIT", SIGQUIT},	 {"ILL", SIGILL},
	{"TRAP", SIGTRAP},     {"ABRT", SIGABRT}, {"IOT", SIGABRT},	 {"BUS", SIGBUS},
	{"FPE", SIGFPE},       {"KILL", SIGKILL}, {"USR1", SIGUSR1},	 {"SEGV", SIGSEGV},
	{"USR2", SIGUSR2},     {"PIPE", SIGPIPE}, {"ALRM", SIGALRM},	 {"TERM", SIGTERM},
#ifdef SIGSTKFLT
	{"STKFLT", SIGSTKFLT},
#endif
	{"CHLD", SIGCHLD},     {"CLD", SIGCHLD},  {"CONT", SIGCONT},	 {"STOP", SIGSTOP},
	{"TSTP", SIGTSTP},     {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU},	 {"URG", SIGURG},
	{"XCPU", SIGXCPU},     {"XFSZ", SIGXFSZ}, {"VTALRM", SIGVTALRM}, {"PROF", SIGPROF},
	{"WINCH", SIGWINCH},   {"IO", SIGIO},	  {"POLL", SIGIO},	 {"PWR", SIGPWR},
	{"SYS", SIGSYS},
};

/* "RTMIN+3", "RTMAX-1", without the SIG. */
static int realtime(const char *name)
{
	bool from_max = strncasecmp(name, "RTMAX", 5) == 0;
	uint64_t off = 0;
	int sig;

	if (!from_max && strncasecmp(name, "RTMIN", 5) != 0)
		return -EINVAL;
	name += 5;
	if (*name && (*name != (from_max ? '-' : '+') ||
		      !num_u64(name + 1, (uint64_t)(SIGRTMAX - SIGRTMIN), &off)))
		return -EINVAL;
	sig = from_max ? SIGRTMAX - (int)off : SIGRTMIN + (int)off;
	return sig;
}

int signal_from_name(const char *name)
{
	uint64_t number;

	if (num_u64(name, (uint64_t)SIGRTMAX, &number))
		return (int)number;
	if (strncasecmp(name, "SIG", 3) == 0)
		name += 3;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (strcasecmp(signals[i].name, name) == 0)
			return (int)signals[i].value;
	return realtime(name);
}

const char *signal_name(int sig, char *buf, size_t size)
{
	for (size_t i = 0; sig > 0 && i < ARRAY_SIZE(signals); i++)
		if (signals[i].value == (uint64_t)sig) {
			snprintf(buf, size, "SIG%s", signals[i].name);
			return buf;
		}
	if (sig == SIGRTMIN)
		snprintf(buf, size, "SIGRTMIN");
	else if (sig > SIGRTMIN && sig <= SIGRTMAX)
		snprintf(buf, size, "SIGRTMIN+%d", sig - SIGRTMIN);
	else
		snprintf(buf, size, "signal %d", sig);
	return buf;
}

void signals_each(void (*fn)(const char *name, void *arg), void *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		fn(signals[i].name, arg);
}
