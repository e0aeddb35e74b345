#include "spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"

/* "/srv/b" of "/srv/b/config.json", and "." of "config.json". */
static char *bundle_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/*
 * A missing file is said to be missing from its bundle, not as the kernel would put it:
 * engines take "no such file or directory" to be about the container's program.
 */
static int explain(const char *path, struct err *e)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	auto_free char *bundle = bundle_of(path);
	int num = e->num;
	struct stat st;

	if (!bundle || e->kind != ERR_SYS)
		return -num;
	switch (num) {
	case ENOENT:
		err_drop(e);
		if (fstatat(AT_FDCWD, bundle, &st, 0) < 0 && errno == ENOENT)
			return err_set(e, ERR_SPEC, ENOENT, "bundle `%s` does not exist", bundle);
		return err_set(e, ERR_SPEC, ENOENT, "bundle `%s` has no %s", bundle, name);
	case ENOTDIR:
		err_drop(e);
		return err_set(e, ERR_SPEC, ENOTDIR, "bundle `%s` is not a directory", bundle);
	case EISDIR:
		err_drop(e);
		return err_set(e, ERR_SPEC, EISDIR, "`%s` is a directory, it has to be a file",
			       path);
	case EACCES:
		err_drop(e);
		return err_set(e, ERR_SPEC, EACCES, "%s of bundle `%s` can't be read: %s", name,
			       bundle, strerror(EACCES));
	default:
		return -num;
	}
}

int spec_load(const char *path, struct arena *a, struct oci_config **c, char **text, size_t *len,
	      struct err *e)
{
	struct oci_config *config;
	int r;

	*text = NULL;
	*len = 0;
	r = file_read(AT_FDCWD, path, OCI_MAX_BYTES, text, len, e);
	if (r < 0)
		return explain(path, e);
	config = arena_new(a, struct oci_config, 1);
	r = oci_read(oci_config_table(), *text, *len, a, config, e);
	if (r < 0)
		return r;
	*c = config;
	return 0;
}
