/*
 * plan.h - everything that will be done, decided beforehand.
 *
 * plan_create() and plan_exec() turn the typed config.json, the command's options and
 * what the host can do into one of these, without changing anything anywhere. From then
 * on the plan is read-only memory in both processes: a step that wants to
 * decide something has come to the wrong place.
 *
 * Every pointer in a plan points into the arena that it was built in, string
 * constants included: the process that becomes the container is another program
 * and sees the arena alone (base/arena.h). dump.c checks it.
 *
 * What came from config.json knows where from: either `index`, its place in the
 * array of that name, or a JSON pointer in a member called `at`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "plan/mount-options.h"

struct oci_config;
struct oci_process;
struct oci_linux;
struct oci_seccomp;
struct oci_resources;
struct host;

/* What the lists of steps select on. */
enum plan_feature {
	PF_USERNS = 1 << 0,	/* makes a user namespace, ids to be mapped */
	PF_USERNS_ANY = 1 << 1, /* makes or joins one: ids are the namespace's */
	PF_MOUNTNS = 1 << 2,	/* makes its own mount namespace: mounts, pivot_root */
	PF_CGROUP = 1 << 3,	/* has a cgroup of its own */
	PF_CGROUPNS = 1 << 4,	/* makes a cgroup namespace */
	PF_TTY = 1 << 5,
	PF_SECCOMP = 1 << 6,
	PF_NNP = 1 << 7,	      /* no_new_privs */
	PF_NOTIFY = 1 << 8,	      /* seccomp with a listener */
	PF_HOOKS_RUNTIME = 1 << 9,    /* prestart, createRuntime */
	PF_HOOKS_CONTAINER = 1 << 10, /* createContainer */
	PF_HOOKS_START = 1 << 11,     /* startContainer */
	PF_HOOKS_POSTSTART = 1 << 12,
	PF_JOIN = 1 << 13,  /* enters existing namespaces */
	PF_NETNS = 1 << 14, /* makes a network namespace: bring lo up */
	PF_HOSTNAME = 1 << 15,
	PF_DOMAINNAME = 1 << 16,
	PF_TIMENS = 1 << 17,
	PF_SYSCTL = 1 << 18,
	PF_LSM = 1 << 19, /* an AppArmor profile or SELinux label */
	PF_KEYRING = 1 << 20,
	PF_HOST_SOURCES = 1 << 21, /* PARENT may open_tree(2): it opens what is bound in */
	PF_IDMAP = 1 << 22, /* a mount has an idmap: PARENT sets it after the maps are written */
	PF_ROOT_READONLY = 1 << 23,
	PF_OOM = 1 << 24,	 /* oomScoreAdj is given */
	PF_PROCESS = 1 << 25,	 /* config.json has a process */
	PF_WAIT_START = 1 << 26, /* `create`: INIT waits for `start`; `run` goes on at once */
	PF_SCHED = 1 << 27,	 /* scheduler, ioPriority, memoryPolicy, personality or affinity */
	PF_NET_DEVICES = 1 << 28,
	PF_INTEL_RDT = 1 << 29,
	PF_DIRECT = 1 << 30, /* INIT is cloned into its namespaces at once, before it is the stub */
};

struct plan_strs {
	const char *const *v; /* NULL-terminated, for execve(2) */
	size_t n;
};

struct plan_ns_join {
	int type; /* CLONE_NEW* */
	const char *path;
	unsigned index; /* /linux/namespaces/INDEX/path */
};

enum { PLAN_NS_MAX = 8 };

struct plan_ns {
	uint32_t make; /* CLONE_NEW* to be made; exec: those of the container, to be entered */
	struct plan_ns_join join[PLAN_NS_MAX];
	size_t n_join;
};

struct plan_id_range {
	uint32_t inside, outside, size;
};

/* Ranges as written to uid_map and gid_map, and how. */
struct plan_idmap {
	const struct plan_id_range *uid, *gid;
	size_t n_uid, n_gid;
	bool deny_setgroups; /* one's own id alone is mapped, without privilege */
	bool by_helper;	     /* newuidmap(1), newgidmap(1) have to write it */
};

