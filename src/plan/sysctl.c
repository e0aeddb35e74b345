#include <sched.h>
#include <string.h>

#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"

/*
 * A key has '.' or '/' between its parts: whichever comes first. In a key with dots a '/'
 * stands for a dot that belongs to a name, "net.ipv4.conf.eth0/1.forwarding" (sysctl.d(5)).
 */
static char *to_path(struct arena *a, const char *key)
{
	char *path = arena_str(a, key);
	size_t first = strcspn(path, "./");

	if (path[first] == '/')
		return path;
	for (char *p = path; *p; p++) {
		if (*p == '.')
			*p = '/';
		else if (*p == '/')
			*p = '.';
	}
	return path;
}

/* Parts that are empty or mean another directory would lead out of what the key's prefix allows. */
static bool parts_are_names(const char *path)
{
	for (;;) {
		size_t n = strcspn(path, "/");

		if (n == 0 || (n == 1 && path[0] == '.') || (n == 2 && !memcmp(path, "..", 2)))
			return false;
		if (!path[n])
			return true;
		path += n + 1;
	}
}

/* spec/ has let nothing pass that belongs to none. */
static int namespace_of(const char *path)
{
	if (str_starts(path, "net/"))
		return CLONE_NEWNET;
	if (str_starts(path, "user/"))
		return CLONE_NEWUSER;
	return strcmp(path, "kernel/domainname") == 0 ? CLONE_NEWUTS : CLONE_NEWIPC;
}

int plan_sysctl(struct plan_ctx *x, struct err *e)
{
	const struct oci_linux *l = x->c->linux_;
	struct plan_sysctl *v;

	if (!l || !l->n_sysctl)
		return 0;
	v = arena_new(x->a, struct plan_sysctl, l->n_sysctl);
	for (size_t i = 0; i < l->n_sysctl; i++) {
		const char *key = l->sysctl[i].key;
		char *path = to_path(x->a, key);

		if (!parts_are_names(path))
			return err_spec(e, plan_pointer(x->a, "/linux/sysctl", key),
					"`%s` is not a sysctl key", key);
		v[i] = (struct plan_sysctl){
			.ns = namespace_of(path),
			.key = arena_str(x->a, key),
			.path = path,
			.value = arena_str(x->a, l->sysctl[i].value),
		};
	}
	x->plan->sysctls = v;
	x->plan->n_sysctls = l->n_sysctl;
	x->plan->features |= PF_SYSCTL;
	return 0;
}
