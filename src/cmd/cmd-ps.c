/* cmd-ps.c - `ps CONTAINER [PS-ARGUMENT...]` */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/num.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "run/container.h"

enum { TABLE, JSON };
enum { PS_OUTPUT_MAX = 64 << 20 };

static const struct name_value formats[] = {{"table", TABLE}, {"json", JSON}, {NULL, 0}};

struct ps_opts {
	int format;
};

static const struct opt opts[] = {
	OPT_ONE_OF(ps_opts, format, "format", 'f', "FORMAT", "print a table or json", formats),
	OPT_END,
};

struct pids {
	pid_t *v;
	size_t n;
};

static int compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static void print_json(struct text *t, const struct pids *pids)
{
	text_addf(t, "[");
	for (size_t i = 0; i < pids->n; i++)
		text_addf(t, "%s%d", i ? "," : "", (int)pids->v[i]);
	text_addf(t, "]\n");
}

static void print_pids(struct text *t, const struct pids *pids)
{
	text_addf(t, "PID\n");
	for (size_t i = 0; i < pids->n; i++)
		text_addf(t, "%d\n", (int)pids->v[i]);
}

/* The index'th word of a line (which ends with a newline or NUL), or NULL. */
static const char *word(const char *line, size_t index, size_t *len)
{
	for (;;) {
		line += strspn(line, " \t");
		*len = strcspn(line, " \t\n");
		if (*len == 0)
			return NULL;
		if (index-- == 0)
			return line;
		line += *len;
	}
}

static bool find_column(const char *header, size_t *column)
{
	const char *w;
	size_t len;

	for (*column = 0; (w = word(header, *column, &len)); ++*column)
		if (len == 3 && strncmp(w, "PID", 3) == 0)
			return true;
	return false;
}

static bool row_is_ours(const char *line, size_t column, const struct pids *pids)
{
	char digits[24];
	const char *w;
	uint64_t n;
	size_t len;
	pid_t pid;

	w = word(line, column, &len);
	if (!w || len >= sizeof(digits))
		return false;
	memcpy(digits, w, len);
	digits[len] = '\0';
	if (!num_u64(digits, INT32_MAX, &n))
		return false;
	pid = (pid_t)n;
	return bsearch(&pid, pids->v, pids->n, sizeof(pid), compare);
}

/* Keeps the header and the rows whose PID is one of pids. */
static int filter(struct text *t, const char *table, const struct pids *pids, struct err *e)
{
	size_t column;

	if (!find_column(table, &column))
		return err_set(e, ERR_CHILD, ENOMSG, "the output of ps has no column PID");
	for (const char *line = table, *next; *line; line = next) {
		size_t len = strcspn(line, "\n");

		next = line + len + (line[len] == '\n');
		if (line == table || row_is_ours(line, column, pids)) {
			text_add(t, line, len);
			text_add(t, "\n", 1);
		}
	}
	return 0;
}

/*
 * Starts ps(1) with its stdout in *out. Its stderr is ours. Returns its pid; -ENOENT, like
 * any failure with *e filled, when there is none on this host.
 */
static int spawn_ps(char **args, int *out, struct err *e)
{
	auto_close int to = -EBADF;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	extern char **environ;
	int pipes[2];
	sigset_t none, ours;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return err_sys(e, "pipe2", NULL);
	*out = pipes[0];
	to = pipes[1];
	errno = posix_spawn_file_actions_init(&actions);
	if (errno == 0)
		errno = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
	if (errno)
		return err_sys(e, "posix_spawn_file_actions", NULL);
	errno = posix_spawnattr_init(&attr);
	if (errno) {
		posix_spawn_file_actions_destroy(&actions);
		return err_sys(e, "posix_spawnattr_init", NULL);
	}
	sigemptyset(&none);
	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE);
	sigaddset(&ours, SIGXFSZ);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &ours);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	errno = posix_spawnp(&pid, "ps", &actions, &attr, args, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	if (errno)
		return err_sys(e, "execute", "ps");
	return pid;
}

static int run_ps(char **args, char **table, struct err *e)
{
	auto_close int out = -EBADF;
	int pid, status, r;
	size_t len;

	pid = spawn_ps(args, &out, e);
	if (pid < 0)
		return pid;
	r = file_read_fd(out, "ps", PS_OUTPUT_MAX, table, &len, e);
	close(steal_fd(&out));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return r < 0 ? r : err_sys(e, "waitpid", "ps");
	if (r < 0)
		return r;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, ERR_CHILD, ECHILD, "ps ended with status %d",
			       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}

static int print_table(struct text *t, char **args, const struct pids *pids, struct err *e)
{
	static char ps[] = "ps", every[] = "-ef";
	static char *usual[] = {ps, every, NULL};
	auto_free char *table = NULL;
	bool own = args[1];
	int r;

	/* The container's name makes room for argv[0]. */
	if (own)
		args[0] = ps;
	r = run_ps(own ? args : usual, &table, e);
	if (r == -ENOENT && !own) {
		err_drop(e);
		print_pids(t, pids);
		return 0;
	}
	return r < 0 ? r : filter(t, table, pids, e);
}

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	const struct ps_opts *o = options;
	struct text t = {0};
	struct pids pids = {0};
	int r;

	r = container_pids(g, args[0], &pids.v, &pids.n, e);
	if (r < 0)
		return r;
	if (o->format == JSON)
		print_json(&t, &pids);
	else
		r = print_table(&t, args, &pids, e);
	if (r == 0)
		r = text_write(&t, e);
	text_free(&t);
	free(pids.v);
	return r;
}

const struct command cmd_ps = {
	.name = "ps",
	.args = "CONTAINER [PS-ARGUMENT...]",
	.help = "print the processes of a container",
	.text = "The table is what ps(1) of this host prints when it is given the arguments (-ef, "
		"if "
		"there are none), less the rows of other processes; it has to have a column PID. "
		"Where "
		"ps isn't installed, the process ids are printed alone.",
	.min_args = 1,
	.max_args = -1,
	.order = OPT_UNTIL_ARG,
	.prints = true,
	.opts = opts,
	.opts_size = sizeof(struct ps_opts),
	.run = run,
};
