/* check-linux.c - rules of namespaces, clocks, devices, intelRdt, memoryPolicy, personality. */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "spec/rules.h"

static_assert(offsetof(struct oci_namespace, type) == 0, "type_twice() looks there");

bool bad_ns_twice(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return type_twice(n, sizeof(struct oci_namespace));
}

bool bad_userns_unmapped(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_namespace *ns = n->value;
	const struct oci_linux *l = s->c->linux_;

	if (strcmp(ns->type, "user") != 0 || ns->path)
		return false;
	if (!l->n_uid_mappings && !l->n_gid_mappings)
		str_addf(n->note, "uidMappings and gidMappings, which are missing");
	else
		str_addf(n->note, "uidMappings and gidMappings, %s is missing",
			 l->n_uid_mappings ? "gidMappings" : "uidMappings");
	return !l->n_uid_mappings || !l->n_gid_mappings;
}

bool bad_mapped_without_userns(const struct spec_scope *s, struct spec_node *n)
{
	return n->n > 0 && s->ns[SPEC_NS_USER] == SPEC_NS_NONE;
}

bool bad_offset_without_timens(const struct spec_scope *s, struct spec_node *n)
{
	bool joined = s->ns[SPEC_NS_TIME] == SPEC_NS_JOINED;

	str_addf(n->note, joined ? "/linux/namespaces joins an existing one"
				 : "/linux/namespaces has none of type `time`");
	return s->ns[SPEC_NS_TIME] != SPEC_NS_NEW;
}

/* KTIME_SEC_MAX: what the kernel's 64 bits of nanoseconds hold, time_namespaces(7). */
bool bad_offset_range(const struct spec_scope *s, struct spec_node *n)
{
	const int64_t most = INT64_MAX / 1000000000;

	(void)s;
	return node_i64(n) < -most || node_i64(n) > most;
}

bool bad_over_a_second(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_u64(n) > 999999999;
}

bool bad_device_without_number(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_device *d = n->value;

	(void)s;
	str_addf(n->note, "%s", d->type);
	return strcmp(d->type, "p") != 0 && !(d->has_major && d->has_minor);
}

static mode_t device_kind(const struct oci_device *d)
{
	switch (*d->type) {
	case 'b':
		return S_IFBLK;
	case 'p':
		return S_IFIFO;
	default:
		return S_IFCHR; /* c, and u: a character device without a buffer */
	}
}

/* Engines pass on what stat(2) said, so the bits of the right kind of file may be there. */
bool bad_device_mode(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_device *d = n->parent;
	mode_t kind = d->file_mode & S_IFMT;

	(void)s;
	if (kind && kind != device_kind(d))
		return true;
	return (d->file_mode & ~(uint32_t)S_IFMT) > 0777;
}

static bool same_device(const struct oci_device *a, const struct oci_device *b)
{
	if (device_kind(a) != device_kind(b))
		return false;
	return device_kind(a) == S_IFIFO || (a->major == b->major && a->minor == b->minor);
}

/* By path, and those of one path by their place in the document. */
static int by_path(const void *x, const void *y)
{
	const struct oci_device *a = *(const struct oci_device *const *)x;
	const struct oci_device *b = *(const struct oci_device *const *)y;
	int order = strcmp(a->path, b->path);

	return order ? order : a < b ? -1 : a > b;
}

static bool clash(const struct oci_device *a, const struct oci_device *b)
{
	return strcmp(a->path, b->path) == 0 && !same_device(a, b);
}

static bool report_clash(const struct oci_device *v, const struct oci_device *b,
			 struct spec_node *n)
{
	str_addf(n->note, "%s", b->path);
	str_addf(n->below, "/%zu/path", (size_t)(b - v));
	return true;
}

