#include "step/fault.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#ifdef ENABLE_FAULTS
static struct {
	char step[32];
	int num;
} fault;

void fault_set(const char *step, int num)
{
	strncpy(fault.step, step, sizeof(fault.step) - 1);
	fault.num = num;
}

void fault_get(char step[32], int *num)
{
	memcpy(step, fault.step, sizeof(fault.step));
	*num = fault.num;
}

int fault_injected(const char *step, struct err *e)
{
	if (!fault.num || strcmp(step, fault.step) != 0)
		return 0;
	if (fault.num < 0)
		kill(getpid(), SIGKILL);
	errno = fault.num;
	return err_sys(e, "fault", "HULL_FAULT");
}
#else
typedef int fault_is_off; /* a translation unit may not be empty */
#endif