struct plan_data {
	const char *key, *value; /* value NULL: a flag */
};

enum plan_mount_kind {
	PM_NEW,	    /* fsopen(2) a file system */
	PM_BIND,    /* open_tree(2) a source */
	PM_REMOUNT, /* change what is mounted on the target */
	PM_CGROUP,  /* v1 and hybrid: a tmpfs with one mount a hierarchy; see struct plan_cgroup */
};

struct plan_mount {
	enum plan_mount_kind kind;
	unsigned index;	    /* /mounts/INDEX */
	const char *source; /* PM_BIND: an absolute host path */
	const char *target; /* below the rootfs; opened by rooted_*() alone */
	const char *fstype;
	struct mount_flags flags;
	const struct plan_data *data; /* fsconfig(2) */
	size_t n_data;
	uint64_t propagation_before; /* PM_BIND: for the clone, while still detached; with MS_REC */
	const struct plan_idmap *idmap; /* MX_IDMAP with mappings of its own */
	const char *fallback; /* PM_NEW of proc, sysfs, cgroup2: what to bind if the kernel refuses
				 a new one */
	const char *label;    /* SELinux mountLabel, when the type takes one: in data already */
};

struct plan_device {
	const char *path;
	mode_t mode; /* S_IFCHR and so on, with the permissions */
	dev_t dev;
	uid_t uid;
	gid_t gid;
	int index; /* /linux/devices/INDEX, or -1: one of the defaults */
	bool bind; /* in a user namespace: the host's node is bound in */
};

struct plan_link {
	const char *target, *path;
};

struct plan_sysctl {
	int ns;		  /* CLONE_NEW*: the kind of namespace that it belongs to */
	const char *key;  /* as in config.json */
	const char *path; /* below /proc/sys, "net/ipv4/ip_forward" */
	const char *value;
};

struct plan_rlimit {
	int resource;
	uint64_t soft, hard;
	unsigned index;
};

enum plan_hook_kind {
	PH_PRESTART,
	PH_CREATE_RUNTIME,
	PH_CREATE_CONTAINER,
	PH_START_CONTAINER,
	PH_POSTSTART,
	PH_POSTSTOP,
	PH_KINDS,
};

struct plan_hook {
	const char *path;
	struct plan_strs args, env;
	unsigned timeout; /* seconds; never 0: PLAN_HOOK_SECONDS unless given */
	unsigned index;	  /* /hooks/KIND/INDEX */
};

enum { PLAN_HOOK_SECONDS = 60 };

struct plan_hooks {
	const struct plan_hook *v[PH_KINDS];
	size_t n[PH_KINDS];
	const char *cwd; /* the bundle */
	/* State for stdin, of createContainer and startContainer hooks: two halves around the pid.
	 */
	const char *state_before[PH_KINDS], *state_after[PH_KINDS];
};

struct plan_cred {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
	bool keep_groups; /* run.oci.keep_original_groups */
	mode_t umask;
	bool no_new_privs;
	uint64_t bounding, effective, inheritable, permitted, ambient; /* bit n: capability n */
	int last_cap;
	const char *apparmor; /* profile, or NULL */
	const char *selinux;  /* label, or NULL */
};

struct plan_sched {
	bool set, nice_only;
	uint32_t policy;
	int32_t nice;
	uint32_t priority;
	uint64_t flags, runtime, deadline, period;
	bool io_set;
	int io_prio; /* as ioprio_set(2) takes it */
	bool mempolicy_set;
	int mempolicy; /* with flags */
	const unsigned long *nodes;
	size_t n_node_bits; /* as set_mempolicy(2) takes it */
	bool personality_set;
	unsigned long personality;
	/* execCPUAffinity, for exec alone: bit masks as sched_setaffinity(2) takes them, or NULL */
	const unsigned long *cpu_initial, *cpu_final;
	size_t n_cpu_bytes;
};

struct sock_filter;

struct plan_seccomp {
	const struct sock_filter *filter; /* compiled BPF */
	unsigned short n;
	uint32_t flags; /* SECCOMP_FILTER_FLAG_*, with NEW_LISTENER */
	const char *listener_path;
	const char *metadata;
};

