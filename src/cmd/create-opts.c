#include "cmd/create-opts.h"

#include <stdlib.h>

#include "cmd/globals.h"
#include "cmd/logfile.h"

static int from_here(const char **path, char **owned, struct err *e)
{
	int r;

	if (!*path)
		return 0;
	r = path_absolute(*path, owned, e);
	if (r == 0)
		*path = *owned;
	return r;
}

int create_call_init(struct create_call *c, const struct create_args *a, struct err *e)
{
	struct create_options *o = &c->o;
	int r;

	*c = (struct create_call){.o = a->o};
	if (!o->bundle)
		o->bundle = ".";
	r = from_here(&o->pid_file, &c->pid_file, e);
	if (r == 0)
		r = from_here(&o->console_socket, &c->console_socket, e);
	if (r == 0)
		r = from_here(&o->pidfd_socket, &c->pidfd_socket, e);
	if (r == 0 && a->trace)
		r = trace_open(a->trace, e);
	return r;
}

void create_call_free(struct create_call *c)
{
	free(c->pid_file);
	free(c->console_socket);
	free(c->pidfd_socket);
}

unsigned create_keeps_fds(const void *options)
{
	const struct create_args *a = options;

	return a->o.preserve_fds;
}
