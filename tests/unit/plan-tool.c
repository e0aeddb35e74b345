/*
 * plan-tool CONFIG [WORD]... - what hull would do with a config.json on a host that isn't here.
 *
 * Prints the plan (plan_dump()), or "error POINTER SENTENCE"; before it, a line for
 * each warning. Nothing of the machine it runs on goes in. Words say what the host is like:
 *
 *	v1 hybrid v2 none	its cgroups; v2 unless said
 *	root rootless nested	who we are: root; an ordinary user; root of a user namespace
 *	weak			root without CAP_SYS_ADMIN and CAP_SYS_MODULE
 *	selinux apparmor	the security module it has
 *
 * and how hull was called:
 *
 *	run			run in the foreground; else it is create
 *	detach exec=FILE exec-args cgroup=PATH userns
 *	console notify listen=N preserve=N size=RxC
 *	no-pivot no-new-keyring systemd no-cgroup
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/num.h"
#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/plan.h"
#include "spec/spec.h"
#include "sys/probe.h"

struct task {
	struct host host;
	struct plan_options opt;
	struct plan_exec_options exec;
	const char *process_file;
	bool is_exec;
};

/* Of the hosts here; not the newest that our headers know. */
enum { LAST_CAP = CAP_CHECKPOINT_RESTORE };

static const char *const v1_controllers[] = {
	"cpuset",	    "cpu,cpuacct", "blkio",   "memory", "devices", "freezer",
	"net_cls,net_prio", "perf_event",  "hugetlb", "pids",	"rdma",
};

static void add_hierarchy(struct host *h, const char *dir, const char *controllers, bool v2)
{
	struct host_hierarchy *y = &h->hierarchies[h->n_hierarchies++];

	snprintf(y->dir, sizeof(y->dir), "%s", dir);
	snprintf(y->controllers, sizeof(y->controllers), "%s", controllers);
	snprintf(y->own, sizeof(y->own), "/user.slice/caller");
	y->v2 = v2;
}

static void v1_host(struct host *h)
{
	char dir[64];

	for (size_t i = 0; i < ARRAY_SIZE(v1_controllers); i++) {
		snprintf(dir, sizeof(dir), "/sys/fs/cgroup/%s", v1_controllers[i]);
		add_hierarchy(h, dir, v1_controllers[i], false);
	}
	add_hierarchy(h, "/sys/fs/cgroup/systemd", "name=systemd", false);
}

static void host_cgroups(struct host *h, const char *word)
{
	h->n_hierarchies = 0;
	if (strcmp(word, "v2") == 0)
		add_hierarchy(h, "/sys/fs/cgroup", "cpuset cpu io memory hugetlb pids rdma misc",
			      true);
	if (strcmp(word, "v1") == 0 || strcmp(word, "hybrid") == 0)
		v1_host(h);
	if (strcmp(word, "hybrid") == 0)
		add_hierarchy(h, "/sys/fs/cgroup/unified", "", true);
}

static void host_identity(struct host *h, const char *word)
{
	uint64_t all = (UINT64_C(1) << (h->last_cap + 1)) - 1;

	h->euid = h->egid = 0;
	h->caps = all;
	h->privileged = h->init_userns = h->cgroup_writable = true;
	if (strcmp(word, "rootless") == 0) {
		h->euid = h->egid = 1000;
		h->caps = 0;
		h->privileged = h->cgroup_writable = false;
	} else if (strcmp(word, "nested") == 0) {
		h->init_userns = h->cgroup_writable = false;
	} else if (strcmp(word, "weak") == 0) {
		h->caps &= ~(UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << CAP_SYS_MODULE);
		h->privileged = false;
	}
}