struct plan_exec {
	struct plan_strs args, env;
	const char *cwd;
	const char *path;  /* the container's PATH, for the look-up of args[0] */
	bool home_missing; /* HOME is not in env: taken from /etc/passwd of the container */
	/* env with room for one more entry: v[n] is NULL and v[n + 1] too */
	bool terminal;
	uint16_t rows, columns; /* of the terminal; 0: unknown */
	unsigned preserve_fds;	/* descriptors 3 .. 3 + n - 1 stay open */
	const char *keyring;	/* name of the session keyring, NULL: keep the caller's */
};

/* One hierarchy of the host that the container's cgroup lies in. */
struct plan_hierarchy {
	const char *dir;	 /* "/sys/fs/cgroup/memory"; the host's mount point */
	const char *controllers; /* "cpu,cpuacct"; "name=systemd"; "" for v2 */
	const char *path;	 /* below dir, begins with '/' */
	const char *own;	 /* where the container stays if path cannot be made; or NULL */
	bool v2;
};

/* One value to write. */
struct plan_cgroup_write {
	unsigned hierarchy; /* index into hierarchies */
	const char *file, *value;
	const char *at;		       /* JSON pointer */
	const char *alternative;       /* a file to write instead when file isn't there, or NULL */
	const char *alternative_value; /* what is written there; NULL: value */
	const char *not_below; /* a file beside it; less than what that holds is refused; or NULL */
	bool optional;	       /* not there, or not allowed, is fine; it is logged */
	bool either_order; /* this and the next: the kernel takes them in one order or the other */
};

struct bpf_insn;

struct plan_cgroup {
	const struct plan_hierarchy *hierarchies;
	size_t n;
	const struct plan_cgroup_write *writes;
	size_t n_writes;
	const char *enable; /* v2: controllers to enable on the way down, "+cpu +memory" */
	const struct bpf_insn *device_prog; /* v2 */
	size_t n_device_prog;
	bool disabled; /* --cgroup-manager disabled */
	bool tolerate; /* rootless without limits: failing to make it is logged, not an error */
	bool delegate; /* chown to the container's root (cgroup ownership, config-linux.md) */
	uid_t owner;
};

struct plan_net_device {
	const char *name, *rename; /* in the host, in the container */
};

struct plan {
	uint32_t features; /* PF_ */
	const char *id;
	const char *bundle; /* absolute */
	const char *rootfs; /* absolute host path */
	bool no_pivot;
	uint64_t root_propagation; /* MS_*, with MS_REC; 0: leave */
	struct plan_ns ns;
	struct plan_idmap idmap;
	const struct plan_mount *mounts;
	size_t n_mounts;
	const struct plan_device *devices;
	size_t n_devices;
	const struct plan_link *links; /* /dev/fd and so on */
	size_t n_links;
	const char *const *masked, *const *readonly;
	size_t n_masked, n_readonly;
	const char *mount_label;
	const char *hostname, *domainname;
	int64_t time_monotonic_s, time_boottime_s;
	uint32_t time_monotonic_ns, time_boottime_ns;
	const struct plan_sysctl *sysctls;
	size_t n_sysctls;
	const struct plan_rlimit *rlimits;
	size_t n_rlimits;
	int oom_score_adj;
	struct plan_cgroup cgroup;
	struct plan_cred cred;
	struct plan_sched sched;
	struct plan_seccomp seccomp;
	struct plan_hooks hooks;
	struct plan_exec exec;
	const struct plan_net_device *net_devices;
	size_t n_net_devices;
	const char *notify_dir; /* NOTIFY_SOCKET: host directory that is mounted at /run/notify */
	const char *seccomp_state; /* JSON halves for the seccomp agent, around the pid */
	const char *seccomp_state_end;
	const char *annotations_note; /* for messages */
};

/* What the command line adds to config.json. Strings may be anywhere: the plan copies them. */
struct plan_options {
	const char *id;
	const char *bundle;  /* absolute */
	const char *run_dir; /* the root of the state, for the seccomp cache */
	bool no_pivot, no_new_keyring, systemd_cgroup, cgroup_disabled;
	bool wait_start;       /* create */
	unsigned preserve_fds; /* with LISTEN_FDS added */
	unsigned listen_fds;
	const char *notify_socket; /* NOTIFY_SOCKET of the environment, or NULL */
	const char *console_socket;
	bool detach, no_terminal_ok;
	uint16_t rows, columns; /* of the caller's terminal */
};

