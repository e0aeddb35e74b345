#include "base/pathwalk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

/* The target of the symlink at path, or false if it isn't one. */
static bool link_target(const char *path, char *target, size_t size)
{
	ssize_t n = readlinkat(AT_FDCWD, path, target, size - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	return true;
}

/* Length of path without its last component and the slashes before that; 1 for "/x". */
static size_t parent_len(const char *path, size_t len)
{
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	return len;
}

static bool explain(const char *path, size_t len, int num, bool last, struct str *out)
{
	size_t parent = parent_len(path, len);
	char target[PATH_MAX];

	switch (num) {
	case ENOENT:
		if (link_target(path, target, sizeof(target))) {
			str_addf(out, "`%s` is a symlink to `%s`, which is missing", path, target);
			return true;
		}
		if (last)
			return false;
		str_addf(out, "`%s` is missing", path);
		return true;
	case ENOTDIR:
		str_addf(out, "`%.*s` is not a directory", (int)parent, path);
		return true;
	case EACCES:
		str_addf(out, "uid %u may not search `%.*s`", (unsigned)geteuid(),
			 parent ? (int)parent : 1, parent ? path : ".");
		return true;
	case ELOOP:
		str_addf(out, "`%s` is a symlink that leads in a circle", path);
		return true;
	default:
		return false;
	}
}

bool path_explain(const char *path, struct str *out)
{
	char part[PATH_MAX];
	size_t len = strlen(path), end = 0;

	if (len == 0 || len >= sizeof(part))
		return false;
	while (end < len) {
		auto_close int fd = -EBADF;

		while (path[end] == '/')
			end++;
		if (end == len)
			break;
		end += strcspn(path + end, "/");
		memcpy(part, path, end);
		part[end] = '\0';
		fd = openat(AT_FDCWD, part, O_PATH | O_CLOEXEC);
		if (fd < 0)
			return explain(part, end, errno, end == len, out);
	}
	return false;
}
