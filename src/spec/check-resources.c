/* check-resources.c - rules of cgroupsPath and resources. */
#include <string.h>

#include "spec/rules.h"

static const char digits[] = "0123456789";

/* Letters, digits and what joins them: fit for one name in a kernel file. */
static bool is_plain_name(const char *name)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

	return *name && strspn(name, plain) == strlen(name);
}

bool bad_climbs(const struct spec_scope *s, struct spec_node *n)
{
	const char *part = node_text(n);

	(void)s;
	for (;;) {
		size_t len = strcspn(part, "/");

		if (len == 2 && memcmp(part, "..", 2) == 0)
			return true;
		if (!part[len])
			return false;
		part += len + 1;
	}
}

bool bad_not_systemd_form(const struct spec_scope *s, struct spec_node *n)
{
	const char *first, *second;

	if (!s->ctx.systemd_cgroup || !*node_text(n))
		return false;
	first = strchr(node_text(n), ':');
	second = first ? strchr(first + 1, ':') : NULL;
	return !second || !second[1] || strchr(second + 1, ':');
}

bool bad_device_rule_type(const struct spec_scope *s, struct spec_node *n)
{
	const char *type = node_text(n);

	(void)s;
	return !*type || type[1] || !strchr("abc", *type);
}

bool bad_access_absent(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_device_cgroup *d = n->value;

	(void)s;
	return !d->access;
}

bool bad_access_letters(const struct spec_scope *s, struct spec_node *n)
{
	const char *access = node_text(n);

	(void)s;
	return !*access || strspn(access, "rwm") != strlen(access);
}

bool bad_number_or_all(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_i64(n) < -1 || node_i64(n) > UINT32_MAX;
}

bool bad_bytes_or_unlimited(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_i64(n) < -1;
}

/* 0 says nothing about swap and -1 lifts the limit: neither needs one of memory. */
bool bad_swap_without_limit(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_memory *m = n->parent;

	(void)s;
	return m->swap > 0 && m->limit <= 0;
}

bool bad_swap_below_limit(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_memory *m = n->parent;

	(void)s;
	str_addf(n->note, "%lld", (long long)m->limit);
	return m->swap > 0 && m->limit > 0 && m->swap < m->limit;
}

bool bad_burst_over_quota(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_cpu *cpu = n->parent;

	(void)s;
	str_addf(n->note, "%lld", (long long)cpu->quota);
	return cpu->quota > 0 && cpu->burst > (uint64_t)cpu->quota;
}

/* The kernel says which ones there are: only the form is checked. */
bool bad_cpuset_malformed(const struct spec_scope *s, struct spec_node *n)
{
	uint64_t count, beyond;

	(void)s;
	return !number_list(node_text(n), UINT32_MAX, true, &count, &beyond);
}

/* 0 is what engines write for `not given`. */
bool bad_weight_range(const struct spec_scope *s, struct spec_node *n)
{
	uint64_t weight = node_u64(n);

	(void)s;
	return weight != 0 && (weight < 10 || weight > 1000);
}

bool bad_device_weight_range(const struct spec_scope *s, struct spec_node *n)
{
	uint64_t weight = node_u64(n);

	(void)s;
	return weight < 10 || weight > 1000;
}

bool bad_weight_absent(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_weight_device *d = n->value;

	(void)s;
	return !d->has_weight && !d->has_leaf_weight;
}

/* ^[1-9][0-9]*[KMG]B$ */
bool bad_page_size(const struct spec_scope *s, struct spec_node *n)
{
	const char *size = node_text(n);
	size_t number = strspn(size, digits);

	(void)s;
	if (number == 0 || *size == '0')
		return true;
	size += number;
	return !*size || !strchr("KMG", *size) || strcmp(size + 1, "B") != 0;
}

/* The key is written to rdma.max: a blank or a newline in it would be another entry. */
bool bad_key_no_device(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return !is_plain_name(n->key);
}

bool bad_rdma_without_limit(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_rdma *r = n->value;

	(void)s;
	return !r->has_hca_handles && !r->has_hca_objects;
}

/* One component, CONTROLLER.FILE: security.md, A13. */
bool bad_unified_key(const struct spec_scope *s, struct spec_node *n)
{
	const char *dot = strchr(n->key, '.');

	(void)s;
	return !is_plain_name(n->key) || !dot || dot == n->key || !dot[1] || strstr(n->key, "..");
}

bool bad_unified_core(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return str_starts(n->key, "cgroup.");
}
