#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "libocispec/ocispec.h"
#include "plan/part.h"
#include "plan/plan.h"

/* What we add ourselves: TERM, LISTEN_FDS, LISTEN_PID, NOTIFY_SOCKET; and room for HOME. */
enum { ENV_OURS = 4, ENV_SPARE = 1 };

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static int compare_names(const char *a, const char *b)
{
	size_t n = name_length(a), m = name_length(b);
	int r = memcmp(a, b, n < m ? n : m);

	return r ? r : (n > m) - (n < m);
}

/* By name, and of the same name by place: what is sorted are places in a vector of entries. */
static int compare_places(const void *a, const void *b)
{
	const char **const *x = a, **const *y = b;
	int r = compare_names(**x, **y);

	return r ? r : (*x > *y) - (*x < *y);
}

/*
 * A name given twice has its last value: programs differ in which one they would take. Found by
 * sorting, because config.json may have more entries than can be compared each with each.
 */
static int drop_overridden(const char **v, size_t *n, struct err *e)
{
	auto_free const char ***place = calloc(*n + 1, sizeof(*place));
	size_t kept = 0;

	if (!place) {
		errno = ENOMEM;
		return err_sys(e, "calloc", "environment");
	}
	for (size_t i = 0; i < *n; i++)
		place[i] = &v[i];
	qsort(place, *n, sizeof(*place), compare_places);
	for (size_t i = 0; i + 1 < *n; i++)
		if (compare_names(*place[i], *place[i + 1]) == 0)
			*place[i] = NULL;
	for (size_t i = 0; i < *n; i++)
		if (v[i])
			v[kept++] = v[i];
	*n = kept;
	return 0;
}

/* The value of name among n entries, or NULL. */
static const char *find(const char *const *v, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < n; i++)
		if (strncmp(v[i], name, len) == 0 && v[i][len] == '=')
			return v[i] + len + 1;
	return NULL;
}

static void add_ours(struct plan_ctx *x, const char **v, size_t *n)
{
	if (x->process->terminal && !find(v, *n, "TERM"))
		v[(*n)++] = arena_str(x->a, "TERM=xterm");
	if (x->opt->listen_fds) {
		v[(*n)++] = arena_strf(x->a, "LISTEN_FDS=%u", x->opt->listen_fds);
		v[(*n)++] = arena_str(x->a, "LISTEN_PID=1");
	}
	if (x->opt->notify_socket && !x->exec)
		v[(*n)++] = arena_str(x->a, "NOTIFY_SOCKET=/run/notify/notify.sock");
}

static int plan_env(struct plan_ctx *x, struct err *e)
{
	const struct oci_process *p = x->process;
	struct plan_exec *exec = &x->plan->exec;
	const char **v = arena_new(x->a, const char *, p->n_env + ENV_OURS + 1 + ENV_SPARE);
	size_t n, all;
	int r;

	for (n = 0; n < p->n_env; n++)
		v[n] = arena_str(x->a, p->env[n]);
	add_ours(x, v, &n);
	all = n;
	r = drop_overridden(v, &n, e);
	if (r < 0)
		return r;
	for (size_t i = n; i < all; i++)
		v[i] = NULL;
	exec->env = (struct plan_strs){.v = v, .n = n};
	exec->path = find(v, n, "PATH");
	exec->home_missing = !find(v, n, "HOME");
	return 0;
}

/* A terminal's size is two 16-bit numbers, tty_ioctl(4). */
static void plan_size(struct plan_ctx *x, const struct oci_console_size *size)
{
	struct plan_exec *exec = &x->plan->exec;

	exec->rows = x->opt->rows;
	exec->columns = x->opt->columns;
	if (!size)
		return;
	exec->rows = (uint16_t)size->height;
	exec->columns = (uint16_t)size->width;
}

static int plan_terminal(struct plan_ctx *x, struct err *e)
{
	const struct plan_options *opt = x->opt;

	if (!x->process->terminal) {
		if (opt->console_socket)
			return err_set(e, ERR_USAGE, EINVAL,
				       "cannot use a console socket without a terminal: "
				       "process.terminal is not set");
		return 0;
	}
	if (opt->detach && !opt->console_socket && !opt->no_terminal_ok)
		return err_spec(
			e, plan_pointer(x->a, x->process_at, "terminal"),
			"cannot allocate a terminal when detaching without --console-socket");
	x->plan->exec.terminal = true;
	x->plan->features |= PF_TTY;
	plan_size(x, x->process->console_size);
	return 0;
}

int plan_program(struct plan_ctx *x, struct err *e)
{
	struct plan_exec *exec = &x->plan->exec;
	int r;

	exec->preserve_fds = x->opt->preserve_fds;
	if (!x->opt->no_new_keyring) {
		exec->keyring = arena_strf(x->a, "_ses.%s", x->opt->id);
		x->plan->features |= PF_KEYRING;
	}
	if (!x->process)
		return 0;
	x->plan->features |= PF_PROCESS;
	exec->args = plan_strs_copy(x->a, x->process->args, x->process->n_args, 0);
	exec->cwd = arena_str(x->a, x->process->cwd);
	r = plan_terminal(x, e);
	if (r == 0)
		r = plan_env(x, e);
	return r;
}
