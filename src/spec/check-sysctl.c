/* check-sysctl.c - which sysctls a container may set: those of its own namespaces. */
#include <string.h>

#include "base/table.h"
#include "spec/rules.h"

/* What "net.ipv4.conf.eth0/100.forwarding" calls '/' is '.' of the name, as sysctl(8) has it. */
static void turn_dots(char *path)
{
	for (; *path; path++) {
		if (*path == '.')
			*path = '/';
		else if (*path == '/')
			*path = '.';
	}
}

/*
 * Where key lies below /proc/sys. False if it can't be a sysctl, has a part that is empty,
 * `.` or `..`, or doesn't fit into size bytes.
 */
static bool sysctl_path(const char *key, char *path, size_t size)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_*-./";
	size_t len = strlen(key);
	const char *part;

	if (len >= size || strspn(key, plain) != len)
		return false;
	memcpy(path, key, len + 1);
	if (key[strcspn(key, "./")] == '.')
		turn_dots(path);
	for (part = path;; part++) {
		size_t n = strcspn(part, "/");

		if (n == 0 || (n == 1 && *part == '.') || (n == 2 && memcmp(part, "..", 2) == 0))
			return false;
		part += n;
		if (!*part)
			return true;
	}
}

enum owner { OWNER_HOST, OWNER_HOSTNAME, OWNER_UTS, OWNER_IPC, OWNER_NET, OWNER_USER };

static enum owner owner_of(const char *key)
{
	static const char *const ipc[] = {
		"kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem",
		"kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced",
	};
	char path[256];

	if (!sysctl_path(key, path, sizeof(path)))
		return OWNER_HOST;
	if (strcmp(path, "kernel/hostname") == 0)
		return OWNER_HOSTNAME;
	if (strcmp(path, "kernel/domainname") == 0)
		return OWNER_UTS;
	if (strs_have(ipc, ARRAY_SIZE(ipc), path) || str_starts(path, "fs/mqueue/"))
		return OWNER_IPC;
	if (str_starts(path, "net/"))
		return OWNER_NET;
	return str_starts(path, "user/") ? OWNER_USER : OWNER_HOST;
}

bool bad_sysctl_malformed(const struct spec_scope *s, struct spec_node *n)
{
	char path[256];

	(void)s;
	return !sysctl_path(n->key, path, sizeof(path));
}

bool bad_sysctl_hostname(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return owner_of(n->key) == OWNER_HOSTNAME;
}

bool bad_sysctl_ipc(const struct spec_scope *s, struct spec_node *n)
{
	return s->ns[SPEC_NS_IPC] == SPEC_NS_NONE && owner_of(n->key) == OWNER_IPC;
}

bool bad_sysctl_net(const struct spec_scope *s, struct spec_node *n)
{
	return s->ns[SPEC_NS_NETWORK] == SPEC_NS_NONE && owner_of(n->key) == OWNER_NET;
}

bool bad_sysctl_uts(const struct spec_scope *s, struct spec_node *n)
{
	return s->ns[SPEC_NS_UTS] == SPEC_NS_NONE && owner_of(n->key) == OWNER_UTS;
}

bool bad_sysctl_user(const struct spec_scope *s, struct spec_node *n)
{
	return s->ns[SPEC_NS_USER] == SPEC_NS_NONE && owner_of(n->key) == OWNER_USER;
}

bool bad_sysctl_global(const struct spec_scope *s, struct spec_node *n)
{
	(void)s;
	return owner_of(n->key) == OWNER_HOST;
}
