/* check-process.c - rules of the document itself and of its process. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/num.h"
#include "base/table.h"
#include "spec/rules.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_identifier(char c)
{
	return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

/* "0" or digits that don't begin with 0. */
static bool take_numeric(const char **p)
{
	const char *start = *p;

	while (is_digit(**p))
		++*p;
	return *p > start && (*start != '0' || *p == start + 1);
}

/* Identifiers with dots between; in a pre-release numeric ones have no leading zeros. */
static bool take_identifiers(const char **p, bool prerelease)
{
	for (;;) {
		const char *start = *p;
		bool digits = true;

		while (is_identifier(**p)) {
			digits = digits && is_digit(**p);
			++*p;
		}
		if (*p == start)
			return false;
		if (prerelease && digits && *start == '0' && *p > start + 1)
			return false;
		if (**p != '.')
			return true;
		++*p;
	}
}

bool bad_version_malformed(const struct spec_scope *s, struct spec_node *n)
{
	const char *p = node_text(n);

	(void)s;
	for (int part = 0; part < 3; part++) {
		if (part > 0 && *p++ != '.')
			return true;
		if (!take_numeric(&p))
			return true;
	}
	if (*p == '-') {
		p++;
		if (!take_identifiers(&p, true))
			return true;
	}
	if (*p == '+') {
		p++;
		if (!take_identifiers(&p, false))
			return true;
	}
	return *p != '\0';
}

bool bad_version_unsupported(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return !str_starts(node_text(n), "1.");
}

bool bad_root_absent(const struct spec_scope *s, struct spec_node *n)
{
	(void)n;
	return !s->c->root;
}

bool bad_no_uts(const struct spec_scope *s, struct spec_node *n)
{
	(void)n;
	return s->ns[SPEC_NS_UTS] == SPEC_NS_NONE;
}

bool bad_over_64_bytes(const struct spec_scope *s, struct spec_node *n)
{
	size_t len = strlen(node_text(n));

	(void)s;
	str_addf(n->note, "%zu", len);
	return len > 64;
}

bool bad_env_without_equals(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return !strchr(node_text(n), '=');
}

bool bad_env_without_name(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return *node_text(n) == '=';
}

bool bad_args_absent(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_process *p = n->value;

	(void)s;
	return !p->args;
}

bool bad_size_over_terminal(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_process *p = n->up->parent;

	(void)s;
	return p->terminal && node_u64(n) > UINT16_MAX;
}

/*
 * Whether id is mapped, as far as the document says: a joined namespace may have its
 * maps already.
 */