/* Engines list a device twice when it was asked for twice: the same one again does no harm. */
bool bad_device_clash(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_device *v = n->value;
	auto_free const struct oci_device **sorted = calloc(n->n + 1, sizeof(*sorted));

	(void)s;
	if (!sorted) { /* slow is better than not at all */
		for (size_t i = 1; i < n->n; i++)
			for (size_t k = 0; k < i; k++)
				if (clash(&v[k], &v[i]))
					return report_clash(v, &v[i], n);
		return false;
	}
	for (size_t i = 0; i < n->n; i++)
		sorted[i] = &v[i];
	qsort(sorted, n->n, sizeof(*sorted), by_path);
	for (size_t i = 1; i < n->n; i++)
		if (clash(sorted[i - 1], sorted[i]))
			return report_clash(v, sorted[i], n);
	return false;
}

bool bad_some_without_netns(const struct spec_scope *s, struct spec_node *n)
{
	return n->n > 0 && s->ns[SPEC_NS_NETWORK] == SPEC_NS_NONE;
}

bool bad_clos_id(const struct spec_scope *s, struct spec_node *n)
{
	const char *id = node_text(n);

	(void)s;
	if (strcmp(id, "/") == 0)
		return false;
	return !*id || strcmp(id, ".") == 0 || strcmp(id, "..") == 0 || strpbrk(id, "/\n");
}

bool bad_mem_bw_prefix(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return !str_starts(node_text(n), "MB:");
}

/* CONFIG_NODES_SHIFT is at most 10 on any architecture. */
enum { NODE_MAX = 1023 };

static uint64_t count_nodes(const struct oci_memory_policy *p)
{
	uint64_t count, beyond;

	if (!p->nodes || !number_list(p->nodes, NODE_MAX, false, &count, &beyond))
		return 0;
	return count;
}

bool bad_node_list_malformed(const struct spec_scope *s, struct spec_node *n)
{
	uint64_t count, beyond;

	(void)s;
	return !number_list(node_text(n), NODE_MAX, false, &count, &beyond) && beyond == UINT64_MAX;
}

bool bad_node_impossible(const struct spec_scope *s, struct spec_node *n)
{
	uint64_t count, beyond;

	(void)s;
	if (number_list(node_text(n), NODE_MAX, false, &count, &beyond))
		return false;
	str_addf(n->note, "%llu", (unsigned long long)beyond);
	return true;
}

bool bad_policy_takes_no_nodes(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_memory_policy *p = n->parent;

	(void)s;
	str_addf(n->note, "%s", p->mode);
	if (strcmp(p->mode, "MPOL_DEFAULT") != 0 && strcmp(p->mode, "MPOL_LOCAL") != 0)
		return false;
	return count_nodes(p) > 0;
}

bool bad_policy_needs_nodes(const struct spec_scope *s, struct spec_node *n)
{
	static const char *const eager[] = {"MPOL_BIND", "MPOL_INTERLEAVE",
					    "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED_MANY"};
	const struct oci_memory_policy *p = n->value;

	(void)s;
	str_addf(n->note, "%s", p->mode);
	if (p->nodes)
		str_addf(n->below, "/nodes");
	return strs_have(eager, sizeof(eager) / sizeof(eager[0]), p->mode) && count_nodes(p) == 0;
}

bool bad_balancing_elsewhere(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_memory_policy *p = n->parent;

	(void)s;
	str_addf(n->note, "%s", p->mode);
	return strcmp(node_text(n), "MPOL_F_NUMA_BALANCING") == 0 &&
	       strcmp(p->mode, "MPOL_BIND") != 0;
}

static bool is_node_flag(const char *flag)
{
	return strcmp(flag, "MPOL_F_STATIC_NODES") == 0 ||
	       strcmp(flag, "MPOL_F_RELATIVE_NODES") == 0;
}

bool bad_flag_without_nodes(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return is_node_flag(node_text(n)) && count_nodes(n->parent) == 0;
}

bool bad_static_and_relative(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_memory_policy *p = n->parent;

	(void)s;
	str_addf(n->note, "MPOL_F_STATIC_NODES");
	return strcmp(node_text(n), "MPOL_F_RELATIVE_NODES") == 0 &&
	       strs_have(p->flags, p->n_flags, "MPOL_F_STATIC_NODES");
}

bool bad_personality_flags(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return n->n > 0;
}
