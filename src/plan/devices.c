#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"
#include "sys/probe.h"

/* config-linux.md, "Default Devices"; the numbers are the kernel's, admin-guide/devices.txt. */
static const struct {
	const char *path;
	unsigned major, minor;
} defaults[] = {
	{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
	{"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

static const struct plan_link links[] = {
	{"/proc/self/fd", "/dev/fd"},	    {"/proc/self/fd/0", "/dev/stdin"},
	{"/proc/self/fd/1", "/dev/stdout"}, {"/proc/self/fd/2", "/dev/stderr"},
	{"/proc/kcore", "/dev/core"},	    {"pts/ptmx", "/dev/ptmx"},
};

enum { MODE_DEFAULT = 0666, MODE_BITS = 0777 };

/* Whether both name the same, but for slashes said twice or at the end. */
static bool same_path(const char *a, const char *b)
{
	for (;;) {
		if (*a == '/' || *b == '/') {
			if ((*a && *a != '/') || (*b && *b != '/'))
				return false;
			a += strspn(a, "/");
			b += strspn(b, "/");
			if (!*a || !*b)
				return !*a && !*b;
		}
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

/* Whether the container's /dev is the host's: nothing may be made in there. */
static bool dev_is_bound(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_mounts; i++)
		if (plan->mounts[i].kind == PM_BIND && same_path(plan->mounts[i].target, "/dev"))
			return true;
	return false;
}

/* mknod(2) of a device is for the initial user namespace alone; others bind the host's node. */
static bool must_bind(const struct plan_ctx *x)
{
	return x->plan->features & PF_USERNS_ANY || !x->host->init_userns || !x->host->privileged;
}

static mode_t file_type(char type)
{
	return type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;
}

static void listed_device(const struct plan_ctx *x, unsigned index, struct plan_device *out)
{
	const struct oci_device *d = &x->c->linux_->devices[index];
	mode_t type = file_type(d->type[0]);

	*out = (struct plan_device){
		.path = arena_str(x->a, d->path),
		.mode = type | (d->has_file_mode ? d->file_mode & MODE_BITS : MODE_DEFAULT),
		.dev = type == S_IFIFO ? 0 : makedev((unsigned)d->major, (unsigned)d->minor),
		.uid = d->uid,
		.gid = d->gid,
		.index = (int)index,
		.bind = type != S_IFIFO && must_bind(x),
	};
}

static void default_device(const struct plan_ctx *x, size_t i, struct plan_device *out)
{
	*out = (struct plan_device){
		.path = arena_str(x->a, defaults[i].path),
		.mode = S_IFCHR | MODE_DEFAULT,
		.dev = makedev(defaults[i].major, defaults[i].minor),
		.index = -1,
		.bind = must_bind(x),
	};
}

/* Puts d where the default of the same path is, or at the end: what is listed wins. */
static void put(struct plan_device *v, size_t *n, const struct plan_device *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		if (same_path(v[i].path, d->path)) {
			v[i] = *d;
			return;
		}
	v[(*n)++] = *d;
}

static void plan_links(struct plan_ctx *x)
{
	struct plan_link *v = arena_new(x->a, struct plan_link, ARRAY_SIZE(links));

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		v[i] = (struct plan_link){
			.target = arena_str(x->a, links[i].target),
			.path = arena_str(x->a, links[i].path),
		};
	x->plan->links = v;
	x->plan->n_links = ARRAY_SIZE(links);
}

int plan_devices(struct plan_ctx *x, struct err *e)
{
	const struct oci_linux *l = x->c->linux_;
	size_t listed = l ? l->n_devices : 0, n = 0;
	struct plan_device *v, d;

	(void)e;
	if (!(x->plan->features & PF_MOUNTNS))
		return 0;
	if (dev_is_bound(x->plan)) {
		log_debug("/dev is a bind mount: devices and links are what the host has there");
		return 0;
	}
	v = arena_new(x->a, struct plan_device, ARRAY_SIZE(defaults) + listed);
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++)
		default_device(x, i, &v[n++]);
	for (unsigned i = 0; i < listed; i++) {
		listed_device(x, i, &d);
		put(v, &n, &d);
	}
	x->plan->devices = v;
	x->plan->n_devices = n;
	plan_links(x);
	return 0;
}
