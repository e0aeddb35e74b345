/*
 * fault.h - steps that fail on purpose (--enable-faults, for tests/fault).
 *
 * HULL_FAULT=STEP:ENOSPC makes that step fail with that errno before it does anything;
 * STEP:KILL makes the process end there as by kill -9. In a build without it there is no code.
 */
#pragma once

#include "base/err.h"

#ifdef ENABLE_FAULTS
/* step: "mount.entries", cut at 31 bytes; num: an errno, or -9 for KILL. */
void fault_set(const char *step, int num);
void fault_get(char step[32], int *num);
must_check int fault_injected(const char *step, struct err *e);
#else
static inline int fault_injected(const char *step, struct err *e)
{
	(void)step;
	(void)e;
	return 0;
}
#endif
