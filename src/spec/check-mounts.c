/* check-mounts.c - rules of mounts and of ranges of ids. */
#include <string.h>

#include "base/num.h"
#include "spec/rules.h"

static bool has_option(const struct oci_mount *m, const char *word)
{
	return strs_have(m->options, m->n_options, word);
}

static bool is_bind(const struct oci_mount *m)
{
	return (m->type && strcmp(m->type, "bind") == 0) || has_option(m, "bind") ||
	       has_option(m, "rbind");
}

bool bad_bind_without_source(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_mount *m = n->value;

	(void)s;
	if (m->source && *m->source)
		return false;
	return is_bind(m) && !has_option(m, "remount");
}

bool bad_mount_without_type(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_mount *m = n->value;

	(void)s;
	if (m->type && *m->type)
		return false;
	return !is_bind(m) && !has_option(m, "remount");
}

bool bad_half_mapped(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_mount *m = n->value;

	(void)s;
	str_addf(n->note, "%s", m->n_uid_mappings ? "gidMappings" : "uidMappings");
	return (m->n_uid_mappings > 0) != (m->n_gid_mappings > 0);
}

bool bad_copyup_elsewhere(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_mount *m = n->parent;

	(void)s;
	if (strcmp(node_text(n), "tmpcopyup") != 0)
		return false;
	str_addf(n->note, "%s", is_bind(m) ? "a bind mount" : m->type ? m->type : "a remount");
	return is_bind(m) || !m->type || strcmp(m->type, "tmpfs") != 0;
}

bool bad_idmap_without_ids(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_mount *m = n->parent;
	const char *word = node_text(n);

	if (strcmp(word, "idmap") != 0 && strcmp(word, "ridmap") != 0)
		return false;
	return m->n_uid_mappings == 0 && s->ns[SPEC_NS_USER] == SPEC_NS_NONE;
}

/* "uid=4294967295" of tmpfs and its like: the kernel would refuse it as late as at the mount. */
bool bad_option_id_reserved(const struct spec_scope *s, struct spec_node *n)
{
	const char *word = node_text(n);
	uint64_t id;

	(void)s;
	if (!str_starts(word, "uid=") && !str_starts(word, "gid="))
		return false;
	return num_u64(word + 4, UINT64_MAX, &id) && id >= UINT32_MAX;
}

/* UID_GID_MAP_MAX_EXTENTS: user_namespaces(7). */
bool bad_over_340(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	str_addf(n->note, "%zu", n->n);
	str_addf(n->below, "/340");
	return n->n > 340;
}

static bool ends_late(uint32_t first, uint32_t size)
{
	return (uint64_t)first + size > UINT32_MAX;
}

bool bad_range_past_end(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_id_mapping *m = n->value;
	bool inside = ends_late(m->container_id, m->size);
	uint64_t first = inside ? m->container_id : m->host_id;

	(void)s;
	str_addf(n->note, "%llu", (unsigned long long)(first + m->size - 1));
	str_addf(n->below, "%s", inside ? "/containerID" : "/hostID");
	return inside || ends_late(m->host_id, m->size);
}

static bool overlap(uint32_t a, uint32_t b, const struct oci_id_mapping *x,
		    const struct oci_id_mapping *y)
{
	return (uint64_t)a < (uint64_t)b + y->size && (uint64_t)b < (uint64_t)a + x->size;
}

/* The kernel refuses an overlap on either side. At most 340 ranges by now. */
bool bad_ranges_overlap(const struct spec_scope *s, struct spec_node *n)
{
	const struct oci_id_mapping *v = n->value;

	(void)s;
	for (size_t i = 1; i < n->n; i++) {
		for (size_t k = 0; k < i; k++) {
			bool inside = overlap(v[i].container_id, v[k].container_id, &v[i], &v[k]);

			if (!inside && !overlap(v[i].host_id, v[k].host_id, &v[i], &v[k]))
				continue;
			str_addf(n->note, "%zu", k);
			str_addf(n->below, "/%zu/%s", i, inside ? "containerID" : "hostID");
			return true;
		}
	}
	return false;
}
