/* What linux.seccomp may say, before anything is looked up or compiled. */
#include "plan/seccomp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"
#include "sys/seccomp.h"

static const struct action {
	const char *name;
	uint32_t value;
	uint32_t data_max; /* 0: carries none */
} actions[] = {
	{"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW, 0},
	{"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO, 4095},
	{"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD, 0},
	{"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS, 0},
	{"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD, 0},
	{"SCMP_ACT_LOG", SECCOMP_RET_LOG, 0},
	{"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF, 0},
	{"SCMP_ACT_TRACE", SECCOMP_RET_TRACE, SECCOMP_RET_DATA},
	{"SCMP_ACT_TRAP", SECCOMP_RET_TRAP, 0},
};

static const struct name_value flag_names[] = {
	{"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
	{"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
	{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
	{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

/*
 * Between the filter's loading and the agent's having the listener, init says so and waits
 * (sys/channel.c). A call of these that waits for the agent would wait for ever.
 */
static const char *const handing_over[] = {"write", "read"};

int seccomp_action(const char *name, bool has_data, uint32_t data, uint32_t *action, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		const struct action *a = &actions[i];

		if (strcmp(a->name, name) != 0)
			continue;
		if (has_data && a->data_max == 0)
			return err_set(e, ERR_SPEC, EINVAL, "%s carries no errno", name);
		if (has_data && data > a->data_max)
			return err_set(e, ERR_SPEC, EINVAL, "%u is too large, %s takes up to %u",
				       data, name, a->data_max);
		*action = a->value;
		if (a->data_max)
			*action |= has_data ? data : EPERM;
		return 0;
	}
	return err_set(e, ERR_SPEC, EINVAL, "unknown action `%s`", name);
}

bool seccomp_notifies(const struct oci_seccomp *s)
{
	for (size_t i = 0; i < s->n_syscalls; i++)
		if (strcmp(s->syscalls[i].action, "SCMP_ACT_NOTIFY") == 0)
			return true;
	return false;
}

static int check_default(const struct oci_seccomp *s, struct err *e)
{
	uint32_t action;
	int r = seccomp_action(s->default_action, s->has_default_errno_ret, s->default_errno_ret,
			       &action, e);

	if (r < 0)
		return err_at(e, r, "/linux/seccomp/default%s",
			      s->has_default_errno_ret ? "ErrnoRet" : "Action");
	if (action == SECCOMP_RET_USER_NOTIF)
		return err_spec(e, "/linux/seccomp/defaultAction",
				"SCMP_ACT_NOTIFY can't be the default: the calls that hand the "
				"listener over would wait for the listener");
	return 0;
}

static int check_notify(const struct oci_syscall *rule, struct err *e)
{
	for (size_t j = 0; j < rule->n_names; j++)
		for (size_t k = 0; k < ARRAY_SIZE(handing_over); k++)
			if (strcmp(rule->names[j], handing_over[k]) == 0)
				return err_set(e, ERR_SPEC, EINVAL,
					       "SCMP_ACT_NOTIFY is not possible for `%s`: it hands "
					       "the listener over",
					       rule->names[j]);
	return 0;
}

static int check_rule(const struct oci_syscall *rule, size_t i, struct err *e)
{
	uint32_t action;
	int r = seccomp_action(rule->action, rule->has_errno_ret, rule->errno_ret, &action, e);

	if (r < 0)
		return err_at(e, r, "/linux/seccomp/syscalls/%zu/%s", i,
			      rule->has_errno_ret ? "errnoRet" : "action");
	if (rule->n_names == 0) {
		r = err_set(e, ERR_SPEC, EINVAL, "a rule needs the name of at least one call");
		return err_at(e, r, "/linux/seccomp/syscalls/%zu/names", i);
	}
	for (size_t k = 0; k < rule->n_args; k++) {
		if (rule->args[k].index < 6)
			continue;
		r = err_set(e, ERR_SPEC, EINVAL, "a call has arguments 0 to 5, not %u",
			    rule->args[k].index);
		return err_at(e, r, "/linux/seccomp/syscalls/%zu/args/%zu/index", i, k);
	}
	r = action == SECCOMP_RET_USER_NOTIF ? check_notify(rule, e) : 0;
	return r < 0 ? err_at(e, r, "/linux/seccomp/syscalls/%zu/names", i) : 0;
}

static int check_listener(const struct oci_seccomp *s, struct err *e)
{
	if (s->listener_path && s->listener_path[0] != '/')
		return err_spec(e, "/linux/seccomp/listenerPath", "`%s` is not an absolute path",
				s->listener_path);
	if (s->listener_metadata && !s->listener_path)
		return err_spec(e, "/linux/seccomp/listenerMetadata",
				"there is no listenerPath to send it to");
	if (seccomp_notifies(s) && !s->listener_path)
		return err_spec(e, "/linux/seccomp",
				"SCMP_ACT_NOTIFY needs a listenerPath, where an agent listens");
	return 0;
}

int seccomp_check(const struct oci_seccomp *s, struct err *e)
{
	int r = check_default(s, e);

	if (r == 0)
		r = check_listener(s, e);
	for (size_t i = 0; r == 0 && i < s->n_syscalls; i++)
		r = check_rule(&s->syscalls[i], i, e);
	return r;
}

static int one_flag(const char *name, size_t i, bool notifies, uint32_t *flags, struct err *e)
{
	const struct name_value *row = name_lookup(flag_names, ARRAY_SIZE(flag_names), name);
	bool of_listener;
	int r;

	if (!row) {
		r = err_set(e, ERR_SPEC, EINVAL, "unknown flag `%s`", name);
		return err_at(e, r, "/linux/seccomp/flags/%zu", i);
	}
	of_listener = row->value == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	if (of_listener && !notifies) {
		log_debug("%s has nothing to act on: no rule has SCMP_ACT_NOTIFY", name);
		return 0;
	}
	/* The others are older than any kernel that hull runs on. */
	if (of_listener && !seccomp_flag_known((uint32_t)row->value)) {
		r = err_set(e, ERR_SPEC, EINVAL, "this kernel has no %s", name);
		return err_at(e, r, "/linux/seccomp/flags/%zu", i);
	}
	*flags |= (uint32_t)row->value;
	return 0;
}

int seccomp_flags(const struct oci_seccomp *s, uint32_t *flags, struct err *e)
{
	bool notifies = seccomp_notifies(s);

	*flags = 0;
	if (!s->flags) /* absent: as engines expect of the other runtimes */
		*flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	for (size_t i = 0; i < s->n_flags; i++) {
		int r = one_flag(s->flags[i], i, notifies, flags, e);

		if (r < 0)
			return r;
	}
	if (notifies)
		*flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	/* With both, a thread that can't follow has to be an errno: the result is a descriptor. */
	if (notifies && (*flags & SECCOMP_FILTER_FLAG_TSYNC))
		*flags |= SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
	return 0;
}

/* {"metadata":"…"}, without the braces: the JSON writer knows how to quote it. */
static int metadata_member(struct arena *a, const char *metadata, const char **out, struct err *e)
{
	static const struct oci_field field = {.key = "metadata", .kind = OCI_STR, .offset = 0};
	static const struct oci_table table = {"seccomp_metadata", sizeof(const char *), &field, 1};
	auto_free char *text = NULL;
	size_t len;
	int r = oci_write(&table, &metadata, false, &text, &len, e);

	if (r < 0)
		return r;
	*out = arena_strn(a, text + 1, len - 2);
	return 0;
}

/* The container process state, but for the pid and the container's own state. */
static int plan_state(struct plan_ctx *x, struct err *e)
{
	const char *metadata = x->plan->seccomp.metadata, *member = NULL;
	int r = metadata ? metadata_member(x->a, metadata, &member, e) : 0;

	if (r < 0)
		return r;
	x->plan->seccomp_state = arena_strf(
		x->a, "{\"ociVersion\":\"%s\",\"fds\":[\"seccompFd\"],\"pid\":", OCI_VERSION);
	x->plan->seccomp_state_end = member ? arena_strf(x->a, ",%s,\"state\":", member)
					    : arena_str(x->a, ",\"state\":");
	return 0;
}

int plan_seccomp(struct plan_ctx *x, struct err *e)
{
	const struct oci_seccomp *s = x->c->linux_ ? x->c->linux_->seccomp : NULL;
	const char *strict = plan_annotation(x, "run.oci.seccomp_fail_unknown_syscall");
	int r;

	if (!s || !x->process)
		return 0;
	if (strict && strcmp(strict, "0") != 0) {
		r = seccomp_check_names(s, e);
		if (r < 0)
			return r;
	}
	r = plan_seccomp_compile(s, x->opt->run_dir, x->a, &x->plan->seccomp, e);
	if (r < 0)
		return r;
	x->plan->features |= PF_SECCOMP;
	if (!(x->plan->seccomp.flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return 0;
	x->plan->features |= PF_NOTIFY;
	return plan_state(x, e);
}

void seccomp_support(struct seccomp_support *out)
{
	*out = (struct seccomp_support){0};
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		out->actions[out->n_actions++] = actions[i].name;
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		out->known_flags[out->n_known_flags++] = flag_names[i].name;
		if (seccomp_flag_known((uint32_t)flag_names[i].value))
			out->supported_flags[out->n_supported_flags++] = flag_names[i].name;
	}
	seccomp_support_library(out);
}