/*
 * Decides a `create` or `run`. c has passed spec_check(). Everything it returns lies in a.
 * Errors: ERR_SPEC with a pointer; ERR_SYS if the host can't be looked at. Changes nothing,
 * but for the seccomp cache below opt->run_dir.
 */
must_check int plan_create(const struct oci_config *c, const struct plan_options *opt,
			   const struct host *host, struct arena *a, struct plan **plan,
			   struct err *e);

/* What `exec` adds. */
struct plan_exec_options {
	const struct oci_process *process; /* as merged from --process or the command line */
	const char *process_at;		   /* where it came from: "" or "/process" */
	const char *cgroup;		   /* --cgroup: a sub-cgroup, or NULL */
	uint32_t ns_types; /* CLONE_NEW* that differ from ours, so must be entered */
	bool in_userns;
	bool own_root; /* its root is not its mount namespace's: to be entered as well */
};

/* Decides an `exec` into a container with config c. The cgroup's paths are the state's. */
must_check int plan_exec(const struct oci_config *c, const struct plan_options *opt,
			 const struct plan_exec_options *x,
			 const struct plan_hierarchy *hierarchies, size_t n_hierarchies,
			 const struct host *host, struct arena *a, struct plan **plan,
			 struct err *e);

/*
 * The parts, one a file; each fills its own members of plan, and its own bits of
 * plan->features. In plan_create()'s order.
 */
struct plan_ctx {
	const struct oci_config *c;
	const struct plan_exec_options *exec; /* NULL on create */
	const struct oci_process *process;    /* of c, or exec's; may be NULL on create */
	const char *process_at;		      /* JSON pointer of it */
	const struct plan_options *opt;
	const struct host *host;
	struct arena *a;
	struct plan *plan;
};

must_check int plan_ns(struct plan_ctx *x, struct err *e);  /* ns.c: namespaces, offsets, names */
must_check int plan_ids(struct plan_ctx *x, struct err *e); /* ids.c: uid and gid maps */
must_check int plan_cgroup(struct plan_ctx *x, struct err *e); /* cgroup.c */
must_check int plan_mounts(struct plan_ctx *x, struct err *e); /* mounts.c: rootfs, mounts, masks */
must_check int plan_devices(struct plan_ctx *x, struct err *e); /* devices.c: nodes and links */
must_check int plan_sysctl(struct plan_ctx *x, struct err *e);	/* sysctl.c */
must_check int plan_cred(struct plan_ctx *x, struct err *e); /* cred.c: ids, capabilities, labels */
must_check int plan_limits(struct plan_ctx *x,
			   struct err *e); /* limits.c: rlimits, oom, scheduling */
must_check int plan_seccomp(struct plan_ctx *x, struct err *e); /* seccomp.c */
must_check int plan_program(struct plan_ctx *x,
			    struct err *e);		      /* exec.c: args, env, cwd, terminal */
must_check int plan_hooks(struct plan_ctx *x, struct err *e); /* hooks.c */

/*
 * The resources of config.json as writes to files of the hierarchies (cgroup-props.def);
 * `update` will use the same. res may be NULL. at: JSON pointer of res.
 */
must_check int plan_cgroup_resources(struct plan_ctx *x, const struct oci_resources *res,
				     const char *at, struct err *e);

/*
 * Compiles seccomp to BPF, or takes the program from the cache below run_dir (a file named by
 * a strong hash of all that goes in). The filter is allocated in a. exec uses it as well.
 */
must_check int plan_seccomp_compile(const struct oci_seccomp *s, const char *run_dir,
				    struct arena *a, struct plan_seccomp *out, struct err *e);

/* Prints the plan as readable text, the same for the same plan (golden tests, --dry-run). */
must_check int plan_dump(const struct plan *plan, const struct arena *a, int fd, struct err *e);
