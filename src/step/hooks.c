#include "step/hooks.h"

#include <limits.h>
#include <stdio.h>

#include "base/log.h"
#include "sys/child.h"

static const char *const names[PH_KINDS] = {
	[PH_PRESTART] = "prestart",
	[PH_CREATE_RUNTIME] = "createRuntime",
	[PH_CREATE_CONTAINER] = "createContainer",
	[PH_START_CONTAINER] = "startContainer",
	[PH_POSTSTART] = "poststart",
	[PH_POSTSTOP] = "poststop",
};

const char *hook_kind_name(enum plan_hook_kind kind)
{
	return names[kind];
}

int hooks_wait_ms(const struct plan_hooks *hooks, int longest)
{
	unsigned long long ms = (unsigned)longest;

	for (unsigned kind = 0; kind < PH_KINDS; kind++)
		for (size_t i = 0; kind < PH_POSTSTART && i < hooks->n[kind]; i++)
			ms += hooks->v[kind][i].timeout * 1000ULL;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

int hook_run(const struct plan_hook *hook, enum plan_hook_kind kind, const char *cwd,
	     const char *before, const char *pid, const char *after, struct err *e)
{
	struct child c = {.path = hook->path,
			  .args = hook->args.v,
			  .env = hook->env.v,
			  .cwd = cwd,
			  .input = {before, pid, after},
			  .timeout_s = hook->timeout < INT_MAX ? (int)hook->timeout : INT_MAX};
	int r;

	log_debug("%s hook %u: %s", names[kind], hook->index, hook->path);
	r = child_run(&c, e);
	if (r < 0 && e->kind == ERR_CHILD) {
		char text[sizeof(e->text)];

		snprintf(text, sizeof(text), "%s hook %.480s", names[kind], e->text);
		snprintf(e->text, sizeof(e->text), "%s", text);
	}
	return r < 0 ? err_at(e, r, "/hooks/%s/%u", names[kind], hook->index) : 0;
}