/* The value behind "NAME=", or NULL. */
static const char *value_of(const char *word, const char *name)
{
	size_t n = strlen(name);

	return strncmp(word, name, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static unsigned number(const char *text)
{
	uint64_t value;

	if (!num_u64(text, UINT16_MAX, &value)) {
		fprintf(stderr, "plan-tool: `%s` is not a number\n", text);
		exit(2);
	}
	return (unsigned)value;
}

static void set_size(struct plan_options *opt, char *text)
{
	char *by = strchr(text, 'x');

	if (!by)
		exit(2);
	*by = '\0';
	opt->rows = (uint16_t)number(text);
	opt->columns = (uint16_t)number(by + 1);
}

static bool value_word(struct task *t, const char *word)
{
	const char *v;

	if ((v = value_of(word, "exec"))) {
		t->is_exec = true;
		t->process_file = v;
	} else if ((v = value_of(word, "cgroup"))) {
		t->exec.cgroup = v;
	} else if ((v = value_of(word, "listen"))) {
		t->opt.listen_fds = number(v);
	} else if ((v = value_of(word, "preserve"))) {
		t->opt.preserve_fds = number(v);
	} else if ((v = value_of(word, "size"))) {
		set_size(&t->opt, (char *)v);
	} else {
		return false;
	}
	return true;
}

static bool flag_word(struct task *t, const char *word)
{
	const struct {
		const char *name;
		bool *flag;
		bool value;
	} flags[] = {
		{"selinux", &t->host.selinux, true},
		{"apparmor", &t->host.apparmor, true},
		{"run", &t->opt.wait_start, false},
		{"detach", &t->opt.detach, true},
		{"exec-args", &t->is_exec, true},
		{"userns", &t->exec.in_userns, true},
		{"no-pivot", &t->opt.no_pivot, true},
		{"no-new-keyring", &t->opt.no_new_keyring, true},
		{"systemd", &t->opt.systemd_cgroup, true},
		{"no-cgroup", &t->opt.cgroup_disabled, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (strcmp(word, flags[i].name) == 0) {
			*flags[i].flag = flags[i].value;
			return true;
		}
	return false;
}

static void read_word(struct task *t, const char *word)
{
	static const char *const cgroups[] = {"v1", "hybrid", "v2", "none"};
	static const char *const identities[] = {"root", "rootless", "nested", "weak"};

	for (size_t i = 0; i < 4; i++) {
		if (strcmp(word, cgroups[i]) == 0) {
			host_cgroups(&t->host, word);
			return;
		}
		if (strcmp(word, identities[i]) == 0) {
			host_identity(&t->host, word);
			return;
		}
	}
	if (strcmp(word, "console") == 0)
		t->opt.console_socket = "/run/engine/console.sock";
	else if (strcmp(word, "notify") == 0)
		t->opt.notify_socket = "/run/systemd/notify";
	else if (!value_word(t, word) && !flag_word(t, word)) {
		fprintf(stderr, "plan-tool: what is `%s`?\n", word);
		exit(2);
	}
}

static void to_stdout(enum log_level level, const char *text, void *arg)
{
	(void)arg;
	if (level == LOG_LEVEL_WARNING)
		printf("warning %s\n", text);
}

static int read_file(const struct oci_table *table, const char *path, struct arena *a, void *out,
		     struct err *e)
{
	auto_free char *text = NULL;
	size_t len;
	int r = file_read(AT_FDCWD, path, OCI_MAX_BYTES, &text, &len, e);

	return r < 0 ? r : oci_read(table, text, len, a, out, e);
}

static int exec_plan(struct task *t, const struct oci_config *c, struct arena *a,
		     struct plan **plan, struct err *e)
{
	static const struct plan_hierarchy container[] = {
		{.dir = "/sys/fs/cgroup", .controllers = "", .path = "/pod/container", .v2 = true},
	};
	struct oci_process *p = c->process;
	int r = 0;

	t->exec.process_at = "/process";
	if (t->process_file) {
		p = arena_new(a, struct oci_process, 1);
		t->exec.process_at = "";
		r = read_file(oci_process_table(), t->process_file, a, p, e);
		if (r == 0)
			r = spec_check_process(p, "", e);
	}
	t->exec.process = p;
	t->opt.wait_start = false;
	t->exec.ns_types = CLONE_NEWNS | CLONE_NEWPID;
	return r < 0 ? r
		     : plan_exec(c, &t->opt, &t->exec, container, ARRAY_SIZE(container), &t->host,
				 a, plan, e);
}

static int make_plan(struct task *t, const char *path, struct arena *a, struct err *e)
{
	const struct spec_context ctx = {.systemd_cgroup = t->opt.systemd_cgroup};
	struct oci_config c = {0};
	struct plan *plan = NULL;
	int r = read_file(oci_config_table(), path, a, &c, e);

	if (r == 0)
		r = spec_check(&c, &ctx, e);
	if (r == 0)
		r = t->is_exec ? exec_plan(t, &c, a, &plan, e)
			       : plan_create(&c, &t->opt, &t->host, a, &plan, e);
	if (r == 0 && arena_seal(a, e) < 0)
		return -1;
	fflush(stdout);
	return r < 0 ? r : plan_dump(plan, a, STDOUT_FILENO, e);
}

int main(int argc, char **argv)
{
	char sentence[1024];
	struct str s = STR_ON(sentence);
	struct task t = {
		.opt = {.id = "box",
			.bundle = "/bundle",
			.run_dir = "/nowhere/hull",
			.wait_start = true},
		.host = {.last_cap = LAST_CAP},
	};
	struct arena a;
	struct err e = {0};

	if (argc < 2)
		return 2;
	host_cgroups(&t.host, "v2");
	host_identity(&t.host, "root");
	for (int i = 2; i < argc; i++)
		read_word(&t, argv[i]);
	log_set_level(LOG_LEVEL_WARNING);
	log_sink(to_stdout, NULL);
	if (arena_init(&a, OCI_ARENA_BYTES, &e) < 0 || make_plan(&t, argv[1], &a, &e) < 0) {
		err_format(&e, &s);
		printf("error %s %s\n", e.where[0] ? e.where : "-", sentence);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
