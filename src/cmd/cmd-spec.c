/* cmd-spec.c - `spec`: a config.json to begin with. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "libocispec/ocispec.h"
#include "spec/example.h"

struct spec_opts {
	const char *bundle, *file;
	bool rootless;
};

static const struct opt opts[] = {
	OPT(spec_opts, bundle, STRING, "bundle", 'b', "DIR",
	    "write into this directory instead of the current one"),
	OPT(spec_opts, file, STRING, "file", 'f', "FILE",
	    "write FILE instead of config.json; - is stdout"),
	OPT(spec_opts, rootless, FLAG, "rootless", 0, NULL,
	    "for a user without privileges: a user namespace, no limits"),
	OPT_END,
};

/* Never over a file that is there: it may be the only copy of somebody's work. */
static int write_new(int dir, const char *file, const char *text, size_t len, struct err *e)
{
	auto_close int fd = openat(dir, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	int r;

	if (fd < 0 && errno == EEXIST)
		return err_set(e, ERR_STATE, EEXIST, "`%s` exists already: remove it first", file);
	if (fd < 0)
		return err_sys(e, "create", file);
	r = file_write_all(fd, file, text, len, e);
	if (r == 0 && close(steal_fd(&fd)) < 0)
		r = err_sys(e, "close", file);
	if (r < 0)
		unlinkat(dir, file, 0);
	return r;
}

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	const struct spec_opts *o = options;
	auto_close int dir = -EBADF;
	auto_free char *text = NULL;
	size_t len;
	int r;

	(void)g;
	(void)args;
	r = oci_write(oci_config_table(), spec_example(o->rootless, geteuid(), getegid()), true,
		      &text, &len, e);
	if (r < 0)
		return r;
	if (o->file && strcmp(o->file, "-") == 0)
		return out_write(text, len, e);
	dir = openat(AT_FDCWD, o->bundle ? o->bundle : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, "open the bundle", o->bundle);
	return write_new(dir, o->file ? o->file : "config.json", text, len, e);
}

const struct command cmd_spec = {
	.name = "spec",
	.args = "",
	.help = "write a config.json to begin with",
	.text = "It runs sh in the directory rootfs of the bundle: few capabilities, no new "
		"privileges, "
		"all namespaces but the user's, and a seccomp filter that keeps programs from the "
		"mount "
		"API, keyrings, bpf, userfaultfd, io_uring and the like. A file that exists is "
		"never "
		"written over.",
	.min_args = 0,
	.max_args = 0,
	.prints = true,
	.opts = opts,
	.opts_size = sizeof(struct spec_opts),
	.run = run,
};
