/* hooks.h - runs one hook (config.md, "POSIX-platform Hooks"), on either side. */
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include "base/err.h"
#include "plan/plan.h"

/* "createRuntime" */
const char *hook_kind_name(enum plan_hook_kind kind);

/*
 * The state for stdin is before, pid and after put together (pid, after: NULL for none). The
 * error names the hook by its pointer and has what it said last.
 */
must_check int hook_run(const struct plan_hook *hook, enum plan_hook_kind kind, const char *cwd,
			const char *before, const char *pid, const char *after, struct err *e);

/*
 * How long one process has to wait for the other, in ms: longest, and all the time that the hooks
 * up to the container's start may take.
 */
int hooks_wait_ms(const struct plan_hooks *hooks, int longest);
