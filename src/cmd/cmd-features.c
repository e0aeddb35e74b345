/* cmd-features.c - `features`: what this build can do (runtime-spec, features.md). */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "libocispec/ocispec.h"
#include "plan/mount-options.h"
#include "plan/seccomp.h"
#include "sys/capname.h"

enum { NAMES_MAX = 256, CAPS_MAX = 64 };

struct names {
	const char *v[NAMES_MAX];
	size_t n;
};

static const char *hooks[] = {"prestart",	"createRuntime", "createContainer",
			      "startContainer", "poststart",	 "poststop"};

static const char *namespaces[] = {"cgroup", "ipc",  "mount", "network",
				   "pid",    "time", "user",  "uts"};

static const char *memory_modes[] = {
	"MPOL_DEFAULT",	  "MPOL_BIND",		 "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE",
	"MPOL_PREFERRED", "MPOL_PREFERRED_MANY", "MPOL_LOCAL"};
static const char *memory_flags[] = {"MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES",
				     "MPOL_F_STATIC_NODES"};

/*
 * Annotations that reach beyond the container if an image may set them. Those that hull
 * doesn't honour are here because engines share one list for all of their runtimes.
 */
static const char *unsafe[] = {"bundle", "hull.", "org.criu.config", "org.systemd.property.",
			       "run.oci."};

static struct oci_pair annotations[] = {
	{"org.opencontainers.runc.checkpoint.enabled", "false"},
};

#define ON                                                                                         \
	{                                                                                          \
		.has_enabled = true, .enabled = true                                               \
	}
#define OFF                                                                                        \
	{                                                                                          \
		.has_enabled = true, .enabled = false                                              \
	}

static struct oci_features_cgroup cgroup = {
	.has_v1 = true,
	.v1 = true,
	.has_v2 = true,
	.v2 = true,
	.has_systemd = true,
	.systemd = false,
	.has_systemd_user = true,
	.systemd_user = false,
	.has_rdma = true,
	.rdma = true,
};

static struct oci_enabled apparmor = ON, selinux = ON, idmap = ON, net_devices = OFF;
static struct oci_features_mount_extensions extensions = {.idmap = &idmap};
static struct oci_features_intel_rdt intel_rdt = {
	.has_enabled = true,
	.has_schemata = true,
	.has_monitoring = true,
};
static struct oci_features_memory_policy memory_policy = {
	.modes = memory_modes,
	.n_modes = ARRAY_SIZE(memory_modes),
	.flags = memory_flags,
	.n_flags = ARRAY_SIZE(memory_flags),
};

static void add_name(const char *name, void *arg)
{
	struct names *names = arg;

	if (names->n < NAMES_MAX)
		names->v[names->n++] = name;
}

static void add_caps(struct names *names, char spelled[CAPS_MAX][32])
{
	for (int cap = 0; cap < CAPS_MAX; cap++)
		if (cap_spell(cap, spelled[cap], 32))
			add_name(spelled[cap], names);
}

static int run(const struct global *g, const void *options, char **args, struct err *e)
{
	static char spelled[CAPS_MAX][32];
	struct seccomp_support known = {0};
	struct names mount_words = {0}, caps = {0};
	auto_free char *text = NULL;
	size_t len;
	int r;

	(void)g;
	(void)options;
	(void)args;
	mount_options_each(add_name, &mount_words);
	add_caps(&caps, spelled);
	seccomp_support(&known);

	struct oci_features_seccomp seccomp = {
		.has_enabled = true,
		.enabled = true,
		.actions = known.actions,
		.n_actions = known.n_actions,
		.operators = known.operators,
		.n_operators = known.n_operators,
		.archs = known.archs,
		.n_archs = known.n_archs,
		.known_flags = known.known_flags,
		.n_known_flags = known.n_known_flags,
		.supported_flags = known.supported_flags,
		.n_supported_flags = known.n_supported_flags,
	};
	struct oci_features_linux on_linux = {
		.namespaces = namespaces,
		.n_namespaces = ARRAY_SIZE(namespaces),
		.capabilities = caps.v,
		.n_capabilities = caps.n,
		.cgroup = &cgroup,
		.seccomp = &seccomp,
		.apparmor = &apparmor,
		.selinux = &selinux,
		.intel_rdt = &intel_rdt,
		.memory_policy = &memory_policy,
		.mount_extensions = &extensions,
		.net_devices = &net_devices,
	};
	struct oci_features features = {
		.oci_version_min = "1.0.0",
		.oci_version_max = OCI_VERSION,
		.hooks = hooks,
		.n_hooks = ARRAY_SIZE(hooks),
		.mount_options = mount_words.v,
		.n_mount_options = mount_words.n,
		.linux_ = &on_linux,
		.annotations = annotations,
		.n_annotations = ARRAY_SIZE(annotations),
		.potentially_unsafe = unsafe,
		.n_potentially_unsafe = ARRAY_SIZE(unsafe),
	};

	r = oci_write(oci_features_table(), &features, true, &text, &len, e);
	return r < 0 ? r : out_write(text, len, e);
}

const struct command cmd_features = {
	.name = "features",
	.args = "",
	.help = "print what this build can do as JSON",
	.min_args = 0,
	.max_args = 0,
	.prints = true,
	.run = run,
};
