#include "step/fault.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef ENABLE_FAULTS
enum { KILLED = -9 };

static struct {
	char step[32];
	int num;
	bool known;
} fault;

void fault_set(const char *step, int num)
{
	strncpy(fault.step, step, sizeof(fault.step) - 1);
	fault.num = num;
	fault.known = true;
}

#ifdef HULL_STUB
/* PARENT tells, in struct shared. */
static void look_up(void)
{
}
#else
enum { ERRNO_MAX = 133 };

static int by_name(const char *name)
{
	if (strcmp(name, "KILL") == 0)
		return KILLED;
	for (int num = 1; num <= ERRNO_MAX; num++) {
		const char *is = strerrorname_np(num);

		if (is && strcmp(is, name) == 0)
			return num;
	}
	return 0;
}

/* A test that asks for nothing must not pass for one that went well. */
static void look_up(void)
{
	static const char text[] = "HULL_FAULT is not STEP:ERRNO or STEP:KILL\n";
	const char *want = getenv("HULL_FAULT"), *colon = want ? strchr(want, ':') : NULL;
	char step[sizeof(fault.step)] = "";

	if (fault.known || !want)
		return;
	if (!colon || (size_t)(colon - want) >= sizeof(step) || !by_name(colon + 1)) {
		if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
			_exit(EXIT_FAILURE + 1);
		_exit(EXIT_FAILURE);
	}
	memcpy(step, want, (size_t)(colon - want));
	fault_set(step, by_name(colon + 1));
}
#endif

void fault_get(char step[32], int *num)
{
	look_up();
	memcpy(step, fault.step, sizeof(fault.step));
	*num = fault.num;
}

int fault_injected(const char *step, struct err *e)
{
	look_up();
	if (!fault.num || strcmp(step, fault.step) != 0)
		return 0;
	if (fault.num == KILLED)
		kill(getpid(), SIGKILL);
	errno = fault.num;
	return err_sys(e, "fault", "HULL_FAULT");
}
#else
typedef int fault_is_off; /* a translation unit may not be empty */
#endif