static bool is_mapped(const struct spec_scope *s, const struct oci_id_mapping *v, size_t n,
		      uint32_t id)
{
	if (s->ns[SPEC_NS_USER] == SPEC_NS_NONE || n == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (id >= v[i].container_id && id - v[i].container_id < v[i].size)
			return true;
	return false;
}

bool bad_uid_unmapped(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_process *p = n->value;
	uint32_t uid = p->user ? p->user->uid : 0;

	if (!s->c || !s->c->linux_)
		return false;
	str_addf(n->note, "%u", uid);
	if (p->user && p->user->has_uid)
		str_addf(n->below, "/user/uid");
	return !is_mapped(s, s->c->linux_->uid_mappings, s->c->linux_->n_uid_mappings, uid);
}

bool bad_gid_unmapped(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_process *p = n->value;
	uint32_t gid = p->user ? p->user->gid : 0;

	if (!s->c || !s->c->linux_)
		return false;
	str_addf(n->note, "%u", gid);
	if (p->user && p->user->has_gid)
		str_addf(n->below, "/user/gid");
	return !is_mapped(s, s->c->linux_->gid_mappings, s->c->linux_->n_gid_mappings, gid);
}

bool bad_group_unmapped(const struct spec_scope *s, struct spec_node *n)
{
	const char *keep;

	if (!s->c || !s->c->linux_)
		return false;
	keep = oci_map_get(s->c->annotations, s->c->n_annotations, "run.oci.keep_original_groups");
	if (keep && strcmp(keep, "0") != 0)
		return false; /* the list is not used */
	return !is_mapped(s, s->c->linux_->gid_mappings, s->c->linux_->n_gid_mappings,
			  (uint32_t)node_u64(n));
}

bool bad_rlimit_unknown(const struct spec_scope *s, struct spec_node *n)
{
	static const char *const known[] = {
		"RLIMIT_AS",	 "RLIMIT_CORE",	  "RLIMIT_CPU",	       "RLIMIT_DATA",
		"RLIMIT_FSIZE",	 "RLIMIT_LOCKS",  "RLIMIT_MEMLOCK",    "RLIMIT_MSGQUEUE",
		"RLIMIT_NICE",	 "RLIMIT_NOFILE", "RLIMIT_NPROC",      "RLIMIT_RSS",
		"RLIMIT_RTPRIO", "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
	};

	(void)s;
	return !strs_have(known, ARRAY_SIZE(known), node_text(n));
}

static_assert(offsetof(struct oci_rlimit, type) == 0, "type_twice() looks there");

bool bad_rlimit_twice(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return type_twice(n, sizeof(struct oci_rlimit));
}

bool bad_soft_over_hard(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_rlimit *r = n->parent;

	(void)s;
	str_addf(n->note, "%llu", (unsigned long long)r->hard);
	return r->soft > r->hard;
}

bool bad_oom_score_range(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_i64(n) < -1000 || node_i64(n) > 1000;
}

bool bad_policy_iso(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return strcmp(node_text(n), "SCHED_ISO") == 0;
}

bool bad_nice_range(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_i64(n) < -20 || node_i64(n) > 19;
}

static bool is_realtime(const struct oci_scheduler *sched)
{
	return strcmp(sched->policy, "SCHED_FIFO") == 0 || strcmp(sched->policy, "SCHED_RR") == 0;
}

static bool is_deadline(const struct oci_scheduler *sched)
{
	return strcmp(sched->policy, "SCHED_DEADLINE") == 0;
}

bool bad_priority_foreign(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_scheduler *sched = n->parent;

	(void)s;
	str_addf(n->note, "%s", sched->policy);
	return sched->priority != 0 && !is_realtime(sched);
}

bool bad_priority_range(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_scheduler *sched = n->value;

	(void)s;
	str_addf(n->note, "%s", sched->policy);
	if (sched->has_priority)
		str_addf(n->below, "/priority");
	return is_realtime(sched) && (sched->priority < 1 || sched->priority > 99);
}

bool bad_deadline_foreign(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_scheduler *sched = n->parent;

	(void)s;
	str_addf(n->note, "%s", sched->policy);
	return node_u64(n) != 0 && !is_deadline(sched);
}

/* The rules of the kernel's __checkparam_dl(): see sched(7), "SCHED_DEADLINE". */
bool bad_deadline_runtime_short(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_scheduler *sched = n->value;

	(void)s;
	str_addf(n->note, "%llu", (unsigned long long)sched->runtime);
	if (sched->has_runtime)
		str_addf(n->below, "/runtime");
	return is_deadline(sched) && sched->runtime < 1024;
}

bool bad_deadline_over_63_bits(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_scheduler *sched = n->value;
	bool period = sched->period > INT64_MAX;

	(void)s;
	str_addf(n->note, "%s", period ? "the period" : "the deadline");
	str_addf(n->below, "%s", period ? "/period" : "/deadline");
	return is_deadline(sched) && (period || sched->deadline > INT64_MAX);
}

bool bad_deadline_below_runtime(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_scheduler *sched = n->value;

	(void)s;
	str_addf(n->note, "%llu", (unsigned long long)sched->runtime);
	if (sched->has_deadline)
		str_addf(n->below, "/deadline");
	return is_deadline(sched) && sched->deadline < sched->runtime;
}

/* 0 stands for a period as long as the deadline. */
bool bad_period_below_deadline(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_scheduler *sched = n->parent;

	(void)s;
	str_addf(n->note, "%llu", (unsigned long long)sched->deadline);
	return is_deadline(sched) && sched->period != 0 && sched->period < sched->deadline;
}

bool bad_io_priority_absent(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_io_priority *p = n->value;

	(void)s;
	return !p->has_priority;
}

bool bad_io_priority_range(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_i64(n) < 0 || node_i64(n) > 7;
}

/* CONFIG_NR_CPUS is at most 8192 on any architecture. */
enum { CPU_MAX = 8191 };

bool bad_cpu_list_malformed(const struct spec_scope *s, struct spec_node *n)
{
	uint64_t count, beyond;

	(void)s;
	return !number_list(node_text(n), CPU_MAX, false, &count, &beyond) && beyond == UINT64_MAX;
}

bool bad_cpu_impossible(const struct spec_scope *s, struct spec_node *n)
{
	uint64_t count, beyond;

	(void)s;
	if (number_list(node_text(n), CPU_MAX, false, &count, &beyond))
		return false;
	str_addf(n->note, "%llu", (unsigned long long)beyond);
	return true;
}
