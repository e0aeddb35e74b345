#include "cmd/create-opts.h"

#include "cmd/logfile.h"

int create_args_settle(const struct create_args *a, struct create_options *o, struct err *e)
{
	*o = a->o;
	if (!o->bundle)
		o->bundle = ".";
	return a->trace ? trace_open(a->trace, e) : 0;
}

unsigned create_keeps_fds(const void *options)
{
	const struct create_args *a = options;

	return a->o.preserve_fds;
}
