/* check-common.c - checks that many rows share, and what several files of checks use. */
#include <string.h>

#include "spec/rules.h"

bool type_twice(struct spec_node *n, size_t size)
{
	const char *this = n->parent, *first = this - n->up->index * size;

	for (size_t i = 0; i < n->up->index; i++) {
		const char *const *type = (const char *const *)(const void *)(first + i * size);

		if (strcmp(*type, *(const char *const *)(const void *)this) != 0)
			continue;
		str_addf(n->note, "%zu", i);
		return true;
	}
	return false;
}

bool bad_empty(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return !*node_text(n);
}

bool bad_no_entries(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return n->n == 0;
}

bool bad_not_absolute(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return *node_text(n) != '/';
}

bool bad_key_empty(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return !*n->key;
}

bool bad_zero(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_u64(n) == 0;
}

bool bad_over_1(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_i64(n) < 0 || node_i64(n) > 1;
}

bool bad_over_5(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_u64(n) > 5;
}

bool bad_over_100(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_u64(n) > 100;
}

bool bad_over_0777(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_u64(n) > 0777;
}

bool bad_has_newline(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return strchr(node_text(n), '\n') != NULL;
}

/* (uid_t)-1 leaves an id as it is in setresuid(2) and chown(2): what was asked for would not
 * happen. */
bool bad_id_reserved(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_u64(n) == UINT32_MAX;
}

bool bad_major_range(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_i64(n) < 0 || node_i64(n) > 0xfff;
}

bool bad_minor_range(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return node_i64(n) < 0 || node_i64(n) > 0xfffff;
}

/*
 * A container that stays in the runtime's mount namespace, or joins one, gets no mounts:
 * they would be made for others too. So nothing may ask for one.
 */
static bool no_mountns(const struct spec_scope *s, struct spec_node *n)
{
	switch (s->ns[SPEC_NS_MOUNT]) {
	case SPEC_NS_NEW:
		return false;
	case SPEC_NS_JOINED:
		str_addf(n->note, "/linux/namespaces joins an existing one");
		return true;
	case SPEC_NS_NONE:
	default:
		str_addf(n->note, "/linux/namespaces has none of type `mount`");
		return true;
	}
}

bool bad_some_without_mountns(const struct spec_scope *s, struct spec_node *n)
{
	return n->n > 0 && no_mountns(s, n);
}

bool bad_set_without_mountns(const struct spec_scope *s, struct spec_node *n)
{
	if (n->field->kind == OCI_BOOL && !*(const bool *)n->value)
		return false;
	return no_mountns(s, n);
}

/* IFNAMSIZ is 16 with the NUL; the rest is dev_valid_name() of the kernel. */
static bool is_ifname(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > 15 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	return strcspn(name, "/: \t\n\v\f\r") == len;
}

bool bad_no_ifname(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return !is_ifname(node_text(n));
}

bool bad_key_no_ifname(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return !is_ifname(n->key);
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " ");
}

/* Digits at *p. False if there are none or they say more than 2^63. */
static bool take_number(const char **p, uint64_t *value)
{
	const char *start = *p;

	for (*value = 0; **p >= '0' && **p <= '9'; ++*p) {
		if (*value > INT64_MAX / 10)
			return false;
		*value = *value * 10 + (uint64_t)(**p - '0');
	}
	return *p > start;
}

/* ":2/4" behind a range: two of every four. */
static bool take_stride(const char **p)
{
	uint64_t used, group;

	if (**p != ':')
		return true;
	++*p;
	if (!take_number(p, &used) || **p != '/')
		return false;
	++*p;
	return take_number(p, &group) && group > 0 && used <= group;
}

bool number_list(const char *text, uint64_t max, bool stride, uint64_t *n, uint64_t *beyond)
{
	const char *p = skip_blanks(text);

	*n = 0;
	*beyond = UINT64_MAX;
	if (!*p)
		return true;
	for (;;) {
		uint64_t first, last;

		if (!take_number(&p, &first))
			return false;
		last = first;
		if (*p == '-') {
			p++;
			if (!take_number(&p, &last) || last < first)
				return false;
			if (stride && !take_stride(&p))
				return false;
		}
		if (last > max) {
			*beyond = last;
			return false;
		}
		*n += last - first + 1;
		p = skip_blanks(p);
		if (!*p)
			return true;
		if (*p++ != ',')
			return false;
		p = skip_blanks(p);
	}
}
